//! Warns ahead of the end of grants that are limited in time (a choice of the person, or an app in
//! testing mode): nothing that Tidecal does keeps them alive.

use tidecal_core::policy::token::{WARN_AHEAD, ends_soon};

use crate::{Engine, notices};

/// Accounts of one round, the soonest first.
const ROUND: i64 = 500;

/// Tells each person once per grant.
pub(crate) async fn warn(engine: &Engine) {
    let now = engine.now();
    let until = now.checked_add(WARN_AHEAD).unwrap_or(now);
    let ending = match engine.system().list_ending_grants(now, until, ROUND).await {
        Ok(ending) => ending,
        Err(error) => {
            tracing::error!(category = "calendar_sync", job = "grants", error_code = "database", %error, "cannot list grants");
            return;
        }
    };
    for account in ending.iter().filter(|account| ends_soon(account.grant_ends_at, now)) {
        let Some(notice) = notices::grant_ends(account, now) else { continue };
        if let Err(error) = engine.tell_person(&notice).await {
            tracing::error!(category = "calendar_sync", job = "grants", error_code = "database", %error, "cannot tell");
        }
    }
}
