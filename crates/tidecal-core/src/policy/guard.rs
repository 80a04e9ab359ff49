//! Brakes: what no run does without a person (invariant 5).
//!
//! [`Guard`] counts deletions, [`Brakes`] look at the other shapes of a disaster: a run that would
//! rewrite most of a calendar, a side that is suddenly empty, a clock that jumped. Each answers
//! with a [`GuardVerdict`]. What a person has released passes; a clock is the operator's matter, and
//! passes once it has stood from one look to the next.

use jiff::{SignedDuration, Timestamp};

/// Limits; a series counts once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guard {
    /// More deletions than this within 24 h are held.
    pub most: u64,
    /// From this many deletions on the share counts as well.
    pub share_from: u64,
    /// More than this share of the mapped live events, in percent, is held.
    pub share_percent: u64,
}

impl Default for Guard {
    fn default() -> Self {
        Self { most: 50, share_from: 5, share_percent: 20 }
    }
}

/// Whether a run may go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GuardVerdict {
    /// Yes.
    Go,
    /// A person must look: what would happen, in words.
    Hold(String),
}

impl GuardVerdict {
    /// The first of the two that holds.
    #[must_use]
    pub fn or(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::Go => other(),
            held @ Self::Hold(_) => held,
        }
    }
}

impl Guard {
    /// Judges `deletions` (of the last 24 h and now, together) out of `live` events that were
    /// mapped before them.
    #[must_use]
    pub fn judge(&self, deletions: u64, live: u64) -> GuardVerdict {
        let many = deletions > self.most;
        let large = deletions >= self.share_from && deletions * 100 > live * self.share_percent;
        if many || large {
            GuardVerdict::Hold(format!("{deletions} of {live} events would be deleted within 24 h"))
        } else {
            GuardVerdict::Go
        }
    }
}

/// Which side of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The local calendar.
    Local,
    /// The vendor's.
    Remote,
}

impl Side {
    fn words(self) -> &'static str {
        match self {
            Self::Local => "local calendar",
            Self::Remote => "vendor's calendar",
        }
    }
}

/// Limits of the brakes beside mass deletion; a series counts once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Brakes {
    /// Fewer rewritten events than this are never held.
    pub rewrite_from: u64,
    /// A run that would rewrite more than this share of the mapped live events, in percent, is held.
    pub rewrite_percent: u64,
    /// A side that had at least this many mapped events and now has none is held.
    pub emptied_from: u64,
    /// The clock may stand this much before the last run's: clocks of nodes differ.
    pub clock_back: SignedDuration,
    /// The clock may stand this much after the last run's: servers and connections rest.
    pub clock_ahead: SignedDuration,
}

impl Default for Brakes {
    fn default() -> Self {
        Self {
            rewrite_from: 20,
            rewrite_percent: 50,
            emptied_from: 5,
            clock_back: SignedDuration::from_mins(15),
            clock_ahead: SignedDuration::from_hours(24 * 366),
        }
    }
}

impl Brakes {
    /// Judges a run that would change the content of `rewrites` events on one side, of `live` that
    /// are mapped. A change of the version alone is no rewrite.
    #[must_use]
    pub fn judge_rewrite(&self, side: Side, rewrites: u64, live: u64) -> GuardVerdict {
        if rewrites >= self.rewrite_from && rewrites * 100 > live * self.rewrite_percent {
            let words = side.words();
            return GuardVerdict::Hold(format!(
                "{rewrites} of {live} events of the {words} would be rewritten at once"
            ));
        }
        GuardVerdict::Go
    }

    /// Judges a side that had `before` mapped live events and, by a whole and successful look, has
    /// `now` of them.
    #[must_use]
    pub fn judge_emptied(&self, side: Side, before: u64, now: u64) -> GuardVerdict {
        if now == 0 && before > 0 && before >= self.emptied_from {
            let words = side.words();
            return GuardVerdict::Hold(format!("the {words} is suddenly empty: it had {before} events"));
        }
        GuardVerdict::Go
    }

