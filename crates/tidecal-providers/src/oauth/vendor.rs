//! What the flow must know of a vendor, as data.

use jiff::SignedDuration;
use tidecal_core::remote::{Failure, FailureClass};

/// One vendor's ways.
#[derive(Debug, PartialEq, Eq)]
pub struct Vendor {
    /// Word at the beginning of every failure, as in SQL: `google`.
    pub name: &'static str,
    /// Name for people.
    pub title: &'static str,
    /// Setting that holds the app's id.
    pub id_setting: &'static str,
    /// Setting that holds the app's secret.
    pub secret_setting: &'static str,
    /// Setting that holds the redirect URI.
    pub redirect_setting: &'static str,
    /// Page where the app is registered.
    pub console: &'static str,
    /// Scopes that tell whose account it is; asked for, never insisted upon.
    pub identity_scopes: &'static [&'static str],
    /// Scopes without which there is nothing to sync.
    pub needs: &'static [ScopeNeed],
    /// Further parameters of the consent page.
    pub consent_parameters: &'static [(&'static str, &'static str)],
    /// Refresh tokens die after this long while the app is not published, whatever is done.
    pub testing_lifetime: Option<SignedDuration>,
    /// The token endpoint wants the scopes again with every refresh.
    pub scope_in_refresh: bool,
    /// Numbers by which the token endpoint tells more than by its words.
    pub codes: &'static [CodeRule],
}

/// What some of a vendor's error numbers mean.
#[derive(Debug, PartialEq, Eq)]
pub struct CodeRule {
    /// The numbers.
    pub numbers: &'static [u32],
    /// The class of failure.
    pub class: FailureClass,
    /// What to do; empty where nothing can be done.
    pub remedy: &'static str,
}

/// A permission that a sync cannot do without.
#[derive(Debug, PartialEq, Eq)]
pub struct ScopeNeed {
    /// The scope asked for: the narrowest one.
    pub scope: &'static str,
    /// Wider scopes that do as well.
    pub accepted: &'static [&'static str],
    /// What the consent page calls it.
    pub shown_as: &'static str,
}

impl ScopeNeed {
    fn is_met_by(&self, granted: &[String]) -> bool {
        granted.iter().any(|scope| scope == self.scope || self.accepted.contains(&scope.as_str()))
    }
}

impl Vendor {
    /// Every scope asked for, separated by spaces.
    #[must_use]
    pub fn scope_text(&self) -> String {
        let needs = self.needs.iter().map(|need| need.scope);
        self.identity_scopes.iter().copied().chain(needs).collect::<Vec<_>>().join(" ")
    }

    /// People may untick permissions one by one on the consent page: says which of those that
    /// were granted do not suffice.
    ///
    /// # Errors
    /// Class `Auth`, with a remedy that names the unticked permissions as the page shows them.
    pub fn require_scopes(&self, granted: &[String]) -> Result<(), Failure> {
        let missing: Vec<&ScopeNeed> = self.needs.iter().filter(|need| !need.is_met_by(granted)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let scopes: Vec<&str> = missing.iter().map(|need| need.scope).collect();
        let words: Vec<String> = missing.iter().map(|need| format!("“{}”", need.shown_as)).collect();
        let detail = format!("{}: insufficient scope: {} not granted", self.name, scopes.join(", "));
        let remedy = format!("Reconnect and leave the box {} ticked on {}'s page.", words.join(" and "), self.title);
        Err(Failure::new(FailureClass::Auth, detail).code("insufficient_scope").remedy(remedy))
    }
}
