//! The documented contracts, to the letter. Syncs against a vendor are tested where the whole program
//! is.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use secrecy::SecretString;
use serde_json::{Value, json};
use tidecal_core::model::Provider;

use crate::app::App;
use crate::database::on_both;
use crate::seed::failed;

on_both!(
    health_in_the_documented_shape,
    health_of_the_deployment_for_programs_on_this_machine,
    resync_starts_a_run_for_every_connection_of_the_provider,
    resync_of_one_connection_or_of_none,
    resync_refuses_what_it_does_not_know,
    resync_says_when_a_rate_limit_ends,
    a_run_that_cannot_start_is_not_promised,
    test_with_authenticated_user,
    test_with_no_calendar_connections,
    error_messages_are_actionable,
    a_range_is_read_from_body_or_query,
    cron_wants_its_secret_or_this_machine,
    jobs_answer_with_their_summary,
    closed_gates_are_403_and_name_their_variable,
    with_all_gates_closed_health_alone_is_left,
    an_allowlist_keeps_others_out,
);

async fn health_in_the_documented_shape(app: App) {
    let empty = app.get("/api/calendar/health").by(&app.ada).expect(200).await;
    insta::assert_json_snapshot!("health_without_syncs", empty);
    app.home(&app.ada.scope, "Primary").await;
    let account = app.account(&app.ada.scope, Provider::Outlook, "outlook").await;
    let work = app.connection(&app.ada.scope, &account, "Work").await;
    let error = "Authentication failed: outlook: 401 InvalidAuthenticationToken for ada@example.com";
    app.sync(&work, &[], failed("auth", error, 2)).await;
    let health = app.get("/api/calendar/health").by(&app.ada).expect(200).await;
    insta::assert_json_snapshot!("health", health, { ".syncs[].connectionId" => "[id]" });
}

async fn health_of_the_deployment_for_programs_on_this_machine(app: App) {
    let home = app.home(&app.ada.scope, "Primary").await;
    app.home(&app.dora.scope, "Canary").await;
    let health = app.get("/api/calendar/health").on_this_machine().expect(200).await;
    assert_eq!(health["summary"]["totalSyncs"], 2);
    let text = health.to_string();
    for private in ["Primary", "Canary", "example", &app.ada.scope.user_id, &home.account.id] {
        assert!(!text.contains(private), "{private} in {text}");
    }
    let forwarded = app.get("/api/calendar/health").on_this_machine().header("x-forwarded-for", "203.0.113.9");
    assert_eq!(forwarded.refused(401).await, "unauthenticated");
    // Who signs in sees the own, wherever the request comes from.
    let own = app.get("/api/calendar/health").on_this_machine().by(&app.ada).expect(200).await;
    assert_eq!(own["summary"]["totalSyncs"], 1);
}

async fn resync_starts_a_run_for_every_connection_of_the_provider(app: App) {
    let home = app.home(&app.ada.scope, "Primary").await;
    let second = app.connection(&app.ada.scope, &home.account, "Second").await;
    let caldav = app.account(&app.ada.scope, Provider::Caldav, "cloud").await;
    app.connection(&app.ada.scope, &caldav, "Cloud").await;
    app.home(&app.ben.scope, "Ben").await;
    let body = json!({"provider": "google"});
    let answer = app.post("/api/calendar/health/resync").by(&app.ada).json(&body).expect(202).await;
    insta::assert_json_snapshot!("resync", answer, { ".runs[].connectionId" => "[id]", ".runs[].runId" => "[id]" });
    let runs = answer["runs"].as_array().unwrap().iter();
    let meant: BTreeSet<&str> = runs.map(|run| run["connectionId"].as_str().unwrap()).collect();
    assert_eq!(meant, BTreeSet::from([home.connection.id.as_str(), &second.id]));
}

