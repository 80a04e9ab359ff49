//! `POST /api/calendar/connections/{id}/sync` and `…/resync`: the same request, and what it means to
//! forget the cursor first.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::input::Id;
use crate::problem::Problem;
use crate::state::WebState;

/// The run that was asked for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestedRun {
    run_id: String,
    connection_id: String,
}

type Answer = Result<(StatusCode, Json<RequestedRun>), Problem>;

/// Sync a connection
#[utoipa::path(post, path = "/api/calendar/connections/{id}/sync", tag = "connections", params(("id" = String, Path)),
    responses((status = 202, body = RequestedRun), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn sync_connection(State(state): State<WebState>, caller: Caller, Id(id): Id) -> Answer {
    request(&state, &caller, &id, false).await
}

/// Resync a connection
///
/// Closes the circuit, forgets the cursor and compares everything.
#[utoipa::path(post, path = "/api/calendar/connections/{id}/resync", tag = "connections", params(("id" = String, Path)),
    responses((status = 202, body = RequestedRun), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn resync_connection(State(state): State<WebState>, caller: Caller, Id(id): Id) -> Answer {
    request(&state, &caller, &id, true).await
}

async fn request(state: &WebState, caller: &Caller, id: &str, full: bool) -> Answer {
    super::startable(&state.tenant(caller.scope()).get_connection(id).await?)?;
    let requested = state.engine.request_sync(caller.scope(), id, full).await?;
    let run = RequestedRun { run_id: requested.run_id, connection_id: requested.connection_id };
    Ok((StatusCode::ACCEPTED, Json(run)))
}
