//! People's edits of local events: rows of a series in one transaction, with the versions that the
//! person saw.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use tidecal_core::sync::{EventOp, EventWrite};

use crate::StoreError;
use crate::database::{Bulk, Row, Tx, decode_error, to_millis, values};
use crate::record::{EventRow, LocalOp, LocalVersion, LocalWrite, SeriesDetail, SeriesRow, event_row, read_event_row};
use crate::scope::Tenant;
use crate::system::{CommitError, INSERT_FEED, Place, allot_seq, tzdb_version};

const SERIES: &str = concat!(
    "SELECT ",
    event_row!(),
    ", e.external_event_id, e.deleted_at, e.consent_version, e.edited_version, e.pending_answer, e.created_at, \
      e.updated_at FROM calendar_events e {by idx_calendar_events_series} \
      WHERE e.tenant_id = $1 AND e.series_id = $2 ORDER BY e.recurrence_id, e.id"
);

impl Tenant<'_> {
    /// Writes rows of a calendar; all of them or none. The versions are those of the same rows
    /// afterwards, in their order. `consent`: the person agrees that guests are mailed about these
    /// versions. Connections that write are due at once.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for the calendar, [`StoreError::EventsMoved`] if a version is not the
    /// one that the person saw, [`StoreError::Exists`] for an id that is taken.
    pub async fn write_local(
        &self,
        calendar_id: &str,
        writes: &[LocalWrite],
        consent: bool,
        now: Timestamp,
    ) -> Result<Vec<LocalVersion>, StoreError> {
        let mut tx = self.write().await?;
        let versions = self.write_local_in(&mut tx, calendar_id, writes, consent, to_millis(now)).await?;
        tx.commit().await?;
        Ok(versions)
    }

    pub(super) async fn write_local_in(
        &self,
        tx: &mut Tx,
        calendar_id: &str,
        writes: &[LocalWrite],
        consent: bool,
        now: Timestamp,
    ) -> Result<Vec<LocalVersion>, StoreError> {
        let owner = self.calendar_owner(tx, calendar_id).await?;
        if writes.is_empty() {
            return Ok(Vec::new());
        }
        let last_seq = allot_seq(tx, self.tenant_id(), calendar_id, writes.len()).await?;
        let place = Place {
            tenant: self.tenant_id().into(),
            connection: "".into(),
            connection_name: "".into(),
            calendar: calendar_id.into(),
            person: owner.into(),
            tzdb: tzdb_version(),
            now,
        };
        let ids: Vec<String> = writes.iter().map(|write| write.id.clone()).collect();
        let deleted: Vec<String> = deletions(writes).map(|write| write.id.clone()).collect();
        let twins = place.wake_others(tx, &deleted).await?;
        let origins = self.origins(tx, &ids).await?;
        let rows: Vec<EventWrite> = writes.iter().map(|write| event_write(write, &origins)).collect();
        place.check_versions(tx, &rows, &[]).await.map_err(moved)?;
        let shown = self.still_shown(tx, &deleted).await?;
        let written = write_rows(tx, &place, rows, &shown, last_seq).await;
        written.map_err(|error| if error.is_unique_violation() { StoreError::Exists("event") } else { error })?;
        place.try_twins(tx, &twins).await?;
        self.note_edit(tx, &ids, consent).await?;
        self.note_answers(tx, writes).await?;
        let versions = place.lock_events(tx, &ids).await?;
        Ok(ids.into_iter().map(|id| LocalVersion { version: versions.get(&id).copied(), id }).collect())
    }

    /// Ids that these events have where they came from: an edit keeps them.
    async fn origins(&self, tx: &mut Tx, ids: &[String]) -> Result<BTreeMap<String, String>, StoreError> {
        let rows = tx
            .fetch_all(
                "SELECT id, external_event_id FROM calendar_events \
                 WHERE tenant_id = $1 AND id {any $2} AND external_event_id IS NOT NULL",
                values![self.tenant_id(), ids],
            )
            .await?;
        rows.iter().map(|row| Ok((row.text("id")?, row.text("external_event_id")?))).collect()
    }

    /// Which of these events some connection maps: they go when every vendor knows.
    async fn still_shown(&self, tx: &mut Tx, ids: &[String]) -> Result<HashSet<String>, StoreError> {
        if ids.is_empty() {
            return Ok(HashSet::new());
        }
        let rows = tx
            .fetch_all(
                "SELECT DISTINCT event_id FROM external_calendar_events \
                 WHERE tenant_id = $1 AND event_id {any $2} AND sync_status <> 'DELETED'",
                values![self.tenant_id(), ids],
            )
            .await?;
        rows.iter().map(|row| row.text("event_id")).collect()
    }

    async fn note_edit(&self, tx: &mut Tx, ids: &[String], consent: bool) -> Result<(), StoreError> {
        tx.execute(
            "UPDATE calendar_events SET edited_version = version, \
                consent_version = CASE WHEN $3 THEN version ELSE consent_version END \
             WHERE tenant_id = $1 AND id {any $2}",
            values![self.tenant_id(), ids, consent],
        )
        .await?;
        Ok(())
    }

    async fn note_answers(&self, tx: &mut Tx, writes: &[LocalWrite]) -> Result<(), StoreError> {
        for write in writes {
            let Some(answer) = &write.answer else { continue };
            let json = serde_json::to_string(answer).map_err(|error| decode_error("answer", &error.to_string()))?;
            tx.execute(
                "UPDATE calendar_events SET pending_answer = $3 WHERE tenant_id = $1 AND id = $2",
                values![self.tenant_id(), &write.id, json],
            )
            .await?;
        }
        Ok(())
    }

    /// The series (or single event) to which an event belongs, with all its rows.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn get_series(&self, event_id: &str) -> Result<SeriesDetail, StoreError> {
        let mut tx = self.read().await?;
        let event = tx
            .fetch_one(
                "event",
                "SELECT e.calendar_id, e.series_id, k.owner_id FROM calendar_events e \
                 JOIN calendars k ON k.tenant_id = e.tenant_id AND k.id = e.calendar_id \
                 WHERE e.tenant_id = $1 AND ($2 = '' OR k.owner_id = $2) AND e.id = $3",
                values![self.tenant_id(), self.visible_owner(), event_id],
            )
            .await?;
        self.read_series(&mut tx, &event).await
    }

    /// The same by the id of the series, if any of its rows is there.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn get_series_by_id(&self, series_id: &str) -> Result<SeriesDetail, StoreError> {
        let mut tx = self.read().await?;
        let event = tx
            .fetch_one(
                "event",
                "SELECT e.calendar_id, e.series_id, k.owner_id FROM calendar_events e \
                 JOIN calendars k ON k.tenant_id = e.tenant_id AND k.id = e.calendar_id \
                 WHERE e.tenant_id = $1 AND ($2 = '' OR k.owner_id = $2) AND e.series_id = $3 LIMIT 1",
                values![self.tenant_id(), self.visible_owner(), series_id],
            )
            .await?;
        self.read_series(&mut tx, &event).await
    }

    async fn read_series(&self, tx: &mut Tx, event: &Row) -> Result<SeriesDetail, StoreError> {
        let series_id = event.text("series_id")?;
        let rows = tx.fetch_all(SERIES, values![self.tenant_id(), &series_id]).await?;
        let rows = rows.iter().map(read_series_row).collect::<Result<_, _>>()?;
        Ok(SeriesDetail { calendar_id: event.text("calendar_id")?, owner_id: event.text("owner_id")?, series_id, rows })
    }
}

