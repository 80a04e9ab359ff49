//! Consent without a browser, and grants ended from the person's side.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refused, read};
use crate::entra;
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
    /// `google` or `microsoft`; both when left out.
    vendor: Option<String>,
    /// Number that Microsoft's refusals carry from now on: 50173 unless said otherwise.
    aadsts: Option<u32>,
}

impl Whose {
    fn means(&self, vendor: &str) -> bool {
        self.vendor.as_deref().is_none_or(|own| own == vendor)
    }
}

/// Answers `{"redirectUrl": …}`: where the browser would be sent.
pub(super) async fn approve(State(state): State<SandboxState>, body: Bytes) -> Result<Json<Value>, Refused> {
    let approve: Approve = read(&body)?;
    let is_microsoft = tenant_of(&approve.authorize_url).is_some();
    let ticked = approve.scopes.map(|scopes| scopes.iter().map(|scope| full_name(scope, is_microsoft)).collect());
    let decision = Decision::Allow { account: approve.account, scopes: ticked };
    decide(&state, &approve.authorize_url, decision)
}

pub(super) async fn deny(State(state): State<SandboxState>, body: Bytes) -> Result<Json<Value>, Refused> {
    let deny: Deny = read(&body)?;
    decide(&state, &deny.authorize_url, Decision::Deny)
}

fn decide(state: &SandboxState, url: &str, decision: Decision) -> Result<Json<Value>, Refused> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    if let Some(tenant) = tenant_of(url) {
        let target = entra::consent::answer(&mut state.lock(), &tenant, query, decision);
        return target.map(|(_, redirect)| Json(json!({"redirectUrl": redirect}))).map_err(of_microsoft);
    }
    let redirect = answer(&mut state.lock(), query, decision)
        .map_err(|wrong| Refused::bad(format!("{}: {}", wrong.error, wrong.detail)))?;
    Ok(Json(json!({"redirectUrl": redirect})))
}

fn full_name(scope: &str, is_microsoft: bool) -> String {
    let full = if is_microsoft { entra::scopes::canonical(scope) } else { scopes::canonical(scope) };
    full.unwrap_or_else(|| scope.to_owned())
}

/// The tenant segment of Microsoft's authorize URL; `None` for Google's.
fn tenant_of(url: &str) -> Option<String> {
    let path = url.split('?').next()?.strip_suffix("/oauth2/v2.0/authorize")?;
    path.rsplit('/').next().map(ToOwned::to_owned)
}

fn of_microsoft(wrong: entra::authorize::Wrong) -> Refused {
    match wrong {
        entra::authorize::Wrong::Shown(error) | entra::authorize::Wrong::Told(_, error) => {
            Refused::bad(format!("AADSTS{}: {}", error.code, error.message))
        }
    }
}

/// The person removes the app's access: of one account, or of all.
pub(super) async fn revoke(State(state): State<SandboxState>, body: Bytes) -> Result<Json<Value>, Refused> {
    let whose: Whose = read(&body)?;
    let mut world = state.lock();
    let accounts: BTreeSet<String> = match &whose.account {
        Some(account) => BTreeSet::from([account.clone()]),
        None => world.grants.consents.keys().chain(world.entra.consents.keys()).cloned().collect(),
    };
    let (at_google, at_microsoft) = (whose.means("google"), whose.means("microsoft"));
    let code = whose.aadsts.unwrap_or(50173);
    let mut revoke = |account: &String| {
        let google = at_google && world.grants.revoke_account(account);
        let microsoft = at_microsoft && world.entra.revoke_account(account, code);
        google || microsoft
    };
    let revoked: Vec<String> = accounts.into_iter().filter(|account| revoke(account)).collect();
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
    let (at_google, at_microsoft) = (whose.means("google"), whose.means("microsoft"));
    let meant = |own: &String| whose.account.as_ref().is_none_or(|account| account == own);
    for access in world.grants.access.values_mut().filter(|own| at_google && meant(&own.account)) {
        access.expires = now;
        expired += 1;
    }
    for access in world.entra.access.values_mut().filter(|own| at_microsoft && meant(&own.account)) {
        access.expires = now;
        expired += 1;
    }
    Ok(Json(json!({"expired": expired})))
}
