//! Item shapes, as the API sends them.

use super::*;
use serde_json::json;
use tidecal_core::model::{
    Attendee, AttendeeKind, AttendeeRole, Conference, EventType, Link, Person, Reminder, ReminderMethod, Reminders,
    Response, Status, Transparency, Visibility,
};

fn read(item: &serde_json::Value) -> RemoteChange {
    change(&item.to_string(), &mut Zones::of_response(Some("Europe/Vienna")))
}

fn component(item: &serde_json::Value) -> (String, RemoteComponent) {
    match read(item) {
        RemoteChange::Series(mut series) => {
            assert_eq!((series.scope, series.components.len()), (SeriesScope::Part, 1));
            (series.id, series.components.remove(0))
        }
        other => panic!("{other:?}"),
    }
}

fn event(item: &serde_json::Value) -> Event {
    match component(item).1.content {
        Content::Event(event) => *event,
        other => panic!("{other:?}"),
    }
}

fn meeting() -> serde_json::Value {
    json!({
        "kind": "calendar#event", "etag": "\"3181161784712000\"", "id": "abc", "status": "confirmed",
        "iCalUID": "abc@google.com", "summary": "Review", "somethingNew": {"kept": true},
        "start": {"dateTime": "2026-11-21T10:00:00+01:00", "timeZone": "Europe/Vienna"},
        "end": {"dateTime": "2026-11-21T11:00:00+01:00", "timeZone": "Europe/Vienna"},
    })
}

fn with(changes: &serde_json::Value) -> serde_json::Value {
    let mut item = meeting();
    for (field, value) in changes.as_object().unwrap().clone() {
        item[field] = value;
    }
    item
}

#[test]
fn a_single_event_is_its_own_series_and_its_text_is_kept_whole() {
    let (series, component) = component(&meeting());
    assert_eq!((series.as_str(), component.id.as_str(), component.recurrence_id), ("abc", "abc", None));
    assert_eq!(component.version, "\"3181161784712000\"");
    assert!(String::from_utf8(component.raw).unwrap().contains("somethingNew"));
    let event = event(&meeting());
    assert_eq!((event.uid.as_str(), event.title.as_str()), ("abc@google.com", "Review"));
    assert_eq!(event.when.start_local().to_string(), "2026-11-21T10:00:00");
    assert!(event.organizer.is_none() && event.recurrence.is_none() && !event.zone_guessed);
}

#[test]
fn a_master_has_its_rules() {
    let lines = json!(["EXDATE;TZID=Europe/Vienna:20261128T100000", "RRULE:FREQ=WEEKLY;BYDAY=SA"]);
    let recurrence = event(&with(&json!({"recurrence": lines}))).recurrence.unwrap();
    assert_eq!(recurrence.rules, ["FREQ=WEEKLY;BYDAY=SA"]);
    assert_eq!(recurrence.excluded, ["20261128T090000Z".parse().unwrap()]);
}

#[test]
fn an_exception_belongs_to_its_series() {
    let (series, component) = component(&with(&json!({
        "id": "abc_20261121T090000Z", "recurringEventId": "abc",
        "originalStartTime": {"dateTime": "2026-11-21T10:00:00+01:00", "timeZone": "Europe/Vienna"},
        "start": {"dateTime": "2026-11-22T12:00:00+01:00"}, "end": {"dateTime": "2026-11-22T13:00:00+01:00"},
    })));
    assert_eq!((series.as_str(), component.id.as_str()), ("abc", "abc_20261121T090000Z"));
    assert_eq!(component.recurrence_id.unwrap().to_string(), "20261121T090000Z");
}

#[test]
fn a_cancelled_occurrence_needs_nothing_but_its_names() {
    let stub = json!({"id": "abc_20261121T090000Z", "status": "cancelled", "etag": "\"1\"", "recurringEventId": "abc",
        "originalStartTime": {"dateTime": "2026-11-21T09:00:00Z"}});
    let bare = json!({"id": "abc_20261121T090000Z", "status": "cancelled"});
    let without_start = json!({"id": "abc_20261121T090000Z", "status": "cancelled", "recurringEventId": "abc"});
    for item in [stub, bare, without_start] {
        let (series, component) = component(&item);
        assert_eq!((series.as_str(), &component.content), ("abc", &Content::Cancelled), "{item}");
        assert_eq!(component.recurrence_id.unwrap().to_string(), "20261121T090000Z");
    }
    let day = json!({"id": "trip_20261121", "status": "cancelled"});
    assert_eq!(component(&day).1.recurrence_id.unwrap().to_string(), "20261121");
}

