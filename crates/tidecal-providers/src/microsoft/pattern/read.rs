//! From Graph's fields to a pattern, and from a pattern to the text of a rule.

use std::fmt::Write as _;

use jiff::civil::{Date, Weekday, time};
use jiff::tz::TimeZone;
use tidecal_ical::normalize_rule;

use super::super::wire;
use super::{Days, EVERY_MONTH, End, INDICES, Index, Kind, Pattern, WEEKDAYS, lengths, letters};

/// Pattern and end as sent.
///
/// # Errors
/// Names the field that is missing or wrong. Fields that the type does not use are not looked at.
pub(in super::super) fn pattern(wire: &wire::Recurrence) -> Result<(Pattern, End), String> {
    Ok((pattern_of(&wire.pattern)?, end_of(&wire.range)?))
}

fn pattern_of(wire: &wire::Pattern) -> Result<Pattern, String> {
    let kind = match wire.kind.as_deref() {
        Some("daily") => Kind::Daily,
        Some("weekly") => Kind::Weekly { days: days(wire)?, first: first_day(wire)? },
        Some("absoluteMonthly") => Kind::AbsoluteMonthly { day: day_of_month(wire)? },
        Some("relativeMonthly") => Kind::RelativeMonthly { days: days(wire)?, index: index(wire)? },
        Some("absoluteYearly") => Kind::AbsoluteYearly { month: month(wire)?, day: day_of_month(wire)? },
        Some("relativeYearly") => Kind::RelativeYearly { month: month(wire)?, days: days(wire)?, index: index(wire)? },
        other => return Err(format!("recurrence.pattern.type: {:?} is not known", other.unwrap_or_default())),
    };
    let interval = wire.interval.unwrap_or(1);
    let interval = u32::try_from(interval).ok().filter(|interval| *interval > 0);
    Ok(Pattern { interval: interval.ok_or("recurrence.pattern.interval: not a positive number")?, kind })
}

fn days(wire: &wire::Pattern) -> Result<Days, String> {
    let names = wire.days_of_week.as_deref().filter(|names| !names.is_empty());
    let names = names.ok_or("recurrence.pattern.daysOfWeek: missing")?;
    let known = |name: &String| weekday(name).ok_or_else(|| format!("recurrence.pattern.daysOfWeek: {name:?}"));
    Ok(Days::from_iter(names.iter().map(known).collect::<Result<Vec<_>, _>>()?))
}

/// Graph's default is Sunday, RRULE's Monday: it matters for every other week.
fn first_day(wire: &wire::Pattern) -> Result<Weekday, String> {
    match wire.first_day_of_week.as_deref() {
        None | Some("") => Ok(Weekday::Sunday),
        Some(name) => weekday(name).ok_or_else(|| format!("recurrence.pattern.firstDayOfWeek: {name:?}")),
    }
}

fn weekday(name: &str) -> Option<Weekday> {
    WEEKDAYS.iter().find(|(_, _, word)| word.eq_ignore_ascii_case(name)).map(|(day, _, _)| *day)
}

fn index(wire: &wire::Pattern) -> Result<Index, String> {
    let Some(name) = wire.index.as_deref() else { return Ok(Index::First) };
    let known = INDICES.iter().find(|(_, _, word)| word.eq_ignore_ascii_case(name));
    known.map(|(index, _, _)| *index).ok_or_else(|| format!("recurrence.pattern.index: {name:?}"))
}

fn small(value: Option<i64>, most: i8, field: &str) -> Result<i8, String> {
    let number = value.and_then(|value| i8::try_from(value).ok()).filter(|number| (1..=most).contains(number));
    number.ok_or_else(|| format!("recurrence.pattern.{field}: not 1 to {most}"))
}

fn day_of_month(wire: &wire::Pattern) -> Result<i8, String> {
    small(wire.day_of_month, 31, "dayOfMonth")
}

