//! Problem 37: one malformed event stops the calendar, and the message does not name it.

use serde_json::{Value, json};

use super::desk::{ADA, At, Desk};
use crate::hands::Deed;
use crate::harness::{Db, on_both};

on_both!(
    p37_one_broken_object_costs_only_itself_and_keeps_what_was_known_of_it,
    p37_one_broken_item_of_google_costs_only_itself,
);

/// Since somebody's phone had stored a broken event, nothing was synced any more.
async fn p37_one_broken_object_costs_only_itself_and_keeps_what_was_known_of_it(db: Db) {
    let desk = Desk::open(db, &[At::Dav, At::Google]).await;
    for (day, name) in [(1, "Before"), (2, "Breaks"), (3, "After")] {
        desk.make_there(At::Dav, name, &format!("2026-12-0{day}T09:00:00Z")).await;
    }
    desk.settle().await;
    // The server hands out a time that there is not, from the next change of the event on.
    let torn = json!({ "replace": [["DTSTART:20261202T090000Z", "DTSTART:20261302T090000Z"]] });
    desk.proxy("PATCH", "tempers", torn).await;
    let breaks = desk.item(At::Dav, "Breaks").await.id;
    desk.there(At::Dav, Some(&breaks), Deed::Place("Room 1".into())).await;
    desk.make_there(At::Dav, "New", "2026-12-04T09:00:00Z").await;
    let after = desk.item(At::Dav, "After").await.id;
    desk.there(At::Dav, Some(&after), Deed::Place("Room 2".into())).await;
    let id = desk.id_of("Before").await;
    desk.edit(&id, json!({ "title": "Before, edited" })).await;
    desk.settle().await;
    for at in [At::Dav, At::Google] {
        assert_eq!(desk.titles(at).await, ["After", "Before, edited", "Breaks", "New"], "{at:?}");
    }
    assert_eq!(desk.item(At::Google, "After").await.stored["location"], "Room 2");
    assert_eq!(desk.titles_here().await.len(), 4, "the last good state of it stays");
    let rows = desk.rows(At::Dav, "quarantined").await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    let reason = rows[0]["reason"].as_str().unwrap();
    assert!(reason.starts_with("line ") && reason.contains("DTSTART"), "{reason}");
    assert_eq!(rows[0]["title"], "Breaks");
    let raw = "SELECT COUNT(*) FROM external_calendar_events WHERE verdict = 'quarantined' AND raw IS NOT NULL";
    assert_eq!(desk.app.value(raw).await.as_deref(), Some("1"), "its text is kept");
    desk.rest().await;

    // Tried again, it is still broken; mended there, all is well.
    desk.resync(At::Dav).await;
    assert_eq!(desk.settle().await, Vec::<String>::new());
    assert_eq!(desk.rows(At::Dav, "quarantined").await.len(), 1);
    desk.calm().await;
    desk.there(At::Dav, Some(&breaks), Deed::Retitle("Mended".into())).await;
    desk.settle().await;
    assert_eq!(desk.rows(At::Dav, "quarantined").await, Vec::<Value>::new());
    assert!(desk.titles(At::Google).await.contains(&"Mended".to_owned()));
    desk.rest().await;
}

/// The same at Google, where the broken one stood in the middle of a page.
async fn p37_one_broken_item_of_google_costs_only_itself(db: Db) {
    let desk = Desk::open(db, &[At::Google, At::Dav]).await;
    let good = |name: &str, day: u32| {
        json!({ "id": format!("item{day}"), "summary": name, "start": { "dateTime": format!("2026-12-0{day}T09:00:00Z") },
            "end": { "dateTime": format!("2026-12-0{day}T10:00:00Z") } })
    };
    let mut broken = good("Broken", 2);
    broken["start"] = json!({ "dateTime": "the day after tomorrow" });
    for body in [good("Before", 1), broken, good("After", 3)] {
        desk.app.control("POST", &format!("plant/{ADA}"), body).await;
    }
    desk.settle().await;
    assert_eq!(desk.titles(At::Dav).await, ["After", "Before"]);
    let rows = desk.rows(At::Google, "quarantined").await;
    assert_eq!((rows.len(), &rows[0]["externalEventId"]), (1, &json!("item2")), "{rows:?}");
    assert!(rows[0]["reason"].as_str().unwrap().contains("start"), "{rows:?}");
    desk.rest().await;
    let mended =
        json!({ "start": { "dateTime": "2026-12-02T09:00:00Z" }, "end": { "dateTime": "2026-12-02T10:00:00Z" } });
    desk.app.control("PATCH", &format!("events/{ADA}/item2"), mended).await;
    desk.settle().await;
    assert_eq!(desk.titles(At::Dav).await, ["After", "Before", "Broken"]);
    assert_eq!(desk.rows(At::Google, "quarantined").await, Vec::<Value>::new());
    desk.rest().await;
}
