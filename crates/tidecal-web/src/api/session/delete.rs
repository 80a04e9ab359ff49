//! `DELETE /api/session`

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::auth::{cookie, hash_token};
use crate::changes::Change;
use crate::problem::Problem;
use crate::state::WebState;

/// Sign out
///
/// Ends the session of the cookie and its live streams; does nothing without one.
#[utoipa::path(delete, path = "/api/session", tag = "session", responses((status = 204)), security(()))]
pub(crate) async fn delete_session(State(state): State<WebState>, headers: HeaderMap) -> Result<Response, Problem> {
    let secure = state.config.cookie_secure;
    if let Some(token) = cookie::read(&headers, secure) {
        let token_hash = hash_token(&token);
        state.store().sign_in().delete_session(&token_hash).await?;
        state.changes.tell(Change::SessionEnded { token_hash });
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    cookie::attach(response.headers_mut(), cookie::clear(secure));
    Ok(response)
}
