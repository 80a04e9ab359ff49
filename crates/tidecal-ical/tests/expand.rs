//! Occurrences of series: the choices that the documentation of `expand` names, case by case.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use support::{at, event, found, ids, range, series, zone};
use tidecal_ical::{Budget, RecurrenceId, Replacement, When, expand, expand_replaced, one_bound, series_end};

const YEAR: (&str, &str) = ("2026-01-01", "2027-01-01");

fn in_2026(start: &str, lines: &[&str]) -> Vec<String> {
    ids(start, lines, YEAR.0, YEAR.1)
}

#[test]
fn a_zoned_series_keeps_its_wall_clock_over_a_clock_change() {
    let found = in_2026("DTSTART;TZID=Europe/Berlin:20260327T090000", &["RRULE:FREQ=DAILY;COUNT=4"]);
    assert_eq!(found, ["20260327T080000Z", "20260328T080000Z", "20260329T070000Z", "20260330T070000Z"]);
}

#[test]
fn a_time_that_the_clock_jumps_over_is_no_occurrence_and_does_not_count() {
    let found = in_2026("DTSTART;TZID=Europe/Berlin:20260328T023000", &["RRULE:FREQ=DAILY;COUNT=3"]);
    assert_eq!(found, ["20260328T013000Z", "20260330T003000Z", "20260331T003000Z"]);
}

#[test]
fn a_start_or_rdate_that_the_clock_jumps_over_means_the_time_after_it() {
    let found = in_2026("DTSTART;TZID=America/New_York:20260308T023000", &["RRULE:FREQ=DAILY;COUNT=2"]);
    assert_eq!(found, ["20260308T073000Z", "20260309T063000Z"]);
    let found = in_2026("DTSTART;TZID=Europe/Berlin:20260101T100000", &["RDATE;TZID=Europe/Berlin:20260329T023000"]);
    assert_eq!(found, ["20260101T090000Z", "20260329T013000Z"]);
}

#[test]
fn a_repeated_hour_happens_once_the_first_time() {
    let found = in_2026("DTSTART;TZID=Europe/Berlin:20261024T023000", &["RRULE:FREQ=DAILY;COUNT=3"]);
    assert_eq!(found, ["20261024T003000Z", "20261025T003000Z", "20261026T013000Z"]);
    let hourly = in_2026("DTSTART;TZID=Europe/Berlin:20261025T010000", &["RRULE:FREQ=HOURLY;COUNT=4"]);
    assert_eq!(hourly, ["20261024T230000Z", "20261025T000000Z", "20261025T020000Z", "20261025T030000Z"]);
}

#[test]
fn dtstart_is_the_first_occurrence_and_counts_even_if_the_rule_does_not_name_it() {
    let found = in_2026("DTSTART:20260105T100000Z", &["RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=3"]);
    assert_eq!(found, ["20260105T100000Z", "20260106T100000Z", "20260113T100000Z"]);
    let found = in_2026("DTSTART:20260106T100000Z", &["RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=3"]);
    assert_eq!(found, ["20260106T100000Z", "20260113T100000Z", "20260120T100000Z"]);
    assert_eq!(in_2026("DTSTART:20260105T100000Z", &["RRULE:FREQ=DAILY;COUNT=0"]), ["20260105T100000Z"]);
    assert_eq!(in_2026("DTSTART:20260105T100000Z", &["RRULE:FREQ=DAILY;UNTIL=20250101T000000Z"]), ["20260105T100000Z"]);
}

#[test]
fn of_several_rules_dtstart_counts_for_those_that_name_it() {
    let lines = ["RRULE:FREQ=WEEKLY;BYDAY=TH;COUNT=2", "RRULE:FREQ=MONTHLY;BYDAY=2MO;COUNT=2"];
    let found = in_2026("DTSTART:20260115T100000Z", &lines);
    assert_eq!(found, ["20260115T100000Z", "20260122T100000Z", "20260209T100000Z", "20260309T100000Z"]);
}

