use serde_json::{Value, json};

use crate::desk::{ADA, BEN, Desk, hour, weekly};

fn meeting() -> Value {
    let mut event = hour("Meeting", 1, "15:00");
    event["attendees"] = json!([
        {"email": ADA, "responseStatus": "accepted"},
        {"email": BEN},
        {"email": "zoe@example.org"},
    ]);
    event["extendedProperties"] = json!({"private": {"mine": "1"}, "shared": {"ours": "2"}});
    event
}

fn answer_of<'a>(event: &'a Value, email: &str) -> &'a str {
    let list = event["attendees"].as_array().unwrap();
    list.iter().find(|one| one["email"] == email).unwrap()["responseStatus"].as_str().unwrap()
}

#[tokio::test]
async fn a_guest_gets_a_copy_that_is_not_the_organisers() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let ben = desk.caller(BEN).await;
    let own = ada.insert(meeting()).await.ok();
    let copy = ben.event(&own.id()).await.ok();
    assert_eq!(copy.body["iCalUID"], own.body["iCalUID"]);
    assert_eq!(copy.body["organizer"], json!({"email": ADA, "displayName": "Ada Keller"}));
    assert_eq!(copy.body["extendedProperties"], json!({"shared": {"ours": "2"}}));
    let marked = |event: &Value, name: &str| -> Vec<String> {
        let list = event["attendees"].as_array().unwrap();
        list.iter().filter(|a| a[name] == true).map(|a| a["email"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        (marked(&own.body, "self"), marked(&own.body, "organizer")),
        (vec![ADA.to_owned()], vec![ADA.to_owned()])
    );
    assert_eq!(
        (marked(&copy.body, "self"), marked(&copy.body, "organizer")),
        (vec![BEN.to_owned()], vec![ADA.to_owned()])
    );
    assert_ne!(copy.body["etag"], own.body["etag"]);
    assert_eq!(copy.body["start"]["dateTime"], "2026-12-01T09:00:00-05:00", "in the guest's own zone");
}

#[tokio::test]
async fn a_guest_changes_what_is_his_and_nothing_else() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let ben = desk.caller(BEN).await;
    let id = ada.insert(meeting()).await.ok().id();
    for patch in [
        json!({"summary": "Mine"}),
        json!({"start": {"dateTime": "2026-12-01T16:00:00+01:00"}, "end": {"dateTime": "2026-12-01T17:00:00+01:00"}}),
        json!({"attendees": [{"email": BEN, "responseStatus": "accepted"}]}),
        json!({"extendedProperties": {"shared": {"ours": "3"}}}),
    ] {
        let answer = ben.patch(&id, patch.clone()).await;
        assert_eq!(answer.refusal(), (403, "forbiddenForNonOrganizer"), "{patch}");
    }
    let own = json!({
        "colorId": "3",
        "transparency": "transparent",
        "reminders": {"useDefault": false, "overrides": []},
        "extendedProperties": {"private": {"his": "4"}},
    });
    ben.patch(&id, own).await.ok();
    let theirs = ada.event(&id).await.ok();
    assert_eq!((theirs.body.get("colorId"), theirs.body.get("transparency")), (None, None));
    ada.patch(&id, json!({"summary": "Moved on"})).await.ok();
    let copy = ben.event(&id).await.ok();
    assert_eq!((&copy.body["summary"], &copy.body["colorId"]), (&json!("Moved on"), &json!("3")), "kept over updates");
    assert_eq!(copy.body["extendedProperties"]["private"], json!({"his": "4"}));
}

#[tokio::test]
async fn an_answer_reaches_the_organiser() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let ben = desk.caller(BEN).await;
    let own = ada.insert(meeting()).await.ok();
    let id = own.id();
    let token = ada.token().await;
    let answer = json!({"attendeesOmitted": true, "attendees": [{"email": BEN, "responseStatus": "tentative"}]});
    let copy = ben.patch(&id, answer).await.ok();
    assert_eq!(copy.body["attendees"].as_array().unwrap().len(), 3, "the others are untouched");
    let delta = ada.delta(&token).await.ok();
    assert_eq!(answer_of(&delta.items()[0], BEN), "tentative");
    assert_ne!(delta.items()[0]["etag"], own.body["etag"]);
    ben.delete(&id).await.ok();
    let left = ada.event(&id).await.ok();
    assert_eq!((answer_of(&left.body, BEN), &left.body["status"]), ("declined", &json!("confirmed")));
}

#[tokio::test]
async fn cancelling_and_uninviting_cancel_the_copy() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let ben = desk.caller(BEN).await;
    let (first, second) = (ada.insert(meeting()).await.ok().id(), ada.insert(meeting()).await.ok().id());
    ada.delete(&first).await.ok();
    ada.patch(&second, json!({"attendees": [{"email": ADA}]})).await.ok();
    for id in [first, second] {
        assert_eq!(ben.event(&id).await.ok().body["status"], "cancelled");
    }
}

