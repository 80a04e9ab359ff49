//! When an access token is replaced, and what a refused one means (requirement R2.1).
//!
//! Expiries are counted on the clock of the node that stored them, from the moment of the vendor's
//! answer, so a clock that is wrong by some minutes does no harm by itself. Where two nodes differ,
//! or a token dies early, the vendor's refusal says so: it is worth one new token and one more
//! attempt.

use jiff::{SignedDuration, Timestamp};

use crate::remote::{Failure, FailureClass};

/// Idle accounts whose tokens expire together are refreshed over this long.
pub const SPREAD: SignedDuration = SignedDuration::from_secs(120);

/// A person is warned this long before a grant ends whose end is known.
pub const WARN_AHEAD: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Whether a token that expires then is replaced before it is used. `ahead`: the vendor's margin,
/// 5 minutes.
#[must_use]
pub fn is_due(expiry: Timestamp, now: Timestamp, ahead: SignedDuration) -> bool {
    expiry.duration_since(now) <= ahead
}

/// When an idle account is refreshed: within [`SPREAD`] before the margin begins, each at a moment
/// of its own that follows from its id, so that a mass expiry (a restore, a common sign-up day)
/// becomes no burst. A run that needs the token sooner does not wait for it.
#[must_use]
pub fn idle_refresh_at(expiry: Timestamp, ahead: SignedDuration, account_id: &str) -> Timestamp {
    // FNV-1a: the same on every node and in every version.
    let hash = account_id
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mixed = (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let spread = u64::try_from(SPREAD.as_millis()).unwrap_or(1).max(1);
    let early = SignedDuration::from_millis(i64::try_from(mixed % spread).unwrap_or(0));
    expiry.checked_sub(ahead).and_then(|at| at.checked_sub(early)).unwrap_or(Timestamp::MIN)
}

/// What to do about a refused call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Get a new token, whatever the old one's expiry says, and call once more.
    ReplaceOnce,
    /// It is what it says: pass it on.
    Believe,
}

/// A token that was thought good is refused (401): once per run it is replaced, because clocks
/// differ and tokens die early. The second refusal counts, and so do a refused password
/// (`is_token` false) and missing rights (403), which no new token mends.
#[must_use]
pub fn after_refusal(failure: &Failure, is_token: bool, replaced_already: bool) -> Refused {
    let refused = failure.class == FailureClass::Auth && failure.http_status == Some(401);
    if refused && is_token && !replaced_already { Refused::ReplaceOnce } else { Refused::Believe }
}

/// Whether the person is to be told that access will end: the end of the refresh token is known and
/// near. What has ended is no warning any more.
#[must_use]
pub fn ends_soon(grant_ends_at: Option<Timestamp>, now: Timestamp) -> bool {
    grant_ends_at.is_some_and(|end| end > now && end.duration_since(now) <= WARN_AHEAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-21T10:00:00Z".parse().unwrap()
    }

    const AHEAD: SignedDuration = SignedDuration::from_mins(5);

    #[test]
    fn a_token_is_replaced_five_minutes_ahead_and_not_before() {
        for (seconds_left, due) in [(-600, true), (0, true), (299, true), (300, true), (301, false), (3600, false)] {
            let expiry = now() + SignedDuration::from_secs(seconds_left);
            assert_eq!(is_due(expiry, now(), AHEAD), due, "{seconds_left}");
        }
    }

    #[test]
    fn a_mass_expiry_is_spread_over_more_than_a_minute_and_ends_before_the_margin() {
        let expiry = now() + SignedDuration::from_hours(1);
        let margin = expiry - AHEAD;
        let mut buckets = [0_u32; 12];
        for number in 0..1_200 {
            let id = format!("01a1fd8c-6900-7000-8000-{number:012x}");
            let at = idle_refresh_at(expiry, AHEAD, &id);
            assert_eq!(at, idle_refresh_at(expiry, AHEAD, &id), "the same on every node");
            let early = margin.duration_since(at);
            assert!(early >= SignedDuration::ZERO && early < SPREAD, "{early}");
            buckets[usize::try_from(early.as_secs() / 10).unwrap()] += 1;
        }
        assert!(buckets.iter().all(|count| (50..=170).contains(count)), "about 100 in each 10 s: {buckets:?}");
    }

    #[test]
    fn a_refused_token_is_replaced_once_and_never_in_a_loop() {
        let auth = |status| Failure::new(FailureClass::Auth, "google").status(status);
        let limited = Failure::new(FailureClass::RateLimited, "google").status(401);
        for (failure, is_token, replaced, expected) in [
            (auth(401), true, false, Refused::ReplaceOnce),
            (auth(401), true, true, Refused::Believe),
            (auth(401), false, false, Refused::Believe),
            (auth(403), true, false, Refused::Believe),
            (limited, true, false, Refused::Believe),
            (Failure::new(FailureClass::Auth, "no answer"), true, false, Refused::Believe),
        ] {
            assert_eq!(after_refusal(&failure, is_token, replaced), expected, "{failure:?} {is_token} {replaced}");
        }
    }

    #[test]
    fn the_end_of_a_limited_grant_is_told_a_week_ahead() {
        let end = |hours: i64| Some(now() + SignedDuration::from_hours(hours));
        for (ends, told) in [
            (None, false),
            (end(24 * 8), false),
            (end(24 * 7), true),
            (end(1), true),
            (end(0), false),
            (end(-1), false),
        ] {
            assert_eq!(ends_soon(ends, now()), told, "{ends:?}");
        }
    }
}
