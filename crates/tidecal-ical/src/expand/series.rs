//! One series as numbers: what its keys are, how a rule's wall-clock times become keys, what lies
//! in a range.
//!
//! A key is one number per occurrence that sorts like its start: seconds since 1970 UTC for zoned
//! series, wall-clock seconds for floating ones and for whole days (at midnight).

use std::ops::ControlFlow;

use jiff::Timestamp;

use super::clock::{Clock, Instant};
use super::walk::{Meter, Stop, Walk};
use super::{Days, Range};
use crate::civil::{self, DAY};
use crate::rule::{Rule, Until};
use crate::{Period, RecurrenceId, When, Zone};

/// How the starts of a series are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Days,
    Floating,
    Zoned,
}

pub(super) struct Series<'w> {
    pub(super) when: &'w When,
    pub(super) kind: Kind,
    /// The clock of the series: of its zone, or of the zone in which floating times are read.
    pub(super) clock: Clock,
    /// The clock of the end, if it is another one.
    pub(super) end_clock: Option<Clock>,
    /// Wall-clock seconds of DTSTART.
    pub(super) start: i64,
    /// Seconds from start to end: elapsed for zoned series, of the wall clock otherwise.
    pub(super) length: i64,
    /// Keys with another length, and that length.
    lengths: Vec<(i64, i64)>,
}

impl<'w> Series<'w> {
    pub(super) fn new(when: &'w When, floating_in: &Zone) -> Self {
        let utc = Zone::utc();
        let (kind, zone) = match when {
            When::AllDay { .. } => (Kind::Days, floating_in),
            When::Timed { start, .. } => match &start.zone {
                Some(zone) => (Kind::Zoned, zone),
                None => (Kind::Floating, floating_in),
            },
        };
        let end_clock = match when {
            When::Timed { start, end } if end.zone != start.zone => {
                end.zone.as_ref().map(|zone| Clock::new(zone.rules()))
            }
            _ => None,
        };
        let length = match when {
            When::AllDay { start, end } => (civil::day_number(*end) - civil::day_number(*start)) * DAY,
            When::Timed { start, end } => end.instant(&utc).as_second() - start.instant(&utc).as_second(),
        };
        Self {
            when,
            kind,
            clock: Clock::new(zone.rules()),
            end_clock,
            start: civil::seconds_of(when.start_local()),
            length: length.max(0),
            lengths: Vec::new(),
        }
    }

    /// With the lengths that RDATEs bring; DTSTART keeps its own.
    pub(super) fn with_periods(mut self, periods: &[Period]) -> Self {
        let first = self.first_key();
        let timed = if self.kind == Kind::Days { &[] } else { periods };
        for period in timed {
            if let Some(key) = self.keys_of(period.start).filter(|key| *key != first) {
                self.lengths.push((key, i64::from(period.seconds)));
            }
        }
        self.lengths.sort_unstable();
        self
    }

    /// Seconds from the start to the end of one occurrence.
    pub(super) fn length_of(&self, key: i64) -> i64 {
        match self.lengths.binary_search_by_key(&key, |(known, _)| *known) {
            Ok(at) => self.lengths[at].1,
            Err(_) => self.length,
        }
    }

    /// The end of what RDATEs with a length of their own name, if there are any.
    pub(super) fn end_of_periods(&mut self) -> Option<i64> {
        let keys: Vec<i64> = self.lengths.iter().map(|(key, _)| *key).collect();
        keys.into_iter().map(|key| self.end_of(key)).max()
    }

    pub(super) fn first_key(&mut self) -> i64 {
        self.key_at(self.start)
    }

    /// The key of a written wall-clock time.
    pub(super) fn key_at(&mut self, local: i64) -> i64 {
        match self.kind {
            Kind::Days => local.div_euclid(DAY) * DAY,
            Kind::Floating => local,
            Kind::Zoned => self.clock.instant(local).written(),
        }
    }

    /// The keys an RDATE stands for: one, or none if it is beyond all calendars.
    pub(super) fn keys_of(&mut self, id: RecurrenceId) -> Option<i64> {
        Some(match id {
            RecurrenceId::Date(date) => {
                let time = if self.kind == Kind::Days { 0 } else { self.start.rem_euclid(DAY) };
                self.key_at(civil::day_number(date) * DAY + time)
            }
            RecurrenceId::Floating(at) => self.key_at(civil::seconds_of(at)),
            RecurrenceId::Utc(at) if self.kind == Kind::Zoned => at.as_second(),
            RecurrenceId::Utc(at) => {
                let local = self.clock.local(at.as_second());
                self.key_at(local)
            }
        })
    }

