//! One delivery against the states that it needs: what is planned at once, and what has to wait.
//!
//! A state serves for one change. What else the delivery says of the same series is decided upon
//! what the first change has left, after its commit: two decisions from one state would write the
//! same row twice.

use std::collections::{HashMap, HashSet};

use tidecal_ical::RecurrenceId;

use super::latest::{id_of, item_ids, latest};
use super::moved::{goes_along, plan_moved};
use super::plan::{Planned, Rules, plan_gone, plan_series, plan_unreadable};
use super::{ComponentState, MappingStatus, SeriesState};
use crate::policy::Ids;
use crate::remote::{Content, RemoteChange, RemoteComponent};

/// What a delivery is planned with.
pub(super) struct Batch<'a> {
    pub(super) states: &'a [SeriesState],
    pub(super) rules: &'a Rules,
    pub(super) ids: &'a mut Ids,
    /// Items that this delivery has already taken out of the series where they were.
    pub(super) left: &'a mut HashSet<String>,
}

impl Batch<'_> {
    /// Plans the delivery; second comes what waits for the commit.
    pub(super) fn plan(self, changes: &[RemoteChange]) -> (Planned, Vec<RemoteChange>) {
        let index = StateIndex::new(self.states);
        let (mut planned, mut later) = (Planned::default(), Vec::new());
        let mut touched: HashSet<String> = HashSet::new();
        for change in latest(changes) {
            let moved = index.elsewhere(&change, self.left);
            if !moved.is_empty() {
                // First out of the old series, then into the new one.
                let mut along = Vec::new();
                let free: Vec<_> = moved.into_iter().filter(|(state, _)| !touched.contains(&state.id)).collect();
                for (state, item) in free {
                    match going_along(state, &item, &change) {
                        Some(known) => along.push(known),
                        None => planned.append(plan_gone(state, &item, self.rules, self.ids)),
                    }
                    touched.insert(state.id.clone());
                    self.left.insert(item);
                }
                if !along.is_empty() {
                    let unknown = SeriesState { id: id_of(&change).to_owned(), ..SeriesState::default() };
                    let into = index.state_for(&change).unwrap_or(&unknown);
                    planned.append(plan_moved(&along, into, self.rules, self.ids));
                }
                later.push(change.into_owned());
                continue;
            }
            let id = id_of(&change);
            let unknown = SeriesState { id: id.to_owned(), ..SeriesState::default() };
            let state = index.state_for(&change).unwrap_or(&unknown);
            if touched.insert(state.id.clone()) {
                planned.append(plan_change(state, &change, self.rules, self.ids));
            } else {
                later.push(change.into_owned());
            }
        }
        (planned, later)
    }
}

fn going_along<'a>(state: &'a SeriesState, item: &str, change: &RemoteChange) -> Option<&'a ComponentState> {
    let RemoteChange::Series(into) = change else { return None };
    state.components.iter().find(|known| known.binding.external_event_id == item && goes_along(known, into))
}

fn plan_change(state: &SeriesState, change: &RemoteChange, rules: &Rules, ids: &mut Ids) -> Planned {
    match change {
        RemoteChange::Series(series) => plan_series(state, series, rules, ids),
        RemoteChange::Gone { id, .. } => plan_gone(state, id, rules, ids),
        RemoteChange::Unreadable { id, version, reason, raw } => {
            let component = RemoteComponent {
                id: id.clone(),
                recurrence_id: slot_of(state, id),
                version: version.clone(),
                content: Content::Unreadable(reason.clone()),
                raw: raw.clone(),
                ..RemoteComponent::default()
            };
            plan_unreadable(state, &component, rules, ids)
        }
        RemoteChange::Listed(_) => Planned::default(),
    }
}

/// The slot under which an item is known, so that an unreadable exception is not taken for its master.
fn slot_of(state: &SeriesState, id: &str) -> Option<RecurrenceId> {
    let known = state.components.iter().find(|known| known.binding.external_event_id == id && id != state.id);
    known.and_then(|known| known.binding.recurrence_id)
}

/// Finds the state of a series by its own id or by the id of one of its items.
struct StateIndex<'a> {
    by_series: HashMap<&'a str, &'a SeriesState>,
    /// Where the item is, or (a tombstone) was.
    by_item: HashMap<&'a str, &'a SeriesState>,
    /// Items that are somewhere.
    there: HashSet<&'a str>,
}

impl<'a> StateIndex<'a> {
    fn new(states: &'a [SeriesState]) -> Self {
        let by_series = states.iter().map(|state| (state.id.as_str(), state)).collect();
        let (mut by_item, mut there) = (HashMap::new(), HashSet::new());
        for state in states {
            for ComponentState { binding, local } in &state.components {
                let id = binding.external_event_id.as_str();
                // What is gone there and waits here for a person, or for its way out, may come again.
                let waits = local.is_some() && binding.status != MappingStatus::Deleted;
                if binding.is_gone() && !waits {
                    by_item.entry(id).or_insert(state);
                } else {
                    by_item.insert(id, state);
                    there.insert(id);
                }
            }
        }
        Self { by_series, by_item, there }
    }

    fn state_for(&self, change: &RemoteChange) -> Option<&'a SeriesState> {
        let id = id_of(change);
        let found = match change {
            RemoteChange::Series(_) => self.by_series.get(id),
            _ => self.by_item.get(id).or_else(|| self.by_series.get(id)),
        };
        found.copied()
    }

    /// Exceptions in this change that are still known in another series (a series was split, or an
    /// item did not say whose it is).
    fn elsewhere(&self, change: &RemoteChange, left: &HashSet<String>) -> Vec<(&'a SeriesState, String)> {
        let RemoteChange::Series(series) = change else { return Vec::new() };
        let ids = item_ids(change).into_iter().filter(|id| self.there.contains(id) && !left.contains(*id));
        ids.filter_map(|id| {
            let state = self.by_item.get(id).filter(|state| state.id != series.id)?;
            Some((*state, id.to_owned()))
        })
        .collect()
    }
}
