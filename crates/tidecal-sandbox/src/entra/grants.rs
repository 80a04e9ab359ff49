//! Codes, tokens and consents of the identity platform, in memory.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::authorize::AuthorizeRequest;
use crate::oauth::grants::after;
use crate::random::opaque;
use crate::state::World;

/// Life of an authorization code.
const CODE_LIFE: SignedDuration = SignedDuration::from_mins(10);
/// Life of a refresh token from its issue; each refresh gives a new one.
const REFRESH_LIFE: SignedDuration = SignedDuration::from_hours(90 * 24);

/// A code waiting to be redeemed.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    pub(crate) account: String,
    pub(crate) request: AuthorizeRequest,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) expires: Timestamp,
    pub(crate) used: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct AccessToken {
    pub(crate) account: String,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) expires: Timestamp,
}

#[derive(Debug, Clone)]
pub(crate) struct RefreshToken {
    pub(crate) account: String,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) expires: Timestamp,
    /// The number of the error that ended it before its time.
    pub(crate) ended: Option<u32>,
}

/// Everything the identity platform remembers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Grants {
    pub(crate) codes: BTreeMap<String, Code>,
    pub(crate) access: BTreeMap<String, AccessToken>,
    pub(crate) refresh: BTreeMap<String, RefreshToken>,
    /// Scopes each account has consented to.
    pub(crate) consents: BTreeMap<String, BTreeSet<String>>,
    /// An administrator has allowed the app for the whole organisation.
    pub(crate) admin_consented: bool,
}

impl Grants {
    /// The account behind an access token, expired or not.
    pub(crate) fn account_of(&self, token: &str) -> Option<String> {
        self.access.get(token).map(|access| access.account.clone())
    }

    /// Ends an account's sessions: refreshing answers `AADSTS<code>` from now on. Answers whether there was a grant.
    pub(crate) fn revoke_account(&mut self, account: &str, code: u32) -> bool {
        self.codes.retain(|_, own| own.account != account);
        self.access.retain(|_, own| own.account != account);
        for refresh in self.refresh.values_mut().filter(|own| own.account == account) {
            refresh.ended = Some(code);
        }
        self.consents.remove(account).is_some()
    }
}

/// Records a person's consent and makes the code that goes with it.
pub(crate) fn issue_code(
    world: &mut World,
    request: &AuthorizeRequest,
    account: &str,
    scopes: BTreeSet<String>,
) -> String {
    world.entra.consents.entry(account.to_owned()).or_default().extend(scopes.iter().cloned());
    let code = Code {
        account: account.to_owned(),
        request: request.clone(),
        scopes,
        expires: after(world.now(), CODE_LIFE),
        used: false,
    };
    let text = format!("0.A{}.AgABAAI", opaque(world.config.seed, "entra code", world.next_number()));
    world.entra.codes.insert(text.clone(), code);
    text
}

/// Makes an access token; answers it with its life in seconds.
pub(crate) fn issue_access(world: &mut World, account: &str, scopes: &BTreeSet<String>) -> (String, i64) {
    let life = world.switches.token_lifetime_seconds;
    let access = AccessToken {
        account: account.to_owned(),
        scopes: scopes.clone(),
        expires: after(world.now(), SignedDuration::from_secs(life)),
    };
    let text = format!("EwB{}", opaque(world.config.seed, "entra access", world.next_number()));
    world.entra.access.insert(text.clone(), access);
    (text, life)
}

/// Makes a refresh token.
pub(crate) fn issue_refresh(world: &mut World, account: &str, scopes: &BTreeSet<String>) -> String {
    let life = world.switches.refresh_token_lifetime_seconds.map_or(REFRESH_LIFE, SignedDuration::from_secs);
    let refresh = RefreshToken {
        account: account.to_owned(),
        scopes: scopes.clone(),
        expires: after(world.now(), life),
        ended: None,
    };
    let text = format!("0.A{}.AQ-", opaque(world.config.seed, "entra refresh", world.next_number()));
    world.entra.refresh.insert(text.clone(), refresh);
    text
}
