//! What is known of a delivery although no mapping says so: copies of ours, and occurrences that both
//! sides have changed.

use super::plan::{known_of, latest_components};
use super::{Binding, ComponentState, Echo, MappingStatus, Role, SeriesState, TwinKind};
use crate::remote::{Content, RemoteComponent, RemoteSeries};

/// A copy of ours whose mapping was lost: what is known of it is the local series that it is a copy
/// of, and that nothing was ever agreed upon.
pub(super) fn relinked(state: &SeriesState, change: &RemoteSeries) -> Option<SeriesState> {
    let twin = state.twin.as_ref().filter(|twin| twin.kind == TwinKind::Original)?;
    if !state.components.is_empty() {
        return None;
    }
    let components = change.components.iter().filter_map(|component| {
        let local = state.unmapped.iter().find(|local| local.recurrence_id == component.recurrence_id)?;
        let theirs_bare = matches!(&component.content, Content::Event(event) if event.attendees.is_empty());
        let bare = state.foreign || theirs_bare && !local.event.attendees.is_empty();
        let binding = Binding {
            external_event_id: component.id.clone(),
            recurrence_id: component.recurrence_id,
            role: Role::Copy,
            status: MappingStatus::Updated,
            echo: Echo { bare, ..Echo::default() },
            ..Binding::default()
        };
        Some(ComponentState { binding, local: Some(local.clone()) })
    });
    let components: Vec<_> = components.collect();
    (!components.is_empty()).then(|| SeriesState {
        id: state.id.clone(),
        series_id: Some(twin.series_id.clone()),
        components,
        foreign: state.foreign,
        ..SeriesState::default()
    })
}

/// Occurrences that were changed here and are changed there, too, while nothing was agreed upon yet
/// (an answer that was lost, or two people at once): both are the same occurrence, not a second one.
pub(super) fn met(state: &SeriesState, change: &RemoteSeries) -> Option<SeriesState> {
    let master = state.components.iter().find(|known| known.binding.recurrence_id.is_none())?;
    let unknown = |component: &&RemoteComponent| {
        component.recurrence_id.is_some() && known_of(state, component).is_none_or(|known| known.local.is_none())
    };
    let met = latest_components(change).into_iter().filter(unknown).filter_map(|component| {
        let local = state.unmapped.iter().find(|local| local.recurrence_id == component.recurrence_id)?;
        let binding = Binding {
            external_event_id: component.id.clone(),
            recurrence_id: component.recurrence_id,
            role: master.binding.role,
            status: MappingStatus::Updated,
            echo: Echo { bare: master.binding.echo.bare, ..Echo::default() },
            ..Binding::default()
        };
        Some(ComponentState { binding, local: Some(local.clone()) })
    });
    let met: Vec<ComponentState> = met.collect();
    if met.is_empty() {
        return None;
    }
    let slots: Vec<_> = met.iter().map(|known| known.binding.recurrence_id).collect();
    let mut both = state.clone();
    both.components.retain(|known| !slots.contains(&known.binding.recurrence_id));
    both.unmapped.retain(|local| !slots.contains(&local.recurrence_id));
    both.components.extend(met);
    Some(both)
}
