use serde_json::{Value, json};

use crate::desk::{ADA, Desk, weekly};

async fn starts(caller: &crate::desk::Caller<'_>) -> Vec<String> {
    let answer = caller.list("singleEvents=true&orderBy=startTime").await.ok();
    answer.items().iter().map(|item| item["start"]["dateTime"].as_str().unwrap()[..16].to_owned()).collect()
}

#[tokio::test]
async fn changing_one_occurrence_makes_an_exception_of_it() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let series = ada.insert(weekly(4)).await.ok().id();
    let id = format!("{series}_20261207T080000Z");
    let moved = json!({
        "start": {"dateTime": "2026-12-08T11:00:00+01:00"},
        "end": {"dateTime": "2026-12-08T12:00:00+01:00"},
    });
    let exception = ada.patch(&id, moved).await.ok();
    assert_eq!(exception.id(), id);
    assert_eq!(exception.body["recurringEventId"], series);
    assert_eq!(exception.body["originalStartTime"]["dateTime"], "2026-12-07T09:00:00+01:00");
    assert_eq!(exception.body.get("recurrence"), None);
    assert_eq!(starts(&ada).await, ["2026-11-30T09:00", "2026-12-08T11:00", "2026-12-14T09:00", "2026-12-21T09:00"]);
    assert_eq!(ada.list("").await.items().len(), 2, "master and exception");
    let again = ada.patch(&id, json!({"summary": "Changed"})).await.ok();
    assert_eq!(again.body["start"]["dateTime"], "2026-12-08T11:00:00+01:00");
}

#[tokio::test]
async fn cancelling_one_occurrence_by_either_way_and_bringing_it_back() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let series = ada.insert(weekly(4)).await.ok().id();
    let (first, second) = (format!("{series}_20261130T080000Z"), format!("{series}_20261207T080000Z"));
    assert_eq!(ada.delete(&first).await.status, 204);
    assert_eq!(ada.patch(&second, json!({"status": "cancelled"})).await.ok().body["status"], "cancelled");
    assert_eq!(starts(&ada).await, ["2026-12-14T09:00", "2026-12-21T09:00"]);
    assert_eq!(ada.delete(&first).await.refusal(), (410, "deleted"));
    assert_eq!(ada.patch(&first, json!({"summary": "x"})).await.status, 403);
    ada.patch(&first, json!({"status": "confirmed"})).await.ok();
    assert_eq!(starts(&ada).await.len(), 3);
}

#[tokio::test]
async fn exceptions_follow_what_they_have_not_changed_themselves() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let series = ada.insert(weekly(4)).await.ok().id();
    let id = format!("{series}_20261207T080000Z");
    ada.patch(&id, json!({"location": "Elsewhere"})).await.ok();
    ada.patch(&series, json!({"summary": "Renamed", "location": "Here"})).await.ok();
    let exception = ada.event(&id).await.ok();
    assert_eq!((&exception.body["summary"], &exception.body["location"]), (&json!("Renamed"), &json!("Elsewhere")));
}

#[tokio::test]
async fn another_rule_drops_exceptions_of_slots_that_are_no_more() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let series = ada.insert(weekly(4)).await.ok().id();
    let id = format!("{series}_20261207T080000Z");
    ada.patch(&id, json!({"summary": "Changed"})).await.ok();
    ada.patch(&series, json!({"recurrence": ["RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=3"]})).await.ok();
    assert_eq!(starts(&ada).await, ["2026-11-30T09:00", "2026-12-14T09:00", "2026-12-28T09:00"]);
    assert_eq!(ada.event(&id).await.body["status"], "cancelled");
}

#[tokio::test]
async fn moving_the_master_gives_occurrences_other_ids() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let series = ada.insert(weekly(3)).await.ok().id();
    let later =
        json!({"start": {"dateTime": "2026-11-30T10:00:00+01:00"}, "end": {"dateTime": "2026-11-30T11:00:00+01:00"}});
    let patched = ada.patch(&series, later).await.ok();
    assert_eq!(patched.body["start"]["timeZone"], "Europe/Vienna");
    assert_eq!(ada.event(&format!("{series}_20261207T080000Z")).await.status, 404);
    ada.event(&format!("{series}_20261207T090000Z")).await.ok();
}

#[tokio::test]
async fn the_seed_has_a_split_series_whose_parts_are_addressed_by_their_ids() {
    let desk = Desk::with(|config| config.filled = true).await;
    let ada = desk.caller(ADA).await;
    let (items, _) = ada.all("showDeleted=true").await;
    let split =
        items.iter().find(|item| item["id"].as_str().unwrap().contains("_R") && item.get("recurrence").is_some());
    let new = split.unwrap();
    let (old, suffix) = new["id"].as_str().unwrap().split_once("_R").unwrap();
    assert_eq!(suffix.len(), "20261103T093000".len());
    let old = ada.event(old).await.ok();
    assert!(old.body["recurrence"][0].as_str().unwrap().contains(";UNTIL="));
    let id = new["id"].as_str().unwrap();
    let first = ada.event(&format!("{id}_{suffix}Z")).await.ok();
    assert_eq!(first.body["recurringEventId"], id);
    assert_eq!(first.body["start"]["dateTime"], new["start"]["dateTime"]);
    let exceptions: Vec<&Value> = items.iter().filter(|item| item["recurringEventId"] == new["id"]).collect();
    assert_eq!(exceptions.len(), 2);
}
