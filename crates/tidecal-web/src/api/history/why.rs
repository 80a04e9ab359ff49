//! `GET /api/calendar/events/{eventId}/why` and `GET /api/calendar/why`

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tidecal_core::sync::{Why, WhyStep};
use utoipa::{IntoParams, ToSchema};

use crate::auth::Caller;
use crate::input::{Id, Params};
use crate::problem::Problem;
use crate::state::WebState;
use crate::times::Seconds;

/// Longest id that a vendor gives an item; CalDAV: a path.
const LONGEST_EXTERNAL_ID: usize = 2000;

/// Why an event is where it is, or is not.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Why)]
pub(crate) struct WhyOut {
    /// Observations, rules, writes and decisions, oldest first.
    steps: Vec<WhyStepOut>,
    /// The present state in one sentence.
    verdict: String,
    /// What to do next; null: nothing.
    next: Option<String>,
}

/// One step.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WhyStep)]
pub(crate) struct WhyStepOut {
    at: Seconds,
    /// `observation`, `rule`, `write` or `decision`.
    kind: &'static str,
    text: String,
    #[schema(value_type = Object)]
    details: Value,
}

impl From<WhyStep> for WhyStepOut {
    fn from(step: WhyStep) -> Self {
        Self { at: Seconds(step.at), kind: step.kind, text: step.text, details: step.details }
    }
}

impl From<Why> for WhyOut {
    fn from(why: Why) -> Self {
        Self { steps: why.steps.into_iter().map(WhyStepOut::from).collect(), verdict: why.verdict, next: why.next }
    }
}

/// Why an event is where it is
///
/// By the id of a local event, or of a row in the list of a connection's events.
#[utoipa::path(get, path = "/api/calendar/events/{eventId}/why", tag = "history",
    params(("eventId" = String, Path)),
    responses((status = 200, body = WhyOut), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn why_event(
    State(state): State<WebState>,
    caller: Caller,
    Id(id): Id,
) -> Result<Json<WhyOut>, Problem> {
    Ok(Json(state.engine.why(&caller.own_scope(), &id).await?.into()))
}

/// An event by the vendor's id.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WhyQuery {
    /// The vendor's id of the item.
    #[param(value_type = String, required = true)]
    external_id: Option<String>,
}

/// Why an event is not here
///
/// By the vendor's id of it.
#[utoipa::path(get, path = "/api/calendar/why", tag = "history", params(WhyQuery),
    responses((status = 200, body = WhyOut), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn why_external(
    State(state): State<WebState>,
    caller: Caller,
    Params(query): Params<WhyQuery>,
) -> Result<Json<WhyOut>, Problem> {
    let id = query.external_id.ok_or_else(|| Problem::field("externalId", "is missing"))?;
    if id.is_empty() || id.len() > LONGEST_EXTERNAL_ID || id.contains('\0') {
        return Err(Problem::not_found());
    }
    Ok(Json(state.engine.why(&caller.own_scope(), &id).await?.into()))
}
