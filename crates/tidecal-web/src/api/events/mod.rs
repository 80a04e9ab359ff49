//! Events of the local calendars.

pub(crate) mod expansion;
pub(crate) mod get;
mod instance;
pub(crate) mod list;
mod page;
mod people;
