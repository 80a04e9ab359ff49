use serde_json::json;

use super::{hour, user, weekly};
use crate::desk::{ADA, Desk};

#[tokio::test]
async fn another_hand_edits_by_the_same_rules() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    let (_, link) = ada.first_round().await;
    let made = desk.control("POST", &format!("graph/events/{ADA}"), hour("By hand", 2, 9)).await.ok();
    let path = format!("graph/events/{ADA}/{}", made.id());
    desk.control("PATCH", &path, json!({"subject": "By other hand"})).await.ok();
    assert_eq!(ada.round(&link).await.0[0]["subject"], "By other hand");
    let wrong = desk.control("POST", &format!("graph/events/{ADA}"), json!({"title": "x"})).await;
    assert_eq!(wrong.graph(), (400, "RequestBodyRead"));
    let read_only = desk.control("PATCH", &path, json!({"organizer": null})).await;
    assert_eq!(read_only.graph(), (400, "sandboxReadOnlyMember"));
    let series = ada.create(weekly(3)).await.ok().id();
    let second = ada.instances(&series).await[1]["id"].as_str().unwrap().to_owned();
    desk.control("DELETE", &format!("graph/events/{ADA}/{second}"), json!({})).await.ok();
    let dump = desk.control("GET", &format!("graph/events/{ADA}"), json!({})).await.ok();
    assert_eq!(dump.items().len(), 2);
    assert_eq!(dump.items()[1]["cancelledOccurrences"].as_array().unwrap().len(), 1);
    let summary = desk.control("GET", "graph", json!({})).await.ok();
    assert_eq!(summary.body["mailboxes"][0]["calendars"][0]["events"], 2);
}

#[tokio::test]
async fn answers_can_be_lost_and_the_ledger_tells_the_truth() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    desk.fault(json!({"operation": "graph.events.create", "dropConnection": "after"})).await;
    let sent =
        desk.http.post(desk.url("/v1.0/me/events")).bearer_auth(&ada.token).json(&hour("Lost", 1, 9)).send().await;
    assert!(sent.is_err());
    assert_eq!(ada.get("me/events").await.ok().values().len(), 1);
    let ledger = desk.control("GET", &format!("ledger?account={ADA}"), json!({})).await.ok();
    let line = &ledger.items()[0];
    assert_eq!((&line["operation"], line.get("status")), (&json!("graph.events.create"), None));
    assert_eq!(line["body"]["subject"], "Lost");
    assert!(!ledger.text.contains(&ada.token));
}
