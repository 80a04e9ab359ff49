//! Google calendars, from the consent to the quiet day.

use serde_json::{Value, json};
use tidecal_engine::SyncStatus;

use crate::app::App;
use crate::harness::{Db, on_both};

on_both!(
    a_first_sync_brings_the_calendar_and_a_second_one_writes_nothing,
    changes_at_the_vendor_arrive_by_delta,
    a_lost_cursor_compares_and_rewrites_nothing,
);

const PRIMARY: &str = "ada@example.com";

async fn a_first_sync_brings_the_calendar_and_a_second_one_writes_nothing(db: Db) {
    let app = App::new(db).await;
    let connection = app.connect_google("primary").await;
    assert_eq!(connection.external_calendar_id, PRIMARY, "an alias is never stored");
    app.calls().await;

    let first = app.sync(&connection).await;
    assert_eq!((first.status, first.error), (SyncStatus::Success, None));
    assert!(first.stats.synced >= 20, "{:?}", first.stats);
    assert_eq!(app.calls().await, ["events.list"]);

    let events = app.value("SELECT MAX(version) FROM calendar_events").await;
    let second = app.sync(&connection).await;
    assert_eq!((second.status, second.stats.total()), (SyncStatus::Success, 0));
    assert_eq!(app.calls().await, ["events.list"], "one call for an unchanged calendar");
    assert_eq!(app.value("SELECT MAX(version) FROM calendar_events").await, events);
    let row = app.connection(&connection).await;
    assert!(row.last_synced_at.is_some() && !row.sync_needed && row.error_count == 0);
}

async fn changes_at_the_vendor_arrive_by_delta(db: Db) {
    let app = App::new(db).await;
    let connection = app.connect_google(PRIMARY).await;
    app.sync(&connection).await;

    let added = app.control("POST", &format!("events/{PRIMARY}"), meeting("Budget review")).await;
    let id = added["id"].as_str().unwrap();
    let result = app.sync(&connection).await;
    assert_eq!((result.stats.synced, result.stats.total()), (1, 1));
    assert!(app.titles(&connection).await.contains(&"Budget review".to_owned()));

    app.control("PATCH", &format!("events/{PRIMARY}/{id}"), json!({ "summary": "Budget review, part 2" })).await;
    assert_eq!(app.sync(&connection).await.stats.updated, 1);
    assert!(app.titles(&connection).await.contains(&"Budget review, part 2".to_owned()));

    app.control("DELETE", &format!("events/{PRIMARY}/{id}"), json!({})).await;
    let result = app.sync(&connection).await;
    assert_eq!((result.stats.updated, result.stats.deleted), (1, 1));
    assert!(!app.titles(&connection).await.iter().any(|title| title.starts_with("Budget review")));
}

async fn a_lost_cursor_compares_and_rewrites_nothing(db: Db) {
    let app = App::new(db).await;
    let connection = app.connect_google(PRIMARY).await;
    app.sync(&connection).await;
    let before = app.titles(&connection).await;
    let versions = "SELECT SUM(version) FROM calendar_events";
    let written = app.value(versions).await;

    app.control("POST", "expire-sync-tokens", json!({})).await;
    app.calls().await;
    let result = app.sync(&connection).await;
    assert_eq!((result.status, result.stats.synced, result.stats.updated), (SyncStatus::Success, 0, 0));
    assert_eq!(app.calls().await, ["events.list", "events.list"], "the refused delta, then one full comparison");
    assert_eq!((app.titles(&connection).await, app.value(versions).await), (before, written));

    // And the new cursor is good.
    assert_eq!(app.sync(&connection).await.stats.total(), 0);
}

fn meeting(title: &str) -> Value {
    json!({
        "summary": title,
        "start": { "dateTime": "2026-12-01T10:00:00+01:00", "timeZone": "Europe/Vienna" },
        "end": { "dateTime": "2026-12-01T11:00:00+01:00", "timeZone": "Europe/Vienna" },
    })
}
