//! Which days the parts of a rule admit.

use crate::civil::{self, DAY};
use crate::rule::{Freq, Rule};

/// BYMONTH, BYMONTHDAY, BYDAY, BYYEARDAY and BYWEEKNO of a rule, and what DTSTART says for those that
/// are missing. Each part limits, whatever the frequency: of the days of a period those remain that
/// all parts admit, which for valid rules is what RFC 5545 calls expanding.
#[derive(Clone, Debug)]
pub(super) struct DayFilter<'r> {
    rule: &'r Rule,
    /// Bit `n` is month `n`; 0 means every one.
    months: u16,
    /// Bit `n` is the `n`-th day of the month, counted from its first or from its last day.
    month_days: (u32, u32),
    /// Bit `n` is a weekday, Monday being 0; 0 means every one.
    weekdays: u8,
    /// BYDAY counts within the month or year.
    counted_days: bool,
}

impl<'r> DayFilter<'r> {
    /// `start`: wall-clock seconds of DTSTART.
    pub(super) fn new(rule: &'r Rule, start: i64) -> Self {
        let (_, month, day) = civil::date_of(start.div_euclid(DAY));
        let mut filter = Self {
            rule,
            months: rule.by_month.iter().fold(0, |mask, month| mask | 1 << month),
            month_days: month_day_masks(&rule.by_month_day),
            weekdays: rule.by_day.iter().fold(0, |mask, day| mask | 1 << day.weekday),
            counted_days: rule.freq >= Freq::Monthly && rule.by_day.iter().any(|day| day.nth != 0),
        };
        let picks_days = !(rule.by_day.is_empty()
            && rule.by_month_day.is_empty()
            && rule.by_year_day.is_empty()
            && rule.by_week_no.is_empty());
        if !picks_days {
            match rule.freq {
                Freq::Weekly => filter.weekdays = 1 << civil::weekday_of(start.div_euclid(DAY)),
                Freq::Monthly | Freq::Yearly => filter.month_days.0 = 1 << day,
                _ => {}
            }
            if rule.freq == Freq::Yearly && rule.by_month.is_empty() {
                filter.months = 1 << month;
            }
        }
        filter
    }

    pub(super) fn has_all_months(&self) -> bool {
        self.months == 0
    }

    pub(super) fn has_month(&self, month: i64) -> bool {
        self.months == 0 || self.months >> month & 1 == 1
    }

    /// Adds the days of a month, given as year, month and length, that begins on the day `first`.
    pub(super) fn collect_month(&self, (year, month, length): (i64, i64, i64), first: i64, days: &mut Vec<i64>) {
        let mut bits = self.bits(length, first);
        while bits != 0 {
            let of_month = i64::from(bits.trailing_zeros());
            bits &= bits - 1;
            if self.counted_parts_match(first + of_month - 1, (year, month, of_month), length) {
                days.push(first + of_month - 1);
            }
        }
    }

    /// The days of a month that BYMONTHDAY and the weekdays of BYDAY admit: bit `n` is the `n`-th.
    fn bits(&self, length: i64, first: i64) -> u64 {
        let mut bits = ((1_u64 << length) - 1) << 1;
        let (forward, backward) = self.month_days;
        if (forward, backward) != (0, 0) {
            let from_end = (1..=length).filter(|nth| backward >> nth & 1 == 1);
            let from_end = from_end.fold(0, |mask, nth| mask | 1_u64 << (length - nth + 1));
            bits &= u64::from(forward) | from_end;
        }
        if self.weekdays != 0 {
            let (wanted, begin) = (u64::from(self.weekdays), civil::weekday_of(first));
            let week = (wanted >> begin | wanted << (7 - begin)) & 0x7f;
            bits &= (0..5).fold(0, |mask, nth| mask | week << (7 * nth)) << 1;
        }
        bits
    }

