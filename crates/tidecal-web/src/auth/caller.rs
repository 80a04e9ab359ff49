//! The signed-in person behind a request.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use secrecy::SecretString;
use tidecal_store::{Identity, Role, TenantScope};

use super::{cookie, hash_token};
use crate::problem::{Code, Problem};
use crate::state::WebState;

/// A signed-in person in the active tenant.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// Who it is.
    pub(crate) identity: Identity,
    /// Hash of the session's token; `None` for an API key.
    pub(crate) session_hash: Option<String>,
}

impl Caller {
    /// What the person may reach.
    pub(crate) fn scope(&self) -> &TenantScope {
        &self.identity.scope
    }

    /// What is the person's own. Events are read with it, whatever the role: an administrator sees
    /// how a colleague's calendar fares, not what is in it.
    pub(crate) fn own_scope(&self) -> TenantScope {
        TenantScope { role: Role::Member, ..self.identity.scope.clone() }
    }
}

/// Somebody, or nobody at all. Credentials that are wrong are refused all the same.
#[derive(Clone, Debug)]
pub(crate) struct MaybeCaller(pub(crate) Option<Caller>);

/// The token of `Authorization: Bearer`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<SecretString> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| SecretString::from(token.trim()))
}

fn unauthenticated() -> Problem {
    Problem::new(
        Code::Unauthenticated,
        "Nobody is signed in, or the session has ended. Sign in, or send an API key as Authorization: Bearer.",
    )
    .with_header(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer realm=\"tidecal\""))
}

/// A header decides over the cookie: whoever sends one means it.
async fn find(headers: &HeaderMap, state: &WebState) -> Result<Option<Caller>, Problem> {
    let now = state.now();
    if headers.contains_key(header::AUTHORIZATION) {
        let key = bearer(headers).ok_or_else(unauthenticated)?;
        let identity = state.store().sign_in().find_api_key(&hash_token(&key), now).await?;
        let identity = identity.ok_or_else(unauthenticated)?;
        return Ok(Some(Caller { identity, session_hash: None }));
    }
    let Some(token) = cookie::read(headers, state.config.cookie_secure) else { return Ok(None) };
    let hash = hash_token(&token);
    let identity = state.store().sign_in().find_session(&hash, now).await?;
    Ok(identity.map(|identity| Caller { identity, session_hash: Some(hash) }))
}

impl FromRequestParts<WebState> for MaybeCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Problem> {
        find(&parts.headers, state).await.map(Self)
    }
}

impl FromRequestParts<WebState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Problem> {
        find(&parts.headers, state).await?.ok_or_else(unauthenticated)
    }
}
