use serde_json::{Value, json};

use super::{hour, user};
use crate::desk::{ADA, Desk};

#[tokio::test]
async fn a_batch_answers_each_request_for_itself() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    let typed = json!({"Content-Type": "application/json"});
    let body = json!({"requests": [
        {"id": "1", "method": "POST", "url": "/me/events", "headers": typed, "body": hour("One", 1, 9)},
        {"id": "2", "method": "GET", "url": "/me/events?$count=true", "dependsOn": ["1"]},
        {"id": "3", "method": "GET", "url": "/me/events/made-up"},
        {"id": "4", "method": "GET", "url": "/me", "dependsOn": ["3"]},
    ]});
    let answer = ada.post("$batch", body).await.ok();
    let responses = answer.body["responses"].as_array().unwrap();
    let of = |id: &str| responses.iter().find(|one| one["id"] == id).unwrap();
    assert_eq!((of("1")["status"].as_u64(), of("3")["status"].as_u64()), (Some(201), Some(400)));
    assert_eq!(of("2")["body"]["@odata.count"], 1);
    assert_eq!(of("4")["status"], 424);
    assert!(of("1")["headers"]["Location"].is_string());
    assert_ne!(responses[0]["id"], "1", "the order is nobody's promise");
    let ledger = desk.control("GET", "ledger?operation=graph.events.create", json!({})).await.ok();
    assert_eq!(ledger.items().len(), 1);
}

#[tokio::test]
async fn batches_that_cannot_be_are_refused() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    let get = |id: &str| json!({"id": id, "method": "GET", "url": "/me"});
    let many: Vec<Value> = (0..21).map(|id| get(&id.to_string())).collect();
    for requests in [
        json!(many),
        json!([]),
        json!([get("1"), get("1")]),
        json!([{"method": "GET", "url": "/me"}]),
        json!([{"id": "1", "method": "GET", "url": "/me", "dependsOn": ["2"]}, get("2")]),
        json!([{"id": "1", "method": "POST", "url": "/me/events", "body": {}}]),
        json!([{"id": "1", "method": "POST", "url": "/$batch"}]),
    ] {
        assert_eq!(ada.post("$batch", json!({"requests": requests})).await.graph(), (400, "BadRequest"));
    }
    let nobody = super::User { desk: &desk, token: "x".to_owned() };
    assert_eq!(nobody.post("$batch", json!({"requests": [get("1")]})).await.status, 401);
}

#[tokio::test]
async fn a_fault_meets_one_request_of_a_batch() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    desk.fault(json!({"operation": "graph.calendars.list", "reason": "ApplicationThrottled"})).await;
    let body = json!({"requests": [
        {"id": "1", "method": "GET", "url": "/me"}, {"id": "2", "method": "GET", "url": "/me/calendars"},
    ]});
    let answer = ada.post("$batch", body).await.ok();
    let responses = answer.body["responses"].as_array().unwrap();
    let hit = responses.iter().find(|one| one["id"] == "2").unwrap();
    assert_eq!((&hit["status"], &hit["headers"]["Retry-After"]), (&json!(429), &json!("1")));
    assert_eq!(responses.iter().find(|one| one["id"] == "1").unwrap()["status"], 200);
}