async fn resync_of_one_connection_or_of_none(app: App) {
    let home = app.home(&app.ada.scope, "Primary").await;
    app.connection(&app.ada.scope, &home.account, "Second").await;
    let resync = |body| app.post("/api/calendar/health/resync").by(&app.ada).json(&body);
    let one = resync(json!({"provider": "google", "connectionId": home.connection.id})).expect(202).await;
    assert_eq!(one["runs"].as_array().unwrap().len(), 1);
    assert_eq!(one["runs"][0]["connectionId"], json!(home.connection.id));
    let none = resync(json!({"provider": "outlook"})).expect(202).await;
    assert_eq!((&none["success"], &none["runs"]), (&json!(false), &json!([])));
}

async fn resync_refuses_what_it_does_not_know(app: App) {
    let home = app.home(&app.ada.scope, "Primary").await;
    for (body, code) in [
        (json!({"provider": "yahoo"}), "unknown_provider"),
        (json!({"provider": "Google"}), "unknown_provider"),
        (json!({}), "invalid_input"),
        (json!({"provider": 1}), "invalid_input"),
        (json!({"provider": "google", "force": true}), "invalid_input"),
        (json!({"provider": "outlook", "connectionId": home.connection.id}), "invalid_input"),
    ] {
        let refused = app.post("/api/calendar/health/resync").by(&app.ada).json(&body).refused(422).await;
        assert_eq!(refused, code, "{body}");
    }
}

async fn resync_says_when_a_rate_limit_ends(app: App) {
    let account = app.account(&app.ada.scope, Provider::Google, "ada").await;
    let connection = app.connection(&app.ada.scope, &account, "Primary").await;
    let until = crate::app::now() + SignedDuration::from_mins(20);
    let limited = failed("rate_limited", "Rate limit exceeded: google: 429", 1);
    app.sync(&connection, &[], |row| {
        limited(row);
        row.backoff_until = Some(until);
    })
    .await;
    let body = json!({"provider": "google"});
    let answer = app.post("/api/calendar/health/resync").by(&app.ada).json(&body).expect(429).await;
    assert_eq!((&answer["code"], &answer["until"]), (&json!("rate_limited"), &json!("2026-11-21T10:20:00Z")));
    let path = format!("/api/calendar/connections/{}/sync", connection.id);
    assert_eq!(app.post(&path).by(&app.ada).refused(429).await, "rate_limited");
}

async fn a_run_that_cannot_start_is_not_promised(app: App) {
    let home = app.home(&app.ada.scope, "Primary").await;
    let path = format!("/api/calendar/connections/{}", home.connection.id);
    let google = json!({"provider": "google"});
    let resync = || app.post("/api/calendar/health/resync").by(&app.ada).json(&google);
    app.patch(&path).by(&app.ada).json(&json!({"enabled": false})).expect(200).await;
    assert_eq!(app.post(&format!("{path}/sync")).by(&app.ada).refused(409).await, "connection_disabled");
    assert_eq!(resync().refused(409).await, "connection_disabled");
    let manual = app.post("/api/calendar/sync/manual").by(&app.ada).expect(200).await;
    assert!(manual["message"].as_str().unwrap().starts_with("No active calendars"), "{manual}");
    app.connection(&app.ada.scope, &home.account, "Second").await;
    let one = resync().expect(202).await;
    assert_eq!((&one["success"], one["runs"].as_array().unwrap().len()), (&json!(false), 1));
    assert!(one["message"].as_str().unwrap().starts_with("Full resync started for 1 of 2"), "{one}");
    app.post(&format!("/api/calendar/accounts/{}/disconnect", home.account.id)).by(&app.ada).expect(200).await;
    app.patch(&path).by(&app.ada).json(&json!({"enabled": true})).expect(200).await;
    assert_eq!(app.post(&format!("{path}/resync")).by(&app.ada).refused(409).await, "reauth_required");
}

