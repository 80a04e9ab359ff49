//! Every pattern and range type, both ways, compared by what they expand to.

use super::*;
use jiff::civil::date;
use serde_json::{Value, json};
use tidecal_ical::{Budget, Moment, Range, Recurrence, When, Zone, expand, windows_zone};

#[expect(clippy::needless_pass_by_value, reason = "called with fresh JSON")]
fn wire(pattern: Value, range: Value) -> super::super::wire::Recurrence {
    serde_json::from_value(json!({"pattern": pattern, "range": range})).unwrap()
}

fn vienna() -> Zone {
    Zone::iana("Europe/Vienna").unwrap()
}

fn timed(start: Date) -> When {
    let at = |hour| Moment::zoned(start.at(hour, 30, 0, 0), vienna());
    When::Timed { start: at(9), end: at(10) }
}

fn whole_days(start: Date) -> When {
    When::AllDay { start, end: start.tomorrow().unwrap() }
}

fn dates(when: &When, rule: &str) -> Vec<Date> {
    let recurrence = Recurrence { rules: vec![rule.to_owned()], ..Recurrence::default() };
    let range = Range { start: "1990-01-01T00:00:00Z".parse().unwrap(), end: "2045-01-01T00:00:00Z".parse().unwrap() };
    let all = expand(when, &recurrence, range, &Zone::utc(), Budget::default()).unwrap();
    all.occurrences.iter().map(|occurrence| occurrence.when.start_local().date()).collect()
}

/// What Graph's documents say of a pattern, day by day.
fn expected(pattern: &Pattern, end: End, start: Date) -> Vec<Date> {
    let last = if let End::On(last) = end { last } else { date(2044, 12, 31) };
    let days = (0..).map_while(|days| start.checked_add(jiff::ToSpan::days(days)).ok()).take_while(|day| *day <= last);
    let all = days.filter(|day| pattern.names(start, *day));
    let most = if let End::After(count) = end { usize::try_from(count).unwrap() } else { usize::MAX };
    all.take(most).collect()
}

fn patterns() -> Vec<Value> {
    let mut all = vec![json!({"type": "daily", "interval": 1}), json!({"type": "daily", "interval": 3})];
    for interval in [1, 2, 5] {
        for first in ["sunday", "monday", "wednesday"] {
            all.push(json!({"type": "weekly", "interval": interval, "daysOfWeek": ["tuesday", "sunday"],
                "firstDayOfWeek": first}));
        }
        for day in [1, 15, 28, 29, 30, 31] {
            all.push(json!({"type": "absoluteMonthly", "interval": interval, "dayOfMonth": day}));
        }
        for index in ["first", "second", "third", "fourth", "last"] {
            for days in [json!(["wednesday"]), json!(["thursday", "friday"]), json!(["saturday", "sunday"])] {
                all.push(json!({"type": "relativeMonthly", "interval": interval, "daysOfWeek": days, "index": index}));
                all.push(json!({"type": "relativeYearly", "interval": interval, "daysOfWeek": days, "index": index,
                    "month": 11}));
            }
        }
        for (month, day) in [(1, 31), (2, 28), (2, 29), (4, 30), (12, 24)] {
            all.push(json!({"type": "absoluteYearly", "interval": interval, "month": month, "dayOfMonth": day}));
        }
    }
    all.push(json!({"type": "relativeMonthly", "interval": 1, "index": "last", "daysOfWeek":
        ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]}));
    all
}

