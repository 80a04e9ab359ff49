//! `tidecal connections`.

use std::collections::HashMap;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use serde_json::{Value, json};
use tidecal_core::policy::Ids;
use tidecal_engine::{
    CaldavLogin, Clock, ConnectCalendar, Engine, OsRandom, Random, SyncNow, SyncResult, SyncStatus, SystemClock,
};
use tidecal_store::{Connection, Store, SystemScope, TenantScope};

use super::progress::Progress;
use super::scopes::scope_of;
use super::{plan, users};
use crate::cli::ConnectionsVerb;
use crate::config::Config;
use crate::{compose, output};

/// Runs the verb.
pub(crate) async fn run(config: &Config, verb: ConnectionsVerb, json: bool) -> Result<()> {
    let store = compose::open_migrated(config, compose::key_ring(config)?).await?;
    let engine = compose::engine(config, store.clone(), compose::passing_node())?;
    match verb {
        ConnectionsVerb::List => list(&store, json).await,
        ConnectionsVerb::AddCaldav { url, username, user, calendar, password_stdin } => {
            let password = users::read_password(password_stdin)?;
            let login = CaldavLogin { url, username, password, account_id: None };
            add_caldav(&engine, &user, login, &calendar, json).await
        }
        ConnectionsVerb::Show { id } => show(&store, &id, json).await,
        ConnectionsVerb::Sync(args) if args.dry_run => foresee(&engine, &args.id, json).await,
        ConnectionsVerb::Sync(args) => sync(&engine, &args.id, json).await,
        ConnectionsVerb::Resync { id, release } => resync(&engine, &id, release, json).await,
        ConnectionsVerb::Reset { id } => reset(&engine, &id, json).await,
    }?;
    store.close().await;
    Ok(())
}

/// All connections of the deployment.
async fn all(store: &Store) -> Result<Vec<Connection>> {
    const PAGE: i64 = 1000;
    let system = store.system(SystemScope::for_workers());
    let mut all: Vec<Connection> = Vec::new();
    loop {
        let after = all.last().map(|connection| connection.id.clone());
        let page = system.list_connections(after.as_deref(), PAGE).await?;
        let last = page.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
        all.extend(page);
        if last {
            return Ok(all);
        }
    }
}

/// The one connection whose id begins so.
async fn find(store: &Store, prefix: &str) -> Result<Connection> {
    let mut found: Vec<Connection> =
        all(store).await?.into_iter().filter(|connection| connection.id.starts_with(prefix)).collect();
    match (found.pop(), found.len()) {
        (Some(connection), 0) => Ok(connection),
        (Some(_), more) => bail!("{prefix:?} fits {} connections: give more of the id", more + 1),
        (None, _) => bail!("no connection has an id that begins with {prefix:?}; see `tidecal connections list`"),
    }
}

fn state_of(connection: &Connection) -> &'static str {
    match connection {
        it if !it.is_active() => "Disabled",
        it if it.error_count > 0 || it.held_reason.is_some() => "Error",
        _ => "Active",
    }
}

fn time(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "never".to_owned(), |at| format!("{at:.0}"))
}

fn as_json(connection: &Connection) -> Value {
    json!({
        "id": connection.id,
        "provider": connection.provider,
        "email": connection.email,
        "name": connection.name,
        "externalCalendarId": connection.external_calendar_id,
        "status": state_of(connection),
        "enabled": connection.sync_enabled,
        "lastSync": connection.last_synced_at,
        "nextSync": connection.next_sync_at,
        "eventsSynced": connection.events_synced,
        "errorCount": connection.error_count,
        "consecutiveFailures": connection.consecutive_failures,
        "lastError": connection.last_error,
        "heldReason": connection.held_reason,
        "backoffUntil": connection.backoff_until,
        "stoppedReason": connection.stopped_reason,
    })
}