#[test]
fn until_is_inclusive_in_every_form() {
    let start = "DTSTART;TZID=America/New_York:20260105T210000";
    let last = |until: &str| in_2026(start, &[&format!("RRULE:FREQ=DAILY;UNTIL={until}")]).pop().unwrap();
    // 21:00 in New York is 02:00 UTC of the next day.
    assert_eq!(last("20260108T020000Z"), "20260108T020000Z");
    assert_eq!(last("20260108T015959Z"), "20260107T020000Z");
    assert_eq!(last("20260107T210000"), "20260108T020000Z");
    assert_eq!(last("20260107T205959"), "20260107T020000Z");
    assert_eq!(last("20260107"), "20260108T020000Z");
    let days = |until: &str| {
        let all_day = series("DTSTART;VALUE=DATE:20260105", &[&format!("RRULE:FREQ=DAILY;UNTIL={until}")]);
        found(&all_day, range(YEAR.0, YEAR.1), "Europe/Berlin").occurrences.last().unwrap().id.to_string()
    };
    assert_eq!(days("20260107"), "20260107");
    assert_eq!(days("20260107T235959"), "20260107");
    assert_eq!(days("20260107T000000Z"), "20260107");
    assert_eq!(days("20260107T235959Z"), "20260107");
    // Midnight of the 7th in Berlin, as Exchange writes it.
    assert_eq!(days("20260106T230000Z"), "20260107");
    let floating = in_2026("DTSTART:20260105T210000", &["RRULE:FREQ=DAILY;UNTIL=20260106T210000"]);
    assert_eq!(floating, ["20260105T210000", "20260106T210000"]);
}

#[test]
fn count_and_until_together_end_with_the_earlier_one() {
    let start = "DTSTART:20260105T100000Z";
    assert_eq!(in_2026(start, &["RRULE:FREQ=DAILY;COUNT=2;UNTIL=20260110T000000Z"]).len(), 2);
    assert_eq!(in_2026(start, &["RRULE:FREQ=DAILY;COUNT=9;UNTIL=20260106T100000Z"]).len(), 2);
    let (when, _) = series(start, &[]);
    let one = |rule: &str| one_bound(rule, &when, &zone("UTC"), Budget::default()).unwrap();
    assert_eq!(one("FREQ=DAILY;COUNT=2;UNTIL=20260110T000000Z"), "FREQ=DAILY;COUNT=2");
    assert_eq!(one("FREQ=DAILY;COUNT=9;UNTIL=20260106T100000Z"), "FREQ=DAILY;UNTIL=20260106T100000Z");
    assert_eq!(one("FREQ=DAILY;COUNT=4294967295;UNTIL=20260106T100000Z"), "FREQ=DAILY;UNTIL=20260106T100000Z");
}

#[test]
fn exdates_are_honoured_however_they_are_written() {
    let start = "DTSTART;TZID=Europe/Berlin:20260105T090000";
    let rule = "RRULE:FREQ=DAILY;COUNT=3";
    for exdate in [
        "EXDATE;TZID=Europe/Berlin:20260106T090000",
        "EXDATE:20260106T080000Z",
        "EXDATE;TZID=America/New_York:20260106T030000",
        "EXDATE;TZID=W. Europe Standard Time:20260106T090000",
        "EXDATE:20260106T090000",
        "EXDATE;VALUE=DATE:20260106",
        "EXDATE:20260106",
        "EXDATE:20250101T000000Z,20260106T080000Z",
        "EXDATE;TZID=Nowhere/Unknown:20260106T090000",
        "exdate;value=date-time:20260106T080000Z",
    ] {
        assert_eq!(in_2026(start, &[exdate, rule]), ["20260105T080000Z", "20260107T080000Z"], "{exdate}");
    }
    let days = "DTSTART;VALUE=DATE:20260105";
    for exdate in [
        "EXDATE;VALUE=DATE:20260106",
        "EXDATE:20260106",
        "EXDATE:20260106T000000",
        "EXDATE:20260106T000000Z",
        "EXDATE;TZID=Europe/Berlin:20260106T000000",
        "EXDATE;TZID=Pacific/Auckland:20260106T000000",
    ] {
        assert_eq!(in_2026(days, &[rule, exdate]), ["20260105", "20260107"], "{exdate}");
    }
    let all_day = series(days, &[rule, "EXDATE:20260105T230000Z"]);
    let berlin = found(&all_day, range(YEAR.0, YEAR.1), "Europe/Berlin");
    assert_eq!(berlin.occurrences.len(), 2, "UTC midnight of Berlin in a whole-day series");
    let floating = "DTSTART:20260105T090000";
    assert_eq!(in_2026(floating, &[rule, "EXDATE:20260106T090000"]), ["20260105T090000", "20260107T090000"]);
    assert_eq!(in_2026(floating, &[rule, "EXDATE:20260106T090000Z"]), ["20260105T090000", "20260107T090000"]);
}

