//! `POST /api/calendar/events/{eventId}/answer`

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use tidecal_core::model::Response as Reply;
use tidecal_engine::EventAnswer;
use utoipa::ToSchema;

use super::edit::{EditQuery, IfMatch, shown, tell};
use super::get::FullEvent;
use crate::auth::Caller;
use crate::input::{Body, Id, Params};
use crate::problem::Problem;
use crate::state::WebState;

/// Longest note to the organiser.
const LONGEST_COMMENT: usize = 1000;

/// An answer to an invitation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AnswerEvent {
    /// `accepted`, `declined` or `tentative`.
    response: String,
    /// A note to the organiser.
    comment: Option<String>,
    /// The organiser is told; otherwise only your own calendar knows.
    #[serde(default)]
    notify: bool,
}

impl AnswerEvent {
    fn checked(&self) -> Result<EventAnswer, Problem> {
        let response = match self.response.as_str() {
            "accepted" => Reply::Accepted,
            "declined" => Reply::Declined,
            "tentative" => Reply::Tentative,
            _ => return Err(Problem::field("response", "must be accepted, declined or tentative")),
        };
        let comment = self.comment.as_deref().map(str::trim).filter(|comment| !comment.is_empty());
        let comment = comment.map(|comment| crate::input::text("comment", comment, LONGEST_COMMENT)).transpose()?;
        Ok(EventAnswer { response, comment: comment.unwrap_or_default() })
    }
}

/// Answer an invitation
///
/// `scope` is `all` or, for an occurrence with an invitation of its own, `this`.
#[utoipa::path(post, path = "/api/calendar/events/{eventId}/answer", tag = "events",
    params(("eventId" = String, Path), EditQuery, ("If-Match" = Option<String>, Header, description = "ETag of the event")),
    request_body = AnswerEvent,
    responses((status = 200, body = FullEvent), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 412, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn answer_event(
    State(state): State<WebState>,
    caller: Caller,
    Id(id): Id,
    Params(query): Params<EditQuery>,
    expected: IfMatch,
    Body(request): Body<AnswerEvent>,
) -> Result<Response, Problem> {
    let edit = query.edit(id, expected, request.notify)?;
    let scope = caller.own_scope();
    let id = state.engine.answer_event(&scope, &edit, &request.checked()?).await?;
    tell(&state, &scope);
    shown(&state, &scope, &id).await
}
