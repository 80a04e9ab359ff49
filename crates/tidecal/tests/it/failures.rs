//! Vendors that misbehave: what a person sees, what is tried again, what is left alone.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tidecal_engine::SyncStatus;

use crate::app::App;
use crate::harness::{Db, on_both};

on_both!(
    exponential_backoff_for_transient_errors,
    a_rate_limit_is_obeyed_also_by_sync_now,
    circuit_breaker_disables_after_5_failures_and_a_resync_closes_it,
    a_permanent_failure_of_a_calendar_stops_it_until_a_resync,
    partial_failures_are_reported_and_do_not_stop_the_others,
    a_web_page_or_a_cut_answer_is_a_clear_error_and_loses_nothing,
    one_malformed_event_is_quarantined_and_the_calendar_goes_on,
    a_full_reading_that_was_cut_short_goes_on_at_its_page,
    a_mass_deletion_waits_for_a_person,
    the_runbooks_reset_of_a_failed_event_makes_it_be_tried_again,
);

const PRIMARY: &str = "ada@example.com";

async fn fault(app: &App, fault: Value) {
    app.control("POST", "faults", fault).await;
}

async fn exponential_backoff_for_transient_errors(db: Db) {
    let app = App::new(db).await;
    let connection = app.connect_google(PRIMARY).await;
    fault(&app, json!({ "operation": "events.list", "times": 3, "status": 503 })).await;
    let result = app.sync(&connection).await;
    assert_eq!(result.status, SyncStatus::Success, "three retries after the first attempt: {:?}", result.error);

    fault(&app, json!({ "operation": "events.list", "times": 4, "status": 503 })).await;
    let failed = app.sync(&connection).await;
    assert_eq!(failed.status, SyncStatus::Error);
    let row = app.connection(&connection).await;
    assert_eq!((row.error_count, row.consecutive_failures), (1, 0), "counted per run; an outage is nobody's own fault");
    assert!(row.last_error.unwrap().starts_with("google: 503"), "the adapter's name and the status");
}

async fn a_rate_limit_is_obeyed_also_by_sync_now(db: Db) {
    let app = App::new(db).await;
    let connection = app.connect_google(PRIMARY).await;
    let limit = json!({
        "operation": "events.list", "times": 1, "status": 429, "reason": "rateLimitExceeded",
        "headers": { "Retry-After": "600" },
    });
    fault(&app, limit).await;
    let limited = app.sync(&connection).await;
    assert!(limited.error.unwrap().starts_with("Rate limit exceeded"));
    let until = app.connection(&connection).await.backoff_until.unwrap();
    app.calls().await;

    let refused = app.sync(&connection).await;
    assert_eq!(refused.status, SyncStatus::Error);
    assert!(refused.error.unwrap().contains(&format!("{until:.0}")), "it answers at once with the time");
    assert!(app.calls().await.is_empty(), "no call before it");

    app.advance(SignedDuration::from_secs(601)).await;
    assert_eq!(app.sync(&connection).await.status, SyncStatus::Success);
    assert_eq!(app.connection(&connection).await.error_count, 0);
}

async fn circuit_breaker_disables_after_5_failures_and_a_resync_closes_it(db: Db) {
    let app = App::new(db).await;
    let connection = app.connect_google(PRIMARY).await;
    app.sync(&connection).await;
    // An answer that breaks off again and again is this connection's own trouble, not an outage.
    fault(&app, json!({ "operation": "events.list", "times": 100, "truncateBodyTo": 40 })).await;
    for failures in 1..=5 {
        assert!(app.connection(&connection).await.is_active(), "open at exactly 5, not before {failures}");
        assert_eq!(app.sync(&connection).await.status, SyncStatus::Error);
    }
    let row = app.connection(&connection).await;
    assert!(!row.is_active() && row.sync_enabled, "the person's wish is never written by the circuit");
    assert_eq!((row.error_count, row.consecutive_failures), (5, 5));
    assert!(row.backoff_until.is_some(), "it probes itself");
    let told = "SELECT COUNT(*) FROM notifications WHERE kind = 'sync_disabled'";
    assert_eq!(app.value(told).await.as_deref(), Some("1"), "told once");

    app.control("DELETE", "faults", json!({})).await;
    resync(&app, &connection).await;
    assert_eq!(app.sync(&connection).await.status, SyncStatus::Success);
    let row = app.connection(&connection).await;
    assert!(row.is_active() && row.last_error.is_none() && row.error_count == 0);
}

