//! Who signed in: `userinfo` in both spellings, and the id token.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use serde_json::{Value, json};

use super::grants::Code;
use crate::google::errors::ApiError;
use crate::intercept::bearer;
use crate::random::{Random, digest};
use crate::state::{SandboxState, World};

const EMAIL: &str = "https://www.googleapis.com/auth/userinfo.email";
const PROFILE: &str = "https://www.googleapis.com/auth/userinfo.profile";

/// The account's stable subject id: 21 digits, as the vendor's.
fn subject(world: &World, email: &str) -> String {
    let mut random = Random::new(world.config.seed, &format!("subject {email}"));
    format!("1{:020}", random.next())
}

/// `GET /oauth2/v2/userinfo`: the subject is `id`, the flag `verified_email`.
pub(super) async fn show(State(state): State<SandboxState>, headers: HeaderMap) -> Response {
    answer(&state, &headers, "id", "verified_email")
}

/// `GET /v1/userinfo`: the OpenID Connect spelling, `sub` and `email_verified`.
pub(super) async fn show_oidc(State(state): State<SandboxState>, headers: HeaderMap) -> Response {
    answer(&state, &headers, "sub", "email_verified")
}

fn answer(state: &SandboxState, headers: &HeaderMap, id: &str, verified: &str) -> Response {
    let world = state.lock();
    let now = world.now();
    let access = bearer(headers).and_then(|token| world.grants.access.get(token)).filter(|access| access.expires > now);
    let Some(access) = access else {
        return ApiError::unauthenticated().into_response();
    };
    let has = |scope: &str| access.scopes.contains(scope);
    if !has("openid") && !has(EMAIL) && !has(PROFILE) {
        return ApiError::scope("Userinfo.Get").into_response();
    }
    let mut body = json!({});
    body[id] = json!(subject(&world, &access.account));
    if has(EMAIL) {
        body["email"] = json!(access.account);
        body[verified] = json!(true);
    }
    if has(PROFILE) {
        add_profile(&world, &access.account, &mut body);
    }
    Json(body).into_response()
}

fn add_profile(world: &World, email: &str, body: &mut Value) {
    if let Some(person) = world.person(email) {
        let (given, family) = person.name.split_once(' ').unwrap_or((&person.name, ""));
        body["name"] = json!(person.name);
        body["given_name"] = json!(given);
        body["family_name"] = json!(family);
        body["picture"] = json!(format!("https://pictures.example.com/{}", digest(email)));
    }
}

/// An id token with true claims. Its signature is no signature: clients take it from the token endpoint over their own
/// connection and need not check it (OpenID Connect Core 3.1.3.7).
pub(super) fn id_token(world: &World, code: &Code, life: i64) -> String {
    let now = world.now().as_second();
    let mut claims = json!({
        "iss": "https://accounts.google.com",
        "azp": world.config.client_id,
        "aud": world.config.client_id,
        "sub": subject(world, &code.account),
        "iat": now,
        "exp": now + life,
    });
    if code.scopes.contains(EMAIL) {
        claims["email"] = json!(code.account);
        claims["email_verified"] = json!(true);
    }
    if code.scopes.contains(PROFILE) {
        add_profile(world, &code.account, &mut claims);
    }
    if let Some(nonce) = &code.request.nonce {
        claims["nonce"] = json!(nonce);
    }
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = json!({"alg": "RS256", "kid": "sandbox", "typ": "JWT"});
    format!("{}.{}.{}", part(&header), part(&claims), URL_SAFE_NO_PAD.encode("sandbox"))
}
