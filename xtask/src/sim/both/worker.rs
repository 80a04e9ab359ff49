//! One run of one connection, carried out instruction by instruction, as the engine's driver does.

use jiff::SignedDuration;
use tidecal_core::policy::{Brakes, Guard, Ids};
use tidecal_core::remote::{Failure, FailureClass, ItemRef, QuietWrite, Reading, RemoteWrite};
use tidecal_core::sync::{
    Commit, Finish, Input, Instruction, Outbound, Outcome, ReadingKind, Rules, Run, RunSettings, RunStart,
    SyncDirection,
};
use tidecal_ical::Zone;

use super::super::Violation;
use super::super::truth::{Item, What};
use super::super::vendor::{Lie, Temper, lost};
use super::super::worker::ITEMS;
use super::store::{CALENDAR, Lease, Refused};
use super::world::World;
use super::{ledger, watch};

/// One batch of rows from the store.
const BATCH: usize = 3;
/// More instructions than any run of these small calendars needs.
const MOST_STEPS: u64 = 4000;

/// A claimed run.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) at: usize,
    pub(super) run: Run,
    pub(super) next: Option<Instruction>,
    lease: Lease,
    pub(super) released: bool,
    /// Number of the vendor's last change that it, or its cursor, began with.
    pub(super) since: u64,
    /// Number of the vendor's last change when its reading began.
    read: u64,
    /// Rows that its commits changed; of these, local events.
    pub(super) changed: u64,
    pub(super) events: u64,
    pub(super) pushed: u64,
    steps: u64,
    page: u64,
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
    /// Claims a connection and begins a run.
    pub(super) fn begin(&mut self, at: usize) -> Worker {
        let has_news = self.store.has_news(at);
        let lease = self.store.claim(at);
        self.runs += 1;
        let window = self.window();
        let has_mappings = lease.cursor.is_some() || !self.store.sides[at].mappings.is_empty();
        let retries = if has_mappings { self.store.retries(at) } else { Vec::new() };
        let progress = self.store.progress(at);
        if progress.as_ref().is_some_and(|progress| progress.token.is_some()) {
            self.counters.hit("run: resumed at a page");
        }
        // A reading that goes on has not seen what changed since it began.
        let token = progress.as_ref().and_then(|progress| progress.token.as_deref());
        let began = token.and_then(|token| token.split('|').nth(3)?.parse().ok());
        let read = began.unwrap_or(self.vendors[at].seq);
        let check_entering = self.entering_due(at);
        let item = |id| ItemRef { id, version: String::new() };
        let start = RunStart {
            now: self.now,
            last_look: None,
            cursor: lease.cursor.clone(),
            progress,
            has_mappings,
            retries: retries.into_iter().map(item).collect(),
            check_entering: has_mappings && check_entering,
            range: None,
            local_cursor: self.store.sides[at].local_cursor,
            check_local: has_news || check_entering,
        };
        let zone = Zone::iana(self.home).unwrap_or_else(Zone::utc);
        let rules = Rules { policy: self.policy, direction: SyncDirection::Bidirectional, ..Rules::of(window, zone) };
        let released = self.store.sides[at].released;
        let settings = RunSettings {
            rules,
            guard: Guard::default(),
            brakes: Brakes::default(),
            released,
            restored: false,
            items_per_fetch: ITEMS,
            hub: self.vendors.len() > 1,
            outbound: Some(self.outbound(at)),
        };
        let (run, first) = Run::begin(start, settings, Ids::new(self.now, self.runs));
        let since = lease.cursor.as_deref().and_then(|cursor| cursor.split('|').nth(2)?.parse().ok());
        self.trace.note(format_args!("run {} of {at} claims, cursor {:?}", self.runs, lease.cursor));
        Worker {
            at,
            run,
            next: Some(first),
            lease,
            released,
            since: since.unwrap_or(self.vendors[at].seq),
            read,
            changed: 0,
            events: 0,
            pushed: 0,
            steps: 0,
            page: 0,
            figures: (0, 0, 0),
        }
    }

    fn outbound(&self, at: usize) -> Outbound {
        let text = |prefix: &str, suffix: &str| (prefix.to_owned(), suffix.to_owned());
        let temper = self.vendors[at].temper;
        Outbound {
            calendar_id: CALENDAR.to_owned(),
            quiet_write: if temper == Temper::Google { QuietWrite::Always } else { QuietWrite::OnlyWithoutAttendees },
            whole_series: temper == Temper::Caldav,
            new_item: match temper {
                Temper::Google => text("", ""),
                Temper::Graph => text("new:", ""),
                Temper::Caldav => text("/cal/", ".ics"),
            },
            home: at == 0,
            own_address: "ada@example.com".to_owned(),
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
        let at = worker.at;
        self.trace.note(format_args!("finish of {at} {:?} {:?} {:?}", finish.outcome, finish.kind, finish.stats));
        if !self.store.finish(at, &worker.lease, &finish) {
            self.counters.hit("lease: lost at the finish");
            return Ok(Step::Superseded);
        }
        let told = (finish.stats.synced, finish.stats.updated, finish.stats.deleted);
        if told != worker.figures {
            let detail = format!("{told:?} instead of {:?}", worker.figures);
            return Err(Violation::new("the figures are true", detail));
        }
        self.counters.hit(match (&finish.outcome, finish.kind) {
            (Outcome::Held(reason), _) if reason.ends_with("at the vendor") => "run: held on the way out",
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
        let at = worker.at;
        Ok(Some(match instruction {
            Instruction::FetchPage(query) => {
                worker.page = if query.token.is_none() { 1 } else { worker.page + 1 };
                self.trace.note(format_args!("fetch page {} of {at} {query:?}", worker.page));
                if let Some(failure) = self.bad_luck().or_else(|| self.lose_cursor()) {
                    return Ok(Some(self.failed(failure)));
                }
                let lie = self.lie(&query.reading);
                match self.vendors[at].page(&query, lie, &mut self.rng, &mut self.counters) {
                    Ok(page) => {
                        self.trace.page(&page);
                        Input::Page(page)
                    }
                    Err(failure) => self.failed(failure),
                }
            }
            Instruction::FetchItems(items) => {
                self.trace.note(format_args!("fetch items of {at} {items:?}"));
                if let Some(failure) = self.bad_luck() {
                    return Ok(Some(self.failed(failure)));
                }
                let changes = self.vendors[at].fetch(&items);
                changes.iter().for_each(|change| self.trace.change(change));
                Input::Items(changes)
            }
            Instruction::LoadVersions(ids) => Input::Versions(self.store.versions(at, &ids).into_iter().collect()),
            Instruction::LoadSeries { series, items, identities } => {
                let ids = self.store.series_ids(at, series, &items);
                let states = self.store.load_series(at, &ids, &identities);
                watch::twins(&states, &mut self.counters);
                Input::Series(states)
            }
            Instruction::LoadEntering(window) => {
                let ids = self.store.entering_ids(at, &window, BATCH);
                Input::Series(self.store.load_series(at, &ids, &[]))
            }
            Instruction::LoadUnseen { reading_id, lower, after } => {
                let ids = self.store.unseen(at, &reading_id, lower, after.as_deref(), BATCH);
                let item = |id| ItemRef { id, version: String::new() };
                Input::Unseen(ids.into_iter().map(item).collect())
            }
            Instruction::LoadLocal { after, waiting } => {
                let reached = waiting.then(|| self.window());
                let batch = self.store.load_local(at, after, reached, BATCH);
                if batch.more {
                    self.counters.hit("out: another batch");
                }
                Input::Local(batch)
            }
            Instruction::Push(write) => self.push(worker, &write)?,
            Instruction::Count => Input::Counted(self.store.count(at, self.now)),
            Instruction::Commit(commit) => return self.commit(worker, *commit),
            Instruction::Finish(_) => Input::Committed,
        }))
    }

    fn commit(&mut self, worker: &mut Worker, commit: Commit) -> Result<Option<Input>, Violation> {
        let at = worker.at;
        self.trace.commit(&commit);
        let arms = watch::arms(&commit);
        let done = match self.store.commit(at, &mut worker.lease, commit, self.now)? {
            Ok(done) => done,
            Err(Refused::EventsMoved) => {
                self.counters.hit("here: moved under a commit");
                self.trace.note(format_args!("moved"));
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
        watch::deletions(self, worker, &done)?;
        self.trace.note(format_args!("committed by {at}"));
        Ok(Some(Input::Committed))
    }

    /// A write: carried out or not, and its answer heard or not.
    fn push(&mut self, worker: &mut Worker, write: &RemoteWrite) -> Result<Input, Violation> {
        let at = worker.at;
        self.trace.note(format_args!("push to {at} {}", ledger::words(write)));
        if let Some(failure) = self.bad_luck() {
            return Ok(self.failed(failure));
        }
        worker.pushed += 1;
        self.counters.hit(ledger::kind(write));
        let lost = self.roll("answers", 60);
        let again = self.rng.chance(400);
        let mut reply = self.carry(worker, write)?;
        if lost {
            self.counters.hit("out: an answer is lost");
            if !again {
                return Ok(self.failed(Failure::new(FailureClass::Transient, "model: the answer was lost")));
            }
            self.counters.hit("out: sent again within the run");
            reply = self.carry(worker, write)?;
        }
        Ok(match reply {
            Ok(changes) => {
                changes.iter().for_each(|change| self.trace.change(change));
                Input::Written(changes)
            }
            Err(failure) => {
                self.counters.hit(match failure.class {
                    FailureClass::Conflict => "out: 409 or 412",
                    _ => "out: refused",
                });
                self.failed(failure)
            }
        })
    }

    fn carry(
        &mut self,
        worker: &Worker,
        write: &RemoteWrite,
    ) -> Result<Result<Vec<tidecal_core::remote::RemoteChange>, Failure>, Violation> {
        let (at, seq) = (worker.at, self.vendors[worker.at].seq);
        let before = self.vendors[at].items.get(&write.series_id).cloned();
        let reply = self.vendors[at].write(write);
        if let Some(before) = before {
            self.lost_with_it(worker, &before);
        }
        if self.vendors[at].seq > seq {
            self.trace.note(format_args!("  stored (#{})", self.vendors[at].seq));
        }
        match reply {
            Ok(reply) => {
                ledger::check(self, at, write, reply.mailed)?;
                Ok(Ok(reply.changes))
            }
            Err(failure) => Ok(Err(failure)),
        }
    }

    /// A series takes its exceptions along when it ends or goes. No version guards those that came
    /// up after the reading: the vendor has lost them.
    fn lost_with_it(&mut self, worker: &Worker, before: &Item) {
        let now = self.vendors[worker.at].items.get(&before.id);
        for (slot, piece) in before.parts.iter().filter(|(_, piece)| piece.changed > worker.read) {
            let there = now.is_some_and(|item| item.alive && item.pieces().any(|(_, it)| it.what == piece.what));
            if let What::Takes(body) = &piece.what
                && !there
            {
                self.counters.hit("race: an exception goes unread with its series");
                self.trace.note(format_args!("  {} {slot} goes unread", before.id));
                self.memory.bury(body);
            }
        }
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
        if !self.roll("fault", 25) {
            return None;
        }
        self.pass(SignedDuration::from_secs(3));
        self.counters.hit(if retried { "fault: retried within the run" } else { name });
        (!retried).then_some(failure)
    }

    fn lose_cursor(&mut self) -> Option<Failure> {
        self.roll("lost", 20).then(|| {
            self.counters.hit("cursor lost: in a run");
            lost("the cursor is gone")
        })
    }

    fn lie(&mut self, reading: &Reading) -> Lie {
        let lie = if self.rng.chance(500) { Lie::Empty } else { Lie::Cut };
        if !self.roll("lie", 15) || !matches!(reading, Reading::Full { .. }) {
            return Lie::No;
        }
        self.needs_comparison = true;
        lie
    }

    fn entering_due(&mut self, at: usize) -> bool {
        let now = self.now;
        let last = self.entering_checked.get(&at).copied();
        let due = self.quiet || last.is_none_or(|last| now.duration_since(last) >= SignedDuration::from_hours(6));
        if due {
            self.entering_checked.insert(at, now);
        }
        due
    }
}
