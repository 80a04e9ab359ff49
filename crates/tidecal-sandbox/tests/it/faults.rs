use serde_json::{Value, json};

use crate::desk::{ADA, BEN, Desk, hour};

#[tokio::test]
async fn reasons_of_the_catalogue_come_in_the_vendors_form() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    for (fault, status, reason, domain) in [
        (json!({"reason": "rateLimitExceeded"}), 403, "rateLimitExceeded", "usageLimits"),
        (json!({"reason": "rateLimitExceeded", "status": 429}), 429, "rateLimitExceeded", "usageLimits"),
        (json!({"reason": "userRateLimitExceeded"}), 403, "userRateLimitExceeded", "usageLimits"),
        (json!({"reason": "quotaExceeded"}), 403, "quotaExceeded", "usageLimits"),
        (json!({"reason": "backendError"}), 500, "backendError", "global"),
        (json!({"status": 503}), 503, "backendError", "global"),
        (json!({"reason": "authError"}), 401, "authError", "global"),
        (json!({"reason": "fullSyncRequired"}), 410, "fullSyncRequired", "calendar"),
        (json!({"reason": "conflict"}), 409, "conflict", "global"),
    ] {
        let mut full = fault.clone();
        full["operation"] = json!("events.list");
        desk.fault(full).await;
        let answer = ada.list("").await;
        assert_eq!(answer.refusal(), (status, reason), "{fault}");
        assert_eq!(answer.body["error"]["errors"][0]["domain"], domain);
        ada.list("").await.ok();
    }
}

#[tokio::test]
async fn a_fault_names_operation_calendar_number_and_start() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    desk.fault(json!({"operation": "events.list", "calendarId": ADA, "skip": 1, "times": 2, "status": 500})).await;
    ada.get("users/me/calendarList").await.ok();
    let statuses =
        [ada.list("").await.status, ada.list("").await.status, ada.list("").await.status, ada.list("").await.status];
    assert_eq!(statuses, [200, 500, 500, 200], "primary is the calendar of that id");
    desk.fault(json!({"operation": "events.*", "times": 99, "status": 500})).await;
    assert_eq!(desk.control("GET", "faults", Value::Null).await.items().len(), 1);
    desk.control("DELETE", "faults", Value::Null).await.ok();
    ada.list("").await.ok();
    for wrong in [json!({"operation": "events.list", "delay": 1}), json!({"operation": "event.list"}), json!({})] {
        assert_eq!(desk.control("POST", "faults", wrong.clone()).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn headers_bodies_html_and_cut_answers() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    desk.fault(json!({"operation": "events.list", "status": 429, "headers": {"Retry-After": "7"}})).await;
    let limited = ada.list("").await;
    assert_eq!((limited.status, limited.header("retry-after")), (429, "7"));
    desk.fault(json!({"operation": "events.list", "html": true, "status": 502})).await;
    let page = ada.list("").await;
    assert_eq!((page.status, page.header("content-type")), (502, "text/html; charset=UTF-8"));
    desk.fault(json!({"operation": "events.list", "body": {"items": "no list"}})).await;
    assert_eq!(ada.list("").await.ok().body, json!({"items": "no list"}));
    desk.fault(json!({"operation": "events.list", "body": "<html>login</html>"})).await;
    assert_eq!(ada.list("").await.text, "<html>login</html>");
    desk.fault(json!({"operation": "events.list", "truncateBodyTo": 40})).await;
    let cut = ada.list("").await;
    assert_eq!((cut.status, cut.text.len(), &cut.body), (200, 40, &Value::Null));
}

#[tokio::test]
async fn connections_end_before_after_or_during() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    for (drop, written) in [("before", 0), ("after", 1)] {
        desk.fault(json!({"operation": "events.insert", "dropConnection": drop})).await;
        let path = "calendars/primary/events";
        let sent = ada.try_send("POST", path, &[], Some(hour("x", 1, "09:00"))).await;
        assert!(sent.is_err(), "{drop}: an answer came");
        assert_eq!(ada.list("").await.items().len(), written, "{drop}");
    }
    desk.fault(json!({"operation": "events.list", "dropConnection": "during"})).await;
    let response = ada.try_send("GET", "calendars/primary/events", &[], None).await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    assert!(response.bytes().await.is_err(), "the body was whole");
    let lines = desk.control("GET", "ledger?operation=events.insert", Value::Null).await;
    assert!(lines.items().iter().all(|line| line.get("status").is_none() && line["fault"].is_u64()));
}

#[tokio::test]
async fn an_error_can_hide_that_the_write_was_applied() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    desk.fault(json!({"operation": "events.insert", "status": 503, "applied": true})).await;
    assert_eq!(ada.insert(hour("x", 1, "09:00")).await.status, 503);
    assert_eq!(ada.list("").await.items().len(), 1);
    desk.fault(json!({"operation": "events.insert", "status": 503})).await;
    assert_eq!(ada.insert(hour("y", 1, "09:00")).await.status, 503);
    assert_eq!(ada.list("").await.items().len(), 1);
}

#[tokio::test]
async fn a_delay_outlasts_an_impatient_client() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    desk.fault(json!({"operation": "events.list", "delayMs": 60_000})).await;
    let url = desk.url("/calendar/v3/calendars/primary/events");
    let timeout = std::time::Duration::from_millis(100);
    let sent = desk.http.get(url).bearer_auth(&ada.token).timeout(timeout).send().await;
    assert!(sent.unwrap_err().is_timeout());
    ada.list("").await.ok();
}

#[tokio::test]
async fn a_fault_may_be_meant_for_one_event_or_one_person() {
    let desk = Desk::new().await;
    let (ada, ben) = (desk.caller(ADA).await, desk.caller(BEN).await);
    let with_id = |id: &str| {
        let mut event = hour("x", 1, "09:00");
        event["id"] = json!(id);
        event
    };
    desk.fault(json!({"operation": "events.*", "eventId": "mishap", "reason": "quotaExceeded", "times": 2})).await;
    ada.insert(with_id("fortune")).await.ok();
    assert_eq!(ada.insert(with_id("mishap")).await.refusal(), (403, "quotaExceeded"));
    assert_eq!(ada.patch("mishap", json!({})).await.status, 403);
    desk.fault(json!({"operation": "*", "account": ADA, "status": 503})).await;
    ben.list("").await.ok();
    assert_eq!(ada.list("").await.status, 503);
}

#[tokio::test]
async fn another_persons_edit_may_come_just_before_a_write() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let made = ada.insert(hour("x", 1, "09:00")).await.ok();
    let (id, path) = (made.id(), format!("calendars/primary/events/{}", made.id()));
    let race = |patch: Value| {
        json!({"operation": "events.patch",
                                      "editFirst": {"calendarId": ADA, "eventId": id, "patch": patch}})
    };
    desk.fault(race(json!({"location": "There"}))).await;
    let etag = made.body["etag"].as_str().unwrap();
    let lost = ada.send("PATCH", &path, &[("If-Match", etag)], Some(json!({"summary": "y"}))).await;
    assert_eq!(lost.refusal(), (412, "conditionNotMet"));
    desk.fault(race(json!({"location": "Elsewhere"}))).await;
    let won = ada.patch(&id, json!({"summary": "y"})).await.ok();
    assert_eq!((&won.body["summary"], &won.body["location"]), (&json!("y"), &json!("Elsewhere")));
    desk.fault(json!({"operation": "events.patch", "editFirst": {"calendarId": ADA, "eventId": id}})).await;
    assert_eq!(ada.patch(&id, json!({"summary": "z"})).await.refusal(), (403, "forbidden"), "it was deleted first");
}
