//! `Idempotency-Key`: the same request again is not carried out again, but gets the same answer, for
//! a day. Keys are the person's own.
//!
//! Only successes are kept: what was refused changed nothing, and may be sent again. A request whose
//! outcome nobody saw (the server was killed) keeps its key for the day, so that it is not done twice.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tidecal_store::{KnownRequest, TenantScope};

use crate::auth::Caller;
use crate::problem::{Code, Problem};
use crate::state::WebState;

static KEY: HeaderName = HeaderName::from_static("idempotency-key");
static REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Longest key.
const LONGEST: usize = 200;

/// Headers of an answer that belong to it.
const KEPT: [HeaderName; 3] = [header::CONTENT_TYPE, header::ETAG, header::LOCATION];

/// Largest answer that is kept.
const LARGEST: usize = 4 << 20;

/// An answer as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    headers: Vec<(String, String)>,
    body: String,
}

/// Carries requests with a key out once.
pub(crate) async fn layer(State(state): State<WebState>, request: Request, next: Next) -> Response {
    let writes = matches!(*request.method(), Method::POST | Method::PATCH | Method::PUT | Method::DELETE);
    let calendar = request.uri().path().starts_with("/api/calendar/");
    if !writes || !calendar || !request.headers().contains_key(&KEY) {
        return next.run(request).await;
    }
    once(&state, request, next).await.unwrap_or_else(Problem::into_response)
}

async fn once(state: &WebState, request: Request, next: Next) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let key = key(&parts.headers)?;
    let scope = Caller::from_request_parts(&mut parts, state).await?.own_scope();
    let largest = state.config.max_body_bytes;
    let body = to_bytes(body, largest).await.map_err(|_| {
        Problem::new(Code::BodyTooLarge, "The body is larger than any request of this interface needs, or broke off.")
    })?;
    let hash = hash(&parts, &body);
    match state.tenant(&scope).begin_request(&key, &hash, state.now()).await? {
        KnownRequest::New => {}
        KnownRequest::Answered { status, body } => return replayed(status, &body),
        KnownRequest::Running => {
            let detail = "The same request is being carried out, or was cut off. Wait a moment, then look whether it \
                took effect before sending it under another key.";
            return Err(Problem::new(Code::RequestRunning, detail).retry_after(2));
        }
        KnownRequest::Different => {
            let message = "belongs to another request; send each request under a key of its own";
            let detail = format!("Idempotency-Key: {message}");
            return Err(Problem::new(Code::KeyReused, detail).with_error("Idempotency-Key", message));
        }
    }
    let request = Request::from_parts(parts, Body::from(body));
    let state = state.clone();
    // Goes on when the caller hangs up: the answer is kept for the next attempt.
    let work = tokio::spawn(async move {
        let response = next.run(request).await;
        keep(&state, &scope, &key, response).await
    });
    work.await.map_err(|error| Problem::internal(error.to_string()))?
}

fn key(headers: &HeaderMap) -> Result<String, Problem> {
    let text = headers.get(&KEY).and_then(|value| value.to_str().ok()).unwrap_or_default().trim();
    let sane = !text.is_empty() && text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_graphic());
    let message = format!("must have 1 to {LONGEST} visible characters, such as a UUID");
    sane.then(|| text.to_owned()).ok_or_else(|| Problem::field("Idempotency-Key", message))
}

/// Tells requests apart: what is asked for, and of which version.
fn hash(parts: &Parts, body: &Bytes) -> String {
    let mut hash = Sha256::new();
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    let version = parts.headers.get(header::IF_MATCH).map_or(&b""[..], HeaderValue::as_bytes);
    for piece in [parts.method.as_str().as_bytes(), target.as_bytes(), version, body] {
        hash.update(piece.len().to_le_bytes());
        hash.update(piece);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn keep(state: &WebState, scope: &TenantScope, key: &str, response: Response) -> Result<Response, Problem> {
    let tenant = state.tenant(scope);
    if !response.status().is_success() {
        // Of a time-out nobody knows what it did: its key stays taken.
        let code = response.extensions().get::<Problem>().map(Problem::code);
        if code != Some(Code::Timeout) {
            tenant.abandon_request(key).await?;
        }
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, LARGEST).await.map_err(|error| Problem::internal(error.to_string()))?;
    let header = |name: &HeaderName| {
        let value = parts.headers.get(name)?.to_str().ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    };
    let kept =
        Kept { headers: KEPT.iter().filter_map(header).collect(), body: String::from_utf8_lossy(&body).into_owned() };
    let text = serde_json::to_string(&kept).map_err(|error| Problem::internal(error.to_string()))?;
    tenant.finish_request(key, i64::from(parts.status.as_u16()), &text).await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn replayed(status: i64, kept: &str) -> Result<Response, Problem> {
    let damaged = |error: &dyn std::fmt::Display| Problem::internal(format!("a kept answer cannot be read: {error}"));
    let kept: Kept = serde_json::from_str(kept).map_err(|error| damaged(&error))?;
    let mut response = Response::new(Body::from(kept.body));
    let status = u16::try_from(status).map_err(|error| damaged(&error))?;
    *response.status_mut() = StatusCode::from_u16(status).map_err(|error| damaged(&error))?;
    for (name, value) in kept.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert(REPLAYED.clone(), HeaderValue::from_static("true"));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_short_and_visible() {
        let given = |value: &str| key(&HeaderMap::from_iter([(KEY.clone(), HeaderValue::from_str(value).unwrap())]));
        assert_eq!(given(" 0193f3a0-0000 ").unwrap(), "0193f3a0-0000");
        for wrong in ["", "a b", &"x".repeat(201)] {
            assert!(given(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn requests_differ_by_method_target_version_and_body() {
        let of = |method: &str, uri: &str, tag: &str, body: &'static str| {
            let request = Request::builder().method(method).uri(uri).header("if-match", tag).body(Body::empty());
            hash(&request.unwrap().into_parts().0, &Bytes::from_static(body.as_bytes()))
        };
        let one = of("POST", "/a?b=1", "\"1\"", "{}");
        assert_eq!(one, of("POST", "/a?b=1", "\"1\"", "{}"));
        for other in [
            of("PATCH", "/a?b=1", "\"1\"", "{}"),
            of("POST", "/a?b=2", "\"1\"", "{}"),
            of("POST", "/a?b=1", "\"2\"", "{}"),
            of("POST", "/a?b=1", "\"1\"", "{ }"),
        ] {
            assert_ne!(one, other);
        }
    }
}
