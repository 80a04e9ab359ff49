//! Writing beyond insert, patch and delete: update, import, move, instances, quick add, special types.

use serde_json::{Value, json};

use crate::desk::{ADA, Answer, BEN, Caller, Desk, hour, weekly};

async fn send(caller: &Caller<'_>, method: &str, path: &str, body: Option<Value>) -> Answer {
    caller.send(method, &format!("calendars/primary/events{path}"), &[], body).await
}

#[tokio::test]
async fn an_update_resets_what_it_does_not_say() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let mut event = hour("x", 1, "09:00");
    event["description"] = json!("text");
    event["attendees"] = json!([{"email": BEN}]);
    event["extendedProperties"] = json!({"private": {"a": "1", "b": "2"}});
    event["reminders"] = json!({"useDefault": false});
    let made = ada.insert(event).await.ok();
    let path = format!("/{}", made.id());
    let mut sent = hour("y", 2, "10:00");
    sent["extendedProperties"] = json!({"private": {"b": "3"}});
    let updated = send(&ada, "PUT", &path, Some(sent)).await.ok();
    assert_eq!(updated.body["summary"], "y");
    for name in ["description", "attendees"] {
        assert_eq!(updated.body.get(name), None, "{name}");
    }
    assert_eq!(updated.body["extendedProperties"], json!({"private": {"b": "3"}}));
    assert_eq!(updated.body["reminders"], json!({"useDefault": true}));
    for name in ["id", "iCalUID", "created", "organizer", "status", "eventType"] {
        assert_eq!(updated.body[name], made.body[name], "{name}");
    }
    let ben = desk.caller(BEN).await;
    assert_eq!(ben.event(&made.id()).await.body["status"], "cancelled", "a guest left out is uninvited");
    let again = send(&ada, "PUT", &path, Some(updated.body.clone())).await.ok();
    assert_eq!(again.body["updated"], updated.body["updated"], "a whole event as it was answered changes nothing");
}

#[tokio::test]
async fn an_update_needs_times_a_version_and_the_right() {
    let desk = Desk::new().await;
    let (ada, ben) = (desk.caller(ADA).await, desk.caller(BEN).await);
    let mut event = hour("x", 1, "09:00");
    event["attendees"] = json!([{"email": BEN}]);
    let id = ada.insert(event).await.ok().id();
    let path = format!("calendars/primary/events/{id}");
    assert_eq!(ada.send("PUT", &path, &[], Some(json!({"summary": "y"}))).await.refusal(), (400, "required"));
    let stale = ada.send("PUT", &path, &[("If-Match", "\"1\"")], Some(hour("y", 1, "09:00"))).await;
    assert_eq!(stale.refusal(), (412, "conditionNotMet"));
    let shared = ben.send("PUT", &path, &[], Some(hour("x", 1, "09:00"))).await;
    assert_eq!(shared.refusal(), (403, "forbiddenForNonOrganizer"), "what is not sent counts as set to its default");
    let mut own = ben.event(&id).await.body;
    own["colorId"] = json!("5");
    assert_eq!(ben.send("PUT", &path, &[], Some(own)).await.ok().body["colorId"], "5");
    assert_eq!(ada.send("PUT", "calendars/primary/events/missing", &[], Some(json!({}))).await.status, 404);
    ada.delete(&id).await.ok();
    assert_eq!(ada.send("PUT", &path, &[], Some(hour("y", 1, "09:00"))).await.refusal(), (403, "forbidden"));
}

