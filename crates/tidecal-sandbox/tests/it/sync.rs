use serde_json::{Value, json};

use crate::desk::{ADA, BEN, Desk, hour, weekly};

#[tokio::test]
async fn a_delta_brings_every_change_since_and_a_new_token() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let kept = ada.insert(hour("kept", 1, "09:00")).await.ok().id();
    let gone = ada.insert(hour("gone", 2, "09:00")).await.ok().id();
    let token = ada.token().await;
    let quiet = ada.delta(&token).await.ok();
    assert_eq!(quiet.items().len(), 0);
    assert!(quiet.body["nextSyncToken"].is_string());
    ada.delete(&gone).await.ok();
    ada.patch(&kept, json!({"summary": "once"})).await.ok();
    ada.patch(&kept, json!({"summary": "twice"})).await.ok();
    let new = ada.insert(hour("new", 3, "09:00")).await.ok().id();
    let delta = ada.delta(&token).await.ok();
    assert_eq!(delta.ids(), [gone.as_str(), kept.as_str(), new.as_str()], "each event once, in order of change");
    assert_eq!(delta.items()[1]["summary"], "twice");
    let stub = &delta.items()[0];
    assert_eq!(stub["status"], "cancelled");
    assert!(stub.get("start").is_none() && stub.get("summary").is_none());
    let next = delta.body["nextSyncToken"].as_str().unwrap();
    assert_eq!(ada.delta(next).await.items().len(), 0);
    assert_eq!(ada.delta(&token).await.items().len(), 3, "the old token still serves");
}

#[tokio::test]
async fn a_write_is_echoed_with_the_etag_it_was_answered_with() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let token = ada.token().await;
    let written = ada.insert(hour("own", 1, "09:00")).await.ok();
    assert_eq!(ada.delta(&token).await.items(), [written.body]);
}

#[tokio::test]
async fn changes_made_while_paging_are_not_missed() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    for day in 1..10 {
        ada.insert(hour("x", day, "09:00")).await.ok();
    }
    let first = ada.list("maxResults=4").await.ok();
    let seen = first.ids()[0].to_owned();
    ada.patch(&seen, json!({"summary": "changed behind"})).await.ok();
    ada.insert(hour("late", 20, "09:00")).await.ok();
    let mut page = first.body["nextPageToken"].as_str().map(ToOwned::to_owned);
    let mut token = None;
    while let Some(next) = page {
        let answer = ada.list(&format!("maxResults=4&pageToken={next}")).await.ok();
        page = answer.body["nextPageToken"].as_str().map(ToOwned::to_owned);
        token = answer.body["nextSyncToken"].as_str().map(ToOwned::to_owned);
    }
    let delta = ada.delta(&token.unwrap()).await.ok();
    assert_eq!(delta.items().len(), 2);
    assert_eq!(delta.items()[0]["summary"], "changed behind");
}

#[tokio::test]
async fn a_delta_is_paged_with_its_sync_token_repeated() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let token = ada.token().await;
    for day in 1..8 {
        ada.insert(hour("x", day, "09:00")).await.ok();
    }
    let (items, next) = ada.all(&format!("maxResults=3&syncToken={token}")).await;
    assert_eq!(items.len(), 7);
    assert_eq!(ada.delta(&next.unwrap()).await.items().len(), 0);
    let first = ada.list(&format!("maxResults=3&syncToken={token}")).await.ok();
    let page = first.body["nextPageToken"].as_str().unwrap();
    assert_eq!(ada.list(&format!("pageToken={page}")).await.status, 400, "without the sync token");
}

#[tokio::test]
async fn parameters_that_a_sync_token_excludes_are_refused() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let token = ada.token().await;
    for query in [
        "iCalUID=x",
        "orderBy=updated",
        "privateExtendedProperty=a%3Db",
        "q=x",
        "sharedExtendedProperty=a%3Db",
        "timeMin=2026-12-01T00:00:00Z",
        "timeMax=2026-12-01T00:00:00Z",
        "updatedMin=2026-11-20T00:00:00Z",
        "showDeleted=false",
    ] {
        let answer = ada.list(&format!("{query}&syncToken={token}")).await;
        assert_eq!(answer.status, 400, "{query}");
    }
    ada.list(&format!("maxResults=10&syncToken={token}")).await.ok();
}

