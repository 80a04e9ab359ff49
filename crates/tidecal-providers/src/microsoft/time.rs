//! Graph's times to calendar time.
//!
//! Answers are asked for in UTC (`Prefer: outlook.timezone`), so `start` and `end` are instants;
//! the event's own zones stand in `originalStartTimeZone` and `originalEndTimeZone` as Windows
//! names, sometimes as IANA names, `tzone://Microsoft/Utc`, or `tzone://Microsoft/Custom`, which
//! says nothing. The local text kept is what a clock in the event's own zone shows.

use jiff::civil::{Date, DateTime, Time as ClockTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use tidecal_ical::{Moment, RecurrenceId, When, Zone, resolve_zone};

use super::wire::{Item, Time};

/// A zone with its rules at hand.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) zone: Zone,
    pub(super) rules: TimeZone,
    /// Derived from something other than its name.
    pub(super) guessed: bool,
}

impl Known {
    fn utc(guessed: bool) -> Self {
        Self { zone: Zone::utc(), rules: TimeZone::UTC, guessed }
    }

    fn named(name: Option<&str>) -> Option<Self> {
        let found = resolve_zone(name?)?;
        Some(Self { rules: found.zone.rules(), zone: found.zone, guessed: found.guessed })
    }
}

/// The zone in which an event lives. Of a series that is the zone of its recurrence.
pub(super) fn own_zone(item: &Item<'_>) -> Known {
    let range = item.recurrence.as_ref().and_then(|recurrence| recurrence.range.recurrence_time_zone.as_deref());
    let original = item.original_start_time_zone.as_deref();
    Known::named(range).or_else(|| Known::named(original)).unwrap_or_else(|| Known::utc(original.is_some()))
}

/// When an event is, and whether its zone had to be guessed. `series`: it is a master, whose local
/// time counts more than the instant of its first occurrence.
///
/// # Errors
/// Names the field that is missing or wrong.
pub(super) fn when(item: &Item<'_>, series: bool) -> Result<(When, bool), String> {
    let start = item.start.as_ref().ok_or("start: missing")?;
    let end = item.end.as_ref().unwrap_or(start);
    let zone = own_zone(item);
    if item.is_all_day == Some(true) {
        let (start, end) = (day(start, &zone, "start")?, day(end, &zone, "end")?);
        if end < start {
            return Err("end: before start".to_owned());
        }
        let next = start.checked_add(1.day()).map_err(|_| "end: out of range")?;
        return Ok((When::AllDay { start, end: end.max(next) }, false));
    }
    let (first, last) = (instant(start, "start")?, instant(end, "end")?);
    if last < first {
        return Err("end: before start".to_owned());
    }
    let end_zone = Known::named(item.original_end_time_zone.as_deref()).filter(|_| !series);
    let (start, start_guessed) = moment(first, zone.clone(), series);
    let (end, end_guessed) = moment(last, end_zone.unwrap_or(zone), series);
    Ok((When::Timed { start, end }, start_guessed || end_guessed))
}

/// The instant of a `dateTimeTimeZone`, to the second.
pub(super) fn instant(time: &Time, field: &str) -> Result<Timestamp, String> {
    let text = time.date_time.as_deref().ok_or_else(|| format!("{field}.dateTime: missing"))?;
    if let Some(at) = offset_time(text) {
        return Ok(at);
    }
    let local = local(text, field)?;
    let rules = Known::named(time.time_zone.as_deref()).map_or(TimeZone::UTC, |known| known.rules);
    Ok(leads_to(&rules, local))
}

/// Some fields and some servers write an offset.
fn offset_time(text: &str) -> Option<Timestamp> {
    let at: Timestamp = text.parse().ok()?;
    Timestamp::from_second(at.as_second()).ok()
}

fn local(text: &str, field: &str) -> Result<DateTime, String> {
    let at: DateTime = text.parse().map_err(|_| format!("{field}.dateTime: not a time"))?;
    Ok(at.date().at(at.hour(), at.minute(), at.second(), 0))
}

