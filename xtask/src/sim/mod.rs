//! The simulator: whole calendars, people on all sides and everything that goes wrong in between,
//! seed by seed, against the real core.
//!
//! Here: model vendors of three temperaments, a model of the store, a driver, an oracle. Vendors and
//! oracle share no code with the core's merge and plan; `wire` alone knows both vocabularies. Worlds
//! come in three shapes (`kind`): one connection that only reads, which every test run takes; one
//! that writes, too, and two in step with one calendar (`both`), on request: they still find more
//! than is mended, `--survey` counts what.
//! Deliberately not here: HTTP, databases, adapters.

mod both;
mod caldav;
mod count;
mod edits;
mod google;
mod graph;
mod kind;
mod narrow;
mod oracle;
mod person;
mod planner;
mod report;
mod rewrite;
pub(crate) mod rng;
mod series;
mod shown;
mod store;
mod trace;
mod truth;
mod vendor;
mod watch;
mod wire;
mod worker;
mod world;
mod writes;

use std::fmt;

pub(crate) use report::{Options, run};

/// A rule that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Violation {
    rule: &'static str,
    detail: String,
    /// The vendor's id of the item in question.
    item: Option<String>,
}

impl Violation {
    fn new(rule: &'static str, detail: String) -> Self {
        Self { rule, detail, item: None }
    }

    fn of(rule: &'static str, detail: String, item: &str) -> Self {
        Self { rule, detail, item: Some(item.to_owned()) }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.detail)
    }
}
