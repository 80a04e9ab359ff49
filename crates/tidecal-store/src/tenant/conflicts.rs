//! Conflicts: look at them, resolve them, have them decided anew.

use jiff::Timestamp;

use crate::StoreError;
use crate::database::{Row, Tx, to_millis, values};
use crate::record::{
    ConflictChoice, ConflictDetail, ConflictRow, Resolution, conflict_columns, opt_event, read_conflict,
};
use crate::scope::Tenant;
use crate::system::{conflict_key, read_notices};

const DETAIL: &str = concat!(
    "SELECT ",
    conflict_columns!(),
    ", x.base, x.local, x.remote, e.version AS local_version, c.calendar_id, \
      COALESCE(m.series_id, '') AS series_id, m.id AS mapping_id \
      FROM conflicts x \
      JOIN external_calendar_connections c ON c.tenant_id = x.tenant_id AND c.id = x.connection_id \
      LEFT JOIN external_calendar_events m ON m.tenant_id = x.tenant_id AND m.connection_id = x.connection_id \
        AND m.external_event_id = x.external_event_id AND m.recurrence_id = x.recurrence_id \
      LEFT JOIN calendar_events e ON e.tenant_id = x.tenant_id AND e.id = x.event_id \
      WHERE x.tenant_id = $1 AND ($2 = '' OR c.provider_id = $2) AND x.id = $3"
);