async fn test_with_authenticated_user(app: App) {
    let manual = || app.post("/api/calendar/sync/manual").header("content-type", "application/json");
    assert_eq!(manual().refused(401).await, "unauthenticated");
    manual().by(&app.ada).expect(200).await;
    manual().bearer(&app.api_key(&app.ada.scope).await).expect(200).await;
}

async fn test_with_no_calendar_connections(app: App) {
    app.home(&app.ben.scope, "Ben").await;
    let answer = app.post("/api/calendar/sync/manual").by(&app.ada).expect(200).await;
    insta::assert_json_snapshot!("manual_sync_without_calendars", answer);
}

async fn error_messages_are_actionable(app: App) {
    app.home(&app.ada.scope, "Primary").await;
    let answer = app.post("/api/calendar/sync/manual").by(&app.ada).expect(200).await;
    assert_eq!(
        (&answer["success"], &answer["message"]),
        (&json!(false), &json!("Synced 0 of 1 calendar(s), 1 failed"))
    );
    let result = &answer["results"][0];
    assert_eq!((&result["status"], &result["calendarName"]), (&json!("error"), &json!("Primary")));
    assert!(!result["error"].as_str().unwrap().is_empty());
    for count in ["synced", "updated", "skipped", "total"] {
        assert_eq!((&answer[count], &result[count]), (&json!(0), &json!(0)), "{count}");
    }
}

async fn a_range_is_read_from_body_or_query(app: App) {
    let path = "/api/calendar/sync/manual";
    let min = "timeMin=2020-01-01T00:00:00Z";
    app.post(&format!("{path}?{min}&timeMax=2020-02-01T00:00:00%2B01:00")).by(&app.ada).expect(200).await;
    app.post(path).by(&app.ada).json(&json!({"timeMin": "2020-01-01T00:00:00Z"})).expect(200).await;
    for query in ["timeMin=yesterday", "timeMin=2026-01-02&timeMax=2026-01-01", "timemin=2026-01-01"] {
        assert_eq!(app.post(&format!("{path}?{query}")).by(&app.ada).refused(422).await, "invalid_input", "{query}");
    }
    let body = json!({"timeMax": 5});
    assert_eq!(app.post(path).by(&app.ada).json(&body).refused(422).await, "invalid_input");
}

async fn cron_wants_its_secret_or_this_machine(app: App) {
    let path = "/api/cron/calendar-sync";
    let answer = app.post(path).on_this_machine().expect(202).await;
    insta::assert_json_snapshot!("cron", answer);
    assert_eq!(app.post(path).refused(401).await, "unauthenticated");
    assert_eq!(app.post(path).by(&app.ada).refused(401).await, "unauthenticated");
    let proxied = app.post(path).on_this_machine().header("x-forwarded-for", "203.0.113.9");
    assert_eq!(proxied.refused(401).await, "unauthenticated");

    let app = app.configured(|config| config.cron_secret = Some(SecretString::from("s3cret")));
    app.post(path).bearer("s3cret").expect(202).await;
    assert_eq!(app.post(path).bearer("s3cre").refused(401).await, "unauthenticated");
    assert_eq!(app.post(path).on_this_machine().refused(401).await, "unauthenticated");
}

async fn jobs_answer_with_their_summary(app: App) {
    let home = app.home(&app.ada.scope, "Primary").await;
    app.home(&app.dora.scope, "Dora").await;
    app.clock.advance(SignedDuration::from_mins(16));
    let answer = app.post("/api/admin/calendar/jobs/run").by(&app.ada).expect(200).await;
    let summary = &answer["summary"];
    // No vendor is set up here: the run fails, and says so.
    for (count, expected) in [("connections_processed", 1), ("connections_succeeded", 0), ("connections_failed", 1)] {
        assert_eq!(summary[count], expected, "{summary}");
    }
    assert_eq!(summary["errors"][0]["connection_id"], json!(home.connection.id));
    assert_eq!(summary["errors"][0]["provider"], "google");
}

