//! Who signed in: the id token, and the discovery document.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, header};
use serde_json::{Value, json};

use super::errors::EntraError;
use super::grants::Code;
use super::tenant;
use crate::state::{SandboxState, World};

/// An id token that nobody has really signed.
pub(super) fn id_token(world: &World, code: &Code, life: i64) -> String {
    let now = world.now().as_second();
    let tid = tenant::of_account(world, &code.account);
    let mut claims = json!({
        "aud": world.config.outlook_client_id,
        "iss": format!("https://login.example.com/{tid}/v2.0"),
        "iat": now, "nbf": now, "exp": now + life,
        "oid": tenant::object_id(world, &code.account),
        "sub": crate::random::digest(&format!("subject {}", code.account)),
        "tid": tid, "ver": "2.0",
    });
    if code.scopes.contains("profile") {
        claims["preferred_username"] = json!(code.account);
        claims["name"] = json!(world.person(&code.account).map(|person| person.name.clone()));
    }
    if code.scopes.contains("email") {
        claims["email"] = json!(code.account);
    }
    if let Some(nonce) = &code.request.nonce {
        claims["nonce"] = json!(nonce);
    }
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let head = json!({"typ": "JWT", "alg": "RS256", "kid": "sandbox"});
    format!("{}.{}.{}", part(&head), part(&claims), URL_SAFE_NO_PAD.encode("sandbox"))
}

/// `GET /{tenant}/v2.0/.well-known/openid-configuration`.
pub(super) async fn discovery(
    State(state): State<SandboxState>,
    Path(segment): Path<String>,
    headers: HeaderMap,
) -> Response {
    let world = state.lock();
    if !tenant::exists(&world, &segment) {
        return EntraError::new(90002).at(world.now()).into_response();
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1");
    let base = format!("http://{host}/{segment}");
    Json(json!({
        "issuer": format!("{base}/v2.0"),
        "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
        "token_endpoint": format!("{base}/oauth2/v2.0/token"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }))
    .into_response()
}