#[tokio::test]
async fn a_token_that_is_none_is_400_and_one_that_is_no_more_is_410() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let token = ada.token().await;
    let ben = desk.caller(BEN).await;
    for answer in [
        ada.delta("made-up").await,
        ada.delta(&token[2..]).await,
        ben.delta(&token).await,
        ada.list(&format!("singleEvents=true&syncToken={token}")).await,
        ada.list(&format!("eventTypes=default&syncToken={token}")).await,
    ] {
        assert_eq!(answer.refusal(), (400, "invalid"));
        assert_eq!(answer.body["error"]["message"], "Invalid sync token value.");
        assert_eq!(answer.body["error"]["errors"][0]["location"], "syncToken");
    }
    desk.control("POST", "expire-sync-tokens", json!({"calendarId": ADA})).await.ok();
    let expired = ada.delta(&token).await;
    assert_eq!(expired.refusal(), (410, "fullSyncRequired"));
    assert_eq!(expired.body["error"]["message"], "Sync token is no longer valid, a full sync is required.");
    let token = ada.token().await;
    ada.delta(&token).await.ok();
    desk.switch(json!({"syncTokenLifetimeSeconds": 86_400})).await;
    desk.advance(86_401).await;
    let ada = desk.caller(ADA).await;
    assert_eq!(ada.delta(&token).await.refusal(), (410, "fullSyncRequired"), "by age");
    let token = ada.token().await;
    desk.control("POST", "access", json!({"calendarId": ADA, "account": BEN, "role": "reader"})).await.ok();
    assert_eq!(ada.delta(&token).await.refusal(), (410, "fullSyncRequired"), "by a change of rights");
}

#[tokio::test]
async fn ordered_and_filtered_lists_end_without_a_sync_token() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    for query in ["orderBy=updated", "singleEvents=true&orderBy=startTime", "q=x", "updatedMin=2026-11-20T00:00:00Z"] {
        assert_eq!(ada.all(query).await.1, None, "{query}");
    }
    assert!(ada.all("timeMin=2026-11-01T00:00:00Z").await.1.is_some());
}

#[tokio::test]
async fn the_window_of_the_first_request_is_remembered_but_does_not_filter_unless_told() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let token = ada.all("timeMin=2026-12-10T00:00:00Z").await.1.unwrap();
    ada.insert(hour("before", 1, "09:00")).await.ok();
    ada.insert(hour("within", 12, "09:00")).await.ok();
    let query = format!("syncToken={token}");
    assert_eq!(ada.list(&query).await.ok().items().len(), 2);
    desk.switch(json!({"deltaKeepsWindow": true})).await;
    let kept = ada.list(&query).await.ok();
    assert_eq!(kept.items().len(), 1);
    assert_eq!(kept.items()[0]["summary"], "within");
}

#[tokio::test]
async fn tombstones_of_occurrences_are_sparse_bare_or_detailed_by_switch() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let series = ada.insert(weekly(5)).await.ok().id();
    let token = ada.token().await;
    let gap = format!("{series}_20261207T080000Z");
    ada.delete(&gap).await.ok();
    let stub = ada.delta(&token).await.items()[0].clone();
    assert_eq!(stub["id"], gap);
    assert_eq!(stub["recurringEventId"], series);
    assert_eq!(stub["originalStartTime"]["dateTime"], "2026-12-07T09:00:00+01:00");
    assert_eq!(stub.get("start"), None);
    desk.switch(json!({"bareTombstones": true})).await;
    let bare = ada.delta(&token).await.items()[0].clone();
    assert_eq!((bare.get("recurringEventId"), bare.get("originalStartTime")), (None, None));
    desk.switch(json!({"sparseTombstones": false})).await;
    assert_eq!(ada.delta(&token).await.items()[0]["summary"], "Weekly");
}

