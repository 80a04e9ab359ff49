//! `POST /token` (code and refresh) and `POST /revoke`.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{HeaderMap, header};
use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

use super::errors::OAuthError;
use super::grants::{self, Code};
use super::userinfo;
use crate::state::{SandboxState, World};

/// The fields of a form post.
struct Form(Vec<(String, String)>);

impl Form {
    fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, OAuthError> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
            return Err(OAuthError::invalid_request("The content type must be application/x-www-form-urlencoded."));
        }
        Ok(Self(url::form_urlencoded::parse(body).into_owned().collect()))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn needed(&self, name: &str) -> Result<&str, OAuthError> {
        self.get(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| OAuthError::invalid_request(&format!("Missing required parameter: {name}")))
    }
}

/// `POST /token`.
pub(super) async fn exchange(State(state): State<SandboxState>, headers: HeaderMap, body: Bytes) -> Response {
    let mut world = state.lock();
    let answered = Form::read(&headers, &body).and_then(|form| {
        let kind = form.needed("grant_type")?.to_owned();
        check_client(&world, &headers, &form)?;
        match kind.as_str() {
            "authorization_code" => by_code(&mut world, &form),
            "refresh_token" => by_refresh(&mut world, &form),
            other => Err(OAuthError::new(400, "unsupported_grant_type", &format!("Invalid grant_type: {other}"))),
        }
    });
    match answered {
        Ok(body) => ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response(),
        Err(error) => error.into_response(),
    }
}

/// The client's id and secret, from the form or from Basic authentication.
fn check_client(world: &World, headers: &HeaderMap, form: &Form) -> Result<(), OAuthError> {
    let basic = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Basic "))
        .and_then(|text| String::from_utf8(STANDARD.decode(text).ok()?).ok());
    let (id, secret) = match basic.as_deref().and_then(|pair| pair.split_once(':')) {
        Some((id, secret)) => (Some(id), Some(secret)),
        None => (form.get("client_id"), form.get("client_secret")),
    };
    let Some(id) = id else {
        return Err(OAuthError::invalid_request("Could not determine client ID from request."));
    };
    if id != world.config.client_id {
        return Err(OAuthError::new(401, "invalid_client", "The OAuth client was not found."));
    }
    let Some(secret) = secret else {
        return Err(OAuthError::invalid_request("client_secret is missing."));
    };
    if !bool::from(secret.as_bytes().ct_eq(world.config.client_secret.as_bytes())) {
        return Err(OAuthError::new(401, "invalid_client", "Unauthorized"));
    }
    Ok(())
}

fn by_code(world: &mut World, form: &Form) -> Result<Value, OAuthError> {
    let text = form.needed("code")?;
    let redirect_uri = form.needed("redirect_uri")?;
    let now = world.now();
    let code = match world.grants.codes.get_mut(text) {
        None => return Err(OAuthError::invalid_grant("Malformed auth code.")),
        Some(code) if code.used || code.expires <= now => {
            return Err(OAuthError::invalid_grant("Bad Request"));
        }
        Some(code) => code,
    };
    if code.request.redirect_uri != redirect_uri {
        return Err(OAuthError::new(400, "redirect_uri_mismatch", "Bad Request"));
    }
    check_verifier(code, form.get("code_verifier"))?;
    code.used = true;
    let code = code.clone();
    let (access, life) = grants::issue_access(world, &code.account, &code.scopes);
    let mut body = token_body(&access, life, &code.scopes);
    if code.with_refresh {
        let lasting = world.switches.refresh_token_lifetime_seconds;
        let expires = lasting.map(|s| grants::after(now, SignedDuration::from_secs(s)));
        let refresh = grants::issue_refresh(world, &code.account, &code.scopes, expires);
        body["refresh_token"] = json!(refresh);
        if let Some(seconds) = lasting {
            body["refresh_token_expires_in"] = json!(seconds);
        }
    }
    if code.scopes.contains("openid") {
        body["id_token"] = json!(userinfo::id_token(world, &code, life));
    }
    Ok(body)
}

fn check_verifier(code: &Code, verifier: Option<&str>) -> Result<(), OAuthError> {
    let Some((challenge, hashed)) = &code.request.challenge else {
        return Ok(());
    };
    let Some(verifier) = verifier else {
        return Err(OAuthError::invalid_grant("Missing code verifier."));
    };
    let legal = (43..=128).contains(&verifier.len())
        && verifier.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
    let derived =
        if *hashed { URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) } else { verifier.to_owned() };
    if legal && derived == *challenge { Ok(()) } else { Err(OAuthError::invalid_grant("Invalid code verifier.")) }
}

fn by_refresh(world: &mut World, form: &Form) -> Result<Value, OAuthError> {
    let text = form.needed("refresh_token")?.to_owned();
    let now = world.now();
    let refresh = match world.grants.refresh.get(&text) {
        None => return Err(OAuthError::revoked()),
        Some(refresh) if refresh.expires.is_some_and(|expires| expires <= now) => {
            return Err(OAuthError::revoked());
        }
        Some(refresh) => refresh.clone(),
    };
    let scopes = narrowed(&refresh.scopes, form.get("scope"))?;
    let (access, life) = grants::issue_access(world, &refresh.account, &scopes);
    let mut body = token_body(&access, life, &scopes);
    if let Some(expires) = refresh.expires {
        body["refresh_token_expires_in"] = json!(expires.duration_since(now).as_secs());
    }
    if world.switches.rotate_refresh_tokens {
        world.grants.refresh.remove(&text);
        let fresh = grants::issue_refresh(world, &refresh.account, &refresh.scopes, refresh.expires);
        body["refresh_token"] = json!(fresh);
    }
    Ok(body)
}

/// A refresh may ask for fewer scopes, never for more.
fn narrowed(granted: &BTreeSet<String>, asked: Option<&str>) -> Result<BTreeSet<String>, OAuthError> {
    let Some(asked) = asked.filter(|asked| !asked.is_empty()) else {
        return Ok(granted.clone());
    };
    let asked: Option<BTreeSet<String>> = asked.split_ascii_whitespace().map(super::scopes::canonical).collect();
    asked.filter(|asked| asked.is_subset(granted)).ok_or_else(|| OAuthError::new(400, "invalid_scope", "Bad Request"))
}

fn token_body(access: &str, life: i64, scopes: &BTreeSet<String>) -> Value {
    json!({
        "access_token": access,
        "expires_in": life,
        "scope": scopes.iter().cloned().collect::<Vec<_>>().join(" "),
        "token_type": "Bearer",
    })
}

/// `POST /revoke`: either token of a grant ends the whole grant. The token may also stand in the query.
pub(super) async fn revoke(State(state): State<SandboxState>, uri: http::Uri, body: Bytes) -> Response {
    let query = uri.query().unwrap_or_default().as_bytes().to_vec();
    let token = url::form_urlencoded::parse(&body)
        .chain(url::form_urlencoded::parse(&query))
        .find(|(name, _)| name == "token")
        .map(|(_, value)| value.into_owned());
    let Some(token) = token else {
        return OAuthError::invalid_request("Missing required parameter: token").into_response();
    };
    let mut world = state.lock();
    let now = world.now();
    let account = match world.grants.refresh.get(&token) {
        Some(refresh) => Some(refresh.account.clone()),
        None => {
            world.grants.access.get(&token).filter(|access| access.expires > now).map(|access| access.account.clone())
        }
    };
    match account {
        Some(account) => {
            world.grants.revoke_account(&account);
            Json(json!({})).into_response()
        }
        None => OAuthError::new(400, "invalid_token", "Token expired or revoked").into_response(),
    }
}
