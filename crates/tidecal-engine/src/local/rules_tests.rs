//! Rules that are written, moved and split.

use super::*;
use tidecal_ical::Moment;

fn at(text: &str) -> When {
    let start: jiff::civil::DateTime = text.parse().unwrap();
    let zone = Zone::iana("Europe/Vienna").unwrap();
    let end = start.checked_add(1.hour()).unwrap();
    When::Timed { start: Moment::zoned(start, zone.clone()), end: Moment::zoned(end, zone) }
}

fn on(text: &str) -> When {
    let start: Date = text.parse().unwrap();
    When::AllDay { start, end: start.tomorrow().unwrap() }
}

fn series(rule: &str) -> Recurrence {
    Recurrence { rules: vec![rule.to_owned()], ..Recurrence::default() }
}

fn rule_after(rule: &str, from: &When, to: &When) -> Option<String> {
    moved(&series(rule), from, to).ok().map(|mut moved| moved.rules.remove(0))
}

#[test]
fn a_rule_follows_its_series_to_another_day_or_refuses() {
    // 7 December 2026 is a Monday.
    let monday = at("2026-12-07T09:00:00");
    for (rule, to, expected) in [
        ("FREQ=DAILY", "2026-12-08T09:00:00", Some("FREQ=DAILY")),
        ("FREQ=WEEKLY;BYDAY=MO,WE", "2026-12-08T09:00:00", Some("FREQ=WEEKLY;BYDAY=TU,TH")),
        ("FREQ=WEEKLY;BYDAY=MO,SU", "2026-12-06T09:00:00", Some("FREQ=WEEKLY;BYDAY=SA,SU")),
        ("FREQ=WEEKLY;BYDAY=MO", "2026-12-07T10:00:00", Some("FREQ=WEEKLY;BYDAY=MO")),
        ("FREQ=MONTHLY;BYMONTHDAY=7", "2026-12-09T09:00:00", Some("FREQ=MONTHLY;BYMONTHDAY=9")),
        ("FREQ=MONTHLY;BYMONTHDAY=7,8", "2026-12-09T09:00:00", None),
        ("FREQ=MONTHLY;BYDAY=1MO", "2026-12-15T09:00:00", Some("FREQ=MONTHLY;BYDAY=3TU")),
        ("FREQ=MONTHLY;BYDAY=-1MO", "2026-12-29T09:00:00", Some("FREQ=MONTHLY;BYDAY=-1TU")),
        ("FREQ=MONTHLY;BYDAY=-1MO", "2026-12-15T09:00:00", None),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1", "2026-12-08T09:00:00", None),
        ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=7", "2026-11-05T09:00:00", Some("FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=5")),
        ("FREQ=DAILY;BYDAY=MO,TU", "2026-12-08T09:00:00", None),
        ("FREQ=DAILY;BYHOUR=9,12", "2026-12-07T10:00:00", None),
        ("FREQ=DAILY;COUNT=5", "2027-01-01T10:00:00", Some("FREQ=DAILY;COUNT=5")),
        ("FREQ=DAILY;UNTIL=20261210T080000Z", "2026-12-08T11:00:00", Some("FREQ=DAILY;UNTIL=20261211T100000Z")),
        // Over the change to summer time the clock on the wall counts.
        ("FREQ=WEEKLY;UNTIL=20270405T070000Z", "2026-12-07T10:00:00", Some("FREQ=WEEKLY;UNTIL=20270405T080000Z")),
    ] {
        assert_eq!(rule_after(rule, &monday, &at(to)).as_deref(), expected, "{rule} {to}");
    }
}

#[test]
fn keys_follow_their_series() {
    let monday = at("2026-12-07T09:00:00");
    for (key, from, to, expected) in [
        ("20261208T080000Z", monday.clone(), at("2026-12-07T10:00:00"), "20261208T090000Z"),
        ("20270701T070000Z", monday.clone(), at("2026-12-07T10:00:00"), "20270701T080000Z"),
        ("20261208T080000Z", monday.clone(), on("2026-12-07"), "20261208"),
        ("20261208", on("2026-12-07"), monday, "20261208T080000Z"),
        ("20261208", on("2026-12-07"), on("2026-12-05"), "20261206"),
    ] {
        assert_eq!(moved_key(key.parse().unwrap(), &from, &to).to_string(), expected, "{key}");
    }
}

#[test]
fn the_end_of_a_series_follows_when_it_becomes_one_of_times_or_of_days() {
    let (days, times) = (on("2026-12-07"), at("2026-12-07T09:00:00"));
    let of_days = rule_after("FREQ=DAILY;UNTIL=20261209", &days, &times).unwrap();
    let zone = Zone::iana("Europe/Vienna").unwrap();
    assert_eq!(count(&times, &of_days, &zone), 3);
    let of_times = rule_after("FREQ=DAILY;UNTIL=20261209T080000Z", &times, &days).unwrap();
    assert_eq!(of_times, "FREQ=DAILY;UNTIL=20261209");
    let earlier = rule_after("FREQ=DAILY;UNTIL=20261209", &days, &on("2026-12-01")).unwrap();
    assert_eq!(earlier, "FREQ=DAILY;UNTIL=20261203");
}

