//! A vendor is down: nobody is disabled for it, hardly anybody calls it, and all catch up.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tidecal_engine::{SyncNow, SyncStatus};
use tidecal_store::{Connection, SystemScope};

use crate::app::{App, Options};
use crate::harness::{Db, on_both};
use crate::radicale::Radicale;

on_both!(
    a_vendors_outage_disables_nobody_and_probes_are_few,
    a_single_connection_in_trouble_opens_no_vendors_circuit,
    a_probe_that_is_refused_proves_that_the_vendor_is_there,
);

const MANY: usize = 12;

/// That many connected Google calendars, in step.
async fn connected(app: &App, many: usize) -> Vec<Connection> {
    let account = app.consent(None).await;
    let mut connections = Vec::new();
    for number in 0..many {
        let calendar =
            json!({ "summary": format!("Team {number}"), "timeZone": "Europe/Vienna", "account": "ada@example.com" });
        let made = app.control("POST", "calendars", calendar).await;
        connections.push(app.connect(&account, made["id"].as_str().unwrap()).await);
    }
    let first = app.engine.run_jobs(None).await.unwrap();
    assert_eq!((first.connections_succeeded, first.connections_failed), (many as u64, 0), "{:?}", first.errors);
    connections
}

async fn down(app: &App) {
    let fault = json!({ "operation": "events.list", "times": 1_000_000, "status": 503 });
    app.control("POST", "faults", fault).await;
}

async fn is_open(app: &App) -> bool {
    let circuits = app.store().system(SystemScope::for_workers()).list_vendor_circuits().await.unwrap();
    circuits.iter().any(|state| state.circuit.is_open())
}

async fn a_vendors_outage_disables_nobody_and_probes_are_few(db: Db) {
    let server = Radicale::start(&["ada"]);
    server.calendar("ada", "home");
    let app = App::with(db, Options { filled: false, origins: vec![server.origin.clone()] }).await;
    let connections = connected(&app, MANY).await;
    let login = app.login_caldav(&server.origin, "ada").await;
    let offered = app.engine.offered_calendars(&app.ada, &login.id).await.unwrap();
    let own = app.connect(&login, &offered[0].calendar.id).await;

    down(&app).await;
    app.advance(SignedDuration::from_mins(17)).await;
    let failed = app.engine.run_jobs(None).await.unwrap();
    // Each of them, and maybe a probe: retries let the clock move on.
    assert!(failed.connections_failed >= MANY as u64, "{:?}", failed.errors);
    assert_eq!(failed.connections_succeeded, 1, "CalDAV goes on");
    assert!(is_open(&app).await);

    // All of them are due, for five minutes: one attempt at a time, further and further apart.
    app.advance(SignedDuration::from_mins(17)).await;
    app.calls().await;
    let mut calls = Vec::new();
    for _ in 0..60 {
        app.engine.run_jobs(None).await.unwrap();
        calls.push(app.calls().await.len());
        app.advance(SignedDuration::from_secs(5)).await;
    }
    assert!(calls.iter().all(|calls| *calls <= 1), "one attempt at a time: {calls:?}");
    assert!((3..=12).contains(&calls.iter().sum::<usize>()), "few: {calls:?}");

    // Sync Now does not call either, and says why.
    let asked = SyncNow { connection_ids: Some(vec![connections[0].id.clone()]), range: None, wait: None };
    let answer = app.engine.sync_now(&app.ada, asked).await.unwrap().pop().unwrap();
    assert_eq!(answer.status, SyncStatus::Error);
    let words = answer.error.unwrap();
    assert!(
        words.contains("Google Calendar does not answer at the moment") || words.starts_with("google: 503"),
        "{words}"
    );
    assert!(app.calls().await.len() <= 1);
    assert_eq!(app.sync(&own).await.status, SyncStatus::Success, "another vendor");

    for connection in &connections {
        let row = app.connection(connection).await;
        assert!(row.is_active() && row.sync_enabled && row.stopped_reason.is_none(), "{row:?}");
        assert_eq!(row.consecutive_failures, 0, "an outage is nobody's own failure");
    }
    assert_eq!(app.value("SELECT COUNT(*) FROM notifications").await.as_deref(), Some("0"), "nobody is told off");

    app.control("DELETE", "faults", json!({})).await;
    app.advance(SignedDuration::from_secs(75)).await;
    let recovered = app.engine.run_jobs(None).await.unwrap();
    assert_eq!(
        (recovered.connections_succeeded, recovered.connections_failed),
        (MANY as u64, 0),
        "{:?}",
        recovered.errors
    );
    assert!(!is_open(&app).await);
    for connection in &connections {
        let row = app.connection(connection).await;
        assert_eq!((row.error_count, row.last_error), (0, None));
    }
}

async fn a_single_connection_in_trouble_opens_no_vendors_circuit(db: Db) {
    let app = App::with(db, Options { filled: false, origins: Vec::new() }).await;
    let connections = connected(&app, 3).await;
    let one = json!({
        "operation": "events.list", "calendarId": connections[0].external_calendar_id, "times": 1_000, "status": 503,
    });
    app.control("POST", "faults", one).await;
    for _ in 0..8 {
        app.advance(SignedDuration::from_mins(17)).await;
        let round = app.engine.run_jobs(None).await.unwrap();
        assert_eq!((round.connections_failed, round.connections_succeeded), (1, 2));
    }
    assert!(!is_open(&app).await);
    assert!(
        app.connection(&connections[0]).await.is_active(),
        "no circuit of its own either: the fault is the vendor's"
    );
}

async fn a_probe_that_is_refused_proves_that_the_vendor_is_there(db: Db) {
    let app = App::with(db, Options { filled: false, origins: Vec::new() }).await;
    connected(&app, MANY).await;
    down(&app).await;
    app.advance(SignedDuration::from_mins(17)).await;
    app.engine.run_jobs(None).await.unwrap();
    assert!(is_open(&app).await);
    app.control("DELETE", "faults", Value::Null).await;
    let gone = json!({ "operation": "events.list", "times": 1, "status": 404, "reason": "notFound" });
    app.control("POST", "faults", gone).await;
    app.advance(SignedDuration::from_mins(17)).await;
    let round = app.engine.run_jobs(None).await.unwrap();
    assert_eq!((round.connections_failed, round.connections_succeeded), (1, MANY as u64 - 1), "{:?}", round.errors);
    assert!(!is_open(&app).await);
}
