//! Microsoft Graph v1.0, as far as calendars need it: profile, calendars, events, views, deltas, batches, subscriptions.
//!
//! Written from the vendor's documents. Requests are validated as OData services do, writes to meetings always mail, and
//! what the vendor does to clients (sparse occurrences, ids that change, rewritten HTML, silent losses) is done here too;
//! see the switches. Deliberately not here: attachments, forwarding, free/busy of others, open extensions, beta.

pub(crate) mod batch;
pub(crate) mod calendars;
mod call;
pub(crate) mod control;
pub(crate) mod create;
mod delta;
pub(crate) mod errors;
pub(crate) mod event;
mod fields;
mod filter;
mod html;
pub(crate) mod ids;
pub(crate) mod limits;
mod list;
pub(crate) mod mailbox;
mod me;
mod meetings;
pub(crate) mod notify;
mod post;
mod prefer;
mod query;
mod recurrence;
mod remove;
mod respond;
pub(crate) mod routes;
mod schema;
pub(crate) mod seed;
mod settle;
mod show;
mod subscriptions;
pub(crate) mod switches;
mod times;
mod update;
mod view;
mod zones;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use serde_json::Value;

use crate::google::strict::Breach;
use crate::ledger::Line;
use crate::random::opaque_guid;
use crate::state::SandboxState;
use call::Call;
use errors::GraphError;
use routes::Answer;

/// The answer to an accepted request.
#[derive(Debug)]
pub(crate) enum Reply {
    /// 200, or 201 with `Location`.
    Json { body: Value, location: Option<String>, applied: String },
    /// 204.
    NoContent,
    /// 202.
    Accepted,
}

impl Reply {
    fn json(body: Value, call: &Call) -> Self {
        Self::Json { body, location: None, applied: call.prefer.applied.join(", ") }
    }

    fn created(body: Value, at: &str, call: &Call) -> Self {
        Self::Json { body, location: Some(at.to_owned()), applied: call.prefer.applied.join(", ") }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let (body, location, applied) = match self {
            Self::NoContent => return StatusCode::NO_CONTENT.into_response(),
            Self::Accepted => return StatusCode::ACCEPTED.into_response(),
            Self::Json { body, location, applied } => (body, location, applied),
        };
        let status = if location.is_some() { StatusCode::CREATED } else { StatusCode::OK };
        let etag = body.get("@odata.etag").and_then(Value::as_str).and_then(|etag| HeaderValue::from_str(etag).ok());
        let mut response = (status, body.to_string()).into_response();
        let headers = response.headers_mut();
        let kind = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        let texts =
            [(header::LOCATION, location), (header::HeaderName::from_static("preference-applied"), Some(applied))];
        for (name, text) in texts {
            if let Some(value) = text.filter(|text| !text.is_empty()).and_then(|text| HeaderValue::from_str(&text).ok())
            {
                headers.insert(name, value);
            }
        }
        if let Some(etag) = etag {
            headers.insert(header::ETAG, etag);
        }
        response
    }
}

/// Whether an operation concerns one calendar.
pub(crate) fn has_calendar(operation: &str) -> bool {
    ["graph.events.", "graph.calendarView", "graph.delta"].iter().any(|beginning| operation.starts_with(beginning))
}

/// Refusals that only a careless request meets; what may happen to anybody (a lost state, a repeated transaction) is not
/// among them.
const CARELESS: [&str; 14] = [
    "AADSTS28000",
    "AADSTS650053",
    "AADSTS70003",
    "AADSTS900144",
    "BadRequest",
    "ErrorInvalidIdMalformed",
    "ErrorInvalidParameter",
    "ErrorInvalidProperty",
    "ErrorInvalidRecipients",
    "ErrorInvalidUrlQuery",
    "ErrorPropertyValidationFailure",
    "InvalidRequest",
    "RequestBodyRead",
    "TimeZoneNotSupportedException",
];

/// What a request of the Microsoft side breaks, by its refusal.
pub(crate) fn careless(line: &Line) -> Option<Breach> {
    let reason = line.reason.as_deref()?;
    let ours = line.operation.starts_with("graph.") || line.operation.starts_with("entra.");
    let careless = line.status == Some(400) && (CARELESS.contains(&reason) || reason.starts_with("sandbox"));
    let blamed = ours && line.fault.is_none() && (careless || reason == "sandboxNotServed");
    blamed.then(|| Breach::new("sandboxWrongValue", "request", format!("was refused as {reason}.")))
}

/// Everything below `/v1.0`.
pub(crate) async fn answer(State(state): State<SandboxState>, request: Request) -> Response {
    let is_batch = request.uri().path() == "/v1.0/$batch" && request.method() == http::Method::POST;
    if !is_batch {
        return single(state, request).await;
    }
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let refused = routes::find(&parts.method, parts.uri.path())
        .and_then(|found| Call::read(&state.lock(), found, &parts, &[]).err());
    match refused {
        Some(error) => refuse(&state, &parts, error),
        None => batch::answer(&state, &parts, &bytes).await,
    }
}

/// One request that is no batch.
pub(crate) async fn single(state: SandboxState, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Some(found) = routes::find(&parts.method, parts.uri.path()) else {
        let segment = parts.uri.path().rsplit('/').next().unwrap_or_default();
        let text = format!("Resource not found for the segment '{segment}'.");
        return refuse(&state, &parts, GraphError::query(text));
    };
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let latency = state.lock().switches.graph.latency_milliseconds;
    if latency > 0 {
        crate::clock::wait(latency).await;
    }
    let handler = match found.answer {
        Answer::Subscribe => return subscriptions::create(&state, found, &parts, &bytes).await,
        Answer::Here(handler) => handler,
        Answer::NotServed | Answer::Batch => {
            let text = format!("The sandbox does not serve {} yet.", found.operation);
            return refuse(&state, &parts, GraphError::own(501, "sandboxNotServed", text));
        }
    };
    let answered = {
        let mut world = state.lock();
        Call::read(&world, found, &parts, &bytes).and_then(|call| handler(&mut world, &call))
    };
    let mut response = match answered {
        Ok(reply) => reply.into_response(),
        Err(error) => return refuse(&state, &parts, error),
    };
    add_request_id(&state, &parts, &mut response);
    response
}

/// The answer to a refused request.
fn refuse(state: &SandboxState, parts: &Parts, error: GraphError) -> Response {
    let (now, id) = {
        let mut world = state.lock();
        let number = world.next_number();
        (world.now(), opaque_guid(world.config.seed, &format!("request {number}")))
    };
    let mut response = error.respond(now, &id);
    add_ids(parts, &mut response, &id);
    response
}

fn add_request_id(state: &SandboxState, parts: &Parts, response: &mut Response) {
    let id = {
        let mut world = state.lock();
        let number = world.next_number();
        opaque_guid(world.config.seed, &format!("request {number}"))
    };
    add_ids(parts, response, &id);
}

fn add_ids(parts: &Parts, response: &mut Response, id: &str) {
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert("client-request-id", parts.headers.get("client-request-id").unwrap_or(&value).clone());
        headers.insert("request-id", value);
    }
}
