//! Problem 16: somebody else's meeting is edited here, the vendor refuses, and the run tries for ever;
//! answers do not travel.

use serde_json::{Value, json};

use super::desk::{ADA, At, Desk};
use crate::harness::{Db, on_both};

on_both!(
    p16_what_may_be_changed_is_said_before_and_an_answer_travels_by_google,
    p16_what_may_be_changed_is_said_before_and_an_answer_travels_by_outlook,
    p16_a_refusal_for_good_is_said_once_and_not_tried_again,
);

/// Rights are said and kept; the answer is sent by itself.
async fn invited(desk: &Desk, title: &str) -> String {
    desk.settle().await;
    let id = desk.id_of(title).await;
    let event = desk.event(&id).await;
    assert_eq!(event["rights"], "own");
    let reason = event["rightsReason"].as_str().unwrap();
    assert!(reason.starts_with("somebody else organises this meeting"), "{reason}");
    let problem = desk.refused(409, "PATCH", &format!("events/{id}"), json!({ "title": "Mine" })).await;
    assert_eq!(problem["code"], "change_refused");
    assert_eq!(
        (&problem["detail"], &problem["errors"][0]["field"]),
        (&json!("Only the organiser can change title."), &json!("title"))
    );
    desk.writes().await;
    id
}

/// Every run sent the same change and got the same 403; the acceptance was never heard of.
async fn p16_what_may_be_changed_is_said_before_and_an_answer_travels_by_google(db: Db) {
    let desk = Desk::open(db, &[At::Google]).await;
    let body = json!({ "summary": "Board", "start": { "dateTime": "2026-12-01T09:00:00Z" },
        "end": { "dateTime": "2026-12-01T10:00:00Z" }, "attendees": [{ "email": ADA }, { "email": "cleo@example.com" }] });
    let made = desk.app.control("POST", "events/ben@example.com", body).await;
    let id = invited(&desk, "Board").await;
    desk.api("POST", &format!("events/{id}/answer"), json!({ "response": "accepted" })).await;
    assert_eq!(desk.settle().await.len(), 1);
    let stored = desk.app.control("GET", "events/ben@example.com", json!({})).await;
    let of_ben = stored["items"].as_array().unwrap().iter().find(|it| it["id"] == made["id"]).unwrap().clone();
    let answers: Vec<(&str, &str)> = of_ben["attendees"]
        .as_array()
        .unwrap()
        .iter()
        .map(|guest| (guest["email"].as_str().unwrap(), guest["responseStatus"].as_str().unwrap()))
        .collect();
    assert!(
        answers.contains(&(ADA, "accepted")) && answers.contains(&("cleo@example.com", "needsAction")),
        "{answers:?}"
    );
    assert_eq!(of_ben["summary"], "Board");
    desk.rest().await;

    // What is one's own is changed without a word to the others.
    desk.edit(&id, json!({ "transparency": "transparent" })).await;
    assert_eq!(desk.settle().await.len(), 1);
    assert_eq!(desk.item(At::Google, "Board").await.stored["transparency"], "transparent");
    desk.rest().await;

    // The organiser hears of it only when that is wanted.
    desk.api("POST", &format!("events/{id}/answer"), json!({ "response": "declined", "notify": true })).await;
    desk.settle().await;
    let mails: Vec<Value> = desk.mails().await.iter().map(|mail| mail["to"].clone()).collect();
    assert_eq!(mails, ["ben@example.com"]);
    desk.quiet_day().await;
}

/// The same at the other vendor, where an answer is a call of its own.
async fn p16_what_may_be_changed_is_said_before_and_an_answer_travels_by_outlook(db: Db) {
    let desk = Desk::open(db, &[At::Outlook]).await;
    let body = json!({ "subject": "Board", "start": { "dateTime": "2026-12-01T09:00:00", "timeZone": "UTC" },
        "end": { "dateTime": "2026-12-01T10:00:00", "timeZone": "UTC" },
        "attendees": [{ "emailAddress": { "address": ADA }, "type": "required" }] });
    desk.app.control("POST", "graph/events/ben@example.com", body).await;
    let id = invited(&desk, "Board").await;
    desk.api("POST", &format!("events/{id}/answer"), json!({ "response": "accepted" })).await;
    let writes = desk.settle().await;
    assert_eq!(writes.len(), 1, "{writes:?}");
    let own = desk.item(At::Outlook, "Board").await.stored;
    assert_eq!(own["responseStatus"]["response"], "accepted");
    desk.rest().await;
    desk.api("POST", &format!("events/{id}/answer"), json!({ "response": "tentative", "notify": true })).await;
    desk.settle().await;
    let mails: Vec<Value> = desk.mails().await.iter().map(|mail| mail["to"].clone()).collect();
    assert_eq!(mails, ["ben@example.com"]);
    let stored = desk.app.control("GET", "graph/events/ben@example.com", json!({})).await;
    assert_eq!(stored["items"][0]["attendees"][0]["status"]["response"], "tentativelyAccepted");
    desk.quiet_day().await;
}

/// A calendar that had become read-only was written to a thousand times a day.
async fn p16_a_refusal_for_good_is_said_once_and_not_tried_again(db: Db) {
    let desk = Desk::open(db, &[At::Google]).await;
    let id = desk.create(json!({ "title": "Review", "start": "2026-12-01T09:00:00" })).await;
    desk.create(json!({ "title": "Other", "start": "2026-12-02T09:00:00" })).await;
    desk.settle().await;
    let item = desk.item(At::Google, "Review").await.id;
    let fault = json!({ "operation": "events.patch", "eventId": item, "times": 1000, "status": 403,
        "reason": "forbiddenForNonOrganizer" });
    desk.fault(fault).await;
    desk.edit(&id, json!({ "title": "Planning" })).await;
    assert_eq!(desk.settle().await.len(), 1);
    let row = desk.event(&id).await["mappings"][0].clone();
    assert_eq!((&row["verdict"], &row["status"]), (&json!("quarantined"), &json!("FAILED")));
    assert!(row["reason"].as_str().unwrap().contains("forbiddenForNonOrganizer"), "{row}");
    // The rest of the calendar goes on, there and back.
    let other = desk.item(At::Google, "Other").await.id;
    desk.there(At::Google, Some(&other), crate::hands::Deed::Place("Room 2".into())).await;
    assert_eq!(desk.settle().await, Vec::<String>::new());
    let connection = desk.get(&format!("connections/{}", desk.connection(At::Google).id)).await;
    assert_eq!((&connection["isActive"], &connection["counts"]["quarantined"]), (&json!(true), &json!(1)));
    desk.rest().await;
    // Another edit is another try, and no more than that.
    desk.edit(&id, json!({ "title": "Planning 2" })).await;
    assert_eq!(desk.settle().await.len(), 1);
    desk.rest().await;
}
