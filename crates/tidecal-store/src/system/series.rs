//! What a decision needs to know: series with their mappings and local events, in batches.

use std::collections::{BTreeSet, HashMap, HashSet};

use tidecal_core::sync::{Binding, ComponentState, Echo, Identity, LocalEvent, SeriesState, TwinKind};

use super::Lease;
use super::load::{PerBackend, mappings_by, pick};
use super::twins::find_twins;
use crate::StoreError;
use crate::database::{Row, Tx, decode_error, values};
use crate::record::{event_content, read_event, recurrence_id, unpack_event};
use crate::scope::System;

/// Columns of a [`LocalEvent`], of a table called `e`.
macro_rules! local_columns {
    () => {
        concat!(
            "e.id AS local_id, e.version AS local_version, e.recurrence_id AS local_recurrence_id, e.deleted_at, \
             e.updated_at, e.edited_version, e.consent_version, e.pending_answer, ",
            event_content!()
        )
    };
}

/// Columns of a [`ComponentState`], of tables called `m` and (the local event) `e`.
macro_rules! component_columns {
    () => {
        concat!(
            "m.external_series_id, m.external_event_id, m.recurrence_id, m.series_id, m.version AS item_version, \
             m.base_version, m.base, m.local_base, m.verdict, m.reason, m.sync_status, m.role, m.generation, m.echo, ",
            local_columns!()
        )
    };
}

/// Rows of series ($3, the vendor's ids): those whose item is the series itself, found by the item,
/// and the few others, for which alone there is an index of series.
const SERIES: PerBackend = [
    concat!(
        "SELECT ",
        component_columns!(),
        " FROM json_each($3) AS wanted CROSS JOIN external_calendar_events m ON m.tenant_id = $1 \
          AND m.connection_id = $2 AND m.external_event_id = wanted.value AND m.external_series_id = wanted.value \
          LEFT JOIN calendar_events e ON e.tenant_id = m.tenant_id AND e.id = m.event_id \
          UNION ALL SELECT ",
        component_columns!(),
        " FROM json_each($3) AS wanted CROSS JOIN external_calendar_events m \
          INDEXED BY idx_external_calendar_events_series ON m.tenant_id = $1 \
          AND m.connection_id = $2 AND m.external_series_id = wanted.value \
          AND m.external_series_id <> m.external_event_id \
          LEFT JOIN calendar_events e ON e.tenant_id = m.tenant_id AND e.id = m.event_id \
          ORDER BY m.external_series_id, m.recurrence_id"
    ),
    concat!(
        "SELECT ",
        component_columns!(),
        " FROM unnest($3) AS wanted(value) CROSS JOIN LATERAL ( \
            SELECT * FROM external_calendar_events i WHERE i.tenant_id = $1 AND i.connection_id = $2 \
              AND i.external_event_id = wanted.value AND i.external_series_id = wanted.value \
            UNION ALL SELECT * FROM external_calendar_events i WHERE i.tenant_id = $1 AND i.connection_id = $2 \
              AND i.external_series_id = wanted.value AND i.external_series_id <> i.external_event_id OFFSET 0) m \
          LEFT JOIN calendar_events e ON e.tenant_id = m.tenant_id AND e.id = m.event_id \
          ORDER BY m.external_series_id, m.recurrence_id"
    ),
];

/// The same by the local id of the series.
pub(super) const BY_LOCAL_ID: PerBackend = mappings_by!(
    "series_id",
    component_columns!(),
    "LEFT JOIN calendar_events e ON e.tenant_id = m.tenant_id AND e.id = m.event_id \
     ORDER BY m.series_id, m.recurrence_id"
);

/// Rows of series ($3) that have no mapping in this connection.
const UNMAPPED: &str = concat!(
    "SELECT e.series_id, ",
    local_columns!(),
    " FROM calendar_events e {by idx_calendar_events_series} \
      WHERE e.tenant_id = $1 AND e.series_id {any $3} \
        AND NOT EXISTS (SELECT 1 FROM external_calendar_events m WHERE m.tenant_id = $1 AND m.event_id = e.id \
            AND m.connection_id = $2 {fence}) ORDER BY e.series_id, e.recurrence_id"
);

/// Series ($3) that came from another connection.
const FOREIGN: &str = "SELECT DISTINCT m.series_id \
    FROM external_calendar_events m {by idx_external_calendar_events_local_series} \
    WHERE m.tenant_id = $1 AND m.series_id {any $3} AND m.connection_id <> $2 AND m.role = 'origin' \
      AND m.sync_status <> 'DELETED' AND m.event_id IS NOT NULL";

