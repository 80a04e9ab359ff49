//! Times, zones and instance ids.

use super::*;
use jiff::civil::date as day;

fn time(json: &str) -> Time<'_> {
    serde_json::from_str(json).unwrap()
}

fn read(start: &str, end: &str, zone: Option<&str>) -> Result<Guessed<When>, String> {
    when(Some(&time(start)), Some(&time(end)), false, &mut Zones::of_response(zone))
}

fn zoned(local: &str, zone: &str) -> Moment {
    Moment::zoned(local.parse().unwrap(), Zone::iana(zone).unwrap())
}

#[test]
fn a_time_is_kept_as_the_clock_in_its_own_zone_shows_it() {
    // The answer is in Vienna's time, the event belongs to New York.
    let (when, guessed) = read(
        r#"{"dateTime":"2026-11-21T15:00:00+01:00","timeZone":"America/New_York"}"#,
        r#"{"dateTime":"2026-11-21T16:00:00+01:00","timeZone":"Europe/Vienna"}"#,
        Some("Europe/Vienna"),
    )
    .unwrap();
    let expected = When::Timed {
        start: zoned("2026-11-21T09:00:00", "America/New_York"),
        end: zoned("2026-11-21T16:00:00", "Europe/Vienna"),
    };
    assert_eq!((when, guessed), (expected, false));
}

#[test]
fn a_time_with_an_offset_only_is_in_the_zone_of_the_answer() {
    let start = r#"{"dateTime":"2026-07-01T07:00:00Z"}"#;
    let end = r#"{"dateTime":"2026-07-01T09:30:00.500+02:00"}"#;
    let (when, guessed) = read(start, end, Some("Europe/Vienna")).unwrap();
    let expected = When::Timed {
        start: zoned("2026-07-01T09:00:00", "Europe/Vienna"),
        end: zoned("2026-07-01T09:30:00", "Europe/Vienna"),
    };
    assert_eq!((when, guessed), (expected, false));
}

