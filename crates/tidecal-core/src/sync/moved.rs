//! Exceptions that go over to another series: a series was split, and what follows kept its ids.
//!
//! What a person edited or deleted here goes along with its item, and is decided upon there. What
//! nobody touched is not moved: it leaves the old series and comes with the new one.

use super::plan::{Planned, Planner, Rules};
use super::rows::span_of;
use super::writes::MappingWrite;
use super::{ComponentState, MappingStatus, SeriesState};
use crate::policy::Ids;
use crate::remote::{RemoteComponent, RemoteSeries};

/// Whether a person's word rests on that item, which is the same occurrence in both series.
pub(super) fn goes_along(known: &ComponentState, into: &RemoteSeries) -> bool {
    let binding = &known.binding;
    let same = |it: &RemoteComponent| {
        (&it.id, it.recurrence_id) == (&binding.external_event_id, binding.recurrence_id) && it.recurrence_id.is_some()
    };
    let alive = known.local.is_some() && binding.status != MappingStatus::Deleted;
    alive && known.is_dirty() && into.components.iter().any(same)
}

/// Plans that these components belong to that series from now on, whatever it says of them.
pub(super) fn plan_moved(known: &[&ComponentState], into: &SeriesState, rules: &Rules, ids: &mut Ids) -> Planned {
    let mut planner = Planner::new(into, &into.id, rules, ids);
    known.iter().for_each(|known| planner.take_over(known));
    planner.finish()
}

impl Planner<'_> {
    fn take_over(&mut self, known: &ComponentState) {
        let Some(local) = &known.local else { return };
        let binding = &known.binding;
        let component = RemoteComponent {
            id: binding.external_event_id.clone(),
            recurrence_id: binding.recurrence_id,
            version: binding.version.clone(),
            ..RemoteComponent::default()
        };
        let mapping = self.kept(&component, known);
        if local.deleted {
            self.planned.stats.skipped += 1;
        } else {
            self.journal("update", &local.id, Some(&local.event), Some(&local.event));
            self.update(&component, local, &local.event);
        }
        self.planned.writes.mappings.push(MappingWrite {
            uid: local.event.uid.clone(),
            span: Some(span_of(known.base().unwrap_or(&local.event), &self.rules.zone)),
            verdict: binding.verdict,
            status: binding.status,
            reason: "goes with its occurrence to another series".to_owned(),
            ..mapping
        });
    }
}

#[cfg(test)]
#[path = "moved_tests.rs"]
mod tests;
