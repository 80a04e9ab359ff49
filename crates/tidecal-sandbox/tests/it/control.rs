use serde_json::{Value, json};

use crate::desk::{ADA, BEN, Desk, EVENTS, hour};

#[tokio::test]
async fn the_clock_is_set_and_advanced_and_stamps_obey_it() {
    let desk = Desk::new().await;
    let clock = desk.control("GET", "clock", Value::Null).await.ok();
    assert_eq!(clock.body, json!({"now": "2026-11-21T10:00:00Z", "virtual": true}));
    desk.control("POST", "clock", json!({"now": "2027-01-01T00:00:00Z"})).await.ok();
    desk.advance(90).await;
    let ada = desk.caller(ADA).await;
    let event = ada.insert(hour("x", 1, "09:00")).await.ok();
    assert_eq!(event.body["created"], "2027-01-01T00:01:30.000Z");
    for wrong in [json!({}), json!({"now": "x"}), json!({"now": "2027-01-01T00:00:00Z", "advanceSeconds": 1})] {
        assert_eq!(desk.control("POST", "clock", wrong).await.status, 400);
    }
}

#[tokio::test]
async fn a_reset_brings_back_the_start_or_another_one() {
    let desk = Desk::with(|config| config.filled = true).await;
    let before = desk.control("GET", &format!("events/{ADA}"), Value::Null).await.ok();
    let ada = desk.caller(ADA).await;
    ada.insert(hour("x", 1, "09:00")).await.ok();
    desk.fault(json!({"operation": "*", "times": 5, "status": 500})).await;
    desk.switch(json!({"emptyPages": 3})).await;
    desk.control("POST", "reset", json!({})).await.ok();
    let after = desk.control("GET", &format!("events/{ADA}"), Value::Null).await.ok();
    assert_eq!(before.text, after.text);
    assert_eq!(ada.list("").await.status, 401, "tokens are gone, too");
    assert_eq!(desk.control("GET", "faults", Value::Null).await.items().len(), 0);
    assert_eq!(desk.control("GET", "switches", Value::Null).await.body["emptyPages"], 0);
    desk.control("POST", "reset", json!({"seed": 2, "filled": false, "now": "2030-01-01T00:00:00Z"})).await.ok();
    let summary = desk.control("GET", "", Value::Null).await;
    assert_eq!(summary.status, 404, "the summary stands at /_sandbox");
    let summary = desk.http.get(desk.url("/_sandbox")).send().await.unwrap().json::<Value>().await.unwrap();
    assert_eq!((&summary["seed"], &summary["now"]), (&json!(2), &json!("2030-01-01T00:00:00Z")));
    assert_eq!(summary["calendars"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_ledger_tells_writes_from_the_rest() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    ada.list("").await.ok();
    let busy = json!({"timeMin": "2026-12-01T00:00:00Z", "timeMax": "2026-12-02T00:00:00Z", "items": []});
    ada.send("POST", "freeBusy", &[], Some(busy)).await.ok();
    let writes = async || desk.control("GET", "ledger?writes=true", Value::Null).await.ok().items().len();
    assert_eq!(writes().await, 0);
    let id = ada.insert(hour("x", 1, "09:00")).await.ok().id();
    ada.send("PATCH", "calendars/primary/events/missing", &[], Some(json!({}))).await;
    ada.delete(&id).await.ok();
    assert_eq!(writes().await, 3, "refused ones count as well");
    let some = desk.control("GET", "ledger?operation=events.*", Value::Null).await.ok();
    assert_eq!(some.items().len(), 4);
}

#[tokio::test]
async fn the_ledger_records_requests_without_secrets() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let event = ada.insert(hour("x", 1, "09:00")).await.ok();
    let path = format!("calendars/primary/events/{}", event.id());
    ada.send("PATCH", &path, &[("If-Match", "\"1\"")], Some(json!({"summary": "y"}))).await;
    let lines = desk.control("GET", "ledger", Value::Null).await.ok();
    let last = lines.items().last().unwrap();
    assert_eq!(
        (&last["operation"], &last["method"], &last["status"]),
        (&json!("events.patch"), &json!("PATCH"), &json!(412))
    );
    assert_eq!((&last["account"], &last["calendarId"]), (&json!(ADA), &json!(ADA)));
    assert_eq!((&last["ifMatch"], &last["reason"]), (&json!("\"1\""), &json!("conditionNotMet")));
    assert_eq!(last["body"], json!({"summary": "y"}));
    assert_eq!(last["time"], "2026-11-21T10:00:00.000Z");
    assert!(!lines.text.contains(&ada.token) && !lines.text.contains("sandbox-secret"));
    let some = desk.control("GET", "ledger?operation=events.insert&account=ada%40example.com", Value::Null).await;
    assert_eq!(some.items().len(), 1);
    let number = some.items()[0]["number"].as_u64().unwrap();
    let after = desk.control("GET", &format!("ledger?after={number}"), Value::Null).await;
    assert_eq!(after.items().len(), 1);
    desk.control("DELETE", "ledger", Value::Null).await.ok();
    assert_eq!(desk.control("GET", "ledger", Value::Null).await.items().len(), 0);
}

#[tokio::test]
async fn another_persons_hand_obeys_the_same_rules() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let token = ada.token().await;
    let path = format!("events/{ADA}");
    let made = desk.control("POST", &path, hour("By hand", 1, "09:00")).await.ok();
    let one = format!("{path}/{}", made.id());
    let patched = desk.control("PATCH", &one, json!({"location": "Here"})).await.ok();
    assert_ne!(patched.body["etag"], made.body["etag"]);
    let mut whole = hour("Replaced", 2, "09:00");
    whole["reminders"] = json!({"useDefault": false, "overrides": [{"method": "popup", "minutes": 1}]});
    let put = desk.control("PUT", &one, whole).await.ok();
    assert_eq!((put.body.get("location"), &put.body["sequence"]), (None, &json!(1)));
    let back = desk.control("PUT", &one, hour("Replaced", 2, "09:00")).await.ok();
    assert_eq!(back.body["reminders"], json!({"useDefault": true}), "what is not sent goes back to its default");
    assert_eq!(ada.delta(&token).await.items(), std::slice::from_ref(&back.body));
    assert_eq!(desk.control("DELETE", &one, Value::Null).await.status, 204);
    assert_eq!(desk.control("DELETE", &one, Value::Null).await.status, 410);
    let guest = desk.control("POST", &format!("{path}?as={BEN}"), hour("x", 3, "09:00")).await.ok();
    assert_eq!(guest.body["creator"]["email"], BEN);
    assert_eq!(desk.control("POST", "events/nobody", hour("x", 3, "09:00")).await.status, 404);
    assert_eq!(desk.control("GET", "events/nobody", Value::Null).await.status, 404);
}

