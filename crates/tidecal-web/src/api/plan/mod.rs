//! What the next sync of a connection would do.

pub(crate) mod get;
