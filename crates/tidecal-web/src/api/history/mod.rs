//! What happened: the journal of syncs, the audit log, what people were told, and why an event is
//! where it is.

pub(crate) mod audit;
pub(crate) mod journal;
pub(crate) mod notifications;
pub(crate) mod why;
