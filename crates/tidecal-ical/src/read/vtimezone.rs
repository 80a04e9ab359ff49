//! The rules of an embedded VTIMEZONE (RFC 5545 3.6.5): used only when its name says nothing, to find
//! the known zone that changes its clocks alike.

use jiff::civil::{Date, DateTime, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::gather::Block;
use crate::civil::seconds_of;
use crate::line::Property;
use crate::lines::from_properties;
use crate::stamp::{Stamp, parse_offset, parse_stamp};
use crate::zone::{fixed_zone, known_zones};
use crate::{Budget, Moment, Range, Recurrence, RecurrenceId, When, Zone, expand};

/// STANDARD and DAYLIGHT parts of one VTIMEZONE.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rules {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    /// Offsets before and after, seconds east of UTC.
    from: i32,
    to: i32,
    /// Local time of the first change, told in the offset before it.
    start: DateTime,
    recurrence: Recurrence,
}

/// Offset changes in a span of time: the offset at its start, then instants and new offsets.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Changes {
    first: i32,
    changes: Vec<(i64, i32)>,
}

/// Enough for yearly rules since 1601, as Outlook writes them.
const BUDGET: Budget = Budget { candidates: 6_000, occurrences: 200 };

impl Rules {
    pub(super) fn of(block: &Block<'_>) -> Self {
        let inner = block.inner.iter().filter(|(name, _)| matches!(name.as_str(), "STANDARD" | "DAYLIGHT"));
        let parts = inner.filter_map(|(_, lines)| {
            Part::of(&lines.iter().filter_map(|line| Property::parse(&line.text)).collect::<Vec<_>>())
        });
        Self { parts: parts.take(40).collect() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Whether a zone changes its clocks alike in the year of `near` and the next one.
    pub(super) fn agree_with(&self, zone: &Zone, near: DateTime) -> bool {
        let span = years_around(near);
        self.changes(span) == changes_of(&zone.rules(), span)
    }

    /// A known zone that changes its clocks alike in the year of `near` and the next one.
    pub(super) fn known_zone(&self, near: DateTime) -> Option<Zone> {
        let span = years_around(near);
        let own = self.changes(span);
        if own.changes.is_empty() {
            return fixed_zone(own.first).map(|fixed| fixed.zone);
        }
        let alike = |name: &&str| TimeZone::get(name).is_ok_and(|rules| changes_of(&rules, span) == own);
        known_zones().find(alike).and_then(Zone::iana)
    }

    /// The instant of a written local time.
    pub(super) fn instant(&self, local: DateTime) -> Timestamp {
        let own = self.changes(years_around(local));
        let wall = seconds_of(local);
        // In a gap or a repeated hour the offset before the change holds (RFC 5545 3.3.5).
        let mut offset = own.first;
        for (at, after) in own.changes {
            if wall < at + i64::from(offset.max(after)) {
                break;
            }
            offset = after;
        }
        Timestamp::from_second(wall - i64::from(offset)).unwrap_or(Timestamp::MAX)
    }

    fn changes(&self, (start, end): (Timestamp, Timestamp)) -> Changes {
        let mut all: Vec<(i64, i32, i32)> = self.parts.iter().flat_map(|part| part.changes(start, end)).collect();
        all.sort_unstable();
        let before = all.iter().rev().find(|(at, ..)| *at < start.as_second());
        let first = before.map(|(.., to)| *to).or_else(|| all.first().map(|(_, from, _)| *from));
        let first = first.or_else(|| self.parts.first().map(|part| part.to)).unwrap_or(0);
        let within = all.into_iter().filter(|(at, ..)| *at >= start.as_second());
        tidy(first, within.map(|(at, _, to)| (at, to)))
    }
}

impl Part {
    fn of(properties: &[Property<'_>]) -> Option<Self> {
        let find = |name: &str| properties.iter().find(|property| property.name == name);
        let offset = |name: &str| parse_offset(find(name)?.value.trim()).map(|offset| offset.seconds());
        let start = match parse_stamp(find("DTSTART")?.value)? {
            Stamp::Local(at) => at,
            Stamp::Date(date) => date.at(0, 0, 0, 0),
            Stamp::Utc(at) => TimeZone::UTC.to_datetime(at),
        };
        let (from, to) = (offset("TZOFFSETFROM")?, offset("TZOFFSETTO")?);
        let lines: Vec<&Property<'_>> =
            properties.iter().filter(|property| crate::lines::is_recurrence(&property.name)).collect();
        let recurrence = from_properties(&lines, &floating(start), &|_, _| None).unwrap_or_default();
        Some(Self { from, to, start, recurrence })
    }

    /// Instants of its changes with the offsets before and after: those in the span and the last
    /// one before it.
    fn changes(&self, start: Timestamp, end: Timestamp) -> Vec<(i64, i32, i32)> {
        let mut found = Vec::new();
        let from = seconds_of(self.start) - i64::from(self.from);
        if from < start.as_second() {
            // Where the yearly change before the span lies; a part that ended earlier holds on.
            let earlier = start.checked_sub(SignedDuration::from_hours(400 * 24)).unwrap_or(Timestamp::MIN);
            found.extend(self.onsets(earlier, start).last().copied());
            if found.is_empty() {
                found.push(self.onsets(Timestamp::MIN, start).last().copied().unwrap_or(from));
            }
        }
        found.extend(self.onsets(start, end));
        found.into_iter().map(|at| (at, self.from, self.to)).collect()
    }

    fn onsets(&self, start: Timestamp, end: Timestamp) -> Vec<i64> {
        let shift = i64::from(self.from);
        // The series is floating and expanded as if in UTC, hence moved by the offset.
        let moved = |at: Timestamp| {
            at.checked_add(SignedDuration::from_secs(shift)).unwrap_or(if shift > 0 {
                Timestamp::MAX
            } else {
                Timestamp::MIN
            })
        };
        let range = Range { start: moved(start), end: moved(end) };
        let mut recurrence = self.recurrence.clone();
        // UNTIL is in UTC although the start is local; an hour does not matter for yearly rules.
        recurrence.excluded.clear();
        let expansion = expand(&floating(self.start), &recurrence, range, &Zone::utc(), BUDGET);
        let occurrences = expansion.map(|expansion| expansion.occurrences).unwrap_or_default();
        let seconds = occurrences.iter().filter_map(|occurrence| match occurrence.id {
            RecurrenceId::Floating(at) => Some(seconds_of(at) - shift),
            _ => None,
        });
        seconds.collect()
    }
}

fn floating(at: DateTime) -> When {
    When::Timed { start: Moment { local: at, zone: None }, end: Moment { local: at, zone: None } }
}

/// The year of a date and the one after it.
fn years_around(near: DateTime) -> (Timestamp, Timestamp) {
    let year = near.year().clamp(1, 9_990);
    let at = |date: Date| TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).unwrap_or(Timestamp::UNIX_EPOCH);
    (at(date(year, 1, 1)), at(date(year + 2, 1, 1)))
}

/// What the tz database says about the same span.
fn changes_of(rules: &TimeZone, (start, end): (Timestamp, Timestamp)) -> Changes {
    let before = start.checked_sub(1.second()).unwrap_or(start);
    let changes = rules.following(before).take_while(|change| change.timestamp() < end);
    let changes = changes.map(|change| (change.timestamp().as_second(), change.offset().seconds()));
    tidy(rules.to_offset(before).seconds(), changes)
}

/// Without changes that change nothing.
fn tidy(first: i32, changes: impl Iterator<Item = (i64, i32)>) -> Changes {
    let mut offset = first;
    let mut kept = Vec::new();
    for (at, to) in changes {
        if to != offset {
            kept.push((at, to));
            offset = to;
        }
    }
    Changes { first, changes: kept }
}
