//! What lasts: accounts that come and go, work that is cut short.

use jiff::SignedDuration;
use serde_json::json;
use tidecal_core::policy::Window;
use tidecal_engine::{SyncNow, SyncStatus};
use tidecal_store::AccountStatus;

use crate::app::App;
use crate::harness::{Db, on_both};

on_both!(
    disconnect_and_reconnect_keep_ids_mapping_and_cursor_with_no_writes,
    an_authorisation_that_nobody_saved_is_swept_and_revoked_after_an_hour,
    deleting_an_account_takes_its_events_and_ends_the_grant,
    an_operators_reset_by_sql_compares_and_rewrites_nothing,
    what_is_due_runs_by_itself_and_what_is_not_is_left_alone,
    a_range_beyond_the_window_is_looked_at_without_touching_the_cursor,
    the_journal_is_kept_for_thirty_days,
);

async fn disconnect_and_reconnect_keep_ids_mapping_and_cursor_with_no_writes(db: Db) {
    let app = App::new(db).await;
    let connection = app.connect_google("primary").await;
    app.sync(&connection).await;
    let before = app.connection(&connection).await;
    let state = "SELECT COUNT(*) || '/' || SUM(version) || '/' || MIN(id) || '/' || MAX(id) FROM calendar_events";
    let events = app.value(state).await;
    let mapping = app.value("SELECT COUNT(*) || '/' || MIN(id) FROM external_calendar_events").await;

    let account = app.engine.disconnect_account(&app.ada, &connection.account_id).await.unwrap();
    assert_eq!(account.status, AccountStatus::Disconnected);
    let secrets = "SELECT COUNT(*) FROM calendar_accounts WHERE access_token IS NOT NULL OR refresh_token IS NOT NULL";
    assert_eq!(app.value(secrets).await.as_deref(), Some("0"));
    assert!(!app.connection(&connection).await.is_active());

    let again = app.consent(Some(&account.id)).await;
    assert_eq!((again.id, again.status), (account.id, AccountStatus::Active));
    let after = app.connection(&connection).await;
    assert_eq!((&after.id, &after.sync_cursor), (&before.id, &before.sync_cursor));
    let result = app.sync(&connection).await;
    assert_eq!((result.status, result.stats.total()), (SyncStatus::Success, 0));
    assert_eq!(app.value(state).await, events);
    assert_eq!(app.value("SELECT COUNT(*) || '/' || MIN(id) FROM external_calendar_events").await, mapping);
}

async fn an_authorisation_that_nobody_saved_is_swept_and_revoked_after_an_hour(db: Db) {
    let app = App::new(db).await;
    app.consent(None).await;
    app.advance(SignedDuration::from_mins(59)).await;
    app.engine.reconcile().await;
    let accounts = "SELECT COUNT(*) FROM calendar_accounts";
    assert_eq!(app.value(accounts).await.as_deref(), Some("1"));
    app.advance(SignedDuration::from_mins(2)).await;
    app.calls().await;
    app.engine.reconcile().await;
    assert_eq!(app.value(accounts).await.as_deref(), Some("0"));
    assert!(app.calls().await.contains(&"oauth.revoke".to_owned()));
}

async fn deleting_an_account_takes_its_events_and_ends_the_grant(db: Db) {
    let app = App::new(db).await;
    let connection = app.connect_google("primary").await;
    app.sync(&connection).await;
    app.calls().await;
    app.engine.delete_account(&app.ada, &connection.account_id).await.unwrap();
    for table in ["calendar_accounts", "external_calendar_connections", "external_calendar_events", "calendar_events"] {
        assert_eq!(app.value(&format!("SELECT COUNT(*) FROM {table}")).await.as_deref(), Some("0"), "{table}");
    }
    assert_eq!(app.calls().await, ["oauth.revoke"]);
}

