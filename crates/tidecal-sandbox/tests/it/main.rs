//! Behaviour of the sandbox over HTTP, rule by rule.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

mod calendar_list;
mod consent_page;
mod control;
mod desk;
mod faults;
mod guests;
mod listing;
mod oauth;
mod reading;
mod series;
mod strict;
mod sync;
mod writing;