fn count(when: &When, rule: &str, zone: &Zone) -> usize {
    let range = Range { start: "2020-01-01T00:00:00Z".parse().unwrap(), end: "2030-01-01T00:00:00Z".parse().unwrap() };
    expand(when, &series(rule), range, zone, Budget::default()).unwrap().occurrences.len()
}

#[test]
fn both_parts_of_a_split_are_the_whole() {
    let zone = Zone::iana("Europe/Vienna").unwrap();
    for (when, rule, slot) in [
        (at("2026-12-07T09:00:00"), "FREQ=DAILY;COUNT=10", "20261210T080000Z"),
        (at("2026-12-07T09:00:00"), "FREQ=DAILY;COUNT=2", "20261208T080000Z"),
        (at("2026-12-07T09:00:00"), "FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20270601T000000Z", "20261216T080000Z"),
        (at("2026-12-07T09:00:00"), "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;COUNT=30", "20270402T070000Z"),
        (at("2026-01-31T09:00:00"), "FREQ=MONTHLY;COUNT=6", "20260531T070000Z"),
        (at("2026-12-07T09:00:00"), "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=6", "20270129T080000Z"),
        (on("2026-12-07"), "FREQ=DAILY;COUNT=10", "20261210"),
        (on("2026-12-07"), "FREQ=DAILY;UNTIL=20261220", "20261210"),
        // DTSTART counts, although the rule does not name it.
        (at("2026-12-07T09:00:00"), "FREQ=WEEKLY;BYDAY=WE;COUNT=4", "20261216T080000Z"),
    ] {
        let slot: RecurrenceId = slot.parse().unwrap();
        let (head, tail) = split(&when, &series(rule), slot, &zone).unwrap();
        let range =
            Range { start: "2020-01-01T00:00:00Z".parse().unwrap(), end: "2030-01-01T00:00:00Z".parse().unwrap() };
        let keys = |when: &When, recurrence: &Recurrence| -> Vec<RecurrenceId> {
            let found = expand(when, recurrence, range, &zone, Budget::default()).unwrap();
            found.occurrences.into_iter().map(|it| it.id).collect()
        };
        let mut parts = keys(&when, &head.unwrap());
        assert!(parts.iter().all(|key| *key < slot), "{rule}");
        parts.extend(keys(&when.at_slot(slot), &tail));
        assert_eq!(parts, keys(&when, &series(rule)), "{rule}");
    }
}

#[test]
fn dates_go_to_their_part() {
    let zone = Zone::iana("Europe/Vienna").unwrap();
    let key = |text: &str| text.parse::<RecurrenceId>().unwrap();
    let recurrence = Recurrence {
        dates: vec![key("20261201T120000Z"), key("20261225T120000Z")],
        excluded: vec![key("20261208T080000Z"), key("20261211T080000Z")],
        ..series("FREQ=DAILY;COUNT=10")
    };
    let (head, tail) = split(&at("2026-12-07T09:00:00"), &recurrence, key("20261210T080000Z"), &zone).unwrap();
    let head = head.unwrap();
    assert_eq!((head.dates, head.excluded), (vec![key("20261201T120000Z")], vec![key("20261208T080000Z")]));
    assert_eq!((tail.dates, tail.excluded), (vec![key("20261225T120000Z")], vec![key("20261211T080000Z")]));
}

#[test]
fn what_cannot_begin_anew_is_not_split() {
    let zone = Zone::utc();
    let when = at("2026-12-07T09:00:00");
    let added = Recurrence { dates: vec!["20261210T120000Z".parse().unwrap()], ..series("FREQ=WEEKLY") };
    assert!(split(&when, &added, "20261210T120000Z".parse().unwrap(), &zone).is_err());
    let two = Recurrence { rules: vec!["FREQ=WEEKLY".into(), "FREQ=MONTHLY".into()], ..Recurrence::default() };
    assert!(split(&when, &two, "20261214T080000Z".parse().unwrap(), &zone).is_err());
}

#[test]
fn written_rules_get_one_spelling_and_one_end() {
    let zone = Zone::utc();
    let written = |rule: &str, when: &When| {
        let change = RecurrenceChange { rules: Some(vec![rule.to_owned()]), ..RecurrenceChange::default() };
        changed(None, &change, when, &zone).map(|mut recurrence| recurrence.rules.remove(0))
    };
    let times = at("2026-12-07T09:00:00");
    for (rule, expected) in [
        ("rrule:freq=weekly;byday=we,mo", "FREQ=WEEKLY;BYDAY=MO,WE"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20301231T000000Z", "FREQ=DAILY;COUNT=3"),
        ("FREQ=DAILY;UNTIL=20261210", "FREQ=DAILY;UNTIL=20261210T225959Z"),
        ("FREQ=DAILY;UNTIL=20261210T090000", "FREQ=DAILY;UNTIL=20261210T080000Z"),
    ] {
        assert_eq!(written(rule, &times).unwrap(), expected, "{rule}");
    }
    assert_eq!(written("FREQ=DAILY;UNTIL=20261210T090000Z", &on("2026-12-07")).unwrap(), "FREQ=DAILY;UNTIL=20261210");
    for wrong in ["", "FREQ=SOMETIMES", "FREQ=SECONDLY", "FREQ=DAILY;BYMONTH=13", "FREQ=DAILY;UNTIL=20261206"] {
        assert!(written(wrong, &times).is_err(), "{wrong}");
    }
}
