//! What no run does without a person, beside mass deletion: rewriting most of a calendar. And a clock
//! that jumps costs each connection one run, not more.

use jiff::SignedDuration;
use serde_json::json;
use tidecal_core::sync::{EventKind, span_of};
use tidecal_engine::{Clock as _, SyncStatus};
use tidecal_ical::{Moment, When, Zone};
use tidecal_store::{Connection, LocalOp, LocalWrite};

use crate::app::{App, Options};
use crate::harness::{Db, on_both};

on_both!(
    rewriting_most_of_a_vendors_calendar_waits_for_a_person,
    rewriting_most_of_a_local_calendar_waits_for_a_person,
    a_clock_that_jumps_costs_one_run_and_no_person,
);

const PRIMARY: &str = "ada@example.com";

async fn open(db: Db) -> (App, Connection) {
    let app = App::with(db, Options { filled: false, ..Options::default() }).await;
    let connection = app.connect_google(PRIMARY).await;
    let sql = format!(
        "UPDATE external_calendar_connections SET sync_direction = 'bidirectional' WHERE id = '{}'",
        connection.id
    );
    app.db.raw.execute(&sql).await;
    assert_eq!(app.sync(&connection).await.status, SyncStatus::Success);
    (app, connection)
}

/// Writes `count` local events; `version`: the one that they have, 0 for new ones.
async fn write(app: &App, connection: &Connection, count: i8, version: i64, word: &str) {
    let write = |n: i8| {
        let at = |hour| Moment::zoned(jiff::civil::date(2026, 12, n).at(hour, 0, 0, 0), Zone::utc());
        let mut event = tidecal_core::model::Event::at(When::Timed { start: at(9), end: at(10) });
        event.title = format!("{word} {n:02}");
        let (span, kind) = (span_of(&event, &Zone::utc()), EventKind::Single);
        let event = Box::new(event);
        let op = match version {
            0 => LocalOp::Insert { kind, event, span },
            expected => LocalOp::Update { expected, kind, event, span },
        };
        let id = format!("0199aaaa-0000-7000-8000-0000000000{n:02}");
        LocalWrite { id: id.clone(), series_id: id, recurrence_id: None, op, answer: None }
    };
    let writes: Vec<LocalWrite> = (1..=count).map(write).collect();
    let tenant = app.store().tenant(&app.ada);
    tenant.write_local(&connection.calendar_id, &writes, false, app.clock.now()).await.unwrap();
}

/// How many of Google's events have a title that begins with that word.
async fn theirs(app: &App, word: &str) -> usize {
    let stored = app.control("GET", &format!("events/{PRIMARY}"), json!({})).await;
    let items = stored["items"].as_array().unwrap();
    items.iter().filter(|item| item["summary"].as_str().is_some_and(|title| title.starts_with(word))).count()
}

async fn held_reason(app: &App, connection: &Connection) -> String {
    let result = app.sync(connection).await;
    assert_eq!(result.status, SyncStatus::Error);
    assert!(result.error.unwrap().starts_with("Held for you to decide: "));
    app.connection(connection).await.held_reason.unwrap()
}

async fn release(app: &App, connection: &Connection) {
    app.engine.release_hold(&app.ada, &connection.id, None).await.unwrap();
    let result = app.sync(connection).await;
    assert_eq!((result.status, result.error), (SyncStatus::Success, None));
    let after = app.connection(connection).await;
    assert_eq!((after.held_reason, after.released_at), (None, None), "a release is for one run");
}

async fn rewriting_most_of_a_vendors_calendar_waits_for_a_person(db: Db) {
    let (app, connection) = open(db).await;
    write(&app, &connection, 24, 0, "Talk").await;
    assert_eq!(app.sync(&connection).await.status, SyncStatus::Success);
    assert_eq!(theirs(&app, "Talk").await, 24, "new events are no rewriting");

    write(&app, &connection, 24, 1, "Broken").await;
    let reason = held_reason(&app, &connection).await;
    assert_eq!(reason, "24 of 24 events of the vendor's calendar would be rewritten at once");
    assert_eq!(theirs(&app, "Talk").await, 24);

    release(&app, &connection).await;
    assert_eq!(theirs(&app, "Broken").await, 24);
}

async fn rewriting_most_of_a_local_calendar_waits_for_a_person(db: Db) {
    let (app, connection) = open(db).await;
    write(&app, &connection, 24, 0, "Talk").await;
    assert_eq!(app.sync(&connection).await.status, SyncStatus::Success);
    let stored = app.control("GET", &format!("events/{PRIMARY}"), json!({})).await;
    for event in stored["items"].as_array().unwrap() {
        let path = format!("events/{PRIMARY}/{}", event["id"].as_str().unwrap());
        app.control("PATCH", &path, json!({ "summary": "Broken" })).await;
    }
    let reason = held_reason(&app, &connection).await;
    assert_eq!(reason, "24 of 24 events of the local calendar would be rewritten at once");
    assert!(app.titles(&connection).await.iter().all(|title| title.starts_with("Talk")));

    release(&app, &connection).await;
    assert_eq!(app.titles(&connection).await, vec!["Broken"; 24]);
}

async fn a_clock_that_jumps_costs_one_run_and_no_person(db: Db) {
    let (app, connection) = open(db).await;
    // Ahead by a month: nothing here can tell, and nothing is harmed.
    let month = SignedDuration::from_hours(24 * 30);
    app.advance(month).await;
    assert_eq!(app.sync(&connection).await.status, SyncStatus::Success);

    // Set right again.
    app.clock.advance(-month);
    app.control("POST", "clock", json!({ "now": app.clock.now().to_string() })).await;
    assert!(app.connection(&connection).await.next_sync_at.unwrap() > app.clock.now());
    app.store().system(tidecal_store::SystemScope::for_workers()).sweep(app.clock.now()).await.unwrap();
    assert_eq!(app.connection(&connection).await.next_sync_at, Some(app.clock.now()), "not in a month");
    let result = app.sync(&connection).await;
    let words = "sync: this server's clock stands 43200 minutes before its last sync. Set the clock; \
                 syncing goes on by itself with the next run";
    assert_eq!((result.status, result.error.as_deref()), (SyncStatus::Error, Some(words)));
    assert_eq!(app.connection(&connection).await.held_reason, None, "nobody has to release anything");
    assert_eq!(app.sync(&connection).await.status, SyncStatus::Success);
}
