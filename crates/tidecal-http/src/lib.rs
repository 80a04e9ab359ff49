//! The one way out: every request that Tidecal sends passes this transport.
//!
//! Here: time limits, size limits on what a body decodes to, the guard against addresses that a
//! stranger's URL must not reach, one way to read `Retry-After`. A request is sent once: nothing is
//! retried, and redirects are answers like any other (whoever follows one asks the guard again).
//!
//! Deliberately not here: credentials, vendors, what an answer means.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod address;
mod config;
mod error;
mod guard;
mod resolve;
mod retry_after;
mod transport;

pub use config::{Guard, Patience, TransportConfig};
pub use error::TransportError;
pub use retry_after::retry_after;
pub use transport::Transport;
