//! For an outside cron.

pub(crate) mod calendar_sync;
