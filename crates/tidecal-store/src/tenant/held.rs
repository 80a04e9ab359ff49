//! What waits for a person: runs that a brake has stopped, and writes that would mail somebody.

use jiff::Timestamp;
use tidecal_core::sync::Echo;

use crate::StoreError;
use crate::database::{Row, Tx, decode_error, to_millis, values};
use crate::record::{Connection, MappingRow, connection_columns, mapping_columns, read_connection, read_mapping};
use crate::scope::Tenant;
use crate::system::allot_seq;

/// A write that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldEvent {
    /// Connection that would write.
    pub connection_id: String,
    /// Its mapping row; `reason` says why it is held.
    pub mapping: MappingRow,
}

impl Tenant<'_> {
    /// Connections whose run a brake has stopped, oldest first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn list_held_connections(&self) -> Result<Vec<Connection>, StoreError> {
        let mut tx = self.read().await?;
        let rows = tx
            .fetch_all(
                concat!(
                    "SELECT ",
                    connection_columns!(),
                    " FROM external_calendar_connections c \
                      JOIN calendar_accounts a ON a.tenant_id = c.tenant_id AND a.id = c.account_id \
                      WHERE c.tenant_id = $1 AND ($2 = '' OR c.provider_id = $2) AND c.held_reason IS NOT NULL \
                      ORDER BY c.id"
                ),
                values![self.tenant_id(), self.visible_owner()],
            )
            .await?;
        rows.iter().map(read_connection).collect()
    }

    /// Writes that are held, oldest first, after the given mapping id; of one connection, or of all.
    ///
    /// # Errors
    /// What the database says.
    pub async fn list_held_events(
        &self,
        connection_id: Option<&str>,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<HeldEvent>, StoreError> {
        let mut tx = self.read().await?;
        let (connection, after) = (connection_id.unwrap_or(""), after.unwrap_or(""));
        let rows = tx
            .fetch_all(
                concat!(
                    "SELECT m.connection_id, ",
                    mapping_columns!(),
                    " FROM external_calendar_connections c \
                      JOIN external_calendar_events m {by idx_external_calendar_events_exceptional} \
                        ON m.tenant_id = c.tenant_id AND m.connection_id = c.id AND m.verdict = 'held' \
                        AND (m.verdict <> 'mirrored' OR m.sync_status <> 'SYNCED') \
                      LEFT JOIN calendar_events e ON e.tenant_id = m.tenant_id AND e.id = m.event_id \
                      WHERE c.tenant_id = $1 AND ($2 = '' OR c.provider_id = $2) AND ($3 = '' OR c.id = $3) \
                        AND m.id > $4 ORDER BY m.id LIMIT $5"
                ),
                values![self.tenant_id(), self.visible_owner(), connection, after, limit],
            )
            .await?;
        let held = |row: &Row| Ok(HeldEvent { connection_id: row.text("connection_id")?, mapping: read_mapping(row)? });
        rows.iter().map(held).collect()
    }

    /// Lets a held write go, with all held rows of its series: the guests may be mailed about the
    /// events as they are now. Their connection is due at once.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for a row that is not held.
    pub async fn release_held_event(&self, mapping_id: &str, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let held = self.held_rows(&mut tx, mapping_id).await?;
        self.lock_calendar(&mut tx, &held.calendar_id).await?;
        self.wake(&mut tx, &held.connection_id).await?;
        tx.execute(
            "UPDATE calendar_events SET consent_version = version WHERE tenant_id = $1 AND id IN (\
                SELECT m.event_id FROM external_calendar_events m \
                WHERE m.tenant_id = $1 AND m.id {any $2} AND m.event_id IS NOT NULL)",
            values![self.tenant_id(), held.ids.as_slice()],
        )
        .await?;
        tx.execute(
            "UPDATE external_calendar_events SET verdict = 'mirrored', reason = '', updated_at = $3 \
             WHERE tenant_id = $1 AND id {any $2}",
            values![self.tenant_id(), held.ids.as_slice(), to_millis(now)],
        )
        .await?;
        tx.commit().await
    }

    /// Gives a held write up, with all held rows of its series: what stands here stays here, and the
    /// vendor's side as it is, until a person edits the event again.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for a row that is not held.
    pub async fn discard_held_event(&self, mapping_id: &str, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let held = self.held_rows(&mut tx, mapping_id).await?;
        let rows = tx
            .fetch_all(
                "SELECT m.id, m.echo, e.version FROM external_calendar_events m \
                 LEFT JOIN calendar_events e ON e.tenant_id = m.tenant_id AND e.id = m.event_id \
                 WHERE m.tenant_id = $1 AND m.id {any $2}",
                values![self.tenant_id(), held.ids.as_slice()],
            )
            .await?;
        for row in rows {
            let echo = Echo { tried: row.opt_int("version")?.unwrap_or_default(), ..read_echo(&row)? };
            let json = serde_json::to_string(&echo).map_err(|error| decode_error("echo", &error.to_string()))?;
            tx.execute(
                "UPDATE external_calendar_events SET sync_status = 'FAILED', verdict = 'quarantined', \
                    reason = 'a person decided not to send it', last_error = 'a person decided not to send it', \
                    echo = $3, updated_at = $4 WHERE tenant_id = $1 AND id = $2",
                values![self.tenant_id(), row.str("id")?, json, to_millis(now)],
            )
            .await?;
        }
        tx.commit().await
    }

    async fn held_rows(&self, tx: &mut Tx, mapping_id: &str) -> Result<HeldRows, StoreError> {
        let rows = tx
            .fetch_all(
                "SELECT s.id, s.connection_id, c.calendar_id FROM external_calendar_events m \
                 JOIN external_calendar_connections c ON c.tenant_id = m.tenant_id AND c.id = m.connection_id \
                 JOIN external_calendar_events s ON s.tenant_id = m.tenant_id AND s.connection_id = m.connection_id \
                    AND s.series_id = m.series_id AND s.verdict = 'held' \
                 WHERE m.tenant_id = $1 AND ($2 = '' OR c.provider_id = $2) AND m.id = $3 AND m.verdict = 'held'",
                values![self.tenant_id(), self.visible_owner(), mapping_id],
            )
            .await?;
        let first = rows.first().ok_or(StoreError::NotFound("held event"))?;
        Ok(HeldRows {
            ids: rows.iter().map(|row| row.text("id")).collect::<Result<_, _>>()?,
            connection_id: first.text("connection_id")?,
            calendar_id: first.text("calendar_id")?,
        })
    }

    /// Takes a brake off without carrying out what it held. Deletions that people made here come
    /// back; how many events did. Deletions at the vendor cannot be taken back: they are seen again
    /// by the next comparison, and held again.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for a connection that is not held.
    pub async fn discard_hold(&self, connection_id: &str, now: Timestamp) -> Result<u64, StoreError> {
        let now = to_millis(now);
        let mut tx = self.write().await?;
        let connection = self.visible_connection(&mut tx, connection_id).await?;
        if connection.held_reason.is_none() {
            return Err(StoreError::NotFound("held run"));
        }
        self.lock_calendar(&mut tx, &connection.calendar_id).await?;
        let rows = tx
            .fetch_all(
                "SELECT e.id FROM calendar_events e {by idx_calendar_events_deleted} \
                 WHERE e.tenant_id = $1 AND e.calendar_id = $2 AND e.deleted_at IS NOT NULL AND EXISTS (\
                    SELECT 1 FROM external_calendar_events m WHERE m.tenant_id = $1 AND m.event_id = e.id \
                      AND m.connection_id = $3 AND m.sync_status <> 'DELETED' {fence}) ORDER BY e.id",
                values![self.tenant_id(), &connection.calendar_id, connection_id],
            )
            .await?;
        tx.execute(
            "UPDATE external_calendar_connections SET held_reason = NULL, held_deletions = 0, released_at = NULL, \
                updated_at = $3 WHERE tenant_id = $1 AND id = $2",
            values![self.tenant_id(), connection_id, now],
        )
        .await?;
        // Whoever writes sees that they are back.
        tx.execute(
            "UPDATE external_calendar_connections SET sync_needed = TRUE, poke_seq = poke_seq + 1 \
             WHERE tenant_id = $1 AND calendar_id = $2 AND (sync_direction <> 'inbound' OR id = $3)",
            values![self.tenant_id(), &connection.calendar_id, connection_id],
        )
        .await?;
        let mut seq = allot_seq(&mut tx, self.tenant_id(), &connection.calendar_id, rows.len()).await?;
        for row in &rows {
            tx.execute(
                "UPDATE calendar_events SET deleted_at = NULL, version = version + 1, edited_version = version + 1, \
                    seq = $3, updated_at = $4 WHERE tenant_id = $1 AND id = $2",
                values![self.tenant_id(), row.str("id")?, seq, now],
            )
            .await?;
            seq -= 1;
        }
        tx.commit().await?;
        Ok(rows.len() as u64)
    }
}

struct HeldRows {
    ids: Vec<String>,
    connection_id: String,
    calendar_id: String,
}

fn read_echo(row: &Row) -> Result<Echo, StoreError> {
    let Some(text) = row.opt_str("echo")? else { return Ok(Echo::default()) };
    serde_json::from_str(text).map_err(|error| decode_error("echo", &error.to_string()))
}
