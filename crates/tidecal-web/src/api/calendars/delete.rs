//! `DELETE /api/calendar/calendars/{id}`

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use tidecal_store::StoreError;
use utoipa::IntoParams;

use crate::auth::Caller;
use crate::input::{Id, Params};
use crate::problem::{Code, Problem};
use crate::state::WebState;

/// Whether it is meant.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeleteCalendarQuery {
    /// `true` deletes.
    confirm: Option<String>,
}

/// Delete a calendar of your own with its events
///
/// A calendar that is connected stays: delete its connections first. Needs `confirm=true`.
#[utoipa::path(delete, path = "/api/calendar/calendars/{id}", tag = "calendars",
    params(("id" = String, Path), DeleteCalendarQuery),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn delete_calendar(
    State(state): State<WebState>,
    caller: Caller,
    Id(id): Id,
    Params(query): Params<DeleteCalendarQuery>,
) -> Result<StatusCode, Problem> {
    let scope = caller.own_scope();
    let tenant = state.tenant(&scope);
    let calendar = tenant.get_calendar(&id).await?;
    match query.confirm.as_deref() {
        Some("true") => {}
        None | Some("false") => {
            let detail = format!(
                "Deleting \u{201c}{}\u{201d} deletes all its events for good. Send confirm=true to do it.",
                calendar.name
            );
            return Err(Problem::new(Code::ConfirmationRequired, detail));
        }
        Some(_) => return Err(Problem::field("confirm", "must be true or false")),
    }
    match tenant.delete_calendar(&id).await {
        Err(StoreError::InUse(_)) => Err(Problem::new(
            Code::InUse,
            "This calendar is connected to others. Delete its connections first; their events at the vendor stay.",
        )),
        other => other.map(|_| StatusCode::NO_CONTENT).map_err(Problem::from),
    }
}
