//! What was done and what came of it, kept in a file so that a long run can be taken up again.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

/// Working again: ready, and one successful sync.
pub(super) const WORKING_AGAIN: Duration = Duration::from_secs(5);

/// Counts, times and faults of a run.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Tally {
    /// Seed that it began with.
    pub(super) seed: u64,
    /// Kills so far.
    pub(super) kills: usize,
    /// Of those, kills in the middle of the request that was meant.
    pub(super) struck: usize,
    /// Kills or other troubles, by kind.
    pub(super) kinds: BTreeMap<String, usize>,
    /// Milliseconds until it worked again, one for each restart.
    pub(super) times: Vec<u128>,
    /// What was wrong, with how to see it again.
    pub(super) faults: Vec<String>,
}

impl Tally {
    /// What an earlier run of that seed has left, if it was not at its end.
    pub(super) fn taken_up(file: &Path, seed: u64, kills: usize) -> Self {
        let kept = std::fs::read_to_string(file).ok().and_then(|text| serde_json::from_str::<Self>(&text).ok());
        kept.filter(|it| it.seed == seed && it.kills < kills).unwrap_or_else(|| Self { seed, ..Self::default() })
    }

    /// Writes it down.
    pub(super) fn keep(&self, file: &Path) -> Result<()> {
        std::fs::write(file, serde_json::to_string_pretty(self)?)
            .with_context(|| format!("cannot write {}", file.display()))
    }

    /// One kill, how long it took until it worked again, and what was wrong then.
    pub(super) fn kill(&mut self, kind: &str, struck: bool, time: Duration, wrong: &[String], story: &str) {
        self.kills += 1;
        self.struck += usize::from(struck);
        self.trouble(kind, time, wrong, story);
    }

    /// Another trouble than a kill.
    pub(super) fn trouble(&mut self, kind: &str, time: Duration, wrong: &[String], story: &str) {
        *self.kinds.entry(kind.to_owned()).or_default() += 1;
        self.times.push(time.as_millis());
        if time > WORKING_AGAIN {
            self.faults.push(format!("{story}: working again only after {:.1} s", time.as_secs_f64()));
        }
        self.faults.extend(wrong.iter().take(5).map(|it| format!("{story}: {it}")));
        let verdict = if wrong.is_empty() { "nothing lost, nothing doubled" } else { "WRONG" };
        println!("{story}: working after {} ms, {verdict}", time.as_millis());
    }

    /// For people.
    pub(super) fn told(&self) -> String {
        let mut times = self.times.clone();
        times.sort_unstable();
        let at = |share: usize| times.get(times.len().saturating_sub(1) * share / 100).copied().unwrap_or(0);
        let kinds: Vec<String> = self.kinds.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
        let mut text = format!(
            "{} kills, {} of them within the request that was meant; {}\nworking again after {} ms (median), {} ms (longest)\n{} faults",
            self.kills,
            self.struck,
            kinds.join(", "),
            at(50),
            at(100),
            self.faults.len()
        );
        for fault in &self.faults {
            text.push_str("\n  ");
            text.push_str(fault);
        }
        text
    }
}
