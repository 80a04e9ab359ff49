//! Calendars as the world writes them.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use support::{at, event, zone};
use tidecal_ical::{
    AlarmAction, AttendeeKind, Calendar, Class, Component, PartStat, ReadError, ReadLimits, RecurrenceId, Role,
    Trigger, VEvent, VStatus, When, Zone, read,
};

fn calendar(bytes: &[u8]) -> Calendar {
    read(bytes, &ReadLimits::default()).unwrap()
}

fn events(bytes: &[u8]) -> Vec<VEvent> {
    let understood = calendar(bytes).components.into_iter().map(|component| match component {
        Component::Event(event) => *event,
        Component::Unreadable { uid, reason, .. } => panic!("{uid:?}: {reason}"),
    });
    understood.collect()
}

fn times(event: &VEvent) -> String {
    match &event.when {
        When::AllDay { start, end } => format!("{start} {end}"),
        When::Timed { start, end } => {
            let zone = start.zone.as_ref().map_or("floating", Zone::name);
            format!("{} {} {zone}", start.local, end.local)
        }
    }
}

#[test]
fn an_exchange_calendar_is_understood() {
    let events = events(include_bytes!("fixtures/exchange.ics"));
    let [master, moved, holiday] = &events[..] else { panic!() };
    assert_eq!(times(master), "2026-03-02T09:00:00 2026-03-02T10:00:00 Europe/Berlin");
    assert!(!master.zone_guessed);
    assert_eq!(master.uid.len(), 112);
    assert_eq!(master.uid, moved.uid);
    assert_eq!(master.description, "Agenda\n\n1. Figures\n2. Any other business\n");
    assert_eq!(master.html_description.as_deref(), Some("<html><body><p>Agenda, as always</p></body></html>"));
    assert_eq!(master.recurrence.rules, ["FREQ=WEEKLY;UNTIL=20260630T070000Z;INTERVAL=1;BYDAY=MO;WKST=MO"]);
    let excluded = [RecurrenceId::Utc(at("2026-04-06T07:00:00Z")), RecurrenceId::Utc(at("2026-05-25T07:00:00Z"))];
    assert_eq!(master.recurrence.excluded, excluded);
    assert_eq!((master.sequence, master.status, master.class), (2, Some(VStatus::Confirmed), Some(Class::Public)));
    assert_eq!(master.busy_status.as_deref(), Some("BUSY"));
    assert_eq!(master.conference_urls, ["https://meet.example.com/l/meetup-join/19%3a1"]);
    let organizer = master.organizer.as_ref().unwrap();
    assert_eq!((organizer.name.as_str(), organizer.email.as_str()), ("Doe, Jane", "jane@example.com"));
    let guests: Vec<_> = master
        .attendees
        .iter()
        .map(|guest| (guest.email.as_str(), guest.role, guest.kind, guest.partstat, guest.rsvp))
        .collect();
    assert_eq!(
        guests,
        [
            ("john@example.com", Role::Required, AttendeeKind::Individual, PartStat::NeedsAction, true),
            ("room4@example.com", Role::NonParticipant, AttendeeKind::Room, PartStat::Accepted, false),
        ]
    );
    assert_eq!((master.alarms[0].trigger, master.alarms[0].action), (Trigger::BeforeStart(15), AlarmAction::Display));
    assert_eq!(moved.recurrence_id, Some(RecurrenceId::Utc(at("2026-03-30T07:00:00Z"))));
    assert_eq!(moved.busy_status.as_deref(), Some("TENTATIVE"));
    assert_eq!(times(holiday), "2026-05-01 2026-05-02");
    assert_eq!(holiday.recurrence.excluded, ["20270501".parse().unwrap()]);
    assert!(holiday.transparent && !holiday.zone_guessed);
}

