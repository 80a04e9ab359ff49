//! `patternedRecurrence` and RRULE (RFC 5545 3.3.10): the six pattern types as data, both ways.
//!
//! Every pattern of Graph becomes a rule ([`read`]). Not every rule becomes a pattern ([`write`]);
//! a series whose rule does not stays read-only, with the reason. What cannot be mapped:
//!
//! - several RRULEs, RDATE, EXRULE (EXDATEs can: they are deleted occurrences);
//! - FREQ shorter than daily, BYHOUR, BYMINUTE, BYSECOND, BYYEARDAY, BYWEEKNO;
//! - several days of the month, days counted from its end except the last one, several months,
//!   months that narrow a shorter period (DAILY with BYMONTH);
//! - a weekday counted other than first to fourth or last, several counted weekdays, a counted
//!   weekday of the year, BYSETPOS other than 1 to 4 and -1, every Monday of a month;
//! - day 29, 30, 31 of a month and 29 February: iCalendar leaves out months without that day,
//!   Outlook takes their last day. Outlook's own such series are read as "the last of 28 to 31";
//! - every n-th day at certain weekdays; intervals over 99 (days: 999), more than 999 occurrences;
//! - a series whose first event is not among the dates of its own rule.

mod read;
mod write;

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};

pub(super) use read::{pattern, rule};
pub(super) use write::{Unmappable, patterned};

/// When a series repeats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    /// Every so many periods, at least 1.
    pub(super) interval: u32,
    pub(super) kind: Kind,
}

/// The six types of `recurrencePattern`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Daily,
    /// On these days of a week that begins with `first`.
    Weekly {
        days: Days,
        first: Weekday,
    },
    /// On that day of the month, or the month's last one if it is shorter.
    AbsoluteMonthly {
        day: i8,
    },
    /// On the first (second, …) of these days of the month.
    RelativeMonthly {
        days: Days,
        index: Index,
    },
    AbsoluteYearly {
        month: i8,
        day: i8,
    },
    RelativeYearly {
        month: i8,
        days: Days,
        index: Index,
    },
}

/// Days of the week, Monday first, without repeats.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Days(Vec<Weekday>);

/// `weekIndex`: which of the days that fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Index {
    First,
    Second,
    Third,
    Fourth,
    Last,
}

/// `recurrenceRange`: until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Never,
    /// That day, in the zone of the series, is the last one.
    On(Date),
    After(u32),
}

/// Names of weekdays in both spellings, Monday first.
const WEEKDAYS: [(Weekday, &str, &str); 7] = [
    (Weekday::Monday, "MO", "monday"),
    (Weekday::Tuesday, "TU", "tuesday"),
    (Weekday::Wednesday, "WE", "wednesday"),
    (Weekday::Thursday, "TH", "thursday"),
    (Weekday::Friday, "FR", "friday"),
    (Weekday::Saturday, "SA", "saturday"),
    (Weekday::Sunday, "SU", "sunday"),
];

/// `weekIndex` with its RRULE number.
const INDICES: [(Index, i8, &str); 5] = [
    (Index::First, 1, "first"),
    (Index::Second, 2, "second"),
    (Index::Third, 3, "third"),
    (Index::Fourth, 4, "fourth"),
    (Index::Last, -1, "last"),
];

impl Days {
    fn from_iter(days: impl IntoIterator<Item = Weekday>) -> Self {
        let mut days: Vec<Weekday> = days.into_iter().collect();
        days.sort_unstable_by_key(|day| day.to_monday_zero_offset());
        days.dedup();
        Self(days)
    }

    fn all() -> Self {
        Self(WEEKDAYS.map(|(day, _, _)| day).to_vec())
    }
}

impl Index {
    fn number(self) -> i8 {
        INDICES.iter().find(|(index, _, _)| *index == self).map_or(1, |(_, number, _)| *number)
    }

    fn from_number(number: i8) -> Option<Self> {
        INDICES.iter().find(|(_, known, _)| *known == number).map(|(index, _, _)| *index)
    }

    fn word(self) -> &'static str {
        INDICES.iter().find(|(index, _, _)| *index == self).map_or("first", |(_, _, word)| word)
    }
}

/// Days that every month has.
const EVERY_MONTH: i8 = 28;

/// Days of a month (1 to 12) in its shortest and its longest year.
fn lengths(month: i8) -> (i8, i8) {
    match month {
        2 => (28, 29),
        4 | 6 | 9 | 11 => (30, 30),
        _ => (31, 31),
    }
}

/// RRULE's two letters.
fn letters(day: Weekday) -> &'static str {
    WEEKDAYS.iter().find(|(known, _, _)| *known == day).map_or("MO", |(_, letters, _)| letters)
}

fn word(day: Weekday) -> &'static str {
    WEEKDAYS.iter().find(|(known, _, _)| *known == day).map_or("monday", |(_, _, word)| word)
}

/// Days that are looked at for the first date of a pattern: a yearly one of interval 99 is found.
const LONGEST_SEARCH: i32 = 366 * 100;

impl Pattern {
    /// The first date of the pattern from `start` on, periods being counted from there.
    pub(super) fn first_from(&self, start: Date) -> Option<Date> {
        if self.names(start, start) {
            return Some(start);
        }
        (1..LONGEST_SEARCH).map_while(|days| start.checked_add(days.days()).ok()).find(|date| self.names(start, *date))
    }

    /// Whether the pattern, counted from `anchor`, names that date (not before it).
    pub(super) fn names(&self, anchor: Date, date: Date) -> bool {
        let every = |periods: i64| periods % i64::from(self.interval.max(1)) == 0;
        let months = i64::from(date.year() - anchor.year()) * 12 + i64::from(date.month() - anchor.month());
        let years = i64::from(date.year() - anchor.year());
        match &self.kind {
            Kind::Daily => every(days_between(anchor, date)),
            Kind::Weekly { days, first } => {
                let week_of = |date: Date| days_between(EPOCH, date) - i64::from(since(*first, date.weekday()));
                days.0.contains(&date.weekday()) && every((week_of(date) - week_of(anchor)) / 7)
            }
            Kind::AbsoluteMonthly { day } => every(months) && date.day() == (*day).min(date.days_in_month()),
            Kind::RelativeMonthly { days, index } => every(months) && nth(date, days, *index),
            Kind::AbsoluteYearly { month, day } => {
                every(years) && date.month() == *month && date.day() == (*day).min(date.days_in_month())
            }
            Kind::RelativeYearly { month, days, index } => {
                every(years) && date.month() == *month && nth(date, days, *index)
            }
        }
    }
}

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

/// Days since the last `first`.
fn since(first: Weekday, day: Weekday) -> i8 {
    (day.to_monday_zero_offset() - first.to_monday_zero_offset()).rem_euclid(7)
}

/// Whether a date is the first (…, last) of the month's days that fit.
fn nth(date: Date, days: &Days, index: Index) -> bool {
    let fits = |day: i8| {
        let other = jiff::civil::date(date.year(), date.month(), day);
        days.0.contains(&other.weekday())
    };
    let mut all = (1..=date.days_in_month()).filter(|day| fits(*day));
    let found = match index {
        Index::Last => all.next_back(),
        other => all.nth(usize::try_from(other.number() - 1).unwrap_or(0)),
    };
    found == Some(date.day())
}

#[cfg(test)]
mod tests;
