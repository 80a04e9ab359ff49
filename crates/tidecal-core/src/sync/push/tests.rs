//! What goes out of a series, as tables: new, edited, held, refused, gone.

use tidecal_ical::{Moment, Recurrence, When, Zone};

use super::*;
use crate::model::{Attendee, Person, Response, Status};
use crate::policy::Window;
use crate::remote::{Answer, ComponentWrite, Content, RemoteChange, RemoteComponent, RemoteSeries, SeriesScope};
use crate::sync::written::{Since, plan_written};
use crate::sync::{Echo, LookUp, differing};

const ID: &str = "01a1fd8c-6900-7000-8000-00000000000a";

fn rules() -> Rules {
    let now = "2026-11-21T10:00:00Z".parse().unwrap();
    Rules::of(Window::around(now, 3, 12), Zone::utc())
}

fn out() -> Outbound {
    Outbound {
        calendar_id: "calendar".into(),
        quiet_write: QuietWrite::OnlyWithoutAttendees,
        whole_series: false,
        new_item: ("/cal/".into(), ".ics".into()),
        home: true,
        own_address: "ada@example.com".into(),
    }
}

fn event(title: &str, day: i8, hour: i8) -> Event {
    let at = |hour| Moment::zoned(jiff::civil::date(2026, 12, day).at(hour, 0, 0, 0), Zone::utc());
    Event { title: title.into(), ..Event::at(When::Timed { start: at(hour), end: at(hour + 1) }) }
}

fn meeting(title: &str) -> Event {
    let guest = |email: &str| Attendee { email: email.into(), ..Attendee::default() };
    Event {
        organizer: Some(Person { email: "ada@example.com".into(), is_self: true, ..Person::default() }),
        attendees: vec![guest("ben@example.com"), guest("cleo@example.com")],
        ..event(title, 1, 9)
    }
}

fn weekly(title: &str) -> Event {
    let recurrence = Some(Recurrence { rules: vec!["FREQ=WEEKLY;COUNT=5".into()], ..Recurrence::default() });
    Event { recurrence, ..event(title, 1, 9) }
}

/// A local event that no vendor knows.
fn new(event: Event) -> SeriesState {
    SeriesState { unmapped: vec![LocalEvent::new(ID, 1, event)], ..SeriesState::default() }
}

/// A mapped event that says `theirs` there and, edited or not, `mine` here.
fn known(theirs: &Event, mine: &Event) -> ComponentState {
    let edited = i64::from(theirs != mine);
    let binding = Binding {
        external_event_id: "x".into(),
        version: "7".into(),
        base_version: 3,
        local_base: (edited == 1).then(|| theirs.clone()),
        ..Binding::default()
    };
    ComponentState { binding, local: Some(LocalEvent::new(ID, 3 + edited, mine.clone())) }
}

fn series(components: Vec<ComponentState>) -> SeriesState {
    SeriesState { id: "x".into(), series_id: Some(ID.into()), components, ..SeriesState::default() }
}

fn plan(state: &SeriesState, out: &Outbound) -> PushPlan {
    plan_push(state, &rules(), out, LookUp::Open)
}

/// The plan after its rows have been committed.
fn again(state: &SeriesState, plan: &PushPlan) -> SeriesState {
    let mut state = state.clone();
    for row in &plan.rows.writes.mappings {
        let old = row.replaces.as_ref().unwrap_or(&row.external_event_id);
        let at = state.components.iter().position(|it| it.binding.external_event_id == *old);
        let local = state.unmapped.iter().position(|it| Some(&it.id) == row.event_id.as_ref());
        let local = local.map(|at| state.unmapped.remove(at));
        match at {
            Some(at) => state.components[at].binding = row.binding(),
            None => state.components.push(ComponentState { binding: row.binding(), local }),
        }
        state.series_id = Some(row.series_id.clone());
    }
    state
}