fn month(wire: &wire::Pattern) -> Result<i8, String> {
    small(wire.month, 12, "month")
}

fn end_of(wire: &wire::Range) -> Result<End, String> {
    match wire.kind.as_deref() {
        None | Some("noEnd") => Ok(End::Never),
        Some("endDate") => {
            let text = wire.end_date.as_deref().unwrap_or_default();
            let date = text.get(..10).and_then(|date| date.parse().ok());
            date.map(End::On).ok_or_else(|| "recurrence.range.endDate: not a date".to_owned())
        }
        Some("numbered") => {
            let count = wire.number_of_occurrences.and_then(|count| u32::try_from(count).ok());
            let count = count.filter(|count| *count > 0).ok_or("recurrence.range.numberOfOccurrences: not positive")?;
            Ok(End::After(count))
        }
        Some(other) => Err(format!("recurrence.range.type: {other:?} is not known")),
    }
}

/// The rule of a series, in the one spelling of [`normalize_rule`]. `zone`: of the series, `None`
/// if it covers whole days.
///
/// # Errors
/// An end that no calendar holds.
pub(in super::super) fn rule(pattern: &Pattern, end: End, zone: Option<&TimeZone>) -> Result<String, String> {
    let mut text = parts(&pattern.kind);
    let _ = write!(text, ";INTERVAL={}", pattern.interval);
    match end {
        End::Never => {}
        End::After(count) => {
            let _ = write!(text, ";COUNT={count}");
        }
        End::On(date) => {
            let _ = write!(text, ";UNTIL={}", until(date, zone)?);
        }
    }
    normalize_rule(&text).map_err(|wrong| format!("recurrence: {wrong}"))
}

/// The end of the last day: whatever starts on it is in.
fn until(date: Date, zone: Option<&TimeZone>) -> Result<String, String> {
    let Some(zone) = zone else { return Ok(date.strftime("%Y%m%d").to_string()) };
    let last = zone.to_ambiguous_timestamp(date.to_datetime(time(23, 59, 59, 0))).later();
    let last = last.map_err(|_| "recurrence.range.endDate: out of range")?;
    Ok(TimeZone::UTC.to_datetime(last).strftime("%Y%m%dT%H%M%SZ").to_string())
}

fn parts(kind: &Kind) -> String {
    match kind {
        Kind::Daily => "FREQ=DAILY".to_owned(),
        Kind::Weekly { days, first } => format!("FREQ=WEEKLY;BYDAY={};WKST={}", list(days), letters(*first)),
        Kind::AbsoluteMonthly { day } => format!("FREQ=MONTHLY;{}", day_or_last(*day, EVERY_MONTH, 31)),
        Kind::RelativeMonthly { days, index } => format!("FREQ=MONTHLY;{}", counted(days, *index)),
        Kind::AbsoluteYearly { month, day } => {
            let (shortest, longest) = lengths(*month);
            format!("FREQ=YEARLY;BYMONTH={month};{}", day_or_last(*day, shortest, longest))
        }
        Kind::RelativeYearly { month, days, index } => {
            format!("FREQ=YEARLY;BYMONTH={month};{}", counted(days, *index))
        }
    }
}

/// The day, or the last one of months that do not have it.
fn day_or_last(day: i8, shortest: i8, longest: i8) -> String {
    let day = day.min(longest);
    if day <= shortest {
        return format!("BYMONTHDAY={day}");
    }
    let days: Vec<String> = (shortest..=day).map(|day| day.to_string()).collect();
    format!("BYMONTHDAY={};BYSETPOS=-1", days.join(","))
}

fn counted(days: &Days, index: Index) -> String {
    match days.0.as_slice() {
        [day] => format!("BYDAY={}{}", index.number(), letters(*day)),
        _ => format!("BYDAY={};BYSETPOS={}", list(days), index.number()),
    }
}

fn list(days: &Days) -> String {
    days.0.iter().map(|day| letters(*day)).collect::<Vec<_>>().join(",")
}
