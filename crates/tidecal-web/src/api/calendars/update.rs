//! `PATCH /api/calendar/calendars/{id}`

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tidecal_store::CalendarPatch;
use utoipa::ToSchema;

use super::list::CalendarOut;
use super::{LONGEST_NAME, color, time_zone};
use crate::api::connections::patch::{clearable, settable};
use crate::auth::Caller;
use crate::input::{Body, Id, text};
use crate::problem::Problem;
use crate::state::WebState;

/// What to change: an absent field stays as it is, null clears it.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct UpdateCalendar {
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = String, required = false)]
    name: Option<String>,
    /// `#rrggbb`; null: none.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>)]
    color: Option<Option<String>>,
    /// IANA name; null: UTC.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>)]
    time_zone: Option<Option<String>>,
}

impl UpdateCalendar {
    fn checked(self) -> Result<CalendarPatch, Problem> {
        Ok(CalendarPatch {
            name: self.name.as_deref().map(|name| text("name", name, LONGEST_NAME)).transpose()?,
            color: self.color.map(|it| it.as_deref().map(color).transpose()).transpose()?,
            time_zone: self.time_zone.map(|it| it.as_deref().map(time_zone).transpose()).transpose()?,
        })
    }
}

/// Change a calendar of your own
#[utoipa::path(patch, path = "/api/calendar/calendars/{id}", tag = "calendars", params(("id" = String, Path)),
    request_body = UpdateCalendar,
    responses((status = 200, body = CalendarOut), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn update_calendar(
    State(state): State<WebState>,
    caller: Caller,
    Id(id): Id,
    Body(request): Body<UpdateCalendar>,
) -> Result<Json<CalendarOut>, Problem> {
    let patch = request.checked()?;
    let scope = caller.own_scope();
    let calendar = state.tenant(&scope).update_calendar(&id, &patch, state.now()).await?;
    Ok(Json(calendar.into()))
}
