//! What is there already: the numbers that the deletion guard weighs.

use jiff::Timestamp;

use super::Lease;
use crate::StoreError;
use crate::database::values;
use crate::scope::System;

const OUTGOING: &str = "SELECT COUNT(*) AS n FROM (\
        SELECT m.series_id FROM calendar_events e {by idx_calendar_events_deleted} \
        JOIN external_calendar_events m ON m.tenant_id = e.tenant_id AND m.event_id = e.id \
        WHERE e.tenant_id = $1 AND e.deleted_at IS NOT NULL AND e.kind <> 'override' AND e.calendar_id = \
            (SELECT o.calendar_id FROM external_calendar_connections o WHERE o.tenant_id = $1 AND o.id = $2) \
          AND m.connection_id = $2 AND m.sync_status NOT IN ('DELETED', 'CONFLICT') AND m.version <> '' \
          AND m.base_version < e.version \
        UNION SELECT m.series_id FROM external_calendar_events m {by idx_external_calendar_events_waiting} \
        WHERE m.tenant_id = $1 AND m.connection_id = $2 AND m.sync_status IN ('CREATED', 'UPDATED') \
          AND m.sync_status = 'UPDATED' AND m.event_id IS NULL AND m.recurrence_id = '' AND m.version <> '') AS gone";

const EDITED: &str = "SELECT COUNT(DISTINCT m.series_id) AS n \
    FROM calendar_events e {by idx_calendar_events_seq} \
    JOIN external_calendar_events m ON m.tenant_id = e.tenant_id AND m.event_id = e.id \
    WHERE e.tenant_id = $1 AND e.calendar_id = \
        (SELECT o.calendar_id FROM external_calendar_connections o WHERE o.tenant_id = $1 AND o.id = $2) \
      AND e.seq > $3 AND e.deleted_at IS NULL \
      AND m.connection_id = $2 AND m.sync_status NOT IN ('DELETED', 'CONFLICT') AND m.version <> '' \
      AND m.base_version < e.version";

impl System<'_> {
    /// Whether the connection has any mapping row: then a full reading is a comparison.
    ///
    /// # Errors
    /// What the database says.
    pub async fn has_mappings(&self, lease: &Lease) -> Result<bool, StoreError> {
        let mut tx = self.read().await?;
        let row = tx
            .fetch_optional(
                "SELECT 1 AS one FROM external_calendar_events WHERE tenant_id = $1 AND connection_id = $2 LIMIT 1",
                values![&lease.tenant_id, &lease.connection_id],
            )
            .await?;
        tx.commit().await?;
        Ok(row.is_some())
    }

    /// Series of the connection that are mapped to a live local event; a series counts once.
    ///
    /// # Errors
    /// What the database says.
    pub async fn count_mapped_live(&self, lease: &Lease) -> Result<i64, StoreError> {
        let mut tx = self.read().await?;
        let row = tx
            .fetch_one(
                "count",
                "SELECT COUNT(DISTINCT series_id) AS n \
                 FROM external_calendar_events \
                 WHERE connection_id = $1 AND event_id IS NOT NULL AND sync_status <> 'DELETED'",
                values![&lease.connection_id],
            )
            .await?;
        tx.commit().await?;
        row.int("n")
    }

    /// Series of which this connection deleted something since then, here or at its vendor; a series
    /// counts once.
    ///
    /// # Errors
    /// What the database says.
    pub async fn deletions_since(&self, lease: &Lease, since: Timestamp) -> Result<i64, StoreError> {
        let mut tx = self.read().await?;
        let row = tx
            .fetch_one(
                "count",
                "SELECT COUNT(DISTINCT series_id) AS n FROM sync_journal \
                 WHERE tenant_id = $1 AND connection_id = $2 AND created_at > $3 AND action = 'delete'",
                values![&lease.tenant_id, &lease.connection_id, since],
            )
            .await?;
        tx.commit().await?;
        row.int("n")
    }

    /// Series of the connection that were deleted here and whose vendor does not know yet; a series
    /// counts once, by its master.
    ///
    /// # Errors
    /// What the database says.
    pub async fn count_outgoing(&self, lease: &Lease) -> Result<i64, StoreError> {
        let mut tx = self.read().await?;
        let row = tx.fetch_one("count", OUTGOING, values![&lease.tenant_id, &lease.connection_id]).await?;
        tx.commit().await?;
        row.int("n")
    }

    /// Mapped series of the connection that were edited here after that `calendars.seq` and whose
    /// vendor does not know yet. The cost follows the edits.
    ///
    /// # Errors
    /// What the database says.
    pub async fn count_edited(&self, lease: &Lease, after: i64) -> Result<i64, StoreError> {
        let mut tx = self.read().await?;
        let row = tx.fetch_one("count", EDITED, values![&lease.tenant_id, &lease.connection_id, after]).await?;
        tx.commit().await?;
        row.int("n")
    }
}
