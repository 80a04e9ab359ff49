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
pub(crate) mod listing;
mod page;
mod people;
pub(crate) mod update;
