//! What lasts: accounts that come and go, work that is cut short.

use tidecal_engine::SyncStatus;
use tidecal_store::AccountStatus;

use crate::app::App;
use crate::harness::{Db, on_both};

on_both!(disconnect_and_reconnect_keep_ids_mapping_and_cursor_with_no_writes);

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
