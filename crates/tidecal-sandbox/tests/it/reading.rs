use serde_json::json;

use crate::desk::{ADA, Desk, hour, weekly};

#[tokio::test]
async fn one_event_is_read_with_its_etag_and_not_again_unchanged() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let written = ada.insert(hour("x", 1, "09:00")).await.ok();
    let id = written.id();
    let read = ada.event(&id).await.ok();
    assert_eq!(read.body, written.body);
    let etag = read.body["etag"].as_str().unwrap();
    assert_eq!(read.header("etag"), etag);
    let path = format!("calendars/primary/events/{id}");
    assert_eq!(ada.send("GET", &path, &[("If-None-Match", etag)], None).await.status, 304);
    ada.patch(&id, json!({"summary": "y"})).await.ok();
    let changed = ada.send("GET", &path, &[("If-None-Match", etag)], None).await;
    assert_eq!(changed.status, 200);
    assert_ne!(changed.body["etag"], etag);
}

#[tokio::test]
async fn an_event_comes_in_the_vendors_full_shape() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let event = ada.insert(hour("x", 1, "09:00")).await.ok().body;
    let id = event["id"].as_str().unwrap();
    assert_eq!(event["kind"], "calendar#event");
    assert_eq!(event["iCalUID"], format!("{id}@google.com"));
    assert_eq!(
        (&event["status"], &event["sequence"], &event["eventType"]),
        (&json!("confirmed"), &json!(0), &json!("default"))
    );
    assert_eq!(event["created"], "2026-11-21T10:00:00.000Z");
    assert_eq!(event["organizer"], json!({"email": ADA, "displayName": "Ada Keller", "self": true}));
    assert_eq!(event["creator"]["email"], ADA);
    assert_eq!(event["reminders"], json!({"useDefault": true}));
    assert_eq!(event["start"], json!({"dateTime": "2026-12-01T09:00:00+01:00", "timeZone": "Europe/Vienna"}));
    assert!(event["htmlLink"].as_str().unwrap().contains("eid="));
    let etag = event["etag"].as_str().unwrap();
    assert!(etag.starts_with('"') && etag.ends_with('"') && etag.len() == 18, "{etag}");
}

#[tokio::test]
async fn occurrences_are_read_by_their_id() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let series = ada.insert(weekly(3)).await.ok();
    let id = series.id();
    let one = ada.event(&format!("{id}_20261207T080000Z")).await.ok();
    assert_eq!(one.body["recurringEventId"], id);
    assert_eq!(one.body["end"]["dateTime"], "2026-12-07T10:00:00+01:00");
    assert_eq!(one.body["etag"], series.body["etag"], "an unchanged occurrence has its master's version");
    for suffix in ["20261207T090000Z", "20261221T080000Z", "20261207", "nonsense"] {
        assert_eq!(ada.event(&format!("{id}_{suffix}")).await.refusal(), (404, "notFound"), "{suffix}");
    }
    let days = json!({"summary": "days", "start": {"date": "2026-12-01"}, "end": {"date": "2026-12-02"},
                      "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"]});
    let id = ada.insert(days).await.ok().id();
    let one = ada.event(&format!("{id}_20261202")).await.ok();
    assert_eq!(one.body["originalStartTime"], json!({"date": "2026-12-02"}));
    assert_eq!(one.body["end"], json!({"date": "2026-12-03"}));
}

#[tokio::test]
async fn a_deleted_event_can_still_be_read_and_an_unknown_one_not() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let id = ada.insert(hour("x", 1, "09:00")).await.ok().id();
    ada.delete(&id).await.ok();
    let gone = ada.event(&id).await.ok();
    assert_eq!((&gone.body["status"], &gone.body["summary"]), (&json!("cancelled"), &json!("x")));
    assert_eq!(ada.event("unknownunknown").await.refusal(), (404, "notFound"));
}

#[tokio::test]
async fn the_answer_can_be_partial_and_in_another_zone() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let id = ada.insert(hour("x", 1, "09:00")).await.ok().id();
    let read = ada.event(&format!("{id}?fields=start&timeZone=Asia/Tokyo")).await.ok();
    assert_eq!(read.body, json!({"start": {"dateTime": "2026-12-01T17:00:00+09:00", "timeZone": "Europe/Vienna"}}));
}

#[tokio::test]
async fn by_switch_a_new_event_is_not_found_at_once() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    desk.switch(json!({"newEventsHiddenSeconds": 30})).await;
    let mut event = hour("x", 1, "09:00");
    event["id"] = json!("mineid");
    ada.insert(event.clone()).await.ok();
    assert_eq!(ada.event("mineid").await.refusal(), (404, "notFound"));
    assert_eq!(ada.insert(event).await.refusal(), (409, "duplicate"), "absence now is no proof");
    desk.advance(31).await;
    ada.event("mineid").await.ok();
}
