//! When a connection is synced next.

use jiff::{SignedDuration, Timestamp};

/// `interval` after `now`, spread over plus or minus 10 % so that connections made together do not
/// stay together. `jitter` lies in `0.0..1.0`.
#[must_use]
pub fn next_sync_after(now: Timestamp, interval: SignedDuration, jitter: f64) -> Timestamp {
    let factor = 0.9 + 0.2 * jitter.clamp(0.0, 1.0);
    let wait = SignedDuration::from_secs_f64(interval.as_secs_f64() * factor);
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_of_an_hour_means_thirteen_and_a_half_to_sixteen_and_a_half_minutes() {
        let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        let quarter = SignedDuration::from_mins(15);
        for (jitter, seconds) in [(0.0, 810), (0.5, 900), (1.0, 990)] {
            assert_eq!(next_sync_after(now, quarter, jitter).duration_since(now).as_secs(), seconds);
        }
    }
}
