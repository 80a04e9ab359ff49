//! `POST /api/calendar/events`

use axum::extract::State;
use axum::response::Response;

use super::edit::{made, tell};
use super::fields::EventFields;
use super::get::FullEvent;
use crate::auth::Caller;
use crate::input::{Body, is_possible_id};
use crate::problem::Problem;
use crate::state::WebState;

/// Write a new event into one of your calendars
///
/// `calendarId` and `start` are needed. Nobody is mailed unless `notify` is true. With `Idempotency-Key`
/// the same request again gets the same answer.
#[utoipa::path(post, path = "/api/calendar/events", tag = "events", request_body = EventFields,
    responses((status = 201, body = FullEvent), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create_event(
    State(state): State<WebState>,
    caller: Caller,
    Body(mut fields): Body<EventFields>,
) -> Result<Response, Problem> {
    let notify = fields.notify;
    let calendar_id = fields.calendar_id.take().ok_or_else(|| Problem::field("calendarId", "is missing"))?;
    let change = fields.checked()?;
    let scope = caller.own_scope();
    if !is_possible_id(&calendar_id) {
        return Err(Problem::not_found());
    }
    let id = state.engine.create_event(&scope, &calendar_id, &change, notify).await?;
    tell(&state, &scope);
    made(&state, &scope, &id).await
}
