//! The Outlook adapter and its connect flow against the sandbox, over HTTP.
#![allow(clippy::unwrap_used, missing_docs)]

mod connect;
mod failures;
mod mirror;
mod peer;
mod reading;
mod rolling;
mod writing;
