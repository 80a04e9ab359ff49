//! `DELETE /api/calendar/accounts/{id}`

use axum::extract::State;
use axum::http::StatusCode;

use crate::auth::Caller;
use crate::input::Id;
use crate::problem::Problem;
use crate::state::WebState;

/// Delete an account
///
/// Revokes the grant at the vendor and deletes the account's connections with what came by them.
#[utoipa::path(delete, path = "/api/calendar/accounts/{id}", tag = "accounts", params(("id" = String, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn delete_account(
    State(state): State<WebState>,
    caller: Caller,
    Id(id): Id,
) -> Result<StatusCode, Problem> {
    let account = state.tenant(caller.scope()).get_account(&id).await?;
    state.engine.delete_account(caller.scope(), &id).await?;
    state.tell_account(&account);
    Ok(StatusCode::NO_CONTENT)
}
