use serde_json::json;

use super::{hour, user};
use crate::desk::{ADA, Desk};

#[tokio::test]
async fn a_race_can_be_made_on_demand() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    let made = ada.create(hour("Mine", 1, 9)).await.ok();
    let edit = json!({"calendarId": ADA, "eventId": made.id(), "patch": {"subject": "Theirs"}});
    desk.fault(json!({"operation": "graph.events.patch", "editFirst": edit})).await;
    let etag = made.body["@odata.etag"].as_str().unwrap();
    let path = format!("me/events/{}", made.id());
    let answer = ada.send("PATCH", &path, &[("if-match", etag)], Some(json!({"subject": "Mine again"}))).await;
    assert_eq!(answer.status, 412);
    assert_eq!(ada.event(&made.id()).await.ok().body["subject"], "Theirs");
}

#[tokio::test]
async fn a_fault_can_aim_at_one_event_or_calendar() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    let (one, other) = (ada.create(hour("One", 1, 9)).await.ok(), ada.create(hour("Other", 1, 9)).await.ok());
    desk.fault(json!({"operation": "graph.events.*", "eventId": one.id(), "reason": "ErrorServerBusy"})).await;
    ada.event(&other.id()).await.ok();
    let default = ada.send("GET", &format!("me/events/{}", one.id()), &[], None).await;
    assert_eq!(default.graph(), (503, "ErrorServerBusy"));
    let home = ada.get("me/calendar").await.ok().id();
    desk.fault(json!({"operation": "graph.events.*", "calendarId": home, "reason": "UnknownError"})).await;
    assert_eq!(ada.event(&other.id()).await.graph(), (500, "UnknownError"));
    let ledger = desk.control("GET", "ledger?operation=graph.events.get", json!({})).await.ok();
    assert!(ledger.items().iter().all(|line| line["calendarId"] == json!(home)));
}

#[tokio::test]
async fn careless_requests_are_remembered_as_violations() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    ada.create(hour("Fine", 1, 9)).await.ok();
    desk.fault(json!({"operation": "graph.me", "reason": "BadRequest"})).await;
    ada.get("me").await;
    assert!(desk.control("GET", "violations", json!({})).await.ok().items().is_empty());
    ada.create(json!({"title": "x"})).await;
    ada.get("me/events?$top=many").await;
    let all = desk.control("GET", "violations", json!({})).await.ok();
    let operations: Vec<&str> = all.items().iter().map(|line| line["operation"].as_str().unwrap()).collect();
    assert_eq!(operations, ["graph.events.create", "graph.events.list"]);
}
