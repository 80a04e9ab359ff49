//! The fake vendor's OAuth 2.0 server: consent, codes with PKCE, tokens, refresh, revocation, user info.

pub(crate) mod authorize;
pub(crate) mod consent;
pub(crate) mod errors;
pub(crate) mod grants;
pub(crate) mod page;
pub(crate) mod scopes;
mod token;
mod userinfo;

use axum::Router;
use axum::routing::{get, post};
use http::Method;

use crate::state::SandboxState;

pub(crate) fn routes() -> Router<SandboxState> {
    Router::new()
        .route("/o/oauth2/v2/auth", get(consent::show))
        .route("/o/oauth2/v2/auth/decision", post(consent::decide))
        .route("/token", post(token::exchange))
        .route("/revoke", post(token::revoke))
        .route("/oauth2/v2/userinfo", get(userinfo::show))
        .route("/v1/userinfo", get(userinfo::show_oidc))
}

/// Names of the OAuth operations.
pub(crate) const OPERATIONS: [&str; 6] =
    ["oauth.authorize", "oauth.decision", "oauth.token", "oauth.refresh", "oauth.revoke", "userinfo"];

/// Name of an OAuth operation for faults and ledger; refreshing is told apart from exchanging a code by the form.
pub(crate) fn operation(method: &Method, path: &str, body: &[u8]) -> Option<&'static str> {
    match (method, path) {
        (&Method::GET, "/o/oauth2/v2/auth") => Some("oauth.authorize"),
        (&Method::POST, "/o/oauth2/v2/auth/decision") => Some("oauth.decision"),
        (&Method::POST, "/token") => {
            let refresh =
                url::form_urlencoded::parse(body).any(|(name, value)| name == "grant_type" && value == "refresh_token");
            Some(if refresh { "oauth.refresh" } else { "oauth.token" })
        }
        (&Method::POST, "/revoke") => Some("oauth.revoke"),
        (&Method::GET, "/oauth2/v2/userinfo" | "/v1/userinfo") => Some("userinfo"),
        _ => None,
    }
}