    /// Adds the days of a year that begins on the day `first`, for rules by week or day of the year,
    /// without looking at the others; `false` for other rules.
    pub(super) fn collect_year(&self, year: i64, first: i64, days: &mut Vec<i64>) -> bool {
        let length = civil::days_in_year(year);
        let from = days.len();
        if !self.rule.by_year_day.is_empty() {
            let named = self.rule.by_year_day.iter().map(|nth| i64::from(*nth));
            let named = named.map(|nth| if nth > 0 { nth - 1 } else { length + nth });
            days.extend(named.filter(|nth| (0..length).contains(nth)).map(|nth| first + nth));
        } else if !self.rule.by_week_no.is_empty() {
            // The first and last days of a year may lie in weeks of its neighbours.
            for week_year in year - 1..=year + 1 {
                let (begin, weeks) = civil::weeks_of_year(week_year, self.rule.week_start);
                let named = self.rule.by_week_no.iter().map(|nth| i64::from(*nth));
                let named = named.map(|nth| if nth > 0 { nth } else { weeks + 1 + nth });
                for week in named.filter(|week| (1..=weeks).contains(week)) {
                    let monday = begin + (week - 1) * 7;
                    days.extend((monday..monday + 7).filter(|day| (first..first + length).contains(day)));
                }
            }
        } else {
            return false;
        }
        days[from..].sort_unstable();
        days.dedup();
        days.retain(|day| self.has(*day));
        true
    }

    /// Whether every part that selects days admits the day.
    pub(super) fn has(&self, day: i64) -> bool {
        let simple = self.months == 0
            && self.month_days == (0, 0)
            && self.rule.by_year_day.is_empty()
            && self.rule.by_week_no.is_empty();
        if simple {
            return self.weekdays == 0 || self.weekdays >> civil::weekday_of(day) & 1 == 1;
        }
        let (year, month, of_month) = civil::date_of(day);
        let month_fits = self.has_month(month);
        month_fits && self.in_month_matches(day, (year, month, of_month), civil::days_in_month(year, month))
    }

    /// The same without BYMONTH.
    fn in_month_matches(&self, day: i64, (year, month, of_month): (i64, i64, i64), length: i64) -> bool {
        let (forward, backward) = self.month_days;
        if (forward, backward) != (0, 0) && forward >> of_month & 1 == 0 && backward >> (length - of_month + 1) & 1 == 0
        {
            return false;
        }
        if self.weekdays != 0 && self.weekdays >> civil::weekday_of(day) & 1 == 0 {
            return false;
        }
        self.counted_parts_match(day, (year, month, of_month), length)
    }

    /// Numbered BYDAY, BYYEARDAY and BYWEEKNO.
    fn counted_parts_match(&self, day: i64, (year, month, of_month): (i64, i64, i64), length: i64) -> bool {
        if self.counted_days && !self.counted_day_matches(day, (year, month, of_month), length) {
            return false;
        }
        let positions = |list: &[i16], position: i64, total: i64| {
            list.iter().any(|&item| i64::from(item) == position || i64::from(item) == position - total - 1)
        };
        if !self.rule.by_year_day.is_empty() {
            let of_year = day - civil::day_of(year, 1, 1) + 1;
            if !positions(&self.rule.by_year_day, of_year, civil::days_in_year(year)) {
                return false;
            }
        }
        self.rule.by_week_no.is_empty() || {
            let (_, week, weeks) = civil::week_of(day, self.rule.week_start);
            positions(&self.rule.by_week_no, week, weeks)
        }
    }

    /// BYDAY with numbers: within the month, or within the year of a YEARLY rule without BYMONTH.
    fn counted_day_matches(&self, day: i64, (year, _, of_month): (i64, i64, i64), length: i64) -> bool {
        let in_year = self.rule.freq == Freq::Yearly && self.rule.by_month.is_empty();
        let (position, total) =
            if in_year { (day - civil::day_of(year, 1, 1) + 1, civil::days_in_year(year)) } else { (of_month, length) };
        let forward = (position - 1) / 7 + 1;
        let backward = -((total - position) / 7 + 1);
        let weekday = civil::weekday_of(day);
        self.rule.by_day.iter().any(|entry| {
            let nth = i64::from(entry.nth);
            entry.weekday == weekday && (nth == 0 || nth == forward || nth == backward)
        })
    }
}

fn month_day_masks(list: &[i16]) -> (u32, u32) {
    let mask = |sign: i16| list.iter().filter(|day| **day * sign > 0).fold(0, |mask, day| mask | 1 << (day * sign));
    (mask(1), mask(-1))
}
