//! Waiting before another attempt (requirement R4.1).
//!
//! `jitter` arguments lie in `0.0..1.0`; randomness belongs to the caller.

use jiff::SignedDuration;

use crate::remote::{Failure, FailureClass};

/// Attempts after the first one, within a run.
pub const RETRIES: u32 = 3;

/// Longest wait inside a run; beyond it the run ends and `backoff_until` is set.
pub const LONGEST_WAIT: SignedDuration = SignedDuration::from_secs(60);

/// How long to wait before attempt `retry` (0 for the first retry) inside a run; `None`: give up.
#[must_use]
pub fn wait_in_run(failure: &Failure, retry: u32, jitter: f64) -> Option<SignedDuration> {
    if retry >= RETRIES {
        return None;
    }
    let asked = failure.retry_after.unwrap_or(SignedDuration::ZERO);
    let own = match failure.class {
        // 1 s, 2 s, 4 s plus at most 20 %.
        FailureClass::Transient => scaled(1 << retry, 1.0 + 0.2 * jitter),
        // Full jitter over 2 s, 4 s, 8 s, so that many waiters spread.
        FailureClass::RateLimited => scaled(2 << retry, jitter),
        _ => return None,
    };
    let wait = own.max(asked);
    (wait <= LONGEST_WAIT).then_some(wait)
}

/// How long a connection rests after `failed_runs` failed runs in a row: as long as the vendor
/// asks; else, for rate limits, full jitter under a cap that doubles from 1 minute to 1 hour.
#[must_use]
pub fn rest_after_rate_limit(failure: &Failure, failed_runs: u32, jitter: f64) -> SignedDuration {
    let cap = 60_i64 << failed_runs.saturating_sub(1).min(6);
    let own = scaled(cap.min(3600), 0.5 + 0.5 * jitter);
    own.max(failure.retry_after.unwrap_or(SignedDuration::ZERO))
}

/// When an open circuit is probed next: doubling from 5 minutes, at most 1 h, minus up to 20 %.
#[must_use]
pub fn rest_before_probe(failed_runs: u32, opens_at: u32, jitter: f64) -> SignedDuration {
    let minutes = 5_i64 << failed_runs.saturating_sub(opens_at).min(4);
    scaled(minutes.min(60) * 60, 1.0 - 0.2 * jitter)
}

fn scaled(seconds: i64, factor: f64) -> SignedDuration {
    #[expect(clippy::cast_precision_loss, reason = "at most an hour")]
    let seconds = seconds as f64;
    SignedDuration::from_secs_f64(seconds * factor.clamp(0.0, 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::PermanentScope;

    fn failure(class: FailureClass) -> Failure {
        Failure::new(class, "test")
    }

    #[test]
    fn transient_failures_wait_one_two_four_seconds_plus_a_fifth_at_most() {
        let transient = failure(FailureClass::Transient);
        for (retry, seconds) in [(0, 1), (1, 2), (2, 4)] {
            let least = wait_in_run(&transient, retry, 0.0).unwrap();
            let most = wait_in_run(&transient, retry, 1.0).unwrap();
            assert_eq!(least, SignedDuration::from_secs(seconds));
            assert_eq!(most, SignedDuration::from_millis(seconds * 1200));
        }
        assert_eq!(wait_in_run(&transient, 3, 0.0), None);
    }

    #[test]
    fn the_vendor_is_never_asked_before_it_wants_to_be() {
        let limited = failure(FailureClass::RateLimited);
        let wait = |seconds| limited.clone().retry_after(Some(SignedDuration::from_secs(seconds)));
        assert_eq!(wait_in_run(&wait(30), 0, 0.0), Some(SignedDuration::from_secs(30)));
        assert_eq!(wait_in_run(&wait(61), 0, 0.0), None, "longer waits end the run");
        assert_eq!(rest_after_rate_limit(&wait(7200), 1, 1.0), SignedDuration::from_secs(7200));
        assert!(rest_after_rate_limit(&limited, 40, 1.0) <= SignedDuration::from_hours(1));
    }

    #[test]
    fn what_cannot_work_is_not_tried_again() {
        for class in [
            FailureClass::Auth,
            FailureClass::Permanent(PermanentScope::Calendar),
            FailureClass::Configuration,
            FailureClass::CursorLost,
            FailureClass::Conflict,
        ] {
            assert_eq!(wait_in_run(&failure(class), 0, 0.5), None, "{class:?}");
        }
    }

    #[test]
    fn an_open_circuit_is_probed_within_the_hour() {
        for failures in 5..100 {
            let rest = rest_before_probe(failures, 5, 0.0);
            assert!(rest <= SignedDuration::from_hours(1) && rest >= SignedDuration::from_mins(4), "{failures}");
        }
    }
}
