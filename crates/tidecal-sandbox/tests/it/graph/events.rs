use serde_json::{Value, json};

use super::{hour, user, with};
use crate::desk::{ADA, Desk};

#[tokio::test]
async fn an_event_comes_back_as_the_vendor_keeps_it() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    let body = with(
        hour("Lunch", 1, 12),
        json!({
            "body": {"contentType": "html", "content": "<p>Bring <b>cake</b></p>"},
            "location": {"displayName": "Café"}, "categories": ["Red category"], "showAs": "oof", "sensitivity": "private",
        }),
    );
    let made = ada.create(body).await;
    assert_eq!(made.status, 201);
    let event = ada.event(&made.id()).await.ok().body;
    assert_eq!(event["start"], json!({"dateTime": "2026-12-01T11:00:00.0000000", "timeZone": "UTC"}));
    assert_eq!(event["originalStartTimeZone"], "W. Europe Standard Time");
    assert_eq!((&event["type"], &event["isOrganizer"]), (&json!("singleInstance"), &json!(true)));
    assert_eq!((&event["isReminderOn"], &event["reminderMinutesBeforeStart"]), (&json!(true), &json!(15)));
    let content = event["body"]["content"].as_str().unwrap();
    assert!(content.starts_with("<html><head>\r\n") && content.contains("<b>cake</b>"), "{content}");
    assert_eq!(event["bodyPreview"], "Bring cake");
    assert_eq!(event["locations"][0]["displayName"], "Café");
    let key = event["changeKey"].as_str().unwrap();
    assert_eq!(event["@odata.etag"], format!("W/\"{key}\""));
    let vienna = ada
        .send(
            "GET",
            &format!("me/events/{}", made.id()),
            &[("prefer", "outlook.timezone=\"Europe/Vienna\", outlook.body-content-type=\"text\"")],
            None,
        )
        .await;
    assert_eq!(vienna.body["start"], json!({"dateTime": "2026-12-01T12:00:00.0000000", "timeZone": "Europe/Vienna"}));
    assert_eq!(vienna.body["body"], json!({"contentType": "text", "content": "Bring cake"}));
    assert!(vienna.header("preference-applied").contains("outlook.timezone"));
}

#[tokio::test]
async fn what_types_do_not_know_is_refused() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    let day = |from: &str, to: &str| json!({"isAllDay": true, "start": {"dateTime": from, "timeZone": "UTC"}, "end": {"dateTime": to, "timeZone": "UTC"}});
    for (body, wanted) in [
        (with(hour("x", 1, 9), json!({"summary": "x"})), (400, "RequestBodyRead")),
        (with(hour("x", 1, 9), json!({"showAs": "away"})), (400, "RequestBodyRead")),
        (with(hour("x", 1, 9), json!({"subject": 5})), (400, "RequestBodyRead")),
        (json!({"subject": "x"}), (400, "ErrorPropertyValidationFailure")),
        (with(hour("x", 1, 9), json!({"start": {"dateTime": "soon", "timeZone": "UTC"}})), (400, "RequestBodyRead")),
        (
            with(hour("x", 1, 9), json!({"start": {"dateTime": "2026-12-01T09:00:00", "timeZone": "Mars"}})),
            (400, "TimeZoneNotSupportedException"),
        ),
        (
            with(hour("x", 1, 9), json!({"start": {"dateTime": "2026-12-01T09:00:00"}})),
            (400, "TimeZoneNotSupportedException"),
        ),
        (with(hour("x", 2, 9), json!({"end": hour("x", 1, 9)["end"]})), (400, "ErrorInvalidRequest")),
        (day("2026-12-01T01:00:00", "2026-12-02T00:00:00"), (400, "ErrorInvalidRequest")),
        (day("2026-12-01T00:00:00", "2026-12-01T00:00:00"), (400, "ErrorInvalidRequest")),
        (
            with(hour("x", 1, 9), json!({"attendees": [{"emailAddress": {"address": "nobody"}}]})),
            (400, "ErrorInvalidRecipients"),
        ),
        (with(hour("x", 1, 9), json!({"onlineMeetingProvider": "skypeForConsumer"})), (400, "ErrorInvalidRequest")),
        (
            with(hour("x", 1, 9), json!({"singleValueExtendedProperties": [{"id": "mine", "value": "x"}]})),
            (400, "ErrorInvalidProperty"),
        ),
    ] {
        let answer = ada.create(body.clone()).await;
        assert_eq!(answer.graph(), wanted, "{body}");
        assert!(answer.body["error"]["innerError"]["request-id"].is_string());
    }
    assert_eq!(ada.get("me/events?$selekt=id").await.graph(), (400, "BadRequest"));
    assert_eq!(ada.get("me/nothing").await.graph(), (400, "BadRequest"));
    assert_eq!(ada.get("me/events/made-up").await.graph(), (400, "ErrorInvalidIdMalformed"));
}

