//! `GET /api/audit`

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tidecal_store::AuditRow;
use utoipa::{IntoParams, ToSchema};

use crate::api::page::{Paging, paged};
use crate::auth::Caller;
use crate::input::Params;
use crate::problem::Problem;
use crate::state::WebState;
use crate::times::Seconds;

/// Which deeds.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// Only about this thing: the id of a connection, event, conflict, …
    target_id: Option<String>,
    /// At most so many; 100 if absent.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    limit: Option<String>,
    /// `nextCursor` of the page before.
    cursor: Option<String>,
}

/// A deed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditEntry)]
pub(crate) struct AuditOut {
    id: String,
    /// Null: Tidecal itself.
    actor_id: Option<String>,
    actor_email: Option<String>,
    /// `conflict.resolve`, `run.release`, …
    action: String,
    target_kind: String,
    target_id: String,
    #[schema(value_type = Object)]
    details: Value,
    request_id: Option<String>,
    created_at: Seconds,
}

/// A page, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditPage {
    items: Vec<AuditOut>,
    next_cursor: Option<String>,
}

impl From<AuditRow> for AuditOut {
    fn from(row: AuditRow) -> Self {
        Self {
            id: row.id,
            actor_id: row.actor_id,
            actor_email: row.actor_email,
            action: row.action,
            target_kind: row.target_kind,
            target_id: row.target_id,
            details: serde_json::from_str(&row.details).unwrap_or(Value::Null),
            request_id: row.request_id,
            created_at: Seconds(row.created_at),
        }
    }
}

/// The audit log
///
/// A member sees the own deeds, an administrator the tenant's.
#[utoipa::path(get, path = "/api/audit", tag = "history", params(AuditQuery),
    responses((status = 200, body = AuditPage), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn list_audit(
    State(state): State<WebState>,
    caller: Caller,
    Params(query): Params<AuditQuery>,
) -> Result<Json<AuditPage>, Problem> {
    let paging = Paging::read(query.limit.as_deref(), query.cursor.as_deref())?;
    let tenant = state.tenant(caller.scope());
    let rows = tenant.list_audit(query.target_id.as_deref(), paging.after(), paging.fetched()).await?;
    let (rows, next_cursor) = paged(rows, &paging, |row| row.id.clone());
    Ok(Json(AuditPage { items: rows.into_iter().map(AuditOut::from).collect(), next_cursor }))
}
