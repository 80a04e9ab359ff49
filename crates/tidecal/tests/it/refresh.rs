//! Refreshes under stress: many users of one token, two nodes, crashes, clocks that disagree.

use jiff::SignedDuration;
use serde_json::json;
use tidecal_core::model::Provider;
use tidecal_engine::{SyncNow, SyncStatus};
use tidecal_store::{AccountStatus, Backend, Connection, RefreshTurn, SystemScope};

use crate::app::App;
use crate::harness::{Db, on_both};
use crate::nodes::node;

on_both!(
    one_refresh_for_all_tasks_of_two_nodes,
    a_refused_token_is_replaced_once_for_all_tasks_of_two_nodes,
    a_rotated_token_is_stored_before_it_is_used,
    a_refresh_that_a_crash_cut_off_is_taken_over,
    a_token_that_runs_out_in_mid_run_is_replaced,
    clocks_ten_minutes_apart_cost_one_refresh_and_one_repeated_call,
    a_vendor_that_refuses_every_token_is_asked_twice_and_not_again,
    idle_accounts_are_kept_fresh_each_at_its_own_moment,
    a_grant_that_could_not_be_stored_costs_nobody_the_account,
    an_answer_that_got_lost_costs_nobody_the_account,
);

async fn all_calendars(app: &App) -> Vec<Connection> {
    let account = app.consent(None).await;
    let mut connections = Vec::new();
    for offered in app.engine.offered_calendars(&app.ada, &account.id).await.unwrap() {
        connections.push(app.connect(&account, &offered.calendar.id).await);
    }
    app.engine.run_jobs(None).await.unwrap();
    app.calls().await;
    connections
}

fn refreshes(calls: &[String]) -> usize {
    calls.iter().filter(|call| *call == "oauth.refresh").count()
}

