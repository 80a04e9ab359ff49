//! Behaviour of the sandbox over HTTP, rule by rule.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

mod batch;
mod calendar_list;
mod calendars;
mod consent_page;
mod control;
mod dav;
mod desk;
mod faults;
mod graph;
mod guests;
mod listing;
mod mails;
mod oauth;
mod push;
mod reading;
mod series;
mod split;
mod strict;
mod sync;
mod whole;
mod writing;
