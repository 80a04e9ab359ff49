//! Problem 17: a moved or cancelled occurrence is lost, or shown twice; an edit is taken back.

use serde_json::json;

use super::desk::{ADA, At, Desk};
use crate::hands::Deed;
use crate::harness::{Db, on_both};

on_both!(
    p17_moved_and_cancelled_occurrences_stand_once_wherever_they_were_changed,
    p17_an_edit_that_meets_another_one_on_the_way_is_not_taken_back,
    p17_an_edit_of_an_object_that_was_refused_once_is_not_taken_back,
);

const PLACES: [At; 3] = [At::Google, At::Outlook, At::Dav];

fn at(text: &str) -> jiff::Timestamp {
    text.parse().unwrap()
}

/// The occurrence was shown at its old time and at its new one, or at neither.
async fn p17_moved_and_cancelled_occurrences_stand_once_wherever_they_were_changed(db: Db) {
    let desk = Desk::open(db, &PLACES).await;
    // A series of each place, and one of here.
    let weekly = |name: &str, hour: u32| Deed::Create {
        title: format!("{name} weekly"),
        start: at(&format!("2026-12-01T{hour:02}:00:00Z")),
        rule: Some((7, 5)),
        guests: false,
    };
    for (hour, (place, name)) in [(At::Google, "g"), (At::Outlook, "o"), (At::Dav, "d")].into_iter().enumerate() {
        desk.there(place, None, weekly(name, 8 + hour as u32)).await;
    }
    let own = json!({ "title": "h weekly", "start": "2026-12-01T12:00:00Z", "timeZone": "UTC",
        "recurrence": { "rules": ["FREQ=WEEKLY;COUNT=5"] } });
    let own = desk.create(own).await;
    desk.settle().await;
    assert_eq!(desk.agreed().await.values().map(Vec::len).collect::<Vec<_>>(), [5, 5, 5, 5]);

    // Each place moves one occurrence of every series and calls off another.
    for (place, moved, cancelled) in [(At::Google, "2026-12-08", "2026-12-29"), (At::Dav, "2026-12-15", "2026-12-22")] {
        for (hour, name) in [(8, "g"), (9, "o"), (10, "d"), (12, "h")] {
            let series = desk.item(place, &format!("{name} weekly")).await.id;
            let (slot, gone) = (at(&format!("{moved}T{hour:02}:00:00Z")), at(&format!("{cancelled}T{hour:02}:00:00Z")));
            desk.there(place, Some(&series), Deed::MoveOne(slot, slot + jiff::SignedDuration::from_mins(30))).await;
            desk.there(place, Some(&series), Deed::CancelOne(gone)).await;
        }
        desk.settle().await;
        desk.agreed().await;
    }
    desk.edit(&format!("{own}?scope=this&occurrence=20261201T120000Z"), json!({ "start": "2026-12-01T13:15:00Z" }))
        .await;
    desk.settle().await;
    let shown = desk.agreed().await;
    assert_eq!(shown.values().map(Vec::len).collect::<Vec<_>>(), [3, 3, 3, 3]);
    assert!(shown["h"][0].contains("2026-12-01T13:15:00Z - 2026-12-01T14:15:00Z"), "{shown:?}");
    assert!(shown["d"][1].contains("2026-12-08T10:30:00Z"), "{shown:?}");
    desk.rest().await;

    // A full comparison of all of them finds nothing to do.
    for place in PLACES {
        desk.lose_cursor(place).await;
    }
    assert_eq!(desk.settle().await, Vec::<String>::new());
    assert_eq!(desk.agreed().await, shown);
    desk.rest().await;
}

/// The vendor answered 412, and the next reading put the old time back.
async fn p17_an_edit_that_meets_another_one_on_the_way_is_not_taken_back(db: Db) {
    let desk = Desk::open(db, &[At::Google, At::Outlook]).await;
    let own = json!({ "title": "m weekly", "start": "2026-12-01T12:00:00Z", "timeZone": "UTC",
        "recurrence": { "rules": ["FREQ=WEEKLY;COUNT=4"] } });
    let id = desk.create(own).await;
    desk.settle().await;
    let google = desk.item(At::Google, "m weekly").await.id;
    let outlook = desk.item(At::Outlook, "m weekly").await;
    // Right before our write, somebody else changes the place of the series.
    let change = json!({ "calendarId": ADA, "eventId": google, "patch": { "location": "Room 2" } });
    desk.fault(json!({ "operation": "events.patch", "times": 1, "editFirst": change })).await;
    let calendar = desk.connection(At::Outlook).external_calendar_id.clone();
    let change = json!({ "calendarId": calendar, "eventId": outlook.id,
        "patch": { "body": { "contentType": "text", "content": "Bring the plan" } } });
    desk.fault(json!({ "operation": "graph.events.patch", "times": 1, "editFirst": change })).await;
    desk.edit(&format!("{id}?scope=all"), json!({ "start": "2026-12-01T14:00:00Z" })).await;
    desk.settle().await;
    let shown = desk.agreed().await;
    assert_eq!(shown["m"].len(), 4);
    assert!(shown["m"].iter().all(|line| line.contains("| Room 2 |") && line.contains("T14:00:00Z")), "{shown:?}");
    let event = desk.event(&id).await;
    assert!(event["description"].as_str().unwrap().contains("Bring the plan"), "{event}");
    assert_eq!(desk.get("conflicts?status=open").await["items"], json!([]));
    desk.rest().await;
}

/// The same on a CalDAV server: the edit of one occurrence was reverted after a 412.
async fn p17_an_edit_of_an_object_that_was_refused_once_is_not_taken_back(db: Db) {
    let desk = Desk::open(db, &[At::Dav]).await;
    let weekly =
        Deed::Create { title: "d weekly".into(), start: at("2026-12-01T10:00:00Z"), rule: Some((7, 4)), guests: false };
    desk.there(At::Dav, None, weekly).await;
    desk.settle().await;
    let id = desk.id_of("d weekly").await;
    desk.proxy("POST", "faults", json!({ "method": "PUT", "times": 1, "status": 412 })).await;
    let moved = json!({ "start": "2026-12-08T11:30:00Z", "end": "2026-12-08T12:00:00Z" });
    desk.edit(&format!("{id}?scope=this&occurrence=20261208T100000Z"), moved).await;
    // Somebody else calls off another occurrence at the same time.
    let item = desk.item(At::Dav, "d weekly").await.id;
    desk.there(At::Dav, Some(&item), Deed::CancelOne(at("2026-12-15T10:00:00Z"))).await;
    desk.settle().await;
    let shown = desk.agreed().await;
    assert_eq!(shown["d"].len(), 3, "{shown:?}");
    assert!(shown["d"][1].contains("2026-12-08T11:30:00Z - 2026-12-08T12:00:00Z"), "{shown:?}");
    desk.rest().await;
}
