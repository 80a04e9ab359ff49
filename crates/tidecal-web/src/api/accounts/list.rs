//! `GET /api/calendar/accounts`

use axum::Json;
use axum::extract::State;

use super::AccountOut;
use crate::api::List;
use crate::auth::Caller;
use crate::problem::Problem;
use crate::state::WebState;

/// Accounts
#[utoipa::path(get, path = "/api/calendar/accounts", tag = "accounts",
    responses((status = 200, body = List<AccountOut>), (status = 401, body = Problem)))]
pub(crate) async fn list_accounts(
    State(state): State<WebState>,
    caller: Caller,
) -> Result<Json<List<AccountOut>>, Problem> {
    let accounts = state.tenant(caller.scope()).list_accounts().await?;
    Ok(List::of(accounts.into_iter().map(AccountOut::from)))
}
