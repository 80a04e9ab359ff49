//! Connections: one remote calendar of an account each.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod list_events;
pub(crate) mod list_runs;
mod out;
mod patch;
pub(crate) mod sync;
mod trouble;
pub(crate) mod update;

pub(crate) use out::ConnectionOut;

use std::collections::BTreeSet;

use tidecal_core::model::Provider;
use tidecal_engine::ConnectBy;
use tidecal_store::{AccountStatus, Connection, SyncDirection, TenantScope};

use crate::problem::{Code, Problem};
use crate::state::WebState;

/// Longest name of a connection.
const LONGEST_NAME: usize = 200;

/// The vendors whose accounts are OAuth grants.
fn by_oauth(state: &WebState) -> BTreeSet<Provider> {
    let offers = state.engine.offers().into_iter();
    offers.filter(|offer| offer.connect == ConnectBy::OAuth).map(|offer| offer.provider).collect()
}

/// A connection with its counts, as an answer.
async fn out(state: &WebState, scope: &TenantScope, connection: Connection) -> Result<ConnectionOut, Problem> {
    let counts = state.tenant(scope).verdict_counts(&connection.id).await?;
    let oauth = by_oauth(state).contains(&connection.provider);
    Ok(ConnectionOut::of(connection, &counts, oauth, state.now()))
}

/// A run that nobody would carry out is not promised.
pub(crate) fn startable(connection: &Connection) -> Result<(), Problem> {
    if !connection.sync_enabled {
        let detail = format!("{} is switched off. Switch it on, which syncs it at once.", connection.name);
        return Err(Problem::new(Code::ConnectionDisabled, detail));
    }
    match connection.account_status {
        AccountStatus::Active => Ok(()),
        AccountStatus::ReauthRequired | AccountStatus::Disconnected => {
            let detail = format!("The account of {} has to be reconnected first.", connection.name);
            Err(Problem::new(Code::ReauthRequired, detail))
        }
    }
}

/// Only one direction is carried out so far; promising another would be a lie.
fn inbound(direction: Option<&str>) -> Result<(), Problem> {
    let Some(word) = direction else { return Ok(()) };
    match word.parse::<SyncDirection>() {
        Ok(SyncDirection::Inbound) => Ok(()),
        Ok(_) => Err(Problem::field("syncDirection", "this version of Tidecal only reads calendars; write inbound")),
        Err(_) => Err(Problem::field("syncDirection", "must be inbound")),
    }
}

/// `#rrggbb`.
fn color(text: &str) -> Result<String, Problem> {
    let fits = text.len() == 7 && text.starts_with('#') && text[1..].bytes().all(|byte| byte.is_ascii_hexdigit());
    if fits { Ok(text.to_ascii_lowercase()) } else { Err(Problem::field("color", "must be a colour such as #2f6fed")) }
}
