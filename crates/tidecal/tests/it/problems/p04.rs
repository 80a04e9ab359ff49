//! Problem 4: what the vendor stores differs from what it was sent, so every run writes again.

use jiff::SignedDuration;
use serde_json::json;

use super::desk::{ADA, At, Desk};
use crate::hands::Deed;
use crate::harness::{Db, on_both};

on_both!(
    p04_texts_that_need_escapes_come_to_rest_at_every_vendor,
    p04_a_server_that_rewrites_what_it_stores_is_written_once,
    p04_a_program_that_changes_it_back_each_time_is_named_and_left_alone,
);

const PLACES: [At; 3] = [At::Google, At::Outlook, At::Dav];

/// Backslashes doubled with every run, line ends and emoji never compared equal, and each run wrote anew.
async fn p04_texts_that_need_escapes_come_to_rest_at_every_vendor(db: Db) {
    let desk = Desk::open(db, &PLACES).await;
    let text = "C:\\temp\\new; a, b\nsecond line 🎂\n\"quoted\" <b>& so on</b>";
    let event = json!({ "title": "Größe, \\ 🎂; \"x\"", "description": text, "location": "Room 1; 2, 3 \\ 4",
        "start": "2026-12-01T09:00:00", "timeZone": "Europe/Vienna" });
    let id = desk.create(event).await;
    assert_eq!(desk.settle().await.len(), 3, "one write for each vendor");
    desk.rest().await;
    let google = &desk.items(At::Google).await[0].stored;
    assert_eq!((&google["description"], &google["location"]), (&json!(text), &json!("Room 1; 2, 3 \\ 4")));
    let dav = desk.items(At::Dav).await[0].text();
    assert!(dav.contains("LOCATION:Room 1\\; 2\\, 3 \\\\ 4\n"), "{dav}");
    assert_eq!(desk.event(&id).await["description"], text);

    // Edits of other fields, there and here, send the texts round once more and change nothing of them.
    let copy = desk.items(At::Dav).await[0].id.clone();
    desk.there(At::Dav, Some(&copy), Deed::Move("2026-12-02T09:00:00Z".parse().unwrap())).await;
    desk.settle().await;
    desk.edit(&id, json!({ "visibility": "private" })).await;
    desk.settle().await;
    assert_eq!(desk.event(&id).await["description"], text);
    assert_eq!(desk.items(At::Google).await[0].stored["description"], text);
    desk.rest().await;
}

/// The server shortened, trimmed or upper-cased a field, and each run took that for an edit.
async fn p04_a_server_that_rewrites_what_it_stores_is_written_once(db: Db) {
    let desk = Desk::open(db, &[At::Dav, At::Google]).await;
    // Whoever reads there is told another title than was sent.
    let habit = json!({ "replace": [["SUMMARY:Review", "SUMMARY:REVIEW (stored)"]] });
    desk.proxy("PATCH", "tempers", habit).await;
    let id = desk.create(json!({ "title": "Review", "start": "2026-12-01T09:00:00" })).await;
    let writes = desk.settle().await;
    assert_eq!(writes.len(), 2, "{writes:?}");
    desk.rest().await;
    assert_eq!(desk.event(&id).await["title"], "Review", "their spelling is no edit");
    // An edit of another field goes out alone, and the title stays the person's.
    desk.edit(&id, json!({ "location": "Room 2" })).await;
    assert_eq!(desk.settle().await.len(), 2);
    assert!(desk.items(At::Dav).await[0].text().contains("LOCATION:Room 2\n"));
    assert_eq!(desk.event(&id).await["title"], "Review");
    desk.rest().await;
}

/// Two programs fought over one event, a hundred thousand writes a day.
async fn p04_a_program_that_changes_it_back_each_time_is_named_and_left_alone(db: Db) {
    let desk = Desk::open(db, &[At::Google, At::Dav]).await;
    desk.make_there(At::Dav, "Review", "2026-12-01T09:00:00Z").await;
    desk.settle().await;
    let google = desk.item(At::Google, "Review").await.id;
    let dav = desk.item(At::Dav, "Review").await.id;
    // At each vendor another program insists on its own title.
    let mut written = 0;
    for _ in 0..8 {
        let title = desk.app.control("GET", &format!("events/{ADA}"), json!({})).await;
        if title["items"][0]["summary"] != "Insisted at Google" {
            desk.there(At::Google, Some(&google), Deed::Retitle("Insisted at Google".into())).await;
        }
        written += desk.run(At::Google).await.len();
        written += desk.run(At::Dav).await.len();
        if !desk.items(At::Dav).await[0].text().contains("SUMMARY:Insisted at home") {
            desk.there(At::Dav, Some(&dav), Deed::Retitle("Insisted at home".into())).await;
        }
        written += desk.run(At::Dav).await.len();
        written += desk.run(At::Google).await.len();
        desk.app.advance(SignedDuration::from_mins(15)).await;
    }
    assert!(written <= 8, "{written} writes");
    let mut named = desk.rows(At::Google, "quarantined").await;
    named.extend(desk.rows(At::Dav, "quarantined").await);
    let reason = named.first().unwrap()["reason"].as_str().unwrap().to_owned();
    assert!(reason.starts_with("the vendor changes title each time it is written"), "{reason}");
    desk.rest().await;
}
