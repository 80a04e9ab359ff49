//! this, following, all × edit, delete × with and without exceptions × times and whole days. The
//! result is looked at as people do: expanded.

use super::*;
use std::collections::BTreeMap;
use tidecal_core::sync::EventKind;
use tidecal_ical::{Budget, Moment, Range, Recurrence, When, expand};
use tidecal_store::EventRow;

use crate::local::{RecurrenceChange, TimeText};

const SERIES: &str = "series";

fn vienna() -> Zone {
    Zone::iana("Europe/Vienna").unwrap()
}

/// Six days over the end of summer time in Vienna (25 October 2026).
fn times() -> When {
    let moment = |hour| Moment::zoned(jiff::civil::date(2026, 10, 22).at(hour, 0, 0, 0), vienna());
    When::Timed { start: moment(9), end: moment(10) }
}

fn days() -> When {
    When::AllDay { start: jiff::civil::date(2026, 10, 22), end: jiff::civil::date(2026, 10, 23) }
}

fn row(id: &str, kind: EventKind, slot: Option<RecurrenceId>, event: Event) -> SeriesRow {
    let span = span_of(&event, &vienna());
    SeriesRow {
        row: EventRow {
            id: id.to_owned(),
            calendar_id: "calendar".to_owned(),
            series_id: SERIES.to_owned(),
            kind,
            recurrence_id: slot,
            version: 7,
            start_at: span.start,
            end_at: span.end,
            series_end_at: span.series_end,
            event,
        },
        deleted: false,
        external_event_id: None,
        consent: None,
        edited: 0,
        answer: None,
        created_at: jiff::Timestamp::UNIX_EPOCH,
        updated_at: jiff::Timestamp::UNIX_EPOCH,
    }
}

fn master(when: When) -> Event {
    let rules = vec!["FREQ=DAILY;COUNT=6".to_owned()];
    Event {
        title: "Daily".to_owned(),
        recurrence: Some(Recurrence { rules, ..Recurrence::default() }),
        ..Event::at(when)
    }
}

/// The series; with exceptions: the 4th day is called otherwise, the 5th is cancelled.
fn series(when: &When, with_exceptions: bool) -> SeriesDetail {
    let event = master(when.clone());
    let mut rows = vec![row(SERIES, EventKind::Master, None, event.clone())];
    if with_exceptions {
        let occurrence = |at| super::series::occurrence_of(&event, slot(when, at));
        let other = Event { title: "Other".to_owned(), ..occurrence(4) };
        let cancelled = Event { status: Status::Cancelled, ..occurrence(5) };
        rows.push(row("x4", EventKind::Override, Some(slot(when, 4)), other));
        rows.push(row("x5", EventKind::Override, Some(slot(when, 5)), cancelled));
    }
    SeriesDetail { calendar_id: "calendar".to_owned(), owner_id: "ada".to_owned(), series_id: SERIES.to_owned(), rows }
}

/// Key of the nth day.
fn slot(when: &When, nth: i32) -> RecurrenceId {
    let local = when.start_local().checked_add(jiff::Span::new().days(nth - 1)).unwrap();
    when.shifted_to(local).recurrence_id()
}

fn ids() -> Ids {
    Ids::new(jiff::Timestamp::UNIX_EPOCH, 1)
}

fn aim(scope: Scope, occurrence: Option<RecurrenceId>) -> Aim<'static> {
    Aim { event_id: SERIES, scope: Some(scope), occurrence }
}

/// The rows as they are after the writes.
fn written(series: &SeriesDetail, composed: &Composed) -> Vec<SeriesRow> {
    let mut rows: BTreeMap<String, SeriesRow> =
        series.rows.iter().map(|row| (row.row.id.clone(), row.clone())).collect();
    for write in &composed.writes {
        match &write.op {
            LocalOp::Delete { expected } => assert_eq!(rows.remove(&write.id).unwrap().row.version, *expected),
            LocalOp::Insert { kind, event, .. } | LocalOp::Update { kind, event, .. } => {
                let mut new = row(&write.id, *kind, write.recurrence_id, (**event).clone());
                new.row.series_id.clone_from(&write.series_id);
                rows.insert(write.id.clone(), new);
            }
        }
    }
    rows.into_values().collect()
}