async fn a_permanent_failure_of_a_calendar_stops_it_until_a_resync(db: Db) {
    let app = App::new(db).await;
    let connection = app.connect_google(PRIMARY).await;
    app.sync(&connection).await;
    let before = app.titles(&connection).await;
    fault(&app, json!({ "operation": "events.list", "times": 100, "status": 404, "reason": "notFound" })).await;
    assert_eq!(app.sync(&connection).await.status, SyncStatus::Error);
    let row = app.connection(&connection).await;
    assert!(!row.is_active() && row.sync_enabled && row.stopped_reason.is_some());
    assert_eq!(app.titles(&connection).await, before, "losing access deletes nothing");

    app.control("DELETE", "faults", json!({})).await;
    resync(&app, &connection).await;
    assert_eq!(app.sync(&connection).await.status, SyncStatus::Success);
    assert!(app.connection(&connection).await.is_active());
}

async fn resync(app: &App, connection: &tidecal_store::Connection) {
    let now = app.engine.clock().now();
    app.store().tenant(&app.ada).request_sync(&connection.id, true, "run-1", now).await.unwrap();
}

async fn partial_failures_are_reported_and_do_not_stop_the_others(db: Db) {
    let app = App::new(db).await;
    let account = app.consent(None).await;
    let offered = app.engine.offered_calendars(&app.ada, &account.id).await.unwrap();
    let (bad, good) = (&offered[0].calendar.id, &offered[1].calendar.id);
    let (bad, good) = (app.connect(&account, bad).await, app.connect(&account, good).await);
    let only_bad = json!({
        "operation": "events.list", "calendarId": bad.external_calendar_id, "times": 10, "status": 500,
    });
    fault(&app, only_bad).await;
    let request = tidecal_engine::SyncNow::default();
    let results = app.engine.sync_now(&app.ada, request).await.unwrap();
    let status = |id: &str| results.iter().find(|it| it.connection.id == id).unwrap().status;
    assert_eq!((status(&bad.id), status(&good.id)), (SyncStatus::Error, SyncStatus::Success));
    assert!(!app.titles(&good).await.is_empty());
}

async fn a_web_page_or_a_cut_answer_is_a_clear_error_and_loses_nothing(db: Db) {
    let app = App::new(db).await;
    let connection = app.connect_google(PRIMARY).await;
    app.sync(&connection).await;
    let (before, cursor) = (app.titles(&connection).await, app.connection(&connection).await.sync_cursor);
    for broken in
        [json!({ "html": true, "status": 200 }), json!({ "truncateBodyTo": 40 }), json!({ "dropConnection": "before" })]
    {
        let mut rule = json!({ "operation": "events.list", "times": 4 });
        rule.as_object_mut().unwrap().extend(broken.as_object().unwrap().clone());
        fault(&app, rule).await;
        let result = app.sync(&connection).await;
        assert_eq!(result.status, SyncStatus::Error, "{broken}");
        let error = result.error.unwrap();
        assert!(error.starts_with("google: "), "{broken}: {error}");
        assert_eq!(app.titles(&connection).await, before, "{broken}");
        assert_eq!(app.connection(&connection).await.sync_cursor, cursor, "{broken}");
    }
    assert_eq!(app.sync(&connection).await.status, SyncStatus::Success);
}

async fn one_malformed_event_is_quarantined_and_the_calendar_goes_on(db: Db) {
    let app = App::new(db).await;
    let connection = app.connect_google(PRIMARY).await;
    app.sync(&connection).await;
    let body = json!({
        "kind": "calendar#events", "items": [
            { "id": "broken01", "etag": "\"1\"", "status": "confirmed", "summary": "Broken", "start": { "dateTime": "yesterday" }, "end": {} },
            { "id": "sound001", "etag": "\"2\"", "status": "confirmed", "summary": "Sound",
              "start": { "date": "2026-12-01" }, "end": { "date": "2026-12-02" } },
        ],
        "nextSyncToken": "unused",
    });
    fault(&app, json!({ "operation": "events.list", "times": 1, "status": 200, "body": body })).await;
    let result = app.sync(&connection).await;
    assert_eq!(
        (result.status, result.stats.synced, result.stats.skipped),
        (SyncStatus::Success, 1, 1),
        "{:?}",
        result.error
    );
    assert!(app.titles(&connection).await.contains(&"Sound".to_owned()));
    let row = "SELECT verdict || '/' || sync_status FROM external_calendar_events WHERE external_event_id = 'broken01'";
    assert_eq!(app.value(row).await.as_deref(), Some("quarantined/FAILED"));
    let reason = app.value("SELECT reason FROM external_calendar_events WHERE external_event_id = 'broken01'").await;
    assert!(reason.unwrap().contains("start"), "the reason names the field");
}

