//! The end of a run: the lease is given back and the connection says how it went.

use super::Lease;
use crate::StoreError;
use crate::database::{Tx, Value, to_millis, values};
use crate::record::{FinishRow, Hold, ProgressMove, RunOutcome, RunRecord, StoredProgress};
use crate::scope::System;

const FINISH: &str = "UPDATE external_calendar_connections SET \
        lease_owner = NULL, lease_until = NULL, run_id = NULL, run_trigger = NULL, \
        sync_needed = (poke_seq <> $5), \
        next_sync_at = $6, \
        error_count = CASE WHEN $7 THEN $8 ELSE error_count END, \
        consecutive_failures = CASE WHEN $7 THEN $9 ELSE consecutive_failures END, \
        failure_class = CASE WHEN $7 THEN $10 ELSE failure_class END, \
        last_error = CASE WHEN $7 THEN $11 ELSE last_error END, \
        stopped_reason = CASE WHEN $7 THEN $12 ELSE stopped_reason END, \
        backoff_until = CASE WHEN NOT $7 THEN backoff_until \
            WHEN backoff_until > $13 THEN {greatest}(backoff_until, COALESCE($14, backoff_until)) ELSE $14 END, \
        last_synced_at = COALESCE($15, last_synced_at), \
        last_polled_at = COALESCE($16, last_polled_at), \
        last_failed_at = COALESCE($17, last_failed_at), \
        last_changed_at = COALESCE($31, last_changed_at), \
        local_cursor = COALESCE($32, local_cursor), \
        restored_at = CASE WHEN restored_at = $33 THEN NULL ELSE restored_at END, \
        events_synced = COALESCE($18, events_synced), \
        sync_duration_ms = COALESCE($19, sync_duration_ms), \
        noop_runs = noop_runs + $20, \
        last_noop_at = COALESCE($21, last_noop_at), \
        held_reason = CASE WHEN $22 THEN $23 ELSE held_reason END, \
        released_at = CASE WHEN $22 THEN NULL ELSE released_at END, \
        held_deletions = CASE WHEN $22 THEN $24 ELSE held_deletions END, \
        notified_state = COALESCE($25, notified_state), \
        notified_at = CASE WHEN $25 IS NULL THEN notified_at ELSE $26 END, \
        sync_progress = CASE WHEN $29 AND sync_cursor IS NOT DISTINCT FROM $27 THEN $30 ELSE sync_progress END, \
        sync_cursor = CASE WHEN sync_cursor IS NOT DISTINCT FROM $27 THEN COALESCE($28, sync_cursor) \
            ELSE sync_cursor END, \
        updated_at = $26 \
    WHERE tenant_id = $1 AND id = $2 AND lease_epoch = $3 AND lease_owner = $4";

impl System<'_> {
    /// Ends a run; `false` if the lease was lost (somebody else's run says how it goes now, and
    /// nothing was written).
    ///
    /// # Errors
    /// What the database says.
    pub async fn finish(&self, lease: &Lease, row: &FinishRow) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let mine = finish_one(&mut tx, lease, row).await?;
        tx.commit().await?;
        Ok(mine)
    }

    /// Ends several runs in one transaction; one answer each.
    ///
    /// # Errors
    /// What the database says; then none has ended.
    pub async fn finish_many(&self, runs: &[(Lease, FinishRow)]) -> Result<Vec<bool>, StoreError> {
        let mut tx = self.write().await?;
        let mut mine = Vec::with_capacity(runs.len());
        for (lease, row) in runs {
            mine.push(finish_one(&mut tx, lease, row).await?);
        }
        tx.commit().await?;
        Ok(mine)
    }
}

async fn finish_one(tx: &mut Tx, lease: &Lease, row: &FinishRow) -> Result<bool, StoreError> {
    if tx.execute(FINISH, finish_values(lease, row)?).await? == 0 {
        return Ok(false);
    }
    if row.progress == ProgressMove::Clear {
        tx.execute(
            "DELETE FROM sync_seen WHERE tenant_id = $1 AND connection_id = $2",
            values![&lease.tenant_id, &lease.connection_id],
        )
        .await?;
    }
    if let Some(record) = &row.record {
        insert_run(tx, lease, row, record).await?;
    }
    Ok(true)
}

/// In the order of the statement's parameters.
fn finish_values<'a>(lease: &'a Lease, row: &'a FinishRow) -> Result<Vec<Value<'a>>, StoreError> {
    let now = to_millis(row.now);
    let (writes_hold, reason, deletions) = match &row.hold {
        Hold::Keep => (false, None, 0),
        Hold::Set { reason, deletions } => (true, Some(reason.as_str()), *deletions),
        Hold::Clear => (true, None, 0),
    };
    let next_cursor = row.cursor.as_ref().or(lease.cursor.as_ref());
    let progress = match &row.progress {
        ProgressMove::Set(progress) => Some(StoredProgress::write(progress, next_cursor)?),
        ProgressMove::Keep | ProgressMove::Clear => None,
    };
    let is_noop = row.record.is_none() && row.outcome == RunOutcome::Success;
    Ok(values![
        &lease.tenant_id,
        &lease.connection_id,
        lease.epoch,
        &lease.owner,
        row.seen_poke_seq,
        row.next_sync_at,
        row.outcome != RunOutcome::Stopped,
        row.error_count,
        row.consecutive_failures,
        &row.failure_class,
        &row.last_error,
        &row.stopped_reason,
        lease.claimed_at,
        row.backoff_until,
        row.last_synced_at,
        row.last_polled_at,
        (row.outcome == RunOutcome::Error).then_some(now),
        row.events_synced,
        row.sync_duration_ms,
        i64::from(is_noop),
        is_noop.then_some(now),
        writes_hold,
        reason,
        deletions,
        &row.notified_state,
        now,
        lease.cursor.as_ref().map(|cursor| cursor.0.as_str()),
        row.cursor.as_ref().map(|cursor| cursor.0.as_str()),
        row.progress != ProgressMove::Keep,
        progress,
        (row.stats.synced + row.stats.updated > 0).then_some(now),
        row.local_cursor,
        row.recovered,
    ])
}

async fn insert_run(tx: &mut Tx, lease: &Lease, row: &FinishRow, record: &RunRecord) -> Result<(), StoreError> {
    let values = values![
        &row.run.id,
        &lease.tenant_id,
        &lease.connection_id,
        record.kind,
        &row.run.trigger,
        record.started_at,
        row.now,
        row.outcome.as_str(),
        row.stats.synced,
        row.stats.updated,
        row.stats.skipped,
        row.stats.deleted,
        row.stats.total,
        row.stats.pushed,
        record.pages,
        record.calls,
        row.duration_ms,
        &row.last_error,
    ];
    tx.execute(
        "INSERT INTO sync_runs (id, tenant_id, connection_id, kind, run_trigger, started_at, finished_at, outcome, \
            synced, updated, skipped, deleted, total, pushed, pages, calls, duration_ms, error) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        values,
    )
    .await?;
    Ok(())
}
