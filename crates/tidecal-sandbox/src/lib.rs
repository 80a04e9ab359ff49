//! A fake Google, a fake Microsoft and a CalDAV server, offline: OAuth 2.0 and Calendar API v3, Entra ID and Graph v1.0
//! calendars, RFC 4791 over HTTP, written from the vendors' documents and the RFCs alone.
//!
//! It validates requests as the vendors do, keeps ETags, sync tokens, tombstones and series exceptions, and can be told
//! to misbehave: single failures ([`faults`]), lasting habits ([`switches`]), another time ([`clock`]). A ledger records what
//! was asked. None of this uses the product's own model, parser or recurrence code: a fake that shares them would
//! agree with their mistakes.
//!
//! | path | what |
//! |---|---|
//! | `/o/oauth2/v2/auth`, `/token`, `/revoke`, `/oauth2/v2/userinfo` | OAuth with a consent page |
//! | `/calendar/v3/…`, `/batch/calendar/v3` | Calendar: every method of the contract but one |
//! | `/{tenant}/oauth2/v2.0/…` | Microsoft's sign-in with a consent page |
//! | `/v1.0/…` | Graph: profile, calendars, events, views, deltas, batches, subscriptions |
//! | `/.well-known/caldav`, `/dav/…` | CalDAV: homes, calendars, objects, reports |
//! | `/_sandbox/…` | control: clock, faults, switches, ledger, mails, violations, other people's edits, bulk data |
//!
//! Every request to Google is checked against an extract of its contract; what breaks it is kept as a violation. Nothing is
//! stored on disk, nobody is mailed, and only loopback addresses are called (push channels, subscriptions).
//! Deliberately not here (501 with a reason of the sandbox's own): handing a calendar over to another owner.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod caldav;
mod clock;
mod config;
mod control;
mod data;
mod entra;
mod faults;
mod google;
mod graph;
mod ics;
mod intercept;
mod ledger;
mod mails;
mod oauth;
mod proxy;
mod push;
mod random;
mod seed;
mod serve;
mod state;
mod switches;

use axum::{Router, middleware};
use tower_http::compression::CompressionLayer;

pub use clock::ClockStart;
pub use config::{Person, SandboxConfig};
pub use proxy::{ProxyConfig, start_proxy};
pub use serve::{Sandbox, start};
pub use state::SandboxState;

/// The whole sandbox as a router, for embedding in another server. Faults that drop connections answer 502 there: only
/// the sandbox's own server can close the socket.
pub fn router(state: SandboxState) -> Router {
    Router::new()
        .merge(oauth::routes())
        .merge(entra::routes())
        .merge(control::routes())
        .merge(graph::control::routes())
        .merge(caldav::control::routes())
        .merge(caldav::routes())
        .route("/v1.0/{*path}", axum::routing::any(graph::answer))
        .fallback(google::answer)
        .layer(middleware::from_fn_with_state(state.clone(), intercept::intercept))
        .layer(CompressionLayer::new())
        .with_state(state)
}