/// When clocks are set back an hour happens twice, and local text means the first. A single event
/// in the second is kept in UTC, and marked: its instant matters most.
fn moment(at: Timestamp, known: Known, series: bool) -> (Moment, bool) {
    let local = known.rules.to_datetime(at);
    if !series && leads_to(&known.rules, local) != at {
        return (Moment::zoned(TimeZone::UTC.to_datetime(at), Zone::utc()), true);
    }
    (Moment::zoned(local, known.zone), known.guessed)
}

fn leads_to(rules: &TimeZone, local: DateTime) -> Timestamp {
    let beyond = if local.year() > 0 { Timestamp::MAX } else { Timestamp::MIN };
    rules.to_ambiguous_timestamp(local).compatible().unwrap_or(beyond)
}

/// The date of a whole-day event: midnight as sent, or midnight in its own zone for servers that
/// convert it.
fn day(time: &Time, zone: &Known, field: &str) -> Result<Date, String> {
    let text = time.date_time.as_deref().ok_or_else(|| format!("{field}.dateTime: missing"))?;
    if text.len() == 10 {
        return text.parse().map_err(|_| format!("{field}.dateTime: not a date"));
    }
    let sent = match offset_time(text) {
        Some(at) => TimeZone::UTC.to_datetime(at),
        None => local(text, field)?,
    };
    if sent.time() == ClockTime::midnight() {
        return Ok(sent.date());
    }
    let own = zone.rules.to_datetime(instant(time, field)?);
    Ok(if own.time() == ClockTime::midnight() { own.date() } else { sent.date() })
}

/// The key of an occurrence, from its `originalStart` (UTC) or, where that is not sent, its start.
///
/// # Errors
/// Names the field that is missing or wrong.
pub(super) fn slot(item: &Item<'_>, series: &When) -> Result<RecurrenceId, String> {
    let at = match item.original_start.as_deref().filter(|text| !text.is_empty()) {
        Some(text) => Time { date_time: Some(text.to_owned()), time_zone: Some("UTC".to_owned()) },
        None => item.start.clone().ok_or("originalStart: missing")?,
    };
    if series.is_all_day() {
        return day(&at, &own_zone(item), "originalStart").map(RecurrenceId::Date);
    }
    instant(&at, "originalStart").map(RecurrenceId::Utc)
}

/// The slot of an occurrence or exception, told without its series.
pub(super) enum Spelled {
    Day(Date),
    At(Timestamp),
}

/// # Errors
/// Names the field that is missing or wrong.
pub(super) fn spelled(item: &Item<'_>) -> Result<Spelled, String> {
    let any = jiff::civil::date(2000, 1, 1);
    let moment = Moment::zoned(any.at(0, 0, 0, 0), Zone::utc());
    let series = match item.is_all_day {
        Some(true) => When::AllDay { start: any, end: any },
        _ => When::Timed { start: moment.clone(), end: moment },
    };
    Ok(match slot(item, &series)? {
        RecurrenceId::Date(day) => Spelled::Day(day),
        RecurrenceId::Utc(at) => Spelled::At(at),
        RecurrenceId::Floating(at) => Spelled::At(leads_to(&TimeZone::UTC, at)),
    })
}

/// The key of the occurrence on that day of a series, as `cancelledOccurrences` names it.
pub(super) fn slot_on(day: Date, series: &When) -> RecurrenceId {
    match series {
        When::AllDay { .. } => RecurrenceId::Date(day),
        When::Timed { start, .. } => {
            let at = Moment { local: day.to_datetime(start.local.time()), zone: start.zone.clone() };
            RecurrenceId::Utc(at.instant(&Zone::utc()))
        }
    }
}

/// The day on which an occurrence begins, in its own zone.
pub(super) fn date_in(when: &When) -> Date {
    when.start_local().date()
}

#[cfg(test)]
#[path = "time_tests.rs"]
mod tests;