#[tokio::test]
async fn access_tokens_can_be_ended_all_at_once() {
    let desk = Desk::new().await;
    let (ada, ben) = (desk.caller(ADA).await, desk.caller(BEN).await);
    desk.control("POST", "oauth/expire-access-tokens", json!({"account": ADA})).await.ok();
    assert_eq!((ada.list("").await.status, ben.list("").await.status), (401, 200));
    desk.control("POST", "oauth/expire-access-tokens", json!({})).await.ok();
    assert_eq!(ben.list("").await.status, 401);
}

#[tokio::test]
async fn approval_names_what_is_wrong() {
    let desk = Desk::new().await;
    let url = desk.authorize_url(&[("scope", EVENTS)]);
    let nobody = json!({"authorizeUrl": url, "account": "nobody@example.com"});
    assert_eq!(desk.control("POST", "oauth/approve", nobody).await.status, 400);
    let broken = json!({"authorizeUrl": desk.authorize_url(&[("client_id", "x")]), "account": ADA});
    let answer = desk.control("POST", "oauth/approve", broken).await;
    assert!(answer.body["error"].as_str().unwrap().starts_with("invalid_client"));
}

#[tokio::test]
async fn unknown_switches_are_refused() {
    let desk = Desk::new().await;
    assert_eq!(desk.control("PATCH", "switches", json!({"emptyPage": 3})).await.status, 400);
    assert_eq!(desk.control("PATCH", "switches", json!({"emptyPages": "x"})).await.status, 400);
}

#[tokio::test]
async fn shutting_down_closes_the_port() {
    let desk = Desk::new().await;
    let url = desk.url("/_sandbox");
    desk.http.get(&url).send().await.unwrap();
    desk.sandbox.shutdown().await;
    assert!(desk.http.get(&url).send().await.is_err());
}

#[tokio::test]
async fn two_sandboxes_do_not_know_each_other() {
    let (one, two) = (Desk::new().await, Desk::new().await);
    one.caller(ADA).await.insert(hour("x", 1, "09:00")).await.ok();
    assert_eq!(two.caller(ADA).await.list("").await.items().len(), 0);
}
