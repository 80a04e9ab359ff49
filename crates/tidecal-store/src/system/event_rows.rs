//! The one place that writes local events, for runs and for people: it numbers the changes, checks
//! the versions that a decision saw, keeps the old content for every mapping that still rests on
//! it, and makes the other connections of the calendar due.
//!
//! Locks are taken in one order everywhere: the calendar, its connections, events, mappings.

use std::collections::BTreeMap;

use tidecal_core::model::Event;
use tidecal_core::sync::{EventKind, EventOp, EventWrite, KeptEvent, Span};

use super::commit::{CommitError, Place, expected_version};
use super::commit_rows::recurrence_text;
use crate::StoreError;
use crate::database::{Bulk, Tx, Value, values};
use crate::record::{event_content, event_values, pack_event, read_event};

const INSERT_EVENTS: &str = "INSERT INTO calendar_events (tenant_id, calendar_id, user_id, tzdb_version, created_at, \
    updated_at, id, series_id, kind, recurrence_id, external_event_id, version, seq, uid, title, description, \
    location, start_local, end_local, start_zone, end_zone, all_day, start_at, end_at, series_end_at, recurring, \
    status, visibility, transparency, event_type, organizer_email, details)";

pub(crate) const INSERT_FEED: &str = "INSERT INTO change_feed \
    (tenant_id, calendar_id, action, created_at, seq, event_id, series_id)";

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

/// How the reason of a mapping row begins that is kept out because the same meeting is here already
/// from another connection.
const TWIN_REASON: &str = "the same meeting%";

/// Numbers for that many changes of a calendar; its row stays locked until the commit, so that
/// numbers become visible in their order. Returns the last one.
pub(crate) async fn allot_seq(
    tx: &mut Tx,
    tenant_id: &str,
    calendar_id: &str,
    changes: usize,
) -> Result<i64, StoreError> {
    let changes = i64::try_from(changes).unwrap_or(i64::MAX);
    let row = tx
        .fetch_one(
            "calendar",
            "UPDATE calendars SET seq = seq + $3 WHERE tenant_id = $1 AND id = $2 RETURNING seq",
            values![tenant_id, calendar_id, changes],
        )
        .await?;
    row.int("seq")
}

/// Rows of other connections that were kept out because these events show the same meeting, and
/// whose they are.
#[derive(Default)]
pub(crate) struct Twins {
    rows: Vec<String>,
    connections: Vec<String>,
}

/// A local event as it is to be.
struct Said<'a> {
    write: &'a EventWrite,
    kind: EventKind,
    event: &'a Event,
    span: &'a Span,
    version: i64,
    seq: i64,
}

impl<'a> Said<'a> {
    fn row(&self) -> Result<Vec<Value<'a>>, StoreError> {
        let mut row = values![
            &self.write.id,
            &self.write.series_id,
            self.kind.as_str(),
            recurrence_text(self.write.recurrence_id.as_ref()),
            Some(self.write.external_event_id.as_str()).filter(|id| !id.is_empty()),
            self.version,
            self.seq,
        ];
        row.append(&mut event_values(self.event, self.span)?);
        Ok(row)
    }
}

/// Writes by what they do, numbered in their order.
#[derive(Default)]
struct Split<'a> {
    inserted: Vec<Said<'a>>,
    updated: Vec<Said<'a>>,
    deleted: Vec<(i64, &'a EventWrite)>,
}

impl<'a> Split<'a> {
    fn of(writes: &'a [EventWrite], first_seq: i64) -> Self {
        let mut split = Self::default();
        for (seq, write) in (first_seq..).zip(writes) {
            match &write.op {
                EventOp::Insert { kind, event, span } => {
                    split.inserted.push(Said { write, kind: *kind, event, span, version: 1, seq });
                }
                EventOp::Update { expected, kind, event, span } => {
                    split.updated.push(Said { write, kind: *kind, event, span, version: expected + 1, seq });
                }
                EventOp::Delete { .. } => split.deleted.push((seq, write)),
            }
        }
        split
    }
}

