//! `GET /api/session`

use axum::Json;
use axum::extract::State;

use super::Session;
use crate::auth::Caller;
use crate::problem::Problem;
use crate::state::WebState;

/// Who is signed in
#[utoipa::path(get, path = "/api/session", tag = "session",
    responses((status = 200, body = Session), (status = 401, body = Problem)))]
pub(crate) async fn get_session(State(state): State<WebState>, caller: Caller) -> Json<Session> {
    Json(Session::of(caller.identity, state.engine.gates()))
}