#[test]
fn an_exdate_by_date_removes_all_occurrences_of_that_day() {
    let lines = ["RRULE:FREQ=DAILY;BYHOUR=9,23;COUNT=6", "EXDATE;VALUE=DATE:20260106"];
    let found = in_2026("DTSTART;TZID=Asia/Tokyo:20260105T090000", &lines);
    assert_eq!(found, ["20260105T000000Z", "20260105T140000Z", "20260107T000000Z", "20260107T140000Z"]);
}

#[test]
fn the_first_occurrence_can_be_excluded_too() {
    let lines = ["RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20260105T100000Z"];
    assert_eq!(in_2026("DTSTART:20260105T100000Z", &lines), ["20260106T100000Z", "20260107T100000Z"]);
}

#[test]
fn rdates_add_occurrences_in_every_form_and_need_no_rule() {
    let start = "DTSTART;TZID=Europe/Berlin:20260105T090000";
    let found = in_2026(
        start,
        &[
            "RDATE;TZID=Europe/Berlin:20260301T100000,20260201T100000",
            "RDATE:20260401T080000Z",
            "RDATE;VALUE=DATE:20260501",
            "RDATE;VALUE=PERIOD:20260601T070000Z/PT2H,20260602T070000Z/20260602T080000Z",
            "RDATE:20260105T080000Z",
        ],
    );
    let expected = [
        "20260105T080000Z",
        "20260201T090000Z",
        "20260301T090000Z",
        "20260401T080000Z",
        "20260501T070000Z",
        "20260601T070000Z",
        "20260602T070000Z",
    ];
    assert_eq!(found, expected);
    let days = in_2026("DTSTART;VALUE=DATE:20260105", &["RDATE;VALUE=DATE:20260301,20260201"]);
    assert_eq!(days, ["20260105", "20260201", "20260301"]);
}

#[test]
fn an_rdate_in_the_second_run_of_a_repeated_hour_keeps_its_instant() {
    let series = series("DTSTART;TZID=Europe/Berlin:20260105T090000", &["RDATE:20261025T013000Z"]);
    let occurrence = found(&series, range("2026-10-01", "2026-11-01"), "UTC").occurrences.remove(0);
    assert_eq!(occurrence.when.span(&zone("UTC")), (at("2026-10-25T01:30:00Z"), at("2026-10-25T02:30:00Z")));
}

#[test]
fn exrules_exclude_and_several_rules_add() {
    let lines = ["RRULE:FREQ=DAILY;COUNT=8", "RRULE:FREQ=WEEKLY;COUNT=3", "EXRULE:FREQ=WEEKLY;BYDAY=SA,SU"];
    let found = in_2026("DTSTART:20260105T100000Z", &lines);
    let days = ["05", "06", "07", "08", "09", "12", "19"];
    assert_eq!(found, days.map(|day| format!("202601{day}T100000Z")));
}

#[test]
fn the_range_is_half_open_and_counts_what_overlaps() {
    let daily = series("DTSTART:20260101T230000Z", &["RRULE:FREQ=DAILY"]);
    let ids = |from: &str, to: &str| {
        let expansion = found(&daily, range(from, to), "UTC");
        expansion.occurrences.iter().map(|occurrence| occurrence.id.to_string()[..8].to_owned()).collect::<Vec<_>>()
    };
    // 23:00 to 24:00: over when the next day begins.
    assert_eq!(ids("2026-03-02", "2026-03-03"), ["20260302"]);
    assert_eq!(ids("2026-03-02T23:59:59Z", "2026-03-03T23:00:00Z"), ["20260302"]);
    assert_eq!(ids("2026-03-02T23:59:59Z", "2026-03-03T23:00:01Z"), ["20260302", "20260303"]);
    let instant = (event(&["DTSTART:20260101T120000Z"]).when, daily.1.clone());
    assert_eq!(found(&instant, range("2026-03-02T12:00:00Z", "2026-03-02T12:00:01Z"), "UTC").occurrences.len(), 1);
    assert_eq!(found(&instant, range("2026-03-02T11:00:00Z", "2026-03-02T12:00:00Z"), "UTC").occurrences.len(), 0);
    assert_eq!(found(&daily, range("2026-03-03", "2026-03-02"), "UTC").occurrences.len(), 0);
}

