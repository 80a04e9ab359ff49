use serde_json::{Value, json};

use super::{WINDOW, hour, user, weekly};
use crate::desk::{ADA, Desk};

fn kinds(items: &[Value]) -> Vec<&str> {
    items
        .iter()
        .map(|item| if item.get("@removed").is_some() { "removed" } else { item["type"].as_str().unwrap() })
        .collect()
}

#[tokio::test]
async fn a_first_round_gives_masters_and_sparse_occurrences_and_then_nothing() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    ada.create(hour("Single", 2, 9)).await.ok();
    let series = ada.create(weekly(2)).await.ok().id();
    let mut early = hour("Long ago", 1, 9);
    early["start"]["dateTime"] = json!("2026-01-05T09:00:00");
    early["end"]["dateTime"] = json!("2026-01-05T10:00:00");
    ada.create(early).await.ok();
    let (items, link) = ada.first_round().await;
    assert_eq!(kinds(&items), ["singleInstance", "seriesMaster", "occurrence", "occurrence"]);
    assert_eq!(items[0]["subject"], "Single");
    let mut members: Vec<&String> = items[2].as_object().unwrap().keys().collect();
    members.sort();
    assert_eq!(members, ["@odata.etag", "@odata.type", "end", "id", "seriesMasterId", "start", "type"]);
    assert_eq!(items[2]["seriesMasterId"], json!(series));
    assert!(link.starts_with(&desk.url("/v1.0/me/calendarView/delta?$deltatoken=")), "{link}");
    assert!(ada.round(&link).await.0.is_empty());
}

#[tokio::test]
async fn a_master_may_begin_long_before_the_window() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    let mut body = weekly(99);
    for (name, time) in [("start", "09"), ("end", "10")] {
        body[name]["dateTime"] = json!(format!("2026-02-03T{time}:00:00"));
    }
    body["recurrence"]["range"]["startDate"] = json!("2026-02-03");
    ada.create(body).await.ok();
    let (items, _) = ada.first_round().await;
    assert_eq!(items[0]["start"]["dateTime"], "2026-02-03T08:00:00.0000000");
    assert_eq!(kinds(&items)[1..], ["occurrence"; 9]);
}

#[tokio::test]
async fn later_rounds_name_what_changed_and_what_left() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    let goes = ada.create(hour("Goes", 2, 9)).await.ok().id();
    let leaves = ada.create(hour("Leaves", 3, 9)).await.ok().id();
    let series = ada.create(weekly(3)).await.ok().id();
    let (_, link) = ada.first_round().await;
    ada.delete(&goes).await.ok();
    let far = json!({"start": {"dateTime": "2028-01-01T09:00:00", "timeZone": "UTC"}, "end": {"dateTime": "2028-01-01T10:00:00", "timeZone": "UTC"}});
    ada.patch(&leaves, far.clone()).await.ok();
    let mut outside = hour("Never inside", 1, 9);
    outside.as_object_mut().unwrap().extend(far.as_object().unwrap().clone());
    ada.create(outside).await.ok();
    let (items, link) = ada.round(&link).await;
    assert_eq!(kinds(&items), ["removed"; 3]);
    assert_eq!((&items[0]["id"], &items[1]["id"]), (&json!(goes), &json!(leaves)));
    assert_eq!(items[1]["@removed"], json!({"reason": "deleted"}));
    assert_eq!(ada.event(&goes).await.status, 404);
    assert_eq!(ada.event(&leaves).await.status, 200);
    // a cancelled occurrence is merely absent; the series comes whole
    let second = ada.instances(&series).await[1]["id"].as_str().unwrap().to_owned();
    ada.delete(&second).await.ok();
    let (items, link) = ada.round(&link).await;
    assert_eq!(kinds(&items), ["seriesMaster", "occurrence", "occurrence"]);
    desk.switch(json!({"graph": {"tellCancelledOccurrences": true, "fullOccurrences": true}})).await;
    let third = ada.instances(&series).await[1]["id"].as_str().unwrap().to_owned();
    ada.patch(&third, json!({"subject": "Special"})).await.ok();
    let (items, link) = ada.round(&link).await;
    assert_eq!(kinds(&items), ["seriesMaster", "occurrence", "exception", "removed"]);
    assert_eq!((&items[1]["subject"], &items[2]["subject"]), (&json!("Weekly"), &json!("Special")));
    ada.delete(&series).await.ok();
    assert_eq!(kinds(&ada.round(&link).await.0), ["removed"]);
}

#[tokio::test]
async fn leaving_the_window_may_have_a_reason_of_its_own() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    desk.switch(json!({"graph": {"tellWhyRemoved": true, "customZoneNames": true}})).await;
    let made = ada.create(hour("Leaves", 3, 9)).await.ok();
    assert_eq!(made.body["originalStartTimeZone"], "tzone://Microsoft/Custom");
    let (_, link) = ada.first_round().await;
    let far = json!({"start": {"dateTime": "2028-01-01T09:00:00", "timeZone": "UTC"}, "end": {"dateTime": "2028-01-01T10:00:00", "timeZone": "UTC"}});
    ada.patch(&made.id(), far).await.ok();
    let (items, link) = ada.round(&link).await;
    assert_eq!(items[0]["@removed"]["reason"], "changed");
    ada.delete(&made.id()).await.ok();
    assert_eq!(ada.round(&link).await.0[0]["@removed"]["reason"], "deleted");
}

