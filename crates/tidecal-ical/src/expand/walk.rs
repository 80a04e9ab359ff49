//! The wall-clock times that one rule names, in order, between two bounds and under a meter.
//!
//! A rule is walked period by period (a year, a month, a week, a day, an hour …). Each period's set
//! is its days crossed with the times of a day, so BYSETPOS picks by arithmetic and no set is ever
//! built that a text could blow up. Periods before the lower bound are skipped by arithmetic too.
//!
//! Every choice where RFC 5545 leaves room follows python-dateutil, with one exception: the first
//! week of a WEEKLY rule is whole when BYSETPOS counts in it, as the first month of a MONTHLY one is.

use std::ops::ControlFlow;

use crate::civil::{self, DAY};
use crate::rule::{Freq, Rule};

/// Work that is still allowed: one unit for each period looked at and each time found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meter {
    left: u32,
}

impl Meter {
    pub(crate) fn new(left: u32) -> Self {
        Self { left }
    }

    /// Takes one unit; `false` if none is left.
    fn spend(&mut self) -> bool {
        let some = self.left > 0;
        self.left = self.left.saturating_sub(1);
        some
    }
}

/// Why a walk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Nothing more up to the upper bound, or the visitor had enough.
    Done,
    /// The meter ran out; everything before this wall-clock time has been visited.
    Exhausted(i64),
}

type Visit<'v> = dyn FnMut(i64) -> ControlFlow<()> + 'v;

/// A rule tied to the start of its series.
#[derive(Clone, Debug)]
pub(crate) struct Walk<'r> {
    rule: &'r Rule,
    /// Wall-clock seconds of DTSTART.
    start: i64,
    /// Bit `n` is month `n`.
    months: u16,
    /// Bit `n` is the `n`-th day of the month, counted from its first or from its last day.
    month_days: (u32, u32),
    /// Bit `n` is a weekday, Monday being 0; 0 means every one.
    weekdays: u8,
    /// BYDAY counts within the month or year.
    counted_days: bool,
    /// Seconds of the day (or hour, or minute) at which a set has its times, in order.
    times: Vec<i64>,
}

impl<'r> Walk<'r> {
    /// `with_time`: whether the series has times of day; the time parts of a rule for whole days
    /// are ignored (RFC 5545 3.3.10).
    pub(crate) fn new(rule: &'r Rule, start: i64, with_time: bool) -> Self {
        let (_, month, day) = civil::date_of(start.div_euclid(DAY));
        let mut walk = Self {
            rule,
            start,
            months: rule.by_month.iter().fold(0, |mask, month| mask | 1 << month),
            month_days: month_day_masks(&rule.by_month_day),
            weekdays: rule.by_day.iter().fold(0, |mask, day| mask | 1 << day.weekday),
            counted_days: rule.freq >= Freq::Monthly && rule.by_day.iter().any(|day| day.nth != 0),
            times: times(rule, start, with_time),
        };
        let picks_days = !(rule.by_day.is_empty()
            && rule.by_month_day.is_empty()
            && rule.by_year_day.is_empty()
            && rule.by_week_no.is_empty());
        if !picks_days {
            match rule.freq {
                Freq::Weekly => walk.weekdays = 1 << civil::weekday_of(start.div_euclid(DAY)),
                Freq::Monthly | Freq::Yearly => walk.month_days.0 = 1 << day,
                _ => {}
            }
            if rule.freq == Freq::Yearly && rule.by_month.is_empty() {
                walk.months = 1 << month;
            }
        }
        walk
    }

    /// Visits the times from `from` (or the start of the series, if later) up to and including `to`.
    pub(crate) fn visit(&self, from: i64, to: i64, meter: &mut Meter, visit: &mut Visit<'_>) -> Stop {
        let from = from.max(self.start);
        let to = to.min(civil::LAST_DAY * DAY + DAY - 1);
        if from > to {
            return Stop::Done;
        }
        if self.rule.freq < Freq::Daily {
            self.visit_short(from, to, meter, visit)
        } else {
            self.visit_long(from, to, meter, visit)
        }
    }

    /// DAILY to YEARLY: sets of days.
    fn visit_long(&self, from: i64, to: i64, meter: &mut Meter, visit: &mut Visit<'_>) -> Stop {
        let mut days = Vec::new();
        let mut period = self.period_of(from.div_euclid(DAY));
        loop {
            let first = self.first_day(period);
            if first.saturating_mul(DAY) > to {
                return Stop::Done;
            }
            days.clear();
            if !self.collect_days(first, meter, &mut days) {
                return Stop::Exhausted(first * DAY);
            }
            let flow = self.visit_set(&days, from, to, meter, visit);
            if let ControlFlow::Break(stop) = flow {
                return stop;
            }
            period += 1;
        }
    }