#[test]
fn every_pattern_and_range_expands_alike_on_both_sides_and_comes_back() {
    let ranges = [
        json!({"type": "noEnd", "endDate": "0001-01-01", "numberOfOccurrences": 0}),
        json!({"type": "endDate", "endDate": "2031-07-15"}),
        json!({"type": "numbered", "numberOfOccurrences": 7, "endDate": "0001-01-01"}),
    ];
    let mut checked = 0;
    for fields in patterns() {
        for range in &ranges {
            let (pattern, end) = pattern(&wire(fields.clone(), range.clone())).unwrap();
            let start = pattern.first_from(date(2026, 1, 5)).unwrap();
            for when in [timed(start), whole_days(start)] {
                let zone = (!when.is_all_day()).then(|| vienna().rules());
                let rule = rule(&pattern, end, zone.as_ref()).unwrap();
                let own = dates(&when, &rule);
                assert_eq!(own, expected(&pattern, end, start), "{fields} {range}: {rule}");
                let recurrence = Recurrence { rules: vec![rule.clone()], ..Recurrence::default() };
                let back = patterned(&when, &recurrence, &Zone::utc(), "W. Europe Standard Time").unwrap();
                let again = super::pattern(&serde_json::from_value(back.clone()).unwrap()).unwrap();
                assert_eq!(super::rule(&again.0, again.1, zone.as_ref()).unwrap(), rule, "{fields} {back}");
                assert_eq!(back["range"]["startDate"], json!(start.to_string()));
                checked += 1;
            }
        }
    }
    assert!(checked > 400, "{checked}");
}

#[test]
fn rules_of_other_calendars_become_patterns_that_expand_alike() {
    let start = date(2026, 11, 25); // a Wednesday, the fourth and last one
    for rule in [
        "FREQ=DAILY",
        "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR",
        "FREQ=WEEKLY",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,WE",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,WE;WKST=SU;UNTIL=20270301T083000Z",
        "FREQ=WEEKLY;UNTIL=20270301T082959Z",
        "FREQ=WEEKLY;UNTIL=20270303",
        "FREQ=WEEKLY;COUNT=5;UNTIL=20270303T000000Z",
        "FREQ=MONTHLY",
        "FREQ=MONTHLY;BYDAY=4WE",
        "FREQ=MONTHLY;BYDAY=-1WE;COUNT=10",
        "FREQ=MONTHLY;BYDAY=WE;BYSETPOS=-1",
        "FREQ=YEARLY",
        "FREQ=YEARLY;BYMONTH=11;BYDAY=4WE",
        "FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=25",
    ] {
        for when in [timed(start), whole_days(start)] {
            let recurrence = Recurrence { rules: vec![rule.to_owned()], ..Recurrence::default() };
            let back = patterned(&when, &recurrence, &Zone::utc(), "W. Europe Standard Time").unwrap();
            let (pattern, end) = pattern(&serde_json::from_value(back.clone()).unwrap()).unwrap();
            let zone = (!when.is_all_day()).then(|| vienna().rules());
            let ours = super::rule(&pattern, end, zone.as_ref()).unwrap();
            assert_eq!(dates(&when, &ours), dates(&when, rule), "{rule} {back}");
        }
    }
    let last = whole_days(date(2026, 11, 30));
    let recurrence = Recurrence { rules: vec!["FREQ=MONTHLY;BYMONTHDAY=-1".into()], ..Recurrence::default() };
    let back = patterned(&last, &recurrence, &Zone::utc(), "UTC").unwrap();
    let (pattern, end) = pattern(&serde_json::from_value(back).unwrap()).unwrap();
    assert_eq!(dates(&last, &rule(&pattern, end, None).unwrap()), dates(&last, &recurrence.rules[0]));
}

