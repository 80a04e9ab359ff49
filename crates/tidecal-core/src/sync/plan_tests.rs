//! Series as a whole: masters, exceptions, cancellations.

use super::*;
use crate::sync::{EventKind, EventOp, LocalEvent};

fn rules() -> Rules {
    let now = "2026-11-21T10:00:00Z".parse().unwrap();
    Rules::of(Window::around(now, 3, 12), Zone::utc())
}

fn ids() -> Ids {
    Ids::new("2026-11-21T10:00:00Z".parse().unwrap(), 7)
}

fn at(text: &str) -> Moment {
    Moment::zoned(text.parse().unwrap(), Zone::iana("Europe/Vienna").unwrap())
}

fn weekly() -> Event {
    let when = When::Timed { start: at("2026-11-02T09:00:00"), end: at("2026-11-02T09:30:00") };
    let recurrence = tidecal_ical::Recurrence { rules: vec!["FREQ=WEEKLY".into()], ..Default::default() };
    Event { title: "Stand-up".into(), recurrence: Some(recurrence), ..Event::at(when) }
}

fn slot() -> RecurrenceId {
    "20261109T080000Z".parse().unwrap()
}

fn part(id: &str, slot: Option<RecurrenceId>, content: Content) -> RemoteComponent {
    RemoteComponent { id: id.into(), recurrence_id: slot, version: "1".into(), content, ..RemoteComponent::default() }
}

fn change(scope: SeriesScope, components: Vec<RemoteComponent>) -> RemoteSeries {
    RemoteSeries { id: "m".into(), scope, components }
}

fn event(event: Event) -> Content {
    Content::Event(Box::new(event))
}

/// What the store knows after these writes.
fn stored(planned: &Planned) -> SeriesState {
    let mut state = SeriesState { id: "m".into(), ..SeriesState::default() };
    for mapping in &planned.writes.mappings {
        state.series_id = Some(mapping.series_id.clone());
        let local = mapping.event_id.as_ref().map(|id| {
            let write = planned.writes.events.iter().find(|write| write.id == *id).unwrap();
            let (EventOp::Insert { event, .. } | EventOp::Update { event, .. }) = &write.op else { panic!("deleted") };
            LocalEvent::new(id.clone(), 1, (**event).clone())
        });
        state.components.push(ComponentState { binding: mapping.binding(), local });
    }
    state
}

fn whole_series() -> Planned {
    let moved = Event { recurrence: None, title: "Stand-up, late".into(), ..weekly() };
    let components = vec![part("m", None, event(weekly())), part("m_1", Some(slot()), event(moved))];
    plan_series(
        &SeriesState { id: "m".into(), ..SeriesState::default() },
        &change(SeriesScope::Part, components),
        &rules(),
        &mut ids(),
    )
}

#[test]
fn a_master_and_its_exception_share_a_series() {
    let planned = whole_series();
    let [master, exception] = planned.writes.events.as_slice() else { panic!("two rows") };
    assert_eq!((&master.id, &master.series_id), (&exception.series_id, &exception.series_id));
    assert!(matches!(master.op, EventOp::Insert { kind: EventKind::Master, .. }));
    assert!(matches!(exception.op, EventOp::Insert { kind: EventKind::Override, .. }));
    assert_eq!(planned.stats.synced, 2);
}

#[test]
fn a_series_goes_with_all_its_exceptions_and_counts_once() {
    let state = stored(&whole_series());
    for planned in [
        plan_gone(&state, "m", &rules(), &mut ids()),
        plan_series(
            &state,
            &change(SeriesScope::Part, vec![part("m", None, Content::Cancelled)]),
            &rules(),
            &mut ids(),
        ),
    ] {
        assert_eq!((planned.stats.deleted, planned.removals), (2, 1));
        assert!(planned.writes.mappings.iter().all(|it| it.status == MappingStatus::Deleted && it.event_id.is_none()));
    }
}

#[test]
fn a_cancelled_occurrence_is_kept_as_such_even_before_its_master_arrives() {
    let cancelled = change(SeriesScope::Part, vec![part("m_1", Some(slot()), Content::Cancelled)]);
    let planned =
        plan_series(&SeriesState { id: "m".into(), ..SeriesState::default() }, &cancelled, &rules(), &mut ids());
    let [write] = planned.writes.events.as_slice() else { panic!("one row") };
    let EventOp::Insert { event, kind: EventKind::Override, .. } = &write.op else { panic!("{:?}", write.op) };
    assert_eq!(event.status, Status::Cancelled);
}

