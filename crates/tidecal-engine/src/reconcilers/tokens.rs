//! Refreshes tokens of accounts that are not about to be used (requirement R2.1): in the runbook an
//! expired token then always means that a person is needed.

use tidecal_core::policy::{Counters, after_failure};
use tidecal_core::remote::FailureClass;
use tidecal_store::AccountStatus;

use crate::Engine;
use crate::accounts::refresh_if_due;

/// Accounts of one round; a mass expiry spreads over several rounds.
const ROUND: i64 = 50;

/// Refreshes what expires within the margin.
pub(crate) async fn refresh_idle(engine: &Engine) {
    let now = engine.now();
    let soon = now.checked_add(jiff::SignedDuration::from_mins(5)).unwrap_or(now);
    let due = match engine.system().list_expiring(soon, now, ROUND).await {
        Ok(due) => due,
        Err(error) => {
            tracing::error!(category = "calendar_sync", job = "token-refresh", error_code = "database", %error, "cannot list accounts");
            return;
        }
    };
    for account in due {
        let (id, owner) = (account.id.clone(), account.clone());
        let Err(failure) = refresh_if_due(engine, account, false).await else { continue };
        tracing::warn!(category = "calendar_sync", job = "token-refresh", account_id = %id, error_code = failure.class.as_str(), %failure, "refresh failed");
        if failure.class == FailureClass::Auth {
            let words = after_failure(Counters::default(), &failure, now, 0.0).last_error;
            let (version, status) = (owner.credentials_version, AccountStatus::ReauthRequired);
            let marked = engine.system().mark_account(&owner.tenant_id, &id, version, status, Some(&words), now).await;
            if let Err(error) = marked {
                tracing::error!(category = "calendar_sync", job = "token-refresh", error_code = "database", %error, "cannot mark an account");
            }
        }
    }
}
