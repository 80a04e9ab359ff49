//! Layers between the outermost one and the routes: time limits, panics, kill switches.

use std::any::Any;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Extensions, HeaderMap, Method, StatusCode, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tidecal_engine::Gate;
use tower_http::CompressionLevel;
use tower_http::compression::predicate::SizeAbove;
use tower_http::compression::{CompressionLayer, Predicate};
use tower_http::csrf::{CsrfLayer, ProtectionError};

use crate::config::WebConfig;
use crate::problem::{Code, Problem};
use crate::state::WebState;

/// Gives up on a request that takes too long. A stream is not meant: its answer begins at once.
pub(crate) async fn time_limit(State(state): State<WebState>, request: Request, next: Next) -> Response {
    // A manual sync may wait as long as it is configured to.
    let limit = state.config.request_timeout.max(state.config.manual_wait + jiff::SignedDuration::from_secs(15));
    give_up_after(Duration::try_from(limit).unwrap_or(Duration::MAX), next.run(request)).await
}

async fn give_up_after(limit: Duration, work: impl Future<Output = Response>) -> Response {
    tokio::time::timeout(limit, work).await.unwrap_or_else(|_| {
        let detail =
            "The server did not finish in time. What was begun may still go on; look at its state before trying again.";
        Problem::new(Code::Timeout, detail).retry_after(30).into_response()
    })
}

/// With every switch off nothing of the calendar interface is left but its health (requirement R6.5).
pub(crate) async fn switched_off(State(state): State<WebState>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let calendar = path.starts_with("/api/calendar/");
    let health = path == "/api/calendar/health" && matches!(*request.method(), Method::GET | Method::HEAD);
    if calendar && !health {
        let gates = state.engine.gates().get();
        let all = [Gate::Sync, Gate::OAuth, Gate::Jobs, Gate::Webhook];
        if all.into_iter().all(|gate| !gates.is_open(gate)) {
            return Problem::gate_closed(Gate::Sync).into_response();
        }
    }
    next.run(request).await
}

/// A panic is a defect of ours and no reason to drop the connection.
#[expect(clippy::needless_pass_by_value, reason = "the signature that the layer asks for")]
pub(crate) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let words = panic.downcast_ref::<&str>().map(|words| (*words).to_owned());
    let words = words.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    Problem::internal(format!("panicked: {words}")).into_response()
}

/// Refuses changes that a page of another site makes a browser send.
pub(crate) fn csrf(config: &WebConfig) -> CsrfLayer<impl FnMut(ProtectionError) -> Response<Body> + Clone + use<>> {
    let layer = CsrfLayer::new();
    // A proxy may rewrite `Host`, so the public address is named. An address without an origin trusts nobody.
    let layer = layer.clone().add_trusted_origin(config.origin()).unwrap_or(layer);
    layer.with_rejection_response(|_: ProtectionError| {
        let detail = "This request came from a page of another site and was refused. Send it from Tidecal's own pages, or with an API key from a program.";
        Problem::new(Code::CrossSite, detail).into_response()
    })
}

/// For what was computed this moment: a month's list is megabytes of JSON, and to make them a little
/// smaller by a slower method would take longer than all the rest. Files are left to the layer outside.
pub(crate) fn quick_compression() -> CompressionLayer<impl Predicate> {
    CompressionLayer::new().no_br().quality(CompressionLevel::Fastest).compress_when(SizeAbove::new(1024).and(is_json))
}

fn is_json(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_takes_too_long_is_given_up() {
        let late = give_up_after(Duration::ZERO, std::future::pending()).await;
        assert_eq!((late.status().as_u16(), late.headers()["retry-after"].as_bytes()), (503, b"30".as_slice()));
        let timely = give_up_after(Duration::ZERO, std::future::ready(Response::default())).await;
        assert_eq!(timely.status().as_u16(), 200);
    }

    #[tokio::test]
    async fn a_panic_is_a_500_that_keeps_its_words_to_itself() {
        for panic in [Box::new("secret words") as Box<dyn Any + Send>, Box::new("secret words".to_owned()), Box::new(5)]
        {
            let response = panicked(panic);
            assert_eq!(response.status().as_u16(), 500);
            let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
            assert!(!String::from_utf8(body.to_vec()).unwrap().contains("secret"));
        }
    }
}