#[test]
fn a_whole_resource_without_an_exception_takes_it_away_but_not_if_part_of_it_is_unreadable() {
    let components = vec![part("m", None, event(weekly())), part("m", Some(slot()), event(weekly()))];
    let first = plan_series(
        &SeriesState { id: "m".into(), ..SeriesState::default() },
        &change(SeriesScope::Whole, components),
        &rules(),
        &mut ids(),
    );
    let state = stored(&first);
    let mut master = part("m", None, event(weekly()));
    master.version = "2".into();
    let without = plan_series(&state, &change(SeriesScope::Whole, vec![master.clone()]), &rules(), &mut ids());
    assert_eq!((without.stats.deleted, without.removals), (1, 0), "the series itself stays");
    let broken = part("m#2", None, Content::Unreadable("line 7: DTSTART".into()));
    let partly = plan_series(&state, &change(SeriesScope::Whole, vec![master, broken]), &rules(), &mut ids());
    assert_eq!(partly.stats.deleted, 0);
    assert!(
        partly.writes.mappings.iter().any(|it| it.verdict == Verdict::Quarantined && it.external_event_id == "m#2")
    );
}

#[test]
fn the_same_version_again_writes_nothing() {
    let state = stored(&whole_series());
    let again =
        plan_series(&state, &change(SeriesScope::Part, vec![part("m", None, event(weekly()))]), &rules(), &mut ids());
    assert!(again.writes.is_empty() && again.stats.skipped == 1);
}

#[test]
fn a_new_version_of_the_same_content_only_moves_the_version() {
    let state = stored(&whole_series());
    let mut master = part("m", None, event(weekly()));
    master.version = "2".into();
    let planned = plan_series(&state, &change(SeriesScope::Part, vec![master]), &rules(), &mut ids());
    assert!(planned.writes.events.is_empty());
    let [mapping] = planned.writes.mappings.as_slice() else { panic!("one row") };
    assert_eq!((mapping.version.as_str(), mapping.base_version, mapping.status), ("2", 1, MappingStatus::Synced));
}

#[test]
fn both_sides_edited_the_same_field_opens_a_conflict_and_keeps_all_three_versions() {
    let mut state = stored(&whole_series());
    let master = &mut state.components[0];
    master.binding.base = Some(weekly());
    let local = master.local.as_mut().unwrap();
    local.version = 2;
    local.event.title = "mine".into();
    let mut remote = part("m", None, event(Event { title: "theirs".into(), ..weekly() }));
    remote.version = "2".into();
    let planned = plan_series(&state, &change(SeriesScope::Part, vec![remote]), &rules(), &mut ids());
    assert!(planned.writes.events.is_empty(), "the local edit stays");
    let [conflict] = planned.writes.conflicts.as_slice() else { panic!("one conflict") };
    let title = |event: &Option<Box<Event>>| event.as_ref().unwrap().title.clone();
    assert_eq!(conflict.fields, ["title"]);
    assert_eq!(
        [title(&conflict.base), title(&conflict.local), title(&conflict.remote)],
        ["Stand-up", "mine", "theirs"]
    );
    assert_eq!(planned.writes.mappings[0].status, MappingStatus::Conflict);
}

#[test]
fn what_the_window_reaches_stays_out_where_the_connection_only_sends_by_now() {
    let base = Event { recurrence: None, ..weekly() };
    let binding = Binding {
        external_event_id: "m".into(),
        version: "1".into(),
        base: Some(base),
        verdict: Verdict::OutOfWindow,
        ..Binding::default()
    };
    let state = SeriesState {
        id: "m".into(),
        components: vec![ComponentState { binding, local: None }],
        ..SeriesState::default()
    };
    for (direction, verdict) in
        [(SyncDirection::Bidirectional, Verdict::Mirrored), (SyncDirection::Outbound, Verdict::Filtered)]
    {
        let planned = plan_entering(&state, &Rules { direction, ..rules() }, &mut ids());
        assert_eq!(planned.writes.mappings[0].verdict, verdict, "{direction}");
        assert_eq!(planned.writes.events.is_empty(), verdict == Verdict::Filtered, "{direction}");
    }
}