#[test]
fn a_long_occurrence_that_began_before_the_range_is_found() {
    let when = event(&["DTSTART;VALUE=DATE:20200101", "DTEND;VALUE=DATE:20200301"]).when;
    let yearly = (when, series("DTSTART:20200101", &["RRULE:FREQ=YEARLY"]).1);
    let found = found(&yearly, range("2026-02-28", "2026-03-01"), "UTC");
    assert_eq!(found.occurrences.len(), 1);
    assert_eq!(found.occurrences[0].id, RecurrenceId::Date(jiff::civil::date(2026, 1, 1)));
}

#[test]
fn whole_days_are_days_of_the_reader() {
    let days = series("DTSTART;VALUE=DATE:20260105", &["RRULE:FREQ=DAILY"]);
    let sunday_night = range("2026-01-11T20:00:00Z", "2026-01-11T20:00:01Z");
    let day = |floating_in: &str| found(&days, sunday_night, floating_in).occurrences[0].id.to_string();
    assert_eq!(day("Europe/Berlin"), "20260111");
    assert_eq!(day("Asia/Tokyo"), "20260112");
    assert_eq!(day("America/Los_Angeles"), "20260111");
}

#[test]
fn every_occurrence_lasts_as_long_as_the_first() {
    let night = event(&["DTSTART;TZID=Europe/Berlin:20260327T230000", "DTEND;TZID=Europe/Berlin:20260328T070000"]).when;
    let (_, rule) = series("DTSTART:20260327T230000", &["RRULE:FREQ=DAILY;COUNT=3"]);
    let found = found(&(night, rule), range(YEAR.0, YEAR.1), "UTC").occurrences;
    let ends: Vec<String> = found.iter().map(|occurrence| occurrence.when.end_local().to_string()).collect();
    assert_eq!(ends, ["2026-03-28T07:00:00", "2026-03-29T08:00:00", "2026-03-30T07:00:00"]);
    let spans = found.iter().map(|occurrence| occurrence.when.span(&zone("UTC")));
    assert!(spans.map(|(start, end)| end.duration_since(start).as_hours()).eq([8, 8, 8]));
}

#[test]
fn a_flight_ends_in_its_own_zone() {
    let flight =
        event(&["DTSTART;TZID=Europe/Berlin:20260105T100000", "DTEND;TZID=America/New_York:20260105T130000"]).when;
    let (_, rule) = series("DTSTART:20260105T100000", &["RRULE:FREQ=WEEKLY;COUNT=20"]);
    let found = found(&(flight, rule), range("2026-03-16", "2026-03-17"), "UTC").occurrences.remove(0);
    let When::Timed { start, end } = found.when else { panic!() };
    assert_eq!(
        (start.local.to_string(), end.local.to_string()),
        ("2026-03-16T10:00:00".into(), "2026-03-16T14:00:00".into())
    );
    assert_eq!(end.zone.unwrap().name(), "America/New_York");
}

#[test]
fn an_end_in_the_second_run_of_a_repeated_hour_keeps_its_instant() {
    let when = event(&["DTSTART;TZID=Europe/Berlin:20261024T013000", "DURATION:PT2H"]).when;
    let (_, rule) = series("DTSTART:20261024T013000", &["RRULE:FREQ=DAILY;COUNT=2"]);
    let found = found(&(when, rule), range("2026-10-25", "2026-10-26"), "UTC").occurrences.remove(0);
    assert_eq!(found.when.span(&zone("UTC")), (at("2026-10-24T23:30:00Z"), at("2026-10-25T01:30:00Z")));
}

