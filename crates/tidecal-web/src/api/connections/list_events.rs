//! `GET /api/calendar/connections/{id}/events`

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tidecal_core::sync::Verdict;
use tidecal_store::MappingRow;
use utoipa::{IntoParams, ToSchema};

use crate::auth::Caller;
use crate::input::{Id, Params, is_possible_id, number};
use crate::problem::Problem;
use crate::state::WebState;
use crate::times::Seconds;

const USUAL: usize = 200;
const MOST: usize = 1000;

/// Which rows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MappingQuery {
    /// `mirrored`, `filtered`, `out_of_window`, `quarantined`, `conflicted` or `held`; all if absent.
    verdict: Option<String>,
    /// 1 to 1000; 200 if absent.
    limit: Option<String>,
    /// `nextCursor` of the page before.
    cursor: Option<String>,
}

/// What became of one remote event, and why.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Mapping)]
pub(crate) struct MappingOut {
    id: String,
    external_event_id: String,
    /// Which occurrence; null for a single event or a whole series.
    recurrence_id: Option<String>,
    /// The local event, if there is one.
    event_id: Option<String>,
    /// Its title.
    title: Option<String>,
    verdict: &'static str,
    /// The rule, the error, the brake.
    reason: Option<String>,
    /// `CREATED`, `SYNCED`, `UPDATED`, `CONFLICT` or `FAILED`.
    sync_status: &'static str,
    last_error: Option<String>,
    start: Option<Seconds>,
    end: Option<Seconds>,
    updated_at: Seconds,
}

/// A page.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MappingPage {
    items: Vec<MappingOut>,
    next_cursor: Option<String>,
}

impl From<MappingRow> for MappingOut {
    fn from(row: MappingRow) -> Self {
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        Self {
            id: row.id,
            external_event_id: row.external_event_id,
            recurrence_id: some(row.recurrence_id),
            event_id: row.event_id,
            title: row.title,
            verdict: row.verdict.as_str(),
            reason: some(row.reason),
            sync_status: row.status.as_str(),
            last_error: row.last_error,
            start: row.start_at.map(Seconds),
            end: row.end_at.map(Seconds),
            updated_at: Seconds(row.updated_at),
        }
    }
}

/// Remote events of a connection, and what became of them
#[utoipa::path(get, path = "/api/calendar/connections/{id}/events", tag = "connections",
    params(("id" = String, Path), MappingQuery),
    responses((status = 200, body = MappingPage), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn list_connection_events(
    State(state): State<WebState>,
    caller: Caller,
    Id(id): Id,
    Params(query): Params<MappingQuery>,
) -> Result<Json<MappingPage>, Problem> {
    let verdict = query.verdict.as_deref().map(verdict).transpose()?;
    let limit = query.limit.as_deref().map_or(Ok(USUAL), |limit| number("limit", limit, 1..=MOST))?;
    let after = query.cursor.as_deref();
    if after.is_some_and(|after| !is_possible_id(after)) {
        return Err(Problem::field("cursor", "is no nextCursor of this list; leave it out to begin"));
    }
    let fetched = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut rows = state.tenant(caller.scope()).list_mappings(&id, verdict, after, fetched).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor = rows.last().filter(|_| more).map(|row| row.id.clone());
    Ok(Json(MappingPage { items: rows.into_iter().map(MappingOut::from).collect(), next_cursor }))
}

fn verdict(word: &str) -> Result<Verdict, Problem> {
    word.parse().map_err(|_| {
        let known: Vec<&str> = Verdict::ALL.iter().map(|verdict| verdict.as_str()).collect();
        Problem::field("verdict", format!("is unknown; write one of {}", known.join(", ")))
    })
}
