//! Background work beside the syncs: each reconciler takes no input, reads what is due, is
//! idempotent, and runs every so often. Its failures are logged and tried again next time.

mod drafts;
mod grants;
mod sweep;
mod tokens;

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use crate::{Engine, Gate};

/// How often the reconcilers look. Tokens that expire together are refreshed one round after the
/// other, so rounds are short; all of these are looks at an index when there is nothing to do.
const EVERY: SignedDuration = SignedDuration::from_secs(10);

/// The slower ones come every so many rounds.
const MINUTE: u64 = 6;
const HOUR: u64 = 360;

/// Runs all reconcilers until `shutdown`.
pub(crate) async fn run(engine: Engine, shutdown: CancellationToken) {
    let mut round = 0;
    while !shutdown.is_cancelled() {
        if engine.gates().is_open(Gate::Jobs) {
            engine.reconcile_in(round).await;
        }
        round += 1;
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = engine.clock().sleep(EVERY) => {}
        }
    }
}

impl Engine {
    /// Each reconciler once.
    pub async fn reconcile(&self) {
        self.reconcile_in(0).await;
    }

    async fn reconcile_in(&self, round: u64) {
        tokens::refresh_idle(self).await;
        if round.is_multiple_of(MINUTE) {
            drafts::sweep(self).await;
            sweep::sweep(self).await;
        }
        if round.is_multiple_of(HOUR) {
            grants::warn(self).await;
        }
    }
}
