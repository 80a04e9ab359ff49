//! Facts for the question why an event is where it is, or is not.

use std::collections::BTreeSet;

use tidecal_core::model::Provider;
use tidecal_core::sync::Role;

use super::history::JournalOf;
use crate::StoreError;
use crate::database::{Row, Tx, values};
use crate::record::{
    ConflictRow, JournalRow, MappingRow, RunRow, SeriesRow, SyncDirection, conflict_columns, mapping_columns,
    read_conflict, read_mapping, read_run, run_columns,
};
use crate::scope::Tenant;

/// All that is known of an event.
#[derive(Clone, Debug, PartialEq)]
pub struct EventFacts {
    /// Local id of the series.
    pub series_id: String,
    /// Rows of the series in the local calendar; none if it is not there.
    pub rows: Vec<SeriesRow>,
    /// Its mapping rows, in every visible connection.
    pub mappings: Vec<MappingFact>,
    /// The last entries of the journal about the series, newest first.
    pub journal: Vec<JournalRow>,
    /// Its conflicts, newest first.
    pub conflicts: Vec<ConflictRow>,
    /// The runs that the journal names.
    pub runs: Vec<RunRow>,
}

/// A mapping row and the connection that it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct MappingFact {
    /// Connection.
    pub connection_id: String,
    /// Its name.
    pub connection_name: String,
    /// Vendor.
    pub provider: Provider,
    /// Which way changes flow.
    pub direction: SyncDirection,
    /// Where the item came from.
    pub role: Role,
    /// How often a copy was made anew.
    pub generation: i64,
    /// Version of the local event that both sides last agreed on.
    pub base_version: i64,
    /// The row.
    pub mapping: MappingRow,
}

const MAPPINGS: &str = concat!(
    "SELECT c.id AS connection_id, c.name AS connection_name, c.provider, c.sync_direction, m.role, m.generation, \
     m.base_version, ",
    mapping_columns!(),
    " FROM external_calendar_events m {by idx_external_calendar_events_local_series} \
      JOIN external_calendar_connections c ON c.tenant_id = m.tenant_id AND c.id = m.connection_id \
      LEFT JOIN calendar_events e ON e.tenant_id = m.tenant_id AND e.id = m.event_id \
      WHERE m.tenant_id = $1 AND ($2 = '' OR c.provider_id = $2) AND m.series_id = $3 \
      ORDER BY c.id, m.recurrence_id, m.id"
);

/// Of a local row of the series, or of an item that is mapped to it: an item that was made anew has
/// another id, and the conflict that led to it keeps the old one.
const CONFLICTS: &str = concat!(
    "SELECT ",
    conflict_columns!(),
    " FROM conflicts x JOIN external_calendar_connections c ON c.tenant_id = x.tenant_id AND c.id = x.connection_id \
      LEFT JOIN calendar_events e ON e.tenant_id = x.tenant_id AND e.id = x.event_id \
      WHERE x.tenant_id = $1 AND ($2 = '' OR c.provider_id = $2) AND (e.series_id = $3 OR EXISTS (\
        SELECT 1 FROM external_calendar_events m {by idx_external_calendar_events_local_series} \
        WHERE m.tenant_id = $1 AND m.series_id = $3 AND m.connection_id = x.connection_id \
          AND m.external_event_id = x.external_event_id AND m.recurrence_id = x.recurrence_id)) ORDER BY x.id DESC"
);

/// The series of a local event, of a mapping row, or of a vendor's item.
const SERIES: &str = "SELECT e.series_id FROM calendar_events e \
        JOIN calendars k ON k.tenant_id = e.tenant_id AND k.id = e.calendar_id \
        WHERE e.tenant_id = $1 AND ($2 = '' OR k.owner_id = $2) AND e.id = $3 \
    UNION ALL SELECT m.series_id FROM external_calendar_events m \
        WHERE m.tenant_id = $1 AND ($2 = '' OR m.provider_id = $2) AND m.id = $3 \
    UNION ALL SELECT m.series_id FROM external_calendar_connections c \
        JOIN external_calendar_events m ON m.tenant_id = c.tenant_id AND m.connection_id = c.id \
        WHERE c.tenant_id = $1 AND ($2 = '' OR c.provider_id = $2) AND m.external_event_id = $3 LIMIT 1";

impl Tenant<'_> {
    /// What is known of an event, named by the id of a local event, of a mapping row, or by the
    /// vendor's id of the item. At most `entries` of the journal.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn event_facts(&self, id: &str, entries: i64) -> Result<EventFacts, StoreError> {
        let mut tx = self.read().await?;
        let owner = self.visible_owner();
        let row = tx.fetch_one("event", SERIES, values![self.tenant_id(), owner, id]).await?;
        let series_id = row.text("series_id")?;
        let mappings = tx.fetch_all(MAPPINGS, values![self.tenant_id(), owner, &series_id]).await?;
        let mappings: Vec<MappingFact> = mappings.iter().map(read_fact).collect::<Result<_, _>>()?;
        let conflicts = tx.fetch_all(CONFLICTS, values![self.tenant_id(), owner, &series_id]).await?;
        let conflicts = conflicts.iter().map(read_conflict).collect::<Result<_, _>>()?;
        tx.commit().await?;
        let rows = match self.get_series_by_id(&series_id).await {
            Err(StoreError::NotFound(_)) => Vec::new(),
            other => other?.rows,
        };
        let journal = self.list_journal(JournalOf::Series(&series_id), None, entries).await?;
        let runs = self.runs_of(&journal).await?;
        Ok(EventFacts { series_id, rows, mappings, journal, conflicts, runs })
    }

    async fn runs_of(&self, journal: &[JournalRow]) -> Result<Vec<RunRow>, StoreError> {
        let ids: BTreeSet<&String> = journal.iter().filter_map(|entry| entry.run_id.as_ref()).collect();
        let ids: Vec<String> = ids.into_iter().cloned().collect();
        let mut tx: Tx = self.read().await?;
        let rows = tx
            .fetch_all(
                concat!(
                    "SELECT ",
                    run_columns!(),
                    " FROM sync_runs WHERE tenant_id = $1 AND id {any $2} ORDER BY id DESC"
                ),
                values![self.tenant_id(), ids],
            )
            .await?;
        rows.iter().map(read_run).collect()
    }

    /// Ids and titles of visible local events whose title contains that text, newest first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn find_events_by_title(&self, text: &str, limit: i64) -> Result<Vec<(String, String)>, StoreError> {
        let mut tx = self.read().await?;
        let rows = tx
            .fetch_all(
                "SELECT e.id, e.title FROM calendars k JOIN calendar_events e ON e.tenant_id = k.tenant_id \
                    AND e.calendar_id = k.id \
                 WHERE k.tenant_id = $1 AND ($2 = '' OR k.owner_id = $2) AND e.deleted_at IS NULL \
                   AND LOWER(e.title) LIKE '%' || LOWER($3) || '%' ORDER BY e.id DESC LIMIT $4",
                values![self.tenant_id(), self.visible_owner(), text, limit],
            )
            .await?;
        rows.iter().map(|row| Ok((row.text("id")?, row.text("title")?))).collect()
    }
}

fn read_fact(row: &Row) -> Result<MappingFact, StoreError> {
    Ok(MappingFact {
        connection_id: row.text("connection_id")?,
        connection_name: row.text("connection_name")?,
        provider: row.word("provider")?,
        direction: row.word("sync_direction")?,
        role: row.word("role")?,
        generation: row.int("generation")?,
        base_version: row.int("base_version")?,
        mapping: read_mapping(row)?,
    })
}