#[tokio::test]
async fn importing_makes_a_private_copy_and_finds_it_again() {
    let desk = Desk::new().await;
    let (ada, ben) = (desk.caller(ADA).await, desk.caller(BEN).await);
    let mut event = hour("x", 1, "09:00");
    assert_eq!(send(&ada, "POST", "/import", Some(event.clone())).await.refusal(), (400, "required"));
    event["iCalUID"] = json!("far@example.org");
    event["sequence"] = json!(3);
    event["organizer"] = json!({"email": "cara@example.org", "displayName": "Cara"});
    event["attendees"] = json!([{"email": BEN}, {"email": ADA}]);
    let made = send(&ada, "POST", "/import", Some(event.clone())).await.ok();
    assert_eq!(made.body["organizer"], json!({"email": "cara@example.org", "displayName": "Cara"}));
    assert_eq!((&made.body["iCalUID"], &made.body["sequence"]), (&json!("far@example.org"), &json!(3)));
    assert_eq!(ben.list("").await.items().len(), 0, "nobody is invited");
    let foreign = ada.patch(&made.id(), json!({"summary": "mine"})).await;
    assert_eq!(foreign.refusal(), (403, "forbiddenForNonOrganizer"));

    event["summary"] = json!("newer");
    event["sequence"] = json!(4);
    let renewed = send(&ada, "POST", "/import", Some(event.clone())).await.ok();
    assert_eq!((renewed.id(), &renewed.body["summary"]), (made.id(), &json!("newer")));
    event["sequence"] = json!(3);
    assert_eq!(send(&ada, "POST", "/import", Some(event.clone())).await.refusal(), (400, "invalid"));
    event["sequence"] = json!(4);
    event["eventType"] = json!("outOfOffice");
    assert_eq!(send(&ada, "POST", "/import", Some(event)).await.refusal(), (400, "eventTypeRestriction"));
}

#[tokio::test]
async fn moving_changes_the_organiser_and_leaves_an_id_behind() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let new = ada.send("POST", "calendars", &[], Some(json!({"summary": "Team"}))).await.ok();
    let (team, token) = (new.id(), ada.token().await);
    let series = ada.insert(weekly(4)).await.ok().id();
    let instance = format!("{series}_20261207T080000Z");
    ada.patch(&instance, json!({"summary": "Changed"})).await.ok();
    let path = |id: &str| format!("/{id}/move?destination={team}");
    let refused = send(&ada, "POST", &path(&instance), None).await;
    assert_eq!(refused.refusal(), (400, "cannotChangeOrganizerOfInstance"));
    let moved = send(&ada, "POST", &path(&series), None).await.ok();
    assert_eq!((moved.id(), &moved.body["organizer"]["email"]), (series.clone(), &json!(team)));
    assert_eq!(send(&ada, "POST", &path(&series), None).await.refusal(), (403, "forbidden"), "it is gone from here");
    let delta = ada.delta(&token).await.ok();
    assert_eq!(delta.ids().len(), 2);
    assert!(delta.items().iter().all(|item| item["status"] == "cancelled"));
    let there = ada.get(&format!("calendars/{team}/events?singleEvents=true&orderBy=startTime")).await.ok();
    let titles: Vec<&str> = there.items().iter().map(|item| item["summary"].as_str().unwrap()).collect();
    assert_eq!(titles, ["Weekly", "Changed", "Weekly", "Weekly"]);
    let mut meeting = hour("Meeting", 1, "09:00");
    meeting["attendees"] = json!([{"email": BEN}]);
    let meeting = ada.insert(meeting).await.ok().id();
    send(&ada, "POST", &path(&meeting), None).await.ok();
    let ben = desk.caller(BEN).await;
    assert_eq!(ben.event(&meeting).await.body["organizer"]["email"], team, "the guest's copy follows");
    assert_eq!(ben.list("").await.items().len(), 1);
    assert_eq!(send(&ada, "POST", "/missing/move?destination=x", None).await.status, 404);
}

