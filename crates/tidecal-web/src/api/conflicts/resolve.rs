//! `POST /api/calendar/conflicts/{id}/resolve` and `…/reset`

use std::collections::BTreeMap;

use axum::extract::State;
use axum::{Extension, Json};
use serde::Deserialize;
use tidecal_core::sync::{Field, Side};
use tidecal_engine::Resolve;
use tidecal_store::{ConflictChoice, ConflictRow, TenantScope};
use utoipa::ToSchema;

use super::ConflictOut;
use crate::api::deeds::id_of;
use crate::auth::Caller;
use crate::input::{Body, Id};
use crate::problem::Problem;
use crate::request_id::RequestId;
use crate::state::WebState;

/// How to settle a conflict.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ResolveConflict {
    /// `local`: the local event goes out as it is. `remote`: the local event becomes what the vendor
    /// says. `fields`: field by field.
    choice: String,
    /// With `fields`: `local` or `remote` for each field that both sides changed, and for others at
    /// will; a field that is not named keeps the value of the side that changed it.
    #[serde(default)]
    fields: BTreeMap<String, String>,
    /// `localVersion` of the conflict as it was shown; absent: whichever it is.
    local_version: Option<i64>,
    /// Guests may be mailed about the outcome.
    #[serde(default)]
    notify: bool,
}

impl ResolveConflict {
    fn checked(self, request_id: Option<String>) -> Result<Resolve, Problem> {
        let choice = match self.choice.as_str() {
            "local" => ConflictChoice::Local,
            "remote" => ConflictChoice::Remote,
            "fields" => ConflictChoice::Fields,
            _ => return Err(Problem::field("choice", "is unknown; write local, remote or fields")),
        };
        if choice != ConflictChoice::Fields && !self.fields.is_empty() {
            return Err(Problem::field("fields", "belongs to the choice fields; leave it out"));
        }
        let fields = self.fields.iter().map(|(word, side)| side_of(word, side)).collect::<Result<_, _>>()?;
        Ok(Resolve { choice, fields, local_version: self.local_version, notify: self.notify, request_id })
    }
}

fn side_of(word: &str, side: &str) -> Result<(Field, Side), Problem> {
    let field = Field::of_word(word).ok_or_else(|| {
        let known: Vec<&str> = Field::ALL.iter().map(|field| field.as_str()).collect();
        Problem::field("fields", format!("has an unknown name; write some of {}", known.join(", ")))
    })?;
    let side = match side {
        "local" => Side::Local,
        "remote" => Side::Remote,
        _ => return Err(Problem::field(format!("fields.{}", field.as_str()), "must be local or remote")),
    };
    Ok((field, side))
}

/// Settle a conflict
///
/// What goes out is guarded by the vendor's version that the conflict shows: if the event has changed
/// there again, a new conflict comes up.
#[utoipa::path(post, path = "/api/calendar/conflicts/{id}/resolve", tag = "conflicts", params(("id" = String, Path)),
    request_body = ResolveConflict,
    responses((status = 200, body = ConflictOut), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn resolve_conflict(
    State(state): State<WebState>,
    caller: Caller,
    Id(id): Id,
    request: Option<Extension<RequestId>>,
    Body(body): Body<ResolveConflict>,
) -> Result<Json<ConflictOut>, Problem> {
    let resolve = body.checked(id_of(request))?;
    let scope = caller.own_scope();
    told(&state, &scope, state.engine.resolve_conflict(&scope, &id, &resolve).await?).await
}

/// Have a conflict decided anew
///
/// Both sides are read again.
#[utoipa::path(post, path = "/api/calendar/conflicts/{id}/reset", tag = "conflicts", params(("id" = String, Path)),
    responses((status = 200, body = ConflictOut), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn reset_conflict(
    State(state): State<WebState>,
    caller: Caller,
    Id(id): Id,
    request: Option<Extension<RequestId>>,
) -> Result<Json<ConflictOut>, Problem> {
    let scope = caller.own_scope();
    told(&state, &scope, state.engine.reset_conflict(&scope, &id, id_of(request)).await?).await
}

async fn told(state: &WebState, scope: &TenantScope, row: ConflictRow) -> Result<Json<ConflictOut>, Problem> {
    state.tell_connection(&state.tenant(scope).get_connection(&row.connection_id).await?);
    Ok(Json(row.into()))
}
