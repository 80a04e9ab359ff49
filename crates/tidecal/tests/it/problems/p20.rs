//! Problem 20: one occurrence is cancelled here, and the vendor never learns of it; or the reverse.

use serde_json::{Value, json};

use super::desk::{At, Desk};
use crate::hands::Deed;
use crate::harness::{Db, on_both};

on_both!(p20_one_occurrence_is_cancelled_brought_back_and_split_off_from_either_side);

const PLACES: [At; 3] = [At::Google, At::Outlook, At::Dav];

/// The app cancelled one appointment of a series; the guest's calendar went on showing it.
async fn p20_one_occurrence_is_cancelled_brought_back_and_split_off_from_either_side(db: Db) {
    let desk = Desk::open(db, &PLACES).await;
    let own = json!({ "title": "m weekly", "start": "2026-12-01T12:00:00Z", "timeZone": "UTC",
        "recurrence": { "rules": ["FREQ=WEEKLY;COUNT=6"] } });
    let id = desk.create(own).await;
    desk.settle().await;
    let of = |occurrence: &str| format!("events/{id}?scope=this&occurrence={occurrence}");

    // Here: one goes. Nothing but that is written, and the series is the same.
    desk.api("DELETE", &of("20261208T120000Z"), Value::Null).await;
    let writes = desk.settle().await;
    assert_eq!(writes.len(), 3, "one for each: {writes:?}");
    let shown = desk.agreed().await;
    assert!(shown["m"].len() == 5 && shown["m"].iter().all(|line| !line.contains("2026-12-08")), "{shown:?}");
    desk.rest().await;

    // There: another goes at Google, a third on the CalDAV server.
    let google = desk.item(At::Google, "m weekly").await.id;
    desk.there(At::Google, Some(&google), Deed::CancelOne("2026-12-15T12:00:00Z".parse().unwrap())).await;
    let dav = desk.item(At::Dav, "m weekly").await.id;
    desk.there(At::Dav, Some(&dav), Deed::CancelOne("2026-12-22T12:00:00Z".parse().unwrap())).await;
    desk.settle().await;
    assert_eq!(desk.agreed().await["m"].len(), 3);
    assert_eq!(desk.shown().await.len(), 3);
    desk.rest().await;

    // The first comes back.
    let cancelled = "SELECT id FROM calendar_events WHERE recurrence_id = '20261208T120000Z'";
    let row = desk.app.value(cancelled).await.unwrap();
    desk.edit(&row, json!({ "status": "confirmed" })).await;
    desk.settle().await;
    let shown = desk.agreed().await;
    assert_eq!(shown["m"].len(), 4);
    assert!(shown["m"][1].contains("2026-12-08T12:00:00Z"), "{shown:?}");
    desk.rest().await;

    // From the last two on it is another series.
    desk.edit(&format!("{id}?scope=following&occurrence=20261229T120000Z"), json!({ "title": "n later" })).await;
    desk.settle().await;
    let shown = desk.agreed().await;
    assert_eq!((shown["m"].len(), shown["n"].len()), (2, 2), "{shown:?}");
    for at in PLACES {
        assert_eq!(desk.titles(at).await, ["m weekly", "n later"], "{at:?}");
    }
    desk.rest().await;
}
