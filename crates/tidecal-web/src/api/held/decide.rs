//! Release or discard: of a held run by its connection, of a held write by its id.

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::deeds::id_of;
use crate::auth::Caller;
use crate::input::Id;
use crate::problem::Problem;
use crate::request_id::RequestId;
use crate::state::WebState;

/// What discarding a held run has undone.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Discarded {
    /// Events that had been deleted here and are back.
    restored: u64,
}

/// Let a held run go
///
/// The next sync, due at once, carries out what the brake held back.
#[utoipa::path(post, path = "/api/calendar/connections/{id}/release", tag = "held", params(("id" = String, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn release_run(
    State(state): State<WebState>,
    caller: Caller,
    Id(id): Id,
    request: Option<Extension<RequestId>>,
) -> Result<StatusCode, Problem> {
    state.engine.release_hold(caller.scope(), &id, id_of(request)).await?;
    told(&state, &caller, &id).await
}

/// Give a held run up
///
/// Deletions that were made here come back. Deletions at the vendor stay held: the next comparison
/// sees them again.
#[utoipa::path(post, path = "/api/calendar/connections/{id}/discard", tag = "held", params(("id" = String, Path)),
    responses((status = 200, body = Discarded), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn discard_run(
    State(state): State<WebState>,
    caller: Caller,
    Id(id): Id,
    request: Option<Extension<RequestId>>,
) -> Result<Json<Discarded>, Problem> {
    let restored = state.engine.discard_hold(caller.scope(), &id, id_of(request)).await?;
    told(&state, &caller, &id).await?;
    Ok(Json(Discarded { restored }))
}

/// Let a held write go
///
/// Its guests may be mailed about the event as it is now.
#[utoipa::path(post, path = "/api/calendar/held/{id}/release", tag = "held", params(("id" = String, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn release_event(
    State(state): State<WebState>,
    caller: Caller,
    Id(id): Id,
    request: Option<Extension<RequestId>>,
) -> Result<StatusCode, Problem> {
    state.engine.release_held_event(&caller.own_scope(), &id, id_of(request)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give a held write up
///
/// What stands here stays here, and the vendor's side as it is, until the event is edited again.
#[utoipa::path(post, path = "/api/calendar/held/{id}/discard", tag = "held", params(("id" = String, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn discard_event(
    State(state): State<WebState>,
    caller: Caller,
    Id(id): Id,
    request: Option<Extension<RequestId>>,
) -> Result<StatusCode, Problem> {
    state.engine.discard_held_event(&caller.own_scope(), &id, id_of(request)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn told(state: &WebState, caller: &Caller, id: &str) -> Result<StatusCode, Problem> {
    state.tell_connection(&state.tenant(caller.scope()).get_connection(id).await?);
    Ok(StatusCode::NO_CONTENT)
}