/// What takes place: local start and title.
fn shown(rows: &[SeriesRow]) -> Vec<String> {
    let range = Range { start: "2026-01-01T00:00:00Z".parse().unwrap(), end: "2028-01-01T00:00:00Z".parse().unwrap() };
    let mut found = Vec::new();
    for master in rows.iter().filter(|row| row.row.kind != EventKind::Override) {
        let event = &master.row.event;
        let exceptions: Vec<&SeriesRow> = rows
            .iter()
            .filter(|row| row.row.series_id == master.row.series_id && row.row.recurrence_id.is_some())
            .collect();
        let recurrence = event.recurrence.clone().unwrap_or_default();
        let all = expand(&event.when, &recurrence, range, &vienna(), Budget::default()).unwrap().occurrences;
        for exception in &exceptions {
            let slot = exception.row.recurrence_id.unwrap();
            assert!(all.iter().any(|it| it.id == slot), "an exception of no occurrence: {slot}");
        }
        let ruled = all.iter().filter(|it| !exceptions.iter().any(|row| row.row.recurrence_id == Some(it.id)));
        found.extend(ruled.map(|it| (it.when.start_local(), event.title.clone())));
        let live = exceptions.iter().map(|row| &row.row.event).filter(|event| event.status != Status::Cancelled);
        found.extend(live.map(|event| (event.when.start_local(), event.title.clone())));
    }
    found.sort();
    found.into_iter().map(|(start, title)| format!("{} {title}", start.strftime("%d %H"))).collect()
}

fn after_edit(when: &When, with: bool, aim: Aim<'_>, change: &EventChange) -> Vec<String> {
    let series = series(when, with);
    shown(&written(&series, &edit(&series, aim, change, &vienna(), &mut ids()).unwrap()))
}

fn after_delete(when: &When, with: bool, aim: Aim<'_>) -> Vec<String> {
    let series = series(when, with);
    shown(&written(&series, &delete(&series, aim, &vienna(), &mut ids()).unwrap()))
}

fn titled(title: &str) -> EventChange {
    EventChange { title: Some(title.to_owned()), ..EventChange::default() }
}

/// `24 09 Daily` for each of these.
fn list(hour: &str, items: &[(i8, &str)]) -> Vec<String> {
    items.iter().map(|(day, title)| format!("{day:02} {hour} {title}")).collect()
}

#[test]
fn a_new_title_reaches_what_the_scope_says() {
    for (when, hour) in [(times(), "09"), (days(), "00")] {
        let third = Some(slot(&when, 3));
        for (scope, plain, with) in [
            (
                Scope::This,
                [(22, "Daily"), (23, "Daily"), (24, "New"), (25, "Daily"), (26, "Daily"), (27, "Daily")],
                vec![(22, "Daily"), (23, "Daily"), (24, "New"), (25, "Other"), (27, "Daily")],
            ),
            (
                Scope::Following,
                [(22, "Daily"), (23, "Daily"), (24, "New"), (25, "New"), (26, "New"), (27, "New")],
                vec![(22, "Daily"), (23, "Daily"), (24, "New"), (25, "Other"), (27, "New")],
            ),
            (
                Scope::All,
                [(22, "New"), (23, "New"), (24, "New"), (25, "New"), (26, "New"), (27, "New")],
                vec![(22, "New"), (23, "New"), (24, "New"), (25, "Other"), (27, "New")],
            ),
        ] {
            assert_eq!(after_edit(&when, false, aim(scope, third), &titled("New")), list(hour, &plain), "{scope:?}");
            assert_eq!(after_edit(&when, true, aim(scope, third), &titled("New")), list(hour, &with), "{scope:?}");
        }
    }
}

