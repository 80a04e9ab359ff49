//! Beginning a session: always under a new token, so that nobody can know it beforehand.

use axum::http::{HeaderMap, HeaderValue, header};
use tidecal_store::{Identity, NewSession};

use super::{cookie, hash_token, new_token};
use crate::problem::Problem;
use crate::state::WebState;

/// Longest name of a browser that is kept.
const LONGEST_AGENT: usize = 200;

/// Begins a session for that person and ends the one that the request brought; returns the value of
/// `Set-Cookie`.
pub(crate) async fn start_session(
    state: &WebState,
    headers: &HeaderMap,
    identity: &Identity,
) -> Result<Option<HeaderValue>, Problem> {
    let (now, secure, lives) = (state.now(), state.config.cookie_secure, state.config.session_lives());
    let token = new_token(state.engine.random());
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let session = NewSession {
        token_hash: hash_token(&token),
        tenant_id: identity.scope.tenant_id.clone(),
        profile_id: identity.profile.id.clone(),
        now,
        expires_at: now.checked_add(lives).unwrap_or(now),
        user_agent: agent.chars().take(LONGEST_AGENT).collect(),
    };
    state.store().sign_in().insert_session(&session).await?;
    if let Some(old) = cookie::read(headers, secure) {
        state.store().sign_in().delete_session(&hash_token(&old)).await?;
    }
    Ok(cookie::set(&token, secure, lives))
}