impl Place {
    /// Makes the other connections of the calendar due that write, and those whose twins appear.
    pub(crate) async fn wake_others(&self, tx: &mut Tx, deleted: &[String]) -> Result<Twins, StoreError> {
        let twins = self.find_twins(tx, deleted).await?;
        tx.execute(
            "UPDATE external_calendar_connections SET sync_needed = TRUE, poke_seq = poke_seq + 1 \
             WHERE tenant_id = $1 AND calendar_id = $2 AND id <> $3 AND (sync_direction <> 'inbound' OR id {any $4})",
            values![&self.tenant, &self.calendar, &self.connection, twins.connections.as_slice()],
        )
        .await?;
        Ok(twins)
    }

    async fn find_twins(&self, tx: &mut Tx, deleted: &[String]) -> Result<Twins, StoreError> {
        if deleted.is_empty() {
            return Ok(Twins::default());
        }
        let rows = tx
            .fetch_all(
                "SELECT DISTINCT uid FROM calendar_events WHERE tenant_id = $1 AND id {any $2} \
                   AND uid <> '' AND kind <> 'override'",
                values![&self.tenant, deleted],
            )
            .await?;
        let uids = rows.iter().map(|row| row.text("uid")).collect::<Result<Vec<_>, _>>()?;
        if uids.is_empty() {
            return Ok(Twins::default());
        }
        let rows = tx
            .fetch_all(
                "SELECT m.id, m.connection_id FROM external_calendar_events m {by idx_external_calendar_events_twins} \
                 JOIN external_calendar_connections c ON c.tenant_id = m.tenant_id AND c.id = m.connection_id \
                 WHERE m.tenant_id = $1 AND m.uid {any $2} AND m.verdict = 'filtered' AND m.reason LIKE $5 \
                   AND m.connection_id <> $3 AND m.sync_status <> 'DELETED' AND c.calendar_id = $4",
                values![&self.tenant, uids, &self.connection, &self.calendar, TWIN_REASON],
            )
            .await?;
        let mut twins = Twins::default();
        for row in rows {
            twins.rows.push(row.text("id")?);
            twins.connections.push(row.text("connection_id")?);
        }
        Ok(twins)
    }

    /// Has the twins of what goes looked at again.
    pub(crate) async fn try_twins(&self, tx: &mut Tx, twins: &Twins) -> Result<(), StoreError> {
        if twins.rows.is_empty() {
            return Ok(());
        }
        tx.execute(
            "UPDATE external_calendar_events SET sync_status = 'CREATED', updated_at = $3 \
             WHERE tenant_id = $1 AND id {any $2}",
            values![&self.tenant, twins.rows.as_slice(), self.now],
        )
        .await?;
        Ok(())
    }

    /// Inserts, replaces and deletes local events; `last_seq` is the last number that was allotted
    /// for them. Their versions were checked before.
    pub(crate) async fn write_events(
        &self,
        tx: &mut Tx,
        writes: &[EventWrite],
        last_seq: i64,
    ) -> Result<(), StoreError> {
        let first_seq = last_seq + 1 - i64::try_from(writes.len()).unwrap_or(i64::MAX);
        let Split { inserted, updated, deleted } = Split::of(writes, first_seq);
        self.delete_events(tx, &deleted).await?;
        tx.execute_bulk(self.rows("", inserted)).await?;
        tx.execute_bulk(self.rows(REPLACE_EVENTS, updated)).await?;
        Ok(())
    }

