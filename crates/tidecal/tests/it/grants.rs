//! How grants begin and end: the words for each cause, who is disconnected and who is not, and what
//! is left behind at the vendor.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tidecal_core::model::Provider;
use tidecal_engine::{ServiceError, SyncStatus};
use tidecal_store::{AccountStatus, Connection, NewMember, Role, SystemScope};
use url::Url;

use crate::app::{App, NOW, oauth_answer};
use crate::harness::{Db, on_both};

on_both!(
    an_app_in_testing_mode_is_named_as_the_cause,
    a_grant_for_a_limited_time_is_told_ahead_and_named_at_its_end,
    a_wrong_client_secret_is_the_operators_error_and_disconnects_nobody,
    an_outage_of_the_token_endpoint_disconnects_nobody,
    a_dead_grant_is_noticed_without_a_sync,
    a_consent_without_what_is_needed_names_it_and_leaves_nothing_behind,
    an_unticked_box_does_not_end_the_grant_that_works,
    disconnecting_revokes_unless_the_same_identity_is_connected_elsewhere,
);

const DAY: SignedDuration = SignedDuration::from_hours(24);

async fn granted_for(app: &App, days: i64) -> Connection {
    app.control("PATCH", "switches", json!({ "refreshTokenLifetimeSeconds": days * 86_400 })).await;
    let connection = app.connect_google("primary").await;
    app.sync(&connection).await;
    connection
}

async fn status(app: &App, connection: &Connection) -> AccountStatus {
    app.store().tenant(&app.ada).get_account(&connection.account_id).await.unwrap().status
}

async fn notices(app: &App, kind: &str) -> String {
    app.value(&format!("SELECT COUNT(*) FROM notifications WHERE kind = '{kind}'")).await.unwrap()
}

async fn an_app_in_testing_mode_is_named_as_the_cause(db: Db) {
    let app = App::new(db).await;
    let connection = granted_for(&app, 7).await;
    let account = app.store().tenant(&app.ada).get_account(&connection.account_id).await.unwrap();
    let now: jiff::Timestamp = NOW.parse().unwrap();
    assert_eq!(account.grant_ends_at, Some(now + DAY * 7));
    app.advance(DAY * 8).await;
    let error = app.sync(&connection).await.error.unwrap();
    assert!(error.starts_with("Authentication failed: google: 400 invalid_grant (invalid_token)"), "{error}");
    assert!(error.contains("testing mode, where access ends after 7 days: publish it at"), "{error}");
    assert_eq!(status(&app, &connection).await, AccountStatus::ReauthRequired);
}

async fn a_grant_for_a_limited_time_is_told_ahead_and_named_at_its_end(db: Db) {
    let app = App::new(db).await;
    let connection = granted_for(&app, 30).await;
    app.advance(DAY * 22).await;
    app.engine.reconcile().await;
    assert_eq!(notices(&app, "grant_ending").await, "0");
    app.advance(DAY * 2).await;
    for _ in 0..3 {
        app.engine.reconcile().await;
        app.advance(SignedDuration::from_mins(56)).await;
        app.sync(&connection).await;
    }
    assert_eq!(notices(&app, "grant_ending").await, "1", "a week ahead, once, whatever refreshes say in between");
    app.advance(DAY * 7).await;
    let error = app.sync(&connection).await.error.unwrap();
    assert!(error.contains("granted for a limited time, and that is over"), "{error}");
    assert!(!error.contains("testing"), "{error}");
}

async fn a_wrong_client_secret_is_the_operators_error_and_disconnects_nobody(db: Db) {
    let app = App::new(db).await;
    let connection = app.connect_google("primary").await;
    app.sync(&connection).await;
    let fault = json!({ "operation": "oauth.refresh", "times": 1_000, "reason": "invalid_client" });
    app.control("POST", "faults", fault).await;
    for _ in 0..6 {
        app.advance(SignedDuration::from_mins(61)).await;
        let error = app.sync(&connection).await.error.unwrap();
        assert!(error.starts_with("google: 401 invalid_client") && error.contains("GOOGLE_CLIENT_SECRET"), "{error}");
        app.engine.reconcile().await;
    }
    let row = app.connection(&connection).await;
    assert!(row.is_active() && row.consecutive_failures == 0 && row.stopped_reason.is_none());
    assert_eq!(status(&app, &connection).await, AccountStatus::Active);
    assert_eq!(app.value("SELECT COUNT(*) FROM notifications").await.as_deref(), Some("0"));
    app.control("DELETE", "faults", Value::Null).await;
    assert_eq!(app.sync(&connection).await.status, SyncStatus::Success);
}

