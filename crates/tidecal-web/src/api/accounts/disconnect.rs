//! `POST /api/calendar/accounts/{id}/disconnect`

use axum::Json;
use axum::extract::State;

use super::AccountOut;
use crate::auth::Caller;
use crate::input::Id;
use crate::problem::Problem;
use crate::state::WebState;

/// Disconnect an account
///
/// Revokes the grant and wipes the credentials. Events, mappings and history stay, so that connecting
/// again goes on where this left off.
#[utoipa::path(post, path = "/api/calendar/accounts/{id}/disconnect", tag = "accounts", params(("id" = String, Path)),
    responses((status = 200, body = AccountOut), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn disconnect_account(
    State(state): State<WebState>,
    caller: Caller,
    Id(id): Id,
) -> Result<Json<AccountOut>, Problem> {
    let account = state.engine.disconnect_account(caller.scope(), &id).await?;
    state.tell_account(&account);
    Ok(Json(account.into()))
}
