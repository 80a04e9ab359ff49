//! `POST /api/calendar/calendars`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::list::CalendarOut;
use super::{LONGEST_NAME, color, time_zone};
use crate::auth::Caller;
use crate::input::{Body, text};
use crate::problem::Problem;
use crate::state::WebState;

/// A calendar to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CreateCalendar {
    name: String,
    /// `#rrggbb`.
    color: Option<String>,
    /// IANA name of the zone in which dates and floating times are read; UTC if absent.
    time_zone: Option<String>,
}

/// Make a calendar of your own
#[utoipa::path(post, path = "/api/calendar/calendars", tag = "calendars", request_body = CreateCalendar,
    responses((status = 201, body = CalendarOut), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create_calendar(
    State(state): State<WebState>,
    caller: Caller,
    Body(request): Body<CreateCalendar>,
) -> Result<(StatusCode, Json<CalendarOut>), Problem> {
    let name = text("name", &request.name, LONGEST_NAME)?;
    let color = request.color.as_deref().map(color).transpose()?;
    let zone = request.time_zone.as_deref().map(time_zone).transpose()?;
    let tenant = caller.own_scope();
    let calendar = state.tenant(&tenant).insert_calendar(&name, color.as_deref(), zone.as_deref(), state.now()).await?;
    Ok((StatusCode::CREATED, Json(calendar.into())))
}
