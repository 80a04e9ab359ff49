//! Problem 14: a change of one field writes the whole event, and what the program does not know is gone:
//! guests, colours, attachments.

use serde_json::{Value, json};

use super::desk::{ADA, At, Desk, object};
use crate::harness::{Db, on_both};

on_both!(
    p14_a_change_at_google_names_its_field_and_keeps_all_the_rest,
    p14_a_change_at_outlook_names_its_field_and_keeps_all_the_rest,
    p14_a_change_of_an_object_keeps_every_line_that_it_does_not_name,
    p14_a_refusal_is_never_answered_by_deleting_and_making_anew,
);

/// All members but those that a change moves by itself.
fn rest(stored: &Value, moved: &[&str]) -> Value {
    let mut rest = stored.as_object().unwrap().clone();
    rest.retain(|name, _| !moved.contains(&name.as_str()));
    Value::Object(rest)
}

/// Guests whom the CRM does not know were dropped, and Google mailed them a cancellation.
async fn p14_a_change_at_google_names_its_field_and_keeps_all_the_rest(db: Db) {
    let desk = Desk::open(db, &[At::Google]).await;
    let body = json!({ "summary": "Review", "start": { "dateTime": "2026-12-01T09:00:00Z" },
        "end": { "dateTime": "2026-12-01T10:00:00Z" }, "colorId": "7", "guestsCanInviteOthers": false,
        "extendedProperties": { "shared": { "ticket": "4711" } }, "anyoneCanAddSelf": false,
        "source": { "title": "Ticket", "url": "https://example.com/4711" },
        "attendees": [{ "email": ADA }, { "email": "cleo@example.com", "additionalGuests": 2 },
            { "email": "room@example.com", "resource": true }] });
    let made = desk.app.control("POST", &format!("events/{ADA}"), body).await;
    desk.settle().await;
    let before = desk.item(At::Google, "Review").await.stored;
    let id = desk.id_of("Review").await;
    // Somebody adds a guest there while the title is changed here.
    let mut guests = before["attendees"].clone();
    guests.as_array_mut().unwrap().push(json!({ "email": "dan@example.com" }));
    let change = json!({ "attendees": guests });
    desk.app.control("PATCH", &format!("events/{ADA}/{}", made["id"].as_str().unwrap()), change).await;
    desk.edit(&id, json!({ "title": "Planning" })).await;
    desk.app.control("DELETE", "ledger", json!({})).await;
    desk.app.sync(desk.connection(At::Google)).await;
    let lines = desk.write_lines().await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(
        (&lines[0]["operation"], &lines[0]["body"]),
        (&json!("events.patch"), &json!({ "summary": "Planning" }))
    );
    assert!(lines[0]["ifMatch"].is_string(), "{lines:?}");
    let after = desk.item(At::Google, "Planning").await.stored;
    assert_eq!(after["attendees"].as_array().unwrap().len(), 4);
    let moved = ["summary", "etag", "updated", "sequence", "attendees"];
    assert_eq!(rest(&after, &moved), rest(&before, &moved));
    assert_eq!(desk.event(&id).await["attendees"].as_array().unwrap().len(), 4);
    desk.rest().await;
}

/// A new title reset the category, the alarm and the body of the message.
async fn p14_a_change_at_outlook_names_its_field_and_keeps_all_the_rest(db: Db) {
    let desk = Desk::open(db, &[At::Outlook]).await;
    let body = json!({ "subject": "Review", "start": { "dateTime": "2026-12-01T09:00:00", "timeZone": "UTC" },
        "end": { "dateTime": "2026-12-01T10:00:00", "timeZone": "UTC" }, "importance": "high",
        "categories": ["Red category"], "isReminderOn": true, "reminderMinutesBeforeStart": 42,
        "body": { "contentType": "html", "content": "<p>Hello <b>there</b></p>" } });
    desk.app.control("POST", &crate::seen::outlook_path(desk.connection(At::Outlook)), body).await;
    desk.settle().await;
    let before = desk.item(At::Outlook, "Review").await.stored;
    let id = desk.id_of("Review").await;
    desk.edit(&id, json!({ "title": "Planning" })).await;
    desk.app.sync(desk.connection(At::Outlook)).await;
    let lines = desk.write_lines().await;
    assert_eq!((lines.len(), &lines[0]["body"]), (1, &json!({ "subject": "Planning" })), "{lines:?}");
    assert!(lines[0]["ifMatch"].is_string(), "{lines:?}");
    let after = desk.item(At::Outlook, "Planning").await.stored;
    let moved = ["subject", "@odata.etag", "changeKey", "lastModifiedDateTime"];
    assert_eq!(rest(&after, &moved), rest(&before, &moved));
    desk.rest().await;
}

