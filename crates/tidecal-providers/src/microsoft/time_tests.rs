//! Times as Graph sends them.

use super::*;
use jiff::civil::date;
use serde_json::json;

#[expect(clippy::needless_pass_by_value, reason = "called with fresh JSON")]
fn read(fields: serde_json::Value, series: bool) -> Result<(When, bool), String> {
    let text = fields.to_string();
    let item: Item<'_> = serde_json::from_str(&text).unwrap();
    when(&item, series)
}

fn timed(start: &str, end: &str, zone: &str) -> serde_json::Value {
    json!({"start": {"dateTime": start, "timeZone": "UTC"}, "end": {"dateTime": end, "timeZone": "UTC"},
        "originalStartTimeZone": zone, "originalEndTimeZone": zone, "isAllDay": false})
}

#[test]
fn an_instant_is_shown_in_the_zone_that_the_event_was_made_in() {
    for zone in ["W. Europe Standard Time", "Europe/Vienna", "europe/vienna"] {
        let (when, guessed) =
            read(timed("2026-08-29T04:00:00.0000000", "2026-08-29T05:30:00.0000000", zone), false).unwrap();
        assert_eq!(when.start_local(), date(2026, 8, 29).at(6, 0, 0, 0), "{zone}");
        assert_eq!(when.end_local(), date(2026, 8, 29).at(7, 30, 0, 0));
        assert!(!guessed);
    }
    let (when, guessed) =
        read(timed("2026-08-29T04:00:00", "2026-08-29T05:00:00", "tzone://Microsoft/Utc"), false).unwrap();
    assert_eq!((when.zone().unwrap().name(), guessed), ("UTC", false));
    let (when, guessed) =
        read(timed("2026-08-29T04:00:00", "2026-08-29T05:00:00", "tzone://Microsoft/Custom"), false).unwrap();
    assert_eq!((when.zone().unwrap().name(), guessed), ("UTC", true));
}

#[test]
fn start_and_end_may_be_in_different_zones() {
    let mut flight = timed("2026-08-29T10:00:00", "2026-08-29T19:00:00", "W. Europe Standard Time");
    flight["originalEndTimeZone"] = json!("Eastern Standard Time");
    let (When::Timed { start, end }, _) = read(flight, false).unwrap() else { panic!() };
    assert_eq!((start.local.hour(), end.local.hour()), (12, 15));
    assert_eq!(end.zone.unwrap().name(), "America/New_York");
}

#[test]
fn a_series_lives_in_the_zone_of_its_recurrence() {
    let mut series = timed("2026-10-20T07:00:00", "2026-10-20T08:00:00", "UTC");
    series["recurrence"] =
        json!({"pattern": {"type": "daily"}, "range": {"recurrenceTimeZone": "W. Europe Standard Time"}});
    let (when, _) = read(series, true).unwrap();
    assert_eq!(when.start_local().hour(), 9);
}

#[test]
fn the_second_of_a_repeated_hour_stays_that_instant() {
    let (when, guessed) =
        read(timed("2026-10-25T01:30:00", "2026-10-25T02:30:00", "W. Europe Standard Time"), false).unwrap();
    assert!(guessed);
    assert_eq!(when.span(&Zone::utc()).0, "2026-10-25T01:30:00Z".parse().unwrap());
}

#[test]
fn whole_days_are_dates_whatever_zone_they_come_in() {
    let day = |start: &str, end: &str, zone: &str| {
        let mut fields = timed(start, end, zone);
        fields["isAllDay"] = json!(true);
        read(fields, false).unwrap().0
    };
    let expected = When::AllDay { start: date(2026, 11, 21), end: date(2026, 11, 23) };
    assert_eq!(day("2026-11-21T00:00:00.0000000", "2026-11-23T00:00:00.0000000", "W. Europe Standard Time"), expected);
    assert_eq!(day("2026-11-20T23:00:00", "2026-11-22T23:00:00", "W. Europe Standard Time"), expected, "converted");
    assert_eq!(day("2026-11-21", "2026-11-23", "UTC"), expected);
    assert_eq!(
        day("2026-11-21T00:00:00", "2026-11-21T00:00:00", "UTC"),
        When::AllDay { start: date(2026, 11, 21), end: date(2026, 11, 22) }
    );
}

#[test]
fn an_occurrence_is_known_by_its_original_start() {
    let item = |text: &'static str| serde_json::from_str::<Item<'_>>(text).unwrap();
    let series = read(timed("2026-11-02T09:00:00", "2026-11-02T10:00:00", "W. Europe Standard Time"), true).unwrap().0;
    let moved =
        item(r#"{"originalStart":"2026-11-09T09:00:00Z","start":{"dateTime":"2026-11-10T12:00:00","timeZone":"UTC"}}"#);
    assert_eq!(slot(&moved, &series).unwrap().to_string(), "20261109T090000Z");
    let bare = item(r#"{"start":{"dateTime":"2026-11-16T09:00:00.0000000","timeZone":"UTC"}}"#);
    assert_eq!(slot(&bare, &series).unwrap().to_string(), "20261116T090000Z");
    let days = When::AllDay { start: date(2026, 11, 2), end: date(2026, 11, 3) };
    let day = item(r#"{"originalStart":"2026-11-08T23:00:00Z","originalStartTimeZone":"W. Europe Standard Time"}"#);
    assert_eq!(slot(&day, &days).unwrap().to_string(), "20261109");
    assert_eq!(slot_on(date(2026, 11, 9), &series).to_string(), "20261109T090000Z");
    assert_eq!(slot_on(date(2026, 7, 6), &series).to_string(), "20260706T080000Z", "summer time");
    assert!(slot(&item("{}"), &series).is_err());
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    for (fields, named) in [
        (json!({}), "start: missing"),
        (json!({"start": {}}), "start.dateTime"),
        (json!({"start": {"dateTime": "tomorrow"}}), "start.dateTime"),
        (
            json!({"start": {"dateTime": "2026-11-21T10:00:00"}, "end": {"dateTime": "2026-11-21T09:00:00"}}),
            "end: before",
        ),
        (json!({"isAllDay": true, "start": {"dateTime": "x"}}), "start.dateTime"),
        (
            json!({"isAllDay": true, "start": {"dateTime": "2026-11-21"}, "end": {"dateTime": "2026-11-20"}}),
            "end: before",
        ),
    ] {
        let wrong = read(fields.clone(), false).unwrap_err();
        assert!(wrong.contains(named), "{fields}: {wrong}");
    }
}