fn read_series_row(row: &Row) -> Result<SeriesRow, StoreError> {
    let answer = row.opt_str("pending_answer")?.map(serde_json::from_str).transpose();
    let event: EventRow = read_event_row(row)?;
    Ok(SeriesRow {
        row: event,
        deleted: row.opt_time("deleted_at")?.is_some(),
        external_event_id: row.opt_text("external_event_id")?,
        consent: row.opt_int("consent_version")?,
        edited: row.int("edited_version")?,
        answer: answer.map_err(|error| decode_error("pending_answer", &error.to_string()))?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

fn deletions(writes: &[LocalWrite]) -> impl Iterator<Item = &LocalWrite> {
    writes.iter().filter(|write| matches!(write.op, LocalOp::Delete { .. }))
}

fn event_write(write: &LocalWrite, origins: &BTreeMap<String, String>) -> EventWrite {
    let op = match write.op.clone() {
        LocalOp::Insert { kind, event, span } => EventOp::Insert { kind, event, span },
        LocalOp::Update { expected, kind, event, span } => EventOp::Update { expected, kind, event, span },
        LocalOp::Delete { expected } => EventOp::Delete { expected },
    };
    EventWrite {
        id: write.id.clone(),
        series_id: write.series_id.clone(),
        recurrence_id: write.recurrence_id,
        external_event_id: origins.get(&write.id).cloned().unwrap_or_default(),
        op,
    }
}

/// Deletions of what a vendor still shows leave a row behind; all else is written as a run writes it.
async fn write_rows(
    tx: &mut Tx,
    place: &Place,
    rows: Vec<EventWrite>,
    shown: &HashSet<String>,
    last_seq: i64,
) -> Result<(), StoreError> {
    let is_soft = |row: &EventWrite| matches!(row.op, EventOp::Delete { .. }) && shown.contains(&row.id);
    let (soft, hard): (Vec<EventWrite>, Vec<EventWrite>) = rows.into_iter().partition(is_soft);
    let hard_seq = last_seq - i64::try_from(soft.len()).unwrap_or(0);
    place.write_events(tx, &hard, hard_seq).await?;
    let mut feed = Vec::with_capacity(soft.len());
    for (seq, row) in (hard_seq + 1..).zip(&soft) {
        tx.execute(
            "UPDATE calendar_events SET deleted_at = $3, version = version + 1, seq = $4, pending_answer = NULL, \
                updated_at = $3 WHERE tenant_id = $1 AND id = $2",
            values![&place.tenant, &row.id, place.now, seq],
        )
        .await?;
        feed.push(Ok(values![seq, &row.id, &row.series_id]));
    }
    let shared = values![&place.tenant, &place.calendar, "delete", place.now];
    tx.execute_bulk(Bulk::new(INSERT_FEED, "", shared, feed)).await?;
    Ok(())
}

fn moved(error: CommitError) -> StoreError {
    match error {
        CommitError::EventsMoved(ids) => StoreError::EventsMoved { ids },
        CommitError::Store(error) => error,
        // Leases and cursors are no matter of a person's edit.
        CommitError::LeaseLost | CommitError::CursorMoved => StoreError::NotFound("calendar"),
    }
}
