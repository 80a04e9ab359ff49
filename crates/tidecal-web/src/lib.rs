//! HTTP in: the JSON interface and its description, OAuth callbacks, sessions, live stream, and the
//! files of the web interface.
//!
//! [`router`] makes an [`axum::Router`] from a [`WebState`]; [`openapi`] describes it. One operation is
//! one file under `api/`. Every handler takes its caller from the request, its data from the store
//! under that caller's scope, and leaves everything that reaches out or decides to the engine.
//!
//! Deliberately not here: listening, TLS, configuration files (the binary), the interface's files (handed
//! in as [`Assets`]), rules about syncing (the core).

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod api;
mod assets;
mod auth;
mod changes;
mod config;
mod document;
mod fallback;
mod headers;
mod idempotency;
mod input;
mod layers;
mod operation;
mod pages;
mod peer;
mod problem;
mod request_id;
mod router;
mod state;
mod times;

pub use api::events::expansion::{Slot, Timed, Times, slots};
pub use assets::{Asset, Assets};
pub use auth::{PasswordError, hash_password, hash_token, new_token};
pub use config::WebConfig;
pub use document::openapi;
pub use router::router;
pub use state::WebState;
