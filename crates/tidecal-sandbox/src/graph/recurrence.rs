//! `patternedRecurrence`: what a series repeats by and how long, and the dates it falls on.
//!
//! Source: Microsoft Graph resource types recurrencePattern and recurrenceRange. Days past a month's end fall on its last
//! day, as the vendor's do.

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan as _};

use super::zones::Zone;

mod json;

/// Periods looked at before a pattern counts as exhausted.
const PERIODS: i64 = 40_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Daily,
    Weekly,
    AbsoluteMonthly,
    RelativeMonthly,
    AbsoluteYearly,
    RelativeYearly,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    pub(crate) kind: Kind,
    pub(crate) interval: i64,
    pub(crate) days: Vec<Weekday>,
    pub(crate) first_day: Weekday,
    /// 0 when the kind has none.
    pub(crate) day_of_month: i8,
    /// 1..=4, or -1 for the last.
    pub(crate) index: i8,
    /// 0 when the kind has none.
    pub(crate) month: i8,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    Never,
    /// Inclusive.
    On(Date),
    After(usize),
}

/// A whole recurrence.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Recurrence {
    pub(crate) pattern: Pattern,
    pub(crate) start: Date,
    pub(crate) end: End,
    pub(crate) zone: Zone,
}

impl Recurrence {
    /// Dates of the occurrences in `[from, to]`, ascending, at most `cap`. The first occurrence is the first match on or
    /// after the range's start; counts count from there.
    pub(crate) fn dates(&self, from: Option<Date>, to: Option<Date>, cap: usize) -> Vec<Date> {
        let mut found = Vec::new();
        let mut counted = 0;
        for period in self.first_period(from)..PERIODS {
            let Some(dates) = self.pattern.dates_of(self.start, period) else {
                break;
            };
            for date in dates.into_iter().filter(|date| *date >= self.start) {
                counted += 1;
                let over = match self.end {
                    End::Never => false,
                    End::On(last) => date > last,
                    End::After(count) => counted > count,
                };
                if over || to.is_some_and(|to| date > to) || found.len() >= cap {
                    return found;
                }
                if from.is_none_or(|from| date >= from) {
                    found.push(date);
                }
            }
        }
        found
    }

    /// The period to begin with: counts need all of them, the others can begin near `from`.
    fn first_period(&self, from: Option<Date>) -> i64 {
        let Some(from) = from.filter(|_| !matches!(self.end, End::After(_))) else {
            return 0;
        };
        let days = i64::from((from - self.start).get_days());
        let longest = match self.pattern.kind {
            Kind::Daily => 1,
            Kind::Weekly => 7,
            Kind::AbsoluteMonthly | Kind::RelativeMonthly => 31,
            Kind::AbsoluteYearly | Kind::RelativeYearly => 366,
        };
        (days / (longest * self.pattern.interval) - 2).max(0)
    }

    pub(crate) fn has(&self, date: Date) -> bool {
        self.dates(Some(date), Some(date), 1).first() == Some(&date)
    }

    pub(crate) fn first(&self) -> Option<Date> {
        self.dates(None, None, 1).first().copied()
    }
}

impl Pattern {
    /// Dates of the n-th period, ascending; `None` past the last year.
    fn dates_of(&self, start: Date, period: i64) -> Option<Vec<Date>> {
        let step = period.checked_mul(self.interval)?;
        match self.kind {
            Kind::Daily => Some(vec![start.checked_add(Span::new().try_days(step).ok()?).ok()?]),
            Kind::Weekly => {
                let back = i64::from(start.weekday().since(self.first_day));
                let week = start.checked_sub(back.days()).ok()?.checked_add(Span::new().try_weeks(step).ok()?).ok()?;
                let days = (0..7_i64).filter_map(|day| week.checked_add(day.days()).ok());
                Some(days.filter(|day| self.days.contains(&day.weekday())).collect())
            }
            Kind::AbsoluteMonthly | Kind::RelativeMonthly => {
                let months = i64::from(start.year()) * 12 + i64::from(start.month()) - 1 + step;
                let year = i16::try_from(months.div_euclid(12)).ok()?;
                let first = Date::new(year, i8::try_from(months.rem_euclid(12) + 1).ok()?, 1).ok()?;
                Some(self.date_in(first).into_iter().collect())
            }
            Kind::AbsoluteYearly | Kind::RelativeYearly => {
                let year = i16::try_from(i64::from(start.year()) + step).ok()?;
                Some(self.date_in(Date::new(year, self.month, 1).ok()?).into_iter().collect())
            }
        }
    }

    /// The one date of a month.
    fn date_in(&self, first: Date) -> Option<Date> {
        if matches!(self.kind, Kind::AbsoluteMonthly | Kind::AbsoluteYearly) {
            return Date::new(first.year(), first.month(), self.day_of_month.min(first.days_in_month())).ok();
        }
        let mut fitting: Vec<Date> = (1..=first.days_in_month())
            .filter_map(|day| Date::new(first.year(), first.month(), day).ok())
            .filter(|date| self.days.contains(&date.weekday()))
            .collect();
        if self.index < 0 { fitting.pop() } else { fitting.get(usize::try_from(self.index - 1).ok()?).copied() }
    }
}

#[cfg(test)]
mod tests;
