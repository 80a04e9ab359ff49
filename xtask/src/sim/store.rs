//! A store in memory that insists on what the real one insists on: the lease's epoch, the cursor of
//! the claim, the versions of local events, unique keys, and mappings that point at rows.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use tidecal_core::model::Event;
use tidecal_core::policy::Window;
use tidecal_core::sync::{
    Commit, ComponentState, ConflictWrite, Counted, EventOp, EventWrite, Finish, ItemState, LocalEvent, MappingStatus,
    MappingWrite, Outcome, Progress, ReadingKind, SeriesState, Span, Verdict,
};

use super::Violation;

/// External id and text of the recurrence id.
pub(super) type Key = (String, String);

/// A local event.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) version: i64,
    pub(super) deleted: bool,
    pub(super) series_id: String,
    pub(super) event: Event,
    pub(super) span: Span,
}

/// A deletion or change that a commit wrote down.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) at: Timestamp,
    pub(super) event_id: String,
    pub(super) series_id: String,
    pub(super) action: &'static str,
    pub(super) before: Option<Event>,
    pub(super) after: Option<Event>,
}

/// The right to commit.
#[derive(Clone, Debug)]
pub(super) struct Lease {
    pub(super) epoch: i64,
    pub(super) cursor: Option<String>,
}

/// Why a commit did nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    LeaseLost,
    CursorMoved,
    EventsMoved,
}

/// The database of one connection and its calendar.
#[derive(Clone, Debug, Default)]
pub(super) struct Store {
    pub(super) events: BTreeMap<String, Row>,
    pub(super) mappings: BTreeMap<Key, MappingWrite>,
    pub(super) conflicts: BTreeMap<Key, ConflictWrite>,
    pub(super) journal: Vec<Entry>,
    seen: BTreeSet<(String, String)>,
    pub(super) cursor: Option<String>,
    /// With the cursor under which it was written.
    progress: Option<(Progress, Option<String>)>,
    epoch: i64,
    pub(super) held: bool,
    pub(super) released: bool,
    /// What was deleted before a person's last release is that person's word, not the brake's.
    pub(super) released_at: Option<Timestamp>,
}

/// What a commit changed.
#[derive(Clone, Debug, Default)]
pub(super) struct Done {
    /// Live rows deleted, with the mapping that pointed at them.
    pub(super) deleted: Vec<(Key, MappingWrite)>,
    /// Rows of events, mappings and conflicts that are not what they were.
    pub(super) changed: u64,
    /// Of these, events.
    pub(super) events: u64,
    /// Events that came, changed and went.
    pub(super) inserted: u64,
    pub(super) updated: u64,
    pub(super) removed: u64,
}

fn key_of(external_id: &str, slot: Option<&tidecal_ical::RecurrenceId>) -> Key {
    (external_id.to_owned(), slot.map(ToString::to_string).unwrap_or_default())
}

impl Store {
    /// A new claim: the epoch rises, older leases are worth nothing.
    pub(super) fn claim(&mut self) -> Lease {
        self.epoch += 1;
        Lease { epoch: self.epoch, cursor: self.cursor.clone() }
    }

    /// What an older copy of the database knows of leases is older, too: nobody may commit with one.
    pub(super) fn forget_leases(&mut self, newest: &Self) {
        self.epoch = self.epoch.max(newest.epoch) + 1;
    }

    pub(super) fn progress(&self) -> Option<Progress> {
        let (progress, under) = self.progress.as_ref()?;
        (*under == self.cursor).then(|| progress.clone())
    }

    /// What an operator, or a person who asks for a resync, does.
    pub(super) fn reset(&mut self, progress_too: bool) {
        self.cursor = None;
        if progress_too {
            self.progress = None;
        }
    }

    /// Has failed items tried again.
    pub(super) fn retry_failed(&mut self) -> usize {
        let failed = self.mappings.values_mut().filter(|it| it.status == MappingStatus::Failed);
        failed.map(|mapping| mapping.status = MappingStatus::Created).count()
    }

