//! A small recurrence expander of the sandbox's own (RFC 5545 section 3.3.10), written apart from every library the
//! product uses, so that the two can be compared.
//!
//! Knows DAILY, WEEKLY, MONTHLY, YEARLY with INTERVAL, COUNT, UNTIL, BYDAY (with ordinals), BYMONTHDAY, BYMONTH, BYSETPOS,
//! WKST, and the RDATE and EXDATE lines. Deliberately not: BYWEEKNO, BYYEARDAY, the parts below a day, EXRULE.

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::moment::Moment;

mod parse;

pub(crate) use parse::{basic_date, basic_date_time};

/// Periods looked at before a rule counts as exhausted: about 54 years of days.
const PERIODS: i64 = 20_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

#[derive(Debug, Clone, PartialEq)]
enum Until {
    Day(Date),
    Instant(Timestamp),
}

#[derive(Debug, Clone)]
struct Rule {
    frequency: Frequency,
    interval: i64,
    count: Option<usize>,
    until: Option<Until>,
    /// (ordinal or 0, weekday)
    by_day: Vec<(i8, Weekday)>,
    by_month_day: Vec<i8>,
    by_month: Vec<i8>,
    by_set_pos: Vec<i64>,
    week_start: Weekday,
}

/// The `recurrence` lines of one series.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recurrence {
    rules: Vec<Rule>,
    added: Vec<DateTime>,
    removed: Vec<DateTime>,
}

impl Recurrence {
    /// Reads the lines of a series that starts at `start`; the error says which line is wrong and how.
    pub(crate) fn parse<'a>(lines: impl IntoIterator<Item = &'a str>, start: &Moment) -> Result<Self, String> {
        let mut recurrence = Self::default();
        for line in lines {
            let (head, value) = line.split_once(':').ok_or_else(|| format!("no value in \"{line}\""))?;
            let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
            match name.to_ascii_uppercase().as_str() {
                "RRULE" => recurrence.rules.push(Rule::parse(value, start)?),
                "RDATE" => parse::read_dates(value, parameters, start, &mut recurrence.added)?,
                "EXDATE" => parse::read_dates(value, parameters, start, &mut recurrence.removed)?,
                other => return Err(format!("{other} is not allowed here")),
            }
        }
        Ok(recurrence)
    }

    /// Local times of the occurrences in `[from, before)`, ascending, at most `cap` of them.
    pub(crate) fn slots(
        &self,
        start: &Moment,
        from: Option<DateTime>,
        before: Option<DateTime>,
        cap: usize,
    ) -> Vec<DateTime> {
        let mut found = Vec::new();
        for rule in &self.rules {
            rule.expand(start, from, before, cap + self.removed.len(), &mut found);
        }
        if self.rules.is_empty() {
            found.push(start.local());
        }
        found.extend(self.added.iter().copied());
        found.retain(|slot| {
            from.is_none_or(|from| *slot >= from)
                && before.is_none_or(|before| *slot < before)
                && !self.removed.contains(slot)
        });
        found.sort_unstable();
        found.dedup();
        found.truncate(cap);
        found
    }

    /// Whether the series has an occurrence at exactly this local time.
    pub(crate) fn has(&self, start: &Moment, slot: DateTime) -> bool {
        let after = slot.checked_add(Span::new().seconds(1)).ok();
        !self.slots(start, Some(slot), after, 1).is_empty()
    }

    /// Whether every rule ends (COUNT or UNTIL).
    pub(crate) fn is_bounded(&self) -> bool {
        self.rules.iter().all(|rule| rule.count.is_some() || rule.until.is_some())
    }

    /// Whether the only rule is a yearly one without other parts (birthdays).
    pub(crate) fn is_plain_yearly(&self) -> bool {
        matches!(self.rules.as_slice(), [rule] if rule.frequency == Frequency::Yearly && rule.interval == 1)
    }
}

impl Rule {
    fn expand(
        &self,
        start: &Moment,
        from: Option<DateTime>,
        before: Option<DateTime>,
        cap: usize,
        found: &mut Vec<DateTime>,
    ) {
        let first = start.local();
        let (mut counted, mut kept) = (0_usize, 0_usize);
        for period in 0..PERIODS {
            let Some(mut dates) = self.dates_of(first.date(), period) else {
                return;
            };
            if period == 0 && !dates.contains(&first.date()) {
                // the start itself is always the first occurrence
                dates.push(first.date());
                dates.sort_unstable();
            }
            for date in dates {
                let slot = date.to_datetime(first.time());
                if slot < first {
                    continue;
                }
                counted += 1;
                let over = self.count.is_some_and(|count| counted > count)
                    || self.is_past(slot, start)
                    || before.is_some_and(|before| slot >= before);
                if over || kept >= cap {
                    return;
                }
                if from.is_none_or(|from| slot >= from) {
                    kept += 1;
                    found.push(slot);
                }
            }
        }
    }

    fn is_past(&self, slot: DateTime, start: &Moment) -> bool {
        match &self.until {
            None => false,
            Some(Until::Day(date)) => slot.date() > *date,
            Some(Until::Instant(instant)) => match start.with_local(slot) {
                Some(moment) => moment.instant(&TimeZone::UTC) > *instant,
                None => true,
            },
        }
    }

