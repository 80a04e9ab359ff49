//! What is written is read back as the same, and others read it alike.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "support/random.rs"]
#[allow(unreachable_pub)]
mod random;
#[path = "support/says.rs"]
mod says;
mod support;

use ical::recur::IcalRecurDateTime;
use ical::tree::cst::IcalCst;
use ical::tz::{IcalTz, IcalTzOffset};
use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::AmbiguousOffset;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use says::event;
use support::zone;
use tidecal_ical::{
    Budget, Component, Moment, Range, ReadLimits, RecurrenceId, VEvent, When, Zone, expand, read, series_end, write,
};

fn config() -> ProptestConfig {
    let fixed = ProptestConfig {
        cases: 300,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(2),
        ..ProptestConfig::default()
    };
    proptest::test_runner::contextualize_config(fixed)
}

fn read_back(text: &str) -> Vec<VEvent> {
    let components = read(text.as_bytes(), &ReadLimits::default()).unwrap().components;
    let events = components.into_iter().map(|component| match component {
        Component::Event(event) => VEvent { raw: String::new(), ..*event },
        Component::Unreadable { reason, raw, .. } => panic!("{reason}\n{raw}"),
    });
    events.collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_written_is_read_back(event in event()) {
        let text = write(Some("Name, of; a\\calendar"), std::slice::from_ref(&event));
        prop_assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains(['\r', '\n'])));
        let name = read(text.as_bytes(), &ReadLimits::default()).unwrap().name;
        prop_assert_eq!(name.as_deref(), Some("Name, of; a\\calendar"));
        prop_assert_eq!(read_back(&text), vec![event]);
    }

    #[test]
    fn broken_bytes_never_panic_and_never_hang(which in 0..6_usize, changes in vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..12)) {
        let mut bytes = FIXTURES[which].to_vec();
        for (at, byte, kind) in changes {
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => drop(bytes.remove(at)),
                _ => bytes.insert(at, b'0' + byte % 10),
            }
        }
        let Ok(calendar) = read(&bytes, &ReadLimits::default()) else { return Ok(()) };
        let budget = Budget { candidates: 20_000, occurrences: 500 };
        let range = Range { start: Timestamp::MIN, end: Timestamp::MAX };
        let mut understood = Vec::new();
        for component in calendar.components {
            let Component::Event(event) = component else { continue };
            let _ = expand(&event.when, &event.recurrence, range, &Zone::utc(), budget);
            let _ = series_end(&event.when, &event.recurrence, &Zone::utc(), budget);
            understood.push(*event);
        }
        prop_assert_eq!(read_back(&write(None, &understood)).len(), understood.len());
    }
}

const FIXTURES: [&[u8]; 6] = [
    include_bytes!("fixtures/exchange.ics"),
    include_bytes!("fixtures/google.ics"),
    include_bytes!("fixtures/apple.ics"),
    include_bytes!("fixtures/junk.ics"),
    include_bytes!("fixtures/custom-zones.ics"),
    include_bytes!("fixtures/latin1.ics"),
];

#[test]
fn the_fixtures_survive_writing() {
    for bytes in FIXTURES {
        let components = read(bytes, &ReadLimits::default()).unwrap().components;
        let events: Vec<VEvent> = components
            .into_iter()
            .filter_map(|component| match component {
                Component::Event(event) => Some(VEvent { raw: String::new(), zone_guessed: false, ..*event }),
                Component::Unreadable { .. } => None,
            })
            .collect();
        let mut read = read_back(&write(None, &events));
        for (event, original) in read.iter_mut().zip(&events) {
            event.stamp = original.stamp;
        }
        assert_eq!(read, events);
    }
}

