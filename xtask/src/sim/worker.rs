//! One run, carried out instruction by instruction, as the engine's driver does.

use jiff::{SignedDuration, Timestamp};
use tidecal_core::policy::{Brakes, Guard, Ids, Window};
use tidecal_core::remote::{Failure, FailureClass, ItemRef, Reading, RemoteChange};
use tidecal_core::sync::{Commit, Finish, Input, Instruction, Outcome, ReadingKind, Rules, Run, RunSettings, RunStart};
use tidecal_ical::Zone;

use super::Violation;
use super::store::{Lease, Refused};
use super::vendor::{Lie, Temper, lost};
use super::watch;
use super::world::World;

/// One batch of rows from the store.
const BATCH: usize = 3;
/// Items of one request.
pub(super) const ITEMS: usize = 3;
/// More instructions than any run of these small calendars needs.
const MOST_STEPS: u64 = 3000;

/// A run may begin anew where the vendor loses its place, but not for ever.
const MOST_READINGS: u64 = 3;

/// A claimed run.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) run: Run,
    pub(super) next: Option<Instruction>,
    pub(super) lease: Lease,
    pub(super) released: bool,
    /// Number of the vendor's last change that it, or its cursor, began with.
    pub(super) since: u64,
    /// Most live series at any time of the run.
    pub(super) live: u64,
    /// Rows that its commits changed, and commits.
    pub(super) changed: u64,
    /// Of these, local events.
    pub(super) events: u64,
    pub(super) commits: u64,
    steps: u64,
    page: u64,
    /// Readings of everything that it began.
    readings: u64,
    /// New, changed or deleted, and only the deleted events.
    figures: (u64, u64, u64),
}

/// What came of a step.
#[derive(Debug)]
pub(super) enum Step {
    Going,
    /// It ended, and its end counts.
    Over(Box<Finish>),
    /// Another worker, or an operator, made it worthless.
    Superseded,
}

impl World {
    /// Claims the connection and begins a run.
    pub(super) fn begin(&mut self, range: bool) -> Worker {
        let lease = self.store.claim();
        self.runs += 1;
        let mut window = self.window();
        let range = range.then(|| {
            let days = |days: i64| SignedDuration::from_hours(24 * days);
            let from = window.from.checked_sub(days(90)).unwrap_or(window.from);
            Window { from, to: window.to.checked_add(days(90)).unwrap_or(window.to) }
        });
        if let Some(range) = range {
            window = range;
        }
        let has_mappings = lease.cursor.is_some() || !self.store.mappings.is_empty();
        let retries = if has_mappings { self.store.retries() } else { Vec::new() };
        let progress = self.store.progress();
        if progress.as_ref().is_some_and(|progress| progress.token.is_some()) {
            self.counters.hit("run: resumed at a page");
        }
        let item = |id| ItemRef { id, version: String::new() };
        let start = RunStart {
            now: self.now,
            last_look: None,
            cursor: lease.cursor.clone(),
            progress,
            has_mappings,
            retries: retries.into_iter().map(item).collect(),
            check_entering: has_mappings && (range.is_some() || self.entering_due()),
            range,
            local_cursor: 0,
            check_local: false,
        };
        let zone = Zone::iana(self.vendor.home).unwrap_or_else(Zone::utc);
        let rules = Rules { policy: self.policy, ..Rules::of(window, zone) };
        let released = self.store.released;
        let settings = RunSettings {
            rules,
            guard: Guard::default(),
            brakes: Brakes::default(),
            released,
            restored: false,
            items_per_fetch: ITEMS,
            hub: false,
            outbound: None,
        };
        let (run, first) = Run::begin(start, settings, Ids::new(self.now, self.runs));
        let live = self.store.live();
        let (since, next) = (since(lease.cursor.as_deref()).unwrap_or(self.vendor.seq), Some(first));
        self.trace.note(format_args!("run {} claims epoch, cursor {:?}", self.runs, lease.cursor));
        Worker {
            run,
            next,
            lease,
            released,
            since,
            live,
            changed: 0,
            events: 0,
            commits: 0,
            steps: 0,
            page: 0,
            readings: 0,
            figures: (0, 0, 0),
        }
    }

