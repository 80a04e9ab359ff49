//! A store in memory for several connections of one local calendar. It insists on what the real one
//! insists on, and does beside a commit what the real one does: it numbers changes, keeps what other
//! connections still rest on, and lets them know of deletions.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use tidecal_core::model::Event;
use tidecal_core::policy::Window;
use tidecal_core::sync::{
    ComponentState, ConflictWrite, Counted, ItemState, LocalEvent, MappingStatus, MappingWrite, Progress, Role,
    SeriesState, Span, Verdict,
};
use tidecal_ical::RecurrenceId;

pub(super) use super::super::store::{Entry, Key, Lease, Refused};

/// The local calendar.
pub(super) const CALENDAR: &str = "01a1fd8c-6900-7000-8000-0000000000ff";

/// A local event.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) version: i64,
    /// Deleted by a person; the vendors are still to know.
    pub(super) deleted: bool,
    pub(super) series_id: String,
    pub(super) slot: Option<RecurrenceId>,
    pub(super) event: Event,
    pub(super) span: Span,
    /// Number of its last change.
    pub(super) seq: i64,
    /// Version of a person's last edit.
    pub(super) edited: i64,
    pub(super) consent: Option<i64>,
}

/// What is stored of one connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Side {
    pub(super) mappings: BTreeMap<Key, MappingWrite>,
    /// Open conflicts.
    pub(super) conflicts: BTreeMap<Key, ConflictWrite>,
    pub(super) journal: Vec<Entry>,
    pub(super) seen: BTreeSet<(String, String)>,
    pub(super) cursor: Option<String>,
    /// With the cursor under which it was written.
    pub(super) progress: Option<(Progress, Option<String>)>,
    pub(super) epoch: i64,
    pub(super) held: bool,
    pub(super) released: bool,
    pub(super) local_cursor: i64,
}

/// The database.
#[derive(Clone, Debug, Default)]
pub(super) struct Store {
    pub(super) events: BTreeMap<String, Row>,
    pub(super) sides: Vec<Side>,
    /// Number of the last change of the calendar.
    pub(super) seq: i64,
    /// Series of which rows went, by the number of that change.
    pub(super) feed: Vec<(i64, String)>,
}

pub(super) fn key_of(external_id: &str, slot: Option<&RecurrenceId>) -> Key {
    (external_id.to_owned(), slot.map(ToString::to_string).unwrap_or_default())
}

impl Side {
    pub(super) fn live(&self) -> impl Iterator<Item = (&Key, &MappingWrite)> {
        self.mappings.iter().filter(|(_, it)| it.status != MappingStatus::Deleted)
    }

    fn of_item(&self, id: &str) -> impl Iterator<Item = &MappingWrite> {
        let from = (id.to_owned(), String::new());
        let id = id.to_owned();
        self.mappings.range(from..).take_while(move |((found, _), _)| *found == id).map(|(_, mapping)| mapping)
    }

    /// Ids of local events that have a row here.
    pub(super) fn mapped(&self) -> BTreeSet<&str> {
        self.mappings.values().filter_map(|it| it.event_id.as_deref()).collect()
    }

    /// Series with a live mapped event.
    pub(super) fn count_live(&self) -> u64 {
        let mapped = self.mappings.values().filter(|it| it.event_id.is_some() && it.status != MappingStatus::Deleted);
        mapped.map(|it| &it.series_id).collect::<BTreeSet<_>>().len() as u64
    }
}

impl Store {
    pub(super) fn new(sides: usize) -> Self {
        Self { sides: vec![Side::default(); sides], ..Self::default() }
    }

    /// A new claim: the epoch rises, older leases are worth nothing.
    pub(super) fn claim(&mut self, at: usize) -> Lease {
        let side = &mut self.sides[at];
        side.epoch += 1;
        Lease { epoch: side.epoch, cursor: side.cursor.clone() }
    }

    /// What an older copy of the database knows of leases is older, too: nobody may commit with one.
    pub(super) fn forget_leases(&mut self, newest: &Self) {
        for (side, newest) in self.sides.iter_mut().zip(&newest.sides) {
            side.epoch = side.epoch.max(newest.epoch) + 1;
        }
    }

    pub(super) fn progress(&self, at: usize) -> Option<Progress> {
        let side = &self.sides[at];
        let (progress, under) = side.progress.as_ref()?;
        (*under == side.cursor).then(|| progress.clone())
    }

    pub(super) fn reset(&mut self, at: usize, progress_too: bool) {
        let side = &mut self.sides[at];
        side.cursor = None;
        if progress_too {
            side.progress = None;
        }
    }

    /// Has failed items tried again.
    pub(super) fn retry_failed(&mut self, at: usize) -> usize {
        let failed = self.sides[at].mappings.values_mut().filter(|it| it.status == MappingStatus::Failed);
        failed.map(|mapping| mapping.status = MappingStatus::Created).count()
    }

    pub(super) fn retries(&self, at: usize) -> Vec<String> {
        let created = self.sides[at].mappings.iter().filter(|(_, it)| it.status == MappingStatus::Created);
        let ids: BTreeSet<&String> = created.filter(|(_, it)| it.role == Role::Origin).map(|((id, _), _)| id).collect();
        ids.into_iter().cloned().collect()
    }

    pub(super) fn versions(&self, at: usize, ids: &[String]) -> Vec<(String, ItemState)> {
        let side = &self.sides[at];
        ids.iter().filter_map(|id| Some((id.clone(), side.of_item(id).next()?.item_state()))).collect()
    }

    /// The series of these ids, with those to which these items belong.
    pub(super) fn series_ids(&self, at: usize, mut series: Vec<String>, items: &[String]) -> Vec<String> {
        let side = &self.sides[at];
        series.extend(items.iter().flat_map(|id| side.of_item(id)).map(|it| it.external_series_id.clone()));
        series.sort_unstable();
        series.dedup();
        series
    }

