//! One seed of a local calendar with one or two connected ones, edited everywhere.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use tidecal_core::policy::Window;
use tidecal_core::sync::{ConflictPolicy, Instruction, Outcome};

use super::super::Violation;
use super::super::count::Counters;
use super::super::rng::Rng;
use super::super::trace::Trace;
use super::super::truth::What;
use super::super::vendor::{Habits, Marks, Temper, Vendor};
use super::super::world::{Knobs, Report};
use super::ledger::Consent;
use super::memory::{Memory, Token, tokens};
use super::oracle;
use super::people::Hand;
use super::store::Store;
use super::worker::{Step, Worker};

/// Names of a vendor are counted from here on, for each vendor apart.
const NAMES: u64 = 1_000_000;

/// An older copy of the database, and how much had been written in the local calendar by then.
#[derive(Debug)]
struct Copy {
    store: Store,
    written: usize,
}

/// Everything that there is.
pub(super) struct World {
    pub(super) rng: Rng,
    knobs: Knobs,
    pub(super) vendors: Vec<Vendor>,
    pub(super) store: Store,
    pub(super) memory: Memory,
    pub(super) consents: Vec<Consent>,
    pub(super) now: Timestamp,
    pub(super) home: &'static str,
    pub(super) policy: ConflictPolicy,
    pub(super) counters: Counters,
    pub(super) trace: Trace,
    pub(super) runs: u64,
    pub(super) entering_checked: BTreeMap<usize, Timestamp>,
    /// Only another comparison shows what a reading left out.
    pub(super) needs_comparison: bool,
    /// An older copy of the database was put back.
    pub(super) restored: bool,
    /// Titles of meetings that both calendars were invited to.
    pub(super) shared: Vec<Token>,
    /// Such a meeting may be news to both connections.
    shared_is_news: bool,
    /// No trouble any more.
    pub(super) quiet: bool,
    running: bool,
    copy: Option<Copy>,
}

/// Runs a seed.
pub(in crate::sim) fn run(seed: u64, tempers: &[Temper], knobs: &Knobs, kept: bool) -> Report {
    let mut world = World::new(seed, tempers, knobs.clone(), kept);
    let violation = world.live().err();
    if let Some(violation) = &violation {
        world.trace.note(format_args!("VIOLATION {violation}"));
    }
    let World { trace, counters, .. } = world;
    Report { hash: trace.hash(), counters, violation, lines: trace.into_lines() }
}

