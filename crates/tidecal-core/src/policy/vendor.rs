//! The circuit of a vendor (invariant 15): failures that lie with the vendor, shared by several
//! connections, stop all calls to it but one probe at a time, and disable nobody.
//!
//! The state is data, kept in the database, because all nodes share the vendor: what one has learnt
//! the others need not find out, probes are counted over all of them, and a restart during an
//! outage does not begin with every connection at once. Nothing is written while a vendor is well.

use jiff::{SignedDuration, Timestamp};

/// Different connections that must have failed, without any answer in between.
pub const VENDOR_OPENS_AT: usize = 5;

/// Failures that lie further apart are not one outage.
const ONE_OUTAGE: SignedDuration = SignedDuration::from_hours(1);

/// Between two probes at least; it doubles with each.
const FIRST_PROBE: SignedDuration = SignedDuration::from_secs(1);

/// Between two probes at most.
const LAST_PROBE: SignedDuration = SignedDuration::from_secs(60);

/// What is known of a vendor's health.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VendorCircuit {
    /// Connections that failed since the last answer, at most [`VENDOR_OPENS_AT`]: beyond that only
    /// their being many counts.
    pub failing: Vec<String>,
    /// When the first of them did.
    pub failing_since: Option<Timestamp>,
    /// When the circuit opened; `None`: it is closed.
    pub opened_at: Option<Timestamp>,
    /// When the next probe may be made.
    pub probe_at: Option<Timestamp>,
    /// Probes that failed.
    pub probes: u32,
}

impl VendorCircuit {
    /// Whether calls wait.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.opened_at.is_some()
    }

    /// Whether one connection may try now.
    #[must_use]
    pub fn is_probe_due(&self, now: Timestamp) -> bool {
        self.is_open() && self.probe_at.is_none_or(|at| at <= now)
    }

    /// One connection takes the probe: nobody else does until it has reported, or for `at_most` if
    /// it never reports.
    #[must_use]
    pub fn take_probe(mut self, now: Timestamp, at_most: SignedDuration) -> Self {
        self.probe_at = Some(later(now, at_most));
        self
    }

    /// A run of that connection failed by the vendor's fault. `is_probe`: it was the one that was
    /// let through. `jitter` lies in `0.0..1.0`.
    #[must_use]
    pub fn after_outage(mut self, connection: &str, is_probe: bool, now: Timestamp, jitter: f64) -> Self {
        if self.is_open() {
            // Others were under way when it opened: they say nothing new.
            if is_probe {
                self.probes = self.probes.saturating_add(1);
                self.probe_at = Some(later(now, rest_between_probes(self.probes, jitter)));
            }
            return self;
        }
        if self.failing_since.is_none_or(|since| now.duration_since(since) > ONE_OUTAGE) {
            self.failing.clear();
            self.failing_since = Some(now);
        }
        if !self.failing.iter().any(|known| known == connection) {
            self.failing.push(connection.to_owned());
        }
        if self.failing.len() >= VENDOR_OPENS_AT {
            self.opened_at = Some(now);
            self.probe_at = Some(later(now, rest_between_probes(0, jitter)));
        }
        self
    }

    /// The vendor answered somebody, if only to refuse: it is there.
    #[must_use]
    pub fn after_answer(self) -> Self {
        Self::default()
    }
}

/// 1 s, 2 s, 4 s … 60 s, plus at most 20 %.
fn rest_between_probes(failed: u32, jitter: f64) -> SignedDuration {
    let seconds = FIRST_PROBE.as_secs() << failed.min(6);
    let seconds = seconds.min(LAST_PROBE.as_secs());
    #[expect(clippy::cast_precision_loss, reason = "at most a minute")]
    let spread = seconds as f64 * (1.0 + 0.2 * jitter.clamp(0.0, 1.0));
    SignedDuration::from_secs_f64(spread)
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-21T10:00:00Z".parse().unwrap()
    }

    fn at(seconds: i64) -> Timestamp {
        now() + SignedDuration::from_secs(seconds)
    }

    fn failed_by(names: &[&str]) -> VendorCircuit {
        names.iter().fold(VendorCircuit::default(), |it, name| it.after_outage(name, false, now(), 0.0))
    }

    #[test]
    fn only_different_connections_without_an_answer_in_between_open_it() {
        assert!(!failed_by(&["a", "b", "c", "d"]).is_open());
        assert!(failed_by(&["a", "b", "c", "d", "e"]).is_open());
        assert!(!failed_by(&["a"; 100]).is_open(), "one connection is not many");
        let answered = failed_by(&["a", "b", "c", "d"]).after_answer();
        assert!(!answered.after_outage("e", false, now(), 0.0).is_open());
    }

    #[test]
    fn failures_hours_apart_are_not_one_outage() {
        let names = ["a", "b", "c", "d", "e"];
        let slow = |step: i64| {
            names
                .iter()
                .zip(0..)
                .fold(VendorCircuit::default(), |it, (name, n)| it.after_outage(name, false, at(step * n), 0.0))
        };
        assert!(slow(900).is_open(), "one hour in all");
        assert!(!slow(1800).is_open(), "two hours in all");
    }

    #[test]
    fn probes_are_one_at_a_time_at_most_one_a_second_and_within_the_minute() {
        let mut circuit = failed_by(&["a", "b", "c", "d", "e"]);
        let mut clock = now();
        let mut waits = Vec::new();
        for _ in 0..9 {
            assert!(!circuit.is_probe_due(clock));
            let due = circuit.probe_at.unwrap();
            waits.push(due.duration_since(clock).as_secs());
            clock = due;
            assert!(circuit.is_probe_due(clock));
            circuit = circuit.take_probe(clock, SignedDuration::from_secs(60));
            assert!(!circuit.is_probe_due(clock), "one at a time");
            circuit = circuit.after_outage("x", true, clock, 0.0);
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        let jittered = failed_by(&["a", "b", "c", "d"]).after_outage("e", false, now(), 1.0);
        assert_eq!(jittered.probe_at, Some(now() + SignedDuration::from_millis(1200)), "never earlier than a second");
    }

    #[test]
    fn a_probe_that_never_reports_is_made_again_and_who_was_under_way_changes_nothing() {
        let open = failed_by(&["a", "b", "c", "d", "e"]);
        assert_eq!(open.clone().after_outage("f", false, at(5), 0.0), open);
        let taken = open.take_probe(at(1), SignedDuration::from_secs(60));
        assert!(!taken.is_probe_due(at(60)) && taken.is_probe_due(at(61)));
    }

    #[test]
    fn any_answer_closes_it() {
        let open = failed_by(&["a", "b", "c", "d", "e"]);
        assert_eq!(open.after_answer(), VendorCircuit::default());
    }
}