#[tokio::test]
async fn a_transaction_id_makes_one_event() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    let body = with(hour("Once", 1, 9), json!({"transactionId": "7c1f2d7e-0000-4000-8000-000000000001"}));
    let made = ada.create(body.clone()).await.ok();
    let again = ada.create(body.clone()).await;
    assert_eq!(again.graph(), (409, "ErrorDuplicateTransactionId"));
    let existing = again.body["error"]["@event.existingEventId"].as_str().unwrap();
    assert_eq!(ada.event(&url_encoded(existing)).await.ok().body["id"], made.id());
    desk.switch(json!({"graph": {"duplicateTransactionStatus": 400, "hideExistingEventId": true}})).await;
    let again = ada.create(body).await;
    assert_eq!(again.graph(), (400, "ErrorDuplicateTransactionId"));
    assert_eq!(again.body["error"].get("@event.existingEventId"), None);
}

fn url_encoded(id: &str) -> String {
    url::form_urlencoded::byte_serialize(id.as_bytes()).collect()
}

#[tokio::test]
async fn conditions_patches_and_deletions_behave() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    let made = ada.create(hour("First", 1, 9)).await.ok();
    let (id, etag) = (made.id(), made.body["@odata.etag"].as_str().unwrap().to_owned());
    let changed = ada.patch(&id, json!({"subject": "Second", "categories": ["x"]})).await.ok();
    assert_eq!((&changed.body["subject"], &changed.body["showAs"]), (&json!("Second"), &json!("busy")));
    let path = format!("me/events/{id}");
    let stale = ada.send("PATCH", &path, &[("if-match", &etag)], Some(json!({"subject": "Third"}))).await;
    assert_eq!(stale.graph(), (412, "ErrorIrresolvableConflict"));
    assert_eq!(ada.send("DELETE", &path, &[("if-match", &etag)], None).await.status, 412);
    desk.switch(json!({"graph": {"ignoreIfMatch": true}})).await;
    ada.send("PATCH", &path, &[("if-match", &etag)], Some(json!({"subject": "Third"}))).await.ok();
    assert_eq!(ada.patch(&id, json!({"transactionId": "other"})).await.status, 400);
    assert_eq!(ada.delete(&id).await.status, 204);
    assert_eq!(ada.delete(&id).await.graph(), (404, "ErrorItemNotFound"));
    assert_eq!(ada.event(&id).await.graph(), (404, "ErrorItemNotFound"));
}

#[tokio::test]
async fn a_late_change_key_moves_on_without_a_change() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    desk.switch(json!({"graph": {"lateChangeKey": true, "lateJoinUrl": true}})).await;
    let made = ada.create(with(hour("Call", 1, 9), json!({"isOnlineMeeting": true}))).await.ok();
    assert_eq!(made.body["onlineMeeting"], Value::Null);
    let now = ada.event(&made.id()).await.ok();
    assert_ne!(now.body["changeKey"], made.body["changeKey"]);
    assert!(now.body["onlineMeeting"]["joinUrl"].is_string());
}

#[tokio::test]
async fn a_body_without_the_link_ends_the_online_meeting() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    let made = ada.create(with(hour("Call", 1, 9), json!({"isOnlineMeeting": true}))).await.ok();
    let link = made.body["onlineMeeting"]["joinUrl"].as_str().unwrap().to_owned();
    let content = made.body["body"]["content"].as_str().unwrap().to_owned();
    assert!(content.contains(&link));
    let kept = json!({"body": {"contentType": "html", "content": format!("<p>More</p>{content}")}});
    assert_eq!(ada.patch(&made.id(), kept).await.ok().body["isOnlineMeeting"], true);
    let lost = json!({"body": {"contentType": "html", "content": "<p>Only text</p>"}});
    let answer = ada.patch(&made.id(), lost).await.ok();
    assert_eq!((&answer.body["isOnlineMeeting"], &answer.body["onlineMeeting"]), (&json!(false), &Value::Null));
}

#[tokio::test]
async fn extended_properties_come_when_they_are_asked_for() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    let id = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name tidecalId";
    let body = with(hour("Marked", 1, 9), json!({"singleValueExtendedProperties": [{"id": id, "value": "Abc"}]}));
    let made = ada.create(body).await.ok();
    assert_eq!(made.body.get("singleValueExtendedProperties"), None);
    ada.create(hour("Other", 1, 9)).await.ok();
    let expand = format!("$expand=singleValueExtendedProperties($filter=id eq '{id}')");
    let got = ada.get(&format!("me/events/{}?{expand}", made.id())).await.ok();
    assert_eq!(got.body["singleValueExtendedProperties"][0]["value"], "Abc");
    let filter = format!("$filter=singleValueExtendedProperties/any(ep: ep/id eq '{id}' and ep/value eq 'abc')");
    let found = ada.get(&format!("me/events?{filter}")).await.ok();
    assert_eq!(found.values().len(), 1);
}
