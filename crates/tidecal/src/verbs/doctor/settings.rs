//! Settings: addresses, switches, lists.

use std::collections::BTreeSet;

use tidecal_engine::Gate;
use tidecal_store::{Store, SystemScope};

use super::check::Check;
use crate::config::Config;

/// What can be told without asking anybody.
pub(super) fn check(config: &Config) -> Vec<Check> {
    let mut checks = vec![address(config), switches(config)];
    if config.cron_secret.is_none() && !config.listen.ip().is_loopback() {
        let text = "CRON_SECRET is not set: an outside cron on another machine is refused";
        checks.push(Check::look("cron", text, "set CRON_SECRET, or leave it: the built-in scheduler needs none"));
    }
    checks
}

fn address(config: &Config) -> Check {
    let url = &config.public_url;
    if url.scheme() == "https" || config.listen.ip().is_loopback() {
        return Check::good("address", format!("browsers use {url}"));
    }
    let step = "put a TLS proxy in front and set TIDECAL_PUBLIC_URL to its https address";
    Check::look("address", format!("{url} is not encrypted"), step)
}

fn switches(config: &Config) -> Check {
    let gates = [Gate::Sync, Gate::OAuth, Gate::Jobs, Gate::Webhook];
    let closed: Vec<&str> = gates.into_iter().filter(|gate| !config.gates.is_open(*gate)).map(Gate::variable).collect();
    if closed.is_empty() {
        return Check::good("switches", "all on");
    }
    let step = format!(
        "set {} to true (or unset it) when that is no longer meant; then send SIGHUP or restart",
        closed.join(", ")
    );
    Check::look("switches", format!("off: {}", closed.join(", ")), step)
}

/// Whom the allowlists let in, and whether they name anybody at all.
pub(super) async fn lists(config: &Config, store: &Store) -> Vec<Check> {
    const WHAT: &str = "allowlists";
    let (people, connections) = (&config.gates.people, &config.gates.connections);
    if people.is_none() && connections.is_none() {
        let step = "for a rollout, set CALENDAR_ALLOWLIST_PROVIDER_IDS to the ids of the first people (profiles.id)";
        return vec![Check::look(WHAT, "not set: everyone may connect and sync", step)];
    }
    let list = |ids: &Option<BTreeSet<String>>| ids.iter().flatten().cloned().collect::<Vec<String>>();
    let (people, connections) = (list(people), list(connections));
    if people.is_empty() && connections.is_empty() {
        let step = "name somebody, or unset CALENDAR_ALLOWLIST_PROVIDER_IDS and CALENDAR_ALLOWLIST_CONNECTION_IDS";
        return vec![Check::look(WHAT, "set and empty: nobody may connect or sync", step)];
    }
    let system = store.system(SystemScope::for_workers());
    let mut checks = vec![Check::good(WHAT, format!("{} people, {} connections", people.len(), connections.len()))];
    for (name, query, unknown) in [
        (
            "CALENDAR_ALLOWLIST_PROVIDER_IDS",
            "SELECT id, email FROM profiles",
            system.unknown_people(&people).await.unwrap_or_default(),
        ),
        (
            "CALENDAR_ALLOWLIST_CONNECTION_IDS",
            "`tidecal connections list`",
            system.unknown_connections(&connections).await.unwrap_or_default(),
        ),
    ] {
        if !unknown.is_empty() {
            let step = format!("take ids from {query}; they are compared letter by letter");
            checks.push(Check::look(WHAT, format!("{name} names nobody known: {}", unknown.join(", ")), step));
        }
    }
    checks
}
