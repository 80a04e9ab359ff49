//! `POST /api/calendar/health/resync`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tidecal_core::model::Provider;
use tidecal_engine::ServiceError;
use tidecal_store::{Connection, TenantScope};
use utoipa::ToSchema;

use crate::api::connections::startable;
use crate::auth::Caller;
use crate::input::{Body, provider};
use crate::problem::Problem;
use crate::state::WebState;
use crate::times::seconds;

/// What to read anew.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ResyncRequest {
    /// `google`, `outlook`, `caldav` or `ics`.
    #[schema(example = "google")]
    provider: String,
    /// This connection alone.
    connection_id: Option<String>,
}

/// What was started.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Resync {
    /// Whether a run was started for every connection that was meant.
    success: bool,
    message: String,
    provider: &'static str,
    runs: Vec<StartedRun>,
}

/// A run that was asked for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StartedRun {
    connection_id: String,
    run_id: String,
}

/// Resync everything of one provider
///
/// The cursor is cleared, the circuit closed, a full comparison started: for all of the caller's
/// connections of that provider, or for one. A vendor's rate limit is respected.
#[utoipa::path(post, path = "/api/calendar/health/resync", tag = "health", request_body = ResyncRequest,
    responses((status = 202, body = Resync), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn resync(
    State(state): State<WebState>,
    caller: Caller,
    Body(request): Body<ResyncRequest>,
) -> Result<(StatusCode, Json<Resync>), Problem> {
    let vendor = provider(&request.provider)?;
    let meant = meant(&state, caller.scope(), vendor, request.connection_id.as_deref()).await?;
    let count = meant.len();
    let (mut runs, mut limited) = (Vec::new(), None);
    for connection in meant {
        // One calendar's trouble keeps no other from being read.
        if count > 1 && startable(&connection).is_err() {
            continue;
        }
        startable(&connection)?;
        match state.engine.request_sync(caller.scope(), &connection.id, true).await {
            Ok(run) => runs.push(StartedRun { connection_id: run.connection_id, run_id: run.run_id }),
            Err(ServiceError::RateLimited { until }) if count > 1 => limited = Some(until),
            Err(error) => return Err(error.into()),
        }
    }
    let success = count > 0 && runs.len() == count;
    let message = message(vendor, count, runs.len(), limited);
    Ok((StatusCode::ACCEPTED, Json(Resync { success, message, provider: vendor.as_str(), runs })))
}

fn message(vendor: Provider, meant: usize, started: usize, limited: Option<Timestamp>) -> String {
    match limited {
        _ if meant == 0 => format!("No {} connected", vendor.title()),
        _ if started == meant => format!("Full resync started for {meant} calendar(s)"),
        Some(until) => {
            format!(
                "Full resync started for {started} of {meant} calendar(s); the others may be read at {}",
                seconds(until)
            )
        }
        None => {
            format!("Full resync started for {started} of {meant} calendar(s); switch on or reconnect the others first")
        }
    }
}

/// The caller's own connections of the vendor; a connection that is named may be anybody's whom the
/// caller may see.
async fn meant(
    state: &WebState,
    scope: &TenantScope,
    vendor: Provider,
    only: Option<&str>,
) -> Result<Vec<Connection>, Problem> {
    let tenant = state.tenant(scope);
    if let Some(id) = only {
        if !crate::input::is_possible_id(id) {
            return Err(Problem::not_found());
        }
        let connection = tenant.get_connection(id).await?;
        if connection.provider != vendor {
            let message = format!("is a connection of {}, not of {vendor}", connection.provider);
            return Err(Problem::field("connectionId", message));
        }
        return Ok(vec![connection]);
    }
    let mut own = tenant.list_connections().await?;
    own.retain(|connection| connection.provider == vendor && connection.owner_id == scope.user_id);
    Ok(own)
}
