//! What became of each remote event, and what each run did.

use tidecal_core::sync::Verdict;

use crate::StoreError;
use crate::database::values;
use crate::record::{MappingRow, RunRow, VerdictCounts, mapping_columns, read_mapping, read_run, run_columns};
use crate::scope::Tenant;

impl Tenant<'_> {
    /// Mapping rows of a connection, tombstones left out, oldest first, after the given id; with
    /// that verdict, if one is given.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn list_mappings(
        &self,
        connection_id: &str,
        verdict: Option<Verdict>,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<MappingRow>, StoreError> {
        let mut tx = self.read().await?;
        self.visible_connection(&mut tx, connection_id).await?;
        let verdict = verdict.map_or("", Verdict::as_str);
        let rows = tx
            .fetch_all(
                concat!(
                    "SELECT ",
                    mapping_columns!(),
                    " FROM external_calendar_events m \
                      LEFT JOIN calendar_events e ON e.tenant_id = m.tenant_id AND e.id = m.event_id \
                      WHERE m.tenant_id = $1 AND m.connection_id = $2 AND ($3 = '' OR m.verdict = $3) \
                        AND m.sync_status <> 'DELETED' AND m.id > $4 ORDER BY m.id LIMIT $5"
                ),
                values![self.tenant_id(), connection_id, verdict, after.unwrap_or(""), limit],
            )
            .await?;
        rows.iter().map(read_mapping).collect()
    }

    /// How many rows of a connection have which verdict, tombstones left out. Costs one walk over
    /// an index of the connection's rows and one over its few exceptional ones.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn verdict_counts(&self, connection_id: &str) -> Result<VerdictCounts, StoreError> {
        let mut tx = self.read().await?;
        self.visible_connection(&mut tx, connection_id).await?;
        let total = tx
            .fetch_one(
                "count",
                "SELECT COUNT(*) AS n FROM external_calendar_events WHERE connection_id = $1",
                values![connection_id],
            )
            .await?
            .int("n")?;
        let rows = tx
            .fetch_all(
                "SELECT verdict, sync_status, COUNT(*) AS n \
                 FROM external_calendar_events {by idx_external_calendar_events_exceptional} WHERE connection_id = $1 \
                   AND (verdict <> 'mirrored' OR sync_status <> 'SYNCED') GROUP BY verdict, sync_status",
                values![connection_id],
            )
            .await?;
        let mut counts = VerdictCounts::default();
        let mut simply_in_step = total;
        for row in rows {
            let n = row.int("n")?;
            simply_in_step -= n;
            if row.str("sync_status")? != "DELETED" {
                counts.add(row.word("verdict")?, n);
            }
        }
        counts.add(Verdict::Mirrored, simply_in_step);
        Ok(counts)
    }

    /// Runs of a connection that did something or were asked for, newest first.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn list_runs(&self, connection_id: &str, limit: i64) -> Result<Vec<RunRow>, StoreError> {
        let mut tx = self.read().await?;
        self.visible_connection(&mut tx, connection_id).await?;
        let rows = tx
            .fetch_all(
                concat!(
                    "SELECT ",
                    run_columns!(),
                    " FROM sync_runs WHERE tenant_id = $1 AND connection_id = $2 \
                      ORDER BY started_at DESC, id DESC LIMIT $3"
                ),
                values![self.tenant_id(), connection_id, limit],
            )
            .await?;
        rows.iter().map(read_run).collect()
    }
}
