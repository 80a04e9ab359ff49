//! All routes and layers.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use crate::state::WebState;
use crate::{api, fallback, headers, idempotency, layers, operation, pages, request_id};

/// The whole HTTP side. Serve it with `into_make_service_with_connect_info::<SocketAddr>()`: without
/// the peer's address nobody counts as a caller on this machine.
pub fn router(state: WebState) -> Router {
    let (short, _) = api::routes().split_for_parts();
    let (long, _) = api::long_routes().split_for_parts();
    let short = short.layer(from_fn_with_state(state.clone(), layers::time_limit));
    let short = short.layer(from_fn_with_state(state.clone(), idempotency::layer));
    Router::new()
        .merge(short)
        .merge(long)
        .route("/api/openapi.json", get(operation::openapi_json))
        .route("/docs", get(operation::docs))
        .route("/docs/", get(operation::docs_file))
        .route("/docs/{*name}", get(operation::docs_file))
        .route("/healthz", get(operation::healthz))
        .route("/readyz", get(operation::readyz))
        .route("/metrics", get(operation::metrics))
        .route("/signin/{token}", get(pages::signin_link::sign_in))
        .route("/oauth-result.js", get(pages::script))
        .route("/pages.css", get(pages::style))
        .fallback(fallback::no_route)
        .method_not_allowed_fallback(fallback::no_such_method)
        // From here on outwards: each layer sees what the ones above it answer.
        .layer(DefaultBodyLimit::max(state.config.max_body_bytes))
        .layer(from_fn_with_state(state.clone(), layers::switched_off))
        .layer(layers::csrf(&state.config))
        .layer(CatchPanicLayer::custom(layers::panicked))
        .layer(from_fn_with_state(state.clone(), headers::layer))
        .layer(from_fn_with_state(state.clone(), request_id::layer))
        .layer(layers::quick_compression())
        .layer(CompressionLayer::new())
        .with_state(state)
}
