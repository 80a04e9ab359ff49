//! One seed: a vendor, a store, people on both sides, and everything that goes wrong.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use tidecal_core::policy::Window;
use tidecal_core::sync::{ConflictPolicy, Instruction, Outcome};

use super::count::Counters;
use super::person::Person;
use super::rng::Rng;
use super::shown::Field;
use super::store::Store;
use super::trace::Trace;
use super::vendor::{Habits, Marks, Temper, Vendor};
use super::worker::{Step, Worker};
use super::{Violation, oracle};

/// What a seed is run with; less than everything where a failure is being narrowed down.
#[derive(Clone, Debug)]
pub(super) struct Knobs {
    /// Most rounds of edits and runs.
    pub(super) rounds: usize,
    /// Kinds of trouble that do not happen.
    pub(super) off: BTreeSet<&'static str>,
}

impl Knobs {
    pub(super) const EVERYTHING: usize = 99;
    /// Kinds of trouble.
    pub(super) const TROUBLE: [&'static str; 16] = [
        "answers", "crash", "edit", "fault", "forget", "lie", "local", "lost", "range", "release", "reset", "restore",
        "stumble", "tokens", "worker", "wrong",
    ];
}

impl Default for Knobs {
    fn default() -> Self {
        Self { rounds: Self::EVERYTHING, off: BTreeSet::new() }
    }
}

/// A series that was deleted without a person, and when.
#[derive(Clone, Debug)]
pub(super) struct Removal {
    pub(super) at: Timestamp,
    pub(super) series: String,
}

/// An older copy of the database.
#[derive(Debug)]
struct Copy {
    store: Store,
    person: Person,
    removals: Vec<Removal>,
}

/// How a seed ended.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) hash: u64,
    pub(super) counters: Counters,
    pub(super) violation: Option<Violation>,
    pub(super) lines: Vec<String>,
}

/// Everything that there is.
pub(super) struct World {
    pub(super) rng: Rng,
    knobs: Knobs,
    pub(super) vendor: Vendor,
    pub(super) store: Store,
    pub(super) person: Person,
    pub(super) now: Timestamp,
    pub(super) policy: ConflictPolicy,
    pub(super) counters: Counters,
    pub(super) trace: Trace,
    pub(super) runs: u64,
    /// Values that the vendor's people chose, too.
    pub(super) echoed: BTreeSet<(String, Field, String)>,
    pub(super) removals: Vec<Removal>,
    pub(super) entering_checked: Option<Timestamp>,
    /// Only another comparison shows what a reading left out.
    pub(super) needs_comparison: bool,
    pub(super) stumbled: bool,
    /// Page tokens are never accepted in this run.
    pub(super) no_page_tokens: bool,
    /// In this run the vendor answers as if the calendar were another, empty one.
    pub(super) wrong: bool,
    /// It has done so once.
    pub(super) was_wrong: bool,
    /// No trouble any more.
    pub(super) quiet: bool,
    copy: Option<Copy>,
}

/// Runs a seed.
pub(super) fn run(seed: u64, temper: Temper, knobs: &Knobs, kept: bool) -> Report {
    let mut world = World::new(seed, temper, knobs.clone(), kept);
    let violation = world.live().err();
    if let Some(violation) = &violation {
        world.trace.note(format_args!("VIOLATION {violation}"));
    }
    let World { trace, counters, .. } = world;
    Report { hash: trace.hash(), counters, violation, lines: trace.into_lines() }
}

impl World {
    fn new(seed: u64, temper: Temper, knobs: Knobs, kept: bool) -> Self {
        let mut rng = Rng::new(seed, temper as u64 + 1);
        let start = jiff::civil::date(2026, 1, 1).at(8, 0, 0, 0);
        let now = jiff::tz::TimeZone::UTC.to_timestamp(start).unwrap_or(Timestamp::UNIX_EPOCH);
        let now = now.checked_add(SignedDuration::from_hours(rng.between(0, 365 * 24))).unwrap_or(now);
        let marks = match rng.below(8) {
            0 => Marks::Forgetful,
            1 => Marks::Tag,
            2 => Marks::Nothing,
            _ => Marks::Sync,
        };
        let habits = Habits {
            page_size: 1 + rng.below(12),
            names_removals: rng.chance(500),
            names_parts_of_removed: rng.chance(500),
            split_keeps_ids: rng.chance(200),
            excludes: rng.chance(500),
            marks,
            rewrites: false,
            remembers: false,
        };
        let home = if rng.chance(500) { "Europe/Vienna" } else { "America/New_York" };
        let vendor = Vendor { temper, habits, items: Default::default(), seq: 0, serial: 0, home, oldest: 0 };
        let policy = match rng.below(10) {
            0 => ConflictPolicy::Local,
            1 => ConflictPolicy::Remote,
            _ => ConflictPolicy::Ask,
        };
        Self {
            rng,
            knobs,
            vendor,
            store: Store::default(),
            person: Person::default(),
            now,
            policy,
            counters: Counters::default(),
            trace: Trace::new(kept),
            runs: 0,
            echoed: BTreeSet::new(),
            removals: Vec::new(),
            entering_checked: None,
            needs_comparison: false,
            stumbled: false,
            no_page_tokens: false,
            wrong: false,
            was_wrong: false,
            quiet: false,
            copy: None,
        }
    }

