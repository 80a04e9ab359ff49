//! One transaction of a run, of a person, or the end of a run.

use std::collections::BTreeSet;

use jiff::Timestamp;
use tidecal_core::sync::{
    Commit, EventOp, EventWrite, Finish, JournalEntry, MappingStatus, MappingWrite, Outcome, ReadingKind, Verdict,
};

use super::store::{Entry, Key, Lease, Refused, Row, Store, key_of};
use crate::sim::Violation;
use crate::sim::store::unique;

/// What a commit changed.
#[derive(Clone, Debug, Default)]
pub(super) struct Done {
    /// Live rows deleted, with the mapping of this connection that pointed at them.
    pub(super) deleted: Vec<(Key, MappingWrite)>,
    /// Rows of events, mappings and conflicts that are not what they were.
    pub(super) changed: u64,
    /// Of these, events.
    pub(super) events: u64,
    pub(super) inserted: u64,
    pub(super) updated: u64,
    pub(super) removed: u64,
}

impl Store {
    /// All of it, or a refusal.
    pub(super) fn commit(
        &mut self,
        at: usize,
        lease: &mut Lease,
        commit: Commit,
        now: Timestamp,
    ) -> Result<Result<Done, Refused>, Violation> {
        let side = &self.sides[at];
        if lease.epoch != side.epoch {
            return Ok(Err(Refused::LeaseLost));
        }
        if lease.cursor != side.cursor {
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
            let written = writes.events.iter().find(|it| it.id == entry.event_id).map(|it| it.series_id.clone());
            let mapped = || writes.mappings.iter().find(|it| it.event_id.as_ref() == Some(&entry.event_id));
            let series = written.or_else(|| mapped().map(|it| it.series_id.clone()));
            self.sides[at].journal.push(noted(entry, series, now));
        }
        let (deletes, others): (Vec<_>, Vec<_>) =
            writes.events.into_iter().partition(|write| matches!(write.op, EventOp::Delete { .. }));
        for write in deletes.into_iter().chain(others) {
            self.write_event(at, write, &mut done)?;
        }
        let side = &mut self.sides[at];
        for mut mapping in writes.mappings {
            mapping.raw = None;
            if let Some(old) = mapping.replaces.take().filter(|old| *old != mapping.external_event_id) {
                side.mappings.remove(&key_of(&old, mapping.recurrence_id.as_ref()));
            }
            let key = key_of(&mapping.external_event_id, mapping.recurrence_id.as_ref());
            let same = side.mappings.get(&key) == Some(&mapping);
            done.changed += u64::from(!same);
            side.mappings.insert(key, mapping);
        }
        for conflict in writes.conflicts {
            let key = key_of(&conflict.external_event_id, conflict.recurrence_id.as_ref());
            done.changed += u64::from(side.conflicts.get(&key) != Some(&conflict));
            side.conflicts.insert(key, conflict);
        }
        if let Some(progress) = &progress {
            let reading = |id| (progress.reading_id.clone(), id);
            side.seen.extend(writes.seen.into_iter().map(reading));
        }
        match (progress, &cursor) {
            (Some(progress), next) => side.progress = Some((progress, next.clone().or_else(|| side.cursor.clone()))),
            (None, Some(_)) => {
                side.progress = None;
                side.seen.clear();
            }
            (None, None) => {}
        }
        if cursor.is_some() {
            side.cursor.clone_from(&cursor);
            lease.cursor = cursor;
        }
        self.check_pointers(at)?;
        Ok(Ok(done))
    }

    /// What a sync changes or deletes here can be looked up, and undone.
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

    fn write_event(&mut self, at: usize, write: EventWrite, done: &mut Done) -> Result<(), Violation> {
        done.changed += 1;
        let old = self.events.get(&write.id);
        let alive = old.is_some_and(|row| !row.deleted);
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
        let (edited, consent) = old.map_or((0, None), |row| (row.edited, row.consent));
        if !matches!(write.op, EventOp::Insert { .. }) {
            self.keep_bases(&write.id, Some(at));
        }
        self.seq += 1;
        let (version, event, span) = match write.op {
            EventOp::Insert { event, span, .. } => {
                if self.events.contains_key(&write.id) {
                    return Err(Violation::new("a row is inserted once", format!("{} exists already", write.id)));
                }
                (1, event, span)
            }
            EventOp::Update { expected, event, span, .. } => (expected + 1, event, span),
            EventOp::Delete { .. } => {
                if alive {
                    let side = &self.sides[at];
                    let pointing = side.mappings.iter().filter(|(_, it)| it.event_id.as_ref() == Some(&write.id));
                    done.deleted.extend(pointing.map(|(key, it)| (key.clone(), it.clone())));
                }
                self.remove(&write.id, Some(at));
                return Ok(());
            }
        };
        let (seq, series_id, slot) = (self.seq, write.series_id, write.recurrence_id);
        let row = Row { version, deleted: false, series_id, slot, event: *event, span, seq, edited, consent };
        self.events.insert(write.id, row);
        Ok(())
    }

