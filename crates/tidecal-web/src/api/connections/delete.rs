//! `DELETE /api/calendar/connections/{id}`

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::auth::Caller;
use crate::input::{Id, Params};
use crate::problem::{Code, Problem};
use crate::state::WebState;

/// Whether it is meant.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeleteQuery {
    /// `true` deletes; without it the answer says what would be deleted.
    confirm: Option<String>,
}

/// Delete a connection
///
/// Deletes its mappings and the events that came by it alone; nothing is deleted at the vendor. Without
/// `confirm=true`: 409 with the number of mappings.
#[utoipa::path(delete, path = "/api/calendar/connections/{id}", tag = "connections",
    params(("id" = String, Path), DeleteQuery),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn delete_connection(
    State(state): State<WebState>,
    caller: Caller,
    Id(id): Id,
    Params(query): Params<DeleteQuery>,
) -> Result<StatusCode, Problem> {
    let tenant = state.tenant(caller.scope());
    let connection = tenant.get_connection(&id).await?;
    match query.confirm.as_deref() {
        Some("true") => {}
        None | Some("false") => return Err(what_would_go(&connection.name, tenant.count_mappings(&id).await?)),
        Some(_) => return Err(Problem::field("confirm", "must be true or false")),
    }
    tenant.delete_connection(&id, state.now()).await?;
    state.tell_connection(&connection);
    Ok(StatusCode::NO_CONTENT)
}

fn what_would_go(name: &str, mappings: i64) -> Problem {
    let detail = format!(
        "Deleting \u{201c}{name}\u{201d} stops its sync, removes its webhooks, and deletes {mappings} event mapping(s) with \
         the events that came by this connection alone. Nothing is deleted at the vendor. Send confirm=true to do it."
    );
    Problem::new(Code::ConfirmationRequired, detail).with("mappings", mappings)
}
