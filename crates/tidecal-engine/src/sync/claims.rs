//! Taking due connections from the store, and running what was taken.

use jiff::{SignedDuration, Timestamp};
use tidecal_store::{Claim, ClaimQuery, Listed, StoreError};

use super::drive::{RunReport, drive};
use crate::Engine;

/// Which connections to take.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// Only these; `None`: any that is due.
    pub(super) only: Option<Vec<String>>,
    /// Only of this tenant.
    pub(super) tenant_id: Option<String>,
    /// What is due by then counts as due now.
    pub(super) due_by: Timestamp,
    /// Most of them.
    pub(super) limit: i64,
}

impl Engine {
    pub(super) async fn claim(&self, wanted: Wanted) -> Result<Vec<Claim>, StoreError> {
        let gates = self.gates().get();
        let people: Option<Vec<String>> = gates.people.map(|people| people.into_iter().collect());
        let connections: Option<Vec<String>> = gates.connections.map(|connections| connections.into_iter().collect());
        // A set list closes the gate for everyone else, also if the other list is not set.
        let listed = (people.is_some() || connections.is_some()).then(|| Listed {
            people: people.as_deref().unwrap_or_default(),
            connections: connections.as_deref().unwrap_or_default(),
        });
        let query = ClaimQuery {
            now: self.now(),
            due_by: wanted.due_by,
            owner: &self.config().node,
            lease_for: self.config().lease,
            limit: wanted.limit,
            only: wanted.only.as_deref(),
            tenant_id: wanted.tenant_id.as_deref(),
            listed,
        };
        self.system().claim_in_turn(query, &self.running_tenants()).await
    }

    /// Drives claims side by side, each on its own: one failure never stops another.
    pub(super) async fn drive_all(&self, claims: Vec<Claim>) -> Vec<RunReport> {
        let mut running = tokio::task::JoinSet::new();
        for claim in claims {
            let engine = self.clone();
            running.spawn(async move { engine.drive_with_permit(claim).await });
        }
        let mut reports = Vec::new();
        while let Some(ended) = running.join_next().await {
            match ended {
                Ok(report) => reports.push(report),
                // The lease runs out by itself; the connection is claimed again.
                Err(error) => {
                    tracing::error!(category = "calendar_sync", error_code = "panic", %error, "a run was cut short");
                }
            }
        }
        reports
    }

    pub(super) async fn drive_with_permit(&self, claim: Claim) -> RunReport {
        let _running = self.note_running(&claim.connection.tenant_id);
        // The semaphore is never closed: without a permit the run goes on unbounded, not lost.
        let _permit = self.permits().clone().acquire_owned().await.ok();
        drive(self, claim, None).await
    }

    /// Connections whose turn comes within a quarter of the interval count as due when somebody
    /// asks from outside, so that an outside cron of the same interval does not skip every other turn.
    pub(super) fn due_when_asked(&self) -> Timestamp {
        let ahead = SignedDuration::from_secs(self.config().polling.interval.as_secs() / 4);
        self.now().checked_add(ahead).unwrap_or(Timestamp::MAX)
    }
}
