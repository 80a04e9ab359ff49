//! `POST /api/calendar/sync/manual`

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tidecal_core::policy::Window;
use tidecal_core::sync::Stats;
use tidecal_engine::{SyncNow, SyncResult, SyncStatus};
use tidecal_store::TenantScope;
use utoipa::{IntoParams, ToSchema};

use crate::auth::Caller;
use crate::input::{OptionalBody, Params, instant};
use crate::problem::Problem;
use crate::state::WebState;
use crate::times::Millis;

/// A range beyond the stored window, to be compared once without touching the cursor. In the body
/// or in the query.
#[derive(Debug, Default, Deserialize, ToSchema, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ManualSyncRequest {
    /// First instant (RFC 3339).
    time_min: Option<String>,
    /// First instant after it.
    time_max: Option<String>,
}

/// How it went.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ManualSync {
    /// Whether all calendars are in step.
    success: bool,
    #[schema(example = "Synced 2 of 2 calendar(s)")]
    message: String,
    #[serde(flatten)]
    counts: Counts,
    results: Vec<CalendarResult>,
    timestamp: Millis,
}

/// Counts of events. `total` is the sum of the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Counts {
    /// New ones.
    synced: u64,
    /// Changed and deleted ones.
    updated: u64,
    /// Unchanged, kept out, held, in conflict, or newer here.
    skipped: u64,
    total: u64,
}

/// How one calendar fared.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CalendarResult {
    connection_id: String,
    /// Address of the account.
    email: String,
    calendar_name: String,
    /// `running`: it goes on after this answer, with the counts so far.
    status: ResultStatus,
    #[serde(flatten)]
    counts: Counts,
    /// Why it failed; only with status `error`.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// How one calendar fared, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ResultStatus {
    /// In step.
    Success,
    /// Not in step; `error` says why.
    Error,
    /// Still on it.
    Running,
}

/// Sync all own calendars now
///
/// Waits for the result, at most 25 s unless configured otherwise. One calendar's failure keeps no
/// other from being synced, and is no failure of this request.
#[utoipa::path(post, path = "/api/calendar/sync/manual", tag = "sync", params(ManualSyncRequest),
    request_body = Option<ManualSyncRequest>,
    responses((status = 200, body = ManualSync), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn manual_sync(
    State(state): State<WebState>,
    caller: Caller,
    Params(query): Params<ManualSyncRequest>,
    OptionalBody(body): OptionalBody<ManualSyncRequest>,
) -> Result<Json<ManualSync>, Problem> {
    let range = range(body, query, &state)?;
    let wanted = SyncNow { connection_ids: None, range, wait: Some(state.config.manual_wait) };
    let results = state.engine.sync_now(caller.scope(), wanted).await?;
    let mut answer = sum_up(results.into_iter().map(entry).collect(), Millis(state.now()));
    if answer.results.is_empty() && has_calendars(&state, caller.scope()).await? {
        answer.message = "No active calendars; switch on, resync or reconnect them first".to_owned();
    }
    Ok(Json(answer))
}

/// The body decides over the query. One bound alone leaves the other where the window has it.
fn range(body: ManualSyncRequest, query: ManualSyncRequest, state: &WebState) -> Result<Option<Window>, Problem> {
    let (min, max) = (body.time_min.or(query.time_min), body.time_max.or(query.time_max));
    if min.is_none() && max.is_none() {
        return Ok(None);
    }
    let settings = state.engine.config();
    let mut window = Window::around(state.now(), settings.months_back, settings.months_ahead);
    if let Some(min) = min {
        window.from = instant("timeMin", &min)?;
    }
    if let Some(max) = max {
        window.to = instant("timeMax", &max)?;
    }
    if window.from >= window.to {
        return Err(Problem::field("timeMax", "must be later than timeMin"));
    }
    Ok(Some(window))
}

async fn has_calendars(state: &WebState, scope: &TenantScope) -> Result<bool, Problem> {
    let connections = state.tenant(scope).list_connections().await?;
    Ok(connections.iter().any(|connection| connection.owner_id == scope.user_id))
}

fn sum_up(results: Vec<CalendarResult>, timestamp: Millis) -> ManualSync {
    let counts = results.iter().fold(Counts::default(), |sum, result| sum.plus(result.counts));
    let with = |status| results.iter().filter(|result| result.status == status).count();
    let (good, failed, running) = (with(ResultStatus::Success), with(ResultStatus::Error), with(ResultStatus::Running));
    ManualSync {
        // Nothing to sync is no success: there is nothing that is in step now.
        success: good > 0 && good == results.len(),
        message: message(results.len(), good, failed, running),
        counts,
        results,
        timestamp,
    }
}

fn message(all: usize, good: usize, failed: usize, running: usize) -> String {
    if all == 0 {
        return "No calendars connected".to_owned();
    }
    let mut message = format!("Synced {good} of {all} calendar(s)");
    for (count, what) in [(failed, "failed"), (running, "still running")] {
        if count > 0 {
            message = format!("{message}, {count} {what}");
        }
    }
    message
}

fn entry(result: SyncResult) -> CalendarResult {
    let SyncResult { connection, status, stats, error } = result;
    let status = match status {
        SyncStatus::Success => ResultStatus::Success,
        SyncStatus::Error => ResultStatus::Error,
        SyncStatus::Running => ResultStatus::Running,
    };
    let failed = status == ResultStatus::Error;
    CalendarResult {
        connection_id: connection.id,
        email: connection.email,
        calendar_name: connection.name,
        status,
        counts: stats.into(),
        error: failed.then(|| error.unwrap_or_else(|| "The sync failed; see the calendar's settings.".to_owned())),
    }
}

impl From<Stats> for Counts {
    fn from(stats: Stats) -> Self {
        Self { synced: stats.synced, updated: stats.updated, skipped: stats.skipped, total: stats.total() }
    }
}

impl Counts {
    fn plus(self, other: Self) -> Self {
        Self {
            synced: self.synced + other.synced,
            updated: self.updated + other.updated,
            skipped: self.skipped + other.skipped,
            total: self.total + other.total,
        }
    }
}

#[cfg(test)]
#[path = "manual_tests.rs"]
mod tests;
