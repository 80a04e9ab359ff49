use serde_json::json;

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
async fn routes_without_a_user_say_that_the_sandbox_does_not_serve_them() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    for (method, path) in [
        ("PUT", "calendars/primary/events/abcde"),
        ("POST", "calendars/primary/events/import"),
        ("POST", "calendars/primary/events/watch"),
        ("GET", "calendars/primary/events/abcde/instances"),
        ("POST", "calendars/primary/events/abcde/move"),
        ("POST", "channels/stop"),
        ("POST", "freeBusy"),
        ("GET", "colors"),
    ] {
        let answer = ada.send(method, path, &[], None).await;
        assert_eq!(answer.refusal(), (501, "sandboxNotServed"), "{method} {path}");
        assert_eq!(answer.body["error"]["errors"][0]["domain"], "sandbox");
    }
    let batch = desk.http.post(desk.url("/batch/calendar/v3")).send().await.unwrap();
    assert_eq!(batch.status().as_u16(), 501);
    assert_eq!(ada.get("nothing/here").await.refusal(), (404, "notFound"));
}
