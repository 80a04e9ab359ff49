//! `GET /api/calendar/calendars`

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tidecal_store::Calendar;
use utoipa::ToSchema;

use crate::api::List;
use crate::auth::Caller;
use crate::problem::Problem;
use crate::state::WebState;

/// A local calendar.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Calendar)]
pub(crate) struct CalendarOut {
    id: String,
    name: String,
    /// `#rrggbb`.
    color: Option<String>,
    /// IANA name of the zone in which dates and floating times are read.
    time_zone: Option<String>,
}

impl From<Calendar> for CalendarOut {
    fn from(calendar: Calendar) -> Self {
        Self { id: calendar.id, name: calendar.name, color: calendar.color, time_zone: calendar.time_zone }
    }
}

/// Local calendars
#[utoipa::path(get, path = "/api/calendar/calendars", tag = "calendars",
    responses((status = 200, body = List<CalendarOut>), (status = 401, body = Problem)))]
pub(crate) async fn list_calendars(
    State(state): State<WebState>,
    caller: Caller,
) -> Result<Json<List<CalendarOut>>, Problem> {
    let calendars = state.tenant(&caller.own_scope()).list_calendars().await?;
    Ok(List::of(calendars.into_iter().map(CalendarOut::from)))
}