/// Both nodes, many tasks each: syncs of every calendar and pages that list calendars.
async fn stampede(app: &App, account_id: &str, connections: &[Connection]) {
    let nodes = [node(app, "node-a").await, node(app, "node-b").await];
    let mut tasks = tokio::task::JoinSet::new();
    for engine in &nodes {
        for _ in 0..6 {
            let (engine, scope, account) = (engine.clone(), app.ada.clone(), account_id.to_owned());
            tasks.spawn(async move { engine.offered_calendars(&scope, &account).await.map(drop).unwrap() });
        }
        for connection in connections {
            let (engine, scope, id) = (engine.clone(), app.ada.clone(), connection.id.clone());
            tasks.spawn(async move {
                let request = SyncNow { connection_ids: Some(vec![id]), range: None, wait: None };
                engine.sync_now(&scope, request).await.map(drop).unwrap();
            });
        }
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
}

async fn one_refresh_for_all_tasks_of_two_nodes(db: Db) {
    let app = App::new(db).await;
    let connections = all_calendars(&app).await;
    assert!(connections.len() >= 4);
    let before = app.connection(&connections[0]).await.token_expiry.unwrap();
    app.advance(SignedDuration::from_mins(56)).await;
    stampede(&app, &connections[0].account_id, &connections).await;
    let calls = app.calls().await;
    assert_eq!(refreshes(&calls), 1, "{calls:?}");
    for connection in &connections {
        let row = app.connection(connection).await;
        assert!(row.token_expiry.unwrap() > before && row.error_count == 0 && row.last_error.is_none());
    }
}

async fn a_refused_token_is_replaced_once_for_all_tasks_of_two_nodes(db: Db) {
    let app = App::new(db).await;
    let connections = all_calendars(&app).await;
    // The vendor ends the token early: nobody can know before a call is refused.
    app.control("POST", "oauth/expire-access-tokens", json!({ "account": "ada@example.com" })).await;
    let nodes = [node(&app, "node-a").await, node(&app, "node-b").await];
    let mut tasks = tokio::task::JoinSet::new();
    for (engine, connection) in nodes.iter().cycle().zip(&connections) {
        let (engine, scope, id) = (engine.clone(), app.ada.clone(), connection.id.clone());
        tasks.spawn(async move {
            let request = SyncNow { connection_ids: Some(vec![id]), range: None, wait: None };
            engine.sync_now(&scope, request).await.unwrap().pop().unwrap()
        });
    }
    while let Some(ended) = tasks.join_next().await {
        let result = ended.unwrap();
        assert_eq!(result.status, SyncStatus::Success, "{:?}", result.error);
    }
    let calls = app.calls().await;
    assert_eq!(refreshes(&calls), 1, "{calls:?}");
}

async fn a_rotated_token_is_stored_before_it_is_used(db: Db) {
    let app = App::new(db).await;
    app.control("PATCH", "switches", json!({ "rotateRefreshTokens": true })).await;
    let connection = app.connect_google("primary").await;
    app.sync(&connection).await;
    for _ in 0..2 {
        app.advance(SignedDuration::from_mins(56)).await;
        // The run that refreshes fails at its first call: what it was given must not go with it.
        app.control("POST", "faults", json!({ "operation": "events.list", "times": 4, "status": 500 })).await;
        assert_eq!(app.sync(&connection).await.status, SyncStatus::Error);
        assert_eq!(refreshes(&app.calls().await), 1);
        let again = app.sync(&connection).await;
        assert_eq!(again.status, SyncStatus::Success, "{:?}", again.error);
        assert_eq!(refreshes(&app.calls().await), 0, "the stored token is good");
    }
}

async fn a_refresh_that_a_crash_cut_off_is_taken_over(db: Db) {
    let app = App::new(db).await;
    let connection = app.connect_google("primary").await;
    app.sync(&connection).await;
    app.advance(SignedDuration::from_mins(61)).await;
    // A node took the turn, asked the vendor, and died before it could store the answer.
    let (tenant, account) = (&connection.tenant_id, &connection.account_id);
    let turn_for = SignedDuration::from_secs(60);
    let now = app.engine.clock().now();
    let system = app.store().system(SystemScope::for_workers());
    let turn = system.begin_refresh(tenant, account, "node-that-died", now, turn_for).await.unwrap();
    assert!(matches!(turn, RefreshTurn::Mine { .. }));
    app.calls().await;

    let result = app.sync(&connection).await;
    assert_eq!(result.status, SyncStatus::Success, "{:?}", result.error);
    let waited = app.engine.clock().now().duration_since(now);
    assert!(waited >= turn_for && waited < turn_for * 2, "it waited for the end of the turn: {waited}");
    assert_eq!(refreshes(&app.calls().await), 1);
}

async fn a_token_that_runs_out_in_mid_run_is_replaced(db: Db) {
    let app = App::new(db).await;
    app.control("PATCH", "switches", json!({ "shortPages": 10, "tokenLifetimeSeconds": 400 })).await;
    let connection = app.connect_google("primary").await;
    app.calls().await;
    // After the second page the vendor lets the run wait for two minutes: 5 minutes before the end
    // of the token have begun when the third is asked for.
    let limit = json!({
        "operation": "events.list", "skip": 2, "times": 2, "status": 429, "reason": "rateLimitExceeded",
        "headers": { "Retry-After": "58" },
    });
    app.control("POST", "faults", limit).await;
    let result = app.sync(&connection).await;
    assert_eq!(result.status, SyncStatus::Success, "{:?}", result.error);
    let calls = app.calls().await;
    let at = calls.iter().position(|call| call == "oauth.refresh").unwrap();
    assert!(at >= 5 && refreshes(&calls) == 1 && calls.len() > at + 1, "{calls:?}");
}

async fn clocks_ten_minutes_apart_cost_one_refresh_and_one_repeated_call(db: Db) {
    let app = App::new(db).await;
    let connection = app.connect_google("primary").await;
    app.sync(&connection).await;
    app.calls().await;
    // The vendor's clock is ten minutes before ours: our 52 minutes are its 62.
    app.advance(SignedDuration::from_mins(52)).await;
    app.control("POST", "clock", json!({ "advanceSeconds": 600 })).await;
    let result = app.sync(&connection).await;
    assert_eq!(result.status, SyncStatus::Success, "{:?}", result.error);
    assert_eq!(app.calls().await, ["events.list", "oauth.refresh", "events.list"]);

    // And behind: ours is ten minutes before the vendor's. Refreshed early, and all is well.
    app.clock.advance(SignedDuration::from_mins(20 + 56));
    let result = app.sync(&connection).await;
    assert_eq!(result.status, SyncStatus::Success, "{:?}", result.error);
    assert_eq!(app.calls().await, ["oauth.refresh", "events.list"]);
    assert_eq!(app.connection(&connection).await.error_count, 0);
}

async fn a_vendor_that_refuses_every_token_is_asked_twice_and_not_again(db: Db) {
    let app = App::new(db).await;
    let connection = app.connect_google("primary").await;
    app.sync(&connection).await;
    app.calls().await;
    let fault = json!({ "operation": "events.list", "times": 1_000, "status": 401, "reason": "authError" });
    app.control("POST", "faults", fault).await;
    let result = app.sync(&connection).await;
    assert!(result.error.unwrap().starts_with("Authentication failed"));
    assert_eq!(app.calls().await, ["events.list", "oauth.refresh", "events.list"]);
    let account = app.store().tenant(&app.ada).get_account(&connection.account_id).await.unwrap();
    assert_eq!(account.status, AccountStatus::ReauthRequired, "also though the token was new in this run");
    app.advance(SignedDuration::from_mins(30)).await;
    app.engine.run_jobs(None).await.unwrap();
    app.engine.reconcile().await;
    assert!(app.calls().await.is_empty());
    let told = "SELECT COUNT(*) FROM notifications WHERE kind = 'reauth_required'";
    assert_eq!(app.value(told).await.as_deref(), Some("1"));
}

async fn idle_accounts_are_kept_fresh_each_at_its_own_moment(db: Db) {
    let app = App::new(db).await;
    let connection = app.connect_google("primary").await;
    app.sync(&connection).await;
    app.db.raw.execute("UPDATE external_calendar_connections SET sync_enabled = FALSE").await;
    app.calls().await;
    // 3599 s of life, 300 s of margin, up to 120 s of spread.
    app.advance(SignedDuration::from_secs(3599 - 300 - 121)).await;
    app.engine.reconcile().await;
    assert_eq!(refreshes(&app.calls().await), 0, "not yet");
    app.advance(SignedDuration::from_secs(121)).await;
    app.engine.reconcile().await;
    app.engine.reconcile().await;
    assert_eq!(refreshes(&app.calls().await), 1, "by the beginning of the margin at the latest, once");
    let expired = app
        .value("SELECT COUNT(*) FROM external_calendar_connections WHERE token_expiry < '2026-11-21T11:30:00.000Z'")
        .await;
    assert_eq!(expired.as_deref(), Some("0"), "in the runbook an expired token means that a person is needed");
}

/// Ada's calendars at Google and at Outlook, read once, their tokens about to end.
async fn both_vendors(app: &App) -> [Connection; 2] {
    let google = app.connect_google("primary").await;
    let account = app.consent_to(Provider::Outlook, None).await;
    let outlook = app.connect(&account, "calendar").await;
    for connection in [&google, &outlook] {
        assert_eq!(app.sync(connection).await.status, SyncStatus::Success);
    }
    app.advance(SignedDuration::from_mins(91)).await;
    [google, outlook]
}

async fn is_well(app: &App, connection: &Connection) {
    let account = app.store().tenant(&app.ada).get_account(&connection.account_id).await.unwrap();
    assert_eq!(account.status, AccountStatus::Active);
    let result = app.sync(connection).await;
    assert_eq!(result.status, SyncStatus::Success, "{:?}", result.error);
    assert_eq!(app.value("SELECT COUNT(*) FROM notifications").await.as_deref(), Some("0"));
}

/// The vendor has answered, and the database does not take it: the old refresh token serves again.
async fn a_grant_that_could_not_be_stored_costs_nobody_the_account(db: Db) {
    let app = App::new(db).await;
    let connections = both_vendors(&app).await;
    let (refuse, relent) = match app.db.backend() {
        Backend::Sqlite => (
            "CREATE TRIGGER refuse BEFORE UPDATE OF credentials_version ON calendar_accounts \
             BEGIN SELECT RAISE(ABORT, 'no room'); END",
            "DROP TRIGGER refuse",
        ),
        Backend::Postgres => (
            "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room'; END $$; \
             CREATE TRIGGER refuse BEFORE UPDATE OF credentials_version ON calendar_accounts \
             FOR EACH ROW EXECUTE FUNCTION refuse()",
            "DROP TRIGGER refuse ON calendar_accounts",
        ),
    };
    for connection in &connections {
        app.db.raw.execute(refuse).await;
        app.calls().await;
        let failed = app.sync(connection).await;
        assert_eq!(failed.status, SyncStatus::Error);
        assert!(failed.error.unwrap().contains("database"), "said as what it is");
        let calls = app.calls().await;
        assert!(
            !calls.is_empty() && calls.iter().all(|call| is_refresh(call)),
            "a token is never used unstored: {calls:?}"
        );
        app.db.raw.execute(relent).await;
        is_well(&app, connection).await;
        assert_eq!(app.calls().await.iter().filter(|call| is_refresh(call)).count(), 1);
    }
}

/// The vendor has answered, and nobody was there to hear it.
async fn an_answer_that_got_lost_costs_nobody_the_account(db: Db) {
    let app = App::new(db).await;
    for connection in &both_vendors(&app).await {
        let lost = json!({ "operation": "*", "times": 1, "dropConnection": "after" });
        app.control("POST", "faults", lost).await;
        app.calls().await;
        is_well(&app, connection).await;
        let asked = app.calls().await.iter().filter(|call| is_refresh(call)).count();
        assert_eq!(asked, 2, "once more with the same token");
    }
}

fn is_refresh(call: &str) -> bool {
    matches!(call, "oauth.refresh" | "entra.refresh")
}

/// Where refresh tokens rotate at once, a grant that is not stored is lost for good: a database that
/// is away for a moment is asked again, with the grant in hand.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_is_kept_until_the_database_takes_it() {
    crate::harness::run(Backend::Postgres, |db| async move {
        let app = App::new(db).await;
        app.control("PATCH", "switches", json!({ "rotateRefreshTokens": true })).await;
        let connection = app.connect_google("primary").await;
        app.sync(&connection).await;
        app.advance(SignedDuration::from_mins(61)).await;
        app.calls().await;
        // A sequence counts on also where its transaction is undone.
        let refuse = "CREATE SEQUENCE refusals; CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             IF nextval('refusals') <= 3 THEN RAISE 'not now' USING ERRCODE = '40001'; END IF; RETURN NEW; END $$; \
             CREATE TRIGGER refuse BEFORE UPDATE OF credentials_version ON calendar_accounts \
             FOR EACH ROW EXECUTE FUNCTION refuse()";
        app.db.raw.execute(refuse).await;
        is_well(&app, &connection).await;
        assert_eq!(app.value("SELECT last_value FROM refusals").await.as_deref(), Some("4"));
        assert_eq!(refreshes(&app.calls().await), 1, "the vendor was asked once");
        app.advance(SignedDuration::from_mins(61)).await;
        is_well(&app, &connection).await;
    })
    .await;
}
