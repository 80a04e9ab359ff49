//! Stored text is changed where it is asked to be, and nowhere else.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use jiff::civil::date;
use support::{at, zone};
use tidecal_ical::edit::{AttendeeFields, Change, Edit, EditError, apply};
use tidecal_ical::{
    Alarm, AlarmAction, Attachment, Component, Moment, PartStat, Person, ReadLimits, Recurrence, RecurrenceId, Role,
    Trigger, VEvent, VStatus, When, Zone, read,
};

const EXCHANGE: &[u8] = include_bytes!("fixtures/exchange.ics");
const APPLE: &[u8] = include_bytes!("fixtures/apple.ics");

fn edited(text: impl AsRef<[u8]>, edits: &[Edit]) -> String {
    String::from_utf8(apply(text.as_ref(), edits).unwrap()).unwrap()
}

fn master(change: Change) -> Edit {
    Edit::Change { slot: None, change }
}

fn events(text: &str) -> Vec<VEvent> {
    let components = read(text.as_bytes(), &ReadLimits::default()).unwrap().components;
    let events = components.into_iter().map(|component| match component {
        Component::Event(event) => *event,
        Component::Unreadable { reason, .. } => panic!("{reason}\n{text}"),
    });
    events.collect()
}

/// Lines of `new` that `old` lacks, and lines of `old` that `new` lacks, in their order.
fn difference(old: impl AsRef<[u8]>, new: &str) -> (Vec<String>, Vec<String>) {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (mut gone, mut come) = (lines(std::str::from_utf8(old.as_ref()).unwrap()), lines(new));
    let (kept, both) = (gone.clone(), come.clone());
    for line in kept {
        if let Some(index) = come.iter().position(|other| *other == line) {
            come.remove(index);
        }
    }
    for line in both {
        if let Some(index) = gone.iter().position(|other| *other == line) {
            gone.remove(index);
        }
    }
    (come, gone)
}

fn berlin(day: i8, hour: i8) -> When {
    let start = date(2026, 3, day).at(hour, 0, 0, 0);
    let end = date(2026, 3, day).at(hour + 1, 0, 0, 0);
    When::Timed { start: Moment::zoned(start, zone("Europe/Berlin")), end: Moment::zoned(end, zone("Europe/Berlin")) }
}

fn slot(text: &str) -> RecurrenceId {
    text.parse().unwrap()
}

#[test]
fn one_word_changes_one_line() {
    let new = edited(EXCHANGE, &[master(Change::Summary("Jour fixe; neu".into()))]);
    let (come, gone) = difference(EXCHANGE, &new);
    assert_eq!(come, ["SUMMARY:Jour fixe\\; neu"]);
    assert_eq!(gone, ["SUMMARY:Team meeting"]);
}

#[test]
fn a_new_description_takes_its_html_twin_with_it() {
    let new = edited(EXCHANGE, &[master(Change::Description("Agenda: 1, 2\n3".into()))]);
    let (come, gone) = difference(EXCHANGE, &new);
    assert_eq!(come, ["DESCRIPTION:Agenda: 1\\, 2\\n3"]);
    assert_eq!(gone.len(), 2, "{gone:?}");
    assert!(gone[1].starts_with("X-ALT-DESC"), "{gone:?}");
}

#[test]
fn a_moved_series_keeps_its_windows_zone() {
    let new = edited(EXCHANGE, &[master(Change::When(berlin(2, 11)))]);
    let (come, gone) = difference(EXCHANGE, &new);
    assert_eq!(
        come,
        ["DTSTART;TZID=W. Europe Standard Time:20260302T110000", "DTEND;TZID=W. Europe Standard Time:20260302T120000"]
    );
    assert_eq!(gone.len(), 2);
}

#[test]
fn a_zone_that_is_new_to_the_text_brings_its_definition() {
    let moved = |name: &str| {
        let at = |hour| Moment::zoned(date(2026, 3, 2).at(hour, 0, 0, 0), zone(name));
        When::Timed { start: at(3), end: at(4) }
    };
    let new = edited(EXCHANGE, &[master(Change::When(moved("Asia/Tokyo")))]);
    assert!(
        new.contains("END:VTIMEZONE\r\nBEGIN:VTIMEZONE\r\nTZID:Asia/Tokyo\r\n")
            || new.contains("END:VTIMEZONE\nBEGIN:VTIMEZONE\nTZID:Asia/Tokyo\n")
    );
    assert!(new.contains("DTSTART;TZID=Asia/Tokyo:20260302T030000"));
    assert_eq!(events(&new)[0].when, moved("Asia/Tokyo"));
    // Once is enough.
    assert_eq!(edited(&new, &[master(Change::When(moved("Asia/Tokyo")))]), new);
    let again =
        edited(&new, &[master(Change::When(moved("Europe/Berlin"))), master(Change::When(moved("Asia/Tokyo")))]);
    assert_eq!(again.matches("TZID:Asia/Tokyo").count(), 1);
}

