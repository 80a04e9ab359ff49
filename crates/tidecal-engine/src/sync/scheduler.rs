//! The main job: what is due is claimed and run, all the time.

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::claims::Wanted;
use crate::{Engine, Gate};

impl Engine {
    /// Runs scheduler and reconcilers until `shutdown`; then ends running syncs at their next step.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut running = JoinSet::new();
        let reconcilers = tokio::spawn(crate::reconcilers::run(self.clone(), shutdown.clone()));
        while !shutdown.is_cancelled() {
            while running.try_join_next().is_some() {}
            if self.gates().is_open(Gate::Jobs) && self.gates().is_open(Gate::Sync) {
                self.start_due(&mut running).await;
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = self.woken() => {}
                () = self.clock().sleep(self.config().poll) => {}
                // A free worker looks for more at once.
                Some(_) = running.join_next(), if !running.is_empty() => {}
            }
        }
        // Runs end at their next step, committed as far as they are, and go on there after a restart.
        self.stopping().cancel();
        while running.join_next().await.is_some() {}
        reconcilers.abort();
    }

    async fn start_due(&self, running: &mut JoinSet<()>) {
        let free = self.config().workers.saturating_sub(running.len());
        if free == 0 {
            return;
        }
        let limit = i64::try_from(free).unwrap_or(i64::MAX);
        let wanted = Wanted { only: None, tenant_id: None, due_by: self.now(), limit };
        match self.claim(wanted).await {
            Ok(claims) => {
                for claim in claims {
                    let engine = self.clone();
                    running.spawn(async move {
                        engine.drive_with_permit(claim).await;
                    });
                }
            }
            Err(error) => {
                tracing::error!(category = "calendar_sync", error_code = "database", %error, "cannot claim due work");
            }
        }
    }
}