#[tokio::test]
async fn occurrences_cancelled_by_the_organiser_are_gaps_of_the_copy() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let ben = desk.caller(BEN).await;
    let mut series = weekly(4);
    series["attendees"] = json!([{"email": BEN}]);
    let id = ada.insert(series).await.ok().id();
    ada.delete(&format!("{id}_20261207T080000Z")).await.ok();
    assert_eq!(ben.list("singleEvents=true").await.items().len(), 3);
    ada.delete(&id).await.ok();
    assert_eq!(ben.list("singleEvents=true").await.items().len(), 0);
    assert_eq!(ben.list("").await.items().len(), 0);
}

#[tokio::test]
async fn declining_one_occurrence_tells_the_organiser_about_that_one() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let ben = desk.caller(BEN).await;
    let mut series = weekly(4);
    series["attendees"] = json!([{"email": BEN}]);
    let id = ada.insert(series).await.ok().id();
    let one = format!("{id}_20261207T080000Z");
    let answer = json!({"attendeesOmitted": true, "attendees": [{"email": BEN, "responseStatus": "declined"}]});
    ben.patch(&one, answer).await.ok();
    assert_eq!(answer_of(&ada.event(&one).await.ok().body, BEN), "declined");
    assert_eq!(answer_of(&ada.event(&id).await.ok().body, BEN), "needsAction");
}

#[tokio::test]
async fn guests_who_may_modify_change_the_organisers_event() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let ben = desk.caller(BEN).await;
    let mut event = meeting();
    event["guestsCanModify"] = json!(true);
    let id = ada.insert(event).await.ok().id();
    let copy = ben.patch(&id, json!({"summary": "Better title"})).await.ok();
    assert_eq!(copy.body["summary"], "Better title");
    let own = ada.event(&id).await.ok();
    assert_eq!(own.body["summary"], "Better title");
    assert_eq!(own.body["extendedProperties"]["private"], json!({"mine": "1"}));
}

#[tokio::test]
async fn on_a_secondary_calendar_the_calendar_organises() {
    let desk = Desk::new().await;
    let new = json!({"id": "team", "summary": "Team", "timeZone": "Europe/Vienna", "account": ADA});
    desk.control("POST", "calendars", new).await.ok();
    let ada = desk.caller(ADA).await;
    let event = ada.send("POST", "calendars/team/events", &[], Some(hour("x", 1, "09:00"))).await.ok();
    assert_eq!(event.body["organizer"], json!({"email": "team", "displayName": "Team", "self": true}));
    assert_eq!(event.body["creator"]["email"], ADA);
}

#[tokio::test]
async fn by_switch_a_copy_has_an_id_of_its_own() {
    let desk = Desk::new().await;
    desk.switch(json!({"copiesHaveOwnIds": true})).await;
    let (ada, ben) = (desk.caller(ADA).await, desk.caller(BEN).await);
    let mut series = weekly(4);
    series["attendees"] = json!([{"email": BEN}]);
    let own = ada.insert(series).await.ok();
    let copy = ben.list("").await.ok().items()[0].clone();
    let id = copy["id"].as_str().unwrap().to_owned();
    assert_ne!(id, own.id());
    assert_eq!(copy["iCalUID"], own.body["iCalUID"]);
    let slot = "20261207T080000Z";
    ada.patch(&format!("{}_{slot}", own.id()), json!({"location": "Here"})).await.ok();
    let his = ben.event(&format!("{id}_{slot}")).await.ok();
    assert_eq!((&his.body["location"], &his.body["recurringEventId"]), (&json!("Here"), &json!(id)));
    let answer = json!({"attendees": [{"email": BEN, "responseStatus": "accepted"}], "attendeesOmitted": true});
    ben.patch(&format!("{id}_{slot}"), answer).await.ok();
    assert_eq!(answer_of(&ada.event(&format!("{}_{slot}", own.id())).await.body, BEN), "accepted");
    ada.delete(&own.id()).await.ok();
    assert_eq!(ben.event(&id).await.body["status"], "cancelled");
}

#[tokio::test]
async fn an_event_that_only_shares_the_id_is_left_alone() {
    let desk = Desk::new().await;
    let (ada, ben) = (desk.caller(ADA).await, desk.caller(BEN).await);
    let with_id = |title: &str| {
        let mut event = hour(title, 1, "09:00");
        event["id"] = json!("samesame");
        event
    };
    ben.insert(with_id("his")).await.ok();
    ada.insert(with_id("hers")).await.ok();
    ada.patch("samesame", json!({"attendees": [{"email": BEN}]})).await.ok();
    assert_eq!(ben.event("samesame").await.body["summary"], "his");
    let titles: Vec<Value> = ben.list("").await.items().iter().map(|item| item["summary"].clone()).collect();
    assert_eq!(titles.len(), 2, "the copy has another id: {titles:?}");
    ada.delete("samesame").await.ok();
    assert_eq!(ben.event("samesame").await.body["status"], "confirmed");
    assert_eq!(ben.list("").await.items().len(), 1);
}
