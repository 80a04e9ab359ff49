//! When a connection is synced next: every so often, sooner where much happens, later where nothing
//! does.

use jiff::{SignedDuration, Timestamp};

/// How often calendars are polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Polling {
    /// The ordinary interval.
    pub interval: SignedDuration,
    /// A busy calendar is polled this often; never more often than that.
    pub least: SignedDuration,
    /// An idle calendar is polled at least this often. Below an hour with its jitter, so that the
    /// runbook's search for stuck connections finds none that is merely idle.
    pub most: SignedDuration,
}

impl Default for Polling {
    fn default() -> Self {
        Self {
            interval: SignedDuration::from_mins(15),
            least: SignedDuration::from_mins(5),
            most: SignedDuration::from_mins(30),
        }
    }
}

/// A change not longer ago than this makes a calendar busy.
const BUSY: SignedDuration = SignedDuration::from_hours(1);

/// Without a change for this long a calendar is idle.
const IDLE: SignedDuration = SignedDuration::from_hours(24);

impl Polling {
    /// The interval of a calendar whose last change arrived then (`None`: none is known, which says
    /// nothing). Bounds that contradict the interval give way to it.
    #[must_use]
    pub fn interval_for(&self, last_changed_at: Option<Timestamp>, now: Timestamp) -> SignedDuration {
        let Some(changed) = last_changed_at else { return self.interval };
        match now.duration_since(changed) {
            quiet if quiet <= BUSY => (self.interval / 3).max(self.least).min(self.interval),
            quiet if quiet < IDLE => self.interval,
            _ => (self.interval * 2).min(self.most).max(self.interval),
        }
    }
}

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

    fn now() -> Timestamp {
        "2026-11-21T10:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_quarter_of_an_hour_means_thirteen_and_a_half_to_sixteen_and_a_half_minutes() {
        let quarter = SignedDuration::from_mins(15);
        for (jitter, seconds) in [(0.0, 810), (0.5, 900), (1.0, 990)] {
            assert_eq!(next_sync_after(now(), quarter, jitter).duration_since(now()).as_secs(), seconds);
        }
    }

    #[test]
    fn busy_calendars_are_polled_more_often_and_idle_ones_less() {
        for (quiet_minutes, minutes) in
            [(0, 5), (60, 5), (61, 15), (24 * 60 - 1, 15), (24 * 60, 30), (24 * 60 * 365, 30)]
        {
            let changed = Some(now() - SignedDuration::from_mins(quiet_minutes));
            let interval = Polling::default().interval_for(changed, now());
            assert_eq!(interval, SignedDuration::from_mins(minutes), "quiet for {quiet_minutes} min");
        }
        assert_eq!(Polling::default().interval_for(None, now()), SignedDuration::from_mins(15));
    }

    #[test]
    fn bounds_hold_and_the_interval_itself_always_counts() {
        let minutes = SignedDuration::from_mins;
        let (busy, idle) = (Some(now()), Some(now() - SignedDuration::from_hours(48)));
        for (interval, least, most, when_busy, when_idle) in [
            (15, 5, 30, 5, 30),
            (60, 5, 30, 20, 60),
            (3, 5, 30, 3, 6),
            (15, 15, 15, 15, 15),
            (1, 5, 30, 1, 2),
            (1440, 5, 30, 480, 1440),
        ] {
            let polling = Polling { interval: minutes(interval), least: minutes(least), most: minutes(most) };
            assert_eq!(polling.interval_for(busy, now()), minutes(when_busy), "{polling:?}");
            assert_eq!(polling.interval_for(idle, now()), minutes(when_idle), "{polling:?}");
        }
    }

    #[test]
    fn an_idle_calendar_is_never_taken_for_a_stuck_one() {
        let next = next_sync_after(now(), Polling::default().most, 1.0);
        assert!(next.duration_since(now()) < SignedDuration::from_mins(50));
    }
}
