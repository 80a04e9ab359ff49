//! `GET /signin/{token}`: a one-time link that signs in.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use secrecy::SecretString;

use super::html::{empty, page, problem};
use crate::auth::{cookie, hash_token, start_session};
use crate::problem::Problem;
use crate::state::WebState;

/// Uses up the link and goes to the interface. Looking (HEAD) uses nothing up.
pub(crate) async fn sign_in(
    State(state): State<WebState>,
    method: Method,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Response {
    if method == Method::HEAD {
        return empty();
    }
    match take(&state, &headers, token).await {
        Ok(Some(response)) => response,
        Ok(None) => used_up(),
        Err(refused) => problem(&refused),
    }
}

async fn take(state: &WebState, headers: &HeaderMap, token: String) -> Result<Option<Response>, Problem> {
    let hash = hash_token(&SecretString::from(token));
    let Some(identity) = state.store().sign_in().take_signin_link(&hash, state.now()).await? else { return Ok(None) };
    let set_cookie = start_session(state, headers, &identity).await?;
    let mut response = Redirect::to("/").into_response();
    cookie::attach(response.headers_mut(), set_cookie);
    Ok(Some(response))
}

fn used_up() -> Response {
    let body = "<body><main><h1>This link does not sign in any more</h1>\
        <p>A sign-in link works once, and only for a short time. Ask whoever sent it for a new one; operators make one with \
        <code>tidecal users link</code>, and <code>tidecal demo</code> prints one at its start.</p>\
        <p><a href=\"/signin\">Sign in with e-mail and password</a></p></main></body>";
    page(StatusCode::GONE, "This link does not sign in any more", "", body)
}
