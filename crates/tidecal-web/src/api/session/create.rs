//! `POST /api/session`

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Session;
use crate::auth::{cookie, start_session, verify};
use crate::input::{Body, text};
use crate::peer::Peer;
use crate::problem::{Code, Problem};
use crate::state::WebState;

/// Longest address that RFC 5321 allows.
const LONGEST_EMAIL: usize = 254;

/// An address and its password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    #[schema(example = "ada@example.com")]
    email: String,
    #[schema(value_type = String, format = Password)]
    password: SecretString,
}

/// Sign in
///
/// Sets the session cookie. Ten attempts at once for an address, then one every 30 s.
#[utoipa::path(post, path = "/api/session", tag = "session", request_body = SignIn, security(()),
    responses((status = 200, body = Session), (status = 401, body = Problem), (status = 422, body = Problem),
        (status = 429, body = Problem)))]
pub(crate) async fn create_session(
    State(state): State<WebState>,
    peer: Peer,
    headers: HeaderMap,
    Body(request): Body<SignIn>,
) -> Result<Response, Problem> {
    let email = text("email", &request.email, LONGEST_EMAIL)?.to_lowercase();
    let key = format!("{} {email}", peer.address);
    state.sign_in.take(&key, state.now()).map_err(|wait| {
        let seconds = wait.as_secs() + 1;
        let detail = format!("Too many attempts to sign in. Try again in {seconds} seconds.");
        Problem::new(Code::TooManyRequests, detail).retry_after(seconds)
    })?;
    let candidate = state.store().sign_in().find_user_by_email(&email).await?;
    let hash = candidate.as_ref().and_then(|candidate| candidate.password_hash.clone());
    let fits = verify(request.password, hash).await;
    let identity = candidate.filter(|_| fits).and_then(|candidate| candidate.identities.into_iter().next());
    let Some(identity) = identity else {
        let detail = "This e-mail address and password do not belong together. Check both, then try again.";
        return Err(Problem::new(Code::InvalidCredentials, detail));
    };
    state.sign_in.forgive(&key);
    let set_cookie = start_session(&state, &headers, &identity).await?;
    let mut response = Json(Session::of(identity, state.engine.gates())).into_response();
    cookie::attach(response.headers_mut(), set_cookie);
    Ok(response)
}