#[test]
fn days_become_times_and_back() {
    let days = When::AllDay { start: date(2026, 3, 2), end: date(2026, 3, 4) };
    let new =
        edited(EXCHANGE, &[master(Change::When(days.clone())), master(Change::Recurrence(Recurrence::default()))]);
    let (come, _) = difference(EXCHANGE, &new);
    assert_eq!(come, ["DTSTART;VALUE=DATE:20260302", "DTEND;VALUE=DATE:20260304", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"]);
    assert_eq!(events(&new)[0].when, days);
    let back = edited(&new, &[master(Change::When(berlin(2, 9)))]);
    assert!(back.contains("DTSTART;TZID=W. Europe Standard Time:20260302T090000"));
    assert!(back.contains("X-MICROSOFT-CDO-ALLDAYEVENT:FALSE"));
}

#[test]
fn a_duration_stays_as_long_as_it_is_true() {
    let text =
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:20260302T090000Z\nDURATION:PT1H\nEND:VEVENT\nEND:VCALENDAR\n";
    let utc = |from: i8, to: i8| {
        let at = |hour| Moment::zoned(date(2026, 3, 3).at(hour, 0, 0, 0), Zone::utc());
        master(Change::When(When::Timed { start: at(from), end: at(to) }))
    };
    let moved = edited(text, &[utc(9, 10)]);
    assert_eq!(moved, text.replace("20260302", "20260303"));
    let longer = edited(text, &[utc(9, 11)]);
    assert!(longer.contains("DTSTART:20260303T090000Z\nDTEND:20260303T110000Z\nEND:VEVENT"), "{longer}");
}

#[test]
fn exclusions_take_the_form_of_the_series_and_leave_their_neighbours() {
    let id = slot("20260309T080000Z");
    let new = edited(EXCHANGE, &[Edit::Exclude(id)]);
    let (come, gone) = difference(EXCHANGE, &new);
    assert_eq!((come, gone.len()), (vec!["EXDATE;TZID=W. Europe Standard Time:20260309T090000".to_owned()], 0));
    assert_eq!(edited(&new, &[Edit::Exclude(id)]), new);
    assert_eq!(edited(&new, &[Edit::Include(id)]).as_bytes(), EXCHANGE);
    let taken_back = edited(EXCHANGE, &[Edit::Include(slot("20260406T070000Z"))]);
    let (come, _) = difference(EXCHANGE, &taken_back);
    assert_eq!(come, ["EXDATE;TZID=W. Europe Standard Time:20260525T090000"]);
}

#[test]
fn excluding_a_changed_occurrence_removes_its_exception() {
    let id = slot("20260330T070000Z");
    let new = edited(EXCHANGE, &[Edit::Exclude(id)]);
    let read = events(&new);
    assert!(read.iter().all(|event| event.recurrence_id.is_none()));
    assert!(read[0].recurrence.excluded.contains(&id));
}

#[test]
fn a_new_exception_is_a_copy_of_the_series() {
    let id = slot("20260309T080000Z");
    let change = Edit::Change { slot: Some(id), change: Change::Summary("Elsewhere".into()) };
    let new = edited(EXCHANGE, &[Edit::AddOverride(id), change]);
    let (_, gone) = difference(EXCHANGE, &new);
    assert!(gone.is_empty(), "{gone:?}");
    let read = events(&new);
    let copy = read.iter().find(|event| event.recurrence_id == Some(id)).unwrap();
    assert_eq!((copy.summary.as_str(), copy.location.as_str()), ("Elsewhere", "Room 4"));
    assert_eq!(copy.when, berlin(9, 9));
    assert_eq!((copy.attendees.len(), copy.alarms.len()), (2, 1));
    assert_eq!(copy.recurrence, Recurrence::default());
    assert!(new.contains("RECURRENCE-ID;TZID=W. Europe Standard Time:20260309T090000"));
    assert_eq!(edited(&new, &[Edit::RemoveOverride(id)]).as_bytes(), EXCHANGE);
}

#[test]
fn an_exception_follows_its_series() {
    let (from, to) = (slot("20260330T070000Z"), slot("20260330T090000Z"));
    let new = edited(EXCHANGE, &[Edit::MoveOverride { from, to }]);
    let (come, gone) = difference(EXCHANGE, &new);
    assert_eq!(come, ["RECURRENCE-ID;TZID=W. Europe Standard Time:20260330T110000"]);
    assert_eq!(gone, ["RECURRENCE-ID;TZID=W. Europe Standard Time:20260330T090000"]);
    assert_eq!(edited(&new, &[Edit::MoveOverride { from, to }]), new);
}

#[test]
fn an_answer_changes_one_parameter() {
    let fields = AttendeeFields { partstat: Some(PartStat::Accepted), ..AttendeeFields::default() };
    let new = edited(EXCHANGE, &[master(Change::Attendee { email: "John@Example.com".into(), fields })]);
    let unfolded = new.replace("\r\n ", "").replace("\n ", "");
    assert!(unfolded.contains(
        "ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=TRUE;CN=john@example.com:mailto:john@example.com"
    ));
    // One logical line, folded.
    let (_, gone) = difference(EXCHANGE, &new);
    assert_eq!(gone.len(), 2, "{gone:?}");
}

#[test]
fn scheduling_parameters_of_known_guests_are_never_touched() {
    let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART:20260302T090000Z\r\n\
        ATTENDEE;SCHEDULE-AGENT=SERVER;X-NUM-GUESTS=2;CN=Ben:mailto:ben@example.org\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let fields = AttendeeFields {
        role: Some(Role::Optional),
        schedule_agent: Some("CLIENT".into()),
        ..AttendeeFields::default()
    };
    let change = |email: &str| master(Change::Attendee { email: email.into(), fields: fields.clone() });
    let new = edited(text, &[change("ben@example.org"), change("cleo@example.org")]);
    assert!(
        new.contains(
            "ATTENDEE;SCHEDULE-AGENT=SERVER;X-NUM-GUESTS=2;CN=Ben;ROLE=OPT-PARTICIPANT:m\r\n ailto:ben@example.org\r\n"
        ),
        "{new}"
    );
    assert!(
        new.replace("\r\n ", "")
            .contains("ROLE=OPT-PARTICIPANT;PARTSTAT=NEEDS-ACTION;SCHEDULE-AGENT=CLIENT:mailto:cleo@example.org")
    );
    assert_eq!(
        edited(&new, &[master(Change::RemoveAttendee("CLEO@example.org".into()))]),
        edited(text, &[change("ben@example.org")])
    );
}

#[test]
fn alarms_that_are_still_wanted_are_not_rewritten() {
    let old = events(std::str::from_utf8(APPLE).unwrap()).remove(0).alarms;
    let mut alarms = old.clone();
    alarms.push(Alarm { trigger: Trigger::BeforeStart(3), action: AlarmAction::Email });
    let new = edited(APPLE, &[master(Change::Alarms(alarms))]);
    let (_, gone) = difference(APPLE, &new);
    assert!(gone.is_empty(), "{gone:?}");
    assert!(
        new.contains("BEGIN:VALARM\nACTION:EMAIL\nTRIGGER:-PT3M\n")
            || new.contains("BEGIN:VALARM\r\nACTION:EMAIL\r\nTRIGGER:-PT3M\r\n")
    );
    assert_eq!(edited(&new, &[master(Change::Alarms(old))]).as_bytes(), APPLE);
    let none = edited(APPLE, &[master(Change::Alarms(Vec::new()))]);
    assert!(events(&none)[0].alarms.is_empty());
}

#[test]
fn line_ends_are_those_of_the_text() {
    for end in ["\n", "\r\n"] {
        let text =
            ["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:a", "DTSTART:20260302T090000Z", "END:VEVENT", "END:VCALENDAR", ""]
                .join(end);
        let changes = [
            master(Change::Description("ä".repeat(80))),
            master(Change::Alarms(vec![Alarm { trigger: Trigger::BeforeStart(5), action: AlarmAction::Display }])),
            master(Change::When(berlin(2, 9))),
        ];
        let new = edited(&text, &changes);
        assert_eq!(new.replace(end, "").matches(['\r', '\n']).count(), 0, "{new:?}");
        assert!(new.split(end).all(|line| line.len() <= 75));
        assert_eq!(events(&new)[0].description, "ä".repeat(80));
    }
}

#[test]
fn states_lists_and_stamps_are_set() {
    let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART:20260302T090000Z\r\nCATEGORIES;X-A=1:Blue,Red\r\n\
        X-MICROSOFT-CDO-BUSYSTATUS:FREE\r\nATTACH;FMTTYPE=text/plain:https://example.com/a\r\nURL:https://example.com/u\r\n\
        X-GOOGLE-CONFERENCE:https://meet.example.com/a\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let link = |url: &str, name: &str| Attachment { url: url.into(), name: name.into() };
    let new = edited(
        text,
        &[
            master(Change::Status(Some(VStatus::Tentative))),
            master(Change::Transparent(false)),
            master(Change::Categories(vec!["Red".into(), "A,b".into()])),
            master(Change::Links(vec![link("https://example.com/a", "a.txt"), link("https://example.com/b", "")])),
            master(Change::Conferences(vec!["https://meet.example.com/b".into()])),
            master(Change::Organizer(Some(Person { email: "ada@example.com".into(), name: "Ada, B".into() }))),
            master(Change::Sequence(3)),
            master(Change::Touched(at("2026-03-01T10:00:00Z"))),
            master(Change::Property { name: "X-TIDECAL-ID".into(), value: Some("e1".into()) }),
        ],
    );
    let (come, gone) = difference(text, &new);
    assert_eq!(
        come,
        [
            "CATEGORIES;X-A=1:Red,A\\,b",
            "X-MICROSOFT-CDO-BUSYSTATUS:BUSY",
            "ATTACH;FMTTYPE=text/plain;FILENAME=a.txt:https://example.com/a",
            "ATTACH:https://example.com/b",
            "STATUS:TENTATIVE",
            "CONFERENCE;VALUE=URI:https://meet.example.com/b",
            "ORGANIZER;CN=\"Ada, B\":mailto:ada@example.com",
            "SEQUENCE:3",
            "DTSTAMP:20260301T100000Z",
            "LAST-MODIFIED:20260301T100000Z",
            "X-TIDECAL-ID:e1",
        ]
    );
    assert_eq!(gone.len(), 5, "{gone:?}");
}

#[test]
fn no_value_can_bring_a_line_of_its_own() {
    let evil = "x\r\nATTENDEE:mailto:eve@example.com\r\nEND:VEVENT";
    let new = edited(
        EXCHANGE,
        &[
            master(Change::Summary(evil.into())),
            master(Change::Url(Some(evil.into()))),
            master(Change::Conferences(vec![format!("https:{evil}")])),
            master(Change::Categories(vec![evil.into()])),
            master(Change::Organizer(Some(Person { email: evil.into(), name: evil.into() }))),
            master(Change::Property { name: "X-A".into(), value: Some(evil.into()) }),
        ],
    );
    let read = events(&new);
    assert_eq!((read.len(), read[0].attendees.len()), (3, 2));
    for name in ["X-A:b", "BEGIN", "A\nB", ""] {
        let refused = apply(EXCHANGE, &[master(Change::Property { name: name.into(), value: Some("v".into()) })]);
        assert_eq!(refused, Err(EditError::Name(name.into())));
    }
}

#[test]
fn what_is_not_there_cannot_be_edited() {
    let id = slot("20260316T080000Z");
    let change = Edit::Change { slot: Some(id), change: Change::Summary("x".into()) };
    assert_eq!(apply(EXCHANGE, &[change]), Err(EditError::NoOverride(id)));
    assert!(matches!(apply(b"<html>", &[]), Err(EditError::Unreadable(_))));
    assert_eq!(apply(b"\xff\xfeB\0", &[]), Err(EditError::Encoding));
    let orphan = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nRECURRENCE-ID:20260316T080000Z\nDTSTART:20260316T090000Z\nEND:VEVENT\nEND:VCALENDAR\n";
    assert_eq!(apply(orphan.as_bytes(), &[Edit::Exclude(slot("20260317T080000Z"))]), Err(EditError::NoMaster));
    let title = Edit::Change { slot: Some(id), change: Change::Summary("x".into()) };
    assert_eq!(events(&edited(orphan, &[title]))[0].summary, "x");
}

#[test]
fn bytes_that_are_no_text_survive() {
    let text = b"\xef\xbb\xbfBEGIN:VCALENDAR\r\nX-A:\xe4\xff\r\nBEGIN:VEVENT\r\nUID:a\r\n\r\nno line\r\nX-B:caf\xe9\r\nDTSTART:20260302T090000Z\r\nSUMMARY:S\xfc\xdf\r\nLOCATION:\xc3\r\n \xa4\r\nEND:VEVENT\r\nBEGIN:VTODO\r\nUID:t\r\nEND:VTODO\r\nEND:VCALENDAR\r\ntrailing";
    assert_eq!(apply(text, &[]).unwrap(), text);
    assert_eq!(
        apply(text, &[master(Change::Location("ä".into())), master(Change::Summary("Süß".into()))]).unwrap(),
        text
    );
    let new = apply(text, &[master(Change::Summary("x".into()))]).unwrap();
    let expected = [
        &text[..text.windows(8).position(|part| part == b"SUMMARY:").unwrap()],
        b"SUMMARY:x\r\n",
        &text[text.windows(9).position(|part| part == b"LOCATION:").unwrap()..],
    ]
    .concat();
    assert_eq!(new, expected);
}
