//! Codes, tokens and consents in memory.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::authorize::AuthorizeRequest;
use crate::random::opaque;
use crate::state::World;

/// Refresh tokens alive per person and client; the oldest goes silently when one more is made.
const LIVE_REFRESH_TOKENS: usize = 100;
/// Life of an authorization code.
const CODE_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// A code waiting to be exchanged.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    pub(crate) account: String,
    pub(crate) request: AuthorizeRequest,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) expires: Timestamp,
    pub(crate) used: bool,
    /// Whether a refresh token comes with the exchange.
    pub(crate) with_refresh: bool,
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
    pub(crate) expires: Option<Timestamp>,
    number: u64,
}

/// Everything the OAuth server remembers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Grants {
    pub(crate) codes: BTreeMap<String, Code>,
    pub(crate) access: BTreeMap<String, AccessToken>,
    pub(crate) refresh: BTreeMap<String, RefreshToken>,
    /// Scopes each account has consented to.
    pub(crate) consents: BTreeMap<String, BTreeSet<String>>,
}

impl Grants {
    /// The account behind an access token, expired or not.
    pub(crate) fn account_of(&self, token: &str) -> Option<String> {
        self.access.get(token).map(|access| access.account.clone())
    }

    /// Ends an account's whole grant: all tokens, all scopes. Answers whether there was one.
    pub(crate) fn revoke_account(&mut self, account: &str) -> bool {
        self.codes.retain(|_, code| code.account != account);
        self.access.retain(|_, access| access.account != account);
        self.refresh.retain(|_, refresh| refresh.account != account);
        self.consents.remove(account).is_some()
    }

    fn drop_oldest_refresh(&mut self, account: &str) {
        let mut own: Vec<(u64, String)> = self
            .refresh
            .iter()
            .filter(|(_, refresh)| refresh.account == account)
            .map(|(token, refresh)| (refresh.number, token.clone()))
            .collect();
        own.sort_unstable();
        let surplus = (own.len() + 1).saturating_sub(LIVE_REFRESH_TOKENS);
        for (_, token) in own.into_iter().take(surplus) {
            self.refresh.remove(&token);
        }
    }
}

/// Records a person's consent and makes the code that goes with it.
pub(crate) fn issue_code(
    world: &mut World,
    request: &AuthorizeRequest,
    account: &str,
    mut scopes: BTreeSet<String>,
) -> String {
    let consents = world.grants.consents.entry(account.to_owned()).or_default();
    let first = consents.is_empty();
    if request.include_granted {
        scopes.extend(consents.iter().cloned());
    }
    consents.extend(scopes.iter().cloned());
    let again = request.prompts("consent") && !world.switches.no_refresh_token_on_reconsent;
    let code = Code {
        account: account.to_owned(),
        request: request.clone(),
        scopes,
        expires: after(world.now(), CODE_LIFE),
        used: false,
        with_refresh: request.offline && (first || again),
    };
    let text = format!("4/0{}", opaque(world.config.seed, "code", world.next_number()));
    world.grants.codes.insert(text.clone(), code);
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
    let text = format!("ya29.{}", opaque(world.config.seed, "access", world.next_number()));
    world.grants.access.insert(text.clone(), access);
    (text, life)
}

/// Makes a refresh token.
pub(crate) fn issue_refresh(
    world: &mut World,
    account: &str,
    scopes: &BTreeSet<String>,
    expires: Option<Timestamp>,
) -> String {
    world.grants.drop_oldest_refresh(account);
    let number = world.next_number();
    let refresh = RefreshToken { account: account.to_owned(), scopes: scopes.clone(), expires, number };
    let text = format!("1//0{}", opaque(world.config.seed, "refresh", number));
    world.grants.refresh.insert(text.clone(), refresh);
    text
}

/// `instant + span`, at the end of time at most.
pub(crate) fn after(instant: Timestamp, span: SignedDuration) -> Timestamp {
    instant.checked_add(span).unwrap_or(Timestamp::MAX)
}
