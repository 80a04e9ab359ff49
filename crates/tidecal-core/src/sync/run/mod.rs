//! One sync run of one connection, as a state machine without I/O.
//!
//! The driver carries out one [`Instruction`] at a time and answers with an [`Input`]. Everything
//! the run knows was given to it; what it has committed is all that survives a crash. Retrying a
//! failed call is the driver's matter (it asks `policy::backoff`); a failure that reaches the run
//! ends it, except a lost cursor, which turns a delta into a full comparison (invariant 12).

mod braking;
mod pushing;

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use jiff::Timestamp;

use self::pushing::Pushing;
use crate::policy::Ids;
use crate::remote::{
    Content, Cursor, Failure, FailureClass, ItemRef, Next, Page, PageQuery, PageToken, Reading, RemoteChange,
    RemoteComponent, RemoteSeries, SeriesScope,
};
use crate::sync::batch::Batch;
use crate::sync::cursor::StoredCursor;
use crate::sync::instruction::{
    Commit, Counted, Finish, Identity, Input, Instruction, Outcome, ReadingKind, RunSettings, RunStart,
};
use crate::sync::latest::{id_of, item_ids};
use crate::sync::plan::{Planned, Stats, plan_entering};
use crate::sync::writes::Progress;
use crate::sync::{ItemState, SeriesState};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Retrying,
    Entering,
    Reading,
    Comparing,
    Pushing,
}

/// How often a run begins its reading again because the vendor lost its place.
const MOST_RESTARTS: u32 = 2;

/// How often a commit that found moved events is planned again before the run gives way.
const MOST_MOVES: u32 = 3;

/// The state machine.
#[derive(Debug)]
pub struct Run {
    settings: RunSettings,
    ids: Ids,
    start: RunStart,
    phase: Phase,
    reading: Reading,
    kind: ReadingKind,
    reading_id: String,
    token: Option<PageToken>,
    seen_count: u64,
    next: Option<Next>,
    to_fetch: VecDeque<ItemRef>,
    pending: Vec<RemoteChange>,
    /// What waits for the commit of an earlier change of the same series.
    later: Vec<RemoteChange>,
    /// Items of this delivery that have been taken out of the series where they were.
    left: HashSet<String>,
    seen: Vec<String>,
    planned: Option<Planned>,
    committing: Option<Planned>,
    after_unseen: Option<String>,
    last_entering: Vec<String>,
    counted: Option<Counted>,
    moves: u32,
    restarts: u32,
    stats: Stats,
    pages: u64,
    removals: u64,
    rewrites: u64,
    skipped_unchanged: u64,
    pushing: Pushing,
}

impl Run {
    /// A run and its first instruction.
    #[must_use]
    pub fn begin(start: RunStart, settings: RunSettings, mut ids: Ids) -> (Self, Instruction) {
        let reading_id = ids.next_id();
        let mut run = Self {
            reading: Reading::Full { lower: settings.rules.window.from },
            kind: ReadingKind::Full,
            phase: Phase::Retrying,
            to_fetch: start.retries.iter().cloned().collect(),
            settings,
            ids,
            start,
            reading_id,
            token: None,
            seen_count: 0,
            next: None,
            pending: Vec::new(),
            later: Vec::new(),
            left: HashSet::new(),
            seen: Vec::new(),
            planned: None,
            committing: None,
            after_unseen: None,
            last_entering: Vec::new(),
            counted: None,
            moves: 0,
            restarts: 0,
            stats: Stats::default(),
            pages: 0,
            removals: 0,
            rewrites: 0,
            skipped_unchanged: 0,
            pushing: Pushing::default(),
        };
        run.choose_reading();
        if matches!(run.kind, ReadingKind::Full | ReadingKind::Comparison) {
            // The reading brings them along.
            run.to_fetch.clear();
        }
        if run.compares_after_restore() {
            run.start.check_entering = false;
        }
        let first = match run.wrong_clock() {
            Some(failure) => run.fail(failure),
            None => run.advance(),
        };
        (run, first)
    }

