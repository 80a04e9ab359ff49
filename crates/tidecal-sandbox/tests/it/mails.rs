use serde_json::{Value, json};

use crate::desk::{ADA, Answer, BEN, Caller, Desk, hour, weekly};

const CARA: &str = "cara@example.org";

/// (kind, to, operation) of every mail since the last look.
async fn mails(desk: &Desk) -> Vec<(String, String, String)> {
    let answer = desk.control("GET", "mails", Value::Null).await.ok();
    desk.control("DELETE", "mails", Value::Null).await.ok();
    let text = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
    answer.items().iter().map(|item| (text(item, "kind"), text(item, "to"), text(item, "operation"))).collect()
}

fn mail(kind: &str, to: &str, operation: &str) -> (String, String, String) {
    (kind.to_owned(), to.to_owned(), operation.to_owned())
}

fn meeting() -> Value {
    let mut event = hour("Meeting", 1, "09:00");
    event["attendees"] = json!([{"email": BEN}, {"email": CARA}, {"email": "room@example.com", "resource": true}]);
    event
}

async fn write(caller: &Caller<'_>, method: &str, path: &str, body: Option<Value>) -> Answer {
    caller.send(method, &format!("calendars/primary/events{path}"), &[], body).await
}

#[tokio::test]
async fn nobody_is_mailed_unless_asked_for() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let id = ada.insert(meeting()).await.ok().id();
    write(&ada, "PATCH", &format!("/{id}?sendUpdates=none"), Some(json!({"summary": "Other"}))).await.ok();
    ada.delete(&id).await.ok();
    desk.control("POST", &format!("events/{ADA}"), meeting()).await.ok();
    assert_eq!(mails(&desk).await, []);
}

#[tokio::test]
async fn invitations_updates_cancellations_and_answers_go_to_whom_they_concern() {
    let desk = Desk::new().await;
    let (ada, ben) = (desk.caller(ADA).await, desk.caller(BEN).await);
    let id = write(&ada, "POST", "?sendUpdates=all", Some(meeting())).await.ok().id();
    let both = |kind: &str, operation: &str| vec![mail(kind, BEN, operation), mail(kind, CARA, operation)];
    assert_eq!(mails(&desk).await, both("invitation", "events.insert"));

    let path = format!("/{id}?sendUpdates=all");
    write(&ada, "PATCH", &path, Some(json!({"location": "Here"}))).await.ok();
    assert_eq!(mails(&desk).await, both("update", "events.patch"));
    write(&ada, "PATCH", &path, Some(json!({"reminders": {"useDefault": false}}))).await.ok();
    assert_eq!(mails(&desk).await, [], "reminders are one's own");
    write(&ada, "PATCH", &path, Some(json!({"attendees": [{"email": BEN}, {"email": "dan@example.org"}]}))).await.ok();
    assert_eq!(
        mails(&desk).await,
        [mail("cancellation", CARA, "events.patch"), mail("invitation", "dan@example.org", "events.patch")]
    );

    let answer = json!({"attendees": [{"email": BEN, "responseStatus": "accepted"}], "attendeesOmitted": true});
    write(&ben, "PATCH", &path, Some(answer)).await.ok();
    assert_eq!(mails(&desk).await, [mail("response", ADA, "events.patch")]);
    assert_eq!(ada.event(&id).await.body["attendees"][0]["responseStatus"], "accepted");
    write(&ben, "DELETE", &path, None).await.ok();
    assert_eq!(mails(&desk).await, [mail("response", ADA, "events.delete")]);
    write(&ada, "DELETE", &path, None).await.ok();
    let gone = [mail("cancellation", BEN, "events.delete"), mail("cancellation", "dan@example.org", "events.delete")];
    assert_eq!(mails(&desk).await, gone);
}

#[tokio::test]
async fn external_only_leaves_out_people_with_an_account() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    write(&ada, "POST", "?sendUpdates=externalOnly", Some(meeting())).await.ok();
    assert_eq!(mails(&desk).await, [mail("invitation", CARA, "events.insert")]);
    write(&ada, "POST", "?sendNotifications=true", Some(meeting())).await.ok();
    assert_eq!(mails(&desk).await.len(), 2, "the older parameter means all");
    desk.switch(json!({"mailsDespiteNone": true})).await;
    ada.insert(meeting()).await.ok();
    assert_eq!(mails(&desk).await, [mail("invitation", CARA, "events.insert")]);
}

#[tokio::test]
async fn a_cancelled_occurrence_is_cancelled_by_mail_under_its_own_id() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let mut series = weekly(3);
    series["attendees"] = json!([{"email": CARA}]);
    let id = ada.insert(series).await.ok().id();
    let instance = format!("{id}_20261207T080000Z");
    write(&ada, "DELETE", &format!("/{instance}?sendUpdates=all"), None).await.ok();
    let answer = desk.control("GET", "mails", Value::Null).await.ok();
    assert_eq!(answer.items().len(), 1);
    assert_eq!((&answer.items()[0]["eventId"], &answer.items()[0]["kind"]), (&json!(instance), &json!("cancellation")));
    assert_eq!(answer.items()[0]["calendarId"], ADA);
    assert_eq!(answer.items()[0]["iCalUID"], format!("{id}@google.com"));
}

#[tokio::test]
async fn importing_and_refused_writes_mail_nobody() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let mut event = meeting();
    event["iCalUID"] = json!("far@example.org");
    write(&ada, "POST", "/import", Some(event)).await.ok();
    let mut broken = meeting();
    broken.as_object_mut().unwrap().remove("end");
    assert_eq!(write(&ada, "POST", "?sendUpdates=all", Some(broken)).await.status, 400);
    assert_eq!(mails(&desk).await, []);
}