async fn closed_gates_are_403_and_name_their_variable(app: App) {
    let home = app.home(&app.ada.scope, "Primary").await;
    app.gates(|gates| (gates.sync, gates.oauth) = (false, false));
    let sync = format!("/api/calendar/connections/{}/sync", home.connection.id);
    let resync = format!("/api/calendar/connections/{}/resync", home.connection.id);
    let google = json!({"provider": "google"});
    let login = json!({"url": "https://127.0.0.1:9/", "username": "ada", "password": "x"});
    let connect = json!({"accountId": home.account.id, "externalCalendarId": "x"});
    for (path, body, variable) in [
        ("/api/calendar/sync/manual", None, "CALENDAR_SYNC_ENABLED"),
        ("/api/calendar/health/resync", Some(google), "CALENDAR_SYNC_ENABLED"),
        (sync.as_str(), None, "CALENDAR_SYNC_ENABLED"),
        (resync.as_str(), None, "CALENDAR_SYNC_ENABLED"),
        ("/api/calendar/accounts/caldav", Some(login), "CALENDAR_OAUTH_ENABLED"),
        ("/api/calendar/connections", Some(connect), "CALENDAR_OAUTH_ENABLED"),
    ] {
        let request = app.post(path).by(&app.ada);
        let request = if let Some(body) = &body { request.json(body) } else { request };
        let problem = request.expect(403).await;
        assert_eq!((&problem["code"], &problem["gate"]), (&json!("gate_closed"), &json!(variable)), "{path}");
        assert!(problem["detail"].as_str().unwrap().contains(variable));
    }
    let start = app.get("/api/calendar/oauth/google/start").by(&app.ada).expect(403).await;
    assert_eq!(start["gate"], "CALENDAR_OAUTH_ENABLED");
    // The rest works.
    app.get("/api/calendar/connections").by(&app.ada).expect(200).await;
    let session = app.get("/api/session").by(&app.ada).expect(200).await;
    assert_eq!(session["gates"], json!({"sync": false, "oauth": false, "jobs": true, "webhook": true}));
    app.gates(|gates| (gates.sync, gates.jobs) = (true, false));
    let jobs = app.post("/api/admin/calendar/jobs/run").by(&app.ada).expect(403).await;
    assert_eq!(jobs["gate"], "CALENDAR_JOBS_ENABLED");
    let cron = app.post("/api/cron/calendar-sync").on_this_machine().expect(403).await;
    assert_eq!(cron["gate"], "CALENDAR_JOBS_ENABLED");
}

async fn with_all_gates_closed_health_alone_is_left(app: App) {
    app.gates(|gates| (gates.sync, gates.oauth, gates.jobs, gates.webhook) = (false, false, false, false));
    app.get("/api/calendar/health").by(&app.ada).expect(200).await;
    app.get("/api/session").by(&app.ada).expect(200).await;
    for path in ["/api/calendar/connections", "/api/calendar/accounts", "/api/calendar/events", "/api/calendar/stream"]
    {
        assert_eq!(app.get(path).by(&app.ada).refused(403).await, "gate_closed", "{path}");
    }
    assert_eq!(app.post("/api/calendar/health/resync").by(&app.ada).refused(403).await, "gate_closed");
}

async fn an_allowlist_keeps_others_out(app: App) {
    let home = app.home(&app.ada.scope, "Primary").await;
    app.gates(|gates| gates.people = Some([app.ben.scope.user_id.clone()].into()));
    let path = format!("/api/calendar/connections/{}/sync", home.connection.id);
    assert_eq!(app.post(&path).by(&app.ada).refused(403).await, "not_allowlisted");
    app.gates(|gates| gates.connections = Some([home.connection.id.clone()].into()));
    let started: Value = app.post(&path).by(&app.ada).expect(202).await;
    assert_eq!(started["connectionId"], json!(home.connection.id));
}
