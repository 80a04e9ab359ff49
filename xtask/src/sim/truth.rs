//! What a vendor holds: the truth of a simulated calendar, in words of its own.
//!
//! Nothing here knows the core. Times are wall-clock times with the name of a zone; a series
//! repeats every so many days, which is all that the oracle needs to know about recurrence.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// How the times of an event are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    /// Whole days.
    Days,
    /// Wherever the reader is.
    Floating,
    /// In that zone.
    Zone(&'static str),
}

/// Repeats every `days` days; ends after so many times, or with a last start, or never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) days: i64,
    pub(super) times: Option<i64>,
    pub(super) until: Option<DateTime>,
}

/// What an entry says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Body {
    pub(super) title: String,
    pub(super) place: String,
    pub(super) text: String,
    pub(super) start: DateTime,
    pub(super) minutes: i64,
    pub(super) clock: Clock,
    pub(super) rule: Option<Rule>,
    pub(super) tentative: bool,
    /// Address, and whether that guest comes.
    pub(super) guests: BTreeMap<String, bool>,
    /// Occurrences that a series itself leaves out, by their starts.
    pub(super) left_out: BTreeSet<DateTime>,
}

/// Whether an entry takes place.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "nearly every entry takes place")]
pub(super) enum What {
    Takes(Body),
    Cancelled,
}

/// Whether an entry can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    No,
    /// What it says cannot be read.
    Content,
    /// Not even which occurrence it is.
    Whole,
}

/// One entry: a single event, a master, or one exception.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// The vendor's id.
    pub(super) id: String,
    pub(super) what: What,
    /// What it said before the last change, with its tag and the number of that change.
    pub(super) before: Option<(What, u64, u64)>,
    /// Its version.
    pub(super) etag: u64,
    /// Number of its last change.
    pub(super) changed: u64,
    pub(super) broken: Broken,
}

/// An exception that is no more.
#[derive(Clone, Debug)]
pub(super) struct Dropped {
    pub(super) id: String,
    pub(super) slot: DateTime,
    /// How its slot was keyed then.
    pub(super) clock: Clock,
    pub(super) changed: u64,
}

/// A single event or a series.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) id: String,
    pub(super) uid: String,
    pub(super) clock: Clock,
    pub(super) alive: bool,
    /// `None`: only some occurrences of somebody else's series are known.
    pub(super) master: Option<Piece>,
    /// Exceptions, by the original start of the occurrence.
    pub(super) parts: BTreeMap<DateTime, Piece>,
    pub(super) dropped: Vec<Dropped>,
    /// Version of the whole.
    pub(super) etag: u64,
    /// Number of the last change of any part.
    pub(super) changed: u64,
    /// Number of the change by which it came, or came again.
    pub(super) born: u64,
    /// Number of the change by which it, or one of its parts, last went.
    pub(super) died: u64,
    /// What a program that made it wrote beside it: whose copy it is, and the key under which it was
    /// made. People do not see either.
    pub(super) mark: Option<String>,
    pub(super) key: Option<String>,
}

impl Item {
    /// The master's content, if it takes place.
    pub(super) fn body(&self) -> Option<&Body> {
        match &self.master.as_ref()?.what {
            What::Takes(body) => Some(body),
            What::Cancelled => None,
        }
    }

    /// Whether it repeats.
    pub(super) fn is_series(&self) -> bool {
        self.master.is_none() || self.body().is_some_and(|body| body.rule.is_some())
    }

    /// All entries with their slots.
    pub(super) fn pieces(&self) -> impl Iterator<Item = (Option<DateTime>, &Piece)> {
        let master = self.master.iter().map(|piece| (None, piece));
        master.chain(self.parts.iter().map(|(slot, piece)| (Some(*slot), piece)))
    }

    /// Whether any entry of it cannot be read.
    pub(super) fn is_broken(&self) -> bool {
        self.pieces().any(|(_, piece)| piece.broken != Broken::No)
    }

    /// First instant and exclusive last one of an entry; a cancelled one lasts no time at its slot.
    pub(super) fn span(&self, slot: Option<DateTime>, piece: &Piece, home: &'static str) -> Span {
        match (&piece.what, slot) {
            (What::Takes(body), _) => span(body, home),
            (What::Cancelled, slot) => {
                let at = instant(slot.unwrap_or_default(), self.clock, home);
                Span { start: at, end: Some(at) }
            }
        }
    }
}

/// From, and exclusive to (`None`: endless).
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) start: Timestamp,
    pub(super) end: Option<Timestamp>,
}

impl Span {
    /// Whether it lies in `from..to`; what lasts no time counts where it begins.
    pub(super) fn overlaps(&self, from: Timestamp, to: Timestamp) -> bool {
        self.start < to && self.ends_after(from)
    }

    pub(super) fn ends_after(&self, from: Timestamp) -> bool {
        self.end.is_none_or(|end| end > from || end == from && self.start == from)
    }
}

/// The instant of a wall-clock time; in a gap the time after it, in a fold the first of the two.
pub(super) fn instant(at: DateTime, clock: Clock, home: &'static str) -> Timestamp {
    let name = match clock {
        Clock::Zone(name) => name,
        Clock::Days | Clock::Floating => home,
    };
    zone(name).to_ambiguous_timestamp(at).compatible().unwrap_or(Timestamp::MIN)
}

pub(super) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// Offset from UTC, in seconds, of a wall-clock time.
pub(super) fn offset(at: DateTime, clock: Clock) -> i32 {
    match clock {
        Clock::Zone(name) => zone(name).to_offset(instant(at, clock, name)).seconds(),
        Clock::Days | Clock::Floating => 0,
    }
}