#[test]
fn an_occurrence_changed_here_and_met_there_before_it_was_agreed_upon_is_no_second_one() {
    let mut state = stored(&whole_series());
    let known = state.components.iter().position(|known| known.binding.recurrence_id.is_some()).unwrap();
    let own = state.components.remove(known).local.unwrap();
    state.unmapped = vec![LocalEvent { recurrence_id: Some(slot()), ..own.clone() }];
    let component = part("m_1", Some(slot()), event(own.event.clone()));
    let planned = plan_series(&state, &change(SeriesScope::Part, vec![component]), &rules(), &mut ids());
    assert_eq!(planned.writes.events, Vec::new(), "no row is added");
    let [mapping] = planned.writes.mappings.as_slice() else { panic!("{:?}", planned.writes.mappings) };
    assert_eq!((mapping.event_id.as_ref(), mapping.status), (Some(&own.id), MappingStatus::Synced));
}

#[test]
fn a_deletion_that_is_on_its_way_survives_a_comparison() {
    let mut state = stored(&whole_series());
    // Another calendar of the hub deleted it: no local row is left, and the vendor does not know yet.
    for known in &mut state.components {
        let gone = known.local.take().unwrap();
        known.binding.base = Some(gone.event);
        known.binding.status = MappingStatus::Updated;
    }
    let moved = Event { recurrence: None, title: "Stand-up, late".into(), ..weekly() };
    let components = vec![part("m", None, event(weekly())), part("m_1", Some(slot()), event(moved))];
    let planned = plan_series(&state, &change(SeriesScope::Part, components), &rules(), &mut ids());
    assert_eq!(planned.writes.events, []);
    assert!(planned.writes.mappings.iter().all(|row| row.status == MappingStatus::Updated), "{planned:?}");
}

#[test]
fn an_occurrence_cancelled_here_stays_so_where_the_master_leaves_it_out() {
    let cancelled = Event { recurrence: None, status: Status::Cancelled, ..weekly() };
    let components = vec![part("m", None, event(weekly())), part("m", Some(slot()), event(cancelled))];
    let unknown = SeriesState { id: "m".into(), ..SeriesState::default() };
    let state = stored(&plan_series(&unknown, &change(SeriesScope::Whole, components), &rules(), &mut ids()));
    let mut excluding = Event { title: "Renamed".into(), ..weekly() };
    excluding.recurrence.as_mut().unwrap().excluded = vec![slot()];
    let mut master = part("m", None, event(excluding));
    master.version = "2".into();
    let planned = plan_series(&state, &change(SeriesScope::Whole, vec![master]), &rules(), &mut ids());
    assert_eq!((planned.stats.updated, planned.stats.deleted), (1, 0), "its row stays");
    let row = planned.writes.mappings.iter().find(|it| it.recurrence_id.is_some()).unwrap();
    assert_eq!((row.status, row.version.as_str()), (MappingStatus::Synced, "2"));
}

#[test]
fn an_exception_that_inherits_a_change_of_its_series_is_read_although_its_version_is_the_old_one() {
    let state = stored(&whole_series());
    let mut master = part("m", None, event(Event { title: "Renamed".into(), ..weekly() }));
    master.version = "2".into();
    let inherited = Event { recurrence: None, title: "Renamed".into(), ..weekly() };
    let components = vec![master, part("m_1", Some(slot()), event(inherited))];
    let planned = plan_series(&state, &change(SeriesScope::Part, components.clone()), &rules(), &mut ids());
    assert_eq!(planned.stats.updated, 2);
    let again = plan_series(&state, &change(SeriesScope::Part, components[1..].to_vec()), &rules(), &mut ids());
    assert_eq!(again.stats.updated, 0, "by itself its version says enough");
}

#[test]
fn a_master_that_waits_for_its_way_out_makes_nobody_look_at_its_exceptions_again() {
    let mut state = stored(&whole_series());
    for known in &mut state.components {
        known.local.as_mut().unwrap().version += 1;
        known.binding.local_base = known.local.as_ref().map(|local| local.event.clone());
    }
    state.components.iter_mut().find(|it| it.binding.recurrence_id.is_none()).unwrap().binding.status =
        MappingStatus::Updated;
    let moved = Event { recurrence: None, title: "Stand-up, late".into(), ..weekly() };
    let components = vec![part("m", None, event(weekly())), part("m_1", Some(slot()), event(moved))];
    let planned = plan_series(&state, &change(SeriesScope::Part, components), &rules(), &mut ids());
    assert!(planned.writes.mappings.iter().all(|row| row.recurrence_id.is_none()), "{:?}", planned.writes.mappings);
}
