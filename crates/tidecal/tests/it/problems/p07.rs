//! Problem 7: a reading that breaks off, or comes back empty, is taken for "everything was deleted".

use serde_json::{Value, json};
use tidecal_engine::SyncStatus;

use super::desk::{ADA, At, Desk};
use crate::harness::{Db, on_both};

on_both!(
    p07_a_reading_that_breaks_off_deletes_nothing_anywhere,
    p07_a_calendar_that_reads_empty_for_once_is_asked_item_by_item,
    p07_a_mass_deletion_waits_on_either_side_and_can_be_undone,
);

const NAMES: [&str; 8] = ["A", "B", "C", "D", "E", "F", "G", "H"];

/// Eight events that began at `at`, and their copies in the other calendars.
async fn filled(db: Db, at: At) -> Desk {
    let others: Vec<At> = [At::Google, At::Dav].into_iter().filter(|it| *it != at).collect();
    let desk = Desk::open(db, &[&[at], &others[..]].concat()).await;
    for (day, name) in NAMES.iter().enumerate() {
        desk.make_there(at, name, &format!("2026-12-0{}T09:00:00Z", day + 1)).await;
    }
    desk.settle().await;
    desk
}

/// Everything is where it was, and nobody has written anything.
async fn untouched(desk: &Desk, when: &str) {
    assert_eq!(desk.writes().await, Vec::<String>::new(), "{when}");
    for at in [At::Google, At::Dav] {
        assert_eq!(desk.titles(at).await, NAMES, "{when}, {at:?}");
    }
    assert_eq!(desk.instances().await.len(), 8, "{when}");
}

/// A connection that dropped in the middle of a list emptied both calendars.
async fn p07_a_reading_that_breaks_off_deletes_nothing_anywhere(db: Db) {
    let desk = filled(db, At::Google).await;
    desk.app.control("PATCH", "switches", json!({ "shortPages": 3 })).await;
    for broken in [
        json!({ "operation": "events.list", "times": 99, "skip": 2, "truncateBodyTo": 60 }),
        json!({ "operation": "events.list", "times": 99, "dropConnection": "during" }),
        json!({ "operation": "events.list", "times": 99, "status": 503 }),
        json!({ "operation": "events.list", "times": 99, "html": true, "status": 200 }),
    ] {
        desk.lose_cursor(At::Google).await;
        desk.fault(broken.clone()).await;
        assert_eq!(desk.try_run(At::Google).await.status, SyncStatus::Error, "{broken}");
        desk.run(At::Dav).await;
        untouched(&desk, &broken.to_string()).await;
        desk.calm().await;
    }
    for broken in [
        json!({ "method": "REPORT", "times": 99, "truncateBodyTo": 200 }),
        json!({ "method": "REPORT", "times": 99, "dropConnection": "during" }),
        json!({ "times": 99, "status": 500, "body": "<html>try later</html>" }),
    ] {
        desk.lose_cursor(At::Dav).await;
        desk.proxy("POST", "faults", broken.clone()).await;
        assert_eq!(desk.try_run(At::Dav).await.status, SyncStatus::Error, "{broken}");
        desk.run(At::Google).await;
        untouched(&desk, &broken.to_string()).await;
        desk.calm().await;
    }
    desk.resync(At::Google).await;
    desk.resync(At::Dav).await;
    desk.settle().await;
    untouched(&desk, "afterwards").await;
    desk.rest().await;
}

/// A list without any entry, and without any error, emptied the calendar.
async fn p07_a_calendar_that_reads_empty_for_once_is_asked_item_by_item(db: Db) {
    let desk = filled(db, At::Google).await;
    desk.lose_cursor(At::Google).await;
    let empty = json!({ "kind": "calendar#events", "items": [], "nextSyncToken": "unused" });
    desk.fault(json!({ "operation": "events.list", "skip": 1, "times": 1, "status": 200, "body": empty })).await;
    desk.run(At::Google).await;
    untouched(&desk, "Google").await;

    desk.lose_cursor(At::Dav).await;
    let empty = r#"<d:multistatus xmlns:d="DAV:"><d:sync-token>http://radicale.org/ns/sync/none</d:sync-token></d:multistatus>"#;
    let fault =
        json!({ "method": "REPORT", "asks": "sync-collection", "skip": 1, "times": 1, "status": 207, "body": empty });
    desk.proxy("POST", "faults", fault).await;
    desk.try_run(At::Dav).await;
    untouched(&desk, "CalDAV").await;
    desk.calm().await;
    desk.settle().await;
    untouched(&desk, "afterwards").await;
    desk.rest().await;
}

/// Somebody emptied one calendar by mistake, and minutes later the other one was empty, too.
async fn p07_a_mass_deletion_waits_on_either_side_and_can_be_undone(db: Db) {
    let desk = filled(db, At::Dav).await;
    // There: everything goes at the vendor.
    for item in desk.items(At::Google).await {
        desk.app.control("DELETE", &format!("events/{ADA}/{}", item.id), json!({})).await;
    }
    let held = desk.try_run(At::Google).await;
    assert!(held.error.unwrap().starts_with("Held for you to decide"));
    desk.run(At::Dav).await;
    assert_eq!((desk.instances().await.len(), desk.titles(At::Dav).await.len()), (8, 8));
    let shown = desk.get(&format!("connections/{}", desk.connection(At::Google).id)).await;
    assert_eq!(shown["held"]["reason"], "8 of 8 events would be deleted within 24 h");
    assert_eq!(desk.writes().await, Vec::<String>::new());
    let told = desk.get("/api/notifications").await;
    assert_eq!((told["items"].as_array().unwrap().len(), &told["items"][0]["kind"]), (1, &json!("sync_held")));

    // Here: everything goes in the local calendar, and comes back by one decision.
    let ids: Vec<Value> = desk.instances().await.iter().map(|it| it["eventId"].clone()).collect();
    for id in &ids {
        desk.api("DELETE", &format!("events/{}", id.as_str().unwrap()), Value::Null).await;
    }
    let held = desk.try_run(At::Dav).await;
    assert!(held.error.unwrap().starts_with("Held for you to decide"));
    assert_eq!((desk.writes().await, desk.titles(At::Dav).await.len()), (Vec::new(), 8));
    let undone = desk.api("POST", &format!("connections/{}/discard", desk.connection(At::Dav).id), json!({})).await;
    assert_eq!(undone["restored"], 8);
    assert_eq!(desk.run(At::Dav).await, Vec::<String>::new());
    assert_eq!((desk.instances().await.len(), desk.titles(At::Dav).await.len()), (8, 8));
    assert_eq!(desk.mails().await.len(), 0);
}