#[test]
fn without_any_zone_the_instant_is_kept_in_utc_and_marked() {
    let mut zones = Zones::default();
    let at = time(r#"{"dateTime":"2026-07-01T09:00:00+02:00"}"#);
    let (when, guessed) = when(Some(&at), None, false, &mut zones).unwrap();
    let seven = zoned("2026-07-01T07:00:00", "UTC");
    assert_eq!((when, guessed), (When::Timed { start: seven.clone(), end: seven }, true));
    assert!(zones.lacked_fallback());
}

#[test]
fn a_wall_clock_time_without_offset_is_in_its_zone() {
    let at = r#"{"dateTime":"2026-07-01T09:00:00","timeZone":"Asia/Tokyo"}"#;
    let (when, _) = read(at, at, None).unwrap();
    assert_eq!(when.start_local(), day(2026, 7, 1).at(9, 0, 0, 0));
    assert_eq!(when.zone().unwrap().name(), "Asia/Tokyo");
}

#[test]
fn an_unknown_zone_is_replaced_and_marked() {
    let at = r#"{"dateTime":"2026-07-01T09:00:00+02:00","timeZone":"Middle/Earth"}"#;
    let (when, guessed) = read(at, at, Some("Europe/Vienna")).unwrap();
    assert_eq!((when.zone().unwrap().name(), guessed), ("Europe/Vienna", true));
}

#[test]
fn dates_stay_dates_and_a_day_has_a_length() {
    let read = |end: &str| read(r#"{"date":"2026-11-21"}"#, end, Some("Europe/Vienna")).unwrap().0;
    let whole = |end| When::AllDay { start: day(2026, 11, 21), end };
    assert_eq!(read(r#"{"date":"2026-11-24"}"#), whole(day(2026, 11, 24)));
    assert_eq!(read(r#"{"date":"2026-11-21"}"#), whole(day(2026, 11, 22)));
    let first = time(r#"{"date":"2026-11-21"}"#);
    let (alone, _) = when(Some(&first), None, false, &mut Zones::default()).unwrap();
    assert_eq!(alone, whole(day(2026, 11, 22)));
}

#[test]
fn the_second_of_two_equal_hours_keeps_its_instant() {
    // Clocks in Vienna go back at 03:00 on 25 October 2026: 02:30 comes twice.
    let first = r#"{"dateTime":"2026-10-25T02:30:00+02:00","timeZone":"Europe/Vienna"}"#;
    let second = r#"{"dateTime":"2026-10-25T02:10:00+01:00","timeZone":"Europe/Vienna"}"#;
    let (when, guessed) = read(first, second, None).unwrap();
    let expected =
        When::Timed { start: zoned("2026-10-25T02:30:00", "Europe/Vienna"), end: zoned("2026-10-25T01:10:00", "UTC") };
    assert_eq!((when, guessed), (expected, true));
}

#[test]
fn what_is_wrong_is_named() {
    let timed = r#"{"dateTime":"2026-11-21T10:00:00Z"}"#;
    let rows = [
        ("{}", timed, "start: neither"),
        (timed, "{}", "end: neither"),
        (r#"{"dateTime":"soon"}"#, timed, "start.dateTime"),
        (r#"{"date":"2026-13-01"}"#, timed, "start.date"),
        (r#"{"date":"2026-11-21T10:00:00Z"}"#, timed, "start.date"),
        (r#"{"date":"2026-11-21"}"#, timed, "end: a time"),
        (timed, r#"{"date":"2026-11-21"}"#, "end: a date"),
        (timed, r#"{"dateTime":"2026-11-21T09:59:59Z"}"#, "end: before start"),
        (r#"{"date":"2026-11-21"}"#, r#"{"date":"2026-11-20"}"#, "end: before start"),
        (r#"{"date":"9999-12-31"}"#, r#"{"date":"9999-12-31"}"#, "end.date"),
        (r#"{"dateTime":"99999-01-01T00:00:00Z"}"#, timed, "start.dateTime"),
    ];
    for (start, end, reason) in rows {
        let wrong = read(start, end, Some("UTC")).unwrap_err();
        assert!(wrong.starts_with(reason), "{start} {end}: {wrong}");
    }
    assert_eq!(when(None, None, false, &mut Zones::default()).unwrap_err(), "start: missing");
}

#[test]
fn the_ends_of_time_are_read_without_a_panic() {
    for text in ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59Z", "-009999-01-02T00:00:00Z"]
    {
        let at = format!(r#"{{"dateTime":"{text}","timeZone":"Asia/Kolkata"}}"#);
        if let Ok((when, _)) = read(&at, &at, None) {
            let (start, end) = when.span(&Zone::utc());
            assert!(start <= end);
        }
    }
}

#[test]
fn an_occurrence_is_keyed_by_its_original_start() {
    let key = |json: &str| recurrence_id(&time(json), &mut Zones::default()).unwrap().to_string();
    assert_eq!(key(r#"{"dateTime":"2026-11-21T10:00:00+01:00","timeZone":"Europe/Vienna"}"#), "20261121T090000Z");
    assert_eq!(key(r#"{"dateTime":"2026-11-21T10:00:00","timeZone":"Europe/Vienna"}"#), "20261121T090000Z");
    assert_eq!(key(r#"{"date":"2026-11-21"}"#), "20261121");
    // The second 02:30 of the night in which clocks go back stays the second.
    assert_eq!(key(r#"{"dateTime":"2026-10-25T02:30:00+01:00","timeZone":"Europe/Vienna"}"#), "20261025T013000Z");
}

#[test]
fn an_instance_id_is_told_from_a_split_series() {
    let rows = [
        ("abc_20261121T090000Z", Some(("abc", "20261121T090000Z"))),
        ("abc_20261121", Some(("abc", "20261121"))),
        ("_60q30c1g_20261121T090000Z", Some(("_60q30c1g", "20261121T090000Z"))),
        ("abc_R20260101T090000_20260108T090000Z", Some(("abc_R20260101T090000", "20260108T090000Z"))),
        ("abc_R20260101_20260108", Some(("abc_R20260101", "20260108"))),
        ("abc_R20260101T090000", None),
        ("abc_R20260101", None),
        ("abc", None),
        ("_20261121", None),
        ("abc_20261345", None),
        ("abc_", None),
        ("", None),
    ];
    for (id, expected) in rows {
        let found = instance_of(id).map(|(series, slot)| (series, slot.to_string()));
        assert_eq!(found, expected.map(|(series, slot)| (series, slot.to_owned())), "{id}");
    }
}
