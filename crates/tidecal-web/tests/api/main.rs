//! The HTTP side over a real store, on both databases: requests go into the router, nothing listens.
//! No vendor can be reached from here; what needs one is tested where the
//! whole program is.
#![allow(clippy::unwrap_used, missing_docs)]

mod app;
mod connections;
mod contracts;
mod database;
mod decisions;
mod documents;
mod edge;
mod edits;
mod events;
mod oauth;
mod request;
mod seed;
mod session;
mod stream;
mod tenancy;
