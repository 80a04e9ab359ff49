//! Problem 19: an unusual rule stops the whole sync.

use serde_json::{Value, json};

use super::desk::{ADA, At, Desk, object};
use crate::hands::Deed;
use crate::harness::{Db, on_both};

on_both!(
    p19_unusual_rules_at_google_stop_nothing,
    p19_a_series_that_the_other_vendor_cannot_repeat_says_so_and_stays_as_it_is,
);

fn series(name: &str, lines: &[&str]) -> String {
    let own = [format!("UID:{name}@example.com"), format!("SUMMARY:{name}")];
    let mut all: Vec<&str> = own.iter().map(String::as_str).collect();
    all.extend(["DTSTART;TZID=Europe/Vienna:20261201T090000", "DTEND;TZID=Europe/Vienna:20261201T093000"]);
    all.extend(lines);
    object("", &all)
}

/// A calendar with one odd series in it was not synced at all.
async fn p19_unusual_rules_at_google_stop_nothing(db: Db) {
    let desk = Desk::open(db, &[At::Google, At::Dav]).await;
    let plant = |name: &str, lines: Value| {
        json!({ "summary": name, "recurrence": lines,
            "start": { "dateTime": "2026-12-01T09:00:00+01:00", "timeZone": "Europe/Vienna" },
            "end": { "dateTime": "2026-12-01T09:30:00+01:00", "timeZone": "Europe/Vienna" } })
    };
    for (name, lines) in [
        ("rdate only", json!(["RDATE;TZID=Europe/Vienna:20261205T090000,20261209T090000"])),
        ("count and until", json!(["RRULE:FREQ=DAILY;COUNT=3;UNTIL=20261231T000000Z"])),
        ("no rule at all", json!(["RRULE:FREQ=SOMETIMES"])),
    ] {
        desk.app.control("POST", &format!("plant/{ADA}"), plant(name, lines)).await;
    }
    desk.make_there(At::Google, "Review", "2026-12-02T09:00:00Z").await;
    desk.settle().await;
    assert_eq!(desk.titles(At::Dav).await, ["Review", "count and until", "rdate only"], "the rest goes on");
    let shown = desk.shown().await;
    let times = |name: &str| shown.iter().filter(|line| line.ends_with(name)).count();
    assert_eq!((times("rdate only"), times("count and until"), times("no rule at all")), (3, 3, 0), "{shown:?}");
    let quarantined = desk.rows(At::Google, "quarantined").await;
    assert_eq!(quarantined.len(), 1);
    let why = desk.why(quarantined[0]["externalEventId"].as_str().unwrap()).await;
    assert!(why["verdict"].as_str().unwrap().contains("recurrence"), "{why}");
    desk.rest().await;

    // Mended there, it is here with the next run.
    let broken = quarantined[0]["externalEventId"].as_str().unwrap();
    let mended = json!({ "recurrence": ["RRULE:FREQ=DAILY;COUNT=2"] });
    desk.app.control("PATCH", &format!("events/{ADA}/{broken}"), mended).await;
    desk.settle().await;
    assert_eq!(desk.shown().await.iter().filter(|line| line.ends_with("no rule at all")).count(), 2);
    desk.rest().await;
}

/// A rule that Outlook has no words for was rewritten into another one, and came back wrong.
async fn p19_a_series_that_the_other_vendor_cannot_repeat_says_so_and_stays_as_it_is(db: Db) {
    let desk = Desk::open(db, &[At::Dav, At::Outlook]).await;
    desk.put("dates.ics", &series("dates", &["RDATE;TZID=Europe/Vienna:20261205T090000"]));
    desk.put("often.ics", &series("often", &["RRULE:FREQ=HOURLY;INTERVAL=5;COUNT=3"]));
    desk.make_there(At::Dav, "Review", "2026-12-02T09:00:00Z").await;
    let before = desk.items(At::Dav).await;
    desk.settle().await;
    assert_eq!(desk.titles(At::Outlook).await, ["Review"]);
    let rows = desk.rows(At::Outlook, "quarantined").await;
    assert_eq!(rows.len(), 2, "{rows:?}");
    for row in &rows {
        let why = desk.why(row["eventId"].as_str().unwrap()).await;
        let verdict = why["verdict"].as_str().unwrap();
        assert!(verdict.starts_with("It is in the local calendar, but not in step with"), "{why}");
    }
    assert_eq!(desk.shown().await.len(), 6);
    let texts = |items: &[super::desk::Item]| items.iter().map(super::desk::Item::text).collect::<Vec<_>>();
    assert_eq!(texts(&desk.items(At::Dav).await), texts(&before));
    desk.rest().await;
    // It is still one's own to change where it came from.
    let often = desk.item(At::Dav, "often").await.id;
    desk.there(At::Dav, Some(&often), Deed::Retitle("often renamed".into())).await;
    let id = desk.id_of("dates").await;
    desk.edit(&format!("{id}?scope=all"), json!({ "location": "Room 2" })).await;
    desk.settle().await;
    assert!(desk.item(At::Dav, "dates").await.text().contains("LOCATION:Room 2"));
    assert!(desk.titles_here().await.contains("often renamed"));
    desk.rest().await;
}
