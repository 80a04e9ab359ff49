//! Connections: make, look at, change, delete.

use jiff::Timestamp;
use tidecal_core::sync::Privacy;

use super::calendars::NewCalendar;
use crate::StoreError;
use crate::database::{Bulk, Row, Tx, decode_error, to_millis, values};
use crate::ids::Ids;
use crate::record::{
    Connection, ConnectionPatch, HealthRow, NewConnection, connection_columns, health_columns, read_connection,
    read_health,
};
use crate::scope::Tenant;
use crate::system::{INSERT_FEED, allot_seq};

/// What a deletion took along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeletedConnection {
    /// Mapping rows.
    pub mappings: i64,
    /// Local events that nothing else maps.
    pub events: i64,
}

/// What a change of settings has looked at again.
struct Relook {
    /// Everything is read and compared.
    compares: bool,
    /// Also what has not changed is decided anew.
    decides: bool,
}

impl Relook {
    fn after(old: &Connection, patch: &ConnectionPatch) -> Self {
        let decides = patch.filters.as_ref().is_some_and(|new| *new != old.filters)
            || patch.privacy.is_some_and(|new| new != old.privacy)
            || patch.sync_direction.is_some_and(|new| new != old.sync_direction);
        let window = patch.window_past_days.is_some_and(|new| new != old.window_past_days)
            || patch.window_future_days.is_some_and(|new| new != old.window_future_days);
        Self { compares: decides || window, decides }
    }
}

const CONNECTION: &str = concat!(
    "SELECT ",
    connection_columns!(),
    " FROM external_calendar_connections c \
      JOIN calendar_accounts a ON a.tenant_id = c.tenant_id AND a.id = c.account_id \
      WHERE c.tenant_id = $1 AND ($2 = '' OR c.provider_id = $2) AND c.id = $3"
);