    pub(super) fn retries(&self) -> Vec<String> {
        let created = self.mappings.iter().filter(|(_, it)| it.status == MappingStatus::Created);
        let ids: BTreeSet<&String> = created.map(|((id, _), _)| id).collect();
        ids.into_iter().cloned().collect()
    }

    pub(super) fn versions(&self, ids: &[String]) -> Vec<(String, ItemState)> {
        ids.iter().filter_map(|id| Some((id.clone(), self.of_item(id).next()?.item_state()))).collect()
    }

    fn of_item(&self, id: &str) -> impl Iterator<Item = &MappingWrite> {
        let from = (id.to_owned(), String::new());
        let id = id.to_owned();
        self.mappings.range(from..).take_while(move |((found, _), _)| *found == id).map(|(_, mapping)| mapping)
    }

    /// The series of these ids, with those to which these items belong; one entry each, also where
    /// nothing is known.
    pub(super) fn load_series(&self, mut series: Vec<String>, items: &[String]) -> Vec<SeriesState> {
        series.extend(items.iter().flat_map(|id| self.of_item(id)).map(|it| it.external_series_id.clone()));
        series.sort_unstable();
        series.dedup();
        let at: BTreeMap<&String, usize> = series.iter().enumerate().map(|(at, id)| (id, at)).collect();
        let mut states: Vec<SeriesState> =
            series.iter().map(|id| SeriesState { id: id.clone(), ..SeriesState::default() }).collect();
        let mut rows: Vec<(&Key, &MappingWrite)> =
            self.mappings.iter().filter(|(_, it)| at.contains_key(&it.external_series_id)).collect();
        rows.sort_by(|a, b| a.0.1.cmp(&b.0.1));
        for (_, row) in rows {
            let Some(state) = at.get(&row.external_series_id).and_then(|at| states.get_mut(*at)) else { continue };
            state.series_id.get_or_insert_with(|| row.series_id.clone());
            state.components.push(self.component(row));
        }
        states
    }

    fn component(&self, row: &MappingWrite) -> ComponentState {
        let local = row.event_id.as_ref().and_then(|id| {
            let found = self.events.get(id)?;
            let (version, deleted) = (found.version, found.deleted);
            Some(LocalEvent { deleted, ..LocalEvent::new(id.clone(), version, found.event.clone()) })
        });
        ComponentState { binding: row.binding(), local }
    }

    pub(super) fn entering(&self, window: &Window, limit: usize) -> Vec<SeriesState> {
        let mut found: Vec<(Timestamp, &String)> = self
            .mappings
            .values()
            .filter(|it| it.verdict == Verdict::OutOfWindow && it.status != MappingStatus::Deleted)
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
        self.load_series(ids, &[])
    }

    pub(super) fn unseen(&self, reading: &str, lower: Timestamp, after: Option<&str>, limit: usize) -> Vec<String> {
        let mut ids: Vec<String> = Vec::new();
        for ((id, _), mapping) in &self.mappings {
            let known = mapping.status != MappingStatus::Deleted
                && after.is_none_or(|after| id.as_str() > after)
                && mapping.span.and_then(|span| span.series_end).is_none_or(|end| end > lower)
                && !self.seen.contains(&(reading.to_owned(), id.clone()));
            if known && ids.last() != Some(id) {
                ids.push(id.clone());
            }
        }
        ids.truncate(limit);
        ids
    }

    pub(super) fn count(&self, now: Timestamp) -> Counted {
        let day = now.checked_sub(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MIN);
        let since = self.released_at.map_or(day, |at| at.max(day));
        let deleted: BTreeSet<&String> = self
            .journal
            .iter()
            .filter(|entry| entry.at > since && entry.action == "delete")
            .map(|entry| &entry.series_id)
            .collect();
        Counted { live: self.live(), deleted: deleted.len() as u64, outgoing: 0, edited: 0 }
    }

    /// Series with a live mapped event.
    pub(super) fn live(&self) -> u64 {
        let mapped = self.mappings.values().filter(|it| it.event_id.is_some() && it.status != MappingStatus::Deleted);
        mapped.map(|it| &it.series_id).collect::<BTreeSet<_>>().len() as u64
    }

