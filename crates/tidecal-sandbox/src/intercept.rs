//! What happens around every API request: faults strike here, and the ledger writes its line. Control requests pass.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::StreamExt as _;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::caldav;
use crate::clock;
use crate::control::events::edit_first;
use crate::data::moment::stamp;
use crate::entra;
use crate::faults::{Aim, Drop, Fault};
use crate::google::errors::{ApiError, Refusal, RefusedAt};
use crate::google::routes;
use crate::google::strict::{self, Breach};
use crate::graph;
use crate::ledger::{Line, redacted};
use crate::oauth;
use crate::push;
use crate::state::SandboxState;

/// Largest request body taken, in bytes.
const LARGEST_BODY: usize = 4 << 20;

/// Marks a response whose connection is to be closed instead of answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DropConnection;

/// The request's place in the vendor's API.
struct Target {
    operation: String,
    calendar_id: Option<String>,
    event_id: Option<String>,
}

/// Middleware around everything but the control API.
pub(crate) async fn intercept(State(state): State<SandboxState>, request: Request, next: Next) -> Response {
    let response = if request.uri().path().starts_with("/_sandbox") {
        next.run(request).await
    } else {
        around(&state, request, |request| next.run(request)).await
    };
    push::deliver(&state).await;
    graph::notify::flush(&state);
    response
}

/// One API request with its fault and its line in the ledger; `run` carries it out.
pub(crate) async fn around<F, A>(state: &SandboxState, request: Request, run: F) -> Response
where
    F: FnOnce(Request) -> A,
    A: Future<Output = Response>,
{
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, LARGEST_BODY).await else {
        return ApiError::new(413, "global", "uploadTooLarge", "Request Too Large").into_response();
    };
    let mut target = target(&parts, &bytes);
    let mut breaches = breaches(&parts, &bytes, &target);
    let (mut line, fault, now) = {
        let mut world = state.lock();
        let mut line = line(&parts, &bytes, &target, stamp(world.now()));
        line.account = bearer(&parts.headers)
            .and_then(|token| world.grants.account_of(token).or_else(|| world.entra.account_of(token)))
            .or_else(|| {
                target.operation.starts_with("caldav.").then(|| caldav::account_of(&world, &parts.headers)).flatten()
            });
        if target.calendar_id.as_deref() == Some("primary") {
            target.calendar_id = line.account.clone();
            line.calendar_id = line.account.clone();
        }
        if let (true, Some(account)) = (graph::has_calendar(&target.operation), &line.account) {
            let (calendar_id, event_id) =
                graph::control::aim(&world, account, target.calendar_id.take(), target.event_id.as_deref());
            line.calendar_id.clone_from(&calendar_id);
            (target.calendar_id, target.event_id) = (calendar_id, event_id);
        }
        let new_id = line.body.as_ref().and_then(|body| body["id"].as_str());
        let fault = world.faults.take(&Aim {
            operation: &target.operation,
            calendar_id: target.calendar_id.as_deref(),
            event_id: target.event_id.as_deref().or(new_id),
            account: line.account.as_deref(),
        });
        (line, fault, world.now())
    };
    let request = Request::from_parts(parts, Body::from(bytes));
    let turn = graph::limits::enter(state, &target.operation, line.account.as_deref());
    if let Some(edit) = fault.as_ref().and_then(|fault| fault.edit_first.clone()) {
        edit_first(&mut state.lock(), edit);
    }
    let response = match &fault {
        _ if turn.is_err() => turn.err().map_or_else(dropped, |refused| *refused),
        Some(fault) => strike(fault, &target, now, request, run).await,
        None => run(request).await,
    };
    line.fault = fault.map(|fault| fault.id);
    let dropped = response.extensions().get::<DropConnection>().is_some();
    line.status = (!dropped).then(|| response.status().as_u16());
    line.reason = response.extensions().get::<Refusal>().map(|refusal| refusal.0.clone());
    let place = response.extensions().get::<RefusedAt>().map(|place| place.0.as_str());
    breaches.extend(strict::of_answer(&line, place));
    breaches.extend(graph::careless(&line));
    breaches.extend(caldav::careless(&line));
    state.lock().ledger.add(line, breaches);
    response
}

/// The bearer token of a request.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn target(parts: &Parts, body: &[u8]) -> Target {
    let path = parts.uri.path();
    if let Some(operation) = oauth::operation(&parts.method, path, body) {
        return Target { operation: operation.to_owned(), calendar_id: None, event_id: None };
    }
    if let Some(operation) = entra::operation(&parts.method, path, body) {
        return Target { operation: operation.to_owned(), calendar_id: None, event_id: None };
    }
    if let Some((operation, calendar_id, event_id)) = caldav::target(parts, body) {
        return Target { operation: operation.to_owned(), calendar_id, event_id };
    }
    if path.starts_with("/v1.0/") {
        return match graph::routes::find(&parts.method, path) {
            Some(found) => Target {
                operation: found.operation.to_owned(),
                calendar_id: found.calendar_id,
                event_id: found.event_id,
            },
            None => Target { operation: "graph.unknown".to_owned(), calendar_id: None, event_id: None },
        };
    }
    match routes::find(&parts.method, path) {
        Some(found) => Target {
            operation: found.route.operation.to_owned(),
            calendar_id: found.calendar_id().map(ToOwned::to_owned),
            event_id: found.value("eventId").map(ToOwned::to_owned),
        },
        None => Target { operation: "unknown".to_owned(), calendar_id: None, event_id: None },
    }
}