pub(super) fn plus_days(at: DateTime, days: i64) -> DateTime {
    at.checked_add(days.days()).unwrap_or(at)
}

pub(super) fn plus_minutes(at: DateTime, minutes: i64) -> DateTime {
    at.checked_add(minutes.minutes()).unwrap_or(at)
}

impl Body {
    /// Exclusive end of the first occurrence, on the wall.
    pub(super) fn end(&self) -> DateTime {
        plus_minutes(self.start, self.minutes)
    }

    /// Whether the series takes place at that time (exceptions aside).
    pub(super) fn occurs_at(&self, slot: DateTime) -> bool {
        let Some(rule) = self.rule else { return false };
        let days = days_between(self.start, slot);
        slot.time() == self.start.time()
            && days >= 0
            && days % rule.days == 0
            && rule.times.is_none_or(|times| days / rule.days < times)
            && rule.until.is_none_or(|until| slot <= until)
    }

    /// Start of the last occurrence; `None`: there is always another one.
    pub(super) fn last_start(&self) -> Option<DateTime> {
        let Some(rule) = self.rule else { return Some(self.start) };
        let by_times = rule.times.map(|times| (times - 1) * rule.days);
        let by_until = rule.until.map(|until| {
            let whole = days_between(self.start, until) - i64::from(until.time() < self.start.time());
            whole.max(0) / rule.days * rule.days
        });
        let days = match (by_times, by_until) {
            (Some(a), Some(b)) => a.min(b),
            (a, b) => a.or(b)?,
        };
        Some(plus_days(self.start, days))
    }
}

fn days_between(from: DateTime, to: DateTime) -> i64 {
    from.date().until(to.date()).map_or(0, |span| i64::from(span.get_days()))
}

/// From the first start to the last end.
pub(super) fn span(body: &Body, home: &'static str) -> Span {
    let start = instant(body.start, body.clock, home);
    let end = instant(body.end(), body.clock, home).max(start);
    let last = match body.last_start() {
        None => None,
        Some(last) if last == body.start => Some(end),
        // Whole days are counted on the wall, times by what has passed.
        Some(last) if body.clock == Clock::Days => Some(instant(plus_minutes(last, body.minutes), body.clock, home)),
        Some(last) => {
            let length = end.duration_since(start);
            instant(last, body.clock, home).checked_add(length).ok()
        }
    };
    Span { start, end: last.map(|last| last.max(end)) }
}

/// The key of an occurrence: a date, a UTC time or a floating time, as RFC 5545 writes them.
pub(super) fn slot_text(slot: DateTime, clock: Clock) -> String {
    match clock {
        Clock::Days => slot.strftime("%Y%m%d").to_string(),
        Clock::Floating => slot.strftime("%Y%m%dT%H%M%S").to_string(),
        Clock::Zone(name) => {
            TimeZone::UTC.to_datetime(instant(slot, clock, name)).strftime("%Y%m%dT%H%M%SZ").to_string()
        }
    }
}

/// The rule as RFC 5545 writes it.
pub(super) fn rule_text(body: &Body) -> String {
    let Some(rule) = body.rule else { return String::new() };
    let mut text = match rule.days {
        1 => "FREQ=DAILY".to_owned(),
        7 => "FREQ=WEEKLY".to_owned(),
        days if days % 7 == 0 => format!("FREQ=WEEKLY;INTERVAL={}", days / 7),
        days => format!("FREQ=DAILY;INTERVAL={days}"),
    };
    if let Some(times) = rule.times {
        text.push_str(&format!(";COUNT={times}"));
    }
    if let Some(until) = rule.until {
        text.push_str(&format!(";UNTIL={}", slot_text(until, body.clock)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weekly() -> Body {
        Body {
            title: String::new(),
            place: String::new(),
            text: String::new(),
            start: "2026-10-19T09:00".parse().unwrap(),
            minutes: 30,
            clock: Clock::Zone("Europe/Vienna"),
            rule: Some(Rule { days: 7, times: Some(3), until: None }),
            tentative: false,
            guests: BTreeMap::new(),
            left_out: BTreeSet::new(),
        }
    }

    #[test]
    fn a_series_keeps_its_time_on_the_wall_over_the_end_of_summer_time() {
        let body = weekly();
        let before = slot_text("2026-10-19T09:00".parse().unwrap(), body.clock);
        let after = slot_text("2026-10-26T09:00".parse().unwrap(), body.clock);
        assert_eq!((before.as_str(), after.as_str()), ("20261019T070000Z", "20261026T080000Z"));
        let end = span(&body, "UTC").end;
        assert_eq!(end, Some("2026-11-02T08:30:00Z".parse().unwrap()));
    }

    #[test]
    fn occurrences_are_counted_from_the_start() {
        let body = weekly();
        let at = |text: &str| body.occurs_at(text.parse().unwrap());
        assert!(at("2026-10-19T09:00") && at("2026-11-02T09:00"));
        assert!(!at("2026-11-09T09:00") && !at("2026-10-20T09:00") && !at("2026-10-26T10:00"));
        let mut until = weekly();
        until.rule = Some(Rule { days: 7, times: None, until: Some("2026-11-01T09:00".parse().unwrap()) });
        assert_eq!(until.last_start(), Some("2026-10-26T09:00".parse().unwrap()));
        assert_eq!(rule_text(&until), "FREQ=WEEKLY;UNTIL=20261101T080000Z");
    }
}