    /// A kind of trouble, in so many of 1 000 cases.
    pub(super) fn roll(&mut self, kind: &str, per_mille: usize) -> bool {
        let hit = self.rng.chance(per_mille);
        hit && !self.quiet && !self.knobs.off.contains(kind)
    }

    pub(super) fn pass(&mut self, time: SignedDuration) {
        self.now = self.now.checked_add(time).unwrap_or(self.now);
    }

    pub(super) fn window(&self) -> Window {
        Window::around(self.now, 3, 12)
    }

    fn live(&mut self) -> Result<(), Violation> {
        let items = if self.rng.chance(40) { 60 + self.rng.below(60) } else { 3 + self.rng.below(25) };
        for _ in 0..items {
            self.vendor.create(self.now, &mut self.rng, &mut self.counters);
        }
        let rounds = 4 + self.rng.below(9);
        for round in 0..rounds.min(self.knobs.rounds) {
            self.trace.note(format_args!("round {round} at {}", self.now));
            if round > 0 {
                self.between_runs();
            }
            self.round()?;
        }
        oracle::settle(self)
    }

    /// What happens while nothing runs.
    fn between_runs(&mut self) {
        for _ in 0..self.rng.below(6) {
            self.vendor_edit();
        }
        for _ in 0..self.rng.below(3) {
            if self.roll("local", 500) {
                self.local_edit("local: edit between runs");
            }
        }
        let before = self.window();
        let minutes = match self.rng.below(20) {
            0 => self.rng.between(1, 30 * 24 * 60),
            1..=4 => self.rng.between(60, 3 * 24 * 60),
            _ => self.rng.between(1, 120),
        };
        self.pass(SignedDuration::from_mins(minutes));
        if self.window().from.duration_since(before.from) > SignedDuration::from_hours(24) {
            self.counters.hit("clock: the window moved");
        }
        self.operate();
        self.back_up();
        self.no_page_tokens = self.roll("tokens", 30);
        self.wrong = self.roll("wrong", 12);
        if self.wrong {
            self.counters.hit("lie: everything is gone");
            self.trace.note(format_args!("the vendor says that everything is gone"));
            self.vendor.oldest = self.vendor.seq + 1;
            (self.was_wrong, self.needs_comparison) = (true, true);
        }
    }

    fn operate(&mut self) {
        if self.roll("forget", 60) {
            self.counters.hit("cursor lost: between runs");
            self.vendor.oldest = self.vendor.seq + 1;
            self.needs_comparison |= self.vendor.habits.marks == Marks::Forgetful;
            self.trace.note(format_args!("the vendor forgets its cursors"));
        }
        if self.roll("reset", 40) {
            let progress = self.rng.chance(500);
            self.counters.hit("operator: reset between runs");
            self.store.reset(progress);
            self.trace.note(format_args!("operator resets, progress too: {progress}"));
        }
        if self.roll("stumble", 80) && self.store.retry_failed() > 0 {
            self.counters.hit("operator: retry");
            self.trace.note(format_args!("operator has failed items tried again"));
        }
        if self.store.held && self.roll("release", 400) {
            self.release();
        }
    }

    pub(super) fn release(&mut self) {
        self.counters.hit("person: releases");
        (self.store.held, self.store.released) = (false, true);
        self.trace.note(format_args!("a person releases"));
    }

    fn back_up(&mut self) {
        if self.roll("restore", 60)
            && let Some(copy) = self.copy.take()
        {
            self.counters.hit("restore: an older store");
            let newest = std::mem::replace(&mut self.store, copy.store);
            self.store.forget_leases(&newest);
            (self.person, self.removals) = (copy.person, copy.removals);
            self.trace.note(format_args!("an older copy of the store"));
        } else if self.rng.chance(250) {
            let (store, person, removals) = (self.store.clone(), self.person.clone(), self.removals.clone());
            self.copy = Some(Copy { store, person, removals });
        }
    }

