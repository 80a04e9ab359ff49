//! `GET /api/calendar/connections/{id}/runs`

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tidecal_store::RunRow;
use utoipa::ToSchema;

use crate::api::List;
use crate::auth::Caller;
use crate::input::Id;
use crate::problem::Problem;
use crate::state::WebState;
use crate::times::Seconds;

/// Runs that are shown.
const MOST: i64 = 50;

/// What one sync did.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Run)]
pub(crate) struct RunOut {
    id: String,
    /// `full`, `delta` or `comparison`.
    kind: String,
    /// What asked for it: `schedule`, `manual`, `resync`, …
    trigger: String,
    started_at: Seconds,
    finished_at: Option<Seconds>,
    /// `success`, `error` or `stopped`.
    outcome: &'static str,
    synced: i64,
    /// Deleted ones included.
    updated: i64,
    skipped: i64,
    total: i64,
    deleted: i64,
    /// Pages read.
    pages: i64,
    /// Requests sent to the vendor.
    calls: i64,
    /// Milliseconds.
    duration: i64,
    error: Option<String>,
}

impl From<RunRow> for RunOut {
    fn from(run: RunRow) -> Self {
        Self {
            id: run.id,
            kind: run.kind,
            trigger: run.trigger,
            started_at: Seconds(run.started_at),
            finished_at: run.finished_at.map(Seconds),
            outcome: run.outcome.as_str(),
            synced: run.stats.synced,
            updated: run.stats.updated,
            skipped: run.stats.skipped,
            total: run.stats.total,
            deleted: run.stats.deleted,
            pages: run.pages,
            calls: run.calls,
            duration: run.duration_ms,
            error: run.error,
        }
    }
}

/// The last runs of a connection
///
/// Newest first, at most 50; runs that found nothing to do are not listed.
#[utoipa::path(get, path = "/api/calendar/connections/{id}/runs", tag = "connections", params(("id" = String, Path)),
    responses((status = 200, body = List<RunOut>), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn list_runs(
    State(state): State<WebState>,
    caller: Caller,
    Id(id): Id,
) -> Result<Json<List<RunOut>>, Problem> {
    let runs = state.tenant(caller.scope()).list_runs(&id, MOST).await?;
    Ok(List::of(runs.into_iter().map(RunOut::from)))
}
