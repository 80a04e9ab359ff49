//! What a run asks of mapping rows: versions, retries, what a reading has not seen, what enters the
//! window.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use tidecal_core::sync::ItemState;

use super::Lease;
use crate::StoreError;
use crate::database::{Backend, Row, Tx, values};
use crate::scope::System;

/// An item to be tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryItem {
    /// The vendor's id of the item.
    pub external_event_id: String,
    /// The vendor's id of the series.
    pub external_series_id: String,
}

/// An item that a full comparison has not seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnseenItem {
    /// The vendor's id of the item.
    pub external_event_id: String,
    /// The vendor's id of the series.
    pub external_series_id: String,
    /// Whether a local event hangs on it.
    pub has_event: bool,
}

/// Mapping rows (`m`) of a lease ($1 tenant, $2 connection) with a key in the list $3, each found by
/// its index. PostgreSQL has no statistics of a table that is being filled and would walk all rows
/// of the connection for every key: the fence keeps it from that.
macro_rules! mappings_by {
    ($key:literal, $columns:expr, $rest:literal) => {
        [
            concat!(
                "SELECT ",
                $columns,
                " FROM json_each($3) AS wanted CROSS JOIN external_calendar_events m ON m.tenant_id = $1 \
                  AND m.connection_id = $2 AND m.",
                $key,
                " = wanted.value ",
                $rest
            ),
            concat!(
                "SELECT ",
                $columns,
                " FROM unnest($3) AS wanted(value) CROSS JOIN LATERAL (SELECT * FROM external_calendar_events i \
                  WHERE i.tenant_id = $1 AND i.connection_id = $2 AND i.",
                $key,
                " = wanted.value OFFSET 0) m ",
                $rest
            ),
        ]
    };
}

pub(super) use mappings_by;

/// A statement for SQLite and one for PostgreSQL.
pub(super) type PerBackend = [&'static str; 2];

/// The one of the two that this database takes.
pub(super) fn pick(tx: &Tx, [sqlite, postgres]: PerBackend) -> &'static str {
    if tx.backend() == Backend::Sqlite { sqlite } else { postgres }
}

const ITEMS: PerBackend = mappings_by!("external_event_id", "DISTINCT m.external_event_id, m.external_series_id", "");

/// The master's row has the empty recurrence id and comes first.
const VERSIONS: PerBackend = mappings_by!(
    "external_event_id",
    "m.external_event_id, m.version, m.verdict, m.sync_status",
    "ORDER BY m.recurrence_id"
);

