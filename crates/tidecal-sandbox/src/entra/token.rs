//! `POST /{tenant}/oauth2/v2.0/token`: a code or a refresh token for tokens.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{HeaderMap, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

use super::authorize::read_scopes;
use super::errors::EntraError;
use super::grants::{self, Code};
use super::{identity, scopes, tenant};
use crate::state::{SandboxState, World};

/// The fields of a form post.
struct Form(Vec<(String, String)>);

impl Form {
    fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, EntraError> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
            return Err(EntraError::missing("grant_type"));
        }
        Ok(Self(url::form_urlencoded::parse(body).into_owned().collect()))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn needed(&self, name: &str) -> Result<&str, EntraError> {
        self.get(name).filter(|value| !value.is_empty()).ok_or_else(|| EntraError::missing(name))
    }
}

pub(super) async fn exchange(
    State(state): State<SandboxState>,
    Path(segment): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut world = state.lock();
    let answered = Form::read(&headers, &body).and_then(|form| {
        let kind = form.needed("grant_type")?.to_owned();
        if !tenant::exists(&world, &segment) {
            return Err(EntraError::new(90002).saying(format!("Tenant '{segment}' not found.")));
        }
        check_client(&world, &headers, &form)?;
        match kind.as_str() {
            "authorization_code" => by_code(&mut world, &segment, &form),
            "refresh_token" => by_refresh(&mut world, &segment, &form),
            other => {
                Err(EntraError::new(70003).saying(format!("The app requested an unsupported grant type '{other}'.")))
            }
        }
    });
    let now = world.now();
    match answered {
        Ok(body) => ([(header::CACHE_CONTROL, "no-store, no-cache")], Json(body)).into_response(),
        Err(error) => error.at(now).into_response(),
    }
}

/// The client's id and secret, from the form or from Basic authentication.
fn check_client(world: &World, headers: &HeaderMap, form: &Form) -> Result<(), EntraError> {
    let basic = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Basic "))
        .and_then(|text| String::from_utf8(STANDARD.decode(text).ok()?).ok());
    let (id, secret) = match basic.as_deref().and_then(|pair| pair.split_once(':')) {
        Some((id, secret)) => (Some(id), Some(secret)),
        None => (form.get("client_id"), form.get("client_secret")),
    };
    let id = id.ok_or_else(|| EntraError::missing("client_id"))?;
    if id != world.config.outlook_client_id {
        return Err(EntraError::new(700_016));
    }
    let secret = secret.ok_or_else(|| EntraError::new(7_000_218))?;
    let right = bool::from(secret.as_bytes().ct_eq(world.config.outlook_client_secret.as_bytes()));
    if right { Ok(()) } else { Err(EntraError::new(7_000_215)) }
}

fn by_code(world: &mut World, segment: &str, form: &Form) -> Result<Value, EntraError> {
    let text = form.needed("code")?;
    let redirect_uri = form.needed("redirect_uri")?;
    let now = world.now();
    let code = match world.entra.codes.get_mut(text) {
        None => return Err(EntraError::new(9_002_313)),
        Some(code) if code.used => return Err(EntraError::new(54005)),
        Some(code) if code.expires <= now => return Err(EntraError::new(70008)),
        Some(code) => code,
    };
    if code.request.redirect_uri != redirect_uri {
        return Err(EntraError::new(50011));
    }
    check_verifier(code, form.get("code_verifier"))?;
    code.used = true;
    let code = code.clone();
    if !tenant::admits(world, segment, &code.account) {
        return Err(EntraError::new(50020));
    }
    let mut body = tokens(world, &code.account, &code.scopes, &code.scopes);
    if code.scopes.contains("openid") {
        body["id_token"] = json!(identity::id_token(world, &code, world.switches.token_lifetime_seconds));
    }
    Ok(body)
}

fn check_verifier(code: &Code, verifier: Option<&str>) -> Result<(), EntraError> {
    let Some((challenge, hashed)) = &code.request.challenge else {
        return Ok(());
    };
    let verifier = verifier.ok_or_else(|| EntraError::missing("code_verifier"))?;
    let legal = (43..=128).contains(&verifier.len())
        && verifier.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
    let derived =
        if *hashed { URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) } else { verifier.to_owned() };
    if legal && derived == *challenge { Ok(()) } else { Err(EntraError::new(501_481)) }
}

fn by_refresh(world: &mut World, segment: &str, form: &Form) -> Result<Value, EntraError> {
    let text = form.needed("refresh_token")?.to_owned();
    let refresh = match world.entra.refresh.get(&text) {
        None => return Err(EntraError::new(9_002_313)),
        Some(refresh) => refresh.clone(),
    };
    if let Some(code) = refresh.ended {
        return Err(EntraError::new(code));
    }
    if refresh.expires <= world.now() {
        return Err(EntraError::new(700_082));
    }
    if !tenant::admits(world, segment, &refresh.account) {
        return Err(EntraError::new(50020));
    }
    let mut narrowed = refresh.scopes.clone();
    if let Some(asked) = form.get("scope").filter(|asked| !asked.is_empty()) {
        let asked = read_scopes(asked)?;
        // more than was consented to
        if !asked.is_subset(&refresh.scopes) {
            return Err(EntraError::new(65001));
        }
        // asking without offline_access still rotates: the grant has it
        narrowed.retain(|scope| asked.contains(scope) || scope == "offline_access");
    }
    let body = tokens(world, &refresh.account, &narrowed, &refresh.scopes);
    if world.switches.graph.old_refresh_tokens_die
        && let Some(old) = world.entra.refresh.get_mut(&text)
    {
        old.ended = Some(70000);
    }
    Ok(body)
}

/// Access token for `granted`, and with `offline_access` a new refresh token for all of `held`; the old one lives on.
fn tokens(world: &mut World, account: &str, granted: &BTreeSet<String>, held: &BTreeSet<String>) -> Value {
    let (access, life) = grants::issue_access(world, account, granted);
    let mut body = json!({
        "token_type": "Bearer",
        "scope": scopes::listed(granted),
        "expires_in": life,
        "ext_expires_in": life,
        "access_token": access,
    });
    if granted.contains("offline_access") {
        body["refresh_token"] = json!(grants::issue_refresh(world, account, held));
    }
    body
}
