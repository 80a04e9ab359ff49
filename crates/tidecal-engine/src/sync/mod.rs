//! Sync runs: claiming them, driving them, finishing them, asking for them.

mod claims;
mod drive;
mod finish;
mod jobs;
mod outage;
mod request;
mod retry;
mod scheduler;
mod vendor;

pub use jobs::{JobError, JobSummary};
pub use request::{Requested, SyncNow, SyncResult, SyncStatus};

pub(crate) use drive::{BATCH, Driver, Stop};
pub(crate) use retry::{Attempts, retry, retry_with};
pub(crate) use vendor::Vendor;
