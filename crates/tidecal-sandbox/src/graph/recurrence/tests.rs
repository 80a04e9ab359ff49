use serde_json::{Value, json};

use super::*;
use crate::graph::zones::Zone;

fn read(pattern: &Value, start: &str, range: &Value) -> crate::graph::errors::Result<Recurrence> {
    let mut range = range.clone();
    range["startDate"] = json!(start);
    Recurrence::read(&json!({"pattern": pattern, "range": range}), start.parse().unwrap(), &Zone::utc())
}

fn dates(pattern: &Value, start: &str, count: usize) -> Vec<String> {
    let range = json!({"type": "numbered", "numberOfOccurrences": count});
    read(pattern, start, &range).unwrap().dates(None, None, 99).iter().map(ToString::to_string).collect()
}

#[test]
fn every_kind_falls_on_its_days() {
    for (pattern, start, wanted) in [
        (json!({"type": "daily", "interval": 3}), "2026-11-30", ["2026-11-30", "2026-12-03", "2026-12-06"]),
        (
            json!({"type": "weekly", "interval": 2, "daysOfWeek": ["monday", "friday"], "firstDayOfWeek": "monday"}),
            "2026-11-30",
            ["2026-11-30", "2026-12-04", "2026-12-14"],
        ),
        (
            json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31}),
            "2026-12-31",
            ["2026-12-31", "2027-01-31", "2027-02-28"],
        ),
        (
            json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["thursday", "friday"], "index": "first"}),
            "2026-12-03",
            ["2026-12-03", "2027-01-01", "2027-02-04"],
        ),
        (
            json!({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 29, "month": 2}),
            "2027-02-28",
            ["2027-02-28", "2028-02-29", "2029-02-28"],
        ),
        (
            json!({"type": "relativeYearly", "interval": 1, "daysOfWeek": ["sunday"], "index": "last", "month": 3}),
            "2027-03-28",
            ["2027-03-28", "2028-03-26", "2029-03-25"],
        ),
    ] {
        assert_eq!(dates(&pattern, start, 3), wanted, "{pattern}");
    }
}

#[test]
fn the_first_day_of_the_week_matters_when_the_interval_is_longer_than_one() {
    let days = |first: &str| {
        let pattern =
            json!({"type": "weekly", "interval": 2, "daysOfWeek": ["sunday", "monday"], "firstDayOfWeek": first});
        dates(&pattern, "2026-11-30", 3)
    };
    assert_eq!(days("monday"), ["2026-11-30", "2026-12-06", "2026-12-14"]);
    assert_eq!(days("sunday"), ["2026-11-30", "2026-12-13", "2026-12-14"]);
}

#[test]
fn the_first_occurrence_need_not_be_the_first_day() {
    let pattern = json!({"type": "weekly", "interval": 1, "daysOfWeek": ["friday"]});
    assert_eq!(dates(&pattern, "2026-11-30", 2), ["2026-12-04", "2026-12-11"]);
}

#[test]
fn a_late_look_finds_the_same_days_as_an_early_one() {
    for kind in [
        json!({"type": "daily", "interval": 7}),
        json!({"type": "weekly", "interval": 3, "daysOfWeek": ["tuesday", "saturday"]}),
        json!({"type": "absoluteMonthly", "interval": 5, "dayOfMonth": 30}),
        json!({"type": "relativeYearly", "interval": 2, "daysOfWeek": ["monday"], "index": "second", "month": 5}),
    ] {
        let rule = read(&kind, "2020-01-01", &json!({"type": "noEnd"})).unwrap();
        let from: Date = "2031-06-01".parse().unwrap();
        let early: Vec<Date> = rule.dates(None, None, 6000).into_iter().filter(|date| *date >= from).take(5).collect();
        assert_eq!(rule.dates(Some(from), None, 5), early, "{kind}");
    }
}

#[test]
fn incomplete_and_impossible_patterns_are_refused() {
    let endless = json!({"type": "noEnd"});
    for pattern in [
        json!({}),
        json!({"type": "hourly", "interval": 1}),
        json!({"type": "daily"}),
        json!({"type": "daily", "interval": 0}),
        json!({"type": "daily", "interval": 1, "dayOfMonth": 40}),
        json!({"type": "weekly", "interval": 1}),
        json!({"type": "weekly", "interval": 1, "daysOfWeek": ["someday"]}),
        json!({"type": "absoluteMonthly", "interval": 1}),
        json!({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 30, "month": 2}),
        json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["monday"], "index": "fifth"}),
    ] {
        assert_eq!(read(&pattern, "2026-11-30", &endless).unwrap_err().status, 400, "{pattern}");
    }
    let daily = json!({"type": "daily", "interval": 1});
    for range in [
        json!({}),
        json!({"type": "numbered"}),
        json!({"type": "endDate"}),
        json!({"type": "endDate", "endDate": "2026-11-29"}),
        json!({"type": "noEnd", "recurrenceTimeZone": "Mars"}),
    ] {
        assert_eq!(read(&daily, "2026-11-30", &range).unwrap_err().status, 400, "{range}");
    }
    let shifted = json!({"pattern": daily, "range": {"type": "noEnd", "startDate": "2026-12-01"}});
    assert!(Recurrence::read(&shifted, "2026-11-30".parse().unwrap(), &Zone::utc()).is_err());
}

#[test]
fn answers_hold_the_placeholders_of_unused_members() {
    let rule = read(&json!({"type": "daily", "interval": 2, "month": 5}), "2026-11-30", &json!({"type": "noEnd"}));
    let json = rule.unwrap().to_json();
    assert_eq!(json["pattern"]["month"], 0);
    assert_eq!(json["pattern"]["index"], "first");
    assert_eq!(json["range"]["endDate"], "0001-01-01");
    assert_eq!(json["range"]["numberOfOccurrences"], 0);
}
