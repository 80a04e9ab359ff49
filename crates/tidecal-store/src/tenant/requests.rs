//! Asking for a sync: it only makes the connection due, a worker does the rest.

use jiff::Timestamp;

use crate::StoreError;
use crate::database::{to_millis, values};
use crate::ids::Ids;
use crate::scope::Tenant;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncRequest<'a> {
    /// Forget the cursor and compare everything; also closes the circuit and lifts a permanent
    /// stop.
    pub full: bool,
    /// What asks: `manual`, `resync`, `webhook`, …
    pub trigger: &'a str,
}

/// What will happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requested {
    /// Id of the run that will answer the request; a request that was waiting already shares its.
    pub run_id: String,
    /// The vendor is not called before that time.
    pub backoff_until: Option<Timestamp>,
}

impl Tenant<'_> {
    /// Makes a connection due now.
    ///
    /// `backoff_until` stays, with one exception: a full request on an open circuit lifts the wait
    /// for the next probe, unless the wait is a rate limit's (requirements R4.1, R4.2, R6.2).
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn request_sync(
        &self,
        connection_id: &str,
        request: SyncRequest<'_>,
        now: Timestamp,
    ) -> Result<Requested, StoreError> {
        let now = to_millis(now);
        let run_id = Ids::new(now)?.next();
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
                 RETURNING requested_run_id, backoff_until",
                values![
                    self.tenant_id(),
                    self.visible_owner(),
                    connection_id,
                    now,
                    run_id,
                    request.trigger,
                    request.full,
                ],
            )
            .await?;
        let requested =
            Requested { run_id: row.text("requested_run_id")?, backoff_until: row.opt_time("backoff_until")? };
        tx.commit().await?;
        Ok(requested)
    }

    /// Releases the brake of a connection: its next run carries out what it held back.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn release_hold(&self, connection_id: &str, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        tx.fetch_one(
            "connection",
            "UPDATE external_calendar_connections SET held_reason = NULL, held_deletions = 0, released_at = $4, \
                sync_needed = TRUE, poke_seq = poke_seq + 1, next_sync_at = $4, updated_at = $4 \
             WHERE tenant_id = $1 AND ($2 = '' OR provider_id = $2) AND id = $3 RETURNING id",
            values![self.tenant_id(), self.visible_owner(), connection_id, to_millis(now)],
        )
        .await?;
        tx.commit().await
    }
}