    /// One transaction: all of it, or a refusal.
    pub(super) fn commit(
        &mut self,
        lease: &mut Lease,
        commit: Commit,
        now: Timestamp,
    ) -> Result<Result<Done, Refused>, Violation> {
        if lease.epoch != self.epoch {
            return Ok(Err(Refused::LeaseLost));
        }
        if lease.cursor != self.cursor {
            return Ok(Err(Refused::CursorMoved));
        }
        unique(&commit)?;
        let moved = |id: &String, expected| self.events.get(id).map(|row| row.version) != Some(expected);
        let kept_moved = commit.writes.kept.iter().any(|kept| moved(&kept.id, kept.expected));
        if kept_moved || commit.writes.events.iter().any(|write| self.has_moved(write)) {
            return Ok(Err(Refused::EventsMoved));
        }
        self.check_journal(&commit)?;
        let mut done = Done::default();
        let Commit { writes, progress, cursor } = commit;
        for entry in &writes.journal {
            let series = writes.events.iter().find(|it| it.id == entry.event_id).map(|it| it.series_id.clone());
            self.journal.push(Entry {
                at: now,
                event_id: entry.event_id.clone(),
                series_id: series.unwrap_or_else(|| entry.event_id.clone()),
                action: entry.action,
                before: entry.before.as_deref().cloned(),
                after: entry.after.as_deref().cloned(),
            });
        }
        let (deletes, others): (Vec<_>, Vec<_>) =
            writes.events.into_iter().partition(|write| matches!(write.op, EventOp::Delete { .. }));
        for write in deletes.into_iter().chain(others) {
            self.write_event(write, &mut done)?;
        }
        for mut mapping in writes.mappings {
            mapping.raw = None;
            let key = key_of(&mapping.external_event_id, mapping.recurrence_id.as_ref());
            let same = self.mappings.get(&key) == Some(&mapping);
            done.changed += u64::from(!same);
            self.mappings.insert(key, mapping);
        }
        for conflict in writes.conflicts {
            let key = key_of(&conflict.external_event_id, conflict.recurrence_id.as_ref());
            done.changed += u64::from(self.conflicts.get(&key) != Some(&conflict));
            self.conflicts.insert(key, conflict);
        }
        if let Some(progress) = &progress {
            let reading = |id| (progress.reading_id.clone(), id);
            self.seen.extend(writes.seen.into_iter().map(reading));
        }
        match (progress, &cursor) {
            (Some(progress), next) => self.progress = Some((progress, next.clone().or_else(|| self.cursor.clone()))),
            (None, Some(_)) => {
                self.progress = None;
                self.seen.clear();
            }
            (None, None) => {}
        }
        if cursor.is_some() {
            self.cursor.clone_from(&cursor);
            lease.cursor = cursor;
        }
        self.check_pointers()?;
        Ok(Ok(done))
    }

    /// What a sync changes or deletes can be looked up, and undone.
    fn check_journal(&self, commit: &Commit) -> Result<(), Violation> {
        for write in commit.writes.events.iter().filter(|write| !matches!(write.op, EventOp::Insert { .. })) {
            let Some(row) = self.events.get(&write.id).filter(|row| !row.deleted) else { continue };
            let told = commit.writes.journal.iter().any(|entry| {
                let before = entry.before.as_deref() == Some(&row.event);
                entry.event_id == write.id && before && matches!(entry.action, "update" | "delete")
            });
            if !told {
                let detail = format!("{} ({})", write.id, write.external_event_id);
                return Err(Violation::of("a change is in the journal", detail, &write.external_event_id));
            }
        }
        Ok(())
    }

    fn has_moved(&self, write: &EventWrite) -> bool {
        let expected = match &write.op {
            EventOp::Insert { .. } => return false,
            EventOp::Update { expected, .. } | EventOp::Delete { expected } => *expected,
        };
        self.events.get(&write.id).map(|row| row.version) != Some(expected)
    }

