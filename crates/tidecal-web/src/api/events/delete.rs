//! `DELETE /api/calendar/events/{eventId}`

use axum::extract::State;
use axum::http::StatusCode;

use super::edit::{DeleteQuery, IfMatch, tell};
use crate::auth::Caller;
use crate::input::{Id, Params};
use crate::problem::Problem;
use crate::state::WebState;

/// Delete an event or a part of a series
///
/// `this` cancels one occurrence, `following` ends the series before it, `all` deletes the series.
#[utoipa::path(delete, path = "/api/calendar/events/{eventId}", tag = "events",
    params(("eventId" = String, Path), DeleteQuery, ("If-Match" = Option<String>, Header, description = "ETag of the event")),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 412, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn delete_event(
    State(state): State<WebState>,
    caller: Caller,
    Id(id): Id,
    Params(query): Params<DeleteQuery>,
    expected: IfMatch,
) -> Result<StatusCode, Problem> {
    let edit = query.edit(id, expected)?;
    let scope = caller.own_scope();
    state.engine.delete_event(&scope, &edit).await?;
    tell(&state, &scope);
    Ok(StatusCode::NO_CONTENT)
}
