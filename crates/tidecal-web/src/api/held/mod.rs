//! What waits for a person: runs that a brake has stopped, and writes that would mail somebody.

pub(crate) mod decide;
pub(crate) mod list;