async fn an_outage_of_the_token_endpoint_disconnects_nobody(db: Db) {
    let app = App::new(db).await;
    let connection = app.connect_google("primary").await;
    app.sync(&connection).await;
    app.advance(SignedDuration::from_mins(61)).await;
    app.calls().await;
    for broken in
        [json!({ "status": 503 }), json!({ "status": 400, "html": true }), json!({ "dropConnection": "before" })]
    {
        let mut fault = json!({ "operation": "oauth.refresh", "times": 4 });
        fault.as_object_mut().unwrap().extend(broken.as_object().unwrap().clone());
        app.control("POST", "faults", fault).await;
        assert_eq!(app.sync(&connection).await.status, SyncStatus::Error, "{broken}");
        assert_eq!(app.calls().await.len(), 4, "three retries, the token endpoint included: {broken}");
        assert_eq!(status(&app, &connection).await, AccountStatus::Active, "{broken}");
    }
    assert_eq!(app.sync(&connection).await.status, SyncStatus::Success);
}

async fn a_dead_grant_is_noticed_without_a_sync(db: Db) {
    let app = App::new(db).await;
    let connection = app.connect_google("primary").await;
    app.sync(&connection).await;
    app.control("POST", "oauth/revoke", json!({ "account": "ada@example.com" })).await;
    app.advance(SignedDuration::from_mins(56)).await;
    app.engine.reconcile().await;
    app.engine.reconcile().await;
    assert_eq!(status(&app, &connection).await, AccountStatus::ReauthRequired);
    assert_eq!(notices(&app, "reauth_required").await, "1");
    assert!(!app.connection(&connection).await.is_active());
}

/// Consent with only these boxes ticked.
async fn consent_to(app: &App, scopes: &[&str], account_id: Option<&str>) -> ServiceError {
    let session = "session-of-ada";
    let url = app.engine.begin_oauth(&app.ada, session, Provider::Google, account_id).await.unwrap();
    let body = json!({ "authorizeUrl": url.as_str(), "account": "ada@example.com", "scopes": scopes });
    let answer = app.control("POST", "oauth/approve", body).await;
    let back: Url = answer["redirectUrl"].as_str().unwrap().parse().unwrap();
    app.engine.complete_oauth(session, Provider::Google, oauth_answer(&back)).await.unwrap_err()
}

async fn a_consent_without_what_is_needed_names_it_and_leaves_nothing_behind(db: Db) {
    let app = App::new(db).await;
    app.calls().await;
    let events = "https://www.googleapis.com/auth/calendar.events";
    let refused = consent_to(&app, &["openid", "email", events], None).await.to_string();
    assert!(
        refused.contains("insufficient scope: https://www.googleapis.com/auth/calendar.calendarlist.readonly"),
        "{refused}"
    );
    assert!(refused.contains("See the list of Google calendars"), "as the page calls it: {refused}");
    assert!(app.calls().await.contains(&"oauth.revoke".to_owned()));
    assert_eq!(app.value("SELECT COUNT(*) FROM calendar_accounts").await.as_deref(), Some("0"));
}

async fn an_unticked_box_does_not_end_the_grant_that_works(db: Db) {
    let app = App::new(db).await;
    let connection = app.connect_google("primary").await;
    app.sync(&connection).await;
    app.calls().await;
    consent_to(&app, &["openid", "email"], Some(&connection.account_id)).await;
    assert!(!app.calls().await.contains(&"oauth.revoke".to_owned()), "the vendor would end both");
    app.advance(SignedDuration::from_mins(56)).await;
    assert_eq!(app.sync(&connection).await.status, SyncStatus::Success);
}

async fn disconnecting_revokes_unless_the_same_identity_is_connected_elsewhere(db: Db) {
    let app = App::new(db).await;
    let connection = app.connect_google("primary").await;
    // The same person in another tenant, with the same Google identity.
    let member =
        NewMember { email: "ada@example.org".into(), name: "Ada".into(), password_hash: None, role: Role::Owner };
    let system = app.store().system(SystemScope::for_workers());
    let other = system.create_tenant_with_owner("Beta", &member, NOW.parse().unwrap()).await.unwrap();
    let url = app.engine.begin_oauth(&other, "session-2", Provider::Google, None).await.unwrap();
    let body = json!({ "authorizeUrl": url.as_str(), "account": "ada@example.com" });
    let answer = app.control("POST", "oauth/approve", body).await;
    let back: Url = answer["redirectUrl"].as_str().unwrap().parse().unwrap();
    let second = app.engine.complete_oauth("session-2", Provider::Google, oauth_answer(&back)).await.unwrap();
    app.calls().await;

    let gone = app.engine.disconnect_account(&app.ada, &connection.account_id).await.unwrap();
    assert_eq!(gone.status, AccountStatus::Disconnected);
    assert!(app.calls().await.is_empty(), "ending it at the vendor would end the other tenant's, too");
    let sealed = "SELECT COUNT(*) FROM calendar_accounts WHERE access_token IS NOT NULL OR refresh_token IS NOT NULL";
    assert_eq!(app.value(sealed).await.as_deref(), Some("1"), "wiped here all the same");
    app.engine.disconnect_account(&other, &second.id).await.unwrap();
    assert_eq!(app.calls().await, ["oauth.revoke"], "the last one ends it");
}