/// What the request breaks of the contract, whatever will be answered.
fn breaches(parts: &Parts, body: &[u8], target: &Target) -> Vec<Breach> {
    // Microsoft has a checker of its own: it refuses what breaks its types
    if target.operation.starts_with("graph.") || target.operation.starts_with("entra.") {
        return Vec::new();
    }
    if target.operation.starts_with("caldav.") {
        return caldav::breaches(parts, body, &target.operation);
    }
    let query: Vec<_> =
        url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let header = |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let mut found = strict::of_query(&target.operation, &query);
    found.extend(strict::of_body(&target.operation, body));
    found.extend(strict::of_condition("If-Match", header(header::IF_MATCH)));
    found.extend(strict::of_condition("If-None-Match", header(header::IF_NONE_MATCH)));
    if target.operation == "unknown" && parts.uri.path().starts_with("/calendar/") {
        found.push(strict::no_such_route(parts.method.as_str(), parts.uri.path()));
    }
    found
}

fn line(parts: &Parts, body: &[u8], target: &Target, time: String) -> Line {
    let header =
        |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
    let body = if target.operation.starts_with("oauth.") || target.operation.starts_with("entra.") {
        let form = String::from_utf8_lossy(body);
        (!body.is_empty()).then(|| json!(redacted(&form)))
    } else if target.operation.starts_with("caldav.") {
        (!body.is_empty()).then(|| json!(String::from_utf8_lossy(body)))
    } else {
        serde_json::from_slice::<Value>(body).ok()
    };
    Line {
        number: 0,
        time,
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: redacted(parts.uri.query().unwrap_or_default()),
        operation: target.operation.clone(),
        calendar_id: target.calendar_id.clone(),
        account: None,
        status: None,
        reason: None,
        if_match: header(header::IF_MATCH),
        if_none_match: header(header::IF_NONE_MATCH),
        user_agent: header(header::USER_AGENT),
        body,
        fault: None,
    }
}

async fn strike<F, A>(fault: &Fault, target: &Target, now: Timestamp, request: Request, run: F) -> Response
where
    F: FnOnce(Request) -> A,
    A: Future<Output = Response>,
{
    if fault.delay_ms > 0 {
        clock::wait(fault.delay_ms).await;
    }
    if fault.drop_connection == Some(Drop::Before) {
        return dropped();
    }
    let applied = fault.applied || fault.drop_connection.is_some();
    let own = if applied || !fault.replaces_answer() { Some(run(request).await) } else { None };
    if fault.drop_connection == Some(Drop::After) {
        return dropped();
    }
    let response = match own {
        Some(response) if !fault.replaces_answer() => response,
        _ => replacement(fault, &target.operation, now),
    };
    let mut response = cut(response, fault).await;
    for (name, value) in &fault.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn dropped() -> Response {
    let mut response = StatusCode::BAD_GATEWAY.into_response();
    response.extensions_mut().insert(DropConnection);
    response
}

/// The answer that a fault gives in place of the request's own.
fn replacement(fault: &Fault, operation: &str, now: Timestamp) -> Response {
    let status = StatusCode::from_u16(fault.status.unwrap_or(500)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if fault.html {
        let page = format!(
            "<!DOCTYPE html><html lang=en><title>Error {0}</title><p><b>{0}.</b> That's an error.</html>",
            status.as_u16()
        );
        return (status, [(header::CONTENT_TYPE, "text/html; charset=UTF-8")], page).into_response();
    }
    if let Some(body) = &fault.body {
        let status = fault.status.and_then(|code| StatusCode::from_u16(code).ok());
        let text = body.as_str().map_or_else(|| body.to_string(), ToOwned::to_owned);
        let kind = [(header::CONTENT_TYPE, "application/json; charset=UTF-8")];
        return (status.unwrap_or(StatusCode::OK), kind, text).into_response();
    }
    let reason = fault.reason.as_deref().unwrap_or("backendError");
    if operation.starts_with("caldav.") {
        return caldav::errors::DavError::of_reason(reason, fault.status).into_response();
    }
    if operation.starts_with("entra.") {
        return entra::errors::of_reason(reason, fault.status, now).into_response();
    }
    if operation.starts_with("graph.") {
        return graph::errors::GraphError::of_code(reason, fault.status).respond(now, "fault");
    }
    if operation.starts_with("oauth.") {
        return oauth::errors::of_reason(reason, fault.status).into_response();
    }
    ApiError::of_reason(reason, fault.status).into_response()
}

/// Truncates the body, or makes it end in the middle with a broken connection.
async fn cut(response: Response, fault: &Fault) -> Response {
    let broken = fault.drop_connection == Some(Drop::During);
    if fault.truncate_body_to.is_none() && !broken {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let mut bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    bytes.truncate(fault.truncate_body_to.unwrap_or(bytes.len() / 2));
    parts.headers.remove(header::CONTENT_LENGTH);
    if !broken {
        return Response::from_parts(parts, Body::from(bytes));
    }
    // a compressor would keep the half to itself
    parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("identity"));
    broken_off(parts, bytes)
}

/// A response whose connection ends after these bytes, although its body does not.
pub(crate) fn broken_off(parts: http::response::Parts, bytes: Bytes) -> Response {
    let half = futures::stream::once(async move { Ok::<Bytes, std::io::Error>(bytes) });
    let end = futures::stream::once(async {
        // let the first half reach the socket, or the client would see no answer at all
        tokio::task::yield_now().await;
        Err(std::io::Error::other("connection dropped on purpose"))
    });
    Response::from_parts(parts, Body::from_stream(half.chain(end)))
}