    /// The exclusions by key and by local day.
    pub(super) fn exclusions(&mut self, ids: &[RecurrenceId]) -> Exclusions {
        let mut days = Days::new();
        let mut keys = Vec::new();
        for id in ids {
            match id {
                RecurrenceId::Date(date) => {
                    days.insert(civil::day_number(*date));
                }
                _ => keys.extend(self.keys_of(*id)),
            }
        }
        keys.sort_unstable();
        Exclusions { keys, days }
    }

    /// The local day of a key.
    fn day(&mut self, key: i64) -> i64 {
        let local = if self.kind == Kind::Zoned { self.clock.local(key) } else { key };
        local.div_euclid(DAY)
    }

    /// Start and end of the occurrence with that key as instants.
    fn span(&mut self, key: i64) -> (i64, i64) {
        let length = if self.lengths.is_empty() { self.length } else { self.length_of(key) };
        if self.kind == Kind::Zoned {
            return (key, key + length);
        }
        let start = self.clock.instant(key).written();
        (start, self.clock.instant(key + length).written().max(start))
    }

    pub(super) fn end_of(&mut self, key: i64) -> i64 {
        self.span(key).1
    }

    pub(super) fn overlaps(&mut self, key: i64, range: Range) -> bool {
        let (start, end) = self.span(key);
        let (from, to) = seconds(range);
        start < to && (end > from || (start == end && start >= from))
    }

    /// Wall-clock times outside of which nothing overlaps the range; two days more on either side
    /// than needed, whatever the zone does.
    pub(super) fn bounds(&self, range: Range) -> (i64, i64) {
        let (from, to) = seconds(range);
        (from - self.length - 2 * DAY, to + 2 * DAY)
    }

    /// The key of the last start that UNTIL allows.
    pub(super) fn until_key(&mut self, until: Until) -> i64 {
        match (until, self.kind) {
            (Until::Utc(at), Kind::Zoned) => at.as_second(),
            (Until::Utc(at), Kind::Floating) => self.clock.local(at.as_second()),
            (Until::Utc(at), Kind::Days) => {
                // Written at local midnight it means that local day, otherwise the date it shows.
                let local = self.clock.local(at.as_second());
                let shown = if local.rem_euclid(DAY) == 0 { local } else { at.as_second() };
                shown.div_euclid(DAY) * DAY
            }
            (Until::Local(at), _) => self.key_at(civil::seconds_of(at)),
            (Until::Date(date), Kind::Days) => civil::day_number(date) * DAY,
            (Until::Date(date), _) => self.key_at(civil::day_number(date) * DAY + DAY - 1),
        }
    }

    /// Visits the keys of what a rule names within wall-clock bounds, COUNT and UNTIL applied.
    /// `counts_start`: DTSTART is the first that counts even if the rule does not name it.
    pub(super) fn visit(
        &mut self,
        (rule, counts_start): (&Rule, bool),
        (from, to): (i64, i64),
        meter: &mut Meter,
        visit: &mut dyn FnMut(&mut Self, i64) -> ControlFlow<()>,
    ) -> Stop {
        let walk = Walk::new(rule, self.start, self.kind != Kind::Days);
        let until = rule.until.map_or(i64::MAX, |until| self.until_key(until));
        let first = self.first_key();
        let mut left = rule.count.map(|count| count.saturating_sub(u32::from(counts_start)));
        if left == Some(0) {
            return Stop::Done;
        }
        let begin = if left.is_some() { self.start } else { from };
        walk.visit(begin, to, meter, &mut |local| {
            let key = match self.kind {
                Kind::Zoned => match self.clock.instant(local) {
                    Instant::At(at) => at,
                    // As a written time DTSTART is there even if the clock jumps over it.
                    Instant::Skipped(at) if local == self.start => at,
                    Instant::Skipped(_) => return ControlFlow::Continue(()),
                },
                Kind::Days => local.div_euclid(DAY) * DAY,
                Kind::Floating => local,
            };
            if key > until {
                return ControlFlow::Break(());
            }
            if key == first && counts_start {
                return visit(self, key);
            }
            if let Some(left) = &mut left {
                *left -= 1;
            }
            if local >= from {
                visit(self, key)?;
            }
            if left == Some(0) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
    }
}

/// EXDATEs of a series.
pub(super) struct Exclusions {
    keys: Vec<i64>,
    days: Days,
}

impl Exclusions {
    pub(super) fn contains(&self, series: &mut Series<'_>, key: i64) -> bool {
        self.keys.binary_search(&key).is_ok() || (!self.days.is_empty() && self.days.contains(&series.day(key)))
    }
}

fn seconds(range: Range) -> (i64, i64) {
    // A fraction of a second at the end still lets the whole second in.
    let end = range.end.as_second() + i64::from(range.end.subsec_nanosecond() > 0);
    (range.start.as_second(), end)
}

/// An instant, the nearest possible one if it is beyond all calendars.
pub(super) fn latest(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(if seconds > 0 { Timestamp::MAX } else { Timestamp::MIN })
}
