//! Problem 1: everything is there twice after the first two-way run, or after a resync.

use serde_json::json;

use super::desk::{ADA, At, Desk};
use crate::hands::Deed;
use crate::harness::{Db, on_both};

on_both!(
    p01_a_resync_of_unchanged_calendars_writes_nothing_and_says_so_before,
    p01_a_connection_that_is_deleted_and_made_again_doubles_nothing,
);

const PLACES: [At; 3] = [At::Google, At::Outlook, At::Dav];

/// Something on every side: single events, a series with an exception, days.
async fn filled(db: Db) -> Desk {
    let desk = Desk::open(db, &PLACES).await;
    let weekly = Deed::Create {
        title: "Weekly".into(),
        start: "2026-12-02T10:00:00Z".parse().unwrap(),
        rule: Some((7, 4)),
        guests: false,
    };
    desk.there(At::Google, None, weekly).await;
    desk.make_there(At::Outlook, "Review", "2026-12-01T09:00:00Z").await;
    desk.make_there(At::Dav, "Board", "2026-12-03T09:00:00Z").await;
    desk.create(json!({ "title": "Lunch", "start": "2026-12-04T12:00:00", "timeZone": "Europe/Vienna" })).await;
    desk.create(json!({ "title": "Fair", "start": "2026-12-05", "end": "2026-12-07" })).await;
    desk.settle().await;
    let series = desk.item(At::Google, "Weekly").await.id;
    let slot = "2026-12-09T10:00:00Z".parse().unwrap();
    desk.there(At::Google, Some(&series), Deed::CancelOne(slot)).await;
    desk.settle().await;
    desk
}

const TITLES: [&str; 5] = ["Board", "Fair", "Lunch", "Review", "Weekly"];

/// A resync made a second copy of everything in both calendars, and nobody had said that it would.
async fn p01_a_resync_of_unchanged_calendars_writes_nothing_and_says_so_before(db: Db) {
    let desk = filled(db).await;
    let (shown, before) = (desk.shown().await, desk.state().await);
    for at in PLACES {
        assert_eq!(desk.titles(at).await, TITLES, "{at:?}");
        let plan = desk.plan(at, "?resync=true").await;
        assert_eq!((&plan["kind"], &plan["changes"], &plan["stops"]), (&json!("comparison"), &json!([]), &json!([])));
        desk.resync(at).await;
        assert_eq!(desk.run(at).await, Vec::<String>::new(), "{at:?}");
        assert_eq!(desk.titles(at).await, TITLES, "{at:?}");
    }
    assert_eq!((desk.shown().await, desk.state().await), (shown, before));
    desk.rest().await;
}

/// Deleting the sync and setting it up anew doubled every record on both sides.
async fn p01_a_connection_that_is_deleted_and_made_again_doubles_nothing(db: Db) {
    let desk = filled(db).await;
    let old = desk.connection(At::Google).clone();
    let ids: Vec<String> = desk.items(At::Google).await.into_iter().map(|item| item.id).collect();
    desk.api("DELETE", &format!("connections/{}?confirm=true", old.id), json!(null)).await;
    desk.writes().await;
    let accounts = desk.app.store().tenant(&desk.app.ada).list_accounts().await.unwrap();
    let google = accounts.iter().find(|account| account.id == old.account_id).unwrap();
    let anew = desk.connect_one(google, ADA, Some(old.calendar_id.clone())).await;
    for _ in 0..3 {
        for connection in [&anew, desk.connection(At::Outlook), desk.connection(At::Dav)] {
            desk.app.sync(connection).await;
        }
    }
    let mut again: Vec<String> = desk.items(At::Google).await.into_iter().map(|item| item.id).collect();
    again.sort();
    let mut kept = ids;
    kept.sort();
    assert_eq!(again, kept, "nothing is made anew where it was already");
    for at in PLACES {
        assert_eq!(desk.titles(at).await, TITLES, "{at:?}");
    }
    let mut titles: Vec<String> =
        desk.instances().await.iter().map(|it| it["title"].as_str().unwrap().into()).collect();
    titles.sort();
    assert_eq!(titles, ["Board", "Fair", "Lunch", "Review", "Weekly", "Weekly", "Weekly"]);
    assert_eq!(desk.mails().await.len(), 0);
}
