//! Dates, times and zones of the vendor's JSON to calendar time.
//!
//! A `dateTime` is an instant with some offset (that of the response's zone); `timeZone` beside it
//! is the event's own zone. The local text kept is what a clock in the event's own zone shows.

use std::collections::HashMap;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use tidecal_ical::{Moment, RecurrenceId, ResolvedZone, When, Zone, resolve_zone};

use super::wire::Time;

/// A zone that was looked up, with its rules at hand.
#[derive(Clone, Debug)]
struct Known {
    zone: Zone,
    rules: TimeZone,
    /// Derived from something other than its IANA name.
    guessed: bool,
}

/// The zones of one answer: each name is resolved once.
#[derive(Debug, Default)]
pub(super) struct Zones {
    /// Of the response: what times without a zone of their own are in.
    fallback: Option<Known>,
    seen: HashMap<String, Option<Known>>,
    /// A time had to be read in UTC because no zone was known for it.
    lacked: bool,
}

/// A calendar time, and whether its zone had to be guessed.
pub(super) type Guessed<T> = (T, bool);

impl Zones {
    /// With the zone that the response names, if it does.
    pub(super) fn of_response(name: Option<&str>) -> Self {
        let mut zones = Self::default();
        zones.fallback = name.and_then(|name| zones.named(name));
        zones
    }

    /// Whether a time was read for which the zone of the response would have been needed.
    pub(super) fn lacked_fallback(&self) -> bool {
        self.lacked
    }

    fn named(&mut self, name: &str) -> Option<Known> {
        if let Some(known) = self.seen.get(name) {
            return known.clone();
        }
        let known = look_up(name);
        self.seen.insert(name.to_owned(), known.clone());
        known
    }

    /// The zone of a time; UTC, marked as guessed, if nothing names one.
    fn of(&mut self, name: Option<&str>) -> Known {
        let named = name.filter(|name| !name.is_empty());
        let own = named.and_then(|name| self.named(name));
        // A name that nobody knows is worse than no name.
        let guessed = named.is_some();
        let inherited = || self.fallback.clone().map(|known| Known { guessed: known.guessed || guessed, ..known });
        if let Some(known) = own.or_else(inherited) {
            return known;
        }
        self.lacked = true;
        Known { zone: Zone::utc(), rules: TimeZone::UTC, guessed: true }
    }
}

fn look_up(name: &str) -> Option<Known> {
    let ResolvedZone { zone, guessed } = resolve_zone(name)?;
    Some(Known { rules: zone.rules(), zone, guessed })
}

/// When an event is. `series`: it is a master, whose local time counts more than the instant of
/// its first occurrence.
///
/// # Errors
/// Names the field that is missing or wrong.
pub(super) fn when(
    start: Option<&Time<'_>>,
    end: Option<&Time<'_>>,
    series: bool,
    zones: &mut Zones,
) -> Result<Guessed<When>, String> {
    let start = start.ok_or("start: missing")?;
    match &start.date {
        Some(first) => all_day(first, end).map(|when| (when, false)),
        None => timed(start, end, series, zones),
    }
}

fn all_day(first: &str, end: Option<&Time<'_>>) -> Result<When, String> {
    let start = date(first, "start.date")?;
    let last = match end {
        None => start,
        Some(Time { date: Some(last), .. }) => date(last, "end.date")?,
        Some(_) => return Err("end: a time, although start is a date".to_owned()),
    };
    if last < start {
        return Err("end: before start".to_owned());
    }
    // The exclusive end of a single day is sometimes sent as that day.
    let end = if last == start { start.checked_add(1.day()).map_err(|_| "end.date: out of range")? } else { last };
    Ok(When::AllDay { start, end })
}

fn timed(start: &Time<'_>, end: Option<&Time<'_>>, series: bool, zones: &mut Zones) -> Result<Guessed<When>, String> {
    let first = Read::of(start, "start", zones)?;
    let last = match end {
        None => first.clone(),
        Some(Time { date: Some(_), .. }) => return Err("end: a date, although start is a time".to_owned()),
        Some(end) => Read::of(end, "end", zones)?,
    };
    if last.instant < first.instant {
        return Err("end: before start".to_owned());
    }
    let (start, start_guessed) = first.moment(series);
    let (end, end_guessed) = last.moment(series);
    Ok((When::Timed { start, end }, start_guessed || end_guessed))
}

/// A time as it was sent.
#[derive(Clone, Debug)]
struct Read {
    instant: Timestamp,
    local: DateTime,
    known: Known,
}

impl Read {
    fn of(time: &Time<'_>, field: &str, zones: &mut Zones) -> Result<Self, String> {
        let text = time.date_time.as_deref().ok_or_else(|| format!("{field}: neither date nor dateTime"))?;
        let known = zones.of(time.time_zone.as_deref());
        if let Ok(instant) = text.parse::<Timestamp>() {
            let instant = Timestamp::from_second(instant.as_second()).unwrap_or(instant);
            return Ok(Self { instant, local: known.rules.to_datetime(instant), known });
        }
        // Without an offset it is the wall-clock time of its zone.
        let local = text.parse::<DateTime>().map_err(|_| format!("{field}.dateTime: not a time"))?;
        let local = local.date().at(local.hour(), local.minute(), local.second(), 0);
        let instant = leads_to(&known.rules, local);
        Ok(Self { instant, local, known })
    }

    /// When clocks are set back an hour happens twice, and local text means the first. A single
    /// event in the second is kept in UTC, and marked: its instant matters most.
    fn moment(self, series: bool) -> Guessed<Moment> {
        if !series && leads_to(&self.known.rules, self.local) != self.instant {
            return (Moment::zoned(TimeZone::UTC.to_datetime(self.instant), Zone::utc()), true);
        }
        (Moment::zoned(self.local, self.known.zone), self.known.guessed)
    }
}

fn leads_to(rules: &TimeZone, local: DateTime) -> Timestamp {
    let beyond = if local.year() > 0 { Timestamp::MAX } else { Timestamp::MIN };
    rules.to_ambiguous_timestamp(local).compatible().unwrap_or(beyond)
}

fn date(text: &str, field: &str) -> Result<Date, String> {
    // Jiff would read a date out of a date-time as well.
    if text.len() == 10 { text.parse().ok() } else { None }.ok_or_else(|| format!("{field}: not a date"))
}

/// The key of an occurrence, from its original start.
///
/// # Errors
/// Names the field that is missing or wrong.
pub(super) fn recurrence_id(original: &Time<'_>, zones: &mut Zones) -> Result<RecurrenceId, String> {
    match &original.date {
        Some(text) => date(text, "originalStartTime.date").map(RecurrenceId::Date),
        None => Read::of(original, "originalStartTime", zones).map(|read| RecurrenceId::Utc(read.instant)),
    }
}

/// Series and original start of an instance id: `<series>_<YYYYMMDD>` or
/// `<series>_<YYYYMMDDTHHMMSSZ>`. The second half of a split series, `<series>_R<start>`, is not
/// an instance; its instances are `<series>_R<start>_<original start>`.
pub(super) fn instance_of(id: &str) -> Option<(&str, RecurrenceId)> {
    let (series, slot) = id.rsplit_once('_')?;
    let slot = slot.parse().ok().filter(|slot| !matches!(slot, RecurrenceId::Floating(_)))?;
    (!series.is_empty()).then_some((series, slot))
}

#[cfg(test)]
#[path = "time_tests.rs"]
mod tests;
