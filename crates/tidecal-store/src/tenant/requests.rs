//! Asking for a sync: it only makes the connection due, a worker does the rest.

use jiff::Timestamp;
use tidecal_core::policy::is_hold_after_restore;

use crate::StoreError;
use crate::database::{to_millis, values};
use crate::scope::Tenant;

impl Tenant<'_> {
    /// Makes a connection due now.
    ///
    /// `backoff_until` stays, with one exception: a full request on an open circuit lifts the wait
    /// for the next probe, unless the wait is a rate limit's (requirements R4.1, R4.2, R6.2).
    ///
    /// `full` forgets the cursor, so that everything is compared, closes the circuit and lifts a
    /// permanent stop. `run_id` names the run that will answer; a request that waits already keeps
    /// its own, which is returned.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn request_sync(
        &self,
        connection_id: &str,
        full: bool,
        run_id: &str,
        now: Timestamp,
    ) -> Result<String, StoreError> {
        let now = to_millis(now);
        let mut tx = self.write().await?;
        let row = tx
            .fetch_one(
                "connection",
                "UPDATE external_calendar_connections SET \
                    sync_needed = TRUE, poke_seq = poke_seq + 1, next_sync_at = $4, updated_at = $4, \
                    requested_run_id = COALESCE(requested_run_id, $5), \
                    requested_trigger = COALESCE(requested_trigger, $6), \
                    sync_cursor = CASE WHEN $7 THEN NULL ELSE sync_cursor END, \
                    sync_progress = CASE WHEN $7 THEN NULL ELSE sync_progress END, \
                    backoff_until = CASE WHEN $7 AND consecutive_failures >= 5 AND error_count >= 5 \
                        AND COALESCE(failure_class, '') <> 'rate_limited' THEN NULL ELSE backoff_until END, \
                    error_count = CASE WHEN $7 THEN 0 ELSE error_count END, \
                    consecutive_failures = CASE WHEN $7 THEN 0 ELSE consecutive_failures END, \
                    stopped_reason = CASE WHEN $7 THEN NULL ELSE stopped_reason END \
                 WHERE tenant_id = $1 AND ($2 = '' OR provider_id = $2) AND id = $3 \
                 RETURNING requested_run_id",
                values![
                    self.tenant_id(),
                    self.visible_owner(),
                    connection_id,
                    now,
                    run_id,
                    if full { "resync" } else { "manual" },
                    full,
                ],
            )
            .await?;
        tx.commit().await?;
        row.text("requested_run_id")
    }

    /// Releases the brake of a connection: its next run carries out what it held back. The brake's
    /// words stay until that run has ended. A hold after a restore of the database ends here, and the
    /// other brakes hold as ever.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn release_hold(&self, connection_id: &str, now: Timestamp) -> Result<(), StoreError> {
        let now = to_millis(now);
        let mut tx = self.write().await?;
        let held = self.visible_connection(&mut tx, connection_id).await?.held_reason;
        let restored = held.is_some_and(|reason| is_hold_after_restore(&reason));
        tx.execute(
            "UPDATE external_calendar_connections SET \
                released_at = CASE WHEN $4 THEN released_at ELSE $3 END, \
                restored_at = CASE WHEN $4 THEN NULL ELSE restored_at END, \
                held_reason = CASE WHEN $4 THEN NULL ELSE held_reason END, \
                sync_needed = TRUE, poke_seq = poke_seq + 1, next_sync_at = $3, updated_at = $3 \
             WHERE tenant_id = $1 AND id = $2",
            values![self.tenant_id(), connection_id, now, restored],
        )
        .await?;
        tx.commit().await
    }
}