#[test]
fn a_deletion_reaches_what_the_scope_says() {
    for (when, hour) in [(times(), "09"), (days(), "00")] {
        let third = Some(slot(&when, 3));
        let all = [(22, "Daily"), (23, "Daily"), (24, "Daily"), (25, "Daily"), (26, "Daily"), (27, "Daily")];
        let without_third: Vec<(i8, &str)> = all.into_iter().filter(|(day, _)| *day != 24).collect();
        assert_eq!(after_delete(&when, false, aim(Scope::This, third)), list(hour, &without_third));
        assert_eq!(after_delete(&when, false, aim(Scope::Following, third)), list(hour, &all[..2]));
        let with = [(22, "Daily"), (23, "Daily"), (25, "Other"), (27, "Daily")];
        assert_eq!(after_delete(&when, true, aim(Scope::This, third)), list(hour, &with));
        assert_eq!(after_delete(&when, true, aim(Scope::Following, third)), list(hour, &all[..2]));
        for (scope, with) in [(Scope::All, true), (Scope::All, false)] {
            assert!(after_delete(&when, with, aim(scope, None)).is_empty());
        }
        assert!(after_delete(&when, true, aim(Scope::Following, Some(slot(&when, 1)))).is_empty());
    }
}

#[test]
fn a_series_that_moves_takes_everything_along_over_the_end_of_summer_time() {
    let when = times();
    let third = Some(slot(&when, 3));
    let to = |text: &str| EventChange { start: Some(TimeText::Local(text.parse().unwrap())), ..EventChange::default() };
    // An hour later, as seen on the third day.
    let all = after_edit(&when, true, aim(Scope::All, third), &to("2026-10-24T10:00:00"));
    assert_eq!(all, list("10", &[(22, "Daily"), (23, "Daily"), (24, "Daily"), (25, "Other"), (27, "Daily")]));
    let first = after_edit(&when, true, aim(Scope::All, None), &to("2026-10-23T09:00:00"));
    assert_eq!(first, list("09", &[(23, "Daily"), (24, "Daily"), (25, "Daily"), (26, "Other"), (28, "Daily")]));
    let rest = after_edit(&when, true, aim(Scope::Following, third), &to("2026-10-24T11:00:00"));
    let mut expected = list("09", &[(22, "Daily"), (23, "Daily")]);
    expected.extend(list("11", &[(24, "Daily"), (25, "Other"), (27, "Daily")]));
    assert_eq!(rest, expected);
}

#[test]
fn an_exception_with_a_time_of_its_own_keeps_it() {
    let when = times();
    let mut series = series(&when, true);
    let moment = |hour| Moment::zoned(jiff::civil::date(2026, 10, 25).at(hour, 0, 0, 0), vienna());
    series.rows[1].row.event.when = When::Timed { start: moment(15), end: moment(16) };
    let to = TimeText::Local("2026-10-22T10:00:00".parse().unwrap());
    let change = EventChange { start: Some(to), ..EventChange::default() };
    let composed = edit(&series, aim(Scope::All, None), &change, &vienna(), &mut ids()).unwrap();
    let rows = written(&series, &composed);
    assert!(shown(&rows).contains(&"25 15 Other".to_owned()), "{:?}", shown(&rows));
    let x4 = rows.iter().find(|row| row.row.id == "x4").unwrap();
    assert_eq!(x4.row.recurrence_id.unwrap().to_string(), "20261025T090000Z");
}

#[test]
fn whole_days_become_times_with_their_exceptions() {
    let to = TimeText::Local("2026-10-22T09:00:00".parse().unwrap());
    let change = EventChange { all_day: Some(false), start: Some(to), ..EventChange::default() };
    let found = after_edit(&days(), true, aim(Scope::All, None), &change);
    assert_eq!(found, list("09", &[(22, "Daily"), (23, "Daily"), (24, "Daily"), (25, "Other"), (27, "Daily")]));
}

#[test]
fn exceptions_of_occurrences_that_are_no_more_go() {
    let rule = RecurrenceChange { rules: Some(vec!["FREQ=DAILY;COUNT=4".to_owned()]), ..RecurrenceChange::default() };
    let shorter = EventChange { recurrence: Some(Some(rule)), ..EventChange::default() };
    let found = after_edit(&times(), true, aim(Scope::All, None), &shorter);
    assert_eq!(found, list("09", &[(22, "Daily"), (23, "Daily"), (24, "Daily"), (25, "Other")]));
    let once = EventChange { recurrence: Some(None), ..EventChange::default() };
    assert_eq!(after_edit(&times(), true, aim(Scope::All, None), &once), list("09", &[(22, "Daily")]));
}

