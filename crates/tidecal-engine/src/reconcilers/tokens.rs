//! Refreshes tokens of accounts that are not about to be used (requirement R2.1): in the runbook an
//! expired token then always means that a person is needed.

use std::collections::HashSet;

use jiff::SignedDuration;
use tidecal_core::policy::token::{SPREAD, idle_refresh_at};
use tidecal_core::policy::{Counters, after_failure};
use tidecal_core::remote::{Failure, FailureClass};
use tidecal_store::{Account, AccountStatus, StoreError, VendorRef};
use tokio::task::JoinSet;

use crate::Engine;
use crate::accounts::refresh_if_due;
use crate::notices;
use crate::sync::Attempts;

/// Accounts that are looked at in one round: most of them are not due yet.
const LOOK: i64 = 2_000;

/// Refreshes at the same time.
const AT_ONCE: usize = 8;

/// The vendors' margin.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// Refreshes what is due, each account at its own moment of the spread.
pub(crate) async fn refresh_idle(engine: &Engine) {
    match due(engine).await {
        Ok(due) => refresh_all(engine, due).await,
        Err(error) => {
            tracing::error!(category = "calendar_sync", job = "token-refresh", error_code = "database", %error, "cannot list accounts");
        }
    }
}

async fn due(engine: &Engine) -> Result<Vec<Account>, StoreError> {
    let now = engine.now();
    let soon = now.checked_add(AHEAD + SPREAD).unwrap_or(now);
    let accounts = engine.system().list_expiring(soon, now, LOOK).await?;
    let troubled: HashSet<VendorRef> = engine.vendors_in_trouble().await?.into_iter().collect();
    let is_due = |account: &Account| {
        let turn = account.token_expiry.map(|expiry| idle_refresh_at(expiry, AHEAD, &account.id));
        turn.is_some_and(|turn| turn <= now) && !troubled.contains(&VendorRef::of(account))
    };
    Ok(accounts.into_iter().filter(is_due).collect())
}

async fn refresh_all(engine: &Engine, due: Vec<Account>) {
    let mut running = JoinSet::new();
    for account in due {
        if running.len() >= AT_ONCE {
            running.join_next().await;
        }
        let engine = engine.clone();
        running.spawn(async move { refresh(&engine, account).await });
    }
    while running.join_next().await.is_some() {}
}

async fn refresh(engine: &Engine, account: Account) {
    // The spread begins before the margin does: this account's turn has come all the same.
    let Err(failure) = refresh_if_due(engine, account.clone(), true, Attempts::Usual).await else { return };
    tracing::warn!(category = "calendar_sync", job = "token-refresh", account_id = %account.id, error_code = failure.class.as_str(), %failure, "refresh failed");
    if failure.class == FailureClass::Auth
        && let Err(error) = give_up(engine, &account, &failure).await
    {
        tracing::error!(category = "calendar_sync", job = "token-refresh", error_code = "database", %error, "cannot mark an account");
    }
}

/// The grant is dead: its account says so, and its person is told, without any run.
async fn give_up(engine: &Engine, account: &Account, failure: &Failure) -> Result<(), StoreError> {
    let (now, system) = (engine.now(), engine.system());
    let words = after_failure(Counters::default(), failure, now, 0.0).last_error;
    let (version, status) = (account.credentials_version, AccountStatus::ReauthRequired);
    if system.mark_account(&account.tenant_id, &account.id, version, status, Some(&words), now).await? {
        engine.tell_person(&notices::reauth(account, &words, now)).await?;
    }
    Ok(())
}
