//! Rule texts: one spelling, lenient reading, clear refusal.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use support::event;
use tidecal_ical::{RuleError, normalize_rule, recurrence_from_lines};

#[test]
fn every_spelling_becomes_the_same() {
    let table = [
        ("FREQ=DAILY", "FREQ=DAILY"),
        ("RRULE:FREQ=DAILY", "FREQ=DAILY"),
        ("freq=daily;interval=1;", "FREQ=DAILY"),
        (" FREQ = WEEKLY ; BYDAY = we, mo ,MO;WKST=MO", "FREQ=WEEKLY;BYDAY=MO,WE"),
        ("WKST=SU;BYDAY=MO;INTERVAL=2;FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;WKST=SU"),
        ("FREQ=MONTHLY;BYDAY=+1FR,-1FR", "FREQ=MONTHLY;BYDAY=-1FR,1FR"),
        ("FREQ=YEARLY;BYMONTH=11,3;BYMONTHDAY=-1,15", "FREQ=YEARLY;BYMONTH=3,11;BYMONTHDAY=-1,15"),
        ("FREQ=DAILY;INTERVAL=0", "FREQ=DAILY"),
        ("FREQ=WEEKLY;UNTIL=20240331;COUNT=-1;INTERVAL=4;BYDAY=MO", "FREQ=WEEKLY;INTERVAL=4;UNTIL=20240331;BYDAY=MO"),
        ("FREQ=DAILY;COUNT=007", "FREQ=DAILY;COUNT=7"),
        ("FREQ=DAILY;COUNT=99999999999999", "FREQ=DAILY;COUNT=4294967295"),
        ("FREQ=DAILY;UNTIL=2026-01-05T09:00:00Z", "FREQ=DAILY;UNTIL=20260105T090000Z"),
        ("FREQ=DAILY;UNTIL=20260105T090000", "FREQ=DAILY;UNTIL=20260105T090000"),
        ("FREQ=DAILY;UNTIL=99991231T235959Z", "FREQ=DAILY;UNTIL=99991230T220000Z"),
        ("FREQ=DAILY;COUNT=5;UNTIL=20260105", "FREQ=DAILY;COUNT=5;UNTIL=20260105"),
        ("FREQ=DAILY;X-NAME=1;BYEASTER=0;junk", "FREQ=DAILY"),
        ("FREQ=DAILY;RSCALE=GREGORIAN;SKIP=OMIT", "FREQ=DAILY"),
        ("FREQ=DAILY;BYHOUR=;BYDAY=", "FREQ=DAILY"),
        ("FREQ=MINUTELY;BYSECOND=30;BYMINUTE=0;BYHOUR=9", "FREQ=MINUTELY;BYHOUR=9;BYMINUTE=0;BYSECOND=30"),
    ];
    for (written, canonical) in table {
        assert_eq!(normalize_rule(written).as_deref(), Ok(canonical), "{written}");
    }
}

#[test]
fn what_cannot_be_meant_is_refused_by_name() {
    let table = [
        ("", "the rule \"\" does not say how often (FREQ is missing)"),
        ("INTERVAL=2", "the rule \"INTERVAL=2\" does not say how often (FREQ is missing)"),
        ("FREQ=FORTNIGHTLY", "FREQ=FORTNIGHTLY is not valid in a recurrence rule"),
        ("FREQ=DAILY;COUNT=many", "COUNT=many is not valid in a recurrence rule"),
        ("FREQ=DAILY;INTERVAL=-1", "INTERVAL=-1 is not valid in a recurrence rule"),
        ("FREQ=DAILY;UNTIL=never", "UNTIL=never is not valid in a recurrence rule"),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY=XX is not valid in a recurrence rule"),
        ("FREQ=WEEKLY;BYDAY=€", "BYDAY=€ is not valid in a recurrence rule"),
        ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY=0MO is not valid in a recurrence rule"),
        ("FREQ=MONTHLY;BYDAY=54MO", "BYDAY=54MO is not valid in a recurrence rule"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY=32 is not valid in a recurrence rule"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY=0 is not valid in a recurrence rule"),
        ("FREQ=YEARLY;BYMONTH=-1", "BYMONTH=-1 is not valid in a recurrence rule"),
        ("FREQ=YEARLY;RSCALE=HEBREW", "RSCALE=HEBREW (RFC 7529) is not supported"),
        ("FREQ=MONTHLY;SKIP=FORWARD", "SKIP=FORWARD (RFC 7529) is not supported"),
    ];
    for (written, error) in table {
        assert_eq!(normalize_rule(written).unwrap_err().to_string(), error, "{written}");
    }
}

#[test]
fn google_lines_become_a_recurrence_in_any_order() {
    let when = event(&["DTSTART;TZID=America/New_York:20260105T190000", "DURATION:PT1H"]).when;
    let lines = [
        "EXDATE;TZID=America/New_York:20260119T190000,20260112T190000",
        "RDATE;VALUE=DATE:20260401",
        "RRULE:FREQ=WEEKLY;WKST=SU;UNTIL=20260331T035959Z;BYDAY=MO",
        "EXRULE:FREQ=MONTHLY;BYDAY=1MO",
    ];
    let recurrence = recurrence_from_lines(&lines, &when).unwrap();
    assert_eq!(recurrence.rules, ["FREQ=WEEKLY;WKST=SU;UNTIL=20260331T035959Z;BYDAY=MO"]);
    assert_eq!(recurrence.exclusion_rules, ["FREQ=MONTHLY;BYDAY=1MO"]);
    let ids = |ids: &[tidecal_ical::RecurrenceId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(ids(&recurrence.excluded), ["20260113T000000Z", "20260120T000000Z"]);
    assert_eq!(ids(&recurrence.dates), ["20260401T230000Z"]);
    assert!(recurrence_from_lines(&[], &when).unwrap().is_empty());
}

#[test]
fn a_line_that_is_no_recurrence_is_refused() {
    let when = event(&["DTSTART:20260105"]).when;
    let error = |line: &str| recurrence_from_lines(&[line], &when).unwrap_err();
    assert_eq!(error("SUMMARY:x"), RuleError::Line("SUMMARY:x".to_owned()));
    assert_eq!(error("FREQ=DAILY"), RuleError::Line("FREQ=DAILY".to_owned()));
    assert_eq!(error("EXDATE:x").to_string(), "\"x\" is not a date or time in EXDATE");
    assert_eq!(error("RRULE:x").to_string(), "the rule \"x\" does not say how often (FREQ is missing)");
    let many = vec!["RRULE:FREQ=DAILY"; 51];
    assert_eq!(recurrence_from_lines(&many, &when), Err(RuleError::TooMany));
}