#[test]
fn new_rules_keep_what_is_excluded_unless_they_say_otherwise() {
    let mut series = series(&times(), false);
    let second = slot(&times(), 2);
    series.rows[0].row.event.recurrence.as_mut().unwrap().excluded = vec![second];
    let with = |excluded| {
        let rules = Some(vec!["FREQ=DAILY;COUNT=3".to_owned()]);
        let recurrence = RecurrenceChange { rules, excluded, ..RecurrenceChange::default() };
        let change = EventChange { recurrence: Some(Some(recurrence)), ..EventChange::default() };
        shown(&written(&series, &edit(&series, aim(Scope::All, None), &change, &vienna(), &mut ids()).unwrap()))
    };
    assert_eq!(with(None), list("09", &[(22, "Daily"), (24, "Daily")]));
    assert_eq!(with(Some(Vec::new())), list("09", &[(22, "Daily"), (23, "Daily"), (24, "Daily")]));
}

#[test]
fn a_change_of_nothing_writes_nothing() {
    for scope in Scope::ALL {
        let series = series(&times(), true);
        let third = Some(slot(&times(), 3));
        let composed = edit(&series, aim(scope, third), &titled("Daily"), &vienna(), &mut ids()).unwrap();
        assert_eq!((composed.writes.len(), composed.touched.len()), (0, 0), "{scope:?}");
    }
}

#[test]
fn a_single_event_needs_no_scope_and_may_become_a_series() {
    let mut series = series(&times(), false);
    series.rows[0].row.kind = EventKind::Single;
    series.rows[0].row.event.recurrence = None;
    let rule = RecurrenceChange { rules: Some(vec!["FREQ=DAILY;COUNT=2".to_owned()]), ..RecurrenceChange::default() };
    let change = EventChange { recurrence: Some(Some(rule)), ..EventChange::default() };
    let aim = Aim { event_id: SERIES, scope: None, occurrence: None };
    let composed = edit(&series, aim, &change, &vienna(), &mut ids()).unwrap();
    let LocalOp::Update { kind, .. } = composed.writes[0].op else { panic!("no update") };
    assert_eq!(kind, EventKind::Master);
    assert_eq!(shown(&written(&series, &composed)), list("09", &[(22, "Daily"), (23, "Daily")]));
}

#[test]
fn a_deleted_exception_comes_back_in_its_row() {
    let mut series = series(&times(), true);
    series.rows[1].deleted = true;
    let fourth = Some(slot(&times(), 4));
    let composed = edit(&series, aim(Scope::This, fourth), &titled("Again"), &vienna(), &mut ids()).unwrap();
    assert_eq!((composed.writes[0].id.as_str(), composed.shown.as_str()), ("x4", "x4"));
    assert!(matches!(composed.writes[0].op, LocalOp::Update { expected: 7, .. }));
}

#[test]
fn of_a_series_that_is_not_here_one_occurrence_can_be_changed() {
    let mut series = series(&times(), true);
    series.rows.remove(0);
    let aim = |scope| Aim { event_id: "x4", scope: Some(scope), occurrence: None };
    let composed = edit(&series, aim(Scope::This), &titled("Mine"), &vienna(), &mut ids()).unwrap();
    assert_eq!((composed.writes.len(), composed.shown.as_str()), (1, "x4"));
    for scope in [Scope::Following, Scope::All] {
        assert!(edit(&series, aim(scope), &titled("Mine"), &vienna(), &mut ids()).is_err(), "{scope:?}");
    }
    let gone = delete(&series, aim(Scope::This), &vienna(), &mut ids()).unwrap();
    assert!(matches!(gone.writes[0].op, LocalOp::Delete { .. }));
}

#[test]
fn a_series_of_which_not_all_guests_are_known_is_not_split() {
    let mut series = series(&times(), false);
    series.rows[0].row.event.attendees_omitted = true;
    let third = Some(slot(&times(), 3));
    let split = edit(&series, aim(Scope::Following, third), &titled("New"), &vienna(), &mut ids());
    assert!(matches!(split, Err(EditError::Refused { .. })));
}
