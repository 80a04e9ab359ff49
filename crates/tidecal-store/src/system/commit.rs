//! The commit: changes and cursor in one transaction, or nothing.
//!
//! It is refused when another worker holds the connection, when somebody reset the cursor since
//! the claim, or when a local event changed since it was decided upon.

use std::sync::Arc;

use jiff::Timestamp;
use tidecal_core::remote::Cursor;
use tidecal_core::sync::{EventOp, Writes};

use super::commit_rows::tzdb_version;
use super::event_rows::deletions;
use super::{Lease, NewNotification};
use crate::database::{Tx, values};
use crate::record::{ProgressMove, RunRef, StoredProgress};
use crate::scope::System;
use crate::{KeyError, StoreError};

/// How far a commit carries the connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advance {
    /// Progress of a full reading.
    pub progress: ProgressMove,
    /// Where the next reading begins; `None` leaves the cursor where it is.
    pub cursor: Option<Cursor>,
    /// The reading that saw `Writes::seen`; by default that of the progress.
    pub reading_id: Option<String>,
}

/// What a commit did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// The calendar's `seq` after it; `None` if no event changed.
    pub seq: Option<i64>,
    /// What the connection's owner was told: of conflicts that have opened.
    pub told: Vec<NewNotification>,
}

/// Why a commit did nothing.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Another worker holds the connection, or it is gone.
    #[error("the lease was lost")]
    LeaseLost,
    /// The cursor is not the one of the claim: somebody reset the connection.
    #[error("the cursor was changed during the run")]
    CursorMoved,
    /// These local events changed since they were decided upon: decide them again.
    #[error("{} local events changed during the run", .0.len())]
    EventsMoved(Vec<String>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<KeyError> for CommitError {
    fn from(error: KeyError) -> Self {
        Self::Store(error.into())
    }
}

/// Where the rows of a commit go.
pub(crate) struct Place {
    pub(crate) tenant: Arc<str>,
    /// Empty for a person's edit.
    pub(crate) connection: Arc<str>,
    /// Its name, for words.
    pub(crate) connection_name: Arc<str>,
    pub(crate) calendar: Arc<str>,
    pub(crate) person: Arc<str>,
    pub(crate) tzdb: Arc<str>,
    pub(crate) now: Timestamp,
}

impl System<'_> {
    /// Carries out what was decided, together with the cursor that covers it. On success the lease
    /// follows the cursor.
    ///
    /// # Errors
    /// See [`CommitError`]; nothing has changed then.
    pub async fn commit(
        &self,
        lease: &mut Lease,
        writes: &Writes,
        advance: &Advance,
        now: Timestamp,
        run: &RunRef,
    ) -> Result<Committed, CommitError> {
        let mut tx = self.write().await?;
        // The calendar first: whoever changes its events waits here, and nowhere later.
        let seq = allot(&mut tx, lease, writes.events.len()).await?;
        let place = lock_connection(&mut tx, lease, advance, now).await?;
        if let Some(last_seq) = seq {
            let twins = place.wake_others(&mut tx, &deletions(&writes.events)).await?;
            place.check_versions(&mut tx, &writes.events, &writes.kept).await?;
            place.write_events(&mut tx, &writes.events, last_seq).await?;
            place.try_twins(&mut tx, &twins).await?;
        } else {
            place.check_versions(&mut tx, &[], &writes.kept).await?;
        }
        place.clear_answers(&mut tx, &writes.answered).await?;
        place.write_mappings(&mut tx, &writes.mappings).await?;
        place.write_journal(&mut tx, writes, run).await?;
        place.close_conflicts(&mut tx, &writes.mappings).await?;
        let told = place.write_conflicts(&mut tx, &writes.conflicts).await?;
        place.write_seen(&mut tx, &writes.seen, advance).await?;
        if advance.progress == ProgressMove::Clear {
            place.forget_seen(&mut tx).await?;
        }
        tx.commit().await?;
        if let Some(cursor) = &advance.cursor {
            lease.cursor = Some(cursor.clone());
        }
        Ok(Committed { seq, told })
    }
}

/// Numbers for the changes of the connection's calendar; `None` without changes, or if the
/// connection is gone (which the next statement reports).
async fn allot(tx: &mut Tx, lease: &Lease, changes: usize) -> Result<Option<i64>, StoreError> {
    if changes == 0 {
        return Ok(None);
    }
    let row = tx
        .fetch_optional(
            "UPDATE calendars SET seq = seq + $3 WHERE tenant_id = $1 AND id = \
                (SELECT calendar_id FROM external_calendar_connections WHERE tenant_id = $1 AND id = $2) \
             RETURNING seq",
            values![&lease.tenant_id, &lease.connection_id, i64::try_from(changes).unwrap_or(i64::MAX)],
        )
        .await?;
    row.map(|row| row.int("seq")).transpose()
}

const LOCK: &str = "UPDATE external_calendar_connections SET \
        sync_cursor = CASE WHEN $6 THEN $7 ELSE sync_cursor END, \
        sync_progress = CASE WHEN $8 THEN $9 ELSE sync_progress END \
    WHERE tenant_id = $1 AND id = $2 AND lease_epoch = $3 AND lease_owner = $4 \
      AND sync_cursor IS NOT DISTINCT FROM $5 \
    RETURNING calendar_id, provider_id, name";

/// Fences, moves the cursor, and holds the row until the end.
async fn lock_connection(tx: &mut Tx, lease: &Lease, advance: &Advance, now: Timestamp) -> Result<Place, CommitError> {
    let next = advance.cursor.as_ref().or(lease.cursor.as_ref());
    let progress = match &advance.progress {
        ProgressMove::Set(progress) => Some(StoredProgress::write(progress, next)?),
        ProgressMove::Keep | ProgressMove::Clear => None,
    };
    let values = values![
        &lease.tenant_id,
        &lease.connection_id,
        lease.epoch,
        &lease.owner,
        lease.cursor.as_ref().map(|cursor| cursor.0.as_str()),
        advance.cursor.is_some(),
        advance.cursor.as_ref().map(|cursor| cursor.0.as_str()),
        advance.progress != ProgressMove::Keep,
        progress,
    ];
    let Some(row) = tx.fetch_optional(LOCK, values).await? else {
        return Err(why_refused(tx, lease).await?);
    };
    Ok(Place {
        tenant: lease.tenant_id.as_str().into(),
        connection: lease.connection_id.as_str().into(),
        connection_name: row.str("name")?.into(),
        calendar: row.str("calendar_id")?.into(),
        person: row.str("provider_id")?.into(),
        tzdb: tzdb_version(),
        now,
    })
}

async fn why_refused(tx: &mut Tx, lease: &Lease) -> Result<CommitError, StoreError> {
    let mine = tx
        .fetch_optional(
            "SELECT 1 AS one FROM external_calendar_connections \
             WHERE tenant_id = $1 AND id = $2 AND lease_epoch = $3 AND lease_owner = $4",
            values![&lease.tenant_id, &lease.connection_id, lease.epoch, &lease.owner],
        )
        .await?;
    Ok(if mine.is_some() { CommitError::CursorMoved } else { CommitError::LeaseLost })
}

/// Versions that the decision saw, of events that are there already.
pub(super) fn expected_version(op: &EventOp) -> Option<i64> {
    match op {
        EventOp::Insert { .. } => None,
        EventOp::Update { expected, .. } | EventOp::Delete { expected } => Some(*expected),
    }
}