    /// The next instruction.
    #[must_use]
    pub fn next(&mut self, input: Input) -> Instruction {
        match input {
            Input::Page(page) => self.page(page),
            Input::Items(changes) if self.pushing.looks_up() => self.looked_up(&changes),
            Input::Items(changes) => self.decide_on(changes),
            Input::Versions(known) => self.versions(&known),
            Input::Series(states) if self.pushing.reloads() => self.reloaded(states),
            Input::Series(states) => self.series(&states),
            Input::Unseen(items) => self.unseen(items),
            Input::Local(batch) => self.local(batch),
            Input::Written(answer) => self.written(answer),
            Input::Counted(counted) => {
                self.counted = Some(counted);
                if self.pushing.waits_for_count() { self.counted_outgoing(counted) } else { self.guarded_commit() }
            }
            Input::Committed => self.committed(),
            Input::Moved => self.moved(),
            Input::Failed(failure) => self.failed(failure),
        }
    }

    /// What has been committed so far, with items that needed no look at all.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let mut stats = self.stats;
        stats.skipped += self.skipped_unchanged;
        stats
    }

    /// Kind of the reading.
    #[must_use]
    pub fn kind(&self) -> ReadingKind {
        self.kind
    }

    /// Items seen so far, for people.
    #[must_use]
    pub fn seen_count(&self) -> u64 {
        self.seen_count
    }

    /// Whether the run reads everything and compares absences in the end.
    #[must_use]
    pub fn is_comparing(&self) -> bool {
        self.phase == Phase::Comparing
    }

    fn choose_reading(&mut self) {
        if let Some(range) = self.start.range {
            self.reading = Reading::Range { lower: range.from, upper: range.to };
            self.kind = ReadingKind::Range;
        } else if let Some(progress) = self.start.progress.take() {
            self.reading = Reading::Full { lower: progress.lower };
            self.kind = if progress.comparing { ReadingKind::Comparison } else { ReadingKind::Full };
            self.token = progress.page_token();
            // A reading that begins again compares with what its first attempt has stored.
            if self.token.is_some() {
                self.reading_id.clone_from(&progress.reading_id);
                self.seen_count = progress.seen;
            } else if self.start.has_mappings {
                self.kind = ReadingKind::Comparison;
            }
        } else if let Some(cursor) = self.start.cursor.as_deref().and_then(StoredCursor::decode) {
            self.reading = Reading::Delta { cursor: cursor.token };
            self.kind = ReadingKind::Delta;
        } else {
            self.read_everything();
        }
    }

    fn read_everything(&mut self) {
        self.reading = Reading::Full { lower: self.settings.rules.window.from };
        self.kind = if self.start.has_mappings { ReadingKind::Comparison } else { ReadingKind::Full };
        self.token = None;
        self.next = None;
        self.seen_count = 0;
    }

    /// Whether what is stored may be older than it seems: nothing is deleted, and nothing enters,
    /// before everything was read.
    fn compares_after_restore(&self) -> bool {
        self.settings.restored && matches!(self.kind, ReadingKind::Full | ReadingKind::Comparison)
    }

    /// What comes next once nothing is pending.
    fn advance(&mut self) -> Instruction {
        if !self.later.is_empty() {
            let changes = std::mem::take(&mut self.later);
            return self.decide_on(changes);
        }
        self.left.clear();
        if !self.to_fetch.is_empty() {
            let count = self.settings.items_per_fetch.max(1).min(self.to_fetch.len());
            return Instruction::FetchItems(self.to_fetch.drain(..count).collect());
        }
        match self.phase {
            Phase::Retrying => {
                self.phase = if self.start.check_entering { Phase::Entering } else { Phase::Reading };
                self.advance()
            }
            Phase::Entering => Instruction::LoadEntering(self.settings.rules.window),
            Phase::Reading => match self.next.take() {
                None => self.fetch_page(),
                Some(Next::Page(token)) => {
                    self.token = Some(token);
                    self.fetch_page()
                }
                Some(Next::Done(cursor)) if self.kind == ReadingKind::Comparison => {
                    self.phase = Phase::Comparing;
                    self.next = Some(Next::Done(cursor));
                    self.load_unseen()
                }
                Some(Next::Done(cursor)) => self.finish_reading(&cursor),
            },
            Phase::Comparing => self.load_unseen(),
            Phase::Pushing => self.push_next(),
        }
    }

    fn fetch_page(&self) -> Instruction {
        let (reading, token, window) = (self.reading.clone(), self.token.clone(), self.settings.rules.window);
        Instruction::FetchPage(PageQuery { reading, token, window })
    }

    fn load_unseen(&self) -> Instruction {
        let lower = match self.reading {
            Reading::Full { lower } => lower,
            Reading::Delta { .. } | Reading::Range { .. } => Timestamp::MIN,
        };
        Instruction::LoadUnseen { reading_id: self.reading_id.clone(), lower, after: self.after_unseen.clone() }
    }

    fn page(&mut self, page: Page) -> Instruction {
        self.pages += 1;
        self.seen_count += page.changes.len() as u64;
        self.next = Some(page.next);
        let (mut listed, mut changes) = (Vec::new(), Vec::new());
        for change in page.changes {
            match change {
                RemoteChange::Listed(item) => listed.push(item),
                // Not seen, so it is asked for in the end.
                RemoteChange::Gone { .. } if self.compares_after_restore() => {}
                // Not proven: ask for the item itself.
                RemoteChange::Gone { id, proven: false } => {
                    self.to_fetch.push_back(ItemRef { id, version: String::new() });
                }
                change => changes.push(change),
            }
        }
        let mut ids: Vec<String> = listed.iter().map(|item| item.id.clone()).collect();
        if self.kind == ReadingKind::Comparison {
            ids.extend(changes.iter().filter_map(single_component).map(|component| component.id.clone()));
        }
        if ids.is_empty() {
            return self.decide_on(changes);
        }
        // Kept aside until the versions are known.
        self.pending = changes;
        self.to_fetch.extend(listed);
        Instruction::LoadVersions(ids)
    }

    /// Only items with news are fetched, or decided upon; the others have been seen, that is all.
    fn versions(&mut self, known: &HashMap<String, ItemState>) -> Instruction {
        let listed = std::mem::take(&mut self.to_fetch);
        for item in listed {
            if known.get(&item.id).is_some_and(|known| known.is_read_in(&item.version)) {
                self.skipped_unchanged += 1;
                self.saw(item.id);
            } else {
                self.to_fetch.push_back(item);
            }
        }
        let mut changes = std::mem::take(&mut self.pending);
        if self.kind == ReadingKind::Comparison {
            self.pass_over(&mut changes, known);
        }
        self.decide_on(changes)
    }

    /// Leaves out of a delivery what is settled. Of a series of which more is said all is looked at.
    fn pass_over(&mut self, changes: &mut Vec<RemoteChange>, known: &HashMap<String, ItemState>) {
        let mut spoken_of: HashMap<&str, u32> = HashMap::new();
        for change in &*changes {
            *spoken_of.entry(id_of(change)).or_default() += 1;
        }
        let settled = |change: &RemoteChange| {
            let component = single_component(change).filter(|_| spoken_of.get(id_of(change)) == Some(&1))?;
            known.get(&component.id)?.is_settled_in(&component.version).then(|| component.id.clone())
        };
        // In an order of their own: the same page makes the same commit.
        let settled: BTreeSet<String> = changes.iter().filter_map(settled).collect();
        self.skipped_unchanged += settled.len() as u64;
        changes.retain(|change| single_component(change).is_none_or(|component| !settled.contains(&component.id)));
        settled.into_iter().for_each(|id| self.saw(id));
    }

    /// Only the reading sees: what was asked for before it may be gone by now.
    fn saw(&mut self, id: String) {
        if self.kind == ReadingKind::Comparison && self.phase == Phase::Reading {
            self.seen.push(id);
        }
    }

    /// Loads what is known of everything that changed.
    fn decide_on(&mut self, changes: Vec<RemoteChange>) -> Instruction {
        self.pending = changes;
        if self.kind == ReadingKind::Range {
            self.pending.retain(|change| !matches!(change, RemoteChange::Gone { .. }));
        }
        if self.pending.is_empty() {
            return self.plan_nothing();
        }
        let (mut series, mut items) = (Vec::new(), Vec::new());
        for change in &self.pending {
            // An item may be the master of a series of which only exceptions are known.
            series.push(id_of(change).to_owned());
            // Exceptions move from series to series.
            let own = matches!(change, RemoteChange::Series(_)).then(|| id_of(change));
            items.extend(item_ids(change).into_iter().filter(|id| own != Some(*id)).map(str::to_owned));
        }
        for ids in [&mut series, &mut items] {
            ids.sort_unstable();
            ids.dedup();
        }
        Instruction::LoadSeries { identities: self.identities(), series, items }
    }

    /// Who the series of this delivery say they are, where somebody else may know them.
    fn identities(&self) -> Vec<Identity> {
        let identities = self.pending.iter().filter_map(|change| {
            let RemoteChange::Series(series) = change else { return None };
            let mark = series.components.iter().find_map(|component| component.mark.clone());
            let uid = series.components.iter().find_map(|component| match &component.content {
                Content::Event(event) if self.settings.hub => Some(event.uid.clone()),
                _ => None,
            });
            let uid = uid.unwrap_or_default();
            (mark.is_some() || !uid.is_empty()).then(|| Identity { series: series.id.clone(), uid, mark })
        });
        identities.collect()
    }

    fn plan_nothing(&mut self) -> Instruction {
        self.planned = Some(Planned::default());
        self.guarded_commit()
    }

    fn series(&mut self, states: &[SeriesState]) -> Instruction {
        if self.phase == Phase::Entering {
            return self.entering(states);
        }
        if self.kind == ReadingKind::Comparison && self.phase == Phase::Reading {
            let ids = self.pending.iter().flat_map(item_ids);
            self.seen.extend(ids.map(str::to_owned));
        }
        let batch = Batch { states, rules: &self.settings.rules, ids: &mut self.ids, left: &mut self.left };
        let (planned, later) = batch.plan(&self.pending);
        self.later = later;
        self.planned = Some(planned);
        self.guarded_commit()
    }

    /// A batch of rows that the window has reached; an empty or repeated batch ends the phase.
    fn entering(&mut self, states: &[SeriesState]) -> Instruction {
        let ids: Vec<String> = states.iter().map(|state| state.id.clone()).collect();
        if ids.is_empty() || ids == self.last_entering {
            self.phase = Phase::Reading;
            return self.advance();
        }
        self.last_entering = ids;
        let mut planned = Planned::default();
        for state in states {
            planned.append(plan_entering(state, &self.settings.rules, &mut self.ids));
        }
        self.planned = Some(planned);
        self.guarded_commit()
    }

    /// Absence is no evidence: each candidate is asked for by its id.
    fn unseen(&mut self, items: Vec<ItemRef>) -> Instruction {
        let Some(last) = items.last() else {
            return match self.next.take() {
                Some(Next::Done(cursor)) => self.finish_reading(&cursor),
                _ => self.fail(Failure::new(FailureClass::Transient, "sync: the reading ended without a cursor")),
            };
        };
        self.after_unseen = Some(last.id.clone());
        self.to_fetch.extend(items);
        self.advance()
    }

    /// Commits what is planned, unless a brake wants numbers first or holds the run.
    fn guarded_commit(&mut self) -> Instruction {
        let planned = self.planned.take().unwrap_or_default();
        if self.needs_numbers(&planned) {
            let Some(counted) = self.counted else {
                self.planned = Some(planned);
                return Instruction::Count;
            };
            if let Some(reason) = self.reason_to_hold(&planned, counted) {
                return self.finish(Outcome::Held(reason), None);
            }
        }
        self.commit(planned)
    }

    fn commit(&mut self, mut planned: Planned) -> Instruction {
        let mut writes = std::mem::take(&mut planned.writes);
        writes.seen = self.seen.clone();
        let progress = self.progress_after();
        let page_over = self.nothing_waits() && self.phase == Phase::Reading;
        let token_moves = page_over && matches!(self.next, Some(Next::Page(_))) && progress.is_some();
        if let (true, Some(Next::Done(cursor)), false) =
            (page_over, &self.next, self.kind == ReadingKind::Comparison || writes.is_empty())
        {
            let cursor = self.stored(cursor);
            self.committing = Some(planned);
            return Instruction::Commit(Box::new(Commit { writes, progress: None, cursor }));
        }
        if writes.is_empty() && !token_moves {
            self.stats.add(planned.stats);
            return self.advance();
        }
        self.committing = Some(planned);
        Instruction::Commit(Box::new(Commit { writes, progress, cursor: None }))
    }

    /// Whether the present page is over with the commit at hand.
    fn nothing_waits(&self) -> bool {
        self.to_fetch.is_empty() && self.later.is_empty()
    }

    /// Where a full reading stands once the present page is committed.
    fn progress_after(&self) -> Option<Progress> {
        let Reading::Full { lower } = self.reading else { return None };
        if self.phase == Phase::Pushing {
            return None;
        }
        let token = match &self.next {
            Some(Next::Page(token)) if self.nothing_waits() => Some(token.0.clone()),
            _ => self.token.as_ref().map(|token| token.0.clone()),
        };
        Some(Progress {
            reading_id: self.reading_id.clone(),
            lower,
            comparing: self.kind == ReadingKind::Comparison,
            token,
            seen: self.seen_count,
        })
    }

    fn committed(&mut self) -> Instruction {
        if let Some(planned) = self.committing.take() {
            self.stats.add(planned.stats);
            self.removals += planned.removals;
            self.rewrites += if self.is_reading() { planned.rewrites } else { 0 };
        }
        if self.pushing.has_committed() {
            return self.push_committed();
        }
        self.seen.clear();
        self.pending.clear();
        self.moves = 0;
        if self.phase == Phase::Reading
            && self.nothing_waits()
            && self.kind != ReadingKind::Comparison
            && matches!(self.next, Some(Next::Done(_)))
        {
            // The cursor went with this commit.
            return self.begin_pushing(None);
        }
        self.advance()
    }

    /// Somebody edited an event meanwhile: load again, decide again.
    fn moved(&mut self) -> Instruction {
        self.committing = None;
        if self.pushing.has_committed() {
            return self.push_moved();
        }
        self.moves += 1;
        if self.moves > MOST_MOVES {
            let detail = "sync: local events changed during every attempt to commit";
            return self.fail(Failure::new(FailureClass::Transient, detail));
        }
        if self.phase == Phase::Entering {
            self.last_entering.clear();
            return self.advance();
        }
        // What was seen stays seen: items that are settled do not come again.
        self.later.clear();
        self.left.clear();
        let changes = std::mem::take(&mut self.pending);
        self.decide_on(changes)
    }

    fn failed(&mut self, failure: Failure) -> Instruction {
        if self.pushing.is_writing() {
            return self.push_failed(failure);
        }
        let reading_lost = failure.class == FailureClass::CursorLost && self.phase == Phase::Reading;
        let can_restart = matches!(self.reading, Reading::Delta { .. }) || self.token.is_some();
        if reading_lost && can_restart && self.kind != ReadingKind::Range && self.restarts < MOST_RESTARTS {
            self.restarts += 1;
            self.start.has_mappings |= self.stats.total() > 0 || self.kind == ReadingKind::Delta;
            self.to_fetch.clear();
            self.pending.clear();
            self.later.clear();
            self.read_everything();
            self.reading_id = self.ids.next_id();
            return self.advance();
        }
        self.fail(failure)
    }

    fn fail(&mut self, failure: Failure) -> Instruction {
        self.finish(Outcome::Failed(failure), None)
    }

    /// The reading is whole and everything is committed but the cursor itself.
    fn finish_reading(&mut self, cursor: &Cursor) -> Instruction {
        let stored = self.stored(cursor);
        self.begin_pushing(stored)
    }

    fn stored(&self, cursor: &Cursor) -> Option<String> {
        let lower = match &self.reading {
            Reading::Range { .. } => return None,
            Reading::Full { lower } => *lower,
            Reading::Delta { .. } => {
                self.start.cursor.as_deref().and_then(StoredCursor::decode).map_or(Timestamp::MIN, |it| it.lower)
            }
        };
        Some(StoredCursor { lower, token: cursor.clone() }.encode())
    }

    fn finish(&mut self, outcome: Outcome, cursor: Option<String>) -> Instruction {
        Instruction::Finish(Box::new(Finish {
            outcome,
            stats: self.stats(),
            kind: self.kind,
            pages: self.pages,
            removals: self.removals,
            cursor,
            local_cursor: self.pushing.local_cursor(),
            pushed: self.pushing.pushed(),
        }))
    }
}

/// The component of a change that is about nothing else, and does not say that it is gone.
fn single_component(change: &RemoteChange) -> Option<&RemoteComponent> {
    let RemoteChange::Series(RemoteSeries { scope: SeriesScope::Part, components, .. }) = change else { return None };
    match components.as_slice() {
        [component] if matches!(component.content, Content::Event(_)) => Some(component),
        _ => None,
    }
}

#[cfg(test)]
mod braking_tests;
#[cfg(test)]
mod tests;
