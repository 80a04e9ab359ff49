//! Calendars and events as the sandbox keeps them.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tidecal_core::remote::{
    AccessRole, Content, Cursor, FailureClass, ItemRef, PermanentScope, Reading, RemoteChange, SeriesScope,
};

use crate::peer::{ADA, Peer, Whole};

fn item(id: &str) -> ItemRef {
    ItemRef { id: id.to_owned(), version: String::new() }
}

fn keys(whole: &Whole) -> BTreeSet<String> {
    whole
        .components()
        .into_iter()
        .map(|(series, component)| format!("{series} {} {:?}", component.id, component.recurrence_id))
        .collect()
}

#[tokio::test]
async fn calendars_are_listed_the_main_one_first_under_its_real_id() {
    let peer = Peer::start().await;
    let access = peer.connect().await;
    let calendars = peer.adapter().fetch_calendars(&access).await.unwrap();
    assert_eq!((calendars[0].id.as_str(), calendars[0].primary), (ADA, true));
    assert_eq!(calendars[0].access, AccessRole::Writer);
    assert_eq!(calendars[0].zone.as_deref(), Some("Europe/Vienna"));
    assert!(calendars.len() > 1 && calendars.iter().all(|calendar| calendar.id != "primary"));
    peer.switch(json!({"shortPages": 1, "emptyPages": 2})).await;
    let again = peer.adapter().fetch_calendars(&access).await.unwrap();
    assert_eq!(again, calendars);
}

#[tokio::test]
async fn a_full_reading_brings_series_with_their_exceptions_and_a_cursor() {
    let peer = Peer::start().await;
    let access = peer.connect().await;
    let whole = peer.full(&access).await;
    assert_eq!((whole.pages, whole.unreadable()), (1, vec![]));
    let components = whole.components();
    assert!(components.len() > 20, "{}", components.len());
    let mut masters = 0;
    let mut exceptions = 0;
    for (series, component) in &components {
        assert!(!component.version.is_empty() && !component.raw.is_empty());
        assert!(serde_json::from_slice::<Value>(&component.raw).unwrap()["id"] == json!(component.id));
        match &component.content {
            Content::Event(event) => {
                assert!(!event.zone_guessed, "{event:?}");
                masters += usize::from(event.recurrence.is_some());
            }
            Content::Cancelled => assert!(component.recurrence_id.is_some()),
            Content::Unreadable(reason) => panic!("{}: {reason}", component.id),
        }
        exceptions += usize::from(component.recurrence_id.is_some());
        assert_eq!(*series == component.id, component.recurrence_id.is_none());
    }
    assert!(masters > 0 && exceptions > 0, "{masters} masters, {exceptions} exceptions");
    let quiet = peer.delta(&access, &whole.cursor).await.unwrap();
    assert!(quiet.changes.is_empty());
}

#[tokio::test]
async fn pages_however_cut_say_the_same() {
    let peer = Peer::start().await;
    let access = peer.connect().await;
    let whole = peer.full(&access).await;
    peer.switch(json!({"shortPages": 7, "emptyPages": 3, "repeatLastItem": true})).await;
    let cut = peer.full(&access).await;
    assert!(cut.pages > 5, "{}", cut.pages);
    assert_eq!(keys(&cut), keys(&whole));
    assert!(peer.delta(&access, &cut.cursor).await.unwrap().changes.is_empty());
}

#[tokio::test]
async fn a_range_is_read_without_what_lies_outside() {
    let peer = Peer::start().await;
    let access = peer.connect().await;
    let whole = peer.full(&access).await;
    let (lower, upper) = ("2026-11-23T00:00:00Z".parse().unwrap(), "2026-11-24T00:00:00Z".parse().unwrap());
    let range = peer.read(&access, Reading::Range { lower, upper }).await.unwrap();
    assert!(keys(&range).is_subset(&keys(&whole)));
    assert!(!range.changes.is_empty() && range.changes.len() < whole.changes.len());
}