    /// The number of the period (in steps of INTERVAL from the first) that holds the day or lies
    /// last before it.
    fn period_of(&self, day: i64) -> i64 {
        let units = match self.rule.freq {
            Freq::Yearly => civil::date_of(day).0 - civil::date_of(self.start_day()).0,
            Freq::Monthly => month_number(day) - month_number(self.start_day()),
            Freq::Weekly => (day - self.first_week()).div_euclid(7),
            _ => day - self.start_day(),
        };
        units.div_euclid(i64::from(self.rule.interval)).max(0)
    }

    /// First day of a period.
    fn first_day(&self, period: i64) -> i64 {
        let units = period.saturating_mul(i64::from(self.rule.interval));
        match self.rule.freq {
            Freq::Yearly => civil::day_of(civil::date_of(self.start_day()).0 + units, 1, 1),
            Freq::Monthly => {
                let month = month_number(self.start_day()) + units;
                civil::day_of(month.div_euclid(12), month.rem_euclid(12) + 1, 1)
            }
            Freq::Weekly => self.first_week() + units * 7,
            _ => self.start_day() + units,
        }
    }

    fn start_day(&self) -> i64 {
        self.start.div_euclid(DAY)
    }

    fn first_week(&self) -> i64 {
        let day = self.start_day();
        day - (i64::from(civil::weekday_of(day)) - i64::from(self.rule.week_start)).rem_euclid(7)
    }

    /// The days of the set whose period begins on `first`; `false` if the meter ran out.
    fn collect_days(&self, first: i64, meter: &mut Meter, days: &mut Vec<i64>) -> bool {
        match self.rule.freq {
            Freq::Yearly => {
                let (year, _, _) = civil::date_of(first);
                let mut day = first;
                for month in 1..=12 {
                    let length = civil::days_in_month(year, month);
                    if self.months == 0 || self.months >> month & 1 == 1 {
                        if !meter.spend() {
                            return false;
                        }
                        self.collect_month((year, month, length), day, days);
                    }
                    day += length;
                }
                // A year whose months are all ruled out costs something too.
                self.months == 0 || meter.spend()
            }
            Freq::Monthly => {
                let (year, month, _) = civil::date_of(first);
                if self.months == 0 || self.months >> month & 1 == 1 {
                    self.collect_month((year, month, civil::days_in_month(year, month)), first, days);
                }
                meter.spend()
            }
            Freq::Weekly => {
                days.extend((first..first + 7).filter(|day| self.day_matches(*day)));
                meter.spend()
            }
            _ => {
                if self.day_matches(first) {
                    days.push(first);
                }
                meter.spend()
            }
        }
    }

    fn collect_month(&self, (year, month, length): (i64, i64, i64), first: i64, days: &mut Vec<i64>) {
        let matches = |of_month: &i64| self.in_month_matches(first + of_month - 1, (year, month, *of_month), length);
        days.extend((1..=length).filter(matches).map(|of_month| first + of_month - 1));
    }