#[test]
fn a_single_event_is_its_own_only_occurrence() {
    let single = series("DTSTART;TZID=Europe/Berlin:20260105T090000", &[]);
    let expansion = found(&single, range(YEAR.0, YEAR.1), "UTC");
    assert_eq!(expansion.occurrences.len(), 1);
    assert_eq!(expansion.occurrences[0].when, single.0);
    assert_eq!(expansion.occurrences[0].id, single.0.recurrence_id());
    assert!(found(&single, range("2027-01-01", "2028-01-01"), "UTC").occurrences.is_empty());
}

#[test]
fn rules_that_never_come_true_end_by_the_budget_or_the_range() {
    let start = "DTSTART:20260105T100000Z";
    for rule in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=5",
        "FREQ=SECONDLY;BYSETPOS=2",
        "FREQ=SECONDLY;BYSETPOS=2;COUNT=3",
        "FREQ=MINUTELY;BYSECOND=0;BYSETPOS=3",
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30;BYHOUR=3;COUNT=1000",
        "FREQ=DAILY;INTERVAL=4294967295",
        "FREQ=YEARLY;INTERVAL=4294967295;COUNT=99",
        "FREQ=WEEKLY;BYWEEKNO=53;BYDAY=MO;BYMONTH=7",
        "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6",
    ] {
        let endless = series(start, &[&format!("RRULE:{rule}")]);
        let found = found(&endless, range("2026-01-01", "9999-01-01"), "UTC");
        assert_eq!(found.occurrences.len(), 1, "{rule}");
        let _ = series_end(&endless.0, &endless.1, &zone("UTC"), Budget::default());
    }
}

#[test]
fn a_budget_cuts_at_the_same_place_every_time_and_says_so() {
    let every_second = series("DTSTART:20260105T100000Z", &["RRULE:FREQ=SECONDLY"]);
    let budget = Budget { candidates: 1_000, occurrences: 100 };
    let run = |budget| expand(&every_second.0, &every_second.1, range(YEAR.0, YEAR.1), &zone("UTC"), budget).unwrap();
    let cut = run(budget);
    assert_eq!((cut.occurrences.len(), cut.complete), (100, false));
    assert_eq!(run(budget), cut);
    let by_candidates = run(Budget { candidates: 50, occurrences: 100 });
    assert!(!by_candidates.complete && by_candidates.occurrences.len() < 50);
    assert_eq!(by_candidates.occurrences[..], cut.occurrences[..by_candidates.occurrences.len()]);
    assert!(run(Budget { candidates: 0, occurrences: 0 }).occurrences.is_empty());
}

#[test]
fn what_lies_beyond_the_cut_of_one_rule_is_not_shown_from_another() {
    let lines = ["RRULE:FREQ=SECONDLY", "RRULE:FREQ=MONTHLY", "RDATE:20261201T000000Z"];
    let both = series("DTSTART:20260105T100000Z", &lines);
    let budget = Budget { candidates: 1_000, occurrences: 10 };
    let cut = expand(&both.0, &both.1, range(YEAR.0, YEAR.1), &zone("UTC"), budget).unwrap();
    assert!(!cut.complete);
    assert!(cut.occurrences.iter().all(|occurrence| occurrence.id.to_string().starts_with("20260105")));
}

#[test]
fn a_huge_set_costs_no_memory() {
    let numbers = |range: std::ops::Range<u32>| range.map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let rule = format!(
        "RRULE:FREQ=YEARLY;BYMONTHDAY={};BYHOUR={};BYMINUTE={};BYSECOND={};BYSETPOS=-1",
        numbers(1..32),
        numbers(0..24),
        numbers(0..60),
        numbers(0..60)
    );
    let found = in_2026("DTSTART:20240101T000000Z", &[&rule]);
    assert_eq!(found, ["20251231T235959Z", "20261231T235959Z"]);
}

