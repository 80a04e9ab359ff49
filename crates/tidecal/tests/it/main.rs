//! Whole journeys: an engine over a real database, the sandbox and a real CalDAV server over HTTP,
//! a clock that tests move. Every scenario runs on SQLite and on PostgreSQL. Nothing sleeps.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

#[path = "../../../tidecal-store/tests/contract/harness.rs"]
#[allow(dead_code)]
mod harness;
#[path = "../../../tidecal-providers/tests/support/radicale.rs"]
mod radicale;

mod app;
mod both_ways;
mod brakes;
mod caldav;
mod conflicts;
mod consents;
mod failures;
mod google;
mod grants;
mod hands;
mod hub;
mod kth;
mod lives;
mod lost;
mod nodes;
mod outage;
mod outlook;
mod place;
mod problems;
mod refresh;
mod restored;
mod ring;
mod seen;
mod three;
mod tokens;
