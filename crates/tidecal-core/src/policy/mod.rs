//! Policies: rules about time, kinds and limits, as functions of their arguments.

pub mod backoff;
pub mod event_type;
mod guard;
mod ids;
mod outcome;
mod schedule;
mod window;

pub use guard::{Guard, GuardVerdict};
pub use ids::Ids;
pub use outcome::{CIRCUIT_OPENS_AT, Counters, FailedRun, after_failure, circuit_is_open};
pub use schedule::next_sync_after;
pub use window::Window;