async fn list(store: &Store, json: bool) -> Result<()> {
    let connections = all(store).await?;
    if json {
        output::json(&Value::Array(connections.iter().map(as_json).collect()));
        return Ok(());
    }
    let row = |it: &Connection| {
        let trouble = it.held_reason.clone().or_else(|| it.last_error.clone()).unwrap_or_default();
        let id = it.id.clone();
        vec![
            id,
            it.provider.to_string(),
            it.email.clone(),
            it.name.clone(),
            state_of(it).into(),
            time(it.last_synced_at),
            trouble,
        ]
    };
    let headings = ["Id", "Provider", "Account", "Calendar", "Status", "Last sync", "Trouble"];
    let none = "Nothing is connected yet: `tidecal connections add-caldav`, or sign in and press Add.";
    output::table(&headings, connections.iter().map(row).collect(), none);
    Ok(())
}

async fn add_caldav(engine: &Engine, email: &str, login: CaldavLogin, wanted: &[String], json: bool) -> Result<()> {
    let candidate = engine.store().sign_in().find_user_by_email(email).await?;
    let identity = candidate.and_then(|it| it.identities.into_iter().next());
    let scope = identity.with_context(|| format!("no user {email}: add one with `tidecal users add {email}`"))?.scope;
    let account = engine.connect_caldav(&scope, login).await?;
    let mut connected = Vec::new();
    for offered in engine.offered_calendars(&scope, &account.id).await? {
        let calendar = offered.calendar;
        let chosen = wanted.is_empty() || wanted.iter().any(|it| *it == calendar.name || *it == calendar.id);
        if !chosen || offered.connection_id.is_some() {
            continue;
        }
        let request = ConnectCalendar {
            account_id: account.id.clone(),
            external_calendar_id: calendar.id,
            name: None,
            calendar_id: None,
            enabled: true,
        };
        connected.push(engine.connect_calendar(&scope, request).await?);
    }
    if json {
        output::json(&Value::Array(connected.iter().map(as_json).collect()));
    } else {
        let names: Vec<&str> = connected.iter().map(|it| it.name.as_str()).collect();
        output::say(&format!("Connected {}: {}", account.email, names.join(", ")));
        output::say("They are read by the running server, or now with `tidecal connections sync`.");
    }
    Ok(())
}

async fn show(store: &Store, id: &str, json: bool) -> Result<()> {
    let connection = find(store, id).await?;
    let scope = scope_of(store, &connection.id).await?;
    let runs = store.tenant(&scope).list_runs(&connection.id, 10).await?;
    let run_json = |run: &tidecal_store::RunRow| {
        json!({
            "id": run.id, "kind": run.kind, "trigger": run.trigger, "startedAt": run.started_at,
            "outcome": run.outcome.as_str(), "synced": run.stats.synced, "updated": run.stats.updated,
            "skipped": run.stats.skipped, "error": run.error,
        })
    };
    if json {
        let mut value = as_json(&connection);
        value["runs"] = Value::Array(runs.iter().map(run_json).collect());
        output::json(&value);
        return Ok(());
    }
    if let Value::Object(fields) = as_json(&connection) {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let rows =
            fields.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| vec![name.clone(), text(value)]);
        output::table(&["Connection", ""], rows.collect(), "");
    }
    let row = |run: &tidecal_store::RunRow| {
        let counts = format!("{} new, {} changed, {} skipped", run.stats.synced, run.stats.updated, run.stats.skipped);
        vec![
            time(Some(run.started_at)),
            run.kind.clone(),
            run.outcome.to_string(),
            counts,
            run.error.clone().unwrap_or_default(),
        ]
    };
    output::table(
        &["Run", "Kind", "Outcome", "Events", ""],
        runs.iter().map(row).collect(),
        "No runs are recorded yet.",
    );
    Ok(())
}

/// What a sync of these calendars would do.
async fn foresee(engine: &Engine, ids: &[String], json: bool) -> Result<()> {
    let mut told = Vec::new();
    for connection in chosen(engine, ids).await? {
        let scope = scope_of(engine.store(), &connection.id).await?;
        let forecast = engine.plan(&scope, &connection.id, None).await?;
        if json {
            told.push(plan::as_json(&connection.name, &connection.id, &forecast));
        } else {
            plan::print(&connection.name, &forecast);
        }
    }
    if json {
        output::json(&Value::Array(told));
    }
    Ok(())
}

