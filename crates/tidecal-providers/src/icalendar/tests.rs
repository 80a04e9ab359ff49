use tidecal_core::model::{
    AttendeeRole, Event, EventType, Reminder, ReminderMethod, Reminders, Response, Status, Transparency, Visibility,
};
use tidecal_core::remote::{Content, RemoteChange, RemoteComponent, RemoteSeries, SeriesScope};
use tidecal_ical::{When, Zone};

use super::{hash, resource, zone_name};

const HREF: &str = "/cal/ada/a.ics";

fn text(events: &[&str]) -> String {
    let mut text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\n".to_owned();
    for event in events {
        text.push_str("BEGIN:VEVENT\r\n");
        for line in event.lines().map(str::trim).filter(|line| !line.is_empty()) {
            text.push_str(line);
            text.push_str("\r\n");
        }
        text.push_str("END:VEVENT\r\n");
    }
    text.push_str("END:VCALENDAR\r\n");
    text
}

fn series(body: &str) -> RemoteSeries {
    match resource(HREF, Some("\"1\""), body.as_bytes(), "ada@example.com") {
        RemoteChange::Series(series) => {
            assert_eq!((series.id.as_str(), series.scope), (HREF, SeriesScope::Whole));
            series
        }
        other => panic!("{other:?}"),
    }
}

fn event(component: &RemoteComponent) -> &Event {
    match &component.content {
        Content::Event(event) => event,
        other => panic!("{other:?}"),
    }
}

fn reason(component: &RemoteComponent) -> &str {
    match &component.content {
        Content::Unreadable(reason) => reason,
        other => panic!("{other:?}"),
    }
}

const MASTER: &str = "UID:u1
    DTSTAMP:20261101T000000Z
    DTSTART;TZID=Europe/Vienna:20261123T090000
    DTEND;TZID=Europe/Vienna:20261123T093000
    RRULE:FREQ=DAILY;COUNT=5
    SUMMARY:Stand-up";

