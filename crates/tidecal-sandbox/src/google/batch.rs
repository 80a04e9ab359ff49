//! `POST /batch/calendar/v3`: many requests in one, each with its own line in the ledger and its own faults.
//!
//! The answers come in no particular order, as the vendor warns.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::errors::ApiError;
use super::routes::BATCH_PATH;
use crate::intercept::around;
use crate::random::Random;
use crate::state::SandboxState;

/// Most requests of one batch.
const MOST: usize = 50;
/// Boundary of the answer.
const BOUNDARY: &str = "batch_sandbox";

/// One request out of the batch.
struct Inner {
    /// `Content-ID` with its angle brackets taken off.
    id: Option<String>,
    request: Request,
}

/// Carries out a batch.
pub(super) async fn answer(state: &SandboxState, parts: &Parts, bytes: &Bytes) -> Response {
    let inner = match read(parts, bytes) {
        Ok(inner) => inner,
        Err(error) => return error.into_response(),
    };
    let mut answers = Vec::with_capacity(inner.len());
    for one in inner {
        let response = Box::pin(around(state, one.request, |request| super::run(state.clone(), request))).await;
        answers.push(part(one.id.as_deref(), response).await);
    }
    shuffle(state, &mut answers);
    let mut body = answers.concat();
    body.push_str(&format!("--{BOUNDARY}--\r\n"));
    let kind = format!("multipart/mixed; boundary={BOUNDARY}");
    (StatusCode::OK, [(header::CONTENT_TYPE, kind)], body).into_response()
}

fn shuffle(state: &SandboxState, answers: &mut [String]) {
    let mut world = state.lock();
    let number = world.next_number();
    let mut random = Random::new(world.config.seed, &format!("batch {number}"));
    for last in (1..answers.len()).rev() {
        let other = usize::try_from(random.below(last as u64 + 1)).unwrap_or(last);
        answers.swap(last, other);
    }
}

async fn part(id: Option<&str>, response: Response) -> String {
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let mut text = format!("--{BOUNDARY}\r\nContent-Type: application/http\r\n");
    if let Some(id) = id {
        text.push_str(&format!("Content-ID: <response-{id}>\r\n"));
    }
    let status = parts.status;
    text.push_str(&format!("\r\nHTTP/1.1 {} {}\r\n", status.as_u16(), status.canonical_reason().unwrap_or("Status")));
    for (name, value) in &parts.headers {
        if let Ok(value) = value.to_str() {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    text.push_str(&format!("Content-Length: {}\r\n\r\n{}\r\n", bytes.len(), String::from_utf8_lossy(&bytes)));
    text
}

fn read(parts: &Parts, bytes: &Bytes) -> Result<Vec<Inner>, ApiError> {
    let wrong = |what: &str| ApiError::bad_request(format!("Failed to parse batch request: {what}."));
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let boundary = kind
        .split(';')
        .filter_map(|part| part.trim().strip_prefix("boundary="))
        .map(|own| own.trim_matches('"'))
        .find(|own| kind.starts_with("multipart/mixed") && !own.is_empty())
        .ok_or_else(|| wrong("no boundary"))?;
    let text = std::str::from_utf8(bytes).map_err(|_| wrong("no UTF-8"))?.replace("\r\n", "\n");
    let inner: Option<Vec<Inner>> = text
        .split(&format!("--{boundary}"))
        .skip(1)
        .take_while(|part| !part.starts_with("--"))
        .map(|part| read_part(part, &parts.headers))
        .collect();
    let inner = inner.filter(|inner| !inner.is_empty()).ok_or_else(|| wrong("a part is no request"))?;
    if inner.len() > MOST {
        return Err(wrong("more than 50 calls"));
    }
    Ok(inner)
}

/// Reads one part: its own headers, a request line, the request's headers, its body. Lines end with `\n` here.
fn read_part(part: &str, outer: &HeaderMap) -> Option<Inner> {
    let (head, request) = part.trim_start_matches('\n').split_once("\n\n")?;
    let id = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-id").then(|| value.trim().trim_matches(['<', '>']).to_owned())
    });
    let (head, body) = request.split_once("\n\n").unwrap_or((request, ""));
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?, first.next()?);
    if target.starts_with(BATCH_PATH) {
        return None;
    }
    let mut request =
        Request::builder().method(method).uri(target).body(Body::from(body.trim_end().to_owned())).ok()?;
    let headers = request.headers_mut();
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let name = HeaderName::from_bytes(name.trim().as_bytes()).ok()?;
        headers.insert(name, HeaderValue::from_str(value.trim()).ok()?);
    }
    for name in [header::AUTHORIZATION, header::USER_AGENT] {
        if let Some(value) = outer.get(&name).filter(|_| !headers.contains_key(&name)) {
            headers.insert(name, value.clone());
        }
    }
    Some(Inner { id, request })
}
