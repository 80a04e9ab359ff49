//! The planner alone, on one series at a time: three correlated faces of each component, one
//! change, whatever states, policies and directions there are.
//!
//! Expected is worked out from numbers (`check`), not by the core's merge. Deliberately not here:
//! runs, pages, several series at once: the seeds of the simulator have those.

mod check;
mod draw;
mod face;
mod play;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Result, bail};
use tidecal_core::remote::RemoteComponent;
use tidecal_core::sync::{Commit, EventOp, Planned, SeriesState, Stats, Writes};

use super::Violation;
use super::count::Counters;
use super::rng::Rng;
use super::store::Store;
use super::watch;
use draw::Case;

/// Plans of the same change until one has nothing to write.
const MOST_ROUNDS: usize = 3;
/// Cases that a thread takes at once.
const BLOCK: u64 = 1000;
/// Of so many cases one is counted: names cost more than plans.
const COUNTED: u64 = 16;
/// Fewer cases need not have met everything.
const ENOUGH: u64 = 20_000;

/// What must have been decided at least once.
const WANTED: &[&str] = &[
    "decide: adopt",
    "decide: apply",
    "decide: bury",
    "decide: conflict, both changed",
    "decide: conflict, deleted here",
    "decide: conflict, gone there",
    "decide: keep local",
    "decide: merge",
    "decide: merge, overruled",
    "decide: quarantine",
    "decide: remove",
    "decide: unchanged",
    "window: an entry entered",
];

/// Runs `cases` cases from number `from`; fails with the lowest that breaks a rule.
pub(super) fn run(from: u64, cases: u64) -> Result<()> {
    let (counters, failed) = run_all(from, cases);
    for (name, count) in counters.iter() {
        println!("{count:9} {name} (of one case in {COUNTED})");
    }
    if let Some((number, violation)) = failed {
        println!("{:#?}", Case::draw(&mut Rng::new(number, STREAM)));
        bail!("case {number}: {violation}; again: cargo xtask sim --planner --cases 1 --from {number}");
    }
    let missing: Vec<_> = WANTED.iter().filter(|name| counters.get(name) == 0).collect();
    if !missing.is_empty() && cases >= ENOUGH {
        bail!("nothing has exercised: {missing:?}");
    }
    Ok(())
}

/// Apart from the seeds of whole simulations.
const STREAM: u64 = 77;

fn run_all(from: u64, cases: u64) -> (Counters, Option<(u64, Violation)>) {
    let (next, stop) = (AtomicU64::new(0), AtomicU64::new(u64::MAX));
    let results = Mutex::new((Counters::default(), None::<(u64, Violation)>));
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let work = || {
        let mut counters = Counters::default();
        let mut failed = None;
        while failed.is_none() {
            let begin = next.fetch_add(BLOCK, Ordering::Relaxed);
            if begin >= cases.min(stop.load(Ordering::Relaxed)) {
                break;
            }
            let numbers = from + begin..from + (begin + BLOCK).min(cases);
            failed = numbers.into_iter().find_map(|number| Some((number, caught(number, &mut counters).err()?)));
            if let Some((number, _)) = &failed {
                stop.fetch_min(number - from, Ordering::Relaxed);
            }
        }
        let mut results = results.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        results.0.add(&counters);
        let lower = |known: &(u64, Violation), new: &(u64, Violation)| known.0 < new.0;
        if let Some(new) = failed.filter(|new| !results.1.as_ref().is_some_and(|known| lower(known, new))) {
            results.1 = Some(new);
        }
    };
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn caught(number: u64, counters: &mut Counters) -> std::result::Result<(), Violation> {
    catch_unwind(AssertUnwindSafe(|| one(number, counters))).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().cloned();
        let words = words.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(Violation::new("nothing panics", words.unwrap_or_default()))
    })
}

