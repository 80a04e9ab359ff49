//! Narrowing down: the fewest rounds and kinds of trouble with which a seed still fails.

use super::kind::Kind;
use super::world::{Knobs, Report};

/// The least that still breaks the same rule, with its trace.
pub(super) fn narrow(seed: u64, kind: Kind, rule: &str) -> (Knobs, Report) {
    let fails = |knobs: &Knobs| {
        let report = kind.run(seed, knobs, false);
        report.violation.is_some_and(|violation| violation.rule == rule)
    };
    let mut knobs = Knobs::default();
    for rounds in 1..12 {
        let fewer = Knobs { rounds, ..knobs.clone() };
        if fails(&fewer) {
            knobs = fewer;
            break;
        }
    }
    for kind in Knobs::TROUBLE {
        let mut without = knobs.clone();
        without.off.insert(kind);
        if fails(&without) {
            knobs = without;
        }
    }
    let report = kind.run(seed, &knobs, true);
    (knobs, report)
}
