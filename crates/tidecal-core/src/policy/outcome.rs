//! What a failed run does to its connection (requirements R4.1, R4.2; invariant 15).

use jiff::Timestamp;

use super::backoff;
use crate::remote::{Failure, FailureClass, PermanentScope};

/// The circuit of a connection is open from this many failures on.
pub const CIRCUIT_OPENS_AT: u32 = 5;

/// Failure counters of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Failed runs of any class since the last success (`error_count`).
    pub error_count: u32,
    /// Of these the connection's own ones (`consecutive_failures`).
    pub consecutive_failures: u32,
}

/// The smaller of the two counts, so that an operator who resets either closes the circuit.
#[must_use]
pub fn circuit_is_open(counters: Counters) -> bool {
    counters.error_count.min(counters.consecutive_failures) >= CIRCUIT_OPENS_AT
}

/// What becomes of the connection, and of its account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedRun {
    /// New counters.
    pub counters: Counters,
    /// No vendor call before this.
    pub backoff_until: Option<Timestamp>,
    /// A permanent failure stops the connection until somebody resyncs or reconnects it.
    pub stopped_reason: Option<String>,
    /// The account's grant is dead: reconnect.
    pub reauth_required: bool,
    /// Every connection of the account stops.
    pub account_stopped: bool,
    /// The person is told, once: the failure needs them, or the circuit has just opened.
    pub notify: bool,
    /// For `last_error`: begins with the words that people and the runbook look for.
    pub last_error: String,
}

/// Decides. `jitter` lies in `0.0..1.0`.
#[must_use]
pub fn after_failure(before: Counters, failure: &Failure, now: Timestamp, jitter: f64) -> FailedRun {
    let own = match failure.class {
        FailureClass::RateLimited | FailureClass::Configuration => false,
        FailureClass::Transient => !failure.outage,
        _ => true,
    };
    let counters = Counters {
        error_count: before.error_count.saturating_add(1),
        consecutive_failures: before.consecutive_failures.saturating_add(u32::from(own)),
    };
    let (was_open, open) = (circuit_is_open(before), circuit_is_open(counters));
    let rest = match failure.class {
        FailureClass::RateLimited => Some(backoff::rest_after_rate_limit(failure, counters.error_count, jitter)),
        _ if open => {
            let failed = counters.error_count.min(counters.consecutive_failures);
            Some(backoff::rest_before_probe(failed, CIRCUIT_OPENS_AT, jitter))
        }
        _ => failure.retry_after,
    };
    let reauth_required = failure.class == FailureClass::Auth;
    let stopped = matches!(failure.class, FailureClass::Permanent(PermanentScope::Calendar | PermanentScope::Account));
    FailedRun {
        counters,
        backoff_until: rest.map(|rest| now.checked_add(rest).unwrap_or(Timestamp::MAX)),
        stopped_reason: stopped.then(|| failure.detail.clone()),
        reauth_required,
        account_stopped: failure.class == FailureClass::Permanent(PermanentScope::Account),
        notify: reauth_required || stopped || (open && !was_open),
        last_error: last_error(failure),
    }
}

/// The words of requirement R4.3, then what happened, then what to do.
fn last_error(failure: &Failure) -> String {
    let lead = match failure.class {
        FailureClass::Auth => "Authentication failed: ",
        FailureClass::RateLimited => "Rate limit exceeded: ",
        _ => "",
    };
    // The vendor's words may end with a full stop of their own.
    let stop = if failure.detail.ends_with(['.', '!', '?']) { "" } else { "." };
    let remedy = failure.remedy.as_deref().map_or(String::new(), |remedy| format!("{stop} {remedy}"));
    format!("{lead}{}{remedy}", failure.detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-21T10:00:00Z".parse().unwrap()
    }

    fn fail(times: u32, failure: &Failure) -> FailedRun {
        let mut run = after_failure(Counters::default(), failure, now(), 0.0);
        for _ in 1..times {
            run = after_failure(run.counters, failure, now(), 0.0);
        }
        run
    }

    #[test]
    fn circuit_breaker_disables_after_five_failures() {
        let failure = Failure::new(FailureClass::Transient, "caldav: unreadable answer");
        let (four, five) = (fail(4, &failure), fail(5, &failure));
        assert!(!circuit_is_open(four.counters) && circuit_is_open(five.counters));
        assert!(!four.notify && five.notify && !fail(6, &failure).notify, "told once");
        assert!(five.backoff_until.is_some_and(|until| until.duration_since(now()).as_hours() <= 1));
    }

    #[test]
    fn an_outage_or_a_rate_limit_disables_nobody() {
        for failure in [
            Failure::new(FailureClass::Transient, "google: 503").outage(),
            Failure::new(FailureClass::RateLimited, "google: 429"),
            Failure::new(FailureClass::Configuration, "google: invalid_client"),
        ] {
            let run = fail(100, &failure);
            assert!(!circuit_is_open(run.counters) && !run.notify && !run.reauth_required, "{failure:?}");
            assert_eq!((run.counters.error_count, run.counters.consecutive_failures), (100, 0));
        }
    }

    #[test]
    fn either_counter_reset_by_an_operator_closes_the_circuit() {
        let open = Counters { error_count: 9, consecutive_failures: 9 };
        assert!(circuit_is_open(open));
        assert!(!circuit_is_open(Counters { error_count: 0, ..open }));
        assert!(!circuit_is_open(Counters { consecutive_failures: 0, ..open }));
    }

    #[test]
    fn messages_begin_with_the_words_that_the_runbook_looks_for() {
        let auth = Failure::new(FailureClass::Auth, "google: 400 invalid_token: token expired").remedy("Reconnect");
        let run = fail(1, &auth);
        assert_eq!(run.last_error, "Authentication failed: google: 400 invalid_token: token expired. Reconnect");
        assert!(run.reauth_required && run.notify && run.stopped_reason.is_none());
        let limited = Failure::new(FailureClass::RateLimited, "google: 429 rateLimitExceeded");
        assert!(fail(1, &limited).last_error.starts_with("Rate limit exceeded: google: 429"));
    }

    #[test]
    fn a_permanent_failure_of_a_calendar_stops_it_and_of_an_event_does_not() {
        let stop = |scope| fail(1, &Failure::new(FailureClass::Permanent(scope), "gone")).stopped_reason.is_some();
        assert!(stop(PermanentScope::Calendar) && stop(PermanentScope::Account) && !stop(PermanentScope::Item));
    }
}