/// The calendars of these ids; of none: all.
async fn chosen(engine: &Engine, ids: &[String]) -> Result<Vec<Connection>> {
    let mut chosen = Vec::new();
    if ids.is_empty() {
        chosen = all(engine.store()).await?;
    }
    for id in ids {
        chosen.push(find(engine.store(), id).await?);
    }
    if chosen.is_empty() {
        bail!("No calendars connected");
    }
    Ok(chosen)
}

async fn sync(engine: &Engine, ids: &[String], json: bool) -> Result<()> {
    let chosen = chosen(engine, ids).await?;
    let names = chosen.iter().map(|it| (it.id.clone(), it.name.clone())).collect::<HashMap<_, _>>();
    let progress = (!json).then(|| Progress::start(engine, names));
    let mut by_owner: HashMap<(String, String), (TenantScope, Vec<String>)> = HashMap::new();
    for connection in &chosen {
        let scope = scope_of(engine.store(), &connection.id).await?;
        let key = (scope.tenant_id.clone(), scope.user_id.clone());
        by_owner.entry(key).or_insert_with(|| (scope, Vec::new())).1.push(connection.id.clone());
    }
    let mut results = Vec::new();
    for (scope, ids) in by_owner.into_values() {
        let request = SyncNow { connection_ids: Some(ids), range: None, wait: None };
        results.extend(engine.sync_now(&scope, request).await?);
    }
    drop(progress);
    report(&results, json)
}

fn report(results: &[SyncResult], json: bool) -> Result<()> {
    let word = |status: SyncStatus| match status {
        SyncStatus::Success => "success",
        SyncStatus::Error => "error",
        SyncStatus::Running => "running",
    };
    if json {
        let one = |it: &SyncResult| {
            json!({
                "connectionId": it.connection.id, "name": it.connection.name, "status": word(it.status),
                "synced": it.stats.synced, "updated": it.stats.updated, "skipped": it.stats.skipped,
                "total": it.stats.total(), "error": it.error,
            })
        };
        output::json(&Value::Array(results.iter().map(one).collect()));
    } else {
        let row = |it: &SyncResult| {
            let stats = it.stats;
            vec![
                it.connection.name.clone(),
                word(it.status).to_owned(),
                format!("{} new, {} changed, {} skipped", stats.synced, stats.updated, stats.skipped),
                it.error.clone().unwrap_or_default(),
            ]
        };
        output::table(&["Calendar", "Result", "Events", ""], results.iter().map(row).collect(), "");
    }
    let failed = results.iter().filter(|it| it.status == SyncStatus::Error).count();
    if failed > 0 {
        bail!("{failed} of {} calendars did not sync", results.len());
    }
    Ok(())
}

async fn resync(engine: &Engine, id: &str, release: bool, json: bool) -> Result<()> {
    let connection = find(engine.store(), id).await?;
    let scope = scope_of(engine.store(), &connection.id).await?;
    if release && connection.held_reason.is_some() {
        engine.release_hold(&scope, &connection.id, None).await?;
    }
    // A full request forgets the cursor; the sync that follows finds it that way.
    engine.store().tenant(&scope).request_sync(&connection.id, true, &new_run_id(), SystemClock.now()).await?;
    sync(engine, &[connection.id], json).await
}

async fn reset(engine: &Engine, id: &str, json: bool) -> Result<()> {
    let connection = find(engine.store(), id).await?;
    let scope = scope_of(engine.store(), &connection.id).await?;
    let tenant = engine.store().tenant(&scope);
    tenant.request_sync(&connection.id, true, &new_run_id(), SystemClock.now()).await?;
    let connection = tenant.get_connection(&connection.id).await?;
    if json {
        output::json(&as_json(&connection));
    } else {
        output::say(&format!("{}: errors cleared, the next sync compares everything.", connection.name));
    }
    Ok(())
}

fn new_run_id() -> String {
    Ids::new(SystemClock.now(), OsRandom.seed()).next_id()
}
