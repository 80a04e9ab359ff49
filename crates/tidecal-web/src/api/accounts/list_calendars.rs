//! `GET /api/calendar/accounts/{id}/calendars`

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tidecal_core::remote::AccessRole;
use tidecal_engine::OfferedCalendar;
use utoipa::ToSchema;

use crate::api::List;
use crate::auth::Caller;
use crate::input::Id;
use crate::problem::Problem;
use crate::state::WebState;

/// A calendar that an account offers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RemoteCalendar)]
pub(crate) struct RemoteCalendarOut {
    external_calendar_id: String,
    name: String,
    description: Option<String>,
    /// `#rrggbb`.
    color: Option<String>,
    /// IANA name.
    time_zone: Option<String>,
    read_only: bool,
    /// The account's main calendar.
    primary: bool,
    /// Its connection, if it is connected already.
    connection_id: Option<String>,
}

impl From<OfferedCalendar> for RemoteCalendarOut {
    fn from(offered: OfferedCalendar) -> Self {
        let OfferedCalendar { calendar, connection_id } = offered;
        Self {
            external_calendar_id: calendar.id,
            name: calendar.name,
            description: Some(calendar.description).filter(|text| !text.is_empty()),
            color: calendar.color,
            time_zone: calendar.zone,
            read_only: calendar.access != AccessRole::Writer,
            primary: calendar.primary,
            connection_id,
        }
    }
}

/// Calendars that an account offers
///
/// Asked of the vendor now.
#[utoipa::path(get, path = "/api/calendar/accounts/{id}/calendars", tag = "accounts", params(("id" = String, Path)),
    responses((status = 200, body = List<RemoteCalendarOut>), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 502, body = Problem)))]
pub(crate) async fn list_account_calendars(
    State(state): State<WebState>,
    caller: Caller,
    Id(id): Id,
) -> Result<Json<List<RemoteCalendarOut>>, Problem> {
    let offered = state.engine.offered_calendars(caller.scope(), &id).await?;
    Ok(List::of(offered.into_iter().map(RemoteCalendarOut::from)))
}
