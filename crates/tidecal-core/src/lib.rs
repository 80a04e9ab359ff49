//! The one place that decides: what an event is, what a sync does with it, when to retry and when
//! to stop.
//!
//! Pure: `now`, randomness and configuration are arguments; no runtime, database, network, files
//! or clock. Inputs go in, instructions come out ([`sync::Run`]); plans are plain data.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod model;
pub mod policy;
pub mod remote;
pub mod sync;

pub use tidecal_ical as ical;
