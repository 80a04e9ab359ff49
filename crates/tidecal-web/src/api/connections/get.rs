//! `GET /api/calendar/connections/{id}`

use axum::Json;
use axum::extract::State;

use super::ConnectionOut;
use crate::auth::Caller;
use crate::input::Id;
use crate::problem::Problem;
use crate::state::WebState;

/// One connection
#[utoipa::path(get, path = "/api/calendar/connections/{id}", tag = "connections", params(("id" = String, Path)),
    responses((status = 200, body = ConnectionOut), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn get_connection(
    State(state): State<WebState>,
    caller: Caller,
    Id(id): Id,
) -> Result<Json<ConnectionOut>, Problem> {
    let connection = state.tenant(caller.scope()).get_connection(&id).await?;
    Ok(Json(super::out(&state, caller.scope(), connection).await?))
}
