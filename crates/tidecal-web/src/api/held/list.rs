//! `GET /api/calendar/held`

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tidecal_store::{Connection, HeldEvent};
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::problem::Problem;
use crate::state::WebState;
use crate::times::Seconds;

/// Held writes that are shown; whoever has more decides about these first.
const MOST: i64 = 500;

/// What waits for a decision.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HeldList {
    runs: Vec<HeldRunOut>,
    events: Vec<HeldEventOut>,
}

/// A run that a brake has stopped.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = HeldRun)]
pub(crate) struct HeldRunOut {
    connection_id: String,
    /// Name of the connection.
    name: String,
    reason: String,
    /// Deletions that it holds back.
    deletions: i64,
    /// When it was released; the next run uses it up.
    released_at: Option<Seconds>,
}

/// A write that is held.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = HeldEvent)]
pub(crate) struct HeldEventOut {
    /// For releasing or discarding it.
    id: String,
    connection_id: String,
    event_id: Option<String>,
    title: Option<String>,
    start: Option<Seconds>,
    /// `would mail 3 people`, for example.
    reason: String,
}

impl From<Connection> for HeldRunOut {
    fn from(connection: Connection) -> Self {
        Self {
            connection_id: connection.id,
            name: connection.name,
            reason: connection.held_reason.unwrap_or_default(),
            deletions: connection.held_deletions,
            released_at: connection.released_at.map(Seconds),
        }
    }
}

impl From<HeldEvent> for HeldEventOut {
    fn from(held: HeldEvent) -> Self {
        Self {
            id: held.mapping.id,
            connection_id: held.connection_id,
            event_id: held.mapping.event_id,
            title: held.mapping.title,
            start: held.mapping.start_at.map(Seconds),
            reason: held.mapping.reason,
        }
    }
}

/// What waits for a decision
///
/// Runs of the connections that one may see, and held writes of one's own.
#[utoipa::path(get, path = "/api/calendar/held", tag = "held",
    responses((status = 200, body = HeldList), (status = 401, body = Problem)))]
pub(crate) async fn list_held(State(state): State<WebState>, caller: Caller) -> Result<Json<HeldList>, Problem> {
    let runs = state.tenant(caller.scope()).list_held_connections().await?;
    let scope = caller.own_scope();
    let events = state.tenant(&scope).list_held_events(None, None, MOST).await?;
    Ok(Json(HeldList {
        runs: runs.into_iter().map(HeldRunOut::from).collect(),
        events: events.into_iter().map(HeldEventOut::from).collect(),
    }))
}
