use serde_json::{Value, json};

use crate::desk::{ADA, Desk, hour};

#[tokio::test]
async fn by_default_unknown_members_and_parameters_are_ignored() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let mut event = hour("x", 1, "09:00");
    event["colour"] = json!("red");
    let written = ada.insert(event).await.ok();
    ada.list("sortBy=x").await.ok();
    assert!(written.body["id"].is_string());
}

#[tokio::test]
async fn strict_mode_refuses_them_with_a_reason_of_its_own() {
    let desk = Desk::with(|config| config.strict = true).await;
    let ada = desk.caller(ADA).await;
    let mut event = hour("x", 1, "09:00");
    event["colour"] = json!("red");
    let refused = ada.insert(event).await;
    assert_eq!(refused.refusal(), (400, "sandboxUnknownField"));
    assert_eq!(refused.body["error"]["errors"][0]["domain"], "sandbox");
    let refused = ada.list("sortBy=x").await;
    assert_eq!(refused.refusal(), (400, "sandboxUnknownParameter"));
    assert_eq!(refused.body["error"]["errors"][0]["location"], "sortBy");
    let written = ada.insert(hour("x", 1, "09:00")).await.ok();
    // a whole event, as it was answered, is a legal body
    ada.patch(&written.id(), written.body.clone()).await.ok();
    ada.list("showDeleted=true&maxResults=10&alt=json&prettyPrint=false&quotaUser=x").await.ok();
}

#[tokio::test]
async fn what_is_not_served_says_so_and_what_does_not_exist_is_not_found() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let path = "calendars/primary/transferOwnership?newDataOwner=ben%40example.com&useAdminAccess=true";
    let answer = ada.send("POST", path, &[], None).await;
    assert_eq!(answer.refusal(), (501, "sandboxNotServed"));
    assert_eq!(answer.body["error"]["errors"][0]["domain"], "sandbox");
    assert_eq!(ada.get("nothing/here").await.refusal(), (404, "notFound"));
}

#[tokio::test]
async fn the_vendors_own_checks_of_parameters_hold_without_strict_mode() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    for (query, reason) in [
        ("showDeleted=1", "invalidParameter"),
        ("maxResults=0", "invalidParameter"),
        ("orderBy=name", "invalidParameter"),
        ("eventTypes=party", "invalidParameter"),
        ("alt=xml", "invalidParameter"),
    ] {
        let answer = ada.list(query).await;
        assert_eq!(answer.refusal(), (400, reason), "{query}");
        assert_eq!(answer.body["error"]["errors"][0]["location"], query.split_once('=').unwrap().0);
    }
    let moved = ada.send("POST", "calendars/primary/events/abcde/move", &[], None).await;
    assert_eq!(moved.refusal(), (400, "required"));
}

#[tokio::test]
async fn every_breach_of_the_contract_is_kept_and_good_requests_are_not() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let event = ada.insert(hour("x", 1, "09:00")).await.ok();
    let whole = event.body.clone();
    let token = ada.token().await;
    ada.delta(&token).await.ok();
    ada.patch(&event.id(), whole).await.ok();
    ada.list("syncToken=stale").await;
    ada.event("missingevent").await;
    desk.fault(json!({"operation": "events.get", "status": 400, "reason": "invalid"})).await;
    ada.event(&event.id()).await;
    assert_eq!(violations(&desk).await, Vec::<String>::new(), "none of these is a mistake of the client's");

    let mut odd = hour("y", 1, "09:00");
    odd["colour"] = json!("red");
    odd["sequence"] = json!("1");
    ada.insert(odd).await.ok();
    ada.list("maxResults=9999").await.ok();
    ada.list("timeMin=2026-12-02T00%3A00%3A00Z&timeMax=2026-12-01T00%3A00%3A00Z").await;
    let path = format!("calendars/primary/events/{}", event.id());
    ada.send("PATCH", &path, &[("If-Match", "123")], Some(json!({"summary": "z"}))).await;
    ada.get("calendars/primary/everything").await;
    let found = violations(&desk).await;
    for part in ["no member colour", "sequence is no integer", "2500", "timeRangeEmpty", "If-Match", "everything"] {
        assert!(found.iter().any(|one| one.contains(part)), "{part} is not in {found:?}");
    }
    desk.control("DELETE", "ledger", Value::Null).await.ok();
    assert!(!violations(&desk).await.is_empty(), "clearing the ledger does not hide them");
    desk.control("DELETE", "violations", Value::Null).await.ok();
    assert!(violations(&desk).await.is_empty());
}

async fn violations(desk: &Desk) -> Vec<String> {
    let answer = desk.control("GET", "violations", Value::Null).await.ok();
    answer.items().iter().map(|item| item["breaches"].to_string()).collect()
}
