//! `tidecal serve`.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::config::Config;
use crate::{compose, server};

/// Serves until Ctrl-C.
pub(crate) async fn run(config: &Config, config_file: Option<PathBuf>) -> Result<()> {
    let listener = server::listen(config.listen).await?;
    let store = compose::open_migrated(config, compose::key_ring(config)?).await?;
    let system = store.system(tidecal_store::SystemScope::for_workers());
    system.check_keys().await.context("stored credentials")?;
    let node = compose::serving_node(config, listener.local_addr()?);
    let left = system.release_leases_of(&node).await.context("leases of an earlier process")?;
    if left > 0 {
        tracing::info!(left, "syncs that were cut short go on");
    }
    let engine = compose::engine(config, store.clone(), node)?;
    let shutdown = server::signals(&engine, config_file)?;
    tracing::info!(address = %listener.local_addr()?, url = %config.public_url, "serving");
    server::serve(config, engine, listener, shutdown).await?;
    store.close().await;
    Ok(())
}
