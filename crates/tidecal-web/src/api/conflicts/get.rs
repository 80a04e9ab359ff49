//! `GET /api/calendar/conflicts/{id}`

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use tidecal_core::model::Event;
use tidecal_core::sync::shown_fields;
use tidecal_engine::ConflictView;
use utoipa::ToSchema;

use super::ConflictOut;
use crate::auth::Caller;
use crate::input::Id;
use crate::problem::Problem;
use crate::state::WebState;

/// A conflict side by side. A side has one value per field: `title`, `time`, …
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConflictSides {
    #[serde(flatten)]
    conflict: ConflictOut,
    /// What both sides last agreed on; null: not known.
    #[schema(value_type = Option<Object>)]
    base: Option<Value>,
    /// The local side; null: deleted.
    #[schema(value_type = Option<Object>)]
    local: Option<Value>,
    /// The vendor's side; null: deleted.
    #[schema(value_type = Option<Object>)]
    remote: Option<Value>,
    /// Fields in which the two sides differ, whether both changed them or not.
    differing: Vec<&'static str>,
    /// Version of the local event that is shown.
    local_version: Option<i64>,
}

impl From<ConflictView> for ConflictSides {
    fn from(view: ConflictView) -> Self {
        let shown = |event: Option<&Event>| event.map(shown_fields);
        Self {
            base: shown(view.detail.base.as_ref()),
            local: shown(view.local.as_ref()),
            remote: shown(view.detail.remote.as_ref()),
            differing: view.differing.iter().map(|field| field.as_str()).collect(),
            local_version: view.detail.local_version,
            conflict: view.detail.row.into(),
        }
    }
}

/// One conflict, side by side
#[utoipa::path(get, path = "/api/calendar/conflicts/{id}", tag = "conflicts", params(("id" = String, Path)),
    responses((status = 200, body = ConflictSides), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn get_conflict(
    State(state): State<WebState>,
    caller: Caller,
    Id(id): Id,
) -> Result<Json<ConflictSides>, Problem> {
    Ok(Json(state.engine.get_conflict(&caller.own_scope(), &id).await?.into()))
}
