//! `tidecal keys`.

use anyhow::Result;
use tidecal_store::SystemScope;

use crate::cli::KeysVerb;
use crate::config::Config;
use crate::{compose, output};

/// Accounts of one transaction.
const BATCH: i64 = 200;

/// Runs the verb.
pub(crate) async fn run(config: &Config, verb: &KeysVerb, json: bool) -> Result<()> {
    let KeysVerb::Rotate = verb;
    let store = compose::open_migrated(config, compose::key_ring(config)?).await?;
    let system = store.system(SystemScope::for_workers());
    system.check_keys().await?;
    let mut last = None;
    while let Some(id) = system.reseal_accounts(last.as_deref(), BATCH).await? {
        last = Some(id);
    }
    store.close().await;
    if json {
        output::json(&serde_json::json!({ "rotated": true }));
    } else {
        output::say("All credentials are sealed with CALENDAR_OAUTH_ENCRYPTION_KEY.");
        output::say("Older keys may leave CALENDAR_OAUTH_ENCRYPTION_KEYS_OLD, unless a backup still needs them.");
    }
    Ok(())
}