    /// Whether every part that selects days admits the day.
    fn day_matches(&self, day: i64) -> bool {
        let simple = self.months == 0
            && self.month_days == (0, 0)
            && self.rule.by_year_day.is_empty()
            && self.rule.by_week_no.is_empty();
        if simple {
            return self.weekdays == 0 || self.weekdays >> civil::weekday_of(day) & 1 == 1;
        }
        let (year, month, of_month) = civil::date_of(day);
        let month_fits = self.months == 0 || self.months >> month & 1 == 1;
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

    /// Visits days crossed with times, or the positions of it that BYSETPOS names.
    fn visit_set(
        &self,
        days: &[i64],
        from: i64,
        to: i64,
        meter: &mut Meter,
        visit: &mut Visit<'_>,
    ) -> ControlFlow<Stop> {
        if self.rule.by_set_pos.is_empty() {
            for day in days {
                for time in &self.times {
                    one(day * DAY + time, from, to, meter, visit)?;
                }
            }
            return ControlFlow::Continue(());
        }
        for index in picked(&self.rule.by_set_pos, days.len() * self.times.len()) {
            let (day, time) = (index / self.times.len(), index % self.times.len());
            one(days[day] * DAY + self.times[time], from, to, meter, visit)?;
        }
        ControlFlow::Continue(())
    }

    /// SECONDLY to HOURLY: steps on a line of seconds; whatever rules a step out is jumped over.
    fn visit_short(&self, from: i64, to: i64, meter: &mut Meter, visit: &mut Visit<'_>) -> Stop {
        let unit = match self.rule.freq {
            Freq::Hourly => 3_600,
            Freq::Minutely => 60,
            _ => 1,
        };
        let first = self.start.div_euclid(unit) * unit;
        let step = unit * i64::from(self.rule.interval);
        let next_at = |least: i64| first + (least - first + step - 1).div_euclid(step).max(0) * step;
        let mut at = next_at(from - unit + 1);
        let mut fitting_day = i64::MIN;
        while at <= to {
            if !meter.spend() {
                return Stop::Exhausted(at);
            }
            if let Some(least) = self.ruled_out_until(at, &mut fitting_day) {
                at = next_at(least);
                continue;
            }
            if let ControlFlow::Break(stop) = self.visit_step(at, from, to, meter, visit) {
                return stop;
            }
            at += step;
        }
        Stop::Done
    }

    /// If BYMONTH … BYSECOND rule the step out: the earliest time that could fit.
    fn ruled_out_until(&self, at: i64, fitting_day: &mut i64) -> Option<i64> {
        let rule = self.rule;
        let day = at.div_euclid(DAY);
        if *fitting_day != day {
            let (year, month, _) = civil::date_of(day);
            if self.months != 0 && self.months >> month & 1 == 0 {
                return Some(civil::day_of(year + month / 12, month % 12 + 1, 1) * DAY);
            }
            if !self.day_matches(day) {
                return Some((day + 1) * DAY);
            }
            *fitting_day = day;
        }
        let lacks = |list: &[i16], value: i64| !list.is_empty() && !list.iter().any(|&item| i64::from(item) == value);
        if lacks(&rule.by_hour, at.rem_euclid(DAY) / 3_600) {
            return Some((at.div_euclid(3_600) + 1) * 3_600);
        }
        if rule.freq <= Freq::Minutely && lacks(&rule.by_minute, at.rem_euclid(3_600) / 60) {
            return Some((at.div_euclid(60) + 1) * 60);
        }
        (rule.freq == Freq::Secondly && lacks(&rule.by_second, at.rem_euclid(60))).then_some(at + 1)
    }

    fn visit_step(&self, at: i64, from: i64, to: i64, meter: &mut Meter, visit: &mut Visit<'_>) -> ControlFlow<Stop> {
        if self.rule.by_set_pos.is_empty() {
            return self.times.iter().try_for_each(|time| one(at + time, from, to, meter, visit));
        }
        picked(&self.rule.by_set_pos, self.times.len())
            .into_iter()
            .try_for_each(|index| one(at + self.times[index], from, to, meter, visit))
    }
}

/// One time: passed over before the bound, the end after it.
fn one(at: i64, from: i64, to: i64, meter: &mut Meter, visit: &mut Visit<'_>) -> ControlFlow<Stop> {
    if at > to {
        return ControlFlow::Break(Stop::Done);
    }
    if !meter.spend() {
        return ControlFlow::Break(Stop::Exhausted(at));
    }
    if at >= from && visit(at).is_break() {
        return ControlFlow::Break(Stop::Done);
    }
    ControlFlow::Continue(())
}

/// Indexes into a set of that size that BYSETPOS names, in order.
fn picked(positions: &[i16], size: usize) -> Vec<usize> {
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    let index = |&position: &i16| match i64::from(position) {
        position if position > 0 => position - 1,
        position => size + position,
    };
    let within = positions.iter().map(index).filter(|index| (0..size).contains(index));
    let mut picked: Vec<usize> = within.filter_map(|index| usize::try_from(index).ok()).collect();
    picked.sort_unstable();
    picked.dedup();
    picked
}

/// Months since year 0.
fn month_number(day: i64) -> i64 {
    let (year, month, _) = civil::date_of(day);
    year * 12 + month - 1
}

fn month_day_masks(list: &[i16]) -> (u32, u32) {
    let mask = |sign: i16| list.iter().filter(|day| **day * sign > 0).fold(0, |mask, day| mask | 1 << (day * sign));
    (mask(1), mask(-1))
}

/// The times of a set: BYHOUR x BYMINUTE x BYSECOND as far as they lie below FREQ, and what DTSTART
/// says for those that are missing.
fn times(rule: &Rule, start: i64, with_time: bool) -> Vec<i64> {
    if !with_time {
        return vec![0];
    }
    let of_day = start.rem_euclid(DAY);
    let part = |list: &[i16], below: bool, own: i64, most: i64| -> Vec<i64> {
        match (below, list) {
            (false, _) => vec![0],
            (true, []) => vec![own],
            (true, list) => list.iter().map(|&value| i64::from(value).min(most)).collect(),
        }
    };
    let hours = part(&rule.by_hour, rule.freq >= Freq::Daily, of_day / 3_600, 23);
    let minutes = part(&rule.by_minute, rule.freq >= Freq::Hourly, of_day / 60 % 60, 59);
    let seconds = part(&rule.by_second, rule.freq >= Freq::Minutely, of_day % 60, 59);
    let mut times = Vec::with_capacity(hours.len() * minutes.len() * seconds.len());
    for hour in hours {
        for minute in &minutes {
            times.extend(seconds.iter().map(|second| hour * 3_600 + minute * 60 + second));
        }
    }
    times.dedup();
    times
}