#[test]
fn the_first_and_the_last_year_are_no_trouble() {
    for start in ["DTSTART:00010101T000000Z", "DTSTART;TZID=Asia/Tokyo:00010101T000000", "DTSTART;VALUE=DATE:00010101"]
    {
        for rule in
            ["RRULE:FREQ=DAILY", "RRULE:FREQ=YEARLY;COUNT=3", "RRULE:FREQ=HOURLY;INTERVAL=7", "RRULE:FREQ=MONTHLY"]
        {
            let old = series(start, &[rule]);
            let _ = found(&old, range("2026-01-01", "2026-02-01"), "Asia/Tokyo");
            let _ = series_end(&old.0, &old.1, &zone("Asia/Tokyo"), Budget::default());
        }
    }
    for start in
        ["DTSTART:99991231T230000Z", "DTSTART;TZID=America/Los_Angeles:99991231T230000", "DTSTART;VALUE=DATE:99991231"]
    {
        for rule in ["RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY;COUNT=3", "RRULE:FREQ=SECONDLY", "RRULE:FREQ=YEARLY"] {
            let last = series(start, &[rule]);
            let end = jiff::Timestamp::MAX;
            let range = tidecal_ical::Range { start: at("9999-12-01"), end };
            let _ = found(&last, range, "America/Los_Angeles");
            let _ = series_end(&last.0, &last.1, &zone("America/Los_Angeles"), Budget::default());
        }
    }
}

#[test]
fn the_end_of_a_series_is_known_from_its_bounds() {
    let end = |start: &str, lines: &[&str]| {
        let (when, recurrence) = series(start, lines);
        series_end(&when, &recurrence, &zone("Europe/Berlin"), Budget::default()).map(|end| end.to_string())
    };
    let start = "DTSTART;TZID=Europe/Berlin:20260105T090000";
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(end(start, &[]), some("2026-01-05T09:00:00Z"));
    assert_eq!(end(start, &["RRULE:FREQ=DAILY"]), None);
    assert_eq!(end(start, &["RRULE:FREQ=DAILY;COUNT=3"]), some("2026-01-07T09:00:00Z"));
    assert_eq!(end(start, &["RRULE:FREQ=DAILY;UNTIL=20260107T080000Z"]), some("2026-01-07T09:00:00Z"));
    assert_eq!(end(start, &["RRULE:FREQ=DAILY;COUNT=99;UNTIL=20260107T080000Z"]), some("2026-01-07T09:00:00Z"));
    assert_eq!(end(start, &["RRULE:FREQ=DAILY;COUNT=2", "RDATE:20260301T080000Z"]), some("2026-03-01T09:00:00Z"));
    assert_eq!(end(start, &["RRULE:FREQ=DAILY;COUNT=2", "RRULE:FREQ=DAILY"]), None);
    assert_eq!(end(start, &["RRULE:FREQ=SECONDLY;COUNT=4000000000"]), None);
    let days = "DTSTART;VALUE=DATE:20260105";
    assert_eq!(end(days, &["RRULE:FREQ=DAILY;COUNT=3"]), some("2026-01-07T23:00:00Z"));
    assert_eq!(end(days, &["RRULE:FREQ=DAILY;UNTIL=20260107"]), some("2026-01-07T23:00:00Z"));
}

#[test]
fn rules_of_the_rfc_name_what_it_says() {
    // RFC 5545 3.8.5.3, all starting on 2 September 1997, 09:00 in New York.
    let table = [
        ("FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", "0902 0922 1020 1117 1222 0119"),
        ("FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=4", "0902 0928 1029 1128"),
        ("FREQ=MONTHLY;COUNT=5;BYMONTHDAY=1,-1", "0902 0930 1001 1031 1101"),
        ("FREQ=MONTHLY;COUNT=4;BYDAY=TU,WE,TH;BYSETPOS=3", "0902 0904 1007 1106"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;COUNT=4", "0902 0929 1030 1127"),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", "0902 0904 0916 0918 0930 1002 1014 1016"),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=4", "0902 0213 0313 1113"),
        ("FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;COUNT=2", "0902 1104"),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;COUNT=3", "0902 0511 0517"),
        ("FREQ=YEARLY;INTERVAL=3;COUNT=4;BYYEARDAY=1,100,200", "0902 0101 0409 0718"),
    ];
    for (rule, expected) in table {
        let start = "DTSTART;TZID=America/New_York:19970902T090000";
        let found = ids(start, &[&format!("RRULE:{rule}")], "1997-01-01", "2030-01-01");
        let days: Vec<&str> = found.iter().map(|id| &id[4..8]).collect();
        assert_eq!(days.join(" "), expected, "{rule}");
    }
}

