//! A store in memory: one local calendar, the mapping rows of its connections.

use std::collections::{BTreeMap, BTreeSet};

use tidecal_core::model::Event;
use tidecal_core::remote::Answer;
use tidecal_core::sync::{
    Commit, ComponentState, ConflictWrite, Counted, EventOp, Finish, Identity, JournalEntry, LocalBatch, LocalEvent,
    MappingStatus, MappingWrite, Outcome, Progress, Role, SeriesState, Twin, TwinKind, Verdict, Writes,
};
use tidecal_ical::RecurrenceId;

pub(crate) const CALENDAR: &str = "01a1fd8c-6900-7000-8000-0000000000ff";

/// A local event.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) version: i64,
    pub(crate) deleted: bool,
    pub(crate) event: Event,
    pub(crate) slot: Option<RecurrenceId>,
    pub(crate) series_id: String,
    pub(crate) seq: i64,
    pub(crate) edited: i64,
    pub(crate) consent: Option<i64>,
    pub(crate) answer: Option<Answer>,
}

type Key = (String, Option<RecurrenceId>);

/// What is stored of a connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Side {
    pub(crate) mappings: BTreeMap<Key, MappingWrite>,
    pub(crate) cursor: Option<String>,
    pub(crate) progress: Option<Progress>,
    pub(crate) local_cursor: i64,
    pub(crate) conflicts: Vec<ConflictWrite>,
    pub(crate) held: Option<String>,
    pub(crate) error: Option<String>,
    seen: BTreeSet<String>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Store {
    pub(crate) events: BTreeMap<String, Row>,
    pub(crate) sides: Vec<Side>,
    pub(crate) journal: Vec<JournalEntry>,
    pub(crate) writes: usize,
    pub(crate) seq: i64,
    /// Series whose rows went, by the number of that change.
    gone: Vec<(i64, String)>,
}

/// A local event is not as the decision saw it.
pub(crate) struct Moved;

impl Store {
    pub(crate) fn commit(&mut self, at: usize, commit: Commit) -> Result<(), Moved> {
        let Commit { writes, progress, cursor } = commit;
        let version = |id: &str| self.events.get(id).map(|row| row.version);
        let kept = writes.kept.iter().all(|kept| version(&kept.id) == Some(kept.expected));
        let expected = writes.events.iter().all(|write| match write.op {
            EventOp::Insert { .. } => true,
            EventOp::Update { expected, .. } | EventOp::Delete { expected } => version(&write.id) == Some(expected),
        });
        if !kept || !expected {
            return Err(Moved);
        }
        self.write(at, writes);
        let side = &mut self.sides[at];
        if progress.is_some() || cursor.is_some() {
            side.progress = progress;
        }
        side.cursor = cursor.or(side.cursor.take());
        Ok(())
    }

    fn write(&mut self, at: usize, writes: Writes) {
        self.writes += writes.events.len();
        for write in writes.events {
            let slot = write.recurrence_id;
            self.keep_bases(&write.id, Some(at));
            self.seq += 1;
            match write.op {
                EventOp::Insert { event, .. } => self.put(&write.id, &write.series_id, slot, 1, *event),
                EventOp::Update { event, expected, .. } => {
                    self.put(&write.id, &write.series_id, slot, expected + 1, *event);
                }
                EventOp::Delete { .. } => self.remove(at, &write.id),
            }
        }
        let side = &mut self.sides[at];
        for row in writes.mappings {
            if let Some(old) = &row.replaces {
                side.mappings.remove(&(old.clone(), row.recurrence_id));
            }
            side.mappings.insert((row.external_event_id.clone(), row.recurrence_id), row);
        }
        for conflict in writes.conflicts {
            side.conflicts.retain(|it| it.external_event_id != conflict.external_event_id);
            side.conflicts.push(conflict);
        }
        side.seen.extend(writes.seen);
        self.journal.extend(writes.journal);
        for id in writes.answered {
            if let Some(row) = self.events.get_mut(&id) {
                row.answer = None;
            }
        }
    }

    fn put(&mut self, id: &str, series_id: &str, slot: Option<RecurrenceId>, version: i64, event: Event) {
        let old = self.events.get(id);
        let row = Row {
            version,
            deleted: false,
            event,
            slot,
            series_id: series_id.to_owned(),
            seq: self.seq,
            edited: old.map_or(0, |row| row.edited),
            consent: old.and_then(|row| row.consent),
            answer: old.and_then(|row| row.answer.clone()),
        };
        self.events.insert(id.to_owned(), row);
    }

