//! What connected accounts tell of the set-up: missing scopes, testing mode, dead grants, vendors
//! in trouble.

use tidecal_core::model::Provider;
use tidecal_store::{Account, AccountStatus, Store, SystemScope};

use super::check::Check;
use crate::compose;
use crate::config::Config;

/// Accounts of one look; the doctor looks at no more than ten times as many.
const PAGE: i64 = 1_000;
const PAGES: usize = 10;

/// The accounts of the deployment.
pub(super) async fn load(store: &Store) -> Vec<Account> {
    let system = store.system(SystemScope::for_workers());
    let mut accounts: Vec<Account> = Vec::new();
    for _ in 0..PAGES {
        let after = accounts.last().map(|account| account.id.clone());
        match system.list_accounts(after.as_deref(), PAGE).await {
            Ok(page) if !page.is_empty() => accounts.extend(page),
            _ => break,
        }
    }
    accounts
}

/// Findings about them.
pub(super) async fn check(config: &Config, store: &Store, accounts: &[Account]) -> Vec<Check> {
    let mut checks = Vec::new();
    if let Ok(registry) = compose::registry(config) {
        for provider in Provider::ALL {
            let Some(oauth) = registry.oauth(provider) else { continue };
            let own: Vec<&Account> = accounts
                .iter()
                .filter(|account| account.provider == provider && account.status == AccountStatus::Active)
                .collect();
            let vendor = oauth.client.vendor();
            let granted = |account: &Account| account.scopes.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            let refusal = |account: &&Account| vendor.require_scopes(&granted(account)).err();
            let missing: Vec<String> = own.iter().filter_map(refusal).map(|failure| failure.detail).collect();
            checks.extend(scopes(provider, &missing));
            if let Some(testing) = vendor.testing_lifetime {
                let short = |account: &&&Account| account.grant_lifetime.is_some_and(|lifetime| lifetime <= testing);
                let days = testing.as_hours() / 24;
                checks.extend(testing_mode(provider, own.iter().filter(short).count(), days, vendor.console));
            }
        }
    }
    checks.extend(waiting(accounts));
    checks.extend(troubled(store).await);
    checks
}

fn scopes(provider: Provider, missing: &[String]) -> Option<Check> {
    let first = missing.first()?;
    let text = format!("{} accounts lack a permission; for example {first}", missing.len());
    let step =
        "ask their owners to reconnect and to leave all boxes ticked; check that the consent screen lists the scopes";
    Some(Check::wrong(format!("{provider} scopes"), text, step))
}

fn testing_mode(provider: Provider, accounts: usize, days: i64, console: &str) -> Option<Check> {
    (accounts > 0).then(|| {
        let text =
            format!("access of {accounts} accounts ends {days} days after each sign-in: the app is in testing mode");
        let step = format!("publish the app at {console} (Audience -> Publish app), then let people reconnect once");
        Check::wrong(format!("{provider} testing mode"), text, step)
    })
}

fn waiting(accounts: &[Account]) -> Option<Check> {
    let waiting = accounts.iter().filter(|account| account.status == AccountStatus::ReauthRequired).count();
    (waiting > 0).then(|| {
        let text = format!("{waiting} of {} accounts wait for their owner to sign in again", accounts.len());
        Check::look("accounts", text, "their owners press Reconnect in Settings -> Calendar Integrations")
    })
}

/// Vendors whose circuit is open.
async fn troubled(store: &Store) -> Vec<Check> {
    let states = store.system(SystemScope::for_workers()).list_vendor_circuits().await.unwrap_or_default();
    let open = states.into_iter().filter(|state| state.circuit.is_open());
    open.map(|state| {
        let since = state.circuit.opened_at.map_or_else(String::new, |at| format!(" since {at:.0}"));
        let vendor = if state.vendor.server.is_empty() { state.vendor.provider.title() } else { &state.vendor.server };
        let text = format!("{vendor} does not answer{since}: only probes call it");
        Check::look("vendor outage", text, "nothing: syncs go on by themselves; see the findings on the network")
    })
    .collect()
}
