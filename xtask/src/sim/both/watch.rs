//! What is watched at every load and commit: which arm it was, and that a deletion has its evidence.

use tidecal_core::sync::{Commit, MappingStatus, Role, SeriesState, TwinKind, Verdict};

use super::super::Violation;
use super::super::count::Counters;
use super::super::truth::{What, slot_text};
use super::commit::Done;
use super::worker::Worker;
use super::world::World;

pub(super) fn twins(states: &[SeriesState], counters: &mut Counters) {
    for twin in states.iter().filter_map(|state| state.twin.as_ref()) {
        counters.hit(match twin.kind {
            TwinKind::Meeting(_) => "twin: the same meeting",
            TwinKind::Original => "twin: a copy finds its original again",
            TwinKind::Copy => "twin: a copy",
        });
    }
}

/// Arms of the way out, as far as rows tell.
pub(super) fn arms(commit: &Commit) -> Vec<&'static str> {
    let mut arms = Vec::new();
    for row in &commit.writes.mappings {
        arms.extend(match (row.status, row.role, row.verdict) {
            (_, _, Verdict::Held) => Some("out: held"),
            (MappingStatus::Created, Role::Copy, Verdict::OutOfWindow) => Some("out: a copy waits for the window"),
            (MappingStatus::Created, Role::Copy, _) if row.generation > 0 => Some("out: the next generation"),
            (MappingStatus::Created, Role::Copy, _) => Some("out: known before it is sent"),
            (MappingStatus::Updated, Role::Copy, _) => Some("out: a copy has news"),
            (MappingStatus::Failed, ..) => Some("out: quarantined"),
            _ => None,
        });
        arms.extend(row.replaces.as_ref().map(|_| "out: the vendor's own id"));
    }
    arms.extend(commit.writes.conflicts.iter().map(|conflict| match (&conflict.local, &conflict.remote) {
        (None, _) => "conflict: deleted here",
        (Some(_), None) => "conflict: gone there",
        (Some(_), Some(_)) => "conflict: both changed",
    }));
    arms
}

/// A row goes only if its entry is gone at the vendor's.
pub(super) fn deletions(world: &World, worker: &Worker, done: &Done) -> Result<(), Violation> {
    for ((id, slot), mapping) in &done.deleted {
        let item = world.vendors[worker.at].items.get(&mapping.external_series_id);
        let item = item.filter(|item| item.alive && item.born <= worker.since && item.died <= worker.since);
        let there = item.is_some_and(|item| {
            let mut pieces = item.pieces().filter(|(_, it)| it.changed <= worker.since && it.what != What::Cancelled);
            pieces.any(|(at, _)| at.map_or_else(String::new, |at| slot_text(at, item.clock)) == *slot)
        });
        if there {
            let detail = format!("{id} {slot} was deleted here and is there");
            return Err(Violation::of("a deletion needs evidence", detail, id));
        }
    }
    Ok(())
}
