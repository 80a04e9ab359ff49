//! `tidecal migrate`.

use anyhow::Result;
use tidecal_store::Store;

use crate::config::Config;
use crate::{compose, output};

/// Brings the schema up to date and says from where to where.
pub(crate) async fn run(config: &Config, json: bool) -> Result<()> {
    let store = compose::open_store(config, compose::key_ring_or_throwaway(config)?).await?;
    let before = store.schema_version().await?;
    store.migrate().await?;
    let after = store.schema_version().await?;
    store.close().await;
    if json {
        output::json(&serde_json::json!({ "before": before, "after": after, "known": Store::known_schema_version() }));
    } else if before == after {
        output::say(&format!("The database is up to date (schema version {after})."));
    } else {
        output::say(&format!("The database went from schema version {before} to {after}."));
    }
    Ok(())
}
