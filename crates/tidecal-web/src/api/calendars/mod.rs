//! Local calendars.

pub(crate) mod list;