/// Wall-clock times around the clock changes of a zone, as another reader of our VTIMEZONE has them.
#[test]
fn the_zones_that_are_written_say_what_the_database_says() {
    for name in jiff::tz::db().available() {
        let Some(zone) = tidecal_ical::resolve_zone(name.as_str()).map(|resolved| resolved.zone) else { continue };
        if zone == Zone::utc() || zone.name() != name.as_str() {
            continue;
        }
        let start = Moment::zoned(date(2005, 6, 1).at(9, 0, 0, 0), zone.clone());
        let end = Moment::zoned(date(2026, 6, 1).at(9, 0, 0, 0), zone.clone());
        let text = write(None, &[VEvent::at(When::Timed { start, end })]);
        let cst = IcalCst::parse(&text).unwrap();
        let theirs = IcalTz::of_calendar(&cst.decode(), zone.name()).unwrap();
        let transitions = theirs.transitions(2038);
        let rules = zone.rules();
        let mut expected = Vec::new();
        let from: Timestamp = "2004-01-01T00:00:00Z".parse().unwrap();
        let mut before = rules.to_offset(from);
        for change in
            rules.following(from).take_while(|change| change.timestamp() < "2038-01-01T00:00:00Z".parse().unwrap())
        {
            if change.offset() != before {
                expected.push((change.timestamp().as_second(), change.offset().seconds()));
            }
            before = change.offset();
        }
        let theirs: Vec<_> = transitions
            .iter()
            .filter(|change| change.from != change.to)
            .map(|change| (change.local.seconds() - i64::from(change.from), change.to))
            .filter(|(at, _)| (from.as_second()..2_145_916_800).contains(at))
            .collect();
        assert_eq!(theirs, expected, "{}\n{text}", zone.name());
    }
}

#[test]
fn another_reader_sees_gaps_and_repeated_hours_in_our_zone() {
    let when = When::Timed {
        start: Moment::zoned(date(2026, 1, 5).at(9, 0, 0, 0), zone("America/New_York")),
        end: Moment::zoned(date(2026, 1, 5).at(10, 0, 0, 0), zone("America/New_York")),
    };
    let text = write(None, &[VEvent::at(when)]);
    let cst = IcalCst::parse(&text).unwrap();
    let theirs = IcalTz::of_calendar(&cst.decode(), "America/New_York").unwrap();
    let ours = zone("America/New_York").rules();
    for (month, day, hour) in [(3_u8, 8_u8, 2_u8), (11, 1, 1), (7, 1, 12), (1, 1, 0)] {
        for year in [2026, 2040, 2060] {
            let small = |number: u8| i8::try_from(number).unwrap();
            let local = date(year, small(month), small(day)).at(small(hour), 30, 0, 0);
            let at = IcalRecurDateTime { year: year.into(), month, day, hour, minute: 30, second: 0 };
            let seen = match theirs.resolve(at) {
                IcalTzOffset::One(offset) => (offset, offset),
                IcalTzOffset::Gap { before, after } => (before, after),
                IcalTzOffset::Fold { earlier, later } => (earlier, later),
            };
            let known = match ours.to_ambiguous_timestamp(local).offset() {
                AmbiguousOffset::Unambiguous { offset } => (offset.seconds(), offset.seconds()),
                AmbiguousOffset::Gap { before, after } | AmbiguousOffset::Fold { before, after } => {
                    (before.seconds(), after.seconds())
                }
            };
            assert_eq!(seen, known, "{local}");
        }
    }
}

#[test]
fn a_text_that_is_written_looks_like_this() {
    let mut event = VEvent::at(When::Timed {
        start: Moment::zoned(date(2026, 3, 2).at(9, 0, 0, 0), zone("Europe/Berlin")),
        end: Moment::zoned(date(2026, 3, 2).at(10, 0, 0, 0), zone("Europe/Berlin")),
    });
    event.uid = "a@example.com".to_owned();
    event.summary = "Büro, 9 Uhr".to_owned();
    event.recurrence.rules = vec!["FREQ=DAILY".to_owned()];
    event.recurrence.excluded = vec![RecurrenceId::Utc("2026-03-30T07:00:00Z".parse().unwrap())];
    let expected = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Tidecal//Tidecal//EN\r\n\
        BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\n\
        BEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nTZNAME:CET\r\nEND:STANDARD\r\n\
        BEGIN:DAYLIGHT\r\nDTSTART:20250330T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\n\
        RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\n\
        BEGIN:STANDARD\r\nDTSTART:20251026T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nTZNAME:CET\r\n\
        RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n\
        BEGIN:VEVENT\r\nUID:a@example.com\r\nDTSTAMP:19700101T000000Z\r\n\
        DTSTART;TZID=Europe/Berlin:20260302T090000\r\nDTEND;TZID=Europe/Berlin:20260302T100000\r\n\
        RRULE:FREQ=DAILY\r\nEXDATE;TZID=Europe/Berlin:20260330T090000\r\nSUMMARY:Büro\\, 9 Uhr\r\n\
        TRANSP:OPAQUE\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    assert_eq!(write(None, &[event]), expected);
}