#[test]
fn the_original_start_counts_not_the_id() {
    let item = json!({"id": "abc_20261121T090000Z", "status": "cancelled", "recurringEventId": "abc_R20261101T080000",
        "originalStartTime": {"dateTime": "2026-11-21T08:00:00Z"}});
    let (series, component) = component(&item);
    assert_eq!(series, "abc_R20261101T080000");
    assert_eq!(component.recurrence_id.unwrap().to_string(), "20261121T080000Z");
}

#[test]
fn anything_else_that_is_cancelled_is_gone() {
    for id in ["abc", "abc_R20260101T090000", "abc_R20260101"] {
        let bare = json!({"id": id, "status": "cancelled"});
        assert_eq!(read(&bare), RemoteChange::Gone { id: id.to_owned(), proven: true });
    }
    let full = with(&json!({"status": "cancelled", "recurrence": ["RRULE:FREQ=DAILY"]}));
    assert_eq!(read(&full), RemoteChange::Gone { id: "abc".to_owned(), proven: true });
}

#[test]
fn a_live_event_with_an_odd_id_is_a_single_event() {
    let (series, component) = component(&with(&json!({"id": "abc_20261121T090000Z"})));
    assert_eq!((series.as_str(), component.recurrence_id), ("abc_20261121T090000Z", None));
}

#[test]
fn people_come_with_their_answers() {
    let event = event(&with(&json!({
    "organizer": {"email": "Ada@Example.com", "displayName": "Ada", "self": true},
    "attendees": [
        {"email": "room@resource.calendar.example.com", "resource": true, "responseStatus": "accepted"},
        {"email": "Ben@Example.com", "displayName": "Ben", "optional": true, "responseStatus": "declined",
            "comment": "on leave", "additionalGuests": 2},
        {"email": "ada@example.com", "organizer": true, "self": true, "responseStatus": "tentative"},
        {"email": "eve@example.com", "responseStatus": "anAnswerOfTomorrow"},
    ]})));
    let guest = |email: &str| event.attendees.iter().find(|guest| guest.email == email).unwrap().clone();
    assert_eq!(event.attendees.len(), 4);
    assert_eq!(guest("room@resource.calendar.example.com").kind, AttendeeKind::Resource);
    assert_eq!(
        guest("ben@example.com"),
        Attendee {
            email: "ben@example.com".into(),
            name: "Ben".into(),
            role: AttendeeRole::Optional,
            response: Response::Declined,
            comment: "on leave".into(),
            ..Attendee::default()
        }
    );
    assert!(guest("ada@example.com").is_self);
    assert_eq!(guest("eve@example.com").response, Response::NeedsAction);
    let ada = Person { email: "ada@example.com".into(), name: "Ada".into(), is_self: true };
    assert_eq!((event.organizer, event.attendees_omitted), (Some(ada), false));
}

#[test]
fn a_shortened_guest_list_is_marked() {
    let guests = json!([{"email": "ada@example.com", "self": true}]);
    assert!(event(&with(&json!({"attendeesOmitted": true, "attendees": guests}))).attendees_omitted);
}

#[test]
fn words_of_the_vendor_become_the_models() {
    let event = |changes| event(&with(&changes));
    assert_eq!(event(json!({"status": "tentative"})).status, Status::Tentative);
    assert_eq!(event(json!({"transparency": "transparent"})).transparency, Transparency::Transparent);
    for (word, visibility) in [
        ("default", Visibility::Default),
        ("public", Visibility::Public),
        ("private", Visibility::Private),
        ("confidential", Visibility::Confidential),
        ("aWordOfTomorrow", Visibility::Private),
    ] {
        assert_eq!(event(json!({"visibility": word})).visibility, visibility);
    }
    for (word, kind) in [
        ("birthday", EventType::Birthday),
        ("focusTime", EventType::Focus),
        ("outOfOffice", EventType::OutOfOffice),
        ("aTypeOfTomorrow", EventType::Other),
    ] {
        assert_eq!(event(json!({"eventType": word, "summary": "x"})).event_type, kind);
    }
    assert_eq!(event(json!({"eventType": "default", "summary": "Flight to Oslo"})).event_type, EventType::Travel);
}