#[tokio::test]
async fn instances_come_in_pages_with_their_exceptions() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let series = ada.insert(weekly(5)).await.ok().id();
    ada.patch(&format!("{series}_20261207T080000Z"), json!({"summary": "Changed"})).await.ok();
    ada.delete(&format!("{series}_20261214T080000Z")).await.ok();
    let path = format!("calendars/primary/events/{series}/instances");
    let all = ada.get(&path).await.ok();
    assert_eq!((all.items().len(), &all.items()[1]["summary"]), (4, &json!("Changed")));
    assert_eq!(ada.get(&format!("{path}?showDeleted=true")).await.items().len(), 5);
    let (mut starts, mut page) = (Vec::new(), String::new());
    for _ in 0..9 {
        let answer = ada.get(&format!("{path}?maxResults=2{page}")).await.ok();
        starts.extend(answer.ids().iter().map(|id| (*id).to_owned()));
        assert_eq!(answer.body.get("nextSyncToken"), None);
        match answer.body["nextPageToken"].as_str() {
            Some(token) => page = format!("&pageToken={token}"),
            None => break,
        }
    }
    assert_eq!(starts, all.ids());
    let one = ada.get(&format!("{path}?originalStart=2026-12-07T09:00:00%2B01:00")).await.ok();
    assert_eq!(one.ids(), [format!("{series}_20261207T080000Z")]);
    let window = ada.get(&format!("{path}?timeMin=2026-12-20T00:00:00Z")).await.ok();
    assert_eq!(window.items().len(), 2);
    let single = ada.insert(hour("x", 1, "09:00")).await.ok().id();
    assert_eq!(ada.get(&format!("calendars/primary/events/{single}/instances")).await.status, 400);
}

#[tokio::test]
async fn a_text_becomes_an_event() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let made = send(&ada, "POST", "/quickAdd?text=Lunch%20with%20Ben", None).await.ok();
    assert_eq!((&made.body["summary"], &made.body["status"]), (&json!("Lunch with Ben"), &json!("confirmed")));
    assert_eq!(send(&ada, "POST", "/quickAdd", None).await.refusal(), (400, "required"));
}

#[tokio::test]
async fn special_types_and_locked_events_keep_what_is_theirs() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let plant = async |mut event: Value, more: Value| {
        for (name, value) in more.as_object().unwrap() {
            event[name] = value.clone();
        }
        desk.control("POST", &format!("plant/{ADA}"), event).await.ok().id()
    };
    let flight = plant(hour("Flight", 1, "09:00"), json!({"eventType": "fromGmail"})).await;
    assert_eq!(ada.patch(&flight, json!({"summary": "x"})).await.refusal(), (400, "eventTypeRestriction"));
    ada.patch(&flight, json!({"colorId": "3"})).await.ok();
    let day = json!({"summary": "Cara", "start": {"date": "2026-12-05"}, "end": {"date": "2026-12-06"},
                     "recurrence": ["RRULE:FREQ=YEARLY"], "eventType": "birthday"});
    let birthday = plant(day, json!({})).await;
    assert_eq!(ada.patch(&birthday, json!({"location": "x"})).await.refusal(), (400, "eventTypeRestriction"));
    ada.patch(&birthday, json!({"summary": "Cara K."})).await.ok();
    let focus = json!({"eventType": "focusTime", "focusTimeProperties": {"chatStatus": "doNotDisturb"}});
    let focus = plant(hour("Focus", 2, "09:00"), focus).await;
    let guests = json!({"attendees": [{"email": BEN}]});
    assert_eq!(ada.patch(&focus, guests).await.refusal(), (400, "eventTypeRestriction"));
    assert_eq!(ada.patch(&focus, json!({"eventType": "default"})).await.refusal(), (400, "invalid"));
    let locked = plant(hour("Locked", 3, "09:00"), json!({"locked": true})).await;
    assert_eq!(ada.patch(&locked, json!({"location": "x"})).await.refusal(), (403, "forbidden"));
    ada.patch(&locked, json!({"colorId": "3"})).await.ok();
    let odd = plant(hour("Odd", 4, "09:00"), json!({"eventType": "partyTime"})).await;
    assert_eq!(ada.event(&odd).await.body["eventType"], "partyTime", "types of tomorrow can be planted");
    assert_eq!(send(&ada, "POST", &format!("/{focus}/move?destination={BEN}"), None).await.status, 404);
}