impl World {
    fn new(seed: u64, tempers: &[Temper], knobs: Knobs, kept: bool) -> Self {
        let stream = tempers.iter().fold(100, |stream, temper| stream * 4 + *temper as u64 + 1);
        let mut rng = Rng::new(seed, stream);
        let start = jiff::civil::date(2026, 1, 1).at(8, 0, 0, 0);
        let now = jiff::tz::TimeZone::UTC.to_timestamp(start).unwrap_or(Timestamp::UNIX_EPOCH);
        let now = now.checked_add(SignedDuration::from_hours(rng.between(0, 365 * 24))).unwrap_or(now);
        let home = if rng.chance(500) { "Europe/Vienna" } else { "America/New_York" };
        let vendors = tempers.iter().enumerate().map(|(at, temper)| vendor(at, *temper, home, &mut rng)).collect();
        let policy = match rng.below(12) {
            0 => ConflictPolicy::Local,
            1 => ConflictPolicy::Remote,
            _ => ConflictPolicy::Ask,
        };
        Self {
            rng,
            knobs,
            vendors,
            store: Store::new(tempers.len()),
            memory: Memory::default(),
            consents: Vec::new(),
            now,
            home,
            policy,
            counters: Counters::default(),
            trace: Trace::new(kept),
            runs: 0,
            entering_checked: BTreeMap::new(),
            needs_comparison: false,
            restored: false,
            shared: Vec::new(),
            shared_is_news: false,
            quiet: false,
            running: false,
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
        for at in 0..self.vendors.len() {
            let items = if self.rng.chance(40) { 30 + self.rng.below(40) } else { 2 + self.rng.below(12) };
            self.at_vendor(at, |vendor, now, rng, counters| {
                for _ in 0..items {
                    vendor.create(now, rng, counters);
                }
                Some(format!("{items} items"))
            });
        }
        let rounds = 3 + self.rng.below(8);
        for round in 0..rounds.min(self.knobs.rounds) {
            self.trace.note(format_args!("round {round} at {}", self.now));
            self.between_runs(round);
            self.round()?;
        }
        oracle::settle(self)
    }

    /// Somebody does something in a vendor's calendar.
    fn at_vendor(
        &mut self,
        at: usize,
        act: impl FnOnce(&mut Vendor, Timestamp, &mut Rng, &mut Counters) -> Option<String>,
    ) {
        let before = self.vendors[at].items.clone();
        let done = act(&mut self.vendors[at], self.now, &mut self.rng, &mut self.counters);
        let place = format!("vendor {at}");
        self.memory.at_vendor(&place, &before, &self.vendors[at]);
        if let Some(what) = done {
            self.trace.note(format_args!("{place}: {what} (#{})", self.vendors[at].seq));
        }
    }

    fn vendor_edit(&mut self) {
        let at = self.rng.below(self.vendors.len());
        if self.vendors.len() > 1 && self.rng.chance(80) {
            if !self.running {
                self.invite_both();
            }
            return;
        }
        self.at_vendor(at, Vendor::edit);
    }

    /// The same meeting comes to both calendars.
    fn invite_both(&mut self) {
        let at = self.rng.below(2);
        let other = 1 - at;
        let before = self.vendors[other].items.clone();
        let mut id = String::new();
        self.at_vendor(at, |vendor, now, rng, counters| {
            id = vendor.create(now, rng, counters).trim_start_matches("create ").to_owned();
            vendor.items.get_mut(&id)?.uid = format!("{id}-both@example.com");
            Some(format!("create {id} for both"))
        });
        let Some(original) = self.vendors[at].items.get(&id).cloned() else { return };
        let Some(body) = original.body().cloned() else { return };
        let vendor = &mut self.vendors[other];
        let new = vendor.create(self.now, &mut self.rng, &mut self.counters).trim_start_matches("create ").to_owned();
        let seq = vendor.seq;
        let master = vendor.piece(new.clone(), What::Takes(body), seq);
        if let Some(item) = vendor.items.get_mut(&new) {
            (item.uid, item.clock, item.master) = (original.uid, original.clock, Some(master));
            item.parts.clear();
        }
        self.counters.hit("edit: the same meeting for both");
        let master = self.vendors[at].items.get(&id).and_then(|item| item.body());
        self.shared.extend(master.into_iter().flat_map(tokens));
        self.shared_is_news = true;
        self.trace.note(format_args!("vendor {other}: create {new} for both (#{seq})"));
        self.memory.at_vendor(&format!("vendor {other}"), &before, &self.vendors[other]);
    }

    /// A person does something in the local calendar.
    fn local_edit(&mut self) {
        let before = self.store.events.clone();
        let consent = self.rng.chance(250);
        let (store, words) = (&mut self.store, &mut self.vendors[0]);
        let (rng, counters) = (&mut self.rng, &mut self.counters);
        let mut hand = Hand { store, words, rng, counters, now: self.now, consent };
        let Some(done) = hand.act() else { return };
        self.trace.note(format_args!("here: {done} (#{})", self.store.seq));
        self.memory.here(&before, &self.store);
        if consent {
            self.note_consent(&before);
        }
    }

    fn note_consent(&mut self, before: &BTreeMap<String, super::store::Row>) {
        for (id, row) in &self.store.events {
            if before.get(id).is_some_and(|old| old.seq == row.seq) {
                continue;
            }
            let said = tokens(&super::super::wire::body(&row.event));
            self.consents.push(Consent { series: row.series_id.clone(), said, deletes: row.deleted });
        }
    }

    /// What happens while nothing runs.
    fn between_runs(&mut self, round: usize) {
        for _ in 0..self.rng.below(5) {
            if round > 0 {
                self.vendor_edit();
            }
        }
        for _ in 0..self.rng.below(5) {
            if self.roll("local", 700) {
                self.local_edit();
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
    }

    fn operate(&mut self) {
        let at = self.rng.below(self.vendors.len());
        if self.roll("forget", 60) {
            self.counters.hit("cursor lost: between runs");
            self.vendors[at].oldest = self.vendors[at].seq + 1;
            self.needs_comparison |= self.vendors[at].habits.marks == Marks::Forgetful;
            self.trace.note(format_args!("vendor {at} forgets its cursors"));
        }
        if self.roll("reset", 40) {
            let progress = self.rng.chance(500);
            self.counters.hit("operator: reset between runs");
            self.store.reset(at, progress);
            self.trace.note(format_args!("operator resets {at}, progress too: {progress}"));
        }
        if self.roll("stumble", 60) && self.store.retry_failed(at) > 0 {
            self.counters.hit("operator: retry");
            self.trace.note(format_args!("operator has failed items of {at} tried again"));
        }
        if self.store.sides[at].held && self.roll("release", 400) {
            self.release(at);
        }
    }

    pub(super) fn release(&mut self, at: usize) {
        self.counters.hit("person: releases");
        let side = &mut self.store.sides[at];
        (side.held, side.released) = (false, true);
        self.trace.note(format_args!("a person releases {at}"));
    }

    fn back_up(&mut self) {
        // Of two connections neither knows what the other's copies were made of.
        let one = self.vendors.len() == 1;
        if self.roll("restore", 50)
            && one
            && let Some(copy) = self.copy.take()
        {
            self.counters.hit("restore: an older store");
            let newest = std::mem::replace(&mut self.store, copy.store);
            self.store.forget_leases(&newest);
            self.memory.forget_here(copy.written);
            self.restored = true;
            self.trace.note(format_args!("an older copy of the store"));
        } else if self.rng.chance(250) {
            self.copy = Some(Copy { store: self.store.clone(), written: self.memory.written.len() });
        }
    }

    /// Runs with trouble; one or several at once, of one connection or of both.
    fn round(&mut self) -> Result<(), Violation> {
        // Two runs that learn of one meeting at the same moment both take it in.
        if std::mem::take(&mut self.shared_is_news) {
            for at in 0..self.vendors.len() {
                let worker = self.begin(at);
                self.drive(vec![worker])?;
            }
            return Ok(());
        }
        let mut workers = Vec::new();
        for at in 0..self.vendors.len() {
            if self.rng.chance(800) {
                workers.push(self.begin(at));
            }
        }
        self.drive(workers)
    }

    fn drive(&mut self, mut workers: Vec<Worker>) -> Result<(), Violation> {
        let one = workers.len() == 1 && self.vendors.len() > 1;
        self.running = true;
        while !workers.is_empty() {
            self.trouble(&mut workers, one);
            let at = self.rng.below(workers.len());
            let Some(worker) = workers.get_mut(at) else { break };
            let kind = kind_of(worker.next.as_ref());
            let crash = self.roll("crash", 12);
            let first = crash && self.rng.chance(500);
            if !crash || first {
                let step = self.step(worker)?;
                if !matches!(step, Step::Going) {
                    workers.remove(at);
                    continue;
                }
            }
            if crash {
                self.counters.hit(match (kind, first) {
                    ("crash: commit, before", true) => "crash: commit, after",
                    ("crash: push, before", true) => "crash: push, after",
                    (kind, _) => kind,
                });
                self.trace.note(format_args!("{kind}, carried out: {first}"));
                self.entering_checked.clear();
                workers.remove(at);
            }
        }
        self.running = false;
        Ok(())
    }

    /// What else happens between two instructions.
    fn trouble(&mut self, workers: &mut Vec<Worker>, alone: bool) {
        self.pass(SignedDuration::from_millis(200));
        if self.roll("edit", 40) {
            self.vendor_edit();
        }
        let writing =
            workers.iter().any(|worker| matches!(worker.next, Some(Instruction::Commit(_) | Instruction::Push(_))));
        if self.roll("local", if writing { 60 } else { 20 }) {
            self.local_edit();
        }
        if self.roll("reset", 5) {
            let (at, progress) = (self.rng.below(self.vendors.len()), self.rng.chance(500));
            self.store.reset(at, progress);
            self.trace.note(format_args!("operator resets {at} in mid-run, progress too: {progress}"));
        }
        if self.roll("worker", 8) && workers.len() < 4 && !alone {
            self.counters.hit("lease: two workers");
            let at = self.rng.below(self.vendors.len());
            workers.push(self.begin(at));
        }
    }

    /// One run without trouble.
    pub(super) fn calm_run(&mut self, at: usize) -> Result<(Outcome, Worker), Violation> {
        let mut worker = self.begin(at);
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

fn vendor(at: usize, temper: Temper, home: &'static str, rng: &mut Rng) -> Vendor {
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
        rewrites: rng.chance(250),
        remembers: rng.chance(500),
    };
    let serial = (at as u64 + 1) * NAMES;
    Vendor { temper, habits, items: BTreeMap::new(), seq: 0, serial, home, oldest: 0 }
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
        Some(Instruction::Push(_)) => "crash: push, before",
        Some(Instruction::Count) => "crash: count",
        Some(Instruction::Commit(_)) => "crash: commit, before",
        Some(Instruction::Finish(_)) | None => "crash: finish",
    }
}