    /// Judges the clock by what it said at the last look (`None`: there was none). A wrong clock
    /// moves the window, ends leases and makes every edit look newer or older than it is.
    #[must_use]
    pub fn judge_clock(&self, last_look: Option<Timestamp>, now: Timestamp) -> GuardVerdict {
        let Some(last) = last_look else { return GuardVerdict::Go };
        let moved = now.duration_since(last);
        if moved < -self.clock_back {
            let minutes = -moved.as_mins();
            return GuardVerdict::Hold(format!("this server's clock stands {minutes} minutes before its last sync"));
        }
        if moved > self.clock_ahead {
            let days = moved.as_hours() / 24;
            return GuardVerdict::Hold(format!("this server's clock stands {days} days after its last sync"));
        }
        GuardVerdict::Go
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_held(verdict: &GuardVerdict) -> bool {
        matches!(verdict, GuardVerdict::Hold(_))
    }

    #[test]
    fn fifty_pass_and_fifty_one_are_held() {
        let guard = Guard::default();
        for (deletions, live, held) in [
            (50, 10_000, false),
            (51, 10_000, true),
            (4, 4, false),
            (5, 25, false),
            (5, 24, true),
            (20, 100, false),
            (21, 100, true),
            (0, 0, false),
        ] {
            assert_eq!(is_held(&guard.judge(deletions, live)), held, "{deletions} of {live}");
        }
    }

    #[test]
    fn rewriting_most_of_a_calendar_is_held() {
        for (rewrites, live, held) in [
            (0, 0, false),
            (19, 19, false),
            (20, 40, false),
            (20, 39, true),
            (21, 40, true),
            (500, 1_000, false),
            (501, 1_000, true),
            (1_000, 1_000, true),
        ] {
            for side in [Side::Local, Side::Remote] {
                let verdict = Brakes::default().judge_rewrite(side, rewrites, live);
                assert_eq!(is_held(&verdict), held, "{rewrites} of {live}");
            }
        }
    }

    #[test]
    fn a_side_that_is_suddenly_empty_is_held() {
        for (before, now, held) in
            [(0, 0, false), (4, 0, false), (5, 0, true), (5, 1, false), (1_000, 0, true), (0, 7, false)]
        {
            let verdict = Brakes::default().judge_emptied(Side::Remote, before, now);
            assert_eq!(is_held(&verdict), held, "{before} -> {now}");
        }
        let always = Brakes { emptied_from: 0, ..Brakes::default() };
        assert!(!is_held(&always.judge_emptied(Side::Local, 0, 0)), "nothing was there");
    }

    #[test]
    fn a_clock_that_jumped_is_held_and_a_skew_of_ten_minutes_is_not() {
        let last: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        for (now, held) in [
            ("2026-11-21T10:00:00Z", false),
            ("2026-11-21T09:50:00Z", false),
            ("2026-11-21T09:45:00Z", false),
            ("2026-11-21T09:44:59Z", true),
            ("1970-01-01T00:00:00Z", true),
            ("2026-11-21T10:10:00Z", false),
            ("2027-11-22T10:00:00Z", false),
            ("2027-11-23T10:00:01Z", true),
        ] {
            let now: Timestamp = now.parse().unwrap();
            assert_eq!(is_held(&Brakes::default().judge_clock(Some(last), now)), held, "{now}");
            assert!(!is_held(&Brakes::default().judge_clock(None, now)), "{now}");
        }
    }

    #[test]
    fn a_hold_names_what_would_happen_and_the_first_one_counts() {
        let brakes = Brakes::default();
        let emptied = brakes.judge_emptied(Side::Local, 12, 0);
        let rewrite = || brakes.judge_rewrite(Side::Remote, 80, 100);
        assert_eq!(
            rewrite(),
            GuardVerdict::Hold("80 of 100 events of the vendor's calendar would be rewritten at once".into())
        );
        assert_eq!(emptied.clone().or(rewrite), emptied);
        assert_eq!(emptied, GuardVerdict::Hold("the local calendar is suddenly empty: it had 12 events".into()));
        assert_eq!(GuardVerdict::Go.or(rewrite), rewrite());
    }
}