    fn remove(&mut self, at: usize, id: &str) {
        let Some(row) = self.events.remove(id) else { return };
        self.gone.push((self.seq, row.series_id));
        for (number, side) in self.sides.iter_mut().enumerate() {
            for mapping in side.mappings.values_mut() {
                let twin = mapping.verdict == Verdict::Filtered && mapping.uid == row.event.uid;
                if number != at && twin && !row.event.uid.is_empty() {
                    mapping.status = MappingStatus::Created;
                }
                if mapping.event_id.as_deref() == Some(id) {
                    mapping.event_id = None;
                    if number != at {
                        mapping.status = MappingStatus::Updated;
                    }
                }
            }
        }
    }

    /// Before a row changes, the mappings that rest on it as it is keep what it said.
    fn keep_bases(&mut self, id: &str, but: Option<usize>) {
        let Some(row) = self.events.get(id).cloned() else { return };
        for (number, side) in self.sides.iter_mut().enumerate() {
            let rests = |it: &&mut MappingWrite| {
                it.event_id.as_deref() == Some(id) && it.base_version == row.version && it.local_base.is_none()
            };
            for mapping in side.mappings.values_mut().filter(rests) {
                if Some(number) != but {
                    mapping.local_base = Some(Box::new(row.event.clone()));
                }
            }
        }
    }

    /// A person's edit of a row.
    pub(crate) fn edit(&mut self, id: &str, change: impl FnOnce(&mut Row)) {
        self.keep_bases(id, None);
        self.seq += 1;
        let seq = self.seq;
        let Some(row) = self.events.get_mut(id) else { return };
        change(row);
        row.version += 1;
        (row.seq, row.edited) = (seq, row.version);
        let mapped = self.sides.iter().any(|side| side.mappings.values().any(|it| it.event_id.as_deref() == Some(id)));
        if self.events[id].deleted && !mapped {
            self.events.remove(id);
        }
    }

    pub(crate) fn add(&mut self, id: &str, series_id: &str, slot: Option<RecurrenceId>, event: Event) {
        self.seq += 1;
        self.put(id, series_id, slot, 1, event);
        if let Some(row) = self.events.get_mut(id) {
            row.edited = 1;
        }
    }

    fn local(&self, id: &str) -> Option<LocalEvent> {
        let row = self.events.get(id)?;
        Some(LocalEvent {
            deleted: row.deleted,
            recurrence_id: row.slot,
            edited: row.edited,
            consent: row.consent,
            answer: row.answer.clone(),
            ..LocalEvent::new(id, row.version, row.event.clone())
        })
    }

    pub(crate) fn series(&self, at: usize, ids: &[String], identities: &[Identity]) -> Vec<SeriesState> {
        let load = |id: &String| {
            let rows = self.sides[at].mappings.values().filter(|it| it.external_series_id == *id);
            let mut state = self.state(at, id, &rows.collect::<Vec<_>>());
            if state.components.iter().all(|known| known.local.is_none()) {
                let identity = identities.iter().find(|it| it.series == *id);
                state.twin = identity.and_then(|identity| self.twin(at, identity));
            }
            if let Some(twin) = state.twin.clone().filter(|twin| twin.kind == TwinKind::Original) {
                state.unmapped = self.unmapped(at, &twin.series_id);
                state.foreign = self.foreign(at, &twin.series_id);
            }
            state
        };
        ids.iter().map(load).collect()
    }

    fn state(&self, at: usize, id: &str, rows: &[&MappingWrite]) -> SeriesState {
        let series_id = rows.first().map(|row| row.series_id.clone());
        let component = |row: &&MappingWrite| ComponentState {
            binding: row.binding(),
            local: row.event_id.as_deref().and_then(|id| self.local(id)),
        };
        SeriesState {
            id: id.to_owned(),
            components: rows.iter().map(component).collect(),
            unmapped: series_id.as_deref().map(|id| self.unmapped(at, id)).unwrap_or_default(),
            foreign: series_id.as_deref().is_some_and(|id| self.foreign(at, id)),
            series_id,
            twin: None,
        }
    }

    fn unmapped(&self, at: usize, series_id: &str) -> Vec<LocalEvent> {
        let mapped = |id: &str| self.sides[at].mappings.values().any(|it| it.event_id.as_deref() == Some(id));
        let rows = self.events.iter().filter(|(id, row)| row.series_id == series_id && !mapped(id));
        rows.filter_map(|(id, _)| self.local(id)).collect()
    }

    fn foreign(&self, at: usize, series_id: &str) -> bool {
        let others = self.sides.iter().enumerate().filter(|(number, _)| *number != at);
        others
            .flat_map(|(_, side)| side.mappings.values())
            .any(|it| it.series_id == series_id && it.role == Role::Origin)
    }

