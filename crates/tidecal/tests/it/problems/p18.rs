//! Problem 18: the vendor does not tell of cancelled occurrences, so they take place here for ever.

use serde_json::{Value, json};

use super::desk::{At, Desk};
use crate::hands::Deed;
use crate::harness::{Db, on_both};
use crate::seen;

on_both!(
    p18_a_gap_that_outlook_does_not_tell_of_is_found,
    p18_a_bare_word_of_google_is_understood,
    p18_an_exception_far_outside_the_window_belongs_to_its_series,
);

/// A series of here in every place, one occurrence of it moved.
async fn with_an_exception(desk: &Desk) -> String {
    let own = json!({ "title": "m weekly", "start": "2026-12-01T12:00:00Z", "timeZone": "UTC",
        "recurrence": { "rules": ["FREQ=WEEKLY;COUNT=5"] } });
    let id = desk.create(own).await;
    desk.settle().await;
    desk.edit(&format!("{id}?scope=this&occurrence=20261208T120000Z"), json!({ "start": "2026-12-08T13:00:00Z" }))
        .await;
    desk.settle().await;
    assert_eq!(desk.agreed().await["m"].len(), 5);
    id
}

/// A cancelled occurrence was merely absent from the delta, and stayed in the other calendars.
async fn p18_a_gap_that_outlook_does_not_tell_of_is_found(db: Db) {
    let desk = Desk::open(db, &[At::Outlook, At::Dav]).await;
    with_an_exception(&desk).await;
    let series = desk.item(At::Outlook, "m weekly").await.stored;
    let exception = series["exceptionOccurrences"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("{}/{}", seen::outlook_path(desk.connection(At::Outlook)), seen::encoded(&exception));
    desk.app.control("DELETE", &path, json!({})).await;
    desk.settle().await;
    let shown = desk.agreed().await;
    assert_eq!(shown["m"].len(), 4, "{shown:?}");
    assert!(shown["m"].iter().all(|line| !line.contains("2026-12-08")), "{shown:?}");
    assert_eq!(desk.shown().await.len(), 4);
    desk.rest().await;

    // Lost again, it is found by comparison; and one that comes back takes place again.
    desk.lose_cursor(At::Outlook).await;
    assert_eq!(desk.settle().await, Vec::<String>::new());
    assert_eq!(desk.agreed().await, shown);
    desk.rest().await;
}

/// The word on a cancelled occurrence had neither its series nor its time, and was thrown away.
async fn p18_a_bare_word_of_google_is_understood(db: Db) {
    let desk = Desk::open(db, &[At::Google, At::Dav]).await;
    let id = with_an_exception(&desk).await;
    desk.app.control("PATCH", "switches", json!({ "bareTombstones": true })).await;
    let series = desk.item(At::Google, "m weekly").await.id;
    for slot in ["2026-12-08T12:00:00Z", "2026-12-22T12:00:00Z"] {
        desk.there(At::Google, Some(&series), Deed::CancelOne(slot.parse().unwrap())).await;
    }
    desk.settle().await;
    let shown = desk.agreed().await;
    assert_eq!(shown["m"].len(), 3, "{shown:?}");
    desk.rest().await;
    // And the other way: called off here, it stays called off there after a comparison.
    desk.api("DELETE", &format!("events/{id}?scope=this&occurrence=20261229T120000Z"), Value::Null).await;
    desk.settle().await;
    desk.lose_cursor(At::Google).await;
    assert_eq!(desk.settle().await, Vec::<String>::new());
    assert_eq!(desk.agreed().await["m"].len(), 2);
    desk.rest().await;
}

/// One occurrence was moved far away, and was lost or stood there as an event of its own.
async fn p18_an_exception_far_outside_the_window_belongs_to_its_series(db: Db) {
    let desk = Desk::open(db, &[At::Google, At::Dav]).await;
    with_an_exception(&desk).await;
    let series = desk.item(At::Google, "m weekly").await.id;
    let (slot, far) = ("2026-12-15T12:00:00Z".parse().unwrap(), "2029-03-01T09:00:00Z".parse().unwrap());
    desk.there(At::Google, Some(&series), Deed::MoveOne(slot, far)).await;
    desk.settle().await;
    let shown = desk.agreed().await;
    assert_eq!(shown["m"].len(), 5);
    assert!(shown["m"].iter().any(|line| line.contains("2029-03-01T09:00:00Z")), "{shown:?}");
    assert_eq!(desk.shown().await.len(), 4, "in the view of a year it is not there, and not at its old time");
    assert_eq!(desk.google_items().await.iter().filter(|it| it["summary"] == "m weekly").count(), 3);
    desk.rest().await;
}