    /// Candidate dates of the n-th period, ascending; `None` past the last year.
    fn dates_of(&self, first: Date, period: i64) -> Option<Vec<Date>> {
        let step = period.checked_mul(self.interval)?;
        let mut dates = match self.frequency {
            Frequency::Daily => {
                let date = first.checked_add(Span::new().try_days(step).ok()?).ok()?;
                if self.allows(date) { vec![date] } else { Vec::new() }
            }
            Frequency::Weekly => self.dates_of_week(first, step)?,
            Frequency::Monthly => {
                let months = i64::from(first.year()) * 12 + i64::from(first.month()) - 1 + step;
                let year = i16::try_from(months.div_euclid(12)).ok()?;
                let month = i8::try_from(months.rem_euclid(12) + 1).ok()?;
                Date::new(year, month, 1).ok()?;
                self.dates_of_month(year, month, first.day())
            }
            Frequency::Yearly => {
                let year = i16::try_from(i64::from(first.year()) + step).ok()?;
                Date::new(year, 1, 1).ok()?;
                self.dates_of_year(year, first)
            }
        };
        dates.sort_unstable();
        dates.dedup();
        if !self.by_set_pos.is_empty() {
            let length = dates.len() as i64;
            dates = self
                .by_set_pos
                .iter()
                .map(|pos| if *pos > 0 { pos - 1 } else { length + pos })
                .filter_map(|index| dates.get(usize::try_from(index).ok()?).copied())
                .collect();
            dates.sort_unstable();
        }
        Some(dates)
    }

    fn dates_of_week(&self, first: Date, step: i64) -> Option<Vec<Date>> {
        let back = first.weekday().since(self.week_start);
        let week = first
            .checked_sub(Span::new().days(back))
            .and_then(|date| date.checked_add(Span::new().try_weeks(step)?))
            .ok()?;
        let days = (0..7).filter_map(|n| week.checked_add(Span::new().days(n)).ok());
        Some(
            days.filter(|date| {
                let wanted = if self.by_day.is_empty() {
                    date.weekday() == first.weekday()
                } else {
                    self.by_day.iter().any(|(_, day)| *day == date.weekday())
                };
                wanted && self.allows_month(*date)
            })
            .collect(),
        )
    }

    fn dates_of_month(&self, year: i16, month: i8, start_day: i8) -> Vec<Date> {
        let Ok(month_start) = Date::new(year, month, 1) else {
            return Vec::new();
        };
        if !self.allows_month(month_start) {
            return Vec::new();
        }
        let length = month_start.days_in_month();
        if !self.by_month_day.is_empty() {
            return self
                .by_month_day
                .iter()
                .map(|day| if *day > 0 { *day } else { length + day + 1 })
                .filter_map(|day| Date::new(year, month, day).ok())
                .filter(|date| self.allows_weekday(*date))
                .collect();
        }
        if self.by_day.is_empty() {
            return Date::new(year, month, start_day).into_iter().collect();
        }
        (1..=length)
            .filter_map(|day| Date::new(year, month, day).ok())
            .filter(|date| {
                let (nth, last) = ((date.day() - 1) / 7 + 1, -((length - date.day()) / 7 + 1));
                self.matches_ordinal(*date, i16::from(nth), i16::from(last))
            })
            .collect()
    }

    fn dates_of_year(&self, year: i16, first: Date) -> Vec<Date> {
        let whole_year = self.by_month.is_empty();
        if whole_year && self.by_month_day.is_empty() && !self.by_day.is_empty() {
            let Ok(new_year) = Date::new(year, 1, 1) else {
                return Vec::new();
            };
            let length = new_year.days_in_year();
            return (1..=length)
                .filter_map(|day| new_year.checked_add(Span::new().days(day - 1)).ok().map(|d| (day, d)))
                .filter(|(day, date)| self.matches_ordinal(*date, (day - 1) / 7 + 1, -((length - day) / 7 + 1)))
                .map(|(_, date)| date)
                .collect();
        }
        let months: Vec<i8> = match (whole_year, self.by_month_day.is_empty()) {
            (false, _) => self.by_month.clone(),
            (true, true) => vec![first.month()],
            (true, false) => (1..=12).collect(),
        };
        months.into_iter().flat_map(|month| self.dates_of_month(year, month, first.day())).collect()
    }

    fn matches_ordinal(&self, date: Date, nth: i16, last: i16) -> bool {
        self.by_day.iter().any(|(ordinal, day)| {
            let ordinal = i16::from(*ordinal);
            *day == date.weekday() && (ordinal == 0 || ordinal == nth || ordinal == last)
        })
    }

    fn allows(&self, date: Date) -> bool {
        let length = date.days_in_month();
        let month_day = self.by_month_day.is_empty()
            || self.by_month_day.iter().any(|day| *day == date.day() || length + day + 1 == date.day());
        month_day && self.allows_month(date) && self.allows_weekday(date)
    }

    fn allows_month(&self, date: Date) -> bool {
        self.by_month.is_empty() || self.by_month.contains(&date.month())
    }

    fn allows_weekday(&self, date: Date) -> bool {
        self.by_day.is_empty() || self.by_day.iter().any(|(_, day)| *day == date.weekday())
    }
}

#[cfg(test)]
mod tests;
