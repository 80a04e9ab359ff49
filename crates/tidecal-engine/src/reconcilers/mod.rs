//! Background work beside the syncs: each reconciler takes no input, reads what is due, is
//! idempotent, and runs every so often. Its failures are logged and tried again next time.

mod drafts;
mod sweep;
mod tokens;

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use crate::{Engine, Gate};

/// How often the reconcilers look.
const EVERY: SignedDuration = SignedDuration::from_secs(60);

/// Runs all reconcilers until `shutdown`.
pub(crate) async fn run(engine: Engine, shutdown: CancellationToken) {
    while !shutdown.is_cancelled() {
        if engine.gates().is_open(Gate::Jobs) {
            engine.reconcile().await;
        }
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = engine.clock().sleep(EVERY) => {}
        }
    }
}

impl Engine {
    /// Each reconciler once.
    pub async fn reconcile(&self) {
        tokens::refresh_idle(self).await;
        drafts::sweep(self).await;
        sweep::sweep(self).await;
    }
}