impl Tenant<'_> {
    /// Conflicts that are visible, oldest first, after the given id: open ones or all, of one
    /// connection or of all.
    ///
    /// # Errors
    /// What the database says.
    pub async fn list_conflicts(
        &self,
        open_only: bool,
        connection_id: Option<&str>,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<ConflictRow>, StoreError> {
        let mut tx = self.read().await?;
        let connection = connection_id.unwrap_or("");
        let values = values![self.tenant_id(), self.visible_owner(), open_only, connection, after.unwrap_or(""), limit];
        let rows = tx
            .fetch_all(
                concat!(
                    "SELECT ",
                    conflict_columns!(),
                    " FROM conflicts x \
                      JOIN external_calendar_connections c ON c.tenant_id = x.tenant_id AND c.id = x.connection_id \
                      LEFT JOIN calendar_events e ON e.tenant_id = x.tenant_id AND e.id = x.event_id \
                      WHERE x.tenant_id = $1 AND ($2 = '' OR c.provider_id = $2) \
                        AND ($3 = FALSE OR x.status = 'open') AND ($4 = '' OR x.connection_id = $4) AND x.id > $5 \
                      ORDER BY x.id LIMIT $6"
                ),
                values,
            )
            .await?;
        rows.iter().map(read_conflict).collect()
    }

    /// One conflict with what each side said.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn get_conflict(&self, conflict_id: &str) -> Result<ConflictDetail, StoreError> {
        let mut tx = self.read().await?;
        read_detail(&self.conflict_row(&mut tx, conflict_id).await?)
    }

    async fn conflict_row(&self, tx: &mut Tx, conflict_id: &str) -> Result<Row, StoreError> {
        tx.fetch_one("conflict", DETAIL, values![self.tenant_id(), self.visible_owner(), conflict_id]).await
    }

    /// Resolves an open conflict as a person says: writes the local event, arms its mapping, closes
    /// the conflict, and makes the connection due. What goes out is guarded by the version that the
    /// conflict saw at the vendor.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] also for one that is closed, [`StoreError::EventsMoved`] if the local
    /// event is not the one that the person saw.
    pub async fn resolve_conflict(
        &self,
        conflict_id: &str,
        resolution: &Resolution,
        now: Timestamp,
    ) -> Result<ConflictRow, StoreError> {
        let now = to_millis(now);
        let mut tx = self.write().await?;
        let row = self.conflict_row(&mut tx, conflict_id).await?;
        let detail = read_detail(&row)?;
        if !detail.row.open {
            return Err(StoreError::NotFound("open conflict"));
        }
        self.lock_calendar(&mut tx, &detail.calendar_id).await?;
        let follows_deletion = resolution.choice == ConflictChoice::Remote && detail.remote.is_none();
        if follows_deletion {
            self.bury_mapping(&mut tx, &row, now).await?;
        }
        if let Some(write) = &resolution.write {
            let (calendar, writes) = (&detail.calendar_id, std::slice::from_ref(write));
            self.write_local_in(&mut tx, calendar, writes, resolution.consent, now).await?;
        }
        if !follows_deletion {
            let event_id = resolution.write.as_ref().map(|write| write.id.as_str()).or(detail.row.event_id.as_deref());
            self.arm_mapping(&mut tx, &row, resolution.choice, event_id, now).await?;
        }
        self.close_conflict(&mut tx, conflict_id, resolution.choice.as_str(), now).await?;
        self.wake(&mut tx, &detail.row.connection_id).await?;
        let row = self.conflict_row(&mut tx, conflict_id).await?;
        tx.commit().await?;
        read_conflict(&row)
    }

    /// Closes an open conflict without a decision: both sides are read and decided anew.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] also for one that is closed.
    pub async fn reset_conflict(&self, conflict_id: &str, now: Timestamp) -> Result<ConflictRow, StoreError> {
        let now = to_millis(now);
        let mut tx = self.write().await?;
        let row = self.conflict_row(&mut tx, conflict_id).await?;
        if row.str("status")? != "open" {
            return Err(StoreError::NotFound("open conflict"));
        }
        tx.execute(
            "UPDATE external_calendar_events SET sync_status = 'CREATED', verdict = 'mirrored', reason = '', \
                last_error = NULL, updated_at = $3 WHERE tenant_id = $1 AND id = $2",
            values![self.tenant_id(), row.opt_text("mapping_id")?, now],
        )
        .await?;
        self.close_conflict(&mut tx, conflict_id, "reset", now).await?;
        self.wake(&mut tx, row.str("connection_id")?).await?;
        let row = self.conflict_row(&mut tx, conflict_id).await?;
        tx.commit().await?;
        read_conflict(&row)
    }

    /// The calendar before its connections, as everywhere.
    pub(super) async fn lock_calendar(&self, tx: &mut Tx, calendar_id: &str) -> Result<(), StoreError> {
        tx.fetch_one(
            "calendar",
            "SELECT id FROM calendars WHERE tenant_id = $1 AND id = $2 {for_update}",
            values![self.tenant_id(), calendar_id],
        )
        .await?;
        Ok(())
    }

    /// Makes a connection due.
    pub(super) async fn wake(&self, tx: &mut Tx, connection_id: &str) -> Result<(), StoreError> {
        tx.execute(
            "UPDATE external_calendar_connections SET sync_needed = TRUE, poke_seq = poke_seq + 1 \
             WHERE tenant_id = $1 AND id = $2",
            values![self.tenant_id(), connection_id],
        )
        .await?;
        Ok(())
    }

    /// Gone on both sides.
    async fn bury_mapping(&self, tx: &mut Tx, conflict: &Row, now: Timestamp) -> Result<(), StoreError> {
        tx.execute(
            "UPDATE external_calendar_events SET event_id = NULL, sync_status = 'DELETED', verdict = 'mirrored', \
                reason = 'deleted remotely', base = NULL, local_base = NULL, last_error = NULL, updated_at = $3 \
             WHERE tenant_id = $1 AND id = $2",
            values![self.tenant_id(), conflict.opt_text("mapping_id")?, now],
        )
        .await?;
        Ok(())
    }

    /// Both sides now agree on what the vendor says; what the local event says otherwise goes out.
    async fn arm_mapping(
        &self,
        tx: &mut Tx,
        conflict: &Row,
        choice: ConflictChoice,
        event_id: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mapping_id = conflict.opt_text("mapping_id")?;
        if choice == ConflictChoice::Remote {
            tx.execute(
                "UPDATE external_calendar_events SET sync_status = 'SYNCED', verdict = 'mirrored', reason = '', \
                    event_id = $3, base = NULL, local_base = NULL, last_error = NULL, updated_at = $4, \
                    base_version = COALESCE((SELECT e.version FROM calendar_events e \
                        WHERE e.tenant_id = $1 AND e.id = $3), base_version) \
                 WHERE tenant_id = $1 AND id = $2",
                values![self.tenant_id(), mapping_id, event_id, now],
            )
            .await?;
            return Ok(());
        }
        let remote = conflict.opt_bytes("remote")?;
        tx.execute(
            "UPDATE external_calendar_events SET sync_status = 'UPDATED', verdict = 'mirrored', reason = '', \
                event_id = (SELECT e.id FROM calendar_events e WHERE e.tenant_id = $1 AND e.id = $3), \
                base = COALESCE($4, base), local_base = COALESCE($4, local_base), last_error = NULL, updated_at = $5 \
             WHERE tenant_id = $1 AND id = $2",
            values![self.tenant_id(), mapping_id, event_id, remote, now],
        )
        .await?;
        Ok(())
    }

    async fn close_conflict(&self, tx: &mut Tx, id: &str, word: &str, now: Timestamp) -> Result<(), StoreError> {
        tx.execute(
            "UPDATE conflicts SET status = 'resolved', resolution = $3, resolved_by = $4, resolved_at = $5, \
                updated_at = $5 WHERE tenant_id = $1 AND id = $2",
            values![self.tenant_id(), id, word, &self.scope.user_id, now],
        )
        .await?;
        read_notices(tx, self.tenant_id(), vec![conflict_key(id)], now).await
    }
}

fn read_detail(row: &Row) -> Result<ConflictDetail, StoreError> {
    Ok(ConflictDetail {
        row: read_conflict(row)?,
        base: opt_event(row, "base")?,
        local: opt_event(row, "local")?,
        remote: opt_event(row, "remote")?,
        local_version: row.opt_int("local_version")?,
        calendar_id: row.text("calendar_id")?,
        series_id: row.text("series_id")?,
    })
}
