//! Events of the local calendars.

pub(crate) mod answer;
pub(crate) mod create;
pub(crate) mod delete;
mod edit;
pub(crate) mod expansion;
mod fields;
pub(crate) mod get;
mod instance;
pub(crate) mod list;
mod page;
mod people;
pub(crate) mod update;
