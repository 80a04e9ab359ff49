//! Events as Graph sends them, and what becomes of them.

use super::*;
use serde_json::{Value, json};
use tidecal_core::model::{
    AttendeeKind, AttendeeRole, EventType, Reminder, ReminderMethod, Reminders, Response, Rights, Status, Transparency,
    Visibility,
};

fn time(text: &str) -> Value {
    json!({"dateTime": format!("{text}.0000000"), "timeZone": "UTC"})
}

fn single() -> Value {
    json!({
        "@odata.etag": "W/\"ck1\"", "id": "AAMkSingle", "changeKey": "ck1", "type": "singleInstance", "iCalUId": "uid-1",
        "subject": " Review ", "isAllDay": false, "isCancelled": false, "isOrganizer": true, "showAs": "busy",
        "sensitivity": "normal", "isReminderOn": true, "reminderMinutesBeforeStart": 15, "categories": ["Red", "Blue"],
        "start": time("2026-11-23T09:00:00"), "end": time("2026-11-23T10:00:00"),
        "originalStartTimeZone": "W. Europe Standard Time", "originalEndTimeZone": "W. Europe Standard Time",
        "location": {"displayName": "Room 1"}, "attendees": [], "recurrence": null,
        "body": {"contentType": "html", "content": "<html><body>Agenda<br>\r\none</body></html>"},
        "organizer": {"emailAddress": {"name": "Ada", "address": "ada@example.com"}},
        "lastModifiedDateTime": "2026-11-20T08:00:00.1234567Z",
    })
}

fn master() -> Value {
    let mut master = single();
    master["id"] = json!("AAMkMaster");
    master["type"] = json!("seriesMaster");
    master["recurrence"] = json!({
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"], "firstDayOfWeek": "monday"},
        "range": {"type": "numbered", "numberOfOccurrences": 5, "startDate": "2026-11-23",
            "recurrenceTimeZone": "W. Europe Standard Time", "endDate": "0001-01-01"},
    });
    master["cancelledOccurrences"] = json!(["OID.AAMkMaster.2026-12-07"]);
    let mut moved = single();
    moved["id"] = json!("AAMkException");
    moved["type"] = json!("exception");
    moved["seriesMasterId"] = json!("AAMkMaster");
    moved["iCalUId"] = json!("uid-1-of-that-day");
    moved["originalStart"] = json!("2026-11-30T09:00:00Z");
    moved["start"] = time("2026-12-01T09:00:00");
    moved["end"] = time("2026-12-01T10:00:00");
    master["exceptionOccurrences"] = json!([moved]);
    master
}

fn series(raw: &Value) -> RemoteSeries {
    match item(&raw.to_string(), Some("ben@example.com")) {
        RemoteChange::Series(series) => series,
        other => panic!("{other:?}"),
    }
}

