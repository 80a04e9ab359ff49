//! Health, and what to do about it.

pub(crate) mod get;
mod report;
pub(crate) mod resync;
