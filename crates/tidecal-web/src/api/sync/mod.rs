//! Syncing now.

pub(crate) mod manual;
