//! `GET /api/calendar/providers`

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tidecal_engine::Offer;
use utoipa::ToSchema;

use crate::api::List;
use crate::auth::Caller;
use crate::state::WebState;

/// A vendor, and whether it can be connected on this server.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Provider)]
pub(crate) struct ProviderOut {
    /// `google`, `outlook`, `caldav` or `ics`.
    provider: &'static str,
    name: &'static str,
    /// `oauth`: by the vendor's consent page; `password`: by address, login and app password; `url`:
    /// by an address alone.
    connect: &'static str,
    available: bool,
    /// Why not, and what an operator can do.
    reason: Option<String>,
}

/// Vendors that can be connected
#[utoipa::path(get, path = "/api/calendar/providers", tag = "connecting",
    responses((status = 200, body = List<ProviderOut>), (status = 401, body = crate::problem::Problem)))]
pub(crate) async fn list_providers(State(state): State<WebState>, _: Caller) -> Json<List<ProviderOut>> {
    List::of(state.engine.offers().into_iter().map(|offer: Offer| ProviderOut {
        provider: offer.provider.as_str(),
        name: offer.provider.title(),
        connect: offer.connect.as_str(),
        available: offer.available,
        reason: offer.reason,
    }))
}