    /// Carries out one instruction.
    pub(super) fn step(&mut self, worker: &mut Worker) -> Result<Step, Violation> {
        let Some(instruction) = worker.next.take() else { return Ok(Step::Superseded) };
        worker.steps += 1;
        if worker.steps > MOST_STEPS {
            return Err(Violation::new("a run ends", format!("{MOST_STEPS} instructions and no end")));
        }
        if let Instruction::Finish(finish) = instruction {
            return self.finish(worker, *finish);
        }
        match self.carry_out(worker, instruction)? {
            Some(input) => worker.next = Some(worker.run.next(input)),
            None => return Ok(Step::Superseded),
        }
        Ok(Step::Going)
    }

    fn finish(&mut self, worker: &Worker, finish: Finish) -> Result<Step, Violation> {
        self.trace.note(format_args!("finish {:?} {:?} {:?}", finish.outcome, finish.kind, finish.stats));
        if !self.store.finish(&worker.lease, &finish, self.now) {
            self.counters.hit("lease: lost at the finish");
            return Ok(Step::Superseded);
        }
        let (told, true_ones) = ((finish.stats.synced, finish.stats.updated, finish.stats.deleted), worker.figures);
        if told != true_ones {
            return Err(Violation::new("the figures are true", format!("{told:?} instead of {true_ones:?}")));
        }
        self.counters.hit(match (&finish.outcome, finish.kind) {
            (Outcome::Held(_), _) => "run: held",
            (Outcome::Failed(_), _) => "run: failed",
            (Outcome::Done, ReadingKind::Full) => "run: full",
            (Outcome::Done, ReadingKind::Comparison) => "run: comparison",
            (Outcome::Done, ReadingKind::Delta) => "run: delta",
            (Outcome::Done, ReadingKind::Range) => "run: range",
        });
        Ok(Step::Over(Box::new(finish)))
    }

    /// `None`: the run is worth nothing any more.
    fn carry_out(&mut self, worker: &mut Worker, instruction: Instruction) -> Result<Option<Input>, Violation> {
        Ok(Some(match instruction {
            Instruction::FetchPage(query) => {
                worker.page = if query.token.is_none() { 1 } else { worker.page + 1 };
                if query.token.is_none() && matches!(query.reading, Reading::Full { .. }) {
                    worker.readings += 1;
                    if worker.readings > MOST_READINGS {
                        return Err(Violation::new("a run ends", "it reads everything again and again".to_owned()));
                    }
                }
                let resumed = query.token.is_some() && !matches!(query.reading, Reading::Delta { .. });
                self.trace.note(format_args!("fetch page {} {query:?}", worker.page));
                if let Some(failure) = self.bad_luck().or_else(|| self.lose_cursor(worker.page, resumed)) {
                    return Ok(Some(self.failed(failure)));
                }
                let lie = self.lie(&query.reading);
                let page = self.vendor.page(&query, lie, &mut self.rng, &mut self.counters);
                match page {
                    Ok(page) => {
                        self.trace.page(&page);
                        watch::page(&page, &self.store, &mut self.counters);
                        Input::Page(page)
                    }
                    Err(failure) => self.failed(failure),
                }
            }
            Instruction::FetchItems(items) => {
                self.trace.note(format_args!("fetch items {items:?}"));
                if items.len() > ITEMS {
                    return Err(Violation::new("no more items than asked for at once", format!("{items:?}")));
                }
                if let Some(failure) = self.bad_luck() {
                    return Ok(Some(self.failed(failure)));
                }
                let mut changes = if self.wrong {
                    items.iter().map(|item| super::wire::gone(&item.id, true)).collect()
                } else {
                    self.vendor.fetch(&items)
                };
                self.stumble(&mut changes);
                changes.iter().for_each(|change| self.trace.change(change));
                Input::Items(changes)
            }
            Instruction::LoadVersions(ids) => Input::Versions(self.store.versions(&ids).into_iter().collect()),
            Instruction::LoadSeries { series, items, .. } => Input::Series(self.store.load_series(series, &items)),
            Instruction::LoadEntering(window) => Input::Series(self.store.entering(&window, BATCH)),
            Instruction::LoadUnseen { reading_id, lower, after } => {
                let ids = self.store.unseen(&reading_id, lower, after.as_deref(), BATCH);
                let item = |id| ItemRef { id, version: String::new() };
                Input::Unseen(ids.into_iter().map(item).collect())
            }
            Instruction::Count => Input::Counted(self.store.count(self.now)),
            Instruction::Commit(commit) => return self.commit(worker, *commit),
            Instruction::LoadLocal { .. } | Instruction::Push(_) | Instruction::Finish(_) => Input::Committed,
        }))
    }