#[test]
fn reminders_are_the_calendars_or_their_own() {
    let reminders = |value: serde_json::Value| event(&with(&json!({"reminders": value}))).reminders;
    assert_eq!(reminders(json!({"useDefault": true})), Reminders::CalendarDefault);
    assert_eq!(reminders(json!(null)), Reminders::CalendarDefault);
    assert_eq!(reminders(json!({"useDefault": false})), Reminders::Own(vec![]));
    let own = json!({"useDefault": false, "overrides": [{"method": "email", "minutes": 60}, {"method": "popup", "minutes": 5}]});
    assert_eq!(
        reminders(own),
        Reminders::Own(vec![
            Reminder { minutes_before: 5, method: ReminderMethod::Popup },
            Reminder { minutes_before: 60, method: ReminderMethod::Email },
        ])
    );
}

#[test]
fn ways_to_join_and_links_are_found() {
    let full = event(&with(&json!({
        "hangoutLink": "https://meet.example.com/old", "htmlLink": "https://calendar.example.com/x",
        "conferenceData": {"conferenceSolution": {"name": "Google Meet"}, "entryPoints": [
            {"entryPointType": "video", "uri": "https://meet.example.com/abc", "label": "meet"},
            {"entryPointType": "phone", "uri": "tel:+43-1-000"}, {"entryPointType": "more", "uri": "https://x.test"}]},
        "attachments": [{"fileUrl": "https://files.example.com/1", "title": "Minutes"}, {"title": "nameless"}],
        "source": {"url": "https://crm.example.com/7", "title": "Deal"},
    })));
    let conference = Conference {
        url: "https://meet.example.com/abc".into(),
        name: "Google Meet".into(),
        phone: "tel:+43-1-000".into(),
    };
    assert_eq!(full.conference, Some(conference));
    let link = |url: &str, title: &str| Link { url: url.into(), title: title.into() };
    assert_eq!(full.links, [link("https://files.example.com/1", "Minutes"), link("https://crm.example.com/7", "Deal")]);
    let old = event(&with(&json!({"hangoutLink": "https://meet.example.com/old"})));
    assert_eq!(old.conference.unwrap().url, "https://meet.example.com/old");
    let pending = json!({"conferenceData": {"createRequest": {"status": {"statusCode": "pending"}}}});
    assert!(event(&with(&pending)).conference.is_none());
}

#[test]
fn a_private_event_of_a_shared_calendar_has_no_words() {
    let event = event(&json!({"id": "abc", "status": "confirmed", "visibility": "private",
        "start": {"date": "2026-11-21"}, "end": {"date": "2026-11-22"}}));
    assert_eq!((event.title.as_str(), event.visibility), ("", Visibility::Private));
}

#[test]
fn an_event_that_cannot_be_understood_is_kept_with_its_reason() {
    for (changes, reason) in [
        (json!({"start": null}), "start: missing"),
        (json!({"end": {"dateTime": "2026-11-21T09:00:00+01:00"}}), "end: before start"),
        (json!({"start": {"dateTime": "soon"}}), "start.dateTime: not a time"),
    ] {
        let (series, component) = component(&with(&changes));
        assert_eq!(series, "abc");
        assert_eq!(component.content, Content::Unreadable(reason.to_owned()));
        assert!(!component.raw.is_empty());
    }
}

#[test]
fn an_item_of_another_shape_costs_only_itself() {
    let unreadable = |raw: &str| match change(raw, &mut Zones::default()) {
        RemoteChange::Unreadable { id, version, reason, raw } => (id, version, reason, raw),
        other => panic!("{other:?}"),
    };
    let (id, version, reason, raw) = unreadable(r#"{"id":"abc","etag":"\"1\"","summary":5}"#);
    assert_eq!((id.as_str(), version.as_str()), ("abc", "\"1\""));
    assert!(reason.contains("invalid type"), "{reason}");
    assert_eq!(raw, br#"{"id":"abc","etag":"\"1\"","summary":5}"#);
    for raw in ["null", "5", "[]", "{}", r#"{"id":5}"#, r#"{"id":""}"#, r#"{"id":"a","id":"b"}"#] {
        assert!(unreadable(raw).0.starts_with("unreadable-"), "{raw}");
    }
    assert_ne!(unreadable("5").0, unreadable("6").0);
}

#[test]
fn deep_nesting_in_fields_that_nobody_reads_is_harmless() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let item = meeting().to_string().replace("{\"kept\":true}", &deep);
    assert!(matches!(change(&item, &mut Zones::default()), RemoteChange::Series(_)));
    let wrong = format!(r#"{{"id":"abc","start":{deep}}}"#);
    assert!(matches!(change(&wrong, &mut Zones::default()), RemoteChange::Unreadable { id, .. } if id == "abc"));
}
