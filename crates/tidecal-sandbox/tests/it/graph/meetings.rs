use serde_json::{Value, json};

use super::{User, hour, mails, user, weekly, with};
use crate::desk::{ADA, BEN, Desk};

fn guests(all: &[&str]) -> Value {
    let list: Vec<Value> =
        all.iter().map(|address| json!({"emailAddress": {"address": address}, "type": "required"})).collect();
    json!({"attendees": list})
}

async fn copy(user: &User<'_>, subject: &str) -> Value {
    let all = user.get(&format!("me/events?$filter=subject eq '{subject}'")).await.ok();
    all.values().first().cloned().unwrap_or(Value::Null)
}

fn mail(kind: &str, to: &str) -> (String, String) {
    (kind.to_owned(), to.to_owned())
}

#[tokio::test]
async fn every_write_to_a_meeting_mails_its_guests() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    ada.create(hour("Alone", 1, 9)).await.ok();
    assert!(mails(&desk).await.is_empty());
    let id = ada.create(with(hour("Talk", 1, 9), guests(&[BEN, "eve@example.org"]))).await.ok().id();
    assert_eq!(mails(&desk).await, [mail("invitation", BEN), mail("invitation", "eve@example.org")]);
    desk.control("DELETE", "mails", json!({})).await.ok();
    ada.patch(&id, json!({"subject": "Talks"})).await.ok();
    assert_eq!(mails(&desk).await, [mail("update", BEN), mail("update", "eve@example.org")]);
    desk.control("DELETE", "mails", json!({})).await.ok();
    ada.patch(&id, guests(&[BEN, "max@example.org"])).await.ok();
    assert_eq!(mails(&desk).await, [mail("invitation", "max@example.org"), mail("cancellation", "eve@example.org")]);
    desk.control("DELETE", "mails", json!({})).await.ok();
    ada.delete(&id).await.ok();
    assert_eq!(mails(&desk).await, [mail("cancellation", BEN), mail("cancellation", "max@example.org")]);
    let line = &desk.control("GET", "mails", json!({})).await.ok().items()[0].clone();
    assert_eq!(line["operation"], "graph.events.delete");
}

#[tokio::test]
async fn an_invitation_appears_with_the_guest_and_follows_the_organiser() {
    let desk = Desk::new().await;
    let (ada, ben) = (user(&desk, ADA).await, user(&desk, BEN).await);
    let made = ada.create(with(hour("Talk", 1, 9), guests(&[BEN]))).await.ok();
    let own = copy(&ben, "Talk").await;
    assert_eq!((&own["isOrganizer"], &own["organizer"]["emailAddress"]["address"]), (&json!(false), &json!(ADA)));
    assert_eq!((&own["responseStatus"]["response"], &own["showAs"]), (&json!("notResponded"), &json!("tentative")));
    assert_eq!(own["iCalUId"], made.body["iCalUId"]);
    assert_ne!(own["id"], made.body["id"]);
    let id = own["id"].as_str().unwrap();
    // a guest's edits stay at home, and the organiser's next one wins over them
    ben.patch(id, json!({"subject": "Mine", "categories": ["Red category"]})).await.ok();
    assert_eq!(ada.event(&made.id()).await.ok().body["subject"], "Talk");
    ada.patch(&made.id(), json!({"location": {"displayName": "Room 1"}})).await.ok();
    let own = ben.event(id).await.ok().body;
    assert_eq!((&own["subject"], &own["categories"]), (&json!("Talk"), &json!(["Red category"])));
    assert_eq!(ben.post(&format!("me/events/{id}/cancel"), json!({})).await.graph(), (400, "ErrorInvalidRequest"));
    let cancelled = ada.post(&format!("me/events/{}/cancel", made.id()), json!({"comment": "Sorry"})).await;
    assert_eq!(cancelled.status, 202);
    assert_eq!(ada.event(&made.id()).await.status, 404);
    let own = ben.event(id).await.ok().body;
    assert_eq!((&own["isCancelled"], &own["subject"]), (&json!(true), &json!("Canceled: Talk")));
}

#[tokio::test]
async fn answers_reach_the_organiser_only_when_they_are_sent() {
    let desk = Desk::new().await;
    let (ada, ben) = (user(&desk, ADA).await, user(&desk, BEN).await);
    let made = ada.create(with(hour("Talk", 1, 9), guests(&[BEN]))).await.ok();
    let id = copy(&ben, "Talk").await["id"].as_str().unwrap().to_owned();
    desk.control("DELETE", "mails", json!({})).await.ok();
    assert_eq!(ben.post(&format!("me/events/{id}/accept"), json!({"sendResponse": false})).await.status, 202);
    assert!(mails(&desk).await.is_empty());
    let status = |event: Value| event["attendees"][0]["status"]["response"].clone();
    assert_eq!(status(ada.event(&made.id()).await.ok().body), "none");
    assert_eq!(ben.event(&id).await.ok().body["responseStatus"]["response"], "accepted");
    ben.post(&format!("me/events/{id}/tentativelyAccept"), json!({"comment": "Maybe"})).await.ok();
    assert_eq!(mails(&desk).await, [mail("response", ADA)]);
    assert_eq!(status(ada.event(&made.id()).await.ok().body), "tentativelyAccepted");
    assert_eq!(
        ada.post(&format!("me/events/{}/accept", made.id()), json!({})).await.graph(),
        (400, "ErrorInvalidRequest")
    );
    assert_eq!(
        ben.post(&format!("me/events/{id}/accept"), json!({"reply": true})).await.graph(),
        (400, "RequestBodyRead")
    );
    ben.post(&format!("me/events/{id}/decline"), json!({})).await.ok();
    assert_eq!(ben.event(&id).await.status, 404);
    assert_eq!(status(ada.event(&made.id()).await.ok().body), "declined");
}

#[tokio::test]
async fn a_guest_hears_of_single_occurrences() {
    let desk = Desk::new().await;
    let (ada, ben) = (user(&desk, ADA).await, user(&desk, BEN).await);
    let made = ada.create(with(weekly(3), guests(&[BEN]))).await.ok();
    let all = ada.instances(&made.id()).await;
    ada.patch(all[0]["id"].as_str().unwrap(), json!({"subject": "First"})).await.ok();
    ada.delete(all[1]["id"].as_str().unwrap()).await.ok();
    let id = copy(&ben, "Weekly").await["id"].as_str().unwrap().to_owned();
    let own = ben.instances(&id).await;
    let subjects: Vec<&str> = own.iter().map(|one| one["subject"].as_str().unwrap()).collect();
    assert_eq!(subjects, ["First", "Canceled: Weekly", "Weekly"]);
    desk.control("DELETE", "mails", json!({})).await.ok();
    // a guest's deletion tells nobody
    ben.delete(&id).await.ok();
    assert!(mails(&desk).await.is_empty());
    ada.event(&made.id()).await.ok();
}