fn event_of(raw: &Value) -> Event {
    match series(raw).components.swap_remove(0).content {
        Content::Event(event) => *event,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_single_event_is_read_field_by_field() {
    let read = series(&single());
    assert_eq!((read.id.as_str(), read.scope, read.components.len()), ("AAMkSingle", SeriesScope::Whole, 1));
    assert_eq!(read.components[0].version, "W/\"ck1\"");
    assert_eq!(
        read.components[0].updated.unwrap().as_second(),
        "2026-11-20T08:00:00Z".parse::<jiff::Timestamp>().unwrap().as_second()
    );
    let event = event_of(&single());
    assert_eq!(
        (event.title.as_str(), event.description.as_str(), event.location.as_str()),
        ("Review", "Agenda\none", "Room 1")
    );
    assert_eq!((event.uid.as_str(), event.when.zone().unwrap().name()), ("uid-1", "Europe/Berlin"));
    assert_eq!(event.categories, ["Blue", "Red"]);
    assert_eq!(event.reminders, Reminders::Own(vec![Reminder { minutes_before: 15, method: ReminderMethod::Popup }]));
    assert_eq!((event.rights, event.organizer), (Rights::Full, None), "nobody organises an entry without guests");
}

#[test]
fn words_of_outlook_become_ours() {
    let with = |field: &str, value: Value| {
        let mut raw = single();
        raw[field] = value;
        event_of(&raw)
    };
    for (word, visibility) in [
        ("normal", Visibility::Default),
        ("personal", Visibility::Private),
        ("private", Visibility::Private),
        ("confidential", Visibility::Confidential),
        ("ofTomorrow", Visibility::Private),
    ] {
        assert_eq!(with("sensitivity", json!(word)).visibility, visibility, "{word}");
    }
    for (word, transparency, status, kind) in [
        ("free", Transparency::Transparent, Status::Confirmed, EventType::Meeting),
        ("workingElsewhere", Transparency::Transparent, Status::Confirmed, EventType::Meeting),
        ("tentative", Transparency::Opaque, Status::Tentative, EventType::Meeting),
        ("oof", Transparency::Opaque, Status::Confirmed, EventType::OutOfOffice),
        ("unknown", Transparency::Opaque, Status::Confirmed, EventType::Meeting),
    ] {
        let event = with("showAs", json!(word));
        assert_eq!((event.transparency, event.status, event.event_type), (transparency, status, kind), "{word}");
    }
    assert_eq!(with("isReminderOn", json!(false)).reminders, Reminders::Own(vec![]));
    assert_eq!(with("isCancelled", json!(true)).status, Status::Cancelled);
    let online = json!({"joinUrl": "https://teams.example.com/join", "tollNumber": "+43 1 000"});
    let mut raw = single();
    raw["onlineMeeting"] = online;
    raw["onlineMeetingProvider"] = json!("teamsForBusiness");
    raw["hasAttachments"] = json!(true);
    raw["webLink"] = json!("https://outlook.example.com/owa/?itemid=1");
    let event = event_of(&raw);
    let conference = event.conference.unwrap();
    assert_eq!(
        (conference.url.as_str(), conference.name.as_str(), conference.phone.as_str()),
        ("https://teams.example.com/join", "Microsoft Teams", "tel:+431000")
    );
    assert_eq!(event.links[0].url, "https://outlook.example.com/owa/?itemid=1");
}

#[test]
fn guests_come_with_their_answers_and_ones_own_stands_beside_the_list() {
    let mut raw = single();
    let guest = |address: &str, kind: &str, response: &str| {
        json!({"type": kind, "status": {"response": response},
        "emailAddress": {"name": address, "address": address}})
    };
    raw["attendees"] = json!([
        guest("Ben@Example.com", "required", "none"),
        guest("cleo@example.com", "optional", "declined"),
        guest("room1@example.com", "resource", "accepted"),
    ]);
    raw["isOrganizer"] = json!(false);
    raw["responseStatus"] = json!({"response": "tentativelyAccepted"});
    let event = event_of(&raw);
    let seen: Vec<_> =
        event.attendees.iter().map(|it| (it.email.as_str(), it.role, it.kind, it.response, it.is_self)).collect();
    assert_eq!(
        seen,
        [
            ("ben@example.com", AttendeeRole::Required, AttendeeKind::Individual, Response::Tentative, true),
            ("cleo@example.com", AttendeeRole::Optional, AttendeeKind::Individual, Response::Declined, false),
            ("room1@example.com", AttendeeRole::Required, AttendeeKind::Resource, Response::Accepted, false),
        ]
    );
    assert_eq!((event.rights, event.organizer.unwrap().is_self), (Rights::Own, false));
    raw["hideAttendees"] = json!(true);
    assert!(event_of(&raw).attendees_omitted);
}

#[test]
fn a_series_is_its_master_with_exceptions_and_cancelled_occurrences() {
    let read = series(&master());
    assert_eq!((read.id.as_str(), read.scope, read.components.len()), ("AAMkMaster", SeriesScope::Whole, 3));
    let [first, moved, cancelled] = read.components.as_slice() else { panic!() };
    let Content::Event(event) = &first.content else { panic!() };
    assert_eq!(event.recurrence.as_ref().unwrap().rules, ["FREQ=WEEKLY;COUNT=5;BYDAY=MO"]);
    assert!(!String::from_utf8_lossy(&first.raw).contains("AAMkException"), "an exception keeps its own text");
    assert_eq!(
        (moved.id.as_str(), moved.recurrence_id.unwrap().to_string().as_str()),
        ("AAMkException", "20261130T090000Z")
    );
    let Content::Event(event) = &moved.content else { panic!() };
    assert_eq!((event.uid.as_str(), event.when.start_local().day()), ("uid-1", 1));
    assert_eq!(
        (&cancelled.content, cancelled.recurrence_id.unwrap().to_string().as_str()),
        (&Content::Cancelled, "20261207T090000Z")
    );
    assert_eq!(cancelled.id, "OID.AAMkMaster.2026-12-07");
}

#[test]
fn a_series_begins_with_a_date_of_its_pattern() {
    let mut raw = master();
    raw["start"] = time("2026-11-21T09:00:00");
    raw["end"] = time("2026-11-21T10:00:00");
    let event = event_of(&raw);
    assert_eq!(event.when.start_local().date(), jiff::civil::date(2026, 11, 23));
    assert_eq!(event.when.end_local().hour(), 11);
}

#[test]
fn one_broken_part_does_not_cost_the_series() {
    let mut raw = master();
    raw["exceptionOccurrences"][0]["start"] = json!({"dateTime": "sometime"});
    raw["cancelledOccurrences"] = json!(["OID.AAMkMaster.someday"]);
    let read = series(&raw);
    assert!(matches!(&read.components[0].content, Content::Event(_)));
    assert!(matches!(&read.components[1].content, Content::Unreadable(why) if why.contains("start.dateTime")));
    assert!(matches!(&read.components[2].content, Content::Unreadable(why) if why.contains("cancelledOccurrences")));
    let mut broken = master();
    broken["recurrence"]["pattern"]["type"] = json!("lunar");
    let read = series(&broken);
    assert_eq!((read.scope, read.components.len()), (SeriesScope::Part, 1), "nothing is said of the others");
    assert!(matches!(&read.components[0].content, Content::Unreadable(why) if why.contains("lunar")));
}

#[test]
fn entries_of_a_page_are_told_apart() {
    let read = |raw: Value| piece(&raw.to_string(), None);
    assert!(matches!(read(single()), Piece::Change(RemoteChange::Series(_))));
    assert_eq!(read(master()), Piece::OfSeries("AAMkMaster".into()));
    let sparse = json!({"@odata.type": "#microsoft.graph.event", "@odata.etag": "W/\"x\"", "id": "o", "type": "occurrence",
        "seriesMasterId": "AAMkMaster", "start": time("2026-11-23T09:00:00"), "end": time("2026-11-23T10:00:00")});
    assert_eq!(read(sparse), Piece::OfSeries("AAMkMaster".into()));
    for reason in ["deleted", "changed"] {
        let removed = json!({"@odata.type": "#microsoft.graph.event", "id": "r", "@removed": {"reason": reason}});
        assert_eq!(read(removed), Piece::Change(RemoteChange::Gone { id: "r".into(), proven: false }));
    }
    let mut own = single();
    own["transactionId"] = json!("7dec0000-0000-8000-8000-000000000001");
    assert_eq!(read(own), Piece::ById("AAMkSingle".into()));
    for (raw, named) in [
        (json!({"subject": "x"}), "id: missing"),
        (json!({"id": "o", "type": "occurrence"}), "seriesMasterId"),
        (json!({"id": "a", "start": "tomorrow"}), "invalid type"),
        (json!(7), "invalid type"),
    ] {
        let Piece::Change(RemoteChange::Unreadable { reason, id, .. }) = read(raw) else { panic!("{named}") };
        assert!(reason.contains(named) && !id.is_empty(), "{reason}");
    }
}

#[test]
fn a_copy_of_ours_is_known_by_its_mark() {
    let mut raw = single();
    let text = "01a1fd8c-6900-7000-8000-000000000001/01a1fd8c-6900-7000-8000-000000000002";
    raw["singleValueExtendedProperties"] = json!([{"id": MARK.to_lowercase(), "value": text}]);
    assert_eq!(series(&raw).components[0].mark.as_ref().unwrap().encode(), text);
    raw["singleValueExtendedProperties"][0]["value"] = json!("someone else's");
    assert_eq!(series(&raw).components[0].mark, None);
}

/// Thousands of entries with a few bytes changed, and every prefix: quarantined or read, never a panic.
#[test]
fn damaged_entries_are_quarantined_or_read() {
    let text = master().to_string().into_bytes();
    let mut state: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut next = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % bound
    };
    let mut read = 0;
    for round in 0..5000 {
        let mut damaged = text.clone();
        if round % 10 == 0 {
            damaged.truncate(next(text.len()));
        }
        for _ in 0..=next(3) {
            let Some(most) = damaged.len().checked_sub(1).filter(|most| *most > 0) else { break };
            let at = next(most);
            damaged[at] = [next(256) as u8, b'"', b'0', b'9', b'-', b'{', b']', 0xFF][next(8)];
        }
        let text = String::from_utf8_lossy(&damaged);
        let _ = piece(&text, None);
        read += usize::from(matches!(item(&text, None), RemoteChange::Series(_)));
    }
    assert!((500..4900).contains(&read), "{read} of 5000 were still readable");
}
