//! The window: which part of a calendar is kept in the local calendar (requirement R3.2).

use jiff::{Timestamp, ToSpan, tz::TimeZone};

/// From (inclusive) and to (exclusive). A local filter: rows outside are remembered, so that the
/// window rolls without asking the vendor again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Events that end before this are outside.
    pub from: Timestamp,
    /// Events that start at or after this are outside.
    pub to: Timestamp,
}

impl Window {
    /// All of time.
    pub const EVERYTHING: Self = Self { from: Timestamp::MIN, to: Timestamp::MAX };

    /// Months before and after `now`; 3 and 12 by default.
    #[must_use]
    pub fn around(now: Timestamp, months_back: u16, months_ahead: u16) -> Self {
        let at = now.to_zoned(TimeZone::UTC);
        let from = at.checked_sub(i64::from(months_back).months()).map_or(Timestamp::MIN, |at| at.timestamp());
        let to = at.checked_add(i64::from(months_ahead).months()).map_or(Timestamp::MAX, |at| at.timestamp());
        Self { from, to }
    }

    /// Whether something that lasts from `start` to `end` (`None`: endless) lies in the window.
    #[must_use]
    pub fn overlaps(&self, start: Timestamp, end: Option<Timestamp>) -> bool {
        start < self.to && end.is_none_or(|end| end > self.from || end == start && end == self.from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_edges_of_the_window() {
        let window = Window::around(at("2026-11-21T10:00:00Z"), 3, 12);
        assert_eq!((window.from, window.to), (at("2026-08-21T10:00:00Z"), at("2027-11-21T10:00:00Z")));
        for (start, end, inside) in [
            ("2026-08-20T09:00:00Z", Some("2026-08-21T10:00:00Z"), false),
            ("2026-08-20T09:00:00Z", Some("2026-08-21T10:00:01Z"), true),
            ("2027-11-21T10:00:00Z", Some("2027-11-21T11:00:00Z"), false),
            ("2027-11-21T09:59:59Z", Some("2027-11-22T00:00:00Z"), true),
            ("1990-01-01T00:00:00Z", None, true),
            ("2027-12-01T00:00:00Z", None, false),
        ] {
            assert_eq!(window.overlaps(at(start), end.map(at)), inside, "{start} {end:?}");
        }
    }
}
