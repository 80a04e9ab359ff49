//! Connections: one remote calendar of an account each.

pub(crate) mod create;
pub(crate) mod delete;
mod filters;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod list_events;
pub(crate) mod list_runs;
mod out;
pub(crate) mod patch;
pub(crate) mod sync;
mod trouble;
pub(crate) mod update;

pub(crate) use out::ConnectionOut;

use std::collections::BTreeSet;
use std::str::FromStr;

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
    let window = state.engine.window_of(&connection);
    Ok(ConnectionOut::of(connection, &counts, oauth, window, state.now()))
}

/// Whether the vendor lets the account in.
pub(crate) fn usable(connection: &Connection) -> Result<(), Problem> {
    match connection.account_status {
        AccountStatus::Active => Ok(()),
        AccountStatus::ReauthRequired | AccountStatus::Disconnected => {
            let detail = format!("The account of {} has to be reconnected first.", connection.name);
            Err(Problem::new(Code::ReauthRequired, detail))
        }
    }
}

/// A run that nobody would carry out is not promised.
pub(crate) fn startable(connection: &Connection) -> Result<(), Problem> {
    if !connection.sync_enabled {
        let detail = format!("{} is switched off. Switch it on, which syncs it at once.", connection.name);
        return Err(Problem::new(Code::ConnectionDisabled, detail));
    }
    usable(connection)
}

/// One of the words of a setting.
fn word<T: FromStr>(field: &'static str, word: Option<&str>, known: &[&str]) -> Result<Option<T>, Problem> {
    let Some(word) = word else { return Ok(None) };
    let unknown = |_| Problem::field(field, format!("is unknown; write one of {}", known.join(", ")));
    word.parse().map(Some).map_err(unknown)
}

/// Which way changes go.
fn direction(asked: Option<&str>) -> Result<Option<SyncDirection>, Problem> {
    word("syncDirection", asked, &["inbound", "outbound", "bidirectional"])
}

/// `#rrggbb`.
fn color(text: &str) -> Result<String, Problem> {
    let fits = text.len() == 7 && text.starts_with('#') && text[1..].bytes().all(|byte| byte.is_ascii_hexdigit());
    if fits { Ok(text.to_ascii_lowercase()) } else { Err(Problem::field("color", "must be a colour such as #2f6fed")) }
}
