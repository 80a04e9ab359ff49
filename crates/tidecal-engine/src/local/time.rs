//! When an event is to take place, from what a request says of it and what the event says so far.

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use tidecal_ical::{Moment, When, Zone};

use super::EditError;

/// Longest event: five years and a bit.
const LONGEST_DAYS: i64 = 1830;

/// Years in which an event may begin and end.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2300;

/// A start or an end as requests write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeText {
    /// A day.
    Date(Date),
    /// A wall-clock time in the event's zone.
    Local(DateTime),
    /// An instant.
    Instant(Timestamp),
}

/// What changes about the time; `None` keeps what is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeChange<'z> {
    /// Whole days.
    pub all_day: Option<bool>,
    /// Start.
    pub start: Option<TimeText>,
    /// Exclusive end; left out, the length stays (of a new event: an hour, or a day).
    pub end: Option<TimeText>,
    /// Zone; `Some(None)`: the time floats.
    pub zone: Option<Option<&'z Zone>>,
}

impl TimeChange<'_> {
    pub(super) fn is_empty(&self) -> bool {
        *self == TimeChange::default()
    }

    fn is_all_day(&self, present: Option<&When>) -> bool {
        let said = |text: TimeText| matches!(text, TimeText::Date(_));
        self.all_day.or(self.start.map(said)).unwrap_or_else(|| present.is_some_and(When::is_all_day))
    }
}

/// The time that comes of it. `present`: the time so far; `calendar_zone`: of a new event that names none.
///
/// # Errors
/// `Invalid` for `start`, `end` or `timeZone`.
pub(super) fn resolve(
    present: Option<&When>,
    change: &TimeChange<'_>,
    calendar_zone: &Zone,
) -> Result<When, EditError> {
    let when =
        if change.is_all_day(present) { all_day(present, change)? } else { timed(present, change, calendar_zone)? };
    check_length(&when, calendar_zone)?;
    Ok(when)
}

fn all_day(present: Option<&When>, change: &TimeChange<'_>) -> Result<When, EditError> {
    if let Some(Some(_)) = change.zone {
        return Err(EditError::invalid("timeZone", "must be left out or null: whole days have no zone"));
    }
    let date = |field: &str, text: Option<TimeText>| match text {
        Some(TimeText::Date(date)) => Ok(Some(date)),
        Some(_) => Err(EditError::invalid(field, "must be a date such as 2026-11-21, for the event covers whole days")),
        None => Ok(None),
    };
    let start = date("start", change.start)?.or_else(|| present.map(|when| when.start_local().date()));
    let start = start.ok_or_else(|| EditError::invalid("start", "is missing"))?;
    let days = match present {
        Some(When::AllDay { start, end }) => start.until(*end).map_or(1, |span| span.get_days()),
        _ => 1,
    };
    let usual = || start.checked_add(days.days()).map_err(|_| EditError::invalid("end", "is too late"));
    let end = date("end", change.end)?.map_or_else(usual, Ok)?;
    if end <= start {
        let message = "must be later than start: of whole days it is the day after the last one";
        return Err(EditError::invalid("end", message));
    }
    Ok(When::AllDay { start, end })
}

fn timed(present: Option<&When>, change: &TimeChange<'_>, calendar_zone: &Zone) -> Result<When, EditError> {
    let before = match present {
        Some(When::Timed { start, end }) => Some((start, end)),
        _ => None,
    };
    let zone = match (change.zone, before) {
        (Some(zone), _) => zone.cloned(),
        (None, Some((start, _))) => start.zone.clone(),
        (None, None) => Some(calendar_zone.clone()),
    };
    let end_zone = match before {
        Some((_, end)) if change.zone.is_none() => end.zone.clone(),
        _ => zone.clone(),
    };
    let start = match change.start {
        Some(text) => moment("start", text, zone)?,
        None => {
            let missing = || EditError::invalid("start", "is missing: write a time such as 2026-11-21T10:00:00");
            Moment { local: before.ok_or_else(missing)?.0.local, zone }
        }
    };
    let end = match change.end {
        Some(text) => moment("end", text, end_zone)?,
        None => after(&start, length(before), end_zone),
    };
    let utc = Zone::utc();
    if end.instant(&utc) < start.instant(&utc) {
        return Err(EditError::invalid("end", "must not be before start"));
    }
    Ok(When::Timed { start, end })
}

/// How long it lasts so far; an hour for what has had no times.
fn length(before: Option<(&Moment, &Moment)>) -> SignedDuration {
    let utc = Zone::utc();
    before.map_or(SignedDuration::from_hours(1), |(start, end)| end.instant(&utc).duration_since(start.instant(&utc)))
}

fn after(start: &Moment, length: SignedDuration, zone: Option<Zone>) -> Moment {
    let utc = Zone::utc();
    let at = start.instant(&utc).checked_add(length).unwrap_or(Timestamp::MAX);
    Moment { local: zone.as_ref().unwrap_or(&utc).rules().to_datetime(at), zone }
}

fn moment(field: &str, text: TimeText, zone: Option<Zone>) -> Result<Moment, EditError> {
    match (text, &zone) {
        (TimeText::Local(local), _) => Ok(Moment { local: whole_seconds(local), zone }),
        (TimeText::Instant(at), Some(known)) => {
            let local = whole_seconds(known.rules().to_datetime(at));
            Ok(Moment { local, zone })
        }
        (TimeText::Instant(_), None) => {
            Err(EditError::invalid(field, "must have no offset, for timeZone is null: the time floats"))
        }
        (TimeText::Date(_), _) => Err(EditError::invalid(
            field,
            "must be a time such as 2026-11-21T10:00:00; set allDay to true for whole days",
        )),
    }
}

fn whole_seconds(local: DateTime) -> DateTime {
    local.with().subsec_nanosecond(0).build().unwrap_or(local)
}

fn check_length(when: &When, calendar_zone: &Zone) -> Result<(), EditError> {
    for (field, at) in [("start", when.start_local()), ("end", when.end_local())] {
        if !YEARS.contains(&at.year()) {
            let message = format!("must lie in the years {} to {}", YEARS.start(), YEARS.end());
            return Err(EditError::invalid(field, message));
        }
    }
    let (start, end) = when.span(calendar_zone);
    if end.duration_since(start) > SignedDuration::from_hours(24 * LONGEST_DAYS) {
        let message = format!("is too long after start: an event lasts {LONGEST_DAYS} days at most");
        return Err(EditError::invalid("end", message));
    }
    Ok(())
}

#[cfg(test)]
#[path = "time_tests.rs"]
mod tests;
