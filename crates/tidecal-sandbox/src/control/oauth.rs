//! Consent without a browser, and grants ended from the person's side.

use axum::Json;
use axum::extract::State;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refused, read};
use crate::oauth::consent::{Decision, answer};
use crate::oauth::scopes;
use crate::state::SandboxState;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Approve {
    authorize_url: String,
    account: String,
    /// The scopes left ticked; all when left out.
    scopes: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Deny {
    authorize_url: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whose {
    account: Option<String>,
}

/// Answers `{"redirectUrl": …}`: where the browser would be sent.
pub(super) async fn approve(State(state): State<SandboxState>, body: Bytes) -> Result<Json<Value>, Refused> {
    let approve: Approve = read(&body)?;
    let ticked = approve
        .scopes
        .map(|scopes| scopes.iter().map(|scope| scopes::canonical(scope).unwrap_or_else(|| scope.clone())).collect());
    let decision = Decision::Allow { account: approve.account, scopes: ticked };
    decide(&state, &approve.authorize_url, decision)
}

pub(super) async fn deny(State(state): State<SandboxState>, body: Bytes) -> Result<Json<Value>, Refused> {
    let deny: Deny = read(&body)?;
    decide(&state, &deny.authorize_url, Decision::Deny)
}

fn decide(state: &SandboxState, url: &str, decision: Decision) -> Result<Json<Value>, Refused> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let redirect = answer(&mut state.lock(), query, decision)
        .map_err(|wrong| Refused::bad(format!("{}: {}", wrong.error, wrong.detail)))?;
    Ok(Json(json!({"redirectUrl": redirect})))
}

/// The person removes the app's access: of one account, or of all.
pub(super) async fn revoke(State(state): State<SandboxState>, body: Bytes) -> Result<Json<Value>, Refused> {
    let whose: Whose = read(&body)?;
    let mut world = state.lock();
    let accounts: Vec<String> = match whose.account {
        Some(account) => vec![account],
        None => world.grants.consents.keys().cloned().collect(),
    };
    let revoked: Vec<String> = accounts.into_iter().filter(|account| world.grants.revoke_account(account)).collect();
    Ok(Json(json!({"revoked": revoked})))
}

/// All access tokens of an account (or of everybody) expire at once; refresh tokens live on.
pub(super) async fn expire_access_tokens(
    State(state): State<SandboxState>,
    body: Bytes,
) -> Result<Json<Value>, Refused> {
    let whose: Whose = read(&body)?;
    let mut world = state.lock();
    let now = world.now();
    let mut expired = 0;
    for access in world.grants.access.values_mut() {
        if whose.account.as_ref().is_none_or(|account| *account == access.account) {
            access.expires = now;
            expired += 1;
        }
    }
    Ok(Json(json!({"expired": expired})))
}