    fn twin(&self, at: usize, identity: &Identity) -> Option<Twin> {
        if let Some(mark) = &identity.mark {
            let series_id = self.events.get(&mark.event_id)?.series_id.clone();
            let mapped = self.sides[at].mappings.values().any(|it| it.event_id.as_deref() == Some(&mark.event_id));
            let kind = if mapped || mark.calendar_id != CALENDAR { TwinKind::Copy } else { TwinKind::Original };
            return Some(Twin { series_id, kind });
        }
        let shown = |row: &&Row| !identity.uid.is_empty() && row.event.uid == identity.uid && !row.deleted;
        let series_id = self.events.values().find(shown)?.series_id.clone();
        Some(Twin { series_id, kind: TwinKind::Meeting("another calendar".to_owned()) })
    }

    pub(crate) fn owners(&self, at: usize, items: &[String]) -> Vec<String> {
        let rows = self.sides[at].mappings.values().filter(|it| items.contains(&it.external_event_id));
        rows.map(|it| it.external_series_id.clone()).collect()
    }

    /// The way out: one batch is enough here.
    pub(crate) fn local_batch(&self, at: usize, after: i64) -> LocalBatch {
        let changed = self.events.values().filter(|row| row.seq > after).map(|row| row.series_id.clone());
        let gone = self.gone.iter().filter(|(seq, _)| *seq > after).map(|(_, series)| series.clone());
        let waits = |it: &&MappingWrite| match it.status {
            MappingStatus::Updated => it.verdict != Verdict::Held,
            MappingStatus::Created => it.role == Role::Copy && it.verdict != Verdict::Held,
            _ => false,
        };
        let waiting = self.sides[at].mappings.values().filter(waits).map(|it| it.series_id.clone());
        let ids: BTreeSet<String> = changed.chain(gone).chain(waiting).collect();
        let load = |series_id: &String| {
            let rows: Vec<_> = self.sides[at].mappings.values().filter(|it| it.series_id == *series_id).collect();
            let id = rows.first().map(|row| row.external_series_id.clone()).unwrap_or_default();
            let state = self.state(at, &id, &rows);
            SeriesState {
                unmapped: self.unmapped(at, series_id),
                foreign: self.foreign(at, series_id),
                twin: self.own_twin(at, series_id),
                series_id: Some(series_id.clone()),
                ..state
            }
        };
        LocalBatch { series: ids.iter().map(load).collect(), seq: self.seq, more: false }
    }

    /// This connection's calendar shows the meeting by itself.
    fn own_twin(&self, at: usize, series_id: &str) -> Option<Twin> {
        let uid = self.events.values().find(|row| row.series_id == series_id).map(|row| row.event.uid.clone())?;
        let shown = |it: &&MappingWrite| {
            it.verdict == Verdict::Filtered && it.status != MappingStatus::Deleted && !uid.is_empty() && it.uid == uid
        };
        let row = self.sides[at].mappings.values().find(shown)?;
        Some(Twin { series_id: row.series_id.clone(), kind: TwinKind::Meeting(String::new()) })
    }

    pub(crate) fn unseen(&self, at: usize, after: Option<&str>) -> Vec<String> {
        let side = &self.sides[at];
        let rows = side.mappings.values().filter(|it| it.status != MappingStatus::Deleted && it.role == Role::Origin);
        let ids: BTreeSet<String> = rows.map(|it| it.external_event_id.clone()).collect();
        ids.into_iter().filter(|id| !side.seen.contains(id) && after.is_none_or(|after| id.as_str() > after)).collect()
    }

    pub(crate) fn count(&self, at: usize) -> Counted {
        let rows = || self.sides[at].mappings.values().filter(|it| it.recurrence_id.is_none());
        let outgoing = rows().filter(|it| {
            let deleted = it.event_id.as_ref().is_some_and(|id| self.events.get(id).is_some_and(|row| row.deleted));
            deleted || it.event_id.is_none() && it.status == MappingStatus::Updated
        });
        let edited = rows().filter(|it| {
            let row = it.event_id.as_ref().and_then(|id| self.events.get(id));
            row.is_some_and(|row| !row.deleted && row.version > it.base_version)
        });
        let live = rows().filter(|it| it.status != MappingStatus::Deleted).count() as u64;
        Counted { live, deleted: 0, outgoing: outgoing.count() as u64, edited: edited.count() as u64 }
    }

    pub(crate) fn finish(&mut self, at: usize, finish: Finish) {
        let side = &mut self.sides[at];
        (side.held, side.error) = (None, None);
        match finish.outcome {
            Outcome::Done => {
                side.progress = None;
                side.seen.clear();
            }
            Outcome::Held(reason) => side.held = Some(reason),
            Outcome::Failed(failure) => side.error = Some(failure.detail),
        }
        side.cursor = finish.cursor.or(side.cursor.take());
        side.local_cursor = finish.local_cursor.unwrap_or(side.local_cursor);
    }
}
