//! Every way to say when.

use super::*;
use jiff::civil::date;

fn vienna() -> Zone {
    Zone::iana("Europe/Vienna").unwrap()
}

fn local(text: &str) -> TimeText {
    TimeText::Local(text.parse().unwrap())
}

fn instant(text: &str) -> TimeText {
    TimeText::Instant(text.parse().unwrap())
}

fn day(text: &str) -> TimeText {
    TimeText::Date(text.parse().unwrap())
}

fn zoned(start: &str, end: &str, zone: &str) -> When {
    let moment = |text: &str| Moment::zoned(text.parse().unwrap(), Zone::iana(zone).unwrap());
    When::Timed { start: moment(start), end: moment(end) }
}

fn days(start: (i16, i8, i8), end: (i16, i8, i8)) -> When {
    When::AllDay { start: date(start.0, start.1, start.2), end: date(end.0, end.1, end.2) }
}

fn resolved(present: Option<&When>, change: TimeChange<'_>) -> Result<When, String> {
    resolve(present, &change, &vienna()).map_err(|error| error.to_string().split(':').next().unwrap().to_owned())
}

#[test]
fn a_new_event_says_at_least_when_it_begins() {
    let at = |start| TimeChange { start: Some(start), ..TimeChange::default() };
    let hour = zoned("2026-12-07T09:00:00", "2026-12-07T10:00:00", "Europe/Vienna");
    assert_eq!(resolved(None, at(local("2026-12-07T09:00:00"))).unwrap(), hour);
    assert_eq!(resolved(None, at(instant("2026-12-07T08:00:00.5Z"))).unwrap(), hour);
    assert_eq!(resolved(None, at(day("2026-12-07"))).unwrap(), days((2026, 12, 7), (2026, 12, 8)));
    assert_eq!(resolved(None, TimeChange::default()).unwrap_err(), "start");
    let floating = TimeChange { zone: Some(None), ..at(local("2026-12-07T09:00:00")) };
    assert_eq!(resolved(None, floating).unwrap().zone(), None);
}

#[test]
fn a_moved_event_keeps_its_length_on_the_clock_that_runs() {
    // The night in which the clock goes back: two hours are two hours.
    let night = zoned("2026-10-24T01:30:00", "2026-10-24T03:30:00", "Europe/Vienna");
    let moved = TimeChange { start: Some(local("2026-10-25T01:30:00")), ..TimeChange::default() };
    let expected = zoned("2026-10-25T01:30:00", "2026-10-25T02:30:00", "Europe/Vienna");
    assert_eq!(resolved(Some(&night), moved).unwrap(), expected);
    let trip = days((2026, 12, 7), (2026, 12, 10));
    let moved = TimeChange { start: Some(day("2027-02-27")), ..TimeChange::default() };
    assert_eq!(resolved(Some(&trip), moved).unwrap(), days((2027, 2, 27), (2027, 3, 2)));
}

#[test]
fn another_zone_keeps_the_clock_on_the_wall() {
    let here = zoned("2026-12-07T09:00:00", "2026-12-07T10:30:00", "Europe/Vienna");
    let tokyo = Zone::iana("Asia/Tokyo").unwrap();
    let there = TimeChange { zone: Some(Some(&tokyo)), ..TimeChange::default() };
    let expected = zoned("2026-12-07T09:00:00", "2026-12-07T10:30:00", "Asia/Tokyo");
    assert_eq!(resolved(Some(&here), there).unwrap(), expected);
}

#[test]
fn a_flight_keeps_the_zone_of_its_end() {
    let moment = |text: &str, zone: &str| Moment::zoned(text.parse().unwrap(), Zone::iana(zone).unwrap());
    let flight =
        |start, end| When::Timed { start: moment(start, "Europe/Vienna"), end: moment(end, "America/New_York") };
    let change = TimeChange { start: Some(local("2026-12-07T11:00:00")), ..TimeChange::default() };
    let moved = resolved(Some(&flight("2026-12-07T10:00:00", "2026-12-07T13:00:00")), change);
    assert_eq!(moved.unwrap(), flight("2026-12-07T11:00:00", "2026-12-07T14:00:00"));
}

#[test]
fn whole_days_become_times_and_times_whole_days() {
    let timed = zoned("2026-12-07T09:00:00", "2026-12-07T10:00:00", "Europe/Vienna");
    let whole = TimeChange { all_day: Some(true), ..TimeChange::default() };
    assert_eq!(resolved(Some(&timed), whole).unwrap(), days((2026, 12, 7), (2026, 12, 8)));
    let trip = days((2026, 12, 7), (2026, 12, 10));
    let times = TimeChange { all_day: Some(false), ..TimeChange::default() };
    assert_eq!(resolved(Some(&trip), times).unwrap_err(), "start");
    let times = TimeChange { start: Some(local("2026-12-07T09:00:00")), ..TimeChange::default() };
    assert_eq!(resolved(Some(&trip), times).unwrap(), timed);
}

#[test]
fn what_does_not_go_together_is_refused_by_name() {
    let timed = zoned("2026-12-07T09:00:00", "2026-12-07T10:00:00", "Europe/Vienna");
    let trip = days((2026, 12, 7), (2026, 12, 10));
    let vienna = vienna();
    for (present, change, field) in [
        (&timed, TimeChange { end: Some(local("2026-12-07T08:59:59")), ..TimeChange::default() }, "end"),
        (&timed, TimeChange { end: Some(day("2026-12-08")), ..TimeChange::default() }, "end"),
        (&timed, TimeChange { end: Some(local("2032-12-07T08:00:00")), ..TimeChange::default() }, "end"),
        (&timed, TimeChange { start: Some(local("1899-12-07T08:00:00")), ..TimeChange::default() }, "start"),
        (
            &timed,
            TimeChange { zone: Some(None), start: Some(instant("2026-12-07T08:00:00Z")), ..TimeChange::default() },
            "start",
        ),
        (&trip, TimeChange { end: Some(day("2026-12-07")), ..TimeChange::default() }, "end"),
        (&trip, TimeChange { end: Some(local("2026-12-08T08:00:00")), ..TimeChange::default() }, "end"),
        (&trip, TimeChange { zone: Some(Some(&vienna)), ..TimeChange::default() }, "timeZone"),
    ] {
        assert_eq!(resolved(Some(present), change).unwrap_err(), field, "{change:?}");
    }
    // An event without length is a point in time.
    let point = TimeChange { end: Some(local("2026-12-07T09:00:00")), ..TimeChange::default() };
    assert!(resolved(Some(&timed), point).is_ok());
}
