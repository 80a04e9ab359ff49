//! The outermost layer: every request has an id, a span, a metric; problems learn the id here, and
//! what went wrong inside is logged once, here.

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use crate::problem::Problem;
use crate::state::WebState;

static HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id that is taken over from a proxy.
const LONGEST: usize = 64;

/// The id of a request, as handlers find it.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) String);

/// Adds the id to the request's log lines, to its problem, and to the answer's headers.
pub(crate) async fn layer(State(state): State<WebState>, mut request: Request, next: Next) -> Response {
    let id = given(request.headers()).unwrap_or_else(|| new_id(&state));
    request.extensions_mut().insert(RequestId(id.clone()));
    // The pattern, never the path: paths and queries hold sign-in tokens and OAuth codes.
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let span = tracing::info_span!("request", request_id = %id, %method, route);
    let begun = state.now();

    let mut response = next.run(request).instrument(span.clone()).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        span.in_scope(|| log(&problem));
        let cookies = std::mem::take(response.headers_mut());
        response = problem.render(&id);
        // What inner layers added stays; the problem's own headers win.
        for (name, value) in &cookies {
            if !response.headers().contains_key(name) {
                response.headers_mut().insert(name.clone(), value.clone());
            }
        }
    }
    let took = state.now().duration_since(begun);
    span.in_scope(|| tracing::debug!(status = response.status().as_u16(), took_ms = took.as_millis(), "answered"));
    measure(method.as_str(), route, response.status().as_u16(), took.as_secs_f64());
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER.clone(), value);
    }
    response
}

fn given(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(&HEADER)?.to_str().ok()?;
    let sane = !id.is_empty()
        && id.len() <= LONGEST
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    sane.then(|| id.to_owned())
}

fn new_id(state: &WebState) -> String {
    format!("{:016x}", state.engine.random().seed())
}

fn log(problem: &Problem) {
    let code = problem.code().as_str();
    match problem.cause() {
        Some(cause) => tracing::error!(category = "http", error_code = code, cause, "request failed"),
        None => tracing::debug!(category = "http", error_code = code, "request refused"),
    }
}

fn measure(method: &str, route: String, status: u16, seconds: f64) {
    let method = method.to_owned();
    metrics::counter!("tidecal_http_requests_total", "method" => method.clone(), "route" => route.clone(), "status" => status.to_string())
        .increment(1);
    metrics::histogram!("tidecal_http_request_seconds", "method" => method, "route" => route).record(seconds);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_sane_id_is_taken_over() {
        let given =
            |value: &'static str| given(&HeaderMap::from_iter([(HEADER.clone(), HeaderValue::from_static(value))]));
        assert_eq!(given("a1-b2_c3.d4").as_deref(), Some("a1-b2_c3.d4"));
        assert_eq!(given("a b"), None);
        assert_eq!(given(""), None);
    }
}