    fn rows<'a>(&'a self, tail: &'static str, said: Vec<Said<'a>>) -> Bulk<'a> {
        let shared = values![&self.tenant, &self.calendar, &self.person, &self.tzdb, self.now, self.now];
        Bulk::new(INSERT_EVENTS, tail, shared, said.into_iter().map(|said| said.row()))
    }

    /// Compares the versions of events that change, and of those that the commit relies upon; holds
    /// their rows; then keeps the old content where it is still needed.
    pub(crate) async fn check_versions(
        &self,
        tx: &mut Tx,
        writes: &[EventWrite],
        kept: &[KeptEvent],
    ) -> Result<(), CommitError> {
        let changing: BTreeMap<&str, i64> =
            writes.iter().filter_map(|it| Some((it.id.as_str(), expected_version(&it.op)?))).collect();
        let mut expected: BTreeMap<&str, i64> = kept.iter().map(|it| (it.id.as_str(), it.expected)).collect();
        expected.extend(&changing);
        if expected.is_empty() {
            return Ok(());
        }
        let ids: Vec<String> = expected.keys().map(|id| (*id).to_owned()).collect();
        let found = self.lock_events(tx, &ids).await?;
        let moved: Vec<String> = expected
            .iter()
            .filter(|(id, version)| found.get(**id) != Some(version))
            .map(|(id, _)| (*id).to_owned())
            .collect();
        if !moved.is_empty() {
            return Err(CommitError::EventsMoved(moved));
        }
        let ids: Vec<String> = changing.keys().map(|id| (*id).to_owned()).collect();
        Ok(self.keep_bases(tx, &ids).await?)
    }

    /// Versions of the events that are there, in the order of their ids, so that two who want the
    /// same rows do not wait for each other.
    pub(crate) async fn lock_events(&self, tx: &mut Tx, ids: &[String]) -> Result<BTreeMap<String, i64>, StoreError> {
        let rows = tx
            .fetch_all(
                "SELECT id, version FROM calendar_events \
                 WHERE tenant_id = $1 AND id {any $2} AND calendar_id = $3 ORDER BY id {for_update}",
                values![&self.tenant, ids, &self.calendar],
            )
            .await?;
        rows.iter().map(|row| Ok((row.text("id")?, row.int("version")?))).collect()
    }

    /// Before an event changes, its content is copied into the mappings that rest on it as it is. A
    /// run writes the mappings of its own connection itself; a person's edit has none.
    pub(crate) async fn keep_bases(&self, tx: &mut Tx, ids: &[String]) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let rows = tx
            .fetch_all(
                concat!(
                    "SELECT e.id, e.version, ",
                    event_content!(),
                    " FROM calendar_events e WHERE e.tenant_id = $1 AND e.id {any $2} AND EXISTS ( \
                        SELECT 1 FROM external_calendar_events m WHERE m.tenant_id = e.tenant_id \
                          AND m.event_id = e.id AND m.connection_id <> $3 AND m.base_version = e.version \
                          AND m.local_base IS NULL)"
                ),
                values![&self.tenant, ids, &self.connection],
            )
            .await?;
        for row in rows {
            tx.execute(
                "UPDATE external_calendar_events SET local_base = $4 WHERE tenant_id = $1 AND event_id = $2 \
                   AND connection_id <> $3 AND base_version = $5 AND local_base IS NULL",
                values![
                    &self.tenant,
                    row.str("id")?,
                    &self.connection,
                    pack_event(&read_event(&row)?)?,
                    row.int("version")?,
                ],
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
                sync_status = CASE WHEN connection_id = $3 OR sync_status = 'DELETED' THEN sync_status \
                    ELSE 'UPDATED' END \
             WHERE tenant_id = $1 AND event_id {any $2}",
            values![&self.tenant, ids.as_slice(), &self.connection],
        )
        .await?;
        tx.execute("DELETE FROM calendar_events WHERE tenant_id = $1 AND id {any $2}", values![&self.tenant, ids])
            .await?;
        let feed = deleted.iter().map(|(seq, write)| Ok(values![*seq, &write.id, &write.series_id]));
        let shared = values![&self.tenant, &self.calendar, "delete", self.now];
        tx.execute_bulk(Bulk::new(INSERT_FEED, "", shared, feed)).await?;
        Ok(())
    }

    /// Answers to invitations that have reached the vendor wait no longer.
    pub(super) async fn clear_answers(&self, tx: &mut Tx, answered: &[String]) -> Result<(), StoreError> {
        if answered.is_empty() {
            return Ok(());
        }
        tx.execute(
            "UPDATE calendar_events SET pending_answer = NULL WHERE tenant_id = $1 AND id {any $2}",
            values![&self.tenant, answered],
        )
        .await?;
        Ok(())
    }
}

/// Ids of the events that these writes delete.
pub(super) fn deletions(writes: &[EventWrite]) -> Vec<String> {
    let gone = writes.iter().filter(|write| matches!(write.op, EventOp::Delete { .. }));
    gone.map(|write| write.id.clone()).collect()
}
