//! What a simulation has exercised: a count for each arm, fault and place. A zero over a whole run
//! means that the simulation proves less than it seems to, so it fails.

use std::collections::{BTreeMap, BTreeSet};

use super::kind::Kind;
use super::vendor::Temper;

/// Counts by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counters(BTreeMap<&'static str, u64>);

impl Counters {
    pub(super) fn hit(&mut self, name: &'static str) {
        *self.0.entry(name).or_default() += 1;
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (name, count) in &other.0 {
            *self.0.entry(name).or_default() += count;
        }
    }

    pub(super) fn get(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or(0)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.0.iter().map(|(name, count)| (*name, *count))
    }

    /// What should have happened in these kinds of worlds and did not.
    pub(super) fn missing(&self, kinds: &BTreeSet<Kind>) -> Vec<&'static str> {
        let mut wanted: Vec<&'static str> = Vec::new();
        for kind in kinds {
            let Kind::Inbound(temper) = kind else {
                wanted.extend(BOTH);
                wanted.extend(if matches!(kind, Kind::Hub(..)) { HUB } else { ONE });
                continue;
            };
            wanted.extend(ALWAYS);
            wanted.extend(match temper {
                Temper::Google => GOOGLE,
                Temper::Graph => GRAPH,
                Temper::Caldav => CALDAV,
            });
        }
        wanted.sort_unstable();
        wanted.dedup();
        wanted.retain(|name| self.get(name) == 0);
        wanted
    }
}

/// Whoever the vendor is.
const ALWAYS: &[&str] = &[
    "clock: over a change of summer time",
    "clock: the window moved",
    "crash: commit, after",
    "crash: commit, before",
    "crash: count",
    "crash: fetch items",
    "crash: fetch page",
    "crash: finish",
    "crash: load entering",
    "crash: load series",
    "crash: load unseen",
    "cursor lost: between runs",
    "cursor lost: page 1",
    "cursor lost: page 2",
    "cursor lost: page 3 or later",
    "decide: adopt",
    "decide: apply",
    "decide: bury",
    "decide: conflict, both changed",
    "decide: conflict, deleted here",
    "decide: conflict, gone there",
    "decide: keep local",
    "decide: keep out",
    "decide: merge",
    "decide: merge, overruled",
    "decide: quarantine",
    "decide: remove",
    "decide: unchanged",
    "edit: break",
    "edit: cancel an occurrence",
    "edit: change an exception",
    "edit: change the rule",
    "edit: create",
    "edit: delete",
    "edit: delete many",
    "edit: heal",
    "edit: make an exception",
    "edit: move the whole series",
    "edit: out of the window",
    "edit: re-create",
    "edit: same as here",
    "edit: split",
    "edit: version only",
    "fault: 429",
    "fault: 503",
    "fault: retried within the run",
    "fault: the database fails",
    "lease: lost at a commit",
    "lease: lost at the finish",
    "lease: two workers",
    "local: delete",
    "local: edit between runs",
    "local: edit during a run",
    "lie: everything is gone",
    "local: moved under a commit",
    "local: undo",
    "operator: reset between runs",
    "operator: reset under a commit",
    "operator: retry",
    "page cut: full",
    "person: releases",
    "restore: an older store",
    "run: comparison",
    "run: delta",
    "run: full",
    "run: held",
    "run: quiet",
    "run: resumed at a page",
    "verdict: conflicted",
    "verdict: mirrored",
    "verdict: out of window",
    "verdict: quarantined",
    "window: an entry entered",
    "window: an entry left",
];

/// In both directions.
const BOTH: &[&str] = &[
    "conflict: both changed",
    "conflict: deleted here",
    "conflict: gone there",
    "crash: commit, after",
    "crash: commit, before",
    "crash: load local",
    "crash: push, after",
    "crash: push, before",
    "cursor lost: between runs",
    "cursor lost: in a run",
    "here: cancel an occurrence",
    "here: delete",
    "here: invite a guest",
    "here: make",
    "here: make an exception",
    "here: move",
    "here: move the whole series",
    "here: moved under a commit",
    "here: say",
    "here: split",
    "here: undo",
    "lease: two workers",
    "mail: guests are told",
    "out: 409 or 412",
    "out: a copy waits for the window",
    "out: a new exception",
    "out: an answer is lost",
    "out: another batch",
    "out: create",
    "out: delete",
    "out: known before it is sent",
    "out: sent again within the run",
    "out: the next generation",
    "out: update",
    "person: releases",
    "run: held",
    "run: held on the way out",
    "run: quiet",
    "verdict: held",
];

/// With one connection.
const ONE: &[&str] = &["restore: an older store", "twin: a copy finds its original again"];

/// With two connections.
const HUB: &[&str] =
    &["edit: the same meeting for both", "rest: a bare copy", "twin: the same meeting", "verdict: filtered"];

const GOOGLE: &[&str] = &[
    "decide: ignore",
    "edit: only an occurrence is known",
    "edit: restore an occurrence",
    "lie: a list cut short",
    "lie: an empty list",
    "page cut: delta",
    "page token lost",
    "page: empty with a next one",
    "page: repeat in the page",
    "page: repeat of an earlier page",
    "run: range",
];

const GRAPH: &[&str] = &[
    "lie: a list cut short",
    "lie: an empty list",
    "page cut: delta",
    "page token lost",
    "page: empty with a next one",
    "page: repeat in the page",
    "page: repeat of an earlier page",
];

const CALDAV: &[&str] = &[
    "decide: ignore",
    "edit: new address",
    "edit: only an occurrence is known",
    "fault: one object cannot be fetched",
    "lie: an empty list",
    "page cut: delta",
];