async fn a_full_reading_that_was_cut_short_goes_on_at_its_page(db: Db) {
    let app = App::new(db).await;
    app.control("PATCH", "switches", json!({ "shortPages": 10 })).await;
    let connection = app.connect_google(PRIMARY).await;
    fault(&app, json!({ "operation": "events.list", "skip": 3, "times": 4, "status": 500 })).await;
    assert_eq!(app.sync(&connection).await.status, SyncStatus::Error);
    let partly = app.titles(&connection).await.len();
    assert!(partly > 0, "what was read is usable");
    assert!(app.connection(&connection).await.sync_cursor.is_none());
    app.calls().await;
    let result = app.sync(&connection).await;
    assert_eq!(result.status, SyncStatus::Success);
    let all = app.titles(&connection).await.len();
    let ledger = app.calls().await.len();
    assert!(all > partly && ledger * 10 < all + 20, "only the rest is read: {ledger} pages for {all} events");
}

async fn a_mass_deletion_waits_for_a_person(db: Db) {
    let app = App::new(db).await;
    let connection = app.connect_google(PRIMARY).await;
    app.sync(&connection).await;
    let (before, cursor) = (app.titles(&connection).await, app.connection(&connection).await.sync_cursor);
    let held = app.control("GET", &format!("events/{PRIMARY}"), json!({})).await;
    for event in held["items"].as_array().unwrap() {
        if event["recurringEventId"].is_null() && event["status"] != "cancelled" {
            let id = event["id"].as_str().unwrap();
            app.control("DELETE", &format!("events/{PRIMARY}/{id}"), json!({})).await;
        }
    }
    let result = app.sync(&connection).await;
    assert_eq!(result.status, SyncStatus::Error);
    assert!(result.error.unwrap().starts_with("Held for you to decide"));
    assert_eq!((app.titles(&connection).await, app.connection(&connection).await.sync_cursor), (before, cursor));

    app.store().tenant(&app.ada).release_hold(&connection.id, app.engine.clock().now()).await.unwrap();
    let released = app.sync(&connection).await;
    assert_eq!(released.status, SyncStatus::Success, "{:?}", released.error);
    assert!(app.titles(&connection).await.is_empty());
    assert_eq!(app.connection(&connection).await.held_reason, None);
}

async fn the_runbooks_reset_of_a_failed_event_makes_it_be_tried_again(db: Db) {
    let app = App::new(db).await;
    let connection = app.connect_google(PRIMARY).await;
    app.sync(&connection).await;
    let id = app
        .control(
            "POST",
            &format!("events/{PRIMARY}"),
            json!({
                "summary": "Mended", "start": { "date": "2026-12-01" }, "end": { "date": "2026-12-02" },
            }),
        )
        .await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let body = json!({
        "kind": "calendar#events",
        "items": [{ "id": id, "etag": "\"0\"", "status": "confirmed", "start": {}, "end": {} }],
        "nextSyncToken": "unused",
    });
    fault(&app, json!({ "operation": "events.list", "times": 1, "status": 200, "body": body })).await;
    app.sync(&connection).await;
    assert!(!app.titles(&connection).await.contains(&"Mended".to_owned()));
    app.db.raw.execute("UPDATE external_calendar_events SET sync_status = 'CREATED', last_error = NULL WHERE sync_status = 'FAILED'").await;
    app.db.raw.execute("UPDATE external_calendar_connections SET sync_cursor = NULL").await;
    let result = app.sync(&connection).await;
    assert_eq!(result.status, SyncStatus::Success, "{:?}", result.error);
    assert!(app.titles(&connection).await.contains(&"Mended".to_owned()));
}
