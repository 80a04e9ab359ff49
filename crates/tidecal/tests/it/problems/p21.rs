//! Problem 21: a series with hundreds of exceptions makes the sync hang.

use std::fmt::Write as _;

use serde_json::json;

use super::desk::{ADA, At, Desk, object};
use crate::harness::{Db, on_both};

on_both!(
    p21_a_series_with_729_exceptions_is_read_in_one_run_and_changed_one_by_one,
    p21_an_object_with_729_exceptions_is_written_only_when_it_changes,
);

const EXCEPTIONS: i64 = 729;

fn slot(number: i64) -> jiff::Timestamp {
    let first: jiff::Timestamp = "2026-12-01T08:00:00Z".parse().unwrap();
    first + jiff::SignedDuration::from_hours(24 * number)
}

/// Each run read and rewrote the whole series, and never came to its end.
async fn p21_a_series_with_729_exceptions_is_read_in_one_run_and_changed_one_by_one(db: Db) {
    let desk = Desk::open(db, &[At::Google, At::Dav]).await;
    let series = json!({ "summary": "Daily", "recurrence": ["RRULE:FREQ=DAILY;COUNT=800"],
        "start": { "dateTime": "2026-12-01T08:00:00Z", "timeZone": "UTC" },
        "end": { "dateTime": "2026-12-01T08:30:00Z", "timeZone": "UTC" } });
    let made = desk.app.control("POST", &format!("events/{ADA}"), series).await;
    let id = made["id"].as_str().unwrap().to_owned();
    for number in 0..EXCEPTIONS {
        let path = format!("events/{ADA}/{id}_{}", slot(number).strftime("%Y%m%dT%H%M%SZ"));
        desk.app.control("PATCH", &path, json!({ "summary": format!("Day {number}") })).await;
    }
    assert_eq!(desk.run(At::Google).await, Vec::<String>::new());
    assert_eq!(desk.app.db.raw.count("calendar_events").await, 1 + EXCEPTIONS);
    assert_eq!(desk.run(At::Dav).await.len(), 1, "one object, written once");
    let text = desk.items(At::Dav).await.remove(0).text();
    assert_eq!(text.matches("RECURRENCE-ID").count() as i64, EXCEPTIONS);
    desk.quiet_day().await;

    // One more change there: one row here, one write at the other.
    let versions = "SELECT SUM(version) FROM calendar_events";
    let before: i64 = desk.app.value(versions).await.unwrap().parse().unwrap();
    desk.app.calls().await;
    let path = format!("events/{ADA}/{id}_{}", slot(100).strftime("%Y%m%dT%H%M%SZ"));
    desk.app.control("PATCH", &path, json!({ "location": "Room 2" })).await;
    desk.app.sync(desk.connection(At::Google)).await;
    assert_eq!(desk.app.calls().await.iter().filter(|call| !call.starts_with("oauth")).count(), 1, "one page");
    let after: i64 = desk.app.value(versions).await.unwrap().parse().unwrap();
    assert_eq!(after, before + 1, "one row");
    assert_eq!(desk.settle().await.len(), 1);

    // And one here: one write at each.
    let local = desk.id_of("Day 200").await;
    desk.edit(&format!("{local}?scope=this"), json!({ "location": "Room 3" })).await;
    assert_eq!(desk.settle().await.len(), 2);
    let kept = desk.google_items().await;
    assert_eq!(kept.iter().filter(|it| it["location"] == "Room 3").count(), 1);
    desk.rest().await;
}

/// The other way round: one file with all of them.
async fn p21_an_object_with_729_exceptions_is_written_only_when_it_changes(db: Db) {
    let desk = Desk::open(db, &[At::Dav]).await;
    let own = [
        "UID:daily@example.com",
        "SUMMARY:Daily",
        "DTSTART:20261201T080000Z",
        "DTEND:20261201T083000Z",
        "RRULE:FREQ=DAILY;COUNT=800",
    ];
    let mut text = object("", &own);
    let mut exceptions = String::new();
    for number in 0..EXCEPTIONS {
        let at = slot(number).strftime("%Y%m%dT%H%M%SZ").to_string();
        let later = (slot(number) + jiff::SignedDuration::from_mins(45)).strftime("%Y%m%dT%H%M%SZ").to_string();
        write!(
            exceptions,
            "BEGIN:VEVENT\r\nUID:daily@example.com\r\nDTSTAMP:20261101T000000Z\r\nRECURRENCE-ID:{at}\r\nDTSTART:{at}\r\n\
             DTEND:{later}\r\nSUMMARY:Day {number}\r\nEND:VEVENT\r\n"
        )
        .unwrap();
    }
    text = text.replace("END:VCALENDAR", &format!("{exceptions}END:VCALENDAR"));
    desk.put("daily.ics", &text);
    assert_eq!(desk.run(At::Dav).await, Vec::<String>::new());
    assert_eq!(desk.app.db.raw.count("calendar_events").await, 1 + EXCEPTIONS);
    desk.quiet_day().await;
    let versions = "SELECT SUM(version) FROM calendar_events";
    let before: i64 = desk.app.value(versions).await.unwrap().parse().unwrap();
    let changed = text.replace("SUMMARY:Day 300\r\n", "SUMMARY:Day 300 moved\r\n");
    desk.put("daily.ics", &changed);
    assert_eq!(desk.run(At::Dav).await, Vec::<String>::new());
    let after: i64 = desk.app.value(versions).await.unwrap().parse().unwrap();
    assert_eq!(after, before + 1, "one row of 730");
    let local = desk.id_of("Day 200").await;
    desk.edit(&format!("{local}?scope=this"), json!({ "location": "Room 3" })).await;
    assert_eq!(desk.settle().await, ["PUT daily.ics"]);
    let text = desk.items(At::Dav).await.remove(0).text();
    assert_eq!((text.matches("RECURRENCE-ID").count() as i64, text.matches("Room 3").count()), (EXCEPTIONS, 1));
    desk.rest().await;
}
