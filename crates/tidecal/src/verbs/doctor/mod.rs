//! `tidecal doctor`: what is wrong with the set-up, and the exact step to take.
//!
//! It changes nothing. Vendors are asked what they answer without a person: whether they know the
//! app, whether they take the redirect URI, what time they have.

mod accounts;
mod check;
mod database;
mod network;
mod settings;
mod vendors;

use anyhow::{Result, bail};
use tidecal_store::{Account, Store};

use crate::compose;
use crate::config::Config;
use check::{Check, State, report};

/// Checks everything, prints it, fails if something is wrong.
pub(crate) async fn run(config: &Config, json: bool) -> Result<()> {
    let mut checks = settings::check(config);
    let (found, store) = database::check(config).await;
    checks.extend(found);
    let accounts = match &store {
        Some(store) => accounts::load(store).await,
        None => Vec::new(),
    };
    checks.extend(outside(config, &accounts).await);
    if let Some(store) = &store {
        checks.extend(inside(config, store, &accounts).await);
        store.close().await;
    }
    report(&checks, json);
    let wrong = checks.iter().filter(|check| check.state == State::Wrong).count();
    if wrong > 0 {
        bail!("{wrong} of {} checks found something to mend", checks.len());
    }
    Ok(())
}

/// What only others can tell: vendors, calendar servers, the way there.
async fn outside(config: &Config, accounts: &[Account]) -> Vec<Check> {
    let transport = match compose::transport(config) {
        Ok(transport) => transport,
        Err(error) => {
            let step = "correct the setting that is named";
            return vec![Check::wrong("outgoing requests", format!("{error:#}"), step)];
        }
    };
    let mut checks = network::check(config, &transport, accounts).await;
    checks.extend(vendors::check(config, &transport).await);
    checks
}

/// What the database tells about people and their grants.
async fn inside(config: &Config, store: &Store, accounts: &[Account]) -> Vec<Check> {
    let mut checks = accounts::check(config, store, accounts).await;
    checks.extend(settings::lists(config, store).await);
    checks
}
