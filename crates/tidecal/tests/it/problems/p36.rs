//! Problem 36: the run says "synced", events are missing, and nobody says why.

use serde_json::{Value, json};

use super::desk::{ADA, At, Desk, object};
use crate::hands::Deed;
use crate::harness::{Db, on_both};

on_both!(p36_every_event_that_was_seen_has_a_verdict_and_a_reason_in_words);

/// Forty events were in the calendar there and thirty-one here, and the page said "success".
async fn p36_every_event_that_was_seen_has_a_verdict_and_a_reason_in_words(db: Db) {
    let desk = Desk::open(db, &[At::Google, At::Dav]).await;
    let google = desk.connection(At::Google).clone();
    desk.make_there(At::Google, "Mirrored", "2026-12-01T09:00:00Z").await;
    desk.make_there(At::Google, "Quarrel", "2026-12-02T09:00:00Z").await;
    desk.make_there(At::Google, "Far", "2028-12-01T09:00:00Z").await;
    let timed = |summary: &str| {
        json!({ "summary": summary, "start": { "dateTime": "2026-12-03T09:00:00Z" },
            "end": { "dateTime": "2026-12-03T10:00:00Z" } })
    };
    let mut private = timed("Secret");
    private["visibility"] = json!("private");
    desk.app.control("POST", &format!("events/{ADA}"), private).await;
    let mut broken = timed("Broken");
    broken["recurrence"] = json!(["RRULE:FREQ=SOMETIMES"]);
    desk.app.control("POST", &format!("plant/{ADA}"), broken).await;
    desk.change_connection(&google, json!({ "filters": { "private": true } })).await;
    desk.settle().await;
    let quarrel = desk.id_of("Quarrel").await;
    let there = desk.item(At::Google, "Quarrel").await.id;
    desk.edit(&quarrel, json!({ "title": "Mine" })).await;
    desk.there(At::Google, Some(&there), Deed::Retitle("Theirs".into())).await;
    desk.proxy("PATCH", "tempers", json!({ "replace": [["DTSTART:20261206T090000Z", "DTSTART:2026"]] })).await;
    desk.make_there(At::Dav, "Torn", "2026-12-06T09:00:00Z").await;
    desk.put(
        "fine.ics",
        &object("", &["UID:f@example.com", "SUMMARY:Fine", "DTSTART:20261205T090000Z", "DTEND:20261205T100000Z"]),
    );
    desk.settle().await;

    // Every item of the vendor has exactly one verdict, and the figures say so.
    let shown = desk.get(&format!("connections/{}", google.id)).await;
    let counts = shown["counts"].as_object().unwrap();
    let items = desk.items(At::Google).await.len() as i64;
    assert_eq!(counts.values().filter_map(Value::as_i64).sum::<i64>(), items, "{counts:?}");
    for (verdict, title, reason) in [
        ("filtered", "Secret", "private"),
        ("out_of_window", "Far", "outside the window"),
        ("quarantined", "Broken", "recurrence"),
        ("conflicted", "Theirs", "changed on both sides"),
    ] {
        let rows = desk.rows(At::Google, verdict).await;
        assert_eq!(rows.len(), 1, "{verdict}: {rows:?}");
        assert!(rows[0]["reason"].as_str().unwrap().contains(reason), "{rows:?}");
        // By the vendor's id, as somebody who looks for the missing event has it.
        let id = desk.item(At::Google, title).await.id;
        assert_eq!(rows[0]["externalEventId"], json!(id), "{verdict}");
        let why = desk.why(&id).await;
        assert!(why["verdict"].as_str().unwrap().starts_with("It is "), "{why}");
        assert!(why["next"].is_string() && !why["steps"].as_array().unwrap().is_empty(), "{why}");
    }
    let mirrored = desk.item(At::Google, "Mirrored").await.id;
    let why = desk.why(&mirrored).await;
    let verdict = why["verdict"].as_str().unwrap();
    let both = verdict.starts_with("It is in the local calendar and in ") && verdict.ends_with(", and both agree.");
    assert!(both, "{why}");
    // What was left out is not shown by its title either: it is private.
    assert!(desk.rows(At::Google, "filtered").await[0]["title"].is_null());
    let torn = desk.rows(At::Dav, "quarantined").await;
    assert!(torn[0]["reason"].as_str().unwrap().contains("DTSTART"), "{torn:?}");
    assert_eq!(desk.titles_here().await.into_iter().collect::<Vec<_>>(), ["Fine", "Mine", "Mirrored"]);
    desk.rest().await;
}