#[test]
fn a_google_calendar_is_understood() {
    let read = calendar(include_bytes!("fixtures/google.ics"));
    assert_eq!(read.name.as_deref(), Some("Choir, rehearsals"));
    assert_eq!(read.zone, Some(zone("Europe/Vienna")));
    let events = events(include_bytes!("fixtures/google.ics"));
    assert_eq!(times(&events[0]), "2026-01-05T19:00:00 2026-01-05T20:30:00 America/New_York");
    assert_eq!(events[0].location, "Town Hall, 1 Main St, Springfield");
    assert_eq!(events[0].attendees[0].comment.as_deref(), Some("Late, perhaps"));
    assert_eq!(events[0].conference_urls, ["https://meet.example.com/aaa-bbbb-ccc"]);
    assert_eq!(
        (events[0].created, events[0].last_modified),
        (Some(at("2025-12-01T12:00:00Z")), Some(at("2026-01-01T12:00:00Z")))
    );
    assert_eq!(events[1].recurrence_id, Some(RecurrenceId::Utc(at("2026-02-17T00:00:00Z"))));
    assert_eq!(times(&events[1]), "2026-02-20T00:00:00 2026-02-20T01:30:00 UTC");
    assert_eq!(times(&events[2]), "2026-04-04 2026-04-06");
}

#[test]
fn an_apple_event_is_understood() {
    let event = events(include_bytes!("fixtures/apple.ics")).remove(0);
    assert_eq!(event.categories, ["Health", "Family", "Errands, small"]);
    assert_eq!(event.url.as_deref(), Some("https://example.com/dentist?a=1"));
    let links: Vec<_> = event.attachments.iter().map(|link| (link.name.as_str(), link.url.as_str())).collect();
    assert_eq!(links, [("form.pdf", "https://files.example.com/form.pdf")]);
    let alarms: Vec<_> = event.alarms.iter().map(|alarm| (alarm.trigger, alarm.action)).collect();
    assert_eq!(
        alarms,
        [
            (Trigger::BeforeStart(90), AlarmAction::Audio),
            (Trigger::BeforeStart(-65), AlarmAction::Display),
            (Trigger::At(at("2026-03-19T18:00:00Z")), AlarmAction::Email),
        ]
    );
}

#[test]
fn one_bad_event_costs_no_other() {
    let components = calendar(include_bytes!("fixtures/junk.ics")).components;
    let summary: Vec<String> = components
        .iter()
        .map(|component| match component {
            Component::Event(event) => format!("{} ok", event.uid),
            Component::Unreadable { uid, line, reason, raw } => {
                assert!(raw.starts_with("BEGIN:VEVENT"), "{raw}");
                format!("{} line {line}: {reason}", uid.as_deref().unwrap_or("-"))
            }
        })
        .collect();
    let expected = [
        "first@example.com ok",
        "no-start@example.com line 19: it has no DTSTART",
        "bad-start@example.com line 23: DTSTART \"soon\" is not a date or time",
        "bad-rule@example.com line 27: FREQ=FORTNIGHTLY is not valid in a recurrence rule",
        "bad-exdate@example.com line 32: \"whenever\" is not a date or time in EXDATE",
        "unclosed@example.com line 38: it does not end before the next one begins",
        "after-unclosed@example.com ok",
        " ok",
        "cut-by-calendar@example.com line 58: it does not end before the calendar does",
    ];
    assert_eq!(summary, expected);
    let Component::Event(first) = &components[0] else { panic!() };
    assert_eq!(times(first), "2026-01-05T09:00:00 2026-01-05T10:00:00 Europe/Berlin");
    assert_eq!(first.summary, "Fish, chips; and \"peas\"");
    assert_eq!(first.description, "Line one");
    assert_eq!(first.location, "C:\\Temp");
    assert_eq!((first.sequence, first.status), (0, None));
    assert!(first.recurrence.is_empty());
}

#[test]
fn the_text_of_an_event_is_kept_as_it_was() {
    let bytes = include_bytes!("fixtures/exchange.ics");
    let text = std::str::from_utf8(bytes).unwrap();
    let events = events(bytes);
    assert!(events[0].raw.starts_with("BEGIN:VEVENT\r\nDESCRIPTION") && events[0].raw.ends_with("END:VEVENT\r\n"));
    for event in &events {
        assert!(text.contains(&event.raw));
    }
}

