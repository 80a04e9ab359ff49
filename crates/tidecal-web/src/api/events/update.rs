//! `PATCH /api/calendar/events/{eventId}`

use axum::extract::State;
use axum::response::Response;

use super::edit::{EditQuery, IfMatch, shown, tell};
use super::fields::EventFields;
use super::get::FullEvent;
use crate::auth::Caller;
use crate::input::{Body, Id, Params};
use crate::problem::Problem;
use crate::state::WebState;

/// Change an event or a part of a series
///
/// An absent field stays as it is, null clears it, a value sets it. With `If-Match` only the version
/// that it names is changed. The answer is the event that says so now: of `this` the changed occurrence,
/// of `following` the new series.
#[utoipa::path(patch, path = "/api/calendar/events/{eventId}", tag = "events",
    params(("eventId" = String, Path), EditQuery, ("If-Match" = Option<String>, Header, description = "ETag of the event")),
    request_body = EventFields,
    responses((status = 200, body = FullEvent), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 412, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn update_event(
    State(state): State<WebState>,
    caller: Caller,
    Id(id): Id,
    Params(query): Params<EditQuery>,
    expected: IfMatch,
    Body(fields): Body<EventFields>,
) -> Result<Response, Problem> {
    if fields.calendar_id.is_some() {
        let message = "cannot be changed; make the event in the other calendar and delete it here";
        return Err(Problem::field("calendarId", message));
    }
    let edit = query.edit(id, expected, fields.notify)?;
    let change = fields.checked()?;
    let scope = caller.own_scope();
    let id = state.engine.edit_event(&scope, &edit, &change).await?;
    tell(&state, &scope);
    shown(&state, &scope, &id).await
}
