//! What is watched at every page and commit: which arm of the decision it was, that a deletion has
//! its evidence, and that nobody deletes much without a person.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use tidecal_core::remote::{Page, RemoteChange};
use tidecal_core::sync::{Commit, EventOp, MappingStatus, MappingWrite, Verdict};

use super::Violation;
use super::count::Counters;
use super::store::{Done, Store};
use super::truth::{Item, Piece, What};
use super::worker::Worker;
use super::world::{Removal, World};

/// Removals of what nobody knows.
pub(super) fn page(page: &Page, store: &Store, counters: &mut Counters) {
    for change in &page.changes {
        if let RemoteChange::Gone { id, proven: true } = change
            && !store.mappings.keys().any(|(known, _)| known == id)
        {
            counters.hit("decide: ignore");
        }
    }
}

/// The arms of the decision that led to these writes, as far as writes tell.
pub(super) fn arms(commit: &Commit, store: &Store) -> Vec<&'static str> {
    let mut arms: Vec<&'static str> = commit.writes.mappings.iter().map(|it| arm(it, commit, store)).collect();
    for conflict in &commit.writes.conflicts {
        arms.push(match (&conflict.local, &conflict.remote) {
            (None, _) => "decide: conflict, deleted here",
            (Some(_), None) => "decide: conflict, gone there",
            (Some(_), Some(_)) => "decide: conflict, both changed",
        });
    }
    let overruled = commit.writes.journal.iter().filter(|entry| entry.action == "overrule");
    arms.extend(overruled.map(|_| "decide: merge, overruled"));
    arms
}

fn arm(mapping: &MappingWrite, commit: &Commit, store: &Store) -> &'static str {
    let slot = mapping.recurrence_id.map(|slot| slot.to_string()).unwrap_or_default();
    let known = store.mappings.get(&(mapping.external_event_id.clone(), slot));
    let write = commit.writes.events.iter().find(|write| {
        write.external_event_id == mapping.external_event_id && write.recurrence_id == mapping.recurrence_id
    });
    match (mapping.status, mapping.verdict, write.map(|write| &write.op)) {
        (MappingStatus::Deleted, _, Some(EventOp::Delete { .. })) if !was_deleted_here(known, store) => {
            "decide: remove"
        }
        (MappingStatus::Deleted, ..) => "decide: bury",
        (_, Verdict::Quarantined, _) => "decide: quarantine",
        (_, Verdict::Conflicted, _) => "decide: conflict",
        (_, Verdict::OutOfWindow, _) if known.is_some_and(|known| known.base == mapping.base) => "decide: unchanged",
        (_, Verdict::OutOfWindow, _) => "decide: keep out",
        (_, _, Some(EventOp::Insert { .. })) if known.is_some_and(|it| it.verdict == Verdict::OutOfWindow) => {
            "window: an entry entered"
        }
        (_, _, Some(EventOp::Insert { .. })) => "decide: adopt",
        (_, _, Some(EventOp::Update { .. })) if mapping.base.is_some() => "decide: merge",
        (_, _, Some(EventOp::Update { .. })) => "decide: apply",
        (MappingStatus::Updated, ..) => "decide: keep local",
        _ => "decide: unchanged",
    }
}

fn was_deleted_here(known: Option<&MappingWrite>, store: &Store) -> bool {
    let row = known.and_then(|known| store.events.get(known.event_id.as_ref()?));
    row.is_some_and(|row| row.deleted)
}

/// A row goes only if its entry is gone at the vendor's; many go only if a person said so.
pub(super) fn deletions(world: &mut World, worker: &Worker, done: &Done) -> Result<(), Violation> {
    for ((id, slot), mapping) in &done.deleted {
        let item = world.vendor.items.get(&mapping.external_series_id);
        let alive = item.is_some_and(|item| item.died <= worker.since && is_there(item, slot, worker.since));
        if alive && !world.wrong {
            let detail = format!("{id} {slot} was deleted here and is there");
            return Err(Violation::of("a deletion needs evidence", detail, id));
        }
    }
    if worker.released || done.deleted.is_empty() {
        return Ok(());
    }
    let now = world.now;
    let masters = done.deleted.iter().filter(|(_, mapping)| mapping.recurrence_id.is_none());
    let removed: Vec<Removal> =
        masters.map(|(_, mapping)| Removal { at: now, series: mapping.series_id.clone() }).collect();
    if removed.is_empty() {
        return Ok(());
    }
    world.removals.extend(removed);
    let day = SignedDuration::from_hours(24);
    // What went before a person's last word went with it.
    let counts = |it: &&Removal| now.duration_since(it.at) < day && world.store.released_at.is_none_or(|at| it.at > at);
    let series: BTreeSet<&String> = world.removals.iter().filter(counts).map(|it| &it.series).collect();
    let removed = series.len() as u64;
    let live = worker.live.max(world.store.live() + removed);
    if removed > 50 || removed >= 5 && removed * 100 > live * 20 {
        let detail = format!("{removed} of {live} series in 24 hours without a person");
        return Err(Violation::new("mass deletion waits for a person", detail));
    }
    Ok(())
}

/// Whether the entry has been there since that change.
fn is_there(item: &Item, slot: &str, since: u64) -> bool {
    if !item.alive || item.born > since {
        return false;
    }
    if slot.is_empty() {
        return item.master.is_some();
    }
    let there = |piece: &Piece| piece.changed <= since && piece.what != What::Cancelled;
    let mut parts = item.parts.iter().filter(|(_, piece)| there(piece));
    parts.any(|(at, _)| super::truth::slot_text(*at, item.clock) == slot)
}