fn only(plan: &PushPlan) -> &ComponentWrite {
    match plan.ops.as_slice() {
        [PushOp { write: RemoteWrite { action: WriteAction::Update(components), .. }, .. }] => &components[0],
        [PushOp { write: RemoteWrite { action: WriteAction::Create { components, .. }, .. }, .. }] => &components[0],
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_new_event_is_known_before_it_is_sent_and_looked_up_before_it_is_sent_again() {
    let state = new(event("Review", 1, 9));
    let first = plan(&state, &out());
    let row = &first.rows.writes.mappings[0];
    assert_eq!((row.status, row.role, row.echo.tried), (MappingStatus::Created, Role::Copy, 1));
    assert_eq!(row.external_event_id, "/cal/01a1fd8c69007000800000000000000ag0.ics");
    assert_eq!(
        (first.ops[0].write.series_id.as_str(), first.ops[0].write.mail),
        (&*row.external_event_id, Mail::Nobody)
    );

    let state = again(&state, &first);
    let second = plan(&state, &out());
    assert_eq!((second.lookups[0].id.as_str(), second.ops.len()), (&*row.external_event_id, 0));
    let missing = plan_push(&state, &rules(), &out(), LookUp::Missing);
    assert_eq!(
        (missing.ops[0].write.series_id.as_str(), missing.rows.writes.mappings.len()),
        (&*row.external_event_id, 0)
    );
    let taken = plan_push(&state, &rules(), &out(), LookUp::Taken);
    let next = &taken.rows.writes.mappings[0];
    assert!(next.external_event_id.ends_with("ag1.ics") && next.replaces.as_ref() == Some(&row.external_event_id));

    let mut deleted = state;
    deleted.components[0].local.as_mut().unwrap().deleted = true;
    let gone = plan_push(&deleted, &rules(), &out(), LookUp::Missing);
    assert_eq!((gone.ops.len(), gone.rows.writes.mappings[0].status), (0, MappingStatus::Deleted));
    assert_eq!(gone.rows.writes.events.len(), 1, "the row that was kept for it goes, too");
}

#[test]
fn what_is_not_to_go_out_stays() {
    let far = Event { when: event("", 1, 9).when, ..event("Far", 1, 9) };
    let far = Event { when: far.when.shifted_to(jiff::civil::date(2030, 1, 1).at(9, 0, 0, 0)), ..far };
    let state = new(far);
    let first = plan(&state, &out());
    assert_eq!((first.ops.len(), first.rows.writes.mappings[0].verdict), (0, Verdict::OutOfWindow));
    let second = plan(&again(&state, &first), &out());
    assert_eq!(second, PushPlan::default(), "said once");

    let left_out = Event { status: Status::Cancelled, ..event("x", 1, 9) };
    assert_eq!(plan(&new(left_out), &out()), PushPlan::default());
    let mut filtered = rules();
    filtered.filters.words = vec!["secret".into()];
    assert_eq!(plan_push(&new(event("Secret", 1, 9)), &filtered, &out(), LookUp::Open), PushPlan::default());
    assert_eq!(plan(&series(vec![known(&event("a", 1, 9), &event("a", 1, 9))]), &out()), PushPlan::default());
}

#[test]
fn guests_go_out_from_one_home_and_nobody_is_mailed_unasked() {
    let state = new(meeting("Review"));
    let held = plan(&state, &out());
    let row = &held.rows.writes.mappings[0];
    assert_eq!((held.ops.len(), row.verdict, row.reason.as_str()), (0, Verdict::Held, "would mail 2 people"));
    let waiting = again(&state, &held);
    assert_eq!(plan(&waiting, &out()), PushPlan::default(), "held once, and never looked up");

    let mut agreed = waiting;
    agreed.components[0].local.as_mut().unwrap().consent = Some(1);
    assert_eq!(plan(&agreed, &out()).ops[0].write.mail, Mail::Guests);
    agreed.components[0].local.as_mut().unwrap().version = 2;
    assert_eq!(plan(&agreed, &out()).ops.len(), 0, "consent is for one version");

    let quiet = Outbound { quiet_write: QuietWrite::Always, ..out() };
    let sent = plan(&state, &quiet);
    assert_eq!((sent.ops[0].write.mail, only(&sent).after.as_ref().unwrap().attendees.len()), (Mail::Nobody, 2));
    for copy in
        [plan(&state, &Outbound { home: false, ..out() }), plan(&SeriesState { foreign: true, ..state }, &out())]
    {
        let after = only(&copy).after.as_ref().unwrap();
        assert!(after.attendees.is_empty() && after.organizer.is_none() && copy.rows.writes.mappings[0].echo.bare);
    }
}

#[test]
fn only_what_was_edited_is_written() {
    let theirs = Event { location: "as they spell it".into(), ..event("Review", 1, 9) };
    let mine = Event { title: "Planning".into(), ..theirs.clone() };
    let state = series(vec![known(&theirs, &mine)]);
    let plan_ = plan(&state, &out());
    let write = only(&plan_);
    assert_eq!((write.fields.as_slice(), write.item.as_ref().unwrap().version.as_str()), (&[Field::Title][..], "7"));
    assert_eq!(plan_.ops[0].sent[0].local.as_ref().unwrap().version, 4);

    // The vendor spells the title in its own way: an edit of another field leaves it alone.
    let mut rewritten = known(&theirs, &mine);
    rewritten.binding.base = Some(Event { location: "AS THEY SPELL IT".into(), ..theirs.clone() });
    assert_eq!(only(&plan(&series(vec![rewritten]), &out())).fields, [Field::Title]);

    let answered = Attendee { email: "ben@example.com".into(), response: Response::Accepted, ..Attendee::default() };
    let base = Event { attendees: vec![Attendee { response: Response::NeedsAction, ..answered.clone() }], ..theirs };
    let mine = Event { attendees: vec![answered], ..base.clone() };
    let settled = plan(&series(vec![known(&base, &mine)]), &out());
    let row = &settled.rows.writes.mappings[0];
    assert_eq!(
        (settled.ops.len(), row.base_version, row.status),
        (0, 4, MappingStatus::Synced),
        "answers are not ours"
    );
}

#[test]
fn what_would_be_refused_is_refused_here_once_and_tried_again_after_an_edit() {
    for (rights, allowed) in [(Rights::Read, false), (Rights::Own, false), (Rights::Full, true)] {
        let theirs = Event { rights, ..event("Review", 1, 9) };
        let state = series(vec![known(&theirs, &Event { title: "Mine".into(), ..theirs.clone() })]);
        let first = plan(&state, &out());
        assert_eq!(first.ops.len() == 1, allowed, "{rights:?}");
        if allowed {
            continue;
        }
        let row = &first.rows.writes.mappings[0];
        assert_eq!((row.status, row.verdict), (MappingStatus::Failed, Verdict::Quarantined));
        assert!(row.reason.contains("title") && row.last_error == row.reason, "{}", row.reason);
        let mut state = again(&state, &first);
        assert_eq!(plan(&state, &out()), PushPlan::default(), "said once");
        let local = state.components[0].local.as_mut().unwrap();
        (local.version, local.edited, local.event) = (5, 5, Event { title: "Other".into(), ..theirs.clone() });
        assert_eq!(plan(&state, &out()).rows.writes.mappings[0].echo.tried, 5);
    }
    let theirs = Event { rights: Rights::Own, ..event("Review", 1, 9) };
    let own = Event { transparency: crate::model::Transparency::Transparent, ..theirs.clone() };
    assert_eq!(only(&plan(&series(vec![known(&theirs, &own)]), &out())).fields, [Field::Transparency]);
    let partly = Event { attendees_omitted: true, ..meeting("Review") };
    let fewer = Event { attendees: Vec::new(), ..partly.clone() };
    let plan_ = plan(&series(vec![known(&partly, &fewer)]), &Outbound { quiet_write: QuietWrite::Always, ..out() });
    assert!(plan_.ops.is_empty() && plan_.rows.writes.mappings[0].reason.contains("all guests"));
}

#[test]
fn a_deletion_goes_out_with_its_version_and_asks_before_it_mails() {
    let delete = |event: &Event| {
        let mut known = known(event, event);
        let local = known.local.as_mut().unwrap();
        (local.deleted, local.version) = (true, 4);
        series(vec![known])
    };
    let state = delete(&event("Review", 1, 9));
    assert!(is_outgoing_deletion(&state));
    let plan_ = plan(&state, &out());
    assert_eq!(plan_.ops[0].write.action, WriteAction::Delete { version: "7".into() });
    let held = plan(&delete(&meeting("Review")), &out());
    assert_eq!((held.ops.len(), held.rows.writes.mappings[0].verdict), (0, Verdict::Held));
    let refused = plan(&delete(&Event { rights: Rights::Read, ..event("x", 1, 9) }), &out());
    assert_eq!((refused.ops.len(), refused.rows.writes.mappings[0].status), (0, MappingStatus::Failed));

    let mut elsewhere = series(vec![known(&event("a", 1, 9), &event("a", 1, 9))]);
    elsewhere.components[0].local = None;
    assert_eq!(plan(&elsewhere, &out()).ops.len(), 0, "out of the local calendar by a rule is no deletion");
    elsewhere.components[0].binding.status = MappingStatus::Updated;
    assert_eq!(plan(&elsewhere, &out()).ops.len(), 1, "deleted through another connection");
    elsewhere.components[0].binding.status = MappingStatus::Conflict;
    assert!(!is_outgoing_deletion(&elsewhere) && plan(&elsewhere, &out()).ops.is_empty(), "a person decides first");
}

#[test]
fn what_was_deleted_there_and_kept_here_is_made_again_under_its_next_id() {
    let theirs = event("Review", 1, 9);
    let mut known = known(&theirs, &Event { title: "Mine".into(), ..theirs.clone() });
    (known.binding.status, known.binding.version) = (MappingStatus::Updated, String::new());
    let plan_ = plan(&series(vec![known.clone()]), &out());
    let row = &plan_.rows.writes.mappings[0];
    assert_eq!((row.generation, row.replaces.as_deref(), row.role), (1, Some("x"), Role::Copy));
    assert_eq!(only(&plan_).after.as_ref().unwrap().title, "Mine");
    known.binding.status = MappingStatus::Deleted;
    assert_eq!(plan(&series(vec![known]), &out()), PushPlan::default(), "gone for good there, kept here");
}

fn exception(slot: &str, theirs: &Event, mine: &Event) -> ComponentState {
    let mut known = known(theirs, mine);
    known.binding.recurrence_id = Some(slot.parse().unwrap());
    known.binding.external_event_id = format!("x_{slot}");
    let local = known.local.as_mut().unwrap();
    (local.recurrence_id, local.id) = (known.binding.recurrence_id, "exception".into());
    known
}

#[test]
fn exceptions_go_out_with_their_series_or_one_by_one() {
    const SLOT: &str = "20261208T090000Z";
    let series_event = weekly("Weekly");
    let moved = event("Weekly", 8, 15);
    let mut local = LocalEvent::new("new", 1, moved.clone());
    local.recurrence_id = Some(SLOT.parse().unwrap());
    let mut state = series(vec![known(&series_event, &series_event)]);
    state.unmapped.push(local);
    let one = plan(&state, &out());
    let write = only(&one);
    assert_eq!((write.item.as_ref(), write.fields.as_slice()), (None, &[Field::Time][..]));
    assert_eq!(write.before.as_ref().unwrap().when, event("", 8, 9).when, "as the rule has it");

    let edited = Event { title: "Weekly, later".into(), ..moved.clone() };
    let renamed = Event { title: "Daily".into(), ..series_event.clone() };
    let both = series(vec![known(&series_event, &renamed), exception(SLOT, &moved, &edited)]);
    assert_eq!(plan(&both, &out()).ops.len(), 2);
    let whole = plan(&both, &Outbound { whole_series: true, ..out() });
    assert_eq!((whole.ops.len(), whole.ops[0].sent.len()), (1, 2), "one resource, one write");

    let create = SeriesState {
        unmapped: vec![LocalEvent::new(ID, 1, series_event), state.unmapped[0].clone()],
        ..SeriesState::default()
    };
    assert_eq!(plan(&create, &out()).ops.len(), 2, "first the series, then its exception");
    let WriteAction::Create { components, .. } =
        &plan(&create, &Outbound { whole_series: true, ..out() }).ops[0].write.action
    else {
        panic!("no creation")
    };
    assert_eq!(components.len(), 2);
}

#[test]
fn an_exception_that_is_gone_here_follows_its_rule_again() {
    const SLOT: &str = "20261208T090000Z";
    let (series_event, moved) = (weekly("Weekly"), event("Weekly", 8, 15));
    let mut gone = exception(SLOT, &moved, &moved);
    gone.local.as_mut().unwrap().deleted = true;
    let state = series(vec![known(&series_event, &series_event), gone]);
    let one = plan(&state, &out());
    assert_eq!(
        (one.ops[0].sent[0].kind, only(&one).after.as_ref().unwrap().when.clone()),
        (SentKind::Removed, event("", 8, 9).when)
    );
    assert_eq!(differing(only(&one).before.as_ref().unwrap(), &moved), []);
    assert_eq!(only(&plan(&state, &Outbound { whole_series: true, ..out() })).after, None);

    let mut rekeyed = exception(SLOT, &moved, &moved);
    rekeyed.local.as_mut().unwrap().recurrence_id = Some("20261208T100000Z".parse().unwrap());
    let state = series(vec![known(&series_event, &series_event), rekeyed]);
    let plan_ = plan(&state, &out());
    assert_eq!(plan_.rows.writes.mappings[0].status, MappingStatus::Deleted, "the vendor moves or drops it itself");
    assert_eq!(only(&plan_).recurrence_id.unwrap().to_string(), "20261208T100000Z");
}

#[test]
fn an_exception_that_is_gone_here_does_not_take_place_again_where_its_series_leaves_it_out() {
    const SLOT: &str = "20261208T090000Z";
    let mut series_event = weekly("Weekly");
    series_event.recurrence.as_mut().unwrap().excluded = vec![SLOT.parse().unwrap()];
    let moved = event("Weekly", 8, 15);
    let gone = |theirs: &Event| {
        let mut gone = exception(SLOT, theirs, theirs);
        gone.local.as_mut().unwrap().deleted = true;
        series(vec![known(&series_event, &series_event), gone])
    };
    let one = plan(&gone(&moved), &out());
    let write = only(&one);
    assert_eq!(
        (write.after.as_ref().unwrap().status, write.fields.as_slice()),
        (Status::Cancelled, &[Field::Status][..])
    );
    let quiet = plan(&gone(&Event { status: Status::Cancelled, ..moved }), &out());
    assert_eq!((quiet.ops.len(), quiet.rows.writes.mappings[0].status), (0, MappingStatus::Deleted));
}

#[test]
fn an_answer_goes_by_itself_and_only_where_there_is_something_to_answer() {
    let theirs = Event { rights: Rights::Own, ..event("Theirs", 1, 9) };
    let answer = Answer { response: Response::Accepted, comment: String::new(), notify: true };
    let mut known = known(&theirs, &theirs);
    known.local.as_mut().unwrap().answer = Some(answer);
    let plan_ = plan(&series(vec![known.clone()]), &out());
    assert!(matches!(plan_.ops[0].write.action, WriteAction::Answer { .. }) && plan_.ops[0].write.mail == Mail::Guests);
    known.binding.role = Role::Copy;
    assert_eq!(plan(&series(vec![known.clone()]), &out()).ops.len(), 0, "a copy has no guests to answer for");
    known.binding.role = Role::Origin;
    known.local.as_mut().unwrap().event.rights = Rights::Read;
    assert_eq!(plan(&series(vec![known]), &out()).ops.len(), 0);
}

#[test]
fn a_bare_copy_writes_back_no_guests() {
    let mine = meeting("Review");
    let mut copy = known(&mine, &mine);
    copy.binding.role = Role::Copy;
    copy.binding.echo = Echo { bare: true, ..Echo::default() };
    copy.binding.base = Some(Event { attendees: Vec::new(), organizer: None, ..mine.clone() });
    let more = Attendee { email: "dan@example.com".into(), ..Attendee::default() };
    let mut invited = mine.clone();
    invited.attendees.push(more);
    copy.binding.local_base = Some(mine);
    let local = copy.local.as_mut().unwrap();
    (local.version, local.event) = (4, invited);
    let plan_ = plan(&series(vec![copy.clone()]), &out());
    assert_eq!((plan_.ops.len(), plan_.rows.writes.mappings[0].base_version), (0, 4), "in step without a write");
    copy.local.as_mut().unwrap().event.title = "Planning".into();
    let plan_ = plan(&series(vec![copy]), &out());
    assert_eq!((only(&plan_).fields.as_slice(), plan_.ops[0].write.mail), (&[Field::Title][..], Mail::Nobody));
}

/// A series that leaves out Dec 8, which the vendor has as a cancelled occurrence; the local exception
/// has given way to what the series says.
fn left_out(there: &Event) -> SeriesState {
    let slot: RecurrenceId = "20261208T090000Z".parse().unwrap();
    let (theirs, mut mine) = (weekly("Weekly"), weekly("Weekly"));
    mine.recurrence.as_mut().unwrap().excluded.push(slot);
    let exception = Binding {
        external_event_id: "x_1".into(),
        recurrence_id: Some(slot),
        version: "8".into(),
        status: MappingStatus::Updated,
        base: Some(there.clone()),
        ..Binding::default()
    };
    series(vec![known(&theirs, &mine), ComponentState { binding: exception, local: None }])
}

#[test]
fn what_is_cancelled_there_is_not_brought_back_when_the_series_leaves_it_out() {
    let state = left_out(&Event { status: Status::Cancelled, ..event("Weekly", 8, 9) });
    let plan = plan(&state, &out());
    assert_eq!(plan.ops, [], "neither the occurrence nor the series is written");
    let rows: Vec<_> = plan.rows.writes.mappings.iter().map(|row| (row.recurrence_id.is_some(), row.status)).collect();
    assert_eq!(rows, [(false, MappingStatus::Synced), (true, MappingStatus::Deleted)]);
}

#[test]
fn what_takes_place_there_is_cancelled_when_the_series_leaves_it_out() {
    let plan = plan(&left_out(&event("Weekly, moved", 8, 15)), &out());
    let components = plan.ops.iter().flat_map(|op| match &op.write.action {
        WriteAction::Update(components) => components.clone(),
        other => panic!("{other:?}"),
    });
    let statuses: Vec<_> =
        components.filter(|it| it.recurrence_id.is_some()).map(|it| it.after.map(|after| after.status)).collect();
    assert_eq!(statuses, [Some(Status::Cancelled)]);
}

#[test]
fn an_occurrence_that_the_answer_leaves_out_has_one_row() {
    let slot = "20261208T090000Z";
    let moved = event("Weekly, moved", 8, 15);
    let cancelled = Event { status: Status::Cancelled, ..moved.clone() };
    let state = series(vec![known(&weekly("Weekly"), &weekly("Weekly")), exception(slot, &moved, &cancelled)]);
    let op = plan(&state, &Outbound { whole_series: true, ..out() }).ops.remove(0);
    let mut left_out = weekly("Weekly");
    left_out.recurrence.as_mut().unwrap().excluded = vec![slot.parse().unwrap()];
    let content = Content::Event(Box::new(left_out));
    let master = RemoteComponent { id: "x".into(), version: "8".into(), content, ..RemoteComponent::default() };
    let answer = RemoteSeries { id: "x".into(), scope: SeriesScope::Whole, components: vec![master] };
    let mut ids = crate::policy::Ids::new("2026-11-21T10:00:00Z".parse().unwrap(), 1);
    let written = plan_written(&state, &op, &[RemoteChange::Series(answer)], &rules(), &mut ids, Since::Unchanged);
    let mut keys: Vec<_> = written.unwrap().writes.mappings.iter().map(|row| row.recurrence_id).collect();
    keys.retain(|key| *key == slot.parse().ok());
    assert_eq!(keys.len(), 1);
}