#[tokio::test]
async fn edits_and_removals_arrive_by_the_cursor() {
    let peer = Peer::start().await;
    let access = peer.connect().await;
    let start = peer.full(&access).await;
    let timed = |hour: u8| json!({"dateTime": format!("2026-12-01T{hour:02}:00:00"), "timeZone": "Europe/Vienna"});
    let single = json!({"summary": "Single", "start": timed(9), "end": timed(10)});
    let single = peer.edit(&access, "POST", "", single).await["id"].as_str().unwrap().to_owned();
    let series =
        json!({"summary": "Daily", "start": timed(11), "end": timed(12), "recurrence": ["RRULE:FREQ=DAILY;COUNT=5"]});
    let series = peer.edit(&access, "POST", "", series).await["id"].as_str().unwrap().to_owned();
    let made = peer.delta(&access, &start.cursor).await.unwrap();
    assert_eq!(made.titles(), ["Single", "Daily"]);

    let third = format!("{series}_20261203T100000Z");
    peer.edit(&access, "PATCH", &format!("/{third}"), json!({"summary": "Moved"})).await;
    let fourth = format!("{series}_20261204T100000Z");
    peer.edit(&access, "DELETE", &format!("/{fourth}"), Value::Null).await;
    peer.edit(&access, "DELETE", &format!("/{single}"), Value::Null).await;
    for bare in [false, true] {
        peer.switch(json!({"bareTombstones": bare})).await;
        let changed = peer.delta(&access, &made.cursor).await.unwrap();
        assert_eq!((changed.titles(), changed.gone()), (vec!["Moved"], vec![single.as_str()]));
        let slots: BTreeSet<_> = changed
            .components()
            .into_iter()
            .map(|(of, component)| {
                (of.to_owned(), component.recurrence_id.unwrap().to_string(), component.content == Content::Cancelled)
            })
            .collect();
        let expected = [
            (series.clone(), "20261203T100000Z".to_owned(), false),
            (series.clone(), "20261204T100000Z".to_owned(), true),
        ];
        assert_eq!(slots, BTreeSet::from(expected), "bare: {bare}");
    }

    let before = peer.delta(&access, &made.cursor).await.unwrap();
    peer.edit(&access, "DELETE", &format!("/{series}"), Value::Null).await;
    let ended = peer.delta(&access, &before.cursor).await.unwrap();
    assert_eq!(ended.gone(), [series.as_str()]);
}

#[tokio::test]
async fn a_cursor_that_the_vendor_forgot_is_lost() {
    let peer = Peer::start().await;
    let access = peer.connect().await;
    let whole = peer.full(&access).await;
    peer.control("expire-sync-tokens", json!({})).await;
    let gone = peer.delta(&access, &whole.cursor).await.unwrap_err();
    assert_eq!((gone.class, gone.http_status), (FailureClass::CursorLost, Some(410)));
    let foreign = peer.delta(&access, &Cursor(format!("{}x", whole.cursor.0))).await.unwrap_err();
    assert_eq!((foreign.class, foreign.http_status), (FailureClass::CursorLost, Some(400)));
    let unsent = peer.delta(&access, &Cursor("another version".into())).await.unwrap_err();
    assert_eq!((unsent.class, unsent.http_status), (FailureClass::CursorLost, None));
    let again = peer.full(&access).await;
    assert_eq!(keys(&again), keys(&whole));
}

#[tokio::test]
async fn events_are_fetched_by_id_and_missing_ones_are_proven_gone() {
    let peer = Peer::start().await;
    let access = peer.connect().await;
    let whole = peer.full(&access).await;
    let known: Vec<ItemRef> = whole.components().iter().take(3).map(|(_, component)| item(&component.id)).collect();
    let mut asked = known.clone();
    asked.push(item("neverexisted"));
    asked.push(item("neverexistedeither"));
    let found = peer.adapter().fetch_items(&access, ADA, &asked).await.unwrap();
    assert_eq!(found.len(), 5);
    for (change, asked) in found.iter().zip(&known) {
        let RemoteChange::Series(series) = change else { panic!("{change:?}") };
        assert_eq!((series.components[0].id.as_str(), series.scope), (asked.id.as_str(), SeriesScope::Part));
        let listed = whole.components().into_iter().find(|(_, it)| it.id == asked.id).unwrap();
        assert_eq!(series.components[0].content, listed.1.content);
    }
    assert_eq!(found[3], RemoteChange::Gone { id: "neverexisted".into(), proven: true });
    assert_eq!(peer.calls("events.list").await.len(), 2, "one full reading, one probe");
}

#[tokio::test]
async fn a_calendar_out_of_reach_proves_nothing_gone() {
    let peer = Peer::start().await;
    let access = peer.connect().await;
    let failure = peer.adapter().fetch_items(&access, "nobody@example.com", &[item("abc")]).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Permanent(PermanentScope::Calendar));
}