    pub(super) fn local(&self, id: &str) -> Option<LocalEvent> {
        let row = self.events.get(id)?;
        Some(LocalEvent {
            deleted: row.deleted,
            recurrence_id: row.slot,
            edited: row.edited,
            consent: row.consent,
            ..LocalEvent::new(id, row.version, row.event.clone())
        })
    }

    pub(super) fn component(&self, row: &MappingWrite) -> ComponentState {
        ComponentState { binding: row.binding(), local: row.event_id.as_ref().and_then(|id| self.local(id)) }
    }

    pub(super) fn entering_ids(&self, at: usize, window: &Window, limit: usize) -> Vec<String> {
        let waits = |it: &&MappingWrite| it.verdict == Verdict::OutOfWindow && it.status != MappingStatus::Deleted;
        let mut found: Vec<(Timestamp, &String)> = self.sides[at]
            .mappings
            .values()
            .filter(waits)
            .filter_map(|it| {
                let span = it.span?;
                let inside = span.start < window.to && span.series_end.is_none_or(|end| end > window.from);
                inside.then_some((span.start, &it.external_series_id))
            })
            .collect();
        found.sort_unstable();
        let mut ids: Vec<String> = Vec::new();
        for (_, id) in found {
            if !ids.contains(id) {
                ids.push(id.clone());
            }
        }
        ids.truncate(limit);
        ids
    }

    pub(super) fn unseen(
        &self,
        at: usize,
        reading: &str,
        lower: Timestamp,
        after: Option<&str>,
        limit: usize,
    ) -> Vec<String> {
        let side = &self.sides[at];
        let mut ids: Vec<String> = Vec::new();
        for ((id, _), mapping) in side.live() {
            let known = after.is_none_or(|after| id.as_str() > after)
                && mapping.span.and_then(|span| span.series_end).is_none_or(|end| end > lower)
                && !side.seen.contains(&(reading.to_owned(), id.clone()));
            if known && ids.last() != Some(id) {
                ids.push(id.clone());
            }
        }
        ids.truncate(limit);
        ids
    }

    pub(super) fn count(&self, at: usize, now: Timestamp) -> Counted {
        let side = &self.sides[at];
        let day = now.checked_sub(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MIN);
        let deleted = side.journal.iter().filter(|entry| entry.at > day && entry.action == "delete");
        let deleted: BTreeSet<&String> = deleted.map(|entry| &entry.series_id).collect();
        let outgoing: BTreeSet<&String> =
            side.mappings.values().filter(|it| self.goes_out(it)).map(|it| &it.series_id).collect();
        let edited: BTreeSet<&String> =
            side.mappings.values().filter(|it| self.is_edited(side, it)).map(|it| &it.series_id).collect();
        Counted {
            live: side.count_live(),
            deleted: deleted.len() as u64,
            outgoing: outgoing.len() as u64,
            edited: edited.len() as u64,
        }
    }

    /// Edited here since the connection last looked, and still there.
    fn is_edited(&self, side: &Side, mapping: &MappingWrite) -> bool {
        let settled = matches!(mapping.status, MappingStatus::Deleted | MappingStatus::Conflict);
        let row = mapping.event_id.as_ref().and_then(|id| self.events.get(id));
        let dirty =
            row.is_some_and(|row| !row.deleted && row.seq > side.local_cursor && mapping.base_version < row.version);
        dirty && !settled && !mapping.version.is_empty()
    }

    /// Deleted here, and the vendor does not know yet.
    fn goes_out(&self, mapping: &MappingWrite) -> bool {
        let there = !mapping.version.is_empty() && mapping.recurrence_id.is_none();
        let settled = matches!(mapping.status, MappingStatus::Deleted | MappingStatus::Conflict);
        match mapping.event_id.as_ref().and_then(|id| self.events.get(id)) {
            Some(row) => there && !settled && row.deleted && mapping.base_version < row.version,
            None => there && mapping.status == MappingStatus::Updated && mapping.event_id.is_none(),
        }
    }

    pub(super) fn has_news(&self, at: usize) -> bool {
        let side = &self.sides[at];
        let waits = |it: &MappingWrite| {
            matches!(it.status, MappingStatus::Created | MappingStatus::Updated)
                && !matches!(it.verdict, Verdict::Held | Verdict::OutOfWindow)
        };
        self.seq > side.local_cursor || side.mappings.values().any(waits)
    }

    /// Rows of a series that have no mapping row in that connection.
    pub(super) fn unmapped(&self, at: usize, series_id: &str) -> Vec<LocalEvent> {
        let mapped = self.sides[at].mapped();
        let rows = self.events.iter().filter(|(id, row)| row.series_id == series_id && !mapped.contains(id.as_str()));
        let mut rows: Vec<LocalEvent> = rows.filter_map(|(id, _)| self.local(id)).collect();
        rows.sort_by_key(|local| local.recurrence_id.map(|slot| slot.to_string()));
        rows
    }

    /// Whether a series came from another connection.
    pub(super) fn is_foreign(&self, at: usize, series_id: &str) -> bool {
        let others = self.sides.iter().enumerate().filter(|(number, _)| *number != at);
        others
            .flat_map(|(_, side)| side.live())
            .any(|(_, it)| it.series_id == series_id && it.role == Role::Origin && it.event_id.is_some())
    }

    pub(super) fn complete(&self, at: usize, state: &mut SeriesState, series_id: &str) {
        state.unmapped = self.unmapped(at, series_id);
        state.foreign = self.is_foreign(at, series_id);
    }
}