#[tokio::test]
async fn pages_are_cut_anywhere_and_may_be_empty_or_repeat() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    for day in 1..8 {
        ada.create(hour("Single", day, 9)).await.ok();
    }
    ada.create(weekly(9)).await.ok();
    let first = format!("me/calendarView/delta?{WINDOW}");
    let ids =
        |items: &[Value]| -> Vec<String> { items.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect() };
    let whole = ids(&ada.first_round().await.0);
    assert_eq!(whole.len(), 7 + 1 + 9);
    for size in [1, 2, 3, 7, 50] {
        let prefer = format!("IdType=\"ImmutableId\", odata.maxpagesize={size}");
        assert_eq!(ids(&ada.round_with(&first, &prefer).await.0), whole, "{size}");
    }
    desk.switch(json!({"emptyPages": 3, "shortPages": 4})).await;
    assert_eq!(ids(&ada.round(&first).await.0), whole);
    desk.switch(json!({"emptyPages": 0, "repeatLastItem": true})).await;
    let mut repeated = ids(&ada.round(&first).await.0);
    assert!(repeated.len() > whole.len());
    let mut seen = std::collections::BTreeSet::new();
    repeated.retain(|id| seen.insert(id.clone()));
    assert_eq!(repeated, whole);
}

#[tokio::test]
async fn a_change_between_two_pages_is_not_lost() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    let mut ids = Vec::new();
    for day in 1..6 {
        ids.push(ada.create(hour("Before", day, 9)).await.ok().id());
    }
    let prefer = "IdType=\"ImmutableId\", odata.maxpagesize=2";
    let first = ada.send("GET", &format!("me/calendarView/delta?{WINDOW}"), &[("prefer", prefer)], None).await.ok();
    ada.patch(&ids[4], json!({"subject": "After"})).await.ok();
    let (_, link) = ada.round_with(first.body["@odata.nextLink"].as_str().unwrap(), prefer).await;
    let (items, _) = ada.round_with(&link, prefer).await;
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["subject"], "After");
}

#[tokio::test]
async fn the_window_is_needed_once_and_options_never_fit() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    assert_eq!(ada.get("me/calendarView/delta").await.graph(), (400, "ErrorInvalidParameter"));
    for option in ["$select=id", "$filter=isAllDay eq true", "$orderby=subject", "$expand=extensions", "$search=x"] {
        let answer = ada.get(&format!("me/calendarView/delta?{WINDOW}&{option}")).await;
        assert_eq!(answer.graph(), (400, "ErrorInvalidUrlQuery"), "{option}");
    }
    assert_eq!(ada.get("me/calendarView/delta?$deltatoken=latest").await.graph(), (400, "BadRequest"));
    let calendar: String =
        url::form_urlencoded::byte_serialize(ada.get("me/calendar").await.ok().id().as_bytes()).collect();
    let path = format!("me/calendars/{calendar}/calendarView/delta?{WINDOW}");
    ada.get(&path).await.ok();
    desk.switch(json!({"graph": {"noDeltaPerCalendar": true, "foreignLinks": true}})).await;
    assert_eq!(ada.get(&path).await.graph(), (400, "ErrorInvalidRequest"));
    let answer = ada.get(&format!("me/calendarView/delta?{WINDOW}")).await.ok();
    assert!(answer.body["@odata.deltaLink"].as_str().unwrap().starts_with("https://graph.example.net/"));
}

#[tokio::test]
async fn lost_states_speak_several_dialects() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    ada.create(hour("x", 1, 9)).await.ok();
    let (_, link) = ada.first_round().await;
    desk.control("POST", "expire-sync-tokens", json!({})).await.ok();
    let lost = ada.get(&link).await;
    assert_eq!(lost.graph(), (410, "SyncStateNotFound"));
    assert!(lost.location().ends_with("&$deltatoken=") && lost.location().contains("startDateTime=2026-12-01"));
    desk.switch(
        json!({"graph": {"lostStateStatus": 400, "lostStateCode": "resyncRequired", "lostStateWithoutLocation": true}}),
    )
    .await;
    let lost = ada.get(&link).await;
    assert_eq!((lost.graph(), lost.location()), ((400, "resyncRequired"), ""));
    let (_, link) = ada.first_round().await;
    desk.switch(json!({"syncTokenLifetimeSeconds": 60, "tokenLifetimeSeconds": 9000})).await;
    let ada = user(&desk, ADA).await;
    desk.advance(61).await;
    assert_eq!(ada.get(&link).await.status, 400);
    desk.switch(json!({"syncTokenLifetimeSeconds": null, "graph": {"replayChanges": 1}})).await;
    assert_eq!(ada.round(&link).await.0.len(), 1);
}
