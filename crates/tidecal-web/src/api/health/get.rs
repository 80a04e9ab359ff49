//! `GET /api/calendar/health`

use axum::Json;
use axum::extract::State;
use tidecal_store::SystemScope;

use super::report::{Health, Sight, report};
use crate::auth::MaybeCaller;
use crate::peer::Peer;
use crate::problem::{Code, Problem};
use crate::state::WebState;

/// Health of the syncs
///
/// A member sees the own ones, an admin or owner the tenant's. A program on the server's own machine,
/// without a proxy in between and without credentials, sees the whole deployment without names.
/// Always 200: `status` says how things are.
#[utoipa::path(get, path = "/api/calendar/health", tag = "health",
    responses((status = 200, body = Health), (status = 401, body = Problem)))]
pub(crate) async fn get_health(
    State(state): State<WebState>,
    peer: Peer,
    MaybeCaller(caller): MaybeCaller,
) -> Result<Json<Health>, Problem> {
    let (rows, sight) = match caller {
        Some(caller) => (state.tenant(caller.scope()).health().await?, Sight::Full),
        None if peer.direct_loopback => {
            (state.store().system(SystemScope::for_workers()).health().await?, Sight::Nameless)
        }
        None => return Err(Problem::new(Code::Unauthenticated, "Sign in to see the health of your syncs.")),
    };
    let vendors = state.store().system(SystemScope::for_workers()).list_vendor_circuits().await?;
    Ok(Json(report(rows, &vendors, sight, state.now())))
}
