//! Microsoft's consent when it is half granted, withdrawn or over: what is missing is named, reconnecting is offered and
//! mends it, and nothing is lost. And how much of a mailbox Tidecal takes.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tidecal_core::model::Provider;
use tidecal_engine::{ServiceError, SyncStatus};
use tidecal_store::{AccountStatus, Connection};
use url::Url;

use crate::app::{App, oauth_answer};
use crate::harness::{Db, on_both};

on_both!(
    a_half_granted_consent_names_what_is_missing_and_leaves_nothing_behind,
    a_consent_that_ended_asks_for_a_reconnect_that_keeps_everything,
    a_permission_that_was_taken_away_is_named_and_can_be_given_again,
    eight_calendars_of_one_mailbox_have_three_requests_in_flight,
);

/// Consent with only these permissions, as an older one may have; `None`: it was enough.
async fn consent_with(app: &App, scopes: &[&str], account_id: Option<&str>) -> Option<ServiceError> {
    let session = "session-of-ada";
    let url = app.engine.begin_oauth(&app.ada, session, Provider::Outlook, account_id).await.unwrap();
    let body = json!({ "authorizeUrl": url.as_str(), "account": "ada@example.com", "scopes": scopes });
    let answer = app.control("POST", "oauth/approve", body).await;
    let back: Url = answer["redirectUrl"].as_str().unwrap().parse().unwrap();
    app.engine.complete_oauth(session, Provider::Outlook, oauth_answer(&back)).await.err()
}

async fn status(app: &App, connection: &Connection) -> AccountStatus {
    app.store().tenant(&app.ada).get_account(&connection.account_id).await.unwrap().status
}

async fn connected(db: Db) -> (App, Connection) {
    let app = App::new(db).await;
    let account = app.consent_to(Provider::Outlook, None).await;
    let connection = app.connect(&account, "calendar").await;
    assert_eq!(app.sync(&connection).await.status, SyncStatus::Success);
    (app, connection)
}

/// Connecting the same account again keeps ids and cursor, and the next run finds nothing to do.
async fn reconnect(app: &App, connection: &Connection) {
    let before = app.connection(connection).await;
    let titles = app.titles(connection).await;
    let again = app.consent_to(Provider::Outlook, Some(&connection.account_id)).await;
    assert_eq!((again.id, again.status), (connection.account_id.clone(), AccountStatus::Active));
    let result = app.sync(connection).await;
    assert_eq!((result.status, result.stats.total()), (SyncStatus::Success, 0), "{:?}", result.error);
    assert_eq!(app.connection(connection).await.id, before.id);
    assert_eq!(app.titles(connection).await, titles);
}

async fn a_half_granted_consent_names_what_is_missing_and_leaves_nothing_behind(db: Db) {
    let app = App::new(db).await;
    let half = ["openid", "email", "offline_access", "User.Read"];
    let refused = consent_with(&app, &half, None).await.expect("no permission for calendars").to_string();
    assert!(refused.contains("Calendars.ReadWrite"), "the scope: {refused}");
    assert!(refused.contains("full access to your calendars"), "as the page calls it: {refused}");
    assert_eq!(app.value("SELECT COUNT(*) FROM calendar_accounts").await.as_deref(), Some("0"));
    app.consent_to(Provider::Outlook, None).await;
    assert_eq!(app.value("SELECT COUNT(*) FROM calendar_accounts").await.as_deref(), Some("1"));
}

async fn a_consent_that_ended_asks_for_a_reconnect_that_keeps_everything(db: Db) {
    let (app, connection) = connected(db).await;
    // Withdrawn (65001), too long unused (700082), ended by an administrator (50173).
    for number in [65_001, 700_082, 50_173] {
        let revoke = json!({ "account": "ada@example.com", "vendor": "microsoft", "aadsts": number });
        app.control("POST", "oauth/revoke", revoke).await;
        app.advance(SignedDuration::from_hours(3)).await;
        let error = app.sync(&connection).await.error.unwrap();
        assert!(error.starts_with("Authentication failed: outlook:"), "{number}: {error}");
        assert!(error.contains(&format!("AADSTS{number}")), "{number}: {error}");
        assert!(error.to_lowercase().contains("reconnect"), "{number}: {error}");
        assert_eq!(status(&app, &connection).await, AccountStatus::ReauthRequired, "{number}");
        assert!(!app.connection(&connection).await.is_active());
        reconnect(&app, &connection).await;
    }
    let asked = app.value("SELECT COUNT(*) FROM notifications WHERE kind = 'reauth_required'").await;
    assert_eq!(asked.as_deref(), Some("3"), "a person is asked each time");
}

async fn a_permission_that_was_taken_away_is_named_and_can_be_given_again(db: Db) {
    let (app, connection) = connected(db).await;
    let fault = json!({ "operation": "graph.*", "reason": "ErrorAccessDenied", "status": 403, "times": 1_000 });
    app.control("POST", "faults", fault).await;
    app.advance(SignedDuration::from_mins(20)).await;
    let error = app.sync(&connection).await.error.unwrap();
    assert!(error.contains("403") && error.contains("ErrorAccessDenied"), "{error}");
    assert!(error.contains("Calendars.ReadWrite") || error.contains("full access to your calendars"), "{error}");
    let titles = app.titles(&connection).await;
    assert!(!titles.is_empty(), "losing access deletes nothing");
    app.control("DELETE", "faults", Value::Null).await;
    app.advance(SignedDuration::from_hours(3)).await;
    reconnect(&app, &connection).await;
}

async fn eight_calendars_of_one_mailbox_have_three_requests_in_flight(db: Db) {
    let app = App::new(db).await;
    let account = app.consent_to(Provider::Outlook, None).await;
    for number in 0..7 {
        let new = json!({ "account": "ada@example.com", "name": format!("Extra {number}") });
        let made = app.control("POST", "graph/calendars", new).await;
        let id = made["id"].as_str().unwrap().to_owned();
        let bulk = json!({ "calendar": id, "count": 60, "seed": number });
        app.control("POST", "graph/populate", bulk).await;
        app.connect(&account, &id).await;
    }
    app.connect(&account, "calendar").await;
    // The fourth request at the same time would be refused, members of a batch counted.
    let tight = json!({ "graph": { "concurrentRequests": 3, "latencyMilliseconds": 5 } });
    app.control("PATCH", "switches", tight).await;
    app.control("DELETE", "ledger", Value::Null).await;
    let report = app.engine.run_jobs(None).await.unwrap();
    assert_eq!((report.connections_processed, report.connections_succeeded), (8, 8));
    let ledger = app.control("GET", "ledger?operation=graph.*", Value::Null).await;
    let lines = ledger["items"].as_array().unwrap();
    let refused: Vec<&Value> = lines.iter().filter(|line| line["status"] == 429).collect();
    assert!(refused.is_empty(), "{refused:#?}");
    assert!(lines.iter().any(|line| line["operation"] == "graph.batch"), "batches are among them");
    // The same with room for two shows that the sandbox counts.
    app.control("PATCH", "switches", json!({ "graph": { "concurrentRequests": 2 } })).await;
    app.control("POST", "graph/expire-delta-tokens", json!({})).await;
    app.advance(SignedDuration::from_mins(20)).await;
    app.engine.run_jobs(None).await.unwrap();
    let ledger = app.control("GET", "ledger?operation=graph.*", Value::Null).await;
    assert!(ledger["items"].as_array().unwrap().iter().any(|line| line["status"] == 429));
}
