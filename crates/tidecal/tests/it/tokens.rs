//! Tokens: refreshed ahead of expiry, in mid-run, and given up only when the vendor says so.

use jiff::SignedDuration;
use serde_json::json;
use tidecal_engine::SyncStatus;
use tidecal_store::AccountStatus;

use crate::app::App;
use crate::harness::{Db, on_both};

on_both!(
    proactive_refresh_when_expiring_within_5_minutes,
    no_refresh_when_token_valid_for_more_than_5_minutes,
    a_revoked_grant_asks_for_a_person_and_deletes_nothing,
);

async fn proactive_refresh_when_expiring_within_5_minutes(db: Db) {
    let app = App::new(db).await;
    let connection = app.connect_google("primary").await;
    app.sync(&connection).await;
    let expiry = app.connection(&connection).await.token_expiry.unwrap();
    app.advance(SignedDuration::from_mins(56)).await;
    assert_eq!(app.sync(&connection).await.status, SyncStatus::Success);
    let row = app.connection(&connection).await;
    assert!(row.token_expiry.unwrap() > expiry, "the copy moves in the refresh's transaction");
}

async fn no_refresh_when_token_valid_for_more_than_5_minutes(db: Db) {
    let app = App::new(db).await;
    let connection = app.connect_google("primary").await;
    app.sync(&connection).await;
    let expiry = app.connection(&connection).await.token_expiry;
    app.advance(SignedDuration::from_mins(54)).await;
    assert_eq!(app.sync(&connection).await.status, SyncStatus::Success);
    assert_eq!(app.connection(&connection).await.token_expiry, expiry);
}

async fn a_revoked_grant_asks_for_a_person_and_deletes_nothing(db: Db) {
    let app = App::new(db).await;
    let connection = app.connect_google("primary").await;
    app.sync(&connection).await;
    let before = app.titles(&connection).await;
    app.control("POST", "oauth/revoke", json!({ "account": "ada@example.com" })).await;
    let result = app.sync(&connection).await;
    assert_eq!(result.status, SyncStatus::Error);
    assert!(result.error.unwrap().starts_with("Authentication failed"));
    let account = app.store().tenant(&app.ada).get_account(&connection.account_id).await.unwrap();
    assert_eq!(account.status, AccountStatus::ReauthRequired);
    assert_eq!(app.titles(&connection).await, before);
    assert_eq!(app.value("SELECT COUNT(*) FROM notifications").await.as_deref(), Some("1"));
}
