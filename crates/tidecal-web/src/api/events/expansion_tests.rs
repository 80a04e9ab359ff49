//! Series, exceptions and windows. How rules are expanded is tested where that is done.

use super::*;
use jiff::civil::date;
use tidecal_core::model::Event;
use tidecal_ical::{Moment, Recurrence};

const VIENNA: &str = "Europe/Vienna";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn timed(day: i8, hour: i8) -> When {
    let moment = |hour| Moment::zoned(date(2026, 11, day).at(hour, 0, 0, 0), Zone::iana(VIENNA).unwrap());
    When::Timed { start: moment(hour), end: moment(hour + 1) }
}

fn row(id: &str, kind: EventKind, when: When) -> EventRow {
    let (start_at, end_at) = when.span(&Zone::utc());
    EventRow {
        id: id.to_owned(),
        calendar_id: "cal".to_owned(),
        series_id: "series".to_owned(),
        kind,
        recurrence_id: None,
        version: 1,
        start_at,
        end_at,
        series_end_at: None,
        event: Event::at(when),
    }
}

/// Every day at nine from the 2nd on.
fn daily() -> EventRow {
    let mut master = row("series", EventKind::Master, timed(2, 9));
    master.event.recurrence = Some(Recurrence { rules: vec!["FREQ=DAILY".to_owned()], ..Recurrence::default() });
    master
}

/// The exception of that day's occurrence.
fn exception(day: i8, when: When) -> EventRow {
    let slot = at(&format!("2026-11-{day:02}T08:00:00Z"));
    EventRow { recurrence_id: Some(RecurrenceId::Utc(slot)), ..row(&format!("x{day}"), EventKind::Override, when) }
}

/// Starts in `[5 November, 8 November)` UTC, with the row's id.
fn found(rows: &[EventRow]) -> Vec<(String, String)> {
    let range = Range { start: at("2026-11-05T00:00:00Z"), end: at("2026-11-08T00:00:00Z") };
    let slots = slots(rows, range, |_| Zone::iana(VIENNA).unwrap());
    slots.iter().map(|slot| (slot.start.to_string(), rows[slot.row].id.clone())).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(start, id)| (format!("2026-11-{start}:00Z"), (*id).to_owned())).collect()
}

#[test]
fn a_series_is_expanded_in_the_window() {
    let expected = pairs(&[("05T08:00", "series"), ("06T08:00", "series"), ("07T08:00", "series")]);
    assert_eq!(found(&[daily()]), expected);
}

#[test]
fn an_exception_takes_the_place_of_its_occurrence() {
    let moved = exception(6, timed(6, 15));
    let expected = pairs(&[("05T08:00", "series"), ("06T14:00", "x6"), ("07T08:00", "series")]);
    assert_eq!(found(&[daily(), moved]), expected);
}

#[test]
fn an_occurrence_may_leave_the_window_or_come_into_it() {
    let rows = [daily(), exception(6, timed(20, 9)), exception(15, timed(5, 12))];
    assert_eq!(found(&rows), pairs(&[("05T08:00", "series"), ("05T11:00", "x15"), ("07T08:00", "series")]));
}

#[test]
fn a_cancelled_occurrence_leaves_a_gap_and_a_cancelled_event_is_not_there() {
    let mut cancelled = exception(6, timed(6, 9));
    cancelled.event.status = Status::Cancelled;
    let mut single = row("single", EventKind::Single, timed(5, 10));
    single.event.status = Status::Cancelled;
    assert_eq!(found(&[daily(), cancelled, single]), pairs(&[("05T08:00", "series"), ("07T08:00", "series")]));
}

#[test]
fn an_instance_keeps_its_id_when_it_is_changed() {
    let range = Range { start: at("2026-11-06T00:00:00Z"), end: at("2026-11-07T00:00:00Z") };
    let id_in = |rows: &[EventRow]| {
        let slot = slots(rows, range, |_| Zone::utc()).remove(0);
        instance_id(&rows[slot.row].id, &rows[slot.row].series_id, slot.recurrence_id)
    };
    assert_eq!(id_in(&[daily()]), "series_20261106T080000Z");
    assert_eq!(id_in(&[daily(), exception(6, timed(6, 15))]), "series_20261106T080000Z");
}

#[test]
fn whole_days_are_those_of_the_calendars_zone() {
    let when = When::AllDay { start: date(2026, 11, 8), end: date(2026, 11, 9) };
    // In Vienna the 8th begins at 23:00 UTC on the 7th, within the window.
    assert_eq!(found(&[row("day", EventKind::Single, when)]), pairs(&[("07T23:00", "day")]));
}

#[test]
fn what_only_touches_the_window_is_outside_but_a_point_at_its_beginning_is_in() {
    let utc = |hour| Moment::zoned(date(2026, 11, 5).at(hour, 0, 0, 0), Zone::utc());
    let point = When::Timed { start: utc(0), end: utc(0) };
    let before = Moment::zoned(date(2026, 11, 4).at(23, 0, 0, 0), Zone::utc());
    let touching = When::Timed { start: before, end: utc(0) };
    let rows = [row("point", EventKind::Single, point), row("touching", EventKind::Single, touching)];
    assert_eq!(found(&rows), pairs(&[("05T00:00", "point")]));
}

#[test]
fn a_rule_that_nobody_can_read_still_shows_the_event_itself() {
    let mut odd = row("series", EventKind::Master, timed(5, 9));
    odd.event.recurrence = Some(Recurrence { rules: vec!["FREQ=NEVER".to_owned()], ..Recurrence::default() });
    assert_eq!(found(&[odd]), pairs(&[("05T08:00", "series")]));
}

#[test]
fn what_begins_together_comes_in_the_order_of_its_ids() {
    let single = |id: &str| row(id, EventKind::Single, timed(5, 9));
    let of_series = |id: &str| EventRow { series_id: id.to_owned(), id: id.to_owned(), ..daily() };
    // Ids of which one begins as another, and ids that differ early.
    let rows = [single("ab"), of_series("a"), single("a_2026"), of_series("b"), single("a_3"), single("A")];
    let range = Range { start: at("2026-11-05T00:00:00Z"), end: at("2026-11-06T00:00:00Z") };
    let slots = slots(&rows, range, |_| Zone::utc());
    let id = |slot: &Slot| instance_id(&rows[slot.row].id, &rows[slot.row].series_id, slot.recurrence_id);
    let ids: Vec<String> = slots.iter().map(id).collect();
    assert_eq!(ids, ["A", "a_2026", "a_20261105T080000Z", "a_3", "ab", "b_20261105T080000Z"]);
}
