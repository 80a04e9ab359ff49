use serde_json::{Value, json};

use crate::desk::{ADA, Answer, BEN, Caller, Desk};

const PATH: &str = "users/me/calendarList";

async fn list(caller: &Caller<'_>, query: &str) -> Answer {
    caller.get(&format!("{PATH}?{query}")).await
}

/// Ada with her primary calendar and four more; one of them hidden.
async fn furnished() -> Desk {
    let desk = Desk::new().await;
    for (id, role) in [("one", "reader"), ("two", "writer"), ("three", "freeBusyReader"), ("four", "reader")] {
        let new = json!({"id": id, "summary": id, "timeZone": "Europe/Paris", "account": BEN});
        desk.control("POST", "calendars", new).await.ok();
        let access = json!({"calendarId": id, "account": ADA, "role": role, "hidden": id == "four"});
        desk.control("POST", "access", access).await.ok();
    }
    desk
}

#[tokio::test]
async fn an_entry_carries_what_a_client_shows() {
    let desk = Desk::with(|config| config.filled = true).await;
    let ada = desk.caller(ADA).await;
    let answer = list(&ada, "").await.ok();
    assert_eq!(answer.body["kind"], "calendar#calendarList");
    let own = answer.items().iter().find(|item| item["primary"] == true).unwrap();
    assert_eq!((&own["id"], &own["accessRole"]), (&json!(ADA), &json!("owner")));
    assert_eq!(own["timeZone"], "Europe/Vienna");
    assert_eq!(own["defaultReminders"], json!([{"method": "popup", "minutes": 10}]));
    assert!(own["backgroundColor"].as_str().unwrap().starts_with('#'));
    let roles: Vec<&str> = answer.items().iter().map(|item| item["accessRole"].as_str().unwrap()).collect();
    assert_eq!(roles.iter().filter(|role| **role == "reader").count(), 2, "birthdays and holidays");
    assert!(roles.contains(&"writer"), "the team calendar");
    let ben = desk.caller(BEN).await;
    let his = list(&ben, "").await.ok();
    let team = his.items().iter().find(|item| item["summary"] == "Team Atlas").unwrap();
    assert_eq!((&team["accessRole"], &team["summaryOverride"]), (&json!("reader"), &json!("Atlas (team)")));
}

#[tokio::test]
async fn pages_filters_and_hidden_entries() {
    let desk = furnished().await;
    let ada = desk.caller(ADA).await;
    assert_eq!(list(&ada, "").await.ids(), [ADA, "one", "three", "two"]);
    assert_eq!(list(&ada, "showHidden=true").await.items().len(), 5);
    assert_eq!(list(&ada, "minAccessRole=writer").await.ids(), [ADA, "two"]);
    let first = list(&ada, "maxResults=3").await.ok();
    assert_eq!((first.items().len(), first.body.get("nextSyncToken")), (3, None));
    let page = first.body["nextPageToken"].as_str().unwrap();
    let second = list(&ada, &format!("maxResults=3&pageToken={page}")).await.ok();
    assert_eq!(second.ids(), ["two"]);
    assert!(second.body["nextSyncToken"].is_string());
    for query in ["maxResults=0", "minAccessRole=king", "showHidden=maybe", "pageToken=x"] {
        assert_eq!(list(&ada, query).await.status, 400, "{query}");
    }
    let other = list(&ada, &format!("showHidden=true&pageToken={page}")).await;
    assert_eq!(other.status, 400, "a page token belongs to its parameters");
}

#[tokio::test]
async fn a_delta_brings_lost_and_new_entries() {
    let desk = furnished().await;
    let ada = desk.caller(ADA).await;
    let token = list(&ada, "").await.body["nextSyncToken"].as_str().unwrap().to_owned();
    let delta = format!("syncToken={token}");
    assert_eq!(list(&ada, &delta).await.ok().items().len(), 0);
    desk.control("POST", "access", json!({"calendarId": "one", "account": ADA, "role": null})).await.ok();
    let access = json!({"calendarId": "four", "account": ADA, "role": "writer", "hidden": true});
    desk.control("POST", "access", access).await.ok();
    let answer = list(&ada, &delta).await.ok();
    assert_eq!(answer.ids(), ["four", "one"]);
    assert_eq!(answer.items()[0]["hidden"], true, "hidden entries are always in a delta");
    let gone = answer.items()[1].as_object().unwrap();
    assert_eq!(gone["deleted"], true);
    assert!(!gone.contains_key("summary"));
    assert_eq!(list(&ada, "showDeleted=true").await.items().len(), 4);
    assert_eq!(ada.get("calendars/one/events").await.status, 404, "access is gone");
}

#[tokio::test]
async fn sync_tokens_have_their_rules() {
    let desk = furnished().await;
    let ada = desk.caller(ADA).await;
    let token = list(&ada, "").await.body["nextSyncToken"].as_str().unwrap().to_owned();
    for query in ["minAccessRole=reader", "showOwnOrganizationOnly=true", "showDeleted=false", "showHidden=false"] {
        let answer = list(&ada, &format!("{query}&syncToken={token}")).await;
        assert_eq!(answer.status, 400, "{query}");
    }
    assert_eq!(list(&ada, "syncToken=abc").await.status, 400);
    let ben = desk.caller(BEN).await;
    assert_eq!(list(&ben, &format!("syncToken={token}")).await.status, 400, "somebody else's token");
    desk.control("POST", "expire-sync-tokens", Value::Null).await;
    desk.control("POST", "expire-sync-tokens", json!({})).await.ok();
    assert_eq!(list(&ada, &format!("syncToken={token}")).await.refusal(), (410, "fullSyncRequired"));
}

#[tokio::test]
async fn one_calendar_is_read_by_its_id_and_by_primary() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let own = ada.get("calendars/primary").await.ok();
    assert_eq!(own.body["id"], ADA);
    assert_eq!(ada.get("calendars/ada%40example.com").await.ok().body, own.body);
    assert_eq!(own.header("etag"), own.body["etag"].as_str().unwrap());
    assert_eq!(ada.get("calendars/ben%40example.com").await.refusal(), (404, "notFound"));
    let etag = own.body["etag"].as_str().unwrap();
    assert_eq!(ada.send("GET", "calendars/primary", &[("If-None-Match", etag)], None).await.status, 304);
}