async fn an_operators_reset_by_sql_compares_and_rewrites_nothing(db: Db) {
    let app = App::new(db).await;
    let connection = app.connect_google("primary").await;
    app.sync(&connection).await;
    let versions = "SELECT COUNT(*) || '/' || SUM(version) FROM calendar_events";
    let written = app.value(versions).await;
    // The statement of the operators' runbook, to the letter.
    let reset = format!(
        "UPDATE external_calendar_connections SET sync_cursor = NULL, last_synced_at = NULL, error_count = 0, \
         last_error = NULL, backoff_until = NULL WHERE id = '{}'",
        connection.id
    );
    app.db.raw.execute(&reset).await;
    let result = app.sync(&connection).await;
    assert_eq!((result.status, result.stats.synced, result.stats.updated), (SyncStatus::Success, 0, 0));
    assert_eq!(app.value(versions).await, written);
    assert!(app.connection(&connection).await.sync_cursor.is_some());
}

async fn what_is_due_runs_by_itself_and_what_is_not_is_left_alone(db: Db) {
    let app = App::new(db).await;
    let connection = app.connect_google("primary").await;
    let first = app.engine.run_jobs(None).await.unwrap();
    assert_eq!((first.connections_processed, first.connections_succeeded), (1, 1), "a new connection is due at once");
    app.calls().await;
    let quiet = app.engine.run_jobs(None).await.unwrap();
    assert_eq!((quiet.connections_processed, app.calls().await.len()), (0, 0));
    app.advance(SignedDuration::from_mins(17)).await;
    assert_eq!(app.engine.run_jobs(Some(&app.ada)).await.unwrap().connections_processed, 1);
    assert!(app.connection(&connection).await.next_sync_at.unwrap() > app.engine.clock().now());
}

async fn a_range_beyond_the_window_is_looked_at_without_touching_the_cursor(db: Db) {
    let app = App::new(db).await;
    let connection = app.connect_google("primary").await;
    let old = json!({ "summary": "Long ago", "start": { "date": "2025-11-03" }, "end": { "date": "2025-11-04" } });
    app.control("POST", "events/ada@example.com", old).await;
    app.sync(&connection).await;
    assert!(!app.titles(&connection).await.contains(&"Long ago".to_owned()));
    let cursor = app.connection(&connection).await.sync_cursor;
    let count = app.titles(&connection).await.len();

    let range = Window { from: "2025-11-01T00:00:00Z".parse().unwrap(), to: "2025-12-01T00:00:00Z".parse().unwrap() };
    let request = SyncNow { connection_ids: None, range: Some(range), wait: None };
    let results = app.engine.sync_now(&app.ada, request).await.unwrap();
    assert_eq!((results[0].status, results[0].stats.synced), (SyncStatus::Success, 1), "{:?}", results[0].error);
    assert!(app.titles(&connection).await.contains(&"Long ago".to_owned()));
    assert_eq!(app.titles(&connection).await.len(), count + 1, "nothing was taken away");
    assert_eq!(app.connection(&connection).await.sync_cursor, cursor);
}

async fn the_journal_is_kept_for_thirty_days(db: Db) {
    let app = App::new(db).await;
    let connection = app.connect_google("primary").await;
    app.sync(&connection).await;
    let listed = app.control("GET", "events/ada@example.com", json!({})).await;
    let id = listed["items"][0]["id"].as_str().unwrap();
    app.control("PATCH", &format!("events/ada@example.com/{id}"), json!({ "summary": "Changed" })).await;
    app.sync(&connection).await;
    assert_eq!(app.db.raw.count("sync_journal").await, 1);
    app.advance(SignedDuration::from_hours(24 * 29)).await;
    app.engine.reconcile().await;
    assert_eq!(app.db.raw.count("sync_journal").await, 1);
    app.advance(SignedDuration::from_hours(24 * 2)).await;
    app.engine.reconcile().await;
    assert_eq!(app.db.raw.count("sync_journal").await, 0);
}