    fn commit(&mut self, worker: &mut Worker, commit: Commit) -> Result<Option<Input>, Violation> {
        self.trace.commit(&commit);
        let arms = watch::arms(&commit, &self.store);
        let moves_cursor = commit.cursor.is_some();
        let done = match self.store.commit(&mut worker.lease, commit, self.now)? {
            Ok(done) => done,
            Err(Refused::EventsMoved) => {
                self.counters.hit("local: moved under a commit");
                return Ok(Some(Input::Moved));
            }
            Err(Refused::LeaseLost) => {
                self.counters.hit("lease: lost at a commit");
                return Ok(None);
            }
            Err(Refused::CursorMoved) => {
                self.counters.hit("operator: reset under a commit");
                return Ok(None);
            }
        };
        arms.into_iter().for_each(|arm| self.counters.hit(arm));
        worker.changed += done.changed;
        worker.events += done.events;
        worker.figures.0 += done.inserted;
        worker.figures.1 += done.updated + done.removed;
        worker.figures.2 += done.removed;
        worker.commits += 1;
        watch::deletions(self, worker, &done)?;
        worker.live = worker.live.max(self.store.live());
        self.trace.note(format_args!("committed, cursor moves: {moves_cursor}"));
        Ok(Some(Input::Committed))
    }

    fn failed(&mut self, failure: Failure) -> Input {
        self.trace.note(format_args!("failed {failure}"));
        Input::Failed(failure)
    }

    /// Trouble at the vendor or on the way; sometimes the repeated call works.
    fn bad_luck(&mut self) -> Option<Failure> {
        let (name, failure) = match self.rng.below(3) {
            0 => ("fault: 429", Failure::new(FailureClass::RateLimited, "model: 429")),
            1 => ("fault: 503", Failure::new(FailureClass::Transient, "model: 503").outage()),
            _ => ("fault: the database fails", Failure::new(FailureClass::Transient, "the database: busy")),
        };
        let retried = self.rng.chance(400);
        if !self.roll("fault", 30) {
            return None;
        }
        self.pass(SignedDuration::from_secs(3));
        self.counters.hit(if retried { "fault: retried within the run" } else { name });
        (!retried).then_some(failure)
    }

    fn lose_cursor(&mut self, page: u64, resumed: bool) -> Option<Failure> {
        let per_mille = if page > 2 { 60 } else { 25 };
        if !(self.roll("lost", per_mille) || resumed && self.no_page_tokens) {
            return None;
        }
        self.counters.hit(match page {
            1 => "cursor lost: page 1",
            2 => "cursor lost: page 2",
            _ => "cursor lost: page 3 or later",
        });
        if resumed {
            self.counters.hit("page token lost");
        }
        Some(lost("the cursor is gone"))
    }

    fn lie(&mut self, reading: &Reading) -> Lie {
        if self.wrong {
            return Lie::Empty;
        }
        let lie = if self.rng.chance(500) { Lie::Empty } else { Lie::Cut };
        if !self.roll("lie", 15) || !matches!(reading, Reading::Full { .. }) {
            return Lie::No;
        }
        // What such a list leaves out and nobody knew of shows only in another comparison.
        self.needs_comparison = true;
        lie
    }

    /// A server that fails on one object.
    fn stumble(&mut self, changes: &mut [RemoteChange]) {
        let at = self.rng.below(changes.len());
        if !self.roll("stumble", 20) || self.vendor.temper != Temper::Caldav {
            return;
        }
        if let Some(RemoteChange::Series(series)) = changes.get(at) {
            self.counters.hit("fault: one object cannot be fetched");
            self.stumbled = true;
            let change = super::wire::unreadable(&series.id, String::new());
            changes[at] = change;
        }
    }

    fn entering_due(&mut self) -> bool {
        let now: Timestamp = self.now;
        let due = self.quiet
            || self.entering_checked.is_none_or(|last| now.duration_since(last) >= SignedDuration::from_hours(6));
        if due {
            self.entering_checked = Some(now);
        }
        due
    }
}

/// The number of the last change that a cursor covers: `1|<lower bound>|<number>|...`.
fn since(cursor: Option<&str>) -> Option<u64> {
    cursor?.split('|').nth(2)?.parse().ok()
}
