//! Adapters: the only code that knows how a vendor speaks.
//!
//! Every adapter answers with the types of `tidecal_core::remote`; callers see capabilities and
//! failure classes, never a vendor. An adapter makes single attempts: when to try again is decided
//! in core and carried out by the engine. One request is one value with `request()` and `parse()`.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod adapter;
pub mod caldav;
mod excerpt;
#[cfg(test)]
mod fuzz;
pub mod google;
mod icalendar;
pub mod microsoft;
pub mod oauth;
mod registry;
mod unreached;

pub use adapter::{Access, Adapter};
pub use registry::{GoogleConfig, OutlookConfig, Registry, RegistryConfig};
