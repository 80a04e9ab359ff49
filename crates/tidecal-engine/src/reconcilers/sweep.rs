//! Removes what has had its time: sessions, sign-in links, OAuth states, leftovers of readings, old entries
//! of the journal.

use jiff::Timestamp;
use tidecal_store::StoreError;

use crate::Engine;

/// Entries of the journal that one transaction removes, so that nobody waits long for it.
const ENTRIES: i64 = 2_000;

/// Sweeps once.
pub(crate) async fn sweep(engine: &Engine) {
    if let Err(error) = swept(engine).await {
        tracing::error!(category = "calendar_sync", job = "sweep", error_code = "database", %error, "cannot sweep");
    }
}

async fn swept(engine: &Engine) -> Result<(), StoreError> {
    let (system, now) = (engine.system(), engine.now());
    system.sweep(now).await?;
    let before = now.checked_sub(engine.config().journal_kept).unwrap_or(Timestamp::MIN);
    while system.purge_journal(before, ENTRIES).await? >= ENTRIES.unsigned_abs() {}
    Ok(())
}
