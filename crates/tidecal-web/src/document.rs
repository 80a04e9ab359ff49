//! The document that describes the JSON interface (OpenAPI 3.1), made from the operations themselves.

use utoipa::openapi::content::Content;
use utoipa::openapi::response::{ResponseBuilder, Responses};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, OpenApi, Ref, RefOr, SecurityRequirement};
use utoipa::{Modify, OpenApi as _};
use utoipa_axum::router::OpenApiRouter;

use crate::api;
use crate::api::stream::listen::ConnectionSignal;
use crate::problem::Problem;
use crate::state::WebState;

const PROBLEM_JSON: &str = "application/problem+json";

/// The description of the JSON interface (OpenAPI 3.1).
#[must_use]
pub fn openapi() -> OpenApi {
    let routes: OpenApiRouter<WebState> = OpenApiRouter::with_openapi(Document::openapi());
    let mut document = routes.merge(api::routes()).merge(api::long_routes()).into_openapi();
    for item in document.paths.paths.values_mut() {
        let operations =
            [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten();
        operations.for_each(|operation| complete(&mut operation.responses));
    }
    document
}

/// Every operation may end in a problem that it does not list (a bad body, a busy database), and every
/// problem has the media type of RFC 9457.
fn complete(responses: &mut Responses) {
    let problem = Content::new(Some(Ref::from_schema_name("Problem")));
    let other = ResponseBuilder::new().description("Any other problem").content(PROBLEM_JSON, problem).build();
    responses.responses.entry("default".to_owned()).or_insert(RefOr::T(other));
    for (status, response) in &mut responses.responses {
        let RefOr::T(response) = response else { continue };
        if status.starts_with(['4', '5'])
            && let Some(content) = response.content.swap_remove("application/json")
        {
            response.content.insert(PROBLEM_JSON.to_owned(), content);
        }
    }
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Tidecal", description = "Calendar synchronisation: connect accounts, keep calendars in step, read events.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")),
    modifiers(&Credentials),
    components(schemas(Problem, ConnectionSignal)),
    tags(
        (name = "session", description = "Signing in and out"),
        (name = "health", description = "How the syncs are doing"),
        (name = "sync", description = "Syncing now"),
        (name = "connecting", description = "Vendors and their consent pages"),
        (name = "accounts", description = "OAuth grants and CalDAV logins"),
        (name = "connections", description = "Remote calendars that are kept in step"),
        (name = "calendars", description = "Local calendars"),
        (name = "events", description = "Local events"),
        (name = "plan", description = "What a sync would do"),
        (name = "conflicts", description = "Fields that both sides changed"),
        (name = "held", description = "Brakes that wait for a person"),
        (name = "history", description = "What happened, and why"),
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
