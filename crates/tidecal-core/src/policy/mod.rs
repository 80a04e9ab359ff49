//! Policies: rules about time, kinds and limits, as functions of their arguments.

pub mod backoff;
mod circle;
pub mod event_type;
mod guard;
mod ids;
mod outcome;
mod restore;
mod schedule;
pub mod token;
mod vendor;
mod window;

#[cfg(test)]
mod requirements;

pub use circle::{Circle, Link, circle_of};
pub use guard::{Brakes, Guard, GuardVerdict, Side};
pub use ids::Ids;
pub use outcome::{CIRCUIT_OPENS_AT, Counters, FailedRun, after_failure, circuit_is_open};
pub use restore::{hold_after_restore, is_hold_after_restore};
pub use schedule::{Polling, next_sync_after};
pub use vendor::{VENDOR_OPENS_AT, VendorCircuit};
pub use window::Window;
