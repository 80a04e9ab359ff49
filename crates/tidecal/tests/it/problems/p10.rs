//! Problem 10: the edges of the window eat events: what moves out is deleted, what stands on the edge is
//! deleted and made again.

use jiff::SignedDuration;
use serde_json::json;

use super::desk::{At, Desk};
use crate::hands::Deed;
use crate::harness::{Db, on_both};

on_both!(
    p10_leaving_the_window_is_no_deletion_and_entering_it_is_a_creation,
    p10_a_day_on_the_edge_is_neither_deleted_nor_made_again,
    p10_outlook_calls_what_left_its_window_deleted_and_it_stays,
);

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What was moved a year ahead vanished for good, and came back with a new invitation.
async fn leaves_and_enters(desk: &Desk, at: At, number: u32) {
    let name = |what: &str| format!("{what} {number}");
    desk.make_there(at, &name("moves"), &format!("2026-12-01T0{number}:00:00Z")).await;
    desk.make_there(at, &name("far"), "2027-12-20T09:00:00Z").await;
    desk.settle().await;
    let id = desk.id_of(&name("moves")).await;
    let far = desk.item(at, &name("far")).await.id;
    let dav = desk.connection(At::Dav).external_calendar_id.clone();
    let external = if at == At::Dav { format!("{dav}{far}") } else { far };
    let why = desk.why(&external).await;
    assert!(why["verdict"].as_str().unwrap().starts_with("It is not in the local calendar: it lies outside"), "{why}");
    assert!(why["next"].as_str().unwrap().starts_with("It appears by itself"), "{why}");

    let there = desk.item(at, &name("moves")).await.id;
    desk.there(at, Some(&there), Deed::Move("2028-02-01T09:00:00Z".parse().unwrap())).await;
    desk.settle().await;
    let moved = desk.event(&id).await;
    assert!(moved["start"].as_str().unwrap().starts_with("2028-02-01"), "{at:?}: {moved}");
    assert_eq!(desk.item(at, &name("moves")).await.id, there);

    desk.there(at, Some(&there), Deed::Move("2026-12-02T09:00:00Z".parse().unwrap())).await;
    desk.settle().await;
    assert!(desk.event(&id).await["start"].as_str().unwrap().starts_with("2026-12-02"));
    assert_eq!(desk.id_of(&name("moves")).await, id, "the same event all the time");
    desk.quiet_day().await;
}

async fn p10_leaving_the_window_is_no_deletion_and_entering_it_is_a_creation(db: Db) {
    let places = [At::Google, At::Dav];
    let desk = Desk::open(db, &places).await;
    for (number, at) in places.into_iter().enumerate() {
        leaves_and_enters(&desk, at, number as u32).await;
    }
    // The window reaches what was too far away, and then it is in all calendars.
    let far = |lines: &[String]| lines.iter().filter(|line| line.contains(" far ")).count();
    assert_eq!(far(&desk.shown().await), 0);
    desk.app.advance(DAY * 45).await;
    desk.settle().await;
    assert_eq!(far(&desk.shown().await), 2);
    for at in places {
        let titles = desk.titles(at).await;
        assert_eq!(titles, ["far 0", "far 1", "moves 0", "moves 1"], "{at:?}");
    }
    desk.rest().await;
}

/// A holiday at the very edge was deleted and made again with each run, for the zone moved it over the edge.
async fn p10_a_day_on_the_edge_is_neither_deleted_nor_made_again(db: Db) {
    let places = [At::Google, At::Outlook, At::Dav];
    let desk = Desk::open(db, &places).await;
    // Three months back from here is 21 August, twelve ahead 21 November.
    for day in ["2026-08-20", "2026-08-21", "2026-08-22", "2027-11-20", "2027-11-21", "2027-11-22"] {
        let next: jiff::civil::Date = day.parse().unwrap();
        let body = json!({ "summary": format!("Day {day}"), "start": { "date": day },
            "end": { "date": next.tomorrow().unwrap().to_string() } });
        desk.app.control("POST", &format!("events/{}", super::desk::ADA), body).await;
    }
    desk.settle().await;
    let ids = "SELECT COUNT(*) || '/' || MIN(id) FROM calendar_events WHERE title LIKE 'Day 2026%'";
    let before = desk.app.value(ids).await;
    let copies = desk.titles(At::Dav).await;
    // The window moves over all of them, in small steps at first.
    for step in [6, 6, 12, 24, 72] {
        desk.app.advance(SignedDuration::from_hours(step)).await;
        let writes = desk.settle().await;
        assert!(writes.iter().all(|it| it.starts_with("PUT") || it.contains("create")), "only what enters: {writes:?}");
    }
    assert_eq!(desk.app.value(ids).await, before, "the same rows, neither deleted nor made again");
    assert!(copies.iter().all(|title| !title.contains("2026-08") || title.contains("2026-08-2")), "{copies:?}");
    let versions = "SELECT MAX(version) FROM calendar_events";
    assert_eq!(desk.app.value(versions).await.as_deref(), Some("1"), "and nothing was written twice");
    assert_eq!(desk.titles(At::Google).await.len(), 6);
    desk.rest().await;
}

/// The delta said "deleted" of what was only moved, and it was deleted.
async fn p10_outlook_calls_what_left_its_window_deleted_and_it_stays(db: Db) {
    let places = [At::Outlook, At::Dav];
    let desk = Desk::open(db, &places).await;
    for (number, says_why) in [false, true].into_iter().enumerate() {
        desk.app.control("PATCH", "switches", json!({ "graph": { "tellWhyRemoved": says_why } })).await;
        let name = format!("moves {number}");
        desk.make_there(At::Outlook, &name, &format!("2026-12-01T0{number}:00:00Z")).await;
        desk.settle().await;
        let (id, there) = (desk.id_of(&name).await, desk.item(At::Outlook, &name).await.id);
        desk.there(At::Outlook, Some(&there), Deed::Move("2029-02-01T09:00:00Z".parse().unwrap())).await;
        let writes = desk.settle().await;
        assert!(writes.iter().all(|it| !it.contains("DELETE") && !it.contains("delete")), "{writes:?}");
        let moved = desk.event(&id).await;
        assert!(moved["start"].as_str().unwrap().starts_with("2029-02-01"), "{moved}");
        for at in places {
            assert!(desk.titles(at).await.contains(&name), "{at:?}");
        }
        desk.there(At::Outlook, Some(&there), Deed::Delete).await;
        desk.settle().await;
        assert_eq!((desk.titles(At::Dav).await.len(), desk.titles(At::Outlook).await.len()), (0, 0), "a real deletion");
    }
    desk.rest().await;
}
