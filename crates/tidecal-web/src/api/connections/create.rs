//! `POST /api/calendar/connections`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use tidecal_engine::ConnectCalendar;
use tidecal_store::{Connection, ConnectionPatch, SyncDirection, TenantScope};
use utoipa::ToSchema;

use super::{ConnectionOut, LONGEST_NAME};
use crate::auth::Caller;
use crate::input::{Body, is_possible_id, text};
use crate::problem::Problem;
use crate::state::WebState;

/// Longest id that a vendor gives a calendar; CalDAV: a path.
const LONGEST_EXTERNAL_ID: usize = 2000;

/// Which calendar to connect, and how.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CreateConnection {
    account_id: String,
    /// The vendor's id; `primary` for Google's and `calendar` for Outlook's main calendar.
    #[schema(example = "primary")]
    external_calendar_id: String,
    /// The vendor's name of it if absent.
    name: Option<String>,
    /// A local calendar to fill; a new one if absent.
    calendar_id: Option<String>,
    /// `inbound` if absent; `outbound` or `bidirectional` where the vendor and the calendar allow it.
    sync_direction: Option<String>,
    /// Whether it is synced from now on; true if absent.
    enabled: Option<bool>,
}

/// Connect a calendar
///
/// Its first sync begins at once.
#[utoipa::path(post, path = "/api/calendar/connections", tag = "connections", request_body = CreateConnection,
    responses((status = 201, body = ConnectionOut), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create_connection(
    State(state): State<WebState>,
    caller: Caller,
    Body(request): Body<CreateConnection>,
) -> Result<(StatusCode, Json<ConnectionOut>), Problem> {
    let direction = super::direction(request.sync_direction.as_deref())?;
    let wanted = ConnectCalendar {
        external_calendar_id: text("externalCalendarId", &request.external_calendar_id, LONGEST_EXTERNAL_ID)?,
        name: request.name.as_deref().map(|name| text("name", name, LONGEST_NAME)).transpose()?,
        account_id: request.account_id,
        calendar_id: request.calendar_id,
        enabled: request.enabled.unwrap_or(true),
    };
    if ![Some(&wanted.account_id), wanted.calendar_id.as_ref()].into_iter().flatten().all(|id| is_possible_id(id)) {
        return Err(Problem::not_found());
    }
    let connection = state.engine.connect_calendar(caller.scope(), wanted).await?;
    let connection = match direction {
        Some(direction) => set_direction(&state, caller.scope(), connection, direction).await?,
        None => connection,
    };
    state.tell_connection(&connection);
    Ok((StatusCode::CREATED, Json(super::out(&state, caller.scope(), connection).await?)))
}

/// A calendar that cannot be connected that way is not connected another way.
async fn set_direction(
    state: &WebState,
    scope: &TenantScope,
    connection: Connection,
    direction: SyncDirection,
) -> Result<Connection, Problem> {
    let patch = ConnectionPatch { sync_direction: Some(direction), ..ConnectionPatch::default() };
    match state.engine.update_connection(scope, &connection.id, &patch).await {
        Ok(connection) => Ok(connection),
        Err(refused) => {
            state.tenant(scope).delete_connection(&connection.id, state.now()).await?;
            Err(refused.into())
        }
    }
}
