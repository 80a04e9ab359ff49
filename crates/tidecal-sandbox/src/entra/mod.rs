//! The fake Microsoft's identity platform (Entra ID, v2.0 endpoints): consent, codes with PKCE, rotating refresh tokens,
//! and errors that carry `AADSTS` numbers.
//!
//! Every endpoint stands below a tenant segment: `common`, `organizations`, `consumers`, the sandbox's own tenant id, or
//! the domain of one of its people. There is no revocation endpoint, as the vendor has none for apps. Deliberately not
//! here: device codes, on-behalf-of, client credentials, real signatures.

mod admin;
pub(crate) mod authorize;
pub(crate) mod consent;
pub(crate) mod errors;
pub(crate) mod grants;
mod identity;
mod page;
pub(crate) mod scopes;
pub(crate) mod tenant;
mod token;

use axum::Router;
use axum::routing::{get, post};
use http::Method;

use crate::state::SandboxState;

pub(crate) fn routes() -> Router<SandboxState> {
    Router::new()
        .route("/{tenant}/oauth2/v2.0/authorize", get(consent::show))
        .route("/{tenant}/oauth2/v2.0/decision", post(consent::decide))
        .route("/{tenant}/oauth2/v2.0/token", post(token::exchange))
        .route("/{tenant}/v2.0/adminconsent", get(admin::show).post(admin::decide))
        .route("/{tenant}/v2.0/.well-known/openid-configuration", get(identity::discovery))
}

/// Names of the operations here.
pub(crate) const OPERATIONS: [&str; 6] =
    ["entra.authorize", "entra.decision", "entra.token", "entra.refresh", "entra.adminconsent", "entra.discovery"];

/// Name of an operation for faults and ledger; refreshing is told apart from exchanging a code by the form.
pub(crate) fn operation(method: &Method, path: &str, body: &[u8]) -> Option<&'static str> {
    let (_, below) = path.strip_prefix('/')?.split_once('/')?;
    match (method, below) {
        (&Method::GET, "oauth2/v2.0/authorize") => Some("entra.authorize"),
        (&Method::POST, "oauth2/v2.0/decision") => Some("entra.decision"),
        (&Method::POST, "oauth2/v2.0/token") => {
            let refresh =
                url::form_urlencoded::parse(body).any(|(name, value)| name == "grant_type" && value == "refresh_token");
            Some(if refresh { "entra.refresh" } else { "entra.token" })
        }
        (_, "v2.0/adminconsent") => Some("entra.adminconsent"),
        (&Method::GET, "v2.0/.well-known/openid-configuration") => Some("entra.discovery"),
        _ => None,
    }
}