    /// A row goes; the other connections learn of it by the state of their rows.
    pub(super) fn remove(&mut self, id: &str, by: Option<usize>) {
        let Some(row) = self.events.remove(id) else { return };
        self.feed.push((self.seq, row.series_id));
        let uid = &row.event.uid;
        for (number, side) in self.sides.iter_mut().enumerate() {
            let other = Some(number) != by;
            for mapping in side.mappings.values_mut() {
                let live = mapping.status != MappingStatus::Deleted;
                if mapping.event_id.as_deref() == Some(id) {
                    mapping.event_id = None;
                    if other && live {
                        mapping.status = MappingStatus::Updated;
                    }
                }
                let twin = mapping.verdict == Verdict::Filtered
                    && mapping.uid == *uid
                    && mapping.reason.starts_with("the same meeting");
                if other && live && twin && !uid.is_empty() && row.slot.is_none() {
                    mapping.status = MappingStatus::Created;
                }
            }
        }
    }

    /// Before a row changes, the mappings that rest on it as it is keep what it said.
    pub(super) fn keep_bases(&mut self, id: &str, but: Option<usize>) {
        let Some(row) = self.events.get(id) else { return };
        for (_, side) in self.sides.iter_mut().enumerate().filter(|(number, _)| Some(*number) != but) {
            let pointing = side.mappings.values_mut().filter(|it| it.event_id.as_deref() == Some(id));
            for mapping in pointing.filter(|it| it.base_version == row.version && it.local_base.is_none()) {
                mapping.local_base = Some(Box::new(row.event.clone()));
            }
        }
    }

    fn check_pointers(&self, at: usize) -> Result<(), Violation> {
        for ((id, slot), mapping) in &self.sides[at].mappings {
            if let Some(event) = mapping.event_id.as_ref().filter(|event| !self.events.contains_key(*event)) {
                let detail = format!("{id} {slot} points at {event}");
                return Err(Violation::of("a mapping points at a row that exists", detail, id));
            }
        }
        let pointed: Vec<&str> = self.sides[at].live().filter_map(|(_, it)| it.event_id.as_deref()).collect();
        let once: BTreeSet<&str> = pointed.iter().copied().collect();
        if once.len() != pointed.len() {
            let twice = once.into_iter().find(|id| pointed.iter().filter(|it| *it == id).count() > 1);
            return Err(Violation::new("one mapping for a row", twice.unwrap_or_default().to_owned()));
        }
        Ok(())
    }

    /// The end of a run, by whoever still holds the lease. `false`: somebody else's run counts.
    pub(super) fn finish(&mut self, at: usize, lease: &Lease, finish: &Finish) -> bool {
        let side = &mut self.sides[at];
        if lease.epoch != side.epoch {
            return false;
        }
        match finish.outcome {
            Outcome::Done => {
                if lease.cursor == side.cursor {
                    if finish.kind != ReadingKind::Delta {
                        side.progress = None;
                    }
                    if finish.cursor.is_some() {
                        side.cursor.clone_from(&finish.cursor);
                    }
                }
                if finish.kind != ReadingKind::Delta {
                    side.seen.clear();
                }
                (side.held, side.released) = (false, false);
                side.local_cursor = finish.local_cursor.unwrap_or(side.local_cursor);
            }
            Outcome::Held(_) => side.held = true,
            Outcome::Failed(_) => {}
        }
        true
    }
}

fn noted(entry: &JournalEntry, series: Option<String>, now: Timestamp) -> Entry {
    Entry {
        at: now,
        event_id: entry.event_id.clone(),
        series_id: series.unwrap_or_else(|| entry.event_id.clone()),
        action: entry.action,
        before: entry.before.as_deref().cloned(),
        after: entry.after.as_deref().cloned(),
    }
}
