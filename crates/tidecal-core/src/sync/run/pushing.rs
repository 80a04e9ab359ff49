//! The way out of a run: after the reading, series by series, each write confirmed before the next.
//!
//! A conflict leads back through the reading's own path: the item is fetched, decided and committed
//! as always, then its series is planned anew.

use std::collections::VecDeque;

use super::{Phase, Run};
use crate::policy::hold_after_restore;
use crate::remote::{Content, Failure, FailureClass, ItemRef, PermanentScope, RemoteChange, RemoteSeries, WriteAction};
use crate::sync::instruction::{Commit, Counted, Instruction, LocalBatch, Outcome, ReadingKind};
use crate::sync::plan::Planned;
use crate::sync::push::{LookUp, PushOp, plan_push};
use crate::sync::written::{Since, plan_found, plan_refused, plan_written};
use crate::sync::{MappingStatus, SeriesState};

/// How often one series is planned again after a conflict before the next run takes it.
const MOST_CONFLICTS: u32 = 3;

/// What the last instruction was for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Doing {
    #[default]
    Nothing,
    /// The brake waits for numbers.
    Counting,
    /// Rows, or the reading's cursor, are committed before something is sent.
    Preparing,
    /// An unconfirmed copy is asked for.
    LookingUp,
    /// A write is under way.
    Writing,
    /// Its answer is committed.
    Confirming,
    /// A refusal, or a copy that was found, is committed.
    Noting,
    /// The series is loaded again.
    Reloading,
}

/// The series at hand.
#[derive(Debug)]
struct Current {
    state: SeriesState,
    ops: VecDeque<PushOp>,
    op: Option<PushOp>,
    answer: Vec<RemoteChange>,
    conflicts: u32,
    /// Load it again before anything else is done.
    stale: bool,
    /// The id of a creation is taken.
    taken: bool,
}

/// Where the way out stands.
#[derive(Debug, Default)]
pub(super) struct Pushing {
    doing: Doing,
    queue: VecDeque<SeriesState>,
    current: Option<Current>,
    /// The reading's cursor, until something commits it.
    cursor: Option<String>,
    seq: i64,
    more: bool,
    done: bool,
    /// Something is left for the next run.
    leftover: bool,
    /// Series that would go out, were the database not restored.
    outgoing: u64,
    pushed: u64,
}

impl Pushing {
    pub(super) fn looks_up(&self) -> bool {
        self.doing == Doing::LookingUp
    }

    pub(super) fn reloads(&self) -> bool {
        self.doing == Doing::Reloading
    }

    pub(super) fn waits_for_count(&self) -> bool {
        self.doing == Doing::Counting
    }

    pub(super) fn has_committed(&self) -> bool {
        matches!(self.doing, Doing::Preparing | Doing::Confirming | Doing::Noting)
    }

    pub(super) fn is_writing(&self) -> bool {
        self.doing == Doing::Writing
    }

    /// Up to where local changes have been looked at, if nothing is left.
    pub(super) fn local_cursor(&self) -> Option<i64> {
        (self.done && !self.leftover).then_some(self.seq)
    }

    pub(super) fn pushed(&self) -> u64 {
        self.pushed
    }
}

impl Run {
    /// The reading is over; its cursor, if it is not committed yet, goes with what comes next.
    pub(super) fn begin_pushing(&mut self, cursor: Option<String>) -> Instruction {
        let nothing = self.settings.outbound.is_none() || !self.start.check_local;
        if nothing || self.kind == ReadingKind::Range {
            return self.finish(Outcome::Done, cursor);
        }
        self.phase = Phase::Pushing;
        self.next = None;
        self.pushing.cursor = cursor;
        Instruction::LoadLocal { after: self.start.local_cursor, waiting: true }
    }

    pub(super) fn local(&mut self, batch: LocalBatch) -> Instruction {
        if self.settings.restored {
            return self.weigh(&batch);
        }
        self.pushing.seq = batch.seq;
        self.pushing.more = batch.more;
        self.pushing.queue = batch.series.into();
        if !self.needs_outgoing_numbers(self.pushing.queue.iter(), batch.more) {
            return self.push_next();
        }
        match self.counted {
            Some(counted) => self.counted_outgoing(counted),
            None => {
                self.pushing.doing = Doing::Counting;
                Instruction::Count
            }
        }
    }