    fn vendor_edit(&mut self) {
        if self.rng.chance(60) {
            return self.echo();
        }
        if let Some(what) = self.vendor.edit(self.now, &mut self.rng, &mut self.counters) {
            self.trace.note(format_args!("vendor: {what} (#{})", self.vendor.seq));
        }
    }

    /// Somebody at the vendor's has the same idea as the person here.
    fn echo(&mut self) {
        let titles: Vec<(String, String)> = self
            .person
            .wanted
            .iter()
            .filter(|((_, field), _)| *field == Field::Title)
            .map(|((row, _), value)| (row.clone(), value.clone()))
            .collect();
        let Some((row, value)) = self.rng.pick(&titles).cloned() else { return };
        let Some((item, slot)) = oracle::piece_of(self, &row) else { return };
        self.counters.hit("edit: same as here");
        self.trace.note(format_args!("vendor: {item} {slot:?} gets the title {value:?} as well"));
        self.vendor.change_body(&item, slot, |body| body.title.clone_from(&value));
        self.echoed.insert((row, Field::Title, value));
    }

    pub(super) fn local_edit(&mut self, counter: &'static str) {
        let Some(act) = self.person.act(&mut self.store, self.vendor.home, &mut self.rng) else { return };
        self.counters.hit(match act.what {
            "delete" => "local: delete",
            "undo" => "local: undo",
            _ => counter,
        });
        self.trace.note(format_args!("person: {}", act.words));
    }

    /// One run with trouble, or two that fight for the lease.
    fn round(&mut self) -> Result<(), Violation> {
        let range = self.roll("range", 60) && self.vendor.temper == Temper::Google;
        let mut workers = vec![self.begin(range)];
        while !workers.is_empty() {
            self.trouble(&mut workers);
            let at = self.rng.below(workers.len());
            let Some(worker) = workers.get_mut(at) else { break };
            let kind = kind_of(worker.next.as_ref());
            let crash = self.roll("crash", 15);
            let first = crash && self.rng.chance(500);
            if !crash || first {
                let step = self.step(worker)?;
                if !matches!(step, Step::Going) {
                    workers.remove(at);
                    continue;
                }
            }
            if crash {
                let commit = kind == "crash: commit, before";
                self.counters.hit(if commit && first { "crash: commit, after" } else { kind });
                self.trace.note(format_args!("{kind}, carried out: {first}"));
                self.entering_checked = None;
                workers.remove(at);
            }
        }
        Ok(())
    }

    /// What else happens between two instructions.
    fn trouble(&mut self, workers: &mut Vec<Worker>) {
        self.pass(SignedDuration::from_millis(200));
        if self.roll("edit", 50) {
            self.vendor_edit();
        }
        let committing = workers.iter().any(|worker| matches!(worker.next, Some(Instruction::Commit(_))));
        if self.roll("local", if committing { 70 } else { 20 }) {
            self.local_edit("local: edit during a run");
        }
        if self.roll("reset", 6) {
            let progress = self.rng.chance(500);
            self.store.reset(progress);
            self.trace.note(format_args!("operator resets in mid-run, progress too: {progress}"));
        }
        if self.roll("worker", 8) && workers.len() < 3 {
            self.counters.hit("lease: two workers");
            workers.push(self.begin(false));
        }
    }

    /// One run without trouble.
    pub(super) fn calm_run(&mut self) -> Result<(Outcome, Worker), Violation> {
        let mut worker = self.begin(false);
        loop {
            match self.step(&mut worker)? {
                Step::Going => {}
                Step::Over(finish) => return Ok((finish.outcome, worker)),
                Step::Superseded => {
                    return Err(Violation::new("nobody else holds the lease", "a calm run was superseded".to_owned()));
                }
            }
        }
    }
}

fn kind_of(instruction: Option<&Instruction>) -> &'static str {
    match instruction {
        Some(Instruction::FetchPage(_)) => "crash: fetch page",
        Some(Instruction::FetchItems(_)) => "crash: fetch items",
        Some(Instruction::LoadVersions(_)) => "crash: load versions",
        Some(Instruction::LoadSeries { .. }) => "crash: load series",
        Some(Instruction::LoadEntering(_)) => "crash: load entering",
        Some(Instruction::LoadUnseen { .. }) => "crash: load unseen",
        Some(Instruction::LoadLocal { .. }) => "crash: load local",
        Some(Instruction::Push(_)) => "crash: push",
        Some(Instruction::Count) => "crash: count",
        Some(Instruction::Commit(_)) => "crash: commit, before",
        Some(Instruction::Finish(_)) | None => "crash: finish",
    }
}