#[test]
fn an_additional_period_keeps_its_own_length() {
    let series = series(
        "DTSTART;TZID=Europe/Berlin:20260301T090000",
        &[
            "RRULE:FREQ=WEEKLY;COUNT=2",
            "RDATE;TZID=Europe/Berlin;VALUE=PERIOD:20260302T090000/PT3H,20260303T090000/20260303T093000",
            "RDATE;TZID=Europe/Berlin;VALUE=PERIOD:20260328T090000/P1D",
            "RDATE;TZID=Europe/Berlin:20260304T090000",
        ],
    );
    let found = found(&series, range("2026-03-01", "2026-05-01"), "UTC");
    let hours: Vec<String> = found
        .occurrences
        .iter()
        .map(|occurrence| {
            let (start, end) = occurrence.when.span(&zone("UTC"));
            format!("{} {}", occurrence.id, end.duration_since(start).as_mins())
        })
        .collect();
    assert_eq!(
        hours,
        [
            "20260301T080000Z 60",
            "20260302T080000Z 180",
            "20260303T080000Z 30",
            "20260304T080000Z 60",
            "20260308T080000Z 60",
            // A day that has 23 hours.
            "20260328T080000Z 1380",
        ]
    );
    let end = series_end(&series.0, &series.1, &zone("UTC"), Budget::default());
    assert_eq!(end, Some(at("2026-03-29T07:00:00Z")));
}

#[test]
fn a_long_period_is_found_by_its_end() {
    let series = series("DTSTART:20260301T090000Z", &["RDATE;VALUE=PERIOD:20260302T090000Z/P10D"]);
    let found = found(&series, range("2026-03-10", "2026-03-11"), "UTC");
    assert_eq!(found.occurrences.len(), 1);
    assert_eq!(found.occurrences[0].when.end_local(), jiff::civil::date(2026, 3, 12).at(9, 0, 0, 0));
}

fn placed(lines: &[&str], changes: &[(&str, &[&str])], from: &str, to: &str) -> Vec<String> {
    let master = event(lines);
    let replacements: Vec<Replacement> = changes
        .iter()
        .map(|(range, lines)| Replacement {
            slot: range.trim_end_matches('+').parse().unwrap(),
            when: event(lines).when,
            and_future: range.ends_with('+'),
        })
        .collect();
    let utc = zone("UTC");
    let budget = Budget::default();
    let (found, complete) =
        expand_replaced(&master.when, &master.recurrence, &replacements, range(from, to), &utc, budget).unwrap();
    assert!(complete);
    let shown = found.iter().map(|one| format!("{} {} {:?}", one.id, one.when.start_local(), one.by));
    shown.collect()
}

#[test]
fn a_change_of_this_and_all_later_occurrences_moves_them_on_the_wall_clock() {
    let master = ["DTSTART;TZID=Europe/Berlin:20260320T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=12"];
    let later: &[&str] = &["DTSTART;TZID=Europe/Berlin:20260327T110000", "DURATION:PT2H"];
    let single: &[&str] = &["DTSTART;TZID=Europe/Berlin:20260329T080000", "DURATION:PT1H"];
    let changes = [("20260327T080000Z+", later), ("20260328T080000Z", single)];
    assert_eq!(
        placed(&master, &changes, "2026-03-26", "2026-04-30"),
        [
            "20260326T080000Z 2026-03-26T09:00:00 None",
            "20260327T080000Z 2026-03-27T11:00:00 Some(0)",
            "20260328T080000Z 2026-03-29T08:00:00 Some(1)",
            "20260329T070000Z 2026-03-29T11:00:00 Some(0)",
            "20260330T070000Z 2026-03-30T11:00:00 Some(0)",
            "20260331T070000Z 2026-03-31T11:00:00 Some(0)",
        ]
    );
}

#[test]
fn later_occurrences_that_move_into_the_range_are_found() {
    let master = ["DTSTART;VALUE=DATE:20260301", "RRULE:FREQ=WEEKLY"];
    let later: &[&str] = &["DTSTART;VALUE=DATE:20260505", "DTEND;VALUE=DATE:20260508"];
    assert_eq!(
        placed(&master, &[("20260308+", later)], "2026-06-01", "2026-06-05"),
        ["20260405 2026-06-02T00:00:00 Some(0)"]
    );
}
