//! All routes and layers, and the document that describes them.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, OpenApi, SecurityRequirement};
use utoipa::{Modify, OpenApi as _};
use utoipa_axum::router::OpenApiRouter;

use crate::state::WebState;
use crate::{api, fallback, headers, layers, operation, pages, request_id};

/// The whole HTTP side. Serve it with `into_make_service_with_connect_info::<SocketAddr>()`: without
/// the peer's address nobody counts as a caller on this machine.
pub fn router(state: WebState) -> Router {
    let (short, _) = api::routes().split_for_parts();
    let (long, _) = api::long_routes().split_for_parts();
    let short = short.layer(from_fn_with_state(state.clone(), layers::time_limit));
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
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(state.clone(), request_id::layer))
        .with_state(state)
}

/// The description of the JSON interface (OpenAPI 3.1).
#[must_use]
pub fn openapi() -> OpenApi {
    let routes: OpenApiRouter<WebState> = OpenApiRouter::with_openapi(Document::openapi());
    routes.merge(api::routes()).merge(api::long_routes()).into_openapi()
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Tidecal", description = "Calendar synchronisation: connect accounts, keep calendars in step, read events.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")),
    modifiers(&Credentials),
    tags(
        (name = "session", description = "Signing in and out"),
        (name = "health", description = "How the syncs are doing"),
        (name = "sync", description = "Syncing now"),
        (name = "connecting", description = "Vendors and their consent pages"),
        (name = "accounts", description = "OAuth grants and CalDAV logins"),
        (name = "connections", description = "Remote calendars that are kept in step"),
        (name = "calendars", description = "Local calendars"),
        (name = "events", description = "Local events"),
        (name = "stream", description = "What happens right now"),
        (name = "jobs", description = "For cron and administrators"),
    )
)]
struct Document;

/// How callers say who they are.
struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_with(Components::default);
        let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("tidecal_session")));
        let bearer = |words: &str| {
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(words)).build())
        };
        components.add_security_scheme("session", cookie);
        components.add_security_scheme("apiKey", bearer("API key of a tenant"));
        components.add_security_scheme("cronSecret", bearer("Value of CRON_SECRET"));
        let none: [&str; 0] = [];
        document.security =
            Some(vec![SecurityRequirement::new("session", none), SecurityRequirement::new("apiKey", none)]);
    }
}