/// One case.
fn one(number: u64, counters: &mut Counters) -> std::result::Result<(), Violation> {
    let mut rng = Rng::new(number, STREAM);
    let case = Case::draw(&mut rng);
    let components = play::components(&case);
    let before = play::stored(&case);
    let mut store = before.clone();
    for round in 0.. {
        let state = play::load(&case, &store);
        let planned = play::plan(&case, &state, components.clone(), number + round);
        if round == 0 {
            same_in_any_order(&case, state, &components, number, planned.clone(), &mut rng)?;
        }
        let counts = (round == 0 && number.is_multiple_of(COUNTED)).then_some(&mut *counters);
        if commit(&mut store, planned, counts)? == 0 {
            break;
        }
        if round + 1 == MOST_ROUNDS as u64 {
            return Err(Violation::new("the same change again changes nothing", format!("after {MOST_ROUNDS} rounds")));
        }
    }
    check::judge(&case, &before, &store)
}

/// Carries a plan out; how many rows are not what they were.
fn commit(store: &mut Store, planned: Planned, counters: Option<&mut Counters>) -> std::result::Result<u64, Violation> {
    let Planned { writes, stats, removals, .. } = planned;
    if removals > 1 {
        return Err(Violation::new("a series counts once", format!("{removals} removals")));
    }
    let commit = Commit { writes, ..Commit::default() };
    if let Some(counters) = counters {
        watch::arms(&commit, store).into_iter().for_each(|arm| counters.hit(arm));
    }
    let mut lease = store.claim();
    let done = match store.commit(&mut lease, commit, *play::NOW)? {
        Ok(done) => done,
        Err(refused) => return Err(Violation::new("a plan fits its state", format!("{refused:?}"))),
    };
    let Stats { synced, updated, deleted, .. } = stats;
    let (told, is) = ((synced, updated, deleted), (done.inserted, done.updated + done.removed, done.removed));
    if told != is {
        return Err(Violation::new("the figures are true", format!("{told:?} instead of {is:?}")));
    }
    let masters = done.deleted.iter().any(|(_, mapping)| mapping.recurrence_id.is_none());
    if masters && removals == 0 {
        return Err(Violation::new("a series that goes is counted", format!("{:?}", done.deleted)));
    }
    Ok(done.changed)
}

/// In whatever order components are known and named, the plan is the same.
fn same_in_any_order(
    case: &Case,
    mut state: SeriesState,
    components: &[RemoteComponent],
    seed: u64,
    planned: Planned,
    rng: &mut Rng,
) -> std::result::Result<(), Violation> {
    let mut components = components.to_vec();
    rng.shuffle(&mut components);
    rng.shuffle(&mut state.components);
    let other = play::plan(case, &state, components, seed);
    let (stats, removals) = ((planned.stats, planned.removals), (other.stats, other.removals));
    let (first, second) = (sorted(planned.writes), sorted(other.writes));
    if first == second && stats == removals {
        return Ok(());
    }
    Err(Violation::new("the order of components says nothing", format!("{first:#?} and {second:#?}")))
}

/// In the order of keys, with new rows named after their keys.
fn sorted(mut writes: Writes) -> Writes {
    let name = |external_id: &str, slot: Option<tidecal_ical::RecurrenceId>| format!("new {external_id} {slot:?}");
    let mut names: Vec<(String, String)> = Vec::new();
    for write in writes.events.iter_mut().filter(|write| matches!(write.op, EventOp::Insert { .. })) {
        let named = name(&write.external_event_id, write.recurrence_id);
        names.push((std::mem::replace(&mut write.id, named.clone()), named));
    }
    for mapping in &mut writes.mappings {
        if let Some((_, named)) = names.iter().find(|(id, _)| mapping.event_id.as_ref() == Some(id)) {
            mapping.event_id = Some(named.clone());
        }
    }
    writes.events.sort_by(|a, b| a.id.cmp(&b.id));
    writes
        .mappings
        .sort_by(|a, b| (&a.external_event_id, a.recurrence_id).cmp(&(&b.external_event_id, b.recurrence_id)));
    writes
        .conflicts
        .sort_by(|a, b| (&a.external_event_id, a.recurrence_id).cmp(&(&b.external_event_id, b.recurrence_id)));
    writes.journal.sort_by(|a, b| (&a.event_id, a.action).cmp(&(&b.event_id, b.action)));
    writes.kept.sort_by(|a, b| a.id.cmp(&b.id));
    writes
}