/// The file was written anew from what the program understood of it.
async fn p14_a_change_of_an_object_keeps_every_line_that_it_does_not_name(db: Db) {
    let desk = Desk::open(db, &[At::Dav]).await;
    let lines = [
        "UID:review@example.com",
        "DTSTART;TZID=Europe/Vienna:20261201T090000",
        "DTEND;TZID=Europe/Vienna:20261201T100000",
        "SUMMARY;LANGUAGE=en:Review",
        "X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-TITLE=Room:geo:48.2,16.3",
        "X-UNHEARD-OF;X-A=\"b;c\":kept \\, as it is",
        "GEO:48.2;16.3",
        "PRIORITY:3",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "TRIGGER;RELATED=END:-PT7M",
        "X-EVOLUTION-ALARM-UID:1",
        "END:VALARM",
    ];
    desk.put("review.ics", &object("", &lines));
    desk.settle().await;
    let before = desk.item(At::Dav, "").await.text();
    let id = desk.id_of("Review").await;
    desk.edit(&id, json!({ "title": "Planning" })).await;
    assert_eq!(desk.settle().await, ["PUT review.ics"]);
    let after = desk.items(At::Dav).await.remove(0).text();
    let moves = |line: &&str| {
        let name = line.split([';', ':']).next().unwrap();
        !["SUMMARY", "DTSTAMP", "SEQUENCE", "LAST-MODIFIED"].contains(&name)
    };
    let kept = |text: &str| text.lines().filter(moves).map(ToOwned::to_owned).collect::<Vec<_>>();
    assert_eq!(kept(&after), kept(&before));
    assert!(after.contains("Planning"), "{after}");
    desk.rest().await;
}

/// The vendor said 403, so the program deleted the meeting and made a new one, and everybody was told.
async fn p14_a_refusal_is_never_answered_by_deleting_and_making_anew(db: Db) {
    let desk = Desk::open(db, &[At::Google, At::Dav]).await;
    let id = desk.create(json!({ "title": "Review", "start": "2026-12-01T09:00:00" })).await;
    desk.settle().await;
    let known = (desk.item(At::Google, "Review").await.id, desk.item(At::Dav, "Review").await.id);
    desk.fault(json!({ "operation": "events.patch", "times": 99, "status": 403, "reason": "forbidden" })).await;
    desk.proxy("POST", "faults", json!({ "method": "PUT", "times": 99, "status": 403 })).await;
    desk.edit(&id, json!({ "title": "Planning" })).await;
    let writes = desk.settle().await;
    assert_eq!(writes.len(), 2, "one attempt at each: {writes:?}");
    assert!(writes.iter().all(|it| it.starts_with("events.patch") || it.starts_with("PUT")), "{writes:?}");
    assert_eq!((desk.item(At::Google, "Review").await.id, desk.item(At::Dav, "Review").await.id), known);
    for at in [At::Google, At::Dav] {
        let row = &desk.rows(at, "quarantined").await[0];
        assert!(row["reason"].as_str().unwrap().contains("403"), "{at:?}: {row}");
    }
    let why = desk.why(&id).await;
    assert_eq!(why["next"], "Change the event on either side; it is tried again then.");
    desk.rest().await;

    // When the right is given, the next edit brings it all there.
    desk.calm().await;
    desk.edit(&id, json!({ "location": "Room 2" })).await;
    assert_eq!(desk.settle().await.len(), 2);
    for at in [At::Google, At::Dav] {
        assert_eq!(desk.titles(at).await, ["Planning"], "{at:?}");
    }
    desk.rest().await;
}