#[test]
fn other_encodings_are_read() {
    let latin = events(include_bytes!("fixtures/latin1.ics")).remove(0);
    assert_eq!(latin.summary, "Frühstück in Zürich – 5 €");
    assert_eq!(latin.attendees[0].name, "Müller, Jörg");
    assert!(latin.raw.contains("SUMMARY:Frühstück in Zürich – 5 €\r\n"));
    let folded = events(include_bytes!("fixtures/folded-in-character.ics")).remove(0);
    assert_eq!(folded.summary, "Café 😀 end");
    assert!(folded.raw.contains("SUMMARY:Café 😀 end\r\n"));
    let text = "\u{feff}BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260105\nSUMMARY:Jörg 😀\nEND:VEVENT\nEND:VCALENDAR\n";
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for utf_16 in [little, big] {
        assert_eq!(events(&utf_16)[0].summary, "Jörg 😀");
    }
    let old_mac = text.trim_start_matches('\u{feff}').replace('\n', "\r");
    assert_eq!(events(old_mac.as_bytes())[0].summary, "Jörg 😀");
}

#[test]
fn zones_are_found_by_name_then_by_rules() {
    let found: Vec<String> = events(include_bytes!("fixtures/custom-zones.ics"))
        .iter()
        .map(|event| format!("{}: {} {}", event.uid, times(event), event.zone_guessed))
        .collect();
    let expected = [
        "rules of New York: 2026-07-01T09:00:00 2026-07-01T10:00:00 America/New_York true",
        "fixed offset: 2026-07-01T09:00:00 2026-07-01T09:00:00 Etc/GMT-2 true",
        "rules of nowhere: 2026-07-01T06:43:00 2026-07-01T06:43:00 UTC true",
        "rules of nowhere in winter: 2026-12-01T07:43:00 2026-12-01T07:43:00 UTC true",
        "location hint: 2026-07-01T09:00:00 2026-07-01T09:00:00 Europe/Paris false",
        "abbreviation with rules: 2026-07-01T09:00:00 2026-07-01T09:00:00 Etc/GMT-8 true",
        "nothing known: 2026-07-01T09:00:00 2026-07-01T09:00:00 Asia/Tokyo true",
        "instant in a zone: 2026-07-01T09:00:00 2026-07-01T09:00:00 Europe/Vienna false",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_start_and_whatever_end_make_a_time() {
    let table: [(&[&str], &str); 29] = [
        (&["DTSTART;VALUE=DATE:20260105"], "2026-01-05 2026-01-06"),
        (&["DTSTART:20260105"], "2026-01-05 2026-01-06"),
        (&["DTSTART;VALUE=DATE:20260105T000000"], "2026-01-05 2026-01-06"),
        (&["DTSTART;VALUE=DATE-TIME:20260105", "DTEND:20260107"], "2026-01-05 2026-01-07"),
        (&["DTSTART:20260105", "DTEND:20260105"], "2026-01-05 2026-01-06"),
        (&["DTSTART:20260105", "DTEND:20260101"], "2026-01-05 2026-01-06"),
        (&["DTSTART:20260105", "DURATION:P2D"], "2026-01-05 2026-01-07"),
        (&["DTSTART:20260105", "DURATION:PT25H"], "2026-01-05 2026-01-07"),
        (&["DTSTART:20260105", "DURATION:-P2D"], "2026-01-05 2026-01-06"),
        (&["DTSTART:20260105", "DTEND:20260106T000000Z"], "2026-01-05 2026-01-06"),
        (&["DTSTART:20260105", "DTEND:20260106T120000"], "2026-01-05 2026-01-07"),
        (&["DTSTART:20260105T090000"], "2026-01-05T09:00:00 2026-01-05T09:00:00 floating"),
        (&["DTSTART:20260105T090000Z"], "2026-01-05T09:00:00 2026-01-05T09:00:00 UTC"),
        (&["DTSTART:20260105T090000Z", "DTEND:20260105T080000Z"], "2026-01-05T09:00:00 2026-01-05T09:00:00 UTC"),
        (&["DTSTART:20260105T090000Z", "DTEND:20260105T090000Z"], "2026-01-05T09:00:00 2026-01-05T09:00:00 UTC"),
        (&["DTSTART:20260105T090000Z", "DTEND:later"], "2026-01-05T09:00:00 2026-01-05T09:00:00 UTC"),
        (&["DTSTART:20260105T090000Z", "DTEND;VALUE=DATE:20260106"], "2026-01-05T09:00:00 2026-01-06T00:00:00 UTC"),
        (&["DTSTART:20260105T090000Z", "DTEND;VALUE=DATE:20260105"], "2026-01-05T09:00:00 2026-01-05T09:00:00 UTC"),
        (
            &["DTSTART;TZID=Europe/Berlin:20260105T090000", "DTEND:20260105T090000Z"],
            "2026-01-05T09:00:00 2026-01-05T09:00:00 Europe/Berlin",
        ),
        (
            &["DTSTART;TZID=Europe/Berlin:20260105T090000", "DTEND:20260105T100000"],
            "2026-01-05T09:00:00 2026-01-05T10:00:00 Europe/Berlin",
        ),
        (
            &["DTSTART;TZID=Europe/Berlin:20260105T090000", "DURATION:PT45M"],
            "2026-01-05T09:00:00 2026-01-05T09:45:00 Europe/Berlin",
        ),
        // A day of 23 hours: nominal days, exact hours.
        (
            &["DTSTART;TZID=Europe/Berlin:20260328T120000", "DURATION:P1D"],
            "2026-03-28T12:00:00 2026-03-29T12:00:00 Europe/Berlin",
        ),
        (
            &["DTSTART;TZID=Europe/Berlin:20260328T120000", "DURATION:PT24H"],
            "2026-03-28T12:00:00 2026-03-29T13:00:00 Europe/Berlin",
        ),
        (
            &["DTSTART:2026-01-05T09:00:00+01:00", "DTEND:2026-01-05T10:00:00+01:00"],
            "2026-01-05T08:00:00 2026-01-05T09:00:00 UTC",
        ),
        (
            &["DTSTART;TZID=UTC:20260105T090000", "DTEND;TZID=Z:20260105T100000"],
            "2026-01-05T09:00:00 2026-01-05T10:00:00 UTC",
        ),
        (
            &["DTSTART;TZID=(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna:20260105T090000"],
            "2026-01-05T09:00:00 2026-01-05T09:00:00 Europe/Berlin",
        ),
        (
            &["DTSTART;TZID=\"(UTC-05:00) Eastern Time (US & Canada)\":2026-01-05T09:00:00"],
            "2026-01-05T09:00:00 2026-01-05T09:00:00 America/New_York",
        ),
        (&["DTSTART;TZID=\"Europe/Berlin:20260105T090000"], "2026-01-05T09:00:00 2026-01-05T09:00:00 Europe/Berlin"),
        (&["DTSTART;TZID=:20260105T090000"], "2026-01-05T09:00:00 2026-01-05T09:00:00 floating"),
    ];
    for (lines, expected) in table {
        assert_eq!(times(&event(lines)), expected, "{lines:?}");
    }
}

#[test]
fn midnight_to_midnight_is_whole_days_only_where_it_is_marked() {
    let marked = |lines: &[&str]| times(&event(&[&["X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"], lines].concat()));
    let berlin = "DTSTART;TZID=Europe/Berlin:20260105T000000";
    assert_eq!(marked(&[berlin, "DTEND;TZID=Europe/Berlin:20260106T000000"]), "2026-01-05 2026-01-06");
    assert_eq!(marked(&[berlin, "DTEND;TZID=Europe/Berlin:20260107T235900"]), "2026-01-05 2026-01-08");
    assert_eq!(marked(&[berlin, "DTEND;TZID=Europe/Berlin:20260105T235959"]), "2026-01-05 2026-01-06");
    assert_eq!(marked(&["DTSTART:20260105T000000", "DTEND:20260106T000000"]), "2026-01-05 2026-01-06");
    assert_eq!(
        marked(&[berlin, "DTEND;TZID=Europe/Berlin:20260105T120000"]),
        "2026-01-05T00:00:00 2026-01-05T12:00:00 Europe/Berlin"
    );
    assert_eq!(
        times(&event(&[berlin, "DTEND;TZID=Europe/Berlin:20260106T000000"])),
        "2026-01-05T00:00:00 2026-01-06T00:00:00 Europe/Berlin"
    );
    let in_utc = "BEGIN:VCALENDAR\nX-WR-TIMEZONE:Europe/Berlin\nBEGIN:VEVENT\nDTSTART:20260104T230000Z\n\
                  DTEND:20260105T230000Z\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE\nEND:VEVENT\nEND:VCALENDAR\n";
    assert_eq!(times(&events(in_utc.as_bytes())[0]), "2026-01-05 2026-01-06");
}

#[test]
fn a_changed_occurrence_gets_the_key_of_its_series() {
    let key = |start: &str, recurrence_id: &str| {
        let text = format!(
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\n{recurrence_id}\nDTSTART:20260301T120000Z\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:a\n{start}\nRRULE:FREQ=DAILY\nEND:VEVENT\nEND:VCALENDAR\n"
        );
        events(text.as_bytes()).remove(0).recurrence_id.unwrap().to_string()
    };
    let berlin = "DTSTART;TZID=Europe/Berlin:20260105T090000";
    for id in [
        "RECURRENCE-ID;TZID=Europe/Berlin:20260106T090000",
        "RECURRENCE-ID:20260106T080000Z",
        "RECURRENCE-ID:20260106T090000",
        "RECURRENCE-ID;VALUE=DATE:20260106",
        "RECURRENCE-ID;TZID=America/New_York:20260106T030000",
    ] {
        assert_eq!(key(berlin, id), "20260106T080000Z", "{id}");
    }
    for id in [
        "RECURRENCE-ID;VALUE=DATE:20260106",
        "RECURRENCE-ID:20260106T000000",
        "RECURRENCE-ID;TZID=Europe/Berlin:20260106T000000",
        "RECURRENCE-ID:20260106T000000Z",
    ] {
        assert_eq!(key("DTSTART;VALUE=DATE:20260105", id), "20260106", "{id}");
    }
    assert_eq!(key("DTSTART:20260105T090000", "RECURRENCE-ID:20260106T090000"), "20260106T090000");
    let alone =
        event(&["RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260106T090000", "DTSTART:20260106T080000Z"]);
    assert_eq!(alone.recurrence_id, Some(RecurrenceId::Utc(at("2026-01-06T08:00:00Z"))));
    assert!(alone.this_and_future);
}

#[test]
fn a_zone_of_which_only_rules_are_known_places_all_dates_alike() {
    let fixture = std::str::from_utf8(include_bytes!("fixtures/custom-zones.ics")).unwrap();
    let series = "BEGIN:VEVENT\r\nUID:s\r\nDTSTART;TZID=invented:20260701T090000\r\nRRULE:FREQ=DAILY\r\n\
                  EXDATE;TZID=invented:20260702T090000\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:s\r\n\
                  RECURRENCE-ID;TZID=invented:20260703T090000\r\nDTSTART:20260703T120000Z\r\nEND:VEVENT\r\nEND:VCALENDAR";
    let events = events(fixture.replace("END:VCALENDAR", series).as_bytes());
    let [.., master, changed] = &events[..] else { panic!() };
    assert_eq!(master.recurrence.excluded, ["20260702T064300Z".parse().unwrap()]);
    assert_eq!(changed.recurrence_id, Some("20260703T064300Z".parse().unwrap()));
}

#[test]
fn html_beside_a_plain_description_is_found() {
    let html = "DESCRIPTION;ALTREP=\"data:text/html,%3Cb%3EBring%3C%2Fb%3E%20caf%C3%A9 100%\":Bring café";
    let event = event(&["DTSTART:20260105", html]);
    assert_eq!(event.description, "Bring café");
    assert_eq!(event.html_description.as_deref(), Some("<b>Bring</b> café 100%"));
}

#[test]
fn thousands_of_odd_zones_and_dates_are_read_in_no_time() {
    let dates = (0..20_000).map(|n| format!("EXDATE;TZID=(UTC+01:00) Place {n}:20260105T090000")).collect::<Vec<_>>();
    let zones = (0..3_000).map(|n| {
        let part = "BEGIN:DAYLIGHT\nDTSTART:00010101T000000\nTZOFFSETFROM:+0000\nTZOFFSETTO:+0017\nRRULE:FREQ=SECONDLY\nEND:DAYLIGHT\n";
        format!("BEGIN:VTIMEZONE\nTZID:z{n}\n{}END:VTIMEZONE\n", part.repeat(4))
    });
    let events = (0..3_000).map(|n| format!("BEGIN:VEVENT\nDTSTART;TZID=z{n}:20260105T090000\nEND:VEVENT\n"));
    let text = format!(
        "BEGIN:VCALENDAR\n{}{}BEGIN:VEVENT\nDTSTART:20260105T090000\n{}\nEND:VEVENT\nEND:VCALENDAR\n",
        zones.collect::<String>(),
        events.collect::<String>(),
        dates.join("\n")
    );
    assert_eq!(self::events(text.as_bytes()).len(), 3_001);
}

#[test]
fn a_text_that_is_no_calendar_says_what_it_is() {
    let error = |bytes: &[u8]| read(bytes, &ReadLimits::default()).unwrap_err().to_string();
    assert_eq!(error(b""), "the text is not a calendar: it has no BEGIN:VCALENDAR (it is empty)");
    assert!(error(b"<!DOCTYPE html><html>Sign in</html>").ends_with("(it is a web page, perhaps a login page)"));
    assert!(error(b"<?xml version='1.0'?><error/>").ends_with("(it is XML)"));
    assert!(error(b"{\"error\": 1}").ends_with("(it is JSON)"));
    assert!(error(b"\xff\xd8\xff\xe0 picture").ends_with("BEGIN:VCALENDAR"));
    assert!(error(b"BEGIN:VEVENT\nDTSTART:20260105\nEND:VEVENT\n").ends_with("BEGIN:VCALENDAR"));
}

#[test]
fn a_calendar_that_is_cut_off_anywhere_is_refused() {
    let whole = include_bytes!("fixtures/google.ics");
    for cut in 0..whole.len() - 16 {
        let error = read(&whole[..cut], &ReadLimits::default()).unwrap_err();
        let expected =
            if cut < 15 { matches!(error, ReadError::NotCalendar { .. }) } else { error == ReadError::Truncated };
        assert!(expected, "cut at {cut}: {error}");
    }
}

#[test]
fn limits_hold() {
    let text = |events: usize, note: &str| {
        let event = format!("BEGIN:VEVENT\nUID:big\nDTSTART:20260105\nDESCRIPTION:{note}\nEND:VEVENT\n");
        format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", event.repeat(events))
    };
    let limits = ReadLimits { bytes: 5_000, components: 3, component_bytes: 500, depth: 4 };
    let run = |text: &str| read(text.as_bytes(), &limits);
    assert_eq!(run(&text(3, "")).unwrap().components.len(), 3);
    assert_eq!(run(&text(4, "")), Err(ReadError::TooLarge { unit: "events", limit: 3 }));
    assert_eq!(run(&text(1, &"x".repeat(9_000))), Err(ReadError::TooLarge { unit: "bytes", limit: 5_000 }));
    let Component::Unreadable { uid, reason, .. } = run(&text(1, &"x".repeat(900))).unwrap().components.remove(0)
    else {
        panic!()
    };
    assert_eq!((uid.as_deref(), reason.as_str()), (Some("big"), "it has more than 500 bytes"));
    let deep = format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", "BEGIN:X\n".repeat(100));
    assert_eq!(run(&deep), Err(ReadError::TooLarge { unit: "nested components", limit: 4 }));
    let deep = format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", "BEGIN:VALARM\n".repeat(1_000_000));
    assert!(read(deep.as_bytes(), &ReadLimits::default()).is_err());
}

#[test]
fn blank_lines_before_a_folded_line_do_not_cut_it_off() {
    let doubled = "BEGIN:VCALENDAR\r\r\nBEGIN:VEVENT\r\r\nUID\r\r\n :a\r\r\nDTSTART\r\r\n ;VALUE=DATE\r\r\n :20260105\r\r\n\
                   END:VEVENT\r\r\nEND:VCALENDAR\r\r\n";
    let blank = doubled.replace("\r\r\n", "\n\n");
    for text in [doubled, &blank] {
        let event = events(text.as_bytes()).remove(0);
        assert_eq!((event.uid.as_str(), times(&event).as_str()), ("a", "2026-01-05 2026-01-06"));
    }
    let many = format!("{}{}", "\n".repeat(3_000_000), blank.replace("\n\n", "\n\n\n\n\n"));
    assert_eq!(events(many.as_bytes()).len(), 1);
}

#[test]
fn several_calendars_in_one_text_count_as_one() {
    let one = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:20260105\nEND:VEVENT\nEND:VCALENDAR\n";
    assert_eq!(events(one.repeat(3).as_bytes()).len(), 3);
    assert_eq!(events("BEGIN:VCALENDAR\nEND:VCALENDAR\n".as_bytes()).len(), 0);
}