    /// After a restore of the database: how much would go out? Nothing does before a person has looked
    /// at it; with nothing to go out the caution is over.
    fn weigh(&mut self, batch: &LocalBatch) -> Instruction {
        let Some(out) = &self.settings.outbound else { return self.push_next() };
        let goes_out = |state: &&SeriesState| {
            let plan = plan_push(state, &self.settings.rules, out, LookUp::Open);
            !(plan.ops.is_empty() && plan.lookups.is_empty())
        };
        self.pushing.outgoing += batch.series.iter().filter(goes_out).count() as u64;
        if batch.more {
            return Instruction::LoadLocal { after: batch.seq, waiting: false };
        }
        if self.pushing.outgoing == 0 {
            self.settings.restored = false;
            return Instruction::LoadLocal { after: self.start.local_cursor, waiting: true };
        }
        let cursor = self.pushing.cursor.take();
        self.finish(Outcome::Held(hold_after_restore(self.pushing.outgoing)), cursor)
    }

    pub(super) fn counted_outgoing(&mut self, counted: Counted) -> Instruction {
        self.pushing.doing = Doing::Nothing;
        match self.reason_to_hold_back(self.pushing.queue.iter(), counted) {
            None => self.push_next(),
            Some(reason) => {
                let cursor = self.pushing.cursor.take();
                self.finish(Outcome::Held(reason), cursor)
            }
        }
    }

    pub(super) fn push_next(&mut self) -> Instruction {
        self.pushing.doing = Doing::Nothing;
        if let Some(current) = &mut self.pushing.current {
            if current.stale {
                current.stale = false;
                self.pushing.doing = Doing::Reloading;
                let series = vec![current.state.id.clone()];
                return Instruction::LoadSeries { series, items: Vec::new(), identities: Vec::new() };
            }
            if let Some(op) = current.ops.front().cloned() {
                // What was read is safe before anything else can fail.
                if let Some(cursor) = self.pushing.cursor.take() {
                    return self.prepare(Planned::default(), Some(cursor));
                }
                current.ops.pop_front();
                let write = Box::new(op.write.clone());
                current.op = Some(op);
                self.pushing.doing = Doing::Writing;
                return Instruction::Push(write);
            }
            self.pushing.current = None;
        }
        if let Some(state) = self.pushing.queue.pop_front() {
            return self.push_series(state, LookUp::Open, 0);
        }
        if std::mem::take(&mut self.pushing.more) {
            return Instruction::LoadLocal { after: self.pushing.seq, waiting: false };
        }
        self.pushing.done = true;
        let cursor = self.pushing.cursor.take();
        self.finish(Outcome::Done, cursor)
    }

    fn push_series(&mut self, state: SeriesState, look_up: LookUp, conflicts: u32) -> Instruction {
        let Some(out) = &self.settings.outbound else { return self.push_next() };
        let plan = plan_push(&state, &self.settings.rules, out, look_up);
        let taken = self.pushing.current.as_ref().is_some_and(|current| current.taken);
        let ops = plan.ops.into();
        self.pushing.current =
            Some(Current { state, ops, op: None, answer: Vec::new(), conflicts, stale: false, taken });
        if !plan.lookups.is_empty() {
            self.pushing.doing = Doing::LookingUp;
            return Instruction::FetchItems(plan.lookups);
        }
        if plan.rows.writes.is_empty() {
            return self.push_next();
        }
        let cursor = self.pushing.cursor.take();
        self.prepare(plan.rows, cursor)
    }

    fn prepare(&mut self, rows: Planned, cursor: Option<String>) -> Instruction {
        self.commit_as(Doing::Preparing, rows, cursor)
    }

    fn commit_as(&mut self, doing: Doing, mut planned: Planned, cursor: Option<String>) -> Instruction {
        self.pushing.doing = doing;
        let writes = std::mem::take(&mut planned.writes);
        if let Some(current) = &mut self.pushing.current {
            // The next write of the series rests on what this one has made known.
            current.state.learn(&writes.mappings);
        }
        self.committing = Some(planned);
        Instruction::Commit(Box::new(Commit { writes, progress: None, cursor }))
    }

    pub(super) fn written(&mut self, answer: Vec<RemoteChange>) -> Instruction {
        if let Some(current) = &mut self.pushing.current {
            current.answer = answer;
        }
        self.confirm(Since::Unchanged)
    }

    fn confirm(&mut self, since: Since) -> Instruction {
        let Some(current) = &self.pushing.current else { return self.push_next() };
        let Some(op) = &current.op else { return self.push_next() };
        let rules = &self.settings.rules;
        match plan_written(&current.state, op, &current.answer, rules, &mut self.ids, since) {
            Some(planned) => self.commit_as(Doing::Confirming, planned, None),
            None => {
                let detail = "sync: the vendor's answer does not show what was written";
                self.fail(Failure::new(FailureClass::Transient, detail))
            }
        }
    }

    pub(super) fn push_committed(&mut self) -> Instruction {
        if self.pushing.doing == Doing::Confirming {
            self.pushed_one();
        }
        self.moves = 0;
        self.push_next()
    }

