//! One finding, and how findings are printed.

use serde_json::{Value, json};

use crate::output;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// As it should be.
    Good,
    /// It works, and somebody should look at it.
    Look,
    /// It does not work.
    Wrong,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Look => "look",
            Self::Wrong => "wrong",
        }
    }
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Check {
    /// What was looked at; stable, for programs.
    pub(super) what: String,
    /// How it came out.
    pub(super) state: State,
    /// What was found.
    pub(super) text: String,
    /// What to do; empty if nothing is to be done.
    pub(super) step: String,
}

impl Check {
    pub(super) fn good(what: impl Into<String>, text: impl Into<String>) -> Self {
        Self { what: what.into(), state: State::Good, text: text.into(), step: String::new() }
    }

    pub(super) fn look(what: impl Into<String>, text: impl Into<String>, step: impl Into<String>) -> Self {
        Self { what: what.into(), state: State::Look, text: text.into(), step: step.into() }
    }

    pub(super) fn wrong(what: impl Into<String>, text: impl Into<String>, step: impl Into<String>) -> Self {
        Self { what: what.into(), state: State::Wrong, text: text.into(), step: step.into() }
    }
}

/// Prints the findings.
pub(super) fn report(checks: &[Check], as_json: bool) {
    if as_json {
        let one = |check: &Check| {
            let step = (!check.step.is_empty()).then_some(&check.step);
            json!({ "check": check.what, "state": check.state.word(), "text": check.text, "step": step })
        };
        return output::json(&Value::Array(checks.iter().map(one).collect()));
    }
    let row = |check: &Check| {
        let step = if check.step.is_empty() { String::new() } else { format!("\n-> {}", check.step) };
        vec![check.state.word().to_owned(), check.what.clone(), format!("{}{step}", check.text)]
    };
    output::table(&["", "Check", "Finding -> step"], checks.iter().map(row).collect(), "");
}