#[test]
fn a_meeting_is_read_in_full() {
    let body = text(&["UID:u1
        DTSTAMP:20261101T000000Z
        DTSTART;TZID=Europe/Vienna:20261123T090000
        DTEND;TZID=Europe/Vienna:20261123T100000
        SUMMARY:Review\\, quarterly
        DESCRIPTION:Agenda\\n1. Numbers
        LOCATION:Room 4
        STATUS:TENTATIVE
        CLASS:PRIVATE
        TRANSP:TRANSPARENT
        CATEGORIES:work,Numbers
        URL:https://example.com/agenda
        ATTACH;FILENAME=q3.pdf:https://example.com/q3.pdf
        ORGANIZER;CN=Ben:mailto:ben@example.com
        ATTENDEE;CN=Ada;PARTSTAT=ACCEPTED;ROLE=OPT-PARTICIPANT:mailto:Ada@example.com
        ATTENDEE;PARTSTAT=DECLINED:mailto:cleo@example.com
        BEGIN:VALARM
        ACTION:DISPLAY
        TRIGGER:-PT15M
        END:VALARM"]);
    let series = series(&body);
    let [component] = series.components.as_slice() else { panic!("{series:?}") };
    assert_eq!((component.id.as_str(), component.version.as_str()), (HREF, "\"1\""));
    assert_eq!(component.raw, body.as_bytes(), "the raw text of a single event is the resource");
    let event = event(component);
    assert_eq!((event.uid.as_str(), event.title.as_str()), ("u1", "Review, quarterly"));
    assert_eq!(event.description, "Agenda\n1. Numbers");
    assert_eq!(event.location, "Room 4");
    let When::Timed { start, .. } = &event.when else { panic!("{:?}", event.when) };
    assert_eq!(
        (start.local.to_string().as_str(), start.zone.clone()),
        ("2026-11-23T09:00:00", Zone::iana("Europe/Vienna"))
    );
    assert_eq!(
        (event.status, event.visibility, event.transparency),
        (Status::Tentative, Visibility::Private, Transparency::Transparent)
    );
    assert_eq!(event.categories, ["Numbers", "work"]);
    assert_eq!(event.organizer.as_ref().unwrap().name, "Ben");
    let [ada, cleo] = event.attendees.as_slice() else { panic!("{:?}", event.attendees) };
    assert!(ada.is_self && ada.email == "ada@example.com" && ada.role == AttendeeRole::Optional);
    assert!(!cleo.is_self && cleo.response == Response::Declined);
    let alarm = Reminder { minutes_before: 15, method: ReminderMethod::Popup };
    assert_eq!(event.reminders, Reminders::Own(vec![alarm]));
    assert_eq!(event.links.len(), 2);
    assert_eq!(event.event_type, EventType::Meeting);
    assert!(event.recurrence.is_none());
}

#[test]
fn exceptions_are_keyed_by_the_instant_they_replace() {
    let body = text(&[
        MASTER,
        "UID:u1
        RECURRENCE-ID;TZID=Europe/Vienna:20261124T090000
        DTSTART;TZID=Europe/Vienna:20261124T110000
        DTEND;TZID=Europe/Vienna:20261124T113000
        SUMMARY:Stand-up\\, later",
        "UID:u1
        RECURRENCE-ID:20261125T080000Z
        DTSTART:20261125T080000Z
        DTEND:20261125T083000Z
        STATUS:CANCELLED",
    ]);
    let series = series(&body);
    let slots: Vec<_> =
        series.components.iter().map(|it| it.recurrence_id.map(|slot| slot.to_string()).unwrap_or_default()).collect();
    assert_eq!(slots, ["", "20261124T080000Z", "20261125T080000Z"]);
    assert!(event(&series.components[0]).recurrence.is_some());
    assert_eq!(series.components[0].raw, body.as_bytes());
    assert_eq!(event(&series.components[2]).status, Status::Cancelled);
    let own = String::from_utf8(series.components[1].raw.clone()).unwrap();
    assert!(own.starts_with("BEGIN:VEVENT") && own.contains("later") && !own.contains("CANCELLED"), "{own}");
    assert!(series.components.iter().all(|it| it.id == HREF && it.version == "\"1\""));
}

#[test]
fn one_broken_component_does_not_cost_the_others() {
    let body = text(&[
        MASTER,
        "UID:u1
        RECURRENCE-ID;TZID=Europe/Vienna:20261124T090000
        DTSTART:not a date",
    ]);
    let series = series(&body);
    assert_eq!(event(&series.components[0]).title, "Stand-up");
    assert_eq!(series.components[1].id, format!("{HREF}#2"));
    assert!(reason(&series.components[1]).starts_with("line "), "{}", reason(&series.components[1]));
    assert!(String::from_utf8_lossy(&series.components[1].raw).contains("not a date"));
}

#[test]
fn a_broken_single_event_keeps_the_id_of_its_resource() {
    let series = series(&text(&["UID:u1\nDTSTART:not a date"]));
    assert_eq!(series.components[0].id, HREF);
    assert!(!reason(&series.components[0]).is_empty());
    let exception = "UID:u1\nRECURRENCE-ID:20261124T080000Z\nDTSTART:20261124T100000Z";
    let series = self::series(&text(&["UID:u1\nDTSTART:not a date", exception]));
    assert_eq!(series.components[0].id, HREF, "so does a broken master");
    assert_eq!(event(&series.components[1]).uid, "u1");
}

#[test]
fn this_and_future_is_said_to_be_unsupported() {
    let later = "UID:u1
        RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Vienna:20261124T090000
        DTSTART;TZID=Europe/Vienna:20261124T110000";
    let series = series(&text(&[MASTER, later]));
    assert!(reason(&series.components[1]).contains("all later occurrences"));
    assert!(series.components[1].recurrence_id.is_some());
}

#[test]
fn of_two_texts_of_one_event_the_later_revision_counts() {
    let with = |sequence: u32, title: &str| {
        format!("UID:u1\nSEQUENCE:{sequence}\nDTSTAMP:20261101T000000Z\nDTSTART:20261123T090000Z\nSUMMARY:{title}")
    };
    for (first, second) in [(with(2, "new"), with(1, "old")), (with(1, "old"), with(2, "new"))] {
        let series = series(&text(&[&first, &second]));
        assert_eq!(series.components.len(), 1);
        assert_eq!(event(&series.components[0]).title, "new");
    }
}

#[test]
fn an_exception_that_a_later_revision_excludes_is_withdrawn() {
    let master = format!("{MASTER}\nSEQUENCE:2\nEXDATE;TZID=Europe/Vienna:20261124T090000");
    let with = |sequence: u32, day: u32| {
        format!("UID:u1\nSEQUENCE:{sequence}\nRECURRENCE-ID:202611{day}T080000Z\nDTSTART:202611{day}T100000Z")
    };
    let kept = |exception: &str| series(&text(&[exception, &master])).components.len() - 1;
    assert_eq!(kept(&with(1, 24)), 0);
    assert_eq!((kept(&with(2, 24)), kept(&with(1, 25))), (1, 1), "the same revision, another occurrence");
}

#[test]
fn a_second_uid_is_set_aside() {
    let series = series(&text(&[MASTER, "UID:u2\nDTSTART:20261123T090000Z"]));
    assert_eq!(event(&series.components[0]).uid, "u1");
    assert_eq!(series.components[1].id, format!("{HREF}#2"));
    assert!(reason(&series.components[1]).contains("second UID"));
}

#[test]
fn exceptions_may_come_without_their_master() {
    let series = series(&text(&["UID:u1
        RECURRENCE-ID:20261124T080000Z
        DTSTART:20261124T100000Z
        SUMMARY:Only this one"]));
    assert_eq!(series.components[0].recurrence_id.unwrap().to_string(), "20261124T080000Z");
}

#[test]
fn tasks_are_nobodys_events() {
    let task = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTODO\r\nUID:t\r\nEND:VTODO\r\nEND:VCALENDAR\r\n";
    let change = resource(HREF, None, task.as_bytes(), "");
    assert_eq!(change, RemoteChange::Gone { id: HREF.into(), proven: true });
}

#[test]
fn a_text_that_is_no_calendar_is_quarantined_whole() {
    for body in ["", "garbage", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u1\r\n"] {
        match resource(HREF, None, body.as_bytes(), "") {
            RemoteChange::Unreadable { id, version, reason, raw } => {
                assert_eq!((id.as_str(), raw.as_slice()), (HREF, body.as_bytes()));
                assert_eq!(version, hash(body.as_bytes()));
                assert!(!reason.is_empty());
            }
            other => panic!("{body:?}: {other:?}"),
        }
    }
}

#[test]
fn without_an_etag_the_text_is_the_version() {
    let body = text(&[MASTER]);
    for etag in [None, Some(""), Some("  ")] {
        let RemoteChange::Series(series) = resource(HREF, etag, body.as_bytes(), "") else { panic!() };
        assert_eq!(series.components[0].version, hash(body.as_bytes()));
        assert!(series.components[0].version.starts_with("sha256:") && series.components[0].version.len() == 71);
    }
    assert_eq!(hash(body.as_bytes()), hash(body.replace("\r\n", "\n").as_bytes()));
    assert_ne!(hash(b"a\nb"), hash(b"ab"));
}

#[test]
fn zones_are_known_by_any_of_their_names() {
    assert_eq!(zone_name("W. Europe Standard Time").as_deref(), Some("Europe/Berlin"));
    assert_eq!(zone_name("europe/vienna").as_deref(), Some("Europe/Vienna"));
    assert_eq!(zone_name("Customized Time Zone"), None);
}
