//! A series is split at the vendor's, and an exception keeps its id in the new one.

use std::collections::HashSet;

use tidecal_ical::{Moment, When, Zone};

use super::*;
use crate::model::Event;
use crate::policy::Window;
use crate::remote::{Content, RemoteChange, SeriesScope};
use crate::sync::batch::Batch;
use crate::sync::{Binding, EventOp, LocalEvent};

fn event(title: &str) -> Event {
    let at = |hour| Moment::zoned(jiff::civil::date(2026, 11, 21).at(hour, 0, 0, 0), Zone::utc());
    Event { title: title.into(), ..Event::at(When::Timed { start: at(9), end: at(10) }) }
}

/// An exception of the old series, at version 1 and as it is here.
fn exception(local: LocalEvent) -> SeriesState {
    let binding = Binding {
        external_event_id: "old_1".into(),
        recurrence_id: Some("20261121T090000Z".parse().unwrap()),
        version: "1".into(),
        base_version: 1,
        local_base: (local.version > 1).then(|| event("agreed")),
        ..Binding::default()
    };
    let component = ComponentState { binding, local: Some(local) };
    SeriesState {
        id: "old".into(),
        series_id: Some("local-old".into()),
        components: vec![component],
        ..SeriesState::default()
    }
}

/// The new series names the exception; what is planned at once, and what waits.
fn split(state: SeriesState) -> (Planned, Vec<RemoteChange>) {
    let component = RemoteComponent {
        id: "old_1".into(),
        recurrence_id: state.components[0].binding.recurrence_id,
        version: "2".into(),
        content: Content::Event(Box::new(event("theirs"))),
        ..RemoteComponent::default()
    };
    let series = RemoteSeries { id: "new".into(), scope: SeriesScope::Part, components: vec![component] };
    let now = "2026-11-21T10:00:00Z".parse().unwrap();
    let rules = Rules::of(Window::around(now, 3, 12), Zone::utc());
    let (mut ids, mut left) = (Ids::new(now, 7), HashSet::new());
    let batch = Batch { states: &[state], rules: &rules, ids: &mut ids, left: &mut left };
    batch.plan(&[RemoteChange::Series(series)])
}

#[test]
fn what_was_edited_here_goes_along_and_is_decided_upon_in_the_new_series() {
    let (planned, later) = split(exception(LocalEvent::new("row", 2, event("mine"))));
    let [write] = planned.writes.events.as_slice() else { panic!("one row") };
    let EventOp::Update { expected: 2, event, .. } = &write.op else { panic!("an update of version 2") };
    assert_eq!((write.id.as_str(), event.title.as_str()), ("row", "mine"));
    let [mapping] = planned.writes.mappings.as_slice() else { panic!("one mapping") };
    assert_eq!((mapping.external_event_id.as_str(), mapping.external_series_id.as_str()), ("old_1", "new"));
    assert_eq!(mapping.series_id, write.series_id);
    assert_ne!(mapping.series_id, "local-old");
    let base = mapping.local_base.as_ref().map(|base| base.title.as_str());
    assert_eq!((mapping.base_version, base), (1, Some("agreed")), "it is still an edit, of the same base");
    assert_eq!((later.len(), planned.removals), (1, 0));
}

#[test]
fn a_deletion_here_goes_along_and_the_row_is_not_written() {
    let (planned, later) = split(exception(LocalEvent { deleted: true, ..LocalEvent::new("row", 2, event("agreed")) }));
    assert!(planned.writes.events.is_empty());
    let [mapping] = planned.writes.mappings.as_slice() else { panic!("one mapping") };
    assert_eq!((mapping.external_series_id.as_str(), mapping.event_id.as_deref()), ("new", Some("row")));
    assert_eq!(later.len(), 1);
}

#[test]
fn what_nobody_touched_leaves_the_old_series() {
    let (planned, later) = split(exception(LocalEvent::new("row", 1, event("agreed"))));
    assert!(matches!(planned.writes.events.as_slice(), [write] if matches!(write.op, EventOp::Delete { .. })));
    assert!(matches!(planned.writes.mappings.as_slice(), [it] if it.status == MappingStatus::Deleted));
    assert_eq!(later.len(), 1);
}
