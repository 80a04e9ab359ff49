//! The wall-clock times that one rule names, in order, between two bounds and under a meter.
//!
//! A rule is walked period by period (a year, a month, a week, a day, an hour …). Each period's set
//! is its days crossed with the times of a day, so BYSETPOS picks by arithmetic and no set is ever
//! built that a text could blow up. Periods before the lower bound are skipped by arithmetic too.
//!
//! Every choice where RFC 5545 leaves room follows python-dateutil, with one exception: the first
//! week of a WEEKLY rule is whole when BYSETPOS counts in it, as the first month of a MONTHLY one is.

use std::ops::ControlFlow;

use super::days::DayFilter;
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
    days: DayFilter<'r>,
    /// Seconds of the day (or hour, or minute) at which a set has its times, in order.
    times: Vec<i64>,
}

impl<'r> Walk<'r> {
    /// `with_time`: whether the series has times of day; the time parts of a rule for whole days
    /// are ignored (RFC 5545 3.3.10).
    pub(crate) fn new(rule: &'r Rule, start: i64, with_time: bool) -> Self {
        Self { rule, start, days: DayFilter::new(rule, start), times: times(rule, start, with_time) }
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
                let by_year = self.days.collect_year(year, first, days);
                let mut day = first;
                for month in 1..=12 {
                    let length = civil::days_in_month(year, month);
                    if self.days.has_month(month) {
                        if !meter.spend() {
                            return false;
                        }
                        if !by_year {
                            self.days.collect_month((year, month, length), day, days);
                        }
                    }
                    day += length;
                }
                // A year whose months are all ruled out costs something too.
                self.days.has_all_months() || meter.spend()
            }
            Freq::Monthly => {
                let (year, month, _) = civil::date_of(first);
                if self.days.has_month(month) {
                    self.days.collect_month((year, month, civil::days_in_month(year, month)), first, days);
                }
                meter.spend()
            }
            Freq::Weekly => {
                days.extend((first..first + 7).filter(|day| self.days.has(*day)));
                meter.spend()
            }
            _ => {
                if self.days.has(first) {
                    days.push(first);
                }
                meter.spend()
            }
        }
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
            if !self.days.has_month(month) {
                return Some(civil::day_of(year + month / 12, month % 12 + 1, 1) * DAY);
            }
            if !self.days.has(day) {
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