    fn write_event(&mut self, write: EventWrite, done: &mut Done) -> Result<(), Violation> {
        done.changed += 1;
        let alive = self.events.get(&write.id).is_some_and(|row| !row.deleted);
        let count = match &write.op {
            EventOp::Delete { .. } if !alive => None,
            EventOp::Delete { .. } => Some(&mut done.removed),
            EventOp::Update { .. } if alive => Some(&mut done.updated),
            EventOp::Update { .. } | EventOp::Insert { .. } => Some(&mut done.inserted),
        };
        done.events += u64::from(count.is_some());
        if let Some(count) = count {
            *count += 1;
        }
        let row = |version, event: Box<Event>, span| Row {
            version,
            deleted: false,
            series_id: write.series_id.clone(),
            event: *event,
            span,
        };
        match write.op {
            EventOp::Insert { event, span, .. } => {
                if self.events.insert(write.id.clone(), row(1, event, span)).is_some() {
                    return Err(Violation::new("a row is inserted once", format!("{} exists already", write.id)));
                }
            }
            EventOp::Update { expected, event, span, .. } => {
                self.events.insert(write.id.clone(), row(expected + 1, event, span));
            }
            EventOp::Delete { .. } => {
                self.events.remove(&write.id);
                let pointing = self.mappings.iter_mut().filter(|(_, it)| it.event_id.as_ref() == Some(&write.id));
                for (key, mapping) in pointing {
                    if alive {
                        done.deleted.push((key.clone(), mapping.clone()));
                    }
                    mapping.event_id = None;
                }
            }
        }
        Ok(())
    }

    fn check_pointers(&self) -> Result<(), Violation> {
        for ((id, slot), mapping) in &self.mappings {
            if let Some(event) = mapping.event_id.as_ref().filter(|event| !self.events.contains_key(*event)) {
                let detail = format!("{id} {slot} points at {event}");
                return Err(Violation::of("a mapping points at a row that exists", detail, id));
            }
        }
        Ok(())
    }

    /// The end of a run, by whoever still holds the lease. `false`: somebody else's run counts.
    pub(super) fn finish(&mut self, lease: &Lease, finish: &Finish, now: Timestamp) -> bool {
        if lease.epoch != self.epoch {
            return false;
        }
        match finish.outcome {
            Outcome::Done => {
                if lease.cursor == self.cursor {
                    if finish.kind != ReadingKind::Delta {
                        self.progress = None;
                    }
                    if finish.cursor.is_some() {
                        self.cursor.clone_from(&finish.cursor);
                    }
                }
                if finish.kind != ReadingKind::Delta {
                    self.seen.clear();
                }
                if self.released {
                    self.released_at = Some(now);
                }
                (self.held, self.released) = (false, false);
            }
            Outcome::Held(_) => self.held = true,
            Outcome::Failed(_) => {}
        }
        true
    }

    /// The content that both sides agreed on is kept before a person changes the row.
    pub(super) fn keep_bases(&mut self, event_id: &str) {
        let Some(row) = self.events.get(event_id) else { return };
        let pointing = self.mappings.values_mut().filter(|it| it.event_id.as_deref() == Some(event_id));
        for mapping in pointing.filter(|it| it.base_version == row.version && it.local_base.is_none()) {
            mapping.local_base = Some(Box::new(row.event.clone()));
        }
    }
}

/// The databases refuse statements that write a row twice.
pub(super) fn unique(commit: &Commit) -> Result<(), Violation> {
    let mut keys = BTreeSet::new();
    for mapping in &commit.writes.mappings {
        if !keys.insert((&mapping.external_event_id, mapping.recurrence_id)) {
            let detail = format!("{} {:?}", mapping.external_event_id, mapping.recurrence_id);
            return Err(Violation::of("a commit writes a mapping once", detail, &mapping.external_event_id));
        }
    }
    let mut ids = BTreeSet::new();
    for write in &commit.writes.events {
        if !ids.insert(&write.id) {
            let detail = format!("{} ({})", write.id, write.external_event_id);
            return Err(Violation::of("a commit writes an event once", detail, &write.external_event_id));
        }
    }
    Ok(())
}
