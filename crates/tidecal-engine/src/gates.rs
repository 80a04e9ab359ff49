//! Kill switches and allowlists (requirement R6.5). Closed wins; the switches come from
//! configuration and are read again on SIGHUP.

use std::collections::BTreeSet;
use std::sync::RwLock;

/// A group of operations that can be switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Manual sync, resync, sync, plan, outward writes.
    Sync,
    /// Connecting: start, callback, CalDAV accounts.
    OAuth,
    /// Scheduler, cron endpoint, job runner.
    Jobs,
    /// Webhook receivers and subscriptions.
    Webhook,
}

impl Gate {
    /// The variable that closes it.
    #[must_use]
    pub const fn variable(self) -> &'static str {
        match self {
            Self::Sync => "CALENDAR_SYNC_ENABLED",
            Self::OAuth => "CALENDAR_OAUTH_ENABLED",
            Self::Jobs => "CALENDAR_JOBS_ENABLED",
            Self::Webhook => "CALENDAR_WEBHOOK_ENABLED",
        }
    }
}

/// Positions of all switches and lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateSettings {
    /// `CALENDAR_SYNC_ENABLED`.
    pub sync: bool,
    /// `CALENDAR_OAUTH_ENABLED`.
    pub oauth: bool,
    /// `CALENDAR_JOBS_ENABLED`.
    pub jobs: bool,
    /// `CALENDAR_WEBHOOK_ENABLED`.
    pub webhook: bool,
    /// `CALENDAR_ALLOWLIST_PROVIDER_IDS`: people (profiles.id); `None`: everyone; empty: nobody.
    pub people: Option<BTreeSet<String>>,
    /// `CALENDAR_ALLOWLIST_CONNECTION_IDS`; `None`: every connection; empty: none.
    pub connections: Option<BTreeSet<String>>,
}

impl Default for GateSettings {
    fn default() -> Self {
        Self { sync: true, oauth: true, jobs: true, webhook: true, people: None, connections: None }
    }
}

impl GateSettings {
    /// Whether the switch is on.
    #[must_use]
    pub fn is_open(&self, gate: Gate) -> bool {
        match gate {
            Gate::Sync => self.sync,
            Gate::OAuth => self.oauth,
            Gate::Jobs => self.jobs,
            Gate::Webhook => self.webhook,
        }
    }

    /// Whether a person may connect: listed, or no list of people is set.
    #[must_use]
    pub fn admits_person(&self, person: &str) -> bool {
        match (&self.people, &self.connections) {
            (None, None) => true,
            (people, _) => people.as_ref().is_some_and(|people| people.contains(person)),
        }
    }

    /// Whether a connection may be synced: its person or its own id is listed, or no list is set.
    #[must_use]
    pub fn admits(&self, person: &str, connection: &str) -> bool {
        match (&self.people, &self.connections) {
            (None, None) => true,
            (people, connections) => {
                people.as_ref().is_some_and(|people| people.contains(person))
                    || connections.as_ref().is_some_and(|connections| connections.contains(connection))
            }
        }
    }
}

/// The present settings, shared by everything that asks.
#[derive(Debug, Default)]
pub struct Gates(RwLock<GateSettings>);

impl Gates {
    /// With these settings.
    #[must_use]
    pub fn new(settings: GateSettings) -> Self {
        Self(RwLock::new(settings))
    }

    /// The present settings.
    #[must_use]
    pub fn get(&self) -> GateSettings {
        self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Replaces them (SIGHUP).
    pub fn set(&self, settings: GateSettings) {
        *self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner) = settings;
    }

    /// Whether the switch is on.
    #[must_use]
    pub fn is_open(&self, gate: Gate) -> bool {
        self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner).is_open(gate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(ids: &[&str]) -> Option<BTreeSet<String>> {
        Some(ids.iter().map(|id| (*id).to_owned()).collect())
    }

    #[test]
    fn an_unset_list_admits_everyone_and_an_empty_one_nobody() {
        for (people, connections, admitted) in [
            (None, None, true),
            (list(&[]), None, false),
            (list(&["ada"]), None, true),
            (list(&["ben"]), None, false),
            (list(&["ben"]), list(&["c1"]), true),
            (None, list(&["c1"]), true),
            (None, list(&["c2"]), false),
            (list(&[]), list(&[]), false),
        ] {
            let gates = GateSettings { people: people.clone(), connections: connections.clone(), ..Default::default() };
            assert_eq!(gates.admits("ada", "c1"), admitted, "{people:?} {connections:?}");
        }
    }
}