#[tokio::test]
async fn a_deleted_series_comes_alone_or_with_its_exceptions() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let id = ada.insert(weekly(5)).await.ok().id();
        ada.patch(&format!("{id}_20261207T080000Z"), json!({"summary": "Changed"})).await.ok();
        ids.push(id);
    }
    let token = ada.token().await;
    ada.delete(&ids[0]).await.ok();
    assert_eq!(ada.delta(&token).await.ids(), [ids[0].as_str()]);
    desk.switch(json!({"listOrphanedExceptions": true})).await;
    let token = ada.token().await;
    ada.delete(&ids[1]).await.ok();
    let delta = ada.delta(&token).await;
    assert_eq!(delta.ids(), [ids[1].clone(), format!("{}_20261207T080000Z", ids[1])]);
    assert!(delta.items().iter().all(|item| item["status"] == "cancelled"));
}

#[tokio::test]
async fn pages_can_be_empty_short_and_overlapping() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    for day in 1..11 {
        ada.insert(hour("x", day, "09:00")).await.ok();
    }
    desk.switch(json!({"emptyPages": 2, "shortPages": 3})).await;
    let mut sizes = Vec::new();
    let mut page = String::new();
    loop {
        let answer = ada.list(&format!("maxResults=100{page}")).await.ok();
        sizes.push(answer.items().len());
        match answer.body["nextPageToken"].as_str() {
            Some(next) => page = format!("&pageToken={next}"),
            None => break,
        }
    }
    assert_eq!(sizes, [3, 0, 3, 0, 3, 0, 1]);
    desk.switch(json!({"emptyPages": 0, "repeatLastItem": true})).await;
    let (items, token) = ada.all("").await;
    assert_eq!(items.len(), 13, "three pages begin with a repetition");
    assert!(token.is_some());
    let (items, _) = ada.all("singleEvents=true").await;
    assert_eq!(items.len(), 13);
    desk.switch(json!({"repeatLastItem": false, "shortPages": 0, "emptyPages": 1})).await;
    assert_eq!(ada.all("").await.0.len(), 10, "not every page can be empty");
}

#[tokio::test]
async fn a_repeated_item_also_comes_in_deltas() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let token = ada.token().await;
    for day in 1..6 {
        ada.insert(hour("x", day, "09:00")).await.ok();
    }
    desk.switch(json!({"shortPages": 2, "repeatLastItem": true})).await;
    let (items, _) = ada.all(&format!("syncToken={token}")).await;
    assert_eq!(items.len(), 7);
}

#[tokio::test]
async fn an_expanded_delta_lists_the_occurrences_of_a_changed_series() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let series = ada.insert(weekly(5)).await.ok().id();
    let token = ada.all("singleEvents=true").await.1.unwrap();
    ada.patch(&series, json!({"summary": "Renamed"})).await.ok();
    let query = format!("singleEvents=true&maxResults=2&syncToken={token}");
    let (items, _) = ada.all(&query).await;
    assert_eq!(items.len(), 5);
    assert!(items.iter().all(|item| item["summary"] == "Renamed" && item["recurringEventId"] == json!(series)));
}

#[tokio::test]
async fn a_delta_of_a_large_calendar_holds_the_one_change() {
    let desk = Desk::new().await;
    desk.control("POST", "populate", json!({"calendarId": ADA, "count": 5000})).await.ok();
    let ada = desk.caller(ADA).await;
    let token = ada.all("showDeleted=true&maxResults=2500").await.1.unwrap();
    let dump = desk.control("GET", &format!("events/{ADA}"), Value::Null).await.ok();
    let plain = |item: &&Value| item["status"] == "confirmed" && item.get("recurrence").is_none();
    let victim = dump.items().iter().find(plain).unwrap()["id"].as_str().unwrap();
    desk.control("PATCH", &format!("events/{ADA}/{victim}"), json!({"location": "elsewhere"})).await.ok();
    assert_eq!(ada.delta(&token).await.ok().ids(), [victim]);
}
