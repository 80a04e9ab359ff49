//! `GET /api/calendar/conflicts`

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ConflictOut;
use crate::api::page::{Paging, paged};
use crate::auth::Caller;
use crate::input::{Params, is_possible_id};
use crate::problem::Problem;
use crate::state::WebState;

/// Which conflicts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ConflictQuery {
    /// `open` (if absent) or `all`.
    status: Option<String>,
    /// Only of this connection.
    connection_id: Option<String>,
    /// At most so many; 100 if absent.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    limit: Option<String>,
    /// `nextCursor` of the page before.
    cursor: Option<String>,
}

/// A page, oldest first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConflictPage {
    items: Vec<ConflictOut>,
    next_cursor: Option<String>,
}

/// Conflicts
///
/// Of one's own connections: what is in them is their owner's business.
#[utoipa::path(get, path = "/api/calendar/conflicts", tag = "conflicts", params(ConflictQuery),
    responses((status = 200, body = ConflictPage), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn list_conflicts(
    State(state): State<WebState>,
    caller: Caller,
    Params(query): Params<ConflictQuery>,
) -> Result<Json<ConflictPage>, Problem> {
    let open_only = match query.status.as_deref() {
        None | Some("open") => true,
        Some("all") => false,
        Some(_) => return Err(Problem::field("status", "is unknown; write open or all")),
    };
    let paging = Paging::read(query.limit.as_deref(), query.cursor.as_deref())?;
    let scope = caller.own_scope();
    let tenant = state.tenant(&scope);
    if let Some(id) = query.connection_id.as_deref() {
        if !is_possible_id(id) {
            return Err(Problem::not_found());
        }
        tenant.get_connection(id).await?;
    }
    let connection = query.connection_id.as_deref();
    let rows = tenant.list_conflicts(open_only, connection, paging.after(), paging.fetched()).await?;
    let (rows, next_cursor) = paged(rows, &paging, |row| row.id.clone());
    Ok(Json(ConflictPage { items: rows.into_iter().map(ConflictOut::from).collect(), next_cursor }))
}