impl Tenant<'_> {
    /// Connects a remote calendar to a local one, which is made if none is named. It is due at
    /// once.
    ///
    /// # Errors
    /// [`StoreError::AlreadyConnected`], [`StoreError::NotFound`] for the account or calendar.
    pub async fn insert_connection(&self, new: &NewConnection, now: Timestamp) -> Result<Connection, StoreError> {
        let now = to_millis(now);
        let mut tx = self.write().await?;
        let account = tx
            .fetch_one(
                "account",
                "SELECT provider_id, provider, email, token_expiry FROM calendar_accounts \
                 WHERE tenant_id = $1 AND ($2 = '' OR provider_id = $2) AND id = $3 {for_update}",
                values![self.tenant_id(), self.visible_owner(), &new.account_id],
            )
            .await?;
        self.refuse_duplicate(&mut tx, new).await?;
        let calendar_id = match &new.calendar_id {
            Some(id) => {
                self.calendar_owner(&mut tx, id).await?;
                id.clone()
            }
            None => {
                let (color, time_zone) = (new.calendar_color.as_deref(), new.time_zone.as_deref());
                let owner_id = account.str("provider_id")?;
                let calendar = NewCalendar { owner_id, name: &new.name, color, time_zone };
                self.add_calendar(&mut tx, &calendar, now).await?.id
            }
        };
        let id = self.add_connection(&mut tx, new, &account, calendar_id, now).await?;
        let row = tx.fetch_one("connection", CONNECTION, values![self.tenant_id(), "", &id]).await?;
        let connection = read_connection(&row)?;
        tx.commit().await?;
        Ok(connection)
    }

    async fn add_connection(
        &self,
        tx: &mut Tx,
        new: &NewConnection,
        account: &Row,
        calendar_id: String,
        now: Timestamp,
    ) -> Result<String, StoreError> {
        let id = Ids::new(now)?.next();
        let values = values![
            &id,
            self.tenant_id(),
            &new.account_id,
            calendar_id,
            account.str("provider_id")?,
            account.str("provider")?,
            &new.name,
            account.str("email")?,
            &new.external_calendar_id,
            &new.calendar_color,
            new.read_only,
            new.sync_direction.as_str(),
            new.sync_enabled,
            account.opt_time("token_expiry")?,
            now,
        ];
        tx.execute(
            "INSERT INTO external_calendar_connections (id, tenant_id, account_id, calendar_id, provider_id, provider, \
                name, email, external_calendar_id, calendar_color, read_only, sync_direction, sync_enabled, \
                token_expiry, next_sync_at, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, $15)",
            values,
        )
        .await?;
        Ok(id)
    }

    /// The account's row is locked: two requests cannot pass here together.
    async fn refuse_duplicate(&self, tx: &mut Tx, new: &NewConnection) -> Result<(), StoreError> {
        let known = tx
            .fetch_optional(
                "SELECT id FROM external_calendar_connections \
                 WHERE tenant_id = $1 AND account_id = $2 AND external_calendar_id = $3",
                values![self.tenant_id(), &new.account_id, &new.external_calendar_id],
            )
            .await?;
        match known {
            Some(row) => Err(StoreError::AlreadyConnected { connection_id: row.text("id")? }),
            None => Ok(()),
        }
    }

    /// Connections that are visible, oldest first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn list_connections(&self) -> Result<Vec<Connection>, StoreError> {
        let mut tx = self.read().await?;
        let rows = tx
            .fetch_all(
                concat!(
                    "SELECT ",
                    connection_columns!(),
                    " FROM external_calendar_connections c \
                      JOIN calendar_accounts a ON a.tenant_id = c.tenant_id AND a.id = c.account_id \
                      WHERE c.tenant_id = $1 AND ($2 = '' OR c.provider_id = $2) ORDER BY c.id"
                ),
                values![self.tenant_id(), self.visible_owner()],
            )
            .await?;
        rows.iter().map(read_connection).collect()
    }

    /// One connection.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn get_connection(&self, connection_id: &str) -> Result<Connection, StoreError> {
        let mut tx = self.read().await?;
        self.visible_connection(&mut tx, connection_id).await
    }

    pub(super) async fn visible_connection(&self, tx: &mut Tx, connection_id: &str) -> Result<Connection, StoreError> {
        let values = values![self.tenant_id(), self.visible_owner(), connection_id];
        read_connection(&tx.fetch_one("connection", CONNECTION, values).await?)
    }

    /// Changes what a person may change. Switching a connection on makes it due at once, and so does
    /// a change of what it shows or writes: everything on both sides is then looked at under the new
    /// rules. Below full privacy, what the vendor sent is forgotten.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn update_connection(
        &self,
        connection_id: &str,
        patch: &ConnectionPatch,
        now: Timestamp,
    ) -> Result<Connection, StoreError> {
        let now = to_millis(now);
        let mut tx = self.write().await?;
        let old = self.visible_connection(&mut tx, connection_id).await?;
        let enabled = patch.sync_enabled.unwrap_or(old.sync_enabled);
        let switched_on = enabled && !old.sync_enabled;
        let relook = Relook::after(&old, patch);
        let filters = patch.filters.as_ref().unwrap_or(&old.filters);
        let filters = serde_json::to_string(filters).map_err(|error| decode_error("filters", &error.to_string()))?;
        let privacy = patch.privacy.unwrap_or(old.privacy);
        let values = values![
            self.tenant_id(),
            connection_id,
            patch.name.as_ref().unwrap_or(&old.name),
            enabled,
            patch.sync_direction.unwrap_or(old.sync_direction).as_str(),
            patch.window_past_days.unwrap_or(old.window_past_days),
            patch.window_future_days.unwrap_or(old.window_future_days),
            patch.sync_interval_minutes.unwrap_or(old.sync_interval_minutes),
            patch.calendar_color.as_ref().unwrap_or(&old.calendar_color),
            switched_on,
            now,
            privacy.as_str(),
            patch.conflict_policy.unwrap_or(old.conflict_policy).as_str(),
            filters,
            relook.compares,
            relook.decides,
        ];
        tx.execute(
            "UPDATE external_calendar_connections SET name = $3, sync_enabled = $4, sync_direction = $5, \
                window_past_days = $6, window_future_days = $7, sync_interval_minutes = $8, calendar_color = $9, \
                next_sync_at = CASE WHEN $10 THEN $11 ELSE next_sync_at END, updated_at = $11, \
                privacy = $12, conflict_policy = $13, filters = $14, \
                sync_cursor = CASE WHEN $15 THEN NULL ELSE sync_cursor END, \
                sync_progress = CASE WHEN $15 THEN NULL ELSE sync_progress END, \
                sync_needed = (sync_needed OR $15), \
                poke_seq = CASE WHEN $15 THEN poke_seq + 1 ELSE poke_seq END, \
                local_cursor = CASE WHEN $16 THEN 0 ELSE local_cursor END \
             WHERE tenant_id = $1 AND id = $2",
            values,
        )
        .await?;
        if relook.decides {
            self.decide_anew(&mut tx, connection_id, privacy != Privacy::Full, now).await?;
        }
        let connection = self.visible_connection(&mut tx, connection_id).await?;
        tx.commit().await?;
        Ok(connection)
    }

    /// Has all items decided again although their versions are known.
    async fn decide_anew(
        &self,
        tx: &mut Tx,
        connection_id: &str,
        forget_raw: bool,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        tx.execute(
            "UPDATE external_calendar_events SET updated_at = $3, \
                sync_status = CASE WHEN role = 'origin' AND sync_status = 'SYNCED' THEN 'CREATED' ELSE sync_status END, \
                raw = CASE WHEN $4 THEN NULL ELSE raw END \
             WHERE tenant_id = $1 AND connection_id = $2 AND sync_status <> 'DELETED'",
            values![self.tenant_id(), connection_id, now, forget_raw],
        )
        .await?;
        Ok(())
    }

    /// How many mapping rows a deletion would take along.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn count_mappings(&self, connection_id: &str) -> Result<i64, StoreError> {
        let mut tx = self.read().await?;
        self.visible_connection(&mut tx, connection_id).await?;
        self.mapping_rows(&mut tx, connection_id).await
    }

    async fn mapping_rows(&self, tx: &mut Tx, connection_id: &str) -> Result<i64, StoreError> {
        let row = tx
            .fetch_one(
                "count",
                "SELECT COUNT(*) AS n FROM external_calendar_events WHERE tenant_id = $1 AND connection_id = $2",
                values![self.tenant_id(), connection_id],
            )
            .await?;
        row.int("n")
    }

    /// Deletes a connection with its mappings, and the local events that came by it and that no
    /// other connection maps. The local calendar stays, and so do the journal and the audit log.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn delete_connection(
        &self,
        connection_id: &str,
        now: Timestamp,
    ) -> Result<DeletedConnection, StoreError> {
        let mut tx = self.write().await?;
        self.visible_connection(&mut tx, connection_id).await?;
        let deleted = self.remove_connection(&mut tx, connection_id, to_millis(now)).await?;
        tx.commit().await?;
        Ok(deleted)
    }

    pub(super) async fn remove_connection(
        &self,
        tx: &mut Tx,
        connection_id: &str,
        now: Timestamp,
    ) -> Result<DeletedConnection, StoreError> {
        // The calendar before its connections, as everywhere. Then the row itself: a run that is under
        // way waits here or finds its lease gone.
        tx.fetch_optional(
            "SELECT id FROM calendars WHERE tenant_id = $1 AND id = \
                (SELECT calendar_id FROM external_calendar_connections WHERE tenant_id = $1 AND id = $2) {for_update}",
            values![self.tenant_id(), connection_id],
        )
        .await?;
        let row = tx
            .fetch_one(
                "connection",
                "UPDATE external_calendar_connections SET lease_epoch = lease_epoch + 1, lease_owner = NULL, \
                    lease_until = NULL, updated_at = $3 WHERE tenant_id = $1 AND id = $2 RETURNING calendar_id",
                values![self.tenant_id(), connection_id, now],
            )
            .await?;
        let mappings = self.mapping_rows(tx, connection_id).await?;
        let events = self.remove_events(tx, row.str("calendar_id")?, connection_id, now).await?;
        tx.execute(
            "DELETE FROM external_calendar_connections WHERE tenant_id = $1 AND id = $2",
            values![self.tenant_id(), connection_id],
        )
        .await?;
        // What was deleted here and waited for this vendor to know.
        tx.execute(
            "DELETE FROM calendar_events WHERE tenant_id = $1 AND calendar_id = $2 AND deleted_at IS NOT NULL \
               AND NOT EXISTS (SELECT 1 FROM external_calendar_events m WHERE m.tenant_id = $1 \
                   AND m.event_id = calendar_events.id {fence})",
            values![self.tenant_id(), row.str("calendar_id")?],
        )
        .await?;
        Ok(DeletedConnection { mappings, events })
    }

    /// Deletes what only this connection mapped, and tells the readers of the change feed.
    async fn remove_events(
        &self,
        tx: &mut Tx,
        calendar_id: &str,
        connection_id: &str,
        now: Timestamp,
    ) -> Result<i64, StoreError> {
        let rows = tx
            .fetch_all(
                "SELECT m.event_id, m.series_id FROM external_calendar_events m \
                 WHERE m.tenant_id = $1 AND m.connection_id = $2 AND m.event_id IS NOT NULL AND m.role = 'origin' \
                   AND NOT EXISTS (SELECT 1 FROM external_calendar_events o WHERE o.tenant_id = m.tenant_id \
                       AND o.event_id = m.event_id AND o.connection_id <> m.connection_id)",
                values![self.tenant_id(), connection_id],
            )
            .await?;
        let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        tx.execute(
            "DELETE FROM external_calendar_events WHERE tenant_id = $1 AND connection_id = $2",
            values![self.tenant_id(), connection_id],
        )
        .await?;
        if rows.is_empty() {
            return Ok(0);
        }
        self.report_deletions(tx, calendar_id, &rows, now).await?;
        let ids = rows.iter().map(|row| row.text("event_id")).collect::<Result<Vec<_>, _>>()?;
        tx.execute("DELETE FROM calendar_events WHERE tenant_id = $1 AND id {any $2}", values![self.tenant_id(), ids])
            .await?;
        Ok(count)
    }

    async fn report_deletions(
        &self,
        tx: &mut Tx,
        calendar_id: &str,
        events: &[Row],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let count = i64::try_from(events.len()).unwrap_or(i64::MAX);
        let first = allot_seq(tx, self.tenant_id(), calendar_id, events.len()).await? + 1 - count;
        let mut feed = Vec::with_capacity(events.len());
        for (seq, event) in (first..).zip(events) {
            feed.push(Ok(values![seq, event.str("event_id")?, event.str("series_id")?]));
        }
        let shared = values![self.tenant_id(), calendar_id, "delete", now];
        tx.execute_bulk(Bulk::new(INSERT_FEED, "", shared, feed)).await?;
        Ok(())
    }

    /// Health of the visible connections.
    ///
    /// # Errors
    /// What the database says.
    pub async fn health(&self) -> Result<Vec<HealthRow>, StoreError> {
        let mut tx = self.read().await?;
        let rows = tx
            .fetch_all(
                concat!(
                    "SELECT ",
                    health_columns!(),
                    " WHERE c.tenant_id = $1 AND ($2 = '' OR c.provider_id = $2) ORDER BY c.id"
                ),
                values![self.tenant_id(), self.visible_owner()],
            )
            .await?;
        rows.iter().map(|row| read_health(row, true)).collect()
    }
}
