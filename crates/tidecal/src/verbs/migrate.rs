//! `tidecal migrate`.

use anyhow::Result;
use serde_json::json;
use tidecal_engine::{Clock as _, SystemClock};
use tidecal_store::{NewAudit, Store, SystemScope};

use crate::cli::Migrate;
use crate::config::Config;
use crate::{compose, output};

/// Brings the schema up to date and says from where to where; then, if it was restored from a
/// backup, has every connection compared before it writes.
pub(crate) async fn run(config: &Config, args: &Migrate, json: bool) -> Result<()> {
    let store = compose::open_store(config, compose::key_ring_or_throwaway(config)?).await?;
    let before = store.schema_version().await?;
    store.migrate().await?;
    let after = store.schema_version().await?;
    let compared = if args.restored { Some(restored(&store).await?) } else { None };
    store.close().await;
    if json {
        let known = Store::known_schema_version();
        output::json(&json!({ "before": before, "after": after, "known": known, "comparing": compared }));
        return Ok(());
    }
    if before == after {
        output::say(&format!("The database is up to date (schema version {after})."));
    } else {
        output::say(&format!("The database went from schema version {before} to {after}."));
    }
    if let Some(connections) = compared {
        output::say(&format!(
            "{connections} connections compare everything with their vendors before anything is deleted. What would \
             be written there waits: see `tidecal held list` after the first sync, `tidecal sync --dry-run` for what \
             it is."
        ));
    }
    Ok(())
}

async fn restored(store: &Store) -> Result<u64> {
    let (system, now) = (store.system(SystemScope::for_workers()), SystemClock.now());
    let connections = system.begin_after_restore(now).await?;
    for tenant in system.list_tenants().await? {
        let audit = NewAudit {
            target_id: tenant.id.clone(),
            tenant_id: tenant.id,
            actor_id: None,
            action: "database.restored".to_owned(),
            target_kind: "tenant".to_owned(),
            details: "{}".to_owned(),
            request_id: None,
            now,
        };
        system.insert_audit(&audit).await?;
    }
    Ok(connections)
}