impl System<'_> {
    /// Series (vendor's ids) to which these items belong; unknown items are left out.
    ///
    /// # Errors
    /// What the database says.
    pub async fn load_items(
        &self,
        lease: &Lease,
        item_ids: &[String],
    ) -> Result<HashMap<String, Vec<String>>, StoreError> {
        let mut series: HashMap<String, Vec<String>> = HashMap::new();
        let rows = self.fetch_mappings(ITEMS, lease, item_ids).await?;
        for row in rows {
            series.entry(row.text("external_event_id")?).or_default().push(row.text("external_series_id")?);
        }
        Ok(series)
    }

    /// Stored versions of these items, so that unchanged ones are not fetched.
    ///
    /// # Errors
    /// What the database says.
    pub async fn load_versions(
        &self,
        lease: &Lease,
        item_ids: &[String],
    ) -> Result<HashMap<String, ItemState>, StoreError> {
        let mut items = HashMap::new();
        let rows = self.fetch_mappings(VERSIONS, lease, item_ids).await?;
        for row in rows {
            let state = ItemState {
                version: row.text("version")?,
                verdict: row.word("verdict")?,
                status: row.word("sync_status")?,
            };
            items.entry(row.text("external_event_id")?).or_insert(state);
        }
        Ok(items)
    }

    /// A key that is asked for twice is answered once.
    pub(super) async fn fetch_mappings(
        &self,
        sql: PerBackend,
        lease: &Lease,
        keys: &[String],
    ) -> Result<Vec<Row>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let wanted: BTreeSet<&String> = keys.iter().collect();
        let wanted: Vec<String> = wanted.into_iter().cloned().collect();
        let mut tx = self.glance().await?;
        let sql = pick(&tx, sql);
        let rows = tx.fetch_all(sql, values![&lease.tenant_id, &lease.connection_id, wanted]).await?;
        Ok(rows)
    }

    /// Inbound items that an operator put back to `CREATED`: they are fetched and decided again.
    ///
    /// # Errors
    /// What the database says.
    pub async fn load_retries(&self, lease: &Lease, limit: i64) -> Result<Vec<RetryItem>, StoreError> {
        let mut tx = self.glance().await?;
        let rows = tx
            .fetch_all(
                "SELECT DISTINCT external_event_id, external_series_id \
                 FROM external_calendar_events {by idx_external_calendar_events_waiting} \
                 WHERE tenant_id = $1 AND connection_id = $2 AND sync_status = 'CREATED' AND role = 'origin' \
                   AND sync_status IN ('CREATED', 'UPDATED') \
                 ORDER BY external_event_id LIMIT $3",
                values![&lease.tenant_id, &lease.connection_id, limit],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(RetryItem {
                    external_event_id: row.text("external_event_id")?,
                    external_series_id: row.text("external_series_id")?,
                })
            })
            .collect()
    }

    /// Known items that the running comparison has not seen, in the order of their ids, after the
    /// given one; copies count once the vendor has confirmed them. `lower` is the bound of the reading: what ended before it could not be seen.
    ///
    /// # Errors
    /// What the database says.
    pub async fn unseen(
        &self,
        lease: &Lease,
        reading_id: &str,
        lower: Option<Timestamp>,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<UnseenItem>, StoreError> {
        let mut tx = self.glance().await?;
        let rows = tx
            .fetch_all(
                "SELECT m.external_event_id, MIN(m.external_series_id) AS external_series_id, \
                    COUNT(m.event_id) AS events \
                 FROM external_calendar_events m \
                 WHERE m.tenant_id = $1 AND m.connection_id = $2 AND m.external_event_id > $3 \
                   AND m.sync_status <> 'DELETED' AND (m.role = 'origin' OR m.sync_status <> 'CREATED') \
                   AND (CAST($4 AS {timestamp}) IS NULL OR m.end_at IS NULL OR m.end_at > $4) \
                   AND NOT EXISTS (SELECT 1 FROM sync_seen s WHERE s.connection_id = m.connection_id \
                       AND s.reading_id = $5 AND s.external_event_id = m.external_event_id {fence}) \
                 GROUP BY m.external_event_id ORDER BY m.external_event_id LIMIT $6",
                values![&lease.tenant_id, &lease.connection_id, after.unwrap_or(""), lower, reading_id, limit],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(UnseenItem {
                    external_event_id: row.text("external_event_id")?,
                    external_series_id: row.text("external_series_id")?,
                    has_event: row.int("events")? > 0,
                })
            })
            .collect()
    }

    /// Series (vendor's ids) with rows that waited outside the window and now lie in it, earliest
    /// first. Copies that wait to be made are told by [`System::load_local`].
    ///
    /// # Errors
    /// What the database says.
    pub async fn list_entering(
        &self,
        lease: &Lease,
        lower: Timestamp,
        upper: Timestamp,
        limit: i64,
    ) -> Result<Vec<String>, StoreError> {
        let mut tx = self.glance().await?;
        let rows = tx
            .fetch_all(
                "SELECT external_series_id, MIN(start_at) AS first_start \
                 FROM external_calendar_events {by idx_external_calendar_events_exceptional} \
                 WHERE tenant_id = $1 AND connection_id = $2 AND verdict = 'out_of_window' AND role = 'origin' \
                   AND (verdict <> 'mirrored' OR sync_status <> 'SYNCED') \
                   AND sync_status <> 'DELETED' AND start_at < $4 AND (end_at IS NULL OR end_at > $3) \
                 GROUP BY external_series_id ORDER BY first_start, external_series_id LIMIT $5",
                values![&lease.tenant_id, &lease.connection_id, lower, upper, limit],
            )
            .await?;
        rows.iter().map(|row| row.text("external_series_id")).collect()
    }
}