impl System<'_> {
    /// What is known of these series (vendor's ids), one entry each, in the order asked for; an
    /// unknown one is empty.
    ///
    /// # Errors
    /// What the database says, or a column that cannot be read.
    pub async fn load_series(&self, lease: &Lease, series_ids: &[String]) -> Result<Vec<SeriesState>, StoreError> {
        self.load_identified(lease, series_ids, &[]).await
    }

    /// The same; of unknown series that say who they are, twins are looked for: the original of a
    /// marked copy, or the same meeting that the local calendar shows already.
    ///
    /// # Errors
    /// What the database says, or a column that cannot be read.
    pub async fn load_identified(
        &self,
        lease: &Lease,
        series_ids: &[String],
        identities: &[Identity],
    ) -> Result<Vec<SeriesState>, StoreError> {
        let mut states: Vec<SeriesState> =
            series_ids.iter().map(|id| SeriesState { id: id.clone(), ..SeriesState::default() }).collect();
        let at: HashMap<&str, usize> = series_ids.iter().enumerate().map(|(at, id)| (id.as_str(), at)).collect();
        if series_ids.is_empty() {
            return Ok(states);
        }
        let mut tx = self.read().await?;
        for row in by_keys(&mut tx, SERIES, lease, series_ids).await? {
            let Some(state) = at.get(row.str("external_series_id")?).and_then(|at| states.get_mut(*at)) else {
                continue;
            };
            if state.series_id.is_none() {
                state.series_id = Some(row.text("series_id")?);
            }
            state.components.push(read_component(&row)?);
        }
        find_twins(&mut tx, lease, &mut states, identities).await?;
        complete(&mut tx, lease, &mut states).await?;
        tx.commit().await?;
        Ok(states)
    }
}

/// Rows with one of these keys; a key that is given twice is answered once.
pub(super) async fn by_keys(
    tx: &mut Tx,
    sql: PerBackend,
    lease: &Lease,
    keys: &[String],
) -> Result<Vec<Row>, StoreError> {
    let wanted: BTreeSet<&String> = keys.iter().collect();
    let wanted: Vec<String> = wanted.into_iter().cloned().collect();
    let sql = pick(tx, sql);
    tx.fetch_all(sql, values![&lease.tenant_id, &lease.connection_id, wanted]).await
}

/// Adds to known series (and to originals that were found) what has no mapping here, and whether
/// they came from elsewhere.
pub(super) async fn complete(tx: &mut Tx, lease: &Lease, states: &mut [SeriesState]) -> Result<(), StoreError> {
    let local_id = |state: &SeriesState| {
        let known = state.series_id.clone();
        let original = state.twin.as_ref().filter(|twin| twin.kind == TwinKind::Original);
        known.or_else(|| original.map(|twin| twin.series_id.clone()))
    };
    let ids: BTreeSet<String> = states.iter().filter_map(local_id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let ids: Vec<String> = ids.into_iter().collect();
    let values = || values![&lease.tenant_id, &lease.connection_id, ids.as_slice()];
    let mut unmapped: HashMap<String, Vec<LocalEvent>> = HashMap::new();
    for row in tx.fetch_all(UNMAPPED, values()).await? {
        unmapped.entry(row.text("series_id")?).or_default().push(read_local(&row)?);
    }
    let mut foreign = HashSet::new();
    for row in tx.fetch_all(FOREIGN, values()).await? {
        foreign.insert(row.text("series_id")?);
    }
    for state in states {
        if let Some(id) = local_id(state) {
            state.unmapped = unmapped.get(&id).cloned().unwrap_or_default();
            state.foreign = foreign.contains(&id);
        }
    }
    Ok(())
}

pub(super) fn read_component(row: &Row) -> Result<ComponentState, StoreError> {
    let packed = |column| row.opt_bytes(column)?.map(|packed| unpack_event(column, &packed)).transpose();
    let binding = Binding {
        external_event_id: row.text("external_event_id")?,
        recurrence_id: recurrence_id(row.str("recurrence_id")?)?,
        version: row.text("item_version")?,
        base_version: row.int("base_version")?,
        base: packed("base")?,
        local_base: packed("local_base")?,
        verdict: row.word("verdict")?,
        reason: row.text("reason")?,
        status: row.word("sync_status")?,
        role: row.word("role")?,
        generation: u32::try_from(row.int("generation")?).unwrap_or_default(),
        echo: read_json::<Echo>(row, "echo")?.unwrap_or_default(),
    };
    let local = if row.opt_str("local_id")?.is_some() { Some(read_local(row)?) } else { None };
    Ok(ComponentState { binding, local })
}

fn read_local(row: &Row) -> Result<LocalEvent, StoreError> {
    let (id, version) = (row.text("local_id")?, row.int("local_version")?);
    Ok(LocalEvent {
        deleted: row.opt_time("deleted_at")?.is_some(),
        recurrence_id: recurrence_id(row.str("local_recurrence_id")?)?,
        updated: row.opt_time("updated_at")?,
        edited: row.int("edited_version")?,
        consent: row.opt_int("consent_version")?,
        answer: read_json(row, "pending_answer")?,
        ..LocalEvent::new(id, version, read_event(row)?)
    })
}

fn read_json<T: serde::de::DeserializeOwned>(row: &Row, column: &str) -> Result<Option<T>, StoreError> {
    let Some(text) = row.opt_str(column)? else { return Ok(None) };
    serde_json::from_str(text).map(Some).map_err(|error| decode_error(column, &error.to_string()))
}