    fn pushed_one(&mut self) {
        self.pushing.pushed += 1;
        if let Some(current) = &mut self.pushing.current {
            current.op = None;
            current.answer.clear();
        }
    }

    /// Somebody edited an event meanwhile: what was confirmed is written down all the same, and the
    /// edit (whose number is higher than this batch's) is the next run's.
    pub(super) fn push_moved(&mut self) -> Instruction {
        if self.pushing.doing == Doing::Confirming && self.moves == 0 {
            self.moves = 1;
            return self.confirm(Since::Edited);
        }
        self.moves = 0;
        self.pushing.leftover = true;
        self.pushing.current = None;
        self.push_next()
    }

    pub(super) fn push_failed(&mut self, failure: Failure) -> Instruction {
        self.pushing.doing = Doing::Nothing;
        let Some(current) = &mut self.pushing.current else { return self.fail(failure) };
        let Some(op) = current.op.take() else { return self.fail(failure) };
        match failure.class {
            FailureClass::Conflict => self.push_conflicted(&op),
            // A calendar that can no longer be written can still be read.
            FailureClass::Permanent(PermanentScope::Item | PermanentScope::Calendar) => {
                let remedy = failure.remedy.as_deref().map_or(String::new(), |remedy| format!(". {remedy}"));
                let planned = plan_refused(&current.state, &op, &format!("{}{remedy}", failure.detail));
                current.ops.clear();
                self.commit_as(Doing::Noting, planned, None)
            }
            _ => self.fail(failure),
        }
    }

    fn push_conflicted(&mut self, op: &PushOp) -> Instruction {
        let Some(current) = &mut self.pushing.current else { return self.push_next() };
        current.conflicts += 1;
        current.ops.clear();
        if current.conflicts > MOST_CONFLICTS {
            self.pushing.leftover = true;
            self.pushing.current = None;
            return self.push_next();
        }
        current.stale = true;
        if let WriteAction::Create { .. } = op.write.action {
            current.state.id.clone_from(&op.write.series_id);
            current.taken = true;
            return self.push_next();
        }
        let known = op.sent.iter().map(|sent| sent.before.external_event_id.clone());
        let mut ids: Vec<String> = known.filter(|id| !id.is_empty()).collect();
        if ids.is_empty() {
            ids.push(op.write.series_id.clone());
        }
        ids.sort_unstable();
        ids.dedup();
        let item = |id| ItemRef { id, version: String::new() };
        Instruction::FetchItems(ids.into_iter().map(item).collect())
    }

    /// The series as it is after a conflict; what `LoadLocal` alone tells is kept.
    pub(super) fn reloaded(&mut self, states: Vec<SeriesState>) -> Instruction {
        self.pushing.doing = Doing::Nothing;
        let (Some(current), Some(mut state)) = (self.pushing.current.take(), states.into_iter().next()) else {
            return self.push_next();
        };
        let mapped = |id: &str| state.components.iter().any(|it| it.local.as_ref().is_some_and(|local| local.id == id));
        let unmapped = current.state.unmapped.iter().filter(|local| !mapped(&local.id)).cloned().collect();
        state.unmapped = unmapped;
        state.foreign = current.state.foreign;
        let conflicts = current.conflicts;
        self.pushing.current = Some(current);
        self.push_series(state, LookUp::Open, conflicts)
    }

    /// An unconfirmed copy is there, or it is not.
    pub(super) fn looked_up(&mut self, changes: &[RemoteChange]) -> Instruction {
        self.pushing.doing = Doing::Nothing;
        let Some(current) = &mut self.pushing.current else { return self.push_next() };
        let Some(found) = changes.iter().find_map(there) else {
            let look_up = if std::mem::take(&mut current.taken) { LookUp::Taken } else { LookUp::Missing };
            let (state, conflicts) = (current.state.clone(), current.conflicts);
            return self.push_series(state, look_up, conflicts);
        };
        let planned = plan_found(&current.state, found, &self.settings.rules, &mut self.ids);
        current.state.id.clone_from(&found.id);
        (current.stale, current.taken) = (true, false);
        // Planned again only as long as that leads somewhere.
        let still_open = planned.writes.mappings.iter().all(|row| row.status == MappingStatus::Created);
        if still_open {
            self.pushing.leftover = true;
            self.pushing.current = None;
            return self.push_next();
        }
        let cursor = self.pushing.cursor.take();
        self.commit_as(Doing::Noting, planned, cursor)
    }
}

/// A series that is there: its master (or single event) takes place.
fn there(change: &RemoteChange) -> Option<&RemoteSeries> {
    let RemoteChange::Series(series) = change else { return None };
    let master = series.components.iter().find(|it| it.recurrence_id.is_none())?;
    matches!(&master.content, Content::Event(event) if event.status != crate::model::Status::Cancelled)
        .then_some(series)
}