#[test]
fn what_outlook_has_no_pattern_for_is_named() {
    let when = timed(date(2026, 11, 30));
    let refuse = |rule: &str| {
        let recurrence = Recurrence { rules: vec![rule.to_owned()], ..Recurrence::default() };
        patterned(&when, &recurrence, &Zone::utc(), "UTC").unwrap_err().to_string()
    };
    for (rule, part) in [
        ("FREQ=HOURLY", "hourly"),
        ("FREQ=DAILY;BYHOUR=9", "BYHOUR"),
        ("FREQ=DAILY;INTERVAL=2;BYDAY=MO", "weekdays"),
        ("FREQ=DAILY;BYMONTH=11", "BYMONTH"),
        ("FREQ=WEEKLY;BYDAY=TU", "not among the dates"),
        ("FREQ=MONTHLY", "day 30"),
        ("FREQ=MONTHLY;BYMONTHDAY=30", "day 30"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15", "1,15"),
        ("FREQ=MONTHLY;BYMONTHDAY=-2", "from the end"),
        ("FREQ=MONTHLY;BYDAY=5MO", "5MO"),
        ("FREQ=MONTHLY;BYDAY=1MO,3MO", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=MO", "BYDAY=MO"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=2,3", "BYSETPOS"),
        ("FREQ=MONTHLY;BYDAY=MO;BYMONTHDAY=13", "together"),
        ("FREQ=YEARLY;BYDAY=20MO", "through the year"),
        ("FREQ=YEARLY;BYMONTH=1,7", "several months"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "day 29"),
        ("FREQ=YEARLY;BYWEEKNO=20", "BYWEEKNO"),
        ("FREQ=YEARLY;BYYEARDAY=100", "BYYEARDAY"),
        ("FREQ=WEEKLY;INTERVAL=100", "more than 99"),
        ("FREQ=DAILY;COUNT=1000", "COUNT"),
    ] {
        let why = refuse(rule);
        assert!(why.contains(part), "{rule}: {why}");
    }
    let several = Recurrence { rules: vec!["FREQ=DAILY".into(), "FREQ=WEEKLY".into()], ..Recurrence::default() };
    assert!(patterned(&when, &several, &Zone::utc(), "UTC").is_err());
    let extra = Recurrence {
        rules: vec!["FREQ=DAILY".into()],
        dates: vec!["20261201T093000Z".parse().unwrap()],
        ..Recurrence::default()
    };
    assert!(patterned(&when, &extra, &Zone::utc(), "UTC").unwrap_err().to_string().contains("RDATE"));
}

#[test]
fn unused_fields_are_not_looked_at_and_wrong_ones_are_named() {
    let none = json!({"type": "noEnd"});
    let daily = json!({"type": "daily", "interval": 1, "month": 0, "dayOfMonth": 0, "index": "first",
        "firstDayOfWeek": "sunday", "daysOfWeek": []});
    assert!(pattern(&wire(daily, none.clone())).is_ok());
    for (fields, range, named) in [
        (json!({"type": "lunar"}), none.clone(), "pattern.type"),
        (json!({}), none.clone(), "pattern.type"),
        (json!({"type": "daily", "interval": 0}), none.clone(), "interval"),
        (json!({"type": "weekly", "daysOfWeek": []}), none.clone(), "daysOfWeek"),
        (json!({"type": "weekly", "daysOfWeek": ["someday"]}), none.clone(), "someday"),
        (json!({"type": "absoluteMonthly", "dayOfMonth": 32}), none.clone(), "dayOfMonth"),
        (json!({"type": "absoluteYearly", "dayOfMonth": 1, "month": 13}), none.clone(), "month"),
        (json!({"type": "relativeMonthly", "daysOfWeek": ["monday"], "index": "fifth"}), none, "index"),
        (json!({"type": "daily"}), json!({"type": "endDate"}), "endDate"),
        (json!({"type": "daily"}), json!({"type": "numbered", "numberOfOccurrences": 0}), "numberOfOccurrences"),
        (json!({"type": "daily"}), json!({"type": "someday"}), "range.type"),
    ] {
        let wrong = pattern(&wire(fields, range)).unwrap_err();
        assert!(wrong.contains(named), "{wrong}");
    }
}

#[test]
fn a_series_need_not_begin_with_its_start_date() {
    let (weekly, _) = pattern(&wire(json!({"type": "weekly", "daysOfWeek": ["tuesday"]}), json!({}))).unwrap();
    assert_eq!(weekly.first_from(date(2026, 11, 23)), Some(date(2026, 11, 24)));
    let (yearly, _) =
        pattern(&wire(json!({"type": "absoluteYearly", "interval": 4, "month": 2, "dayOfMonth": 29}), json!({})))
            .unwrap();
    assert_eq!(yearly.first_from(date(2026, 3, 1)), Some(date(2030, 2, 28)));
}

#[test]
fn all_windows_zones_round_trip() {
    let rows = include_str!("../../../../tidecal-ical/tests/fixtures/windows-zones.txt");
    let mut count = 0;
    for line in rows.lines().filter(|line| !line.starts_with('#')) {
        let windows = line.split('|').next().unwrap();
        let zone = tidecal_ical::resolve_zone(windows).unwrap();
        assert!(!zone.guessed);
        assert_eq!(windows_zone(&zone.zone), Some(windows));
        count += 1;
    }
    assert_eq!(count, 139);
}
