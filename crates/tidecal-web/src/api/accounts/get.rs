//! `GET /api/calendar/accounts/{id}`

use axum::Json;
use axum::extract::State;

use super::AccountOut;
use crate::auth::Caller;
use crate::input::Id;
use crate::problem::Problem;
use crate::state::WebState;

/// One account
#[utoipa::path(get, path = "/api/calendar/accounts/{id}", tag = "accounts", params(("id" = String, Path)),
    responses((status = 200, body = AccountOut), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn get_account(
    State(state): State<WebState>,
    caller: Caller,
    Id(id): Id,
) -> Result<Json<AccountOut>, Problem> {
    Ok(Json(state.tenant(caller.scope()).get_account(&id).await?.into()))
}
