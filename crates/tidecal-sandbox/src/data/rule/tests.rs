use super::*;
use crate::data::moment::zone_named;

fn timed(local: &str, zone: &str) -> Moment {
    let zone = zone_named(zone);
    let instant = zone.to_zoned(local.parse::<DateTime>().unwrap()).unwrap().timestamp();
    Moment::At { instant, zone }
}

fn expanded(start: &Moment, lines: &[&str], cap: usize) -> Vec<String> {
    let recurrence = Recurrence::parse(lines.iter().copied(), start).unwrap();
    recurrence.slots(start, None, None, cap).iter().map(ToString::to_string).collect()
}

#[test]
fn rules_expand_as_the_standard_says() {
    let start = timed("2026-01-13T09:00:00", "Europe/Vienna");
    let dates = |rule: &str, cap| -> Vec<String> {
        expanded(&start, &[rule], cap).iter().map(|slot| slot[..10].to_owned()).collect()
    };
    // the second Tuesday of the month
    assert_eq!(dates("RRULE:FREQ=MONTHLY;BYDAY=2TU", 3), ["2026-01-13", "2026-02-10", "2026-03-10"]);
    // last weekday of the month by set position; the start does not match and still comes first
    assert_eq!(
        dates("RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", 3),
        ["2026-01-13", "2026-01-30", "2026-02-27"]
    );
    assert_eq!(
        dates("RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH", 4),
        ["2026-01-13", "2026-01-15", "2026-01-27", "2026-01-29"]
    );
    assert_eq!(dates("RRULE:FREQ=MONTHLY;BYMONTHDAY=-1", 3), ["2026-01-13", "2026-01-31", "2026-02-28"]);
    assert_eq!(dates("RRULE:FREQ=DAILY;COUNT=2", 9), ["2026-01-13", "2026-01-14"]);
    assert_eq!(dates("RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", 3), ["2026-01-13", "2026-11-26", "2027-11-25"]);
    assert_eq!(dates("RRULE:FREQ=YEARLY", 3), ["2026-01-13", "2027-01-13", "2028-01-13"]);
    // UNTIL is inclusive and in UTC: 09:00 in Vienna is 08:00Z
    assert_eq!(dates("RRULE:FREQ=DAILY;UNTIL=20260115T080000Z", 9), ["2026-01-13", "2026-01-14", "2026-01-15"]);
    assert_eq!(dates("RRULE:FREQ=DAILY;UNTIL=20260115T075959Z", 9).len(), 2);
}

#[test]
fn leap_days_and_short_months_are_skipped() {
    let leap = Moment::Day("2024-02-29".parse().unwrap());
    assert_eq!(expanded(&leap, &["RRULE:FREQ=YEARLY"], 2), ["2024-02-29T00:00:00", "2028-02-29T00:00:00"]);
    let last = Moment::Day("2026-01-31".parse().unwrap());
    assert_eq!(
        expanded(&last, &["RRULE:FREQ=MONTHLY"], 3),
        ["2026-01-31T00:00:00", "2026-03-31T00:00:00", "2026-05-31T00:00:00"]
    );
}

#[test]
fn extra_and_excluded_dates_in_any_zone_and_order() {
    let start = timed("2026-01-13T09:00:00", "Europe/Vienna");
    let slots = expanded(
        &start,
        &[
            "EXDATE;TZID=America/New_York:20260114T030000",
            "EXDATE:20260115T080000Z",
            "RRULE:FREQ=DAILY;COUNT=4",
            "RDATE;TZID=Europe/Vienna:20260120T120000",
        ],
        9,
    );
    assert_eq!(slots, ["2026-01-13T09:00:00", "2026-01-16T09:00:00", "2026-01-20T12:00:00"]);
}

#[test]
fn local_time_stays_over_the_change_of_clocks() {
    let start = timed("2026-03-28T09:00:00", "Europe/Vienna");
    let recurrence = Recurrence::parse(["RRULE:FREQ=DAILY;COUNT=2"], &start).unwrap();
    let instants: Vec<_> = recurrence
        .slots(&start, None, None, 9)
        .into_iter()
        .map(|slot| start.with_local(slot).unwrap().instant(&TimeZone::UTC).to_string())
        .collect();
    assert_eq!(instants, ["2026-03-28T08:00:00Z", "2026-03-29T07:00:00Z"]);
}

#[test]
fn wrong_lines_are_refused_and_impossible_rules_end() {
    let start = timed("2026-01-13T09:00:00", "Europe/Vienna");
    for line in [
        "DTSTART:20260101T000000Z",
        "RRULE:INTERVAL=2",
        "RRULE:FREQ=DAILY;COUNT=0",
        "RRULE:FREQ=DAILY;UNTIL=20260115",
        "RRULE:FREQ=DAILY;COUNT=2;UNTIL=20260115T080000Z",
        "RRULE:FREQ=WEEKLY;BYDAY=XX",
        "RRULE:FREQ=YEARLY;BYWEEKNO=3",
        "nonsense",
    ] {
        assert!(Recurrence::parse([line], &start).is_err(), "{line} was accepted");
    }
    let impossible = ["RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"];
    assert_eq!(expanded(&start, &impossible, 9), ["2026-01-13T09:00:00"]);
}
