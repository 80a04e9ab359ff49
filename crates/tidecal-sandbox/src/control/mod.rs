//! The control API under `/_sandbox`: a test's or a person's hand on the fake vendor. JSON in, JSON out, no sign-in.

mod calendars;
mod channels;
mod clock;
pub(crate) mod events;
mod faults;
mod ledger;
mod oauth;
mod reset;
mod split;
mod summary;
mod switches;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::state::SandboxState;

pub(crate) fn routes() -> Router<SandboxState> {
    Router::new()
        .route("/_sandbox", get(summary::show))
        .route("/_sandbox/reset", post(reset::reset))
        .route("/_sandbox/clock", get(clock::show).post(clock::turn))
        .route("/_sandbox/faults", get(faults::list).post(faults::add).delete(faults::clear))
        .route("/_sandbox/faults/{id}", axum::routing::delete(faults::remove))
        .route("/_sandbox/switches", get(switches::show).patch(switches::patch))
        .route("/_sandbox/expire-sync-tokens", post(switches::expire_sync_tokens))
        .route("/_sandbox/ledger", get(ledger::list).delete(ledger::clear))
        .route("/_sandbox/violations", get(ledger::violations).delete(ledger::clear_violations))
        .route("/_sandbox/mails", get(ledger::mails).delete(ledger::clear_mails))
        .route("/_sandbox/channels", get(channels::list))
        .route("/_sandbox/contract", get(summary::contract))
        .route("/_sandbox/calendars", post(calendars::add))
        .route("/_sandbox/access", post(calendars::set_access))
        .route("/_sandbox/events/{calendarId}", get(events::list).post(events::add))
        .route(
            "/_sandbox/events/{calendarId}/{eventId}",
            axum::routing::put(events::replace).patch(events::change).delete(events::remove),
        )
        .route("/_sandbox/events/{calendarId}/{eventId}/split", post(split::split))
        .route("/_sandbox/plant/{calendarId}", post(split::plant))
        .route("/_sandbox/populate", post(events::fill))
        .route("/_sandbox/oauth/approve", post(oauth::approve))
        .route("/_sandbox/oauth/deny", post(oauth::deny))
        .route("/_sandbox/oauth/revoke", post(oauth::revoke))
        .route("/_sandbox/oauth/expire-access-tokens", post(oauth::expire_access_tokens))
}

/// A control request that cannot be served: `{"error": "…"}`.
#[derive(Debug)]
pub(crate) struct Refused(StatusCode, String);

impl Refused {
    fn bad(message: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, message.into())
    }

    fn missing(message: impl Into<String>) -> Self {
        Self(StatusCode::NOT_FOUND, message.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, axum::Json(json!({"error": self.1}))).into_response()
    }
}

/// Reads a JSON body; an empty one counts as `{}`.
pub(crate) fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refused> {
    let text: &[u8] = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(text).map_err(|error| Refused::bad(error.to_string()))
}
