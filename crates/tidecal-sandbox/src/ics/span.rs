//! When the components of an object take place, and whether that touches a stretch of time (RFC 4791 9.9).

use std::collections::BTreeSet;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

use super::line::Line;
use super::tree::Component;
use crate::data::moment::Moment;
use crate::data::rule::{Recurrence, basic_date, basic_date_time};

/// Occurrences of one series that a query looks at.
const MOST_OCCURRENCES: usize = 20_000;

/// Whether any component of that name takes place in `[from, to)`; a missing bound is open.
pub(crate) fn touches(calendar: &Component, name: &str, from: Option<Timestamp>, to: Option<Timestamp>) -> bool {
    let replaced: BTreeSet<Timestamp> =
        calendar.parts_named(name).filter_map(|part| Some(moment(part.line("RECURRENCE-ID")?)?.0)).collect();
    calendar.parts_named(name).any(|part| {
        let Some((start, end)) = bounds(part) else { return true };
        let is_series =
            part.line("RECURRENCE-ID").is_none() && ["RRULE", "RDATE"].iter().any(|it| part.line(it).is_some());
        if !is_series {
            return meets(start, end, from, to);
        }
        let length = end.duration_since(start);
        // what cannot be expanded is in every answer: too much is better than too little
        let Some(starts) = occurrences(part, length, from, to) else { return true };
        starts.into_iter().filter(|at| !replaced.contains(at)).any(|at| {
            let end = at.checked_add(length).unwrap_or(Timestamp::MAX);
            meets(at, end, from, to)
        })
    })
}

fn meets(start: Timestamp, end: Timestamp, from: Option<Timestamp>, to: Option<Timestamp>) -> bool {
    let ends_after = from.is_none_or(|from| end > from || (start == end && start >= from));
    ends_after && to.is_none_or(|to| start < to)
}

/// Start and end of a component as it stands; floating times are read as UTC.
pub(crate) fn bounds(part: &Component) -> Option<(Timestamp, Timestamp)> {
    let start_line = part.line("DTSTART")?;
    let (start, zone) = moment(start_line)?;
    let end = match (part.line("DTEND"), part.value("DURATION")) {
        (Some(line), _) => moment(line)?.0,
        (None, Some(text)) => start.checked_add(duration(text)?).ok()?,
        (None, None) if zone.is_none() => start.checked_add(SignedDuration::from_hours(24)).ok()?,
        (None, None) => start,
    };
    Some((start, end))
}

/// The instant of a line, and its zone; a date has none, and begins at midnight in UTC.
fn moment(line: &Line) -> Option<(Timestamp, Option<TimeZone>)> {
    if let Some(date) = basic_date(&line.value) {
        let local = date.to_datetime(jiff::civil::Time::midnight());
        return Some((TimeZone::UTC.to_zoned(local).ok()?.timestamp(), None));
    }
    let zone = match line.parameter("TZID") {
        Some(name) => TimeZone::get(name).unwrap_or(TimeZone::UTC),
        None => TimeZone::UTC,
    };
    let local = basic_date_time(line.value.strip_suffix('Z').unwrap_or(&line.value))?;
    Some((zone.to_zoned(local).ok()?.timestamp(), Some(zone)))
}

fn occurrences(
    part: &Component,
    length: SignedDuration,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
) -> Option<Vec<Timestamp>> {
    let (instant, zone) = moment(part.line("DTSTART")?)?;
    let start = match zone {
        Some(zone) => Moment::At { instant, zone },
        None => Moment::Day(TimeZone::UTC.to_datetime(instant).date()),
    };
    let lines: Vec<String> = part
        .lines
        .iter()
        .filter(|line| matches!(line.name.as_str(), "RRULE" | "RDATE" | "EXDATE"))
        .map(written)
        .collect();
    let recurrence = Recurrence::parse(lines.iter().map(String::as_str), &start).ok()?;
    // a day more on either side: bounds are instants, slots are local
    let day = Span::new().days(1);
    let local = |at: Timestamp| -> DateTime { TimeZone::UTC.to_datetime(at) };
    let from = from.and_then(|at| at.checked_sub(length).ok()).and_then(|at| local(at).checked_sub(day).ok());
    let to = to.and_then(|at| local(at).checked_add(day).ok());
    let slots = recurrence.slots(&start, from, to, MOST_OCCURRENCES);
    Some(slots.into_iter().filter_map(|slot| Some(start.with_local(slot)?.instant(&TimeZone::UTC))).collect())
}

fn written(line: &Line) -> String {
    let zone = line.parameter("TZID").map(|zone| format!(";TZID={zone}")).unwrap_or_default();
    format!("{}{zone}:{}", line.name, line.value)
}

/// `P1DT2H`, `-PT15M`, `P2W` (RFC 5545 3.3.6).
pub(crate) fn duration(text: &str) -> Option<SignedDuration> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mut seconds, mut digits, mut in_time, mut parts) = (0_i64, String::new(), false, 0);
    for letter in text.strip_prefix('P')?.chars() {
        let unit = match (letter, in_time) {
            ('0'..='9', _) => {
                digits.push(letter);
                continue;
            }
            ('T', false) if digits.is_empty() => {
                in_time = true;
                continue;
            }
            ('W', false) => 7 * 86_400,
            ('D', false) => 86_400,
            ('H', true) => 3600,
            ('M', true) => 60,
            ('S', true) => 1,
            _ => return None,
        };
        seconds = seconds.checked_add(digits.parse::<i64>().ok()?.checked_mul(unit)?)?;
        digits.clear();
        parts += 1;
    }
    (parts > 0 && digits.is_empty()).then(|| SignedDuration::from_secs(if negative { -seconds } else { seconds }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ics::tree::read;

    fn calendar(lines: &str) -> Component {
        read(&format!("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{lines}END:VEVENT\r\nEND:VCALENDAR\r\n")).unwrap()
    }

    fn within(lines: &str, from: &str, to: &str) -> bool {
        let at = |text: &str| text.parse::<Timestamp>().ok();
        touches(&calendar(lines), "VEVENT", at(from), at(to))
    }

    #[test]
    fn single_events_touch_what_they_overlap() {
        let event = "DTSTART;TZID=Europe/Vienna:20261201T100000\r\nDURATION:PT1H\r\n";
        assert!(within(event, "2026-12-01T09:30:00Z", "2026-12-01T12:00:00Z"));
        assert!(!within(event, "2026-12-01T10:00:00Z", "2026-12-01T12:00:00Z"));
        assert!(!within(event, "2026-11-01T10:00:00Z", "2026-12-01T09:00:00Z"));
        assert!(within(event, "", "2026-12-01T09:00:01Z"));
        let day = "DTSTART;VALUE=DATE:20261201\r\n";
        assert!(within(day, "2026-12-01T23:00:00Z", "2026-12-05T00:00:00Z"));
        assert!(!within(day, "2026-12-02T00:00:00Z", "2026-12-05T00:00:00Z"));
    }

    #[test]
    fn a_series_touches_by_its_occurrences_only() {
        let series = "DTSTART;TZID=Europe/Vienna:20261201T100000\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY;COUNT=4\r\nEXDATE;TZID=Europe/Vienna:20261208T100000\r\n";
        assert!(within(series, "2026-12-15T00:00:00Z", "2026-12-16T00:00:00Z"));
        assert!(!within(series, "2026-12-08T00:00:00Z", "2026-12-09T00:00:00Z"));
        assert!(!within(series, "2026-12-16T00:00:00Z", "2026-12-17T00:00:00Z"));
        assert!(!within(series, "2027-01-01T00:00:00Z", ""));
    }

    #[test]
    fn durations_are_read() {
        for (text, seconds) in
            [("PT15M", 900), ("-PT15M", -900), ("P1DT2H3M4S", 93_784), ("P2W", 1_209_600), ("+P1D", 86_400)]
        {
            assert_eq!(duration(text).map(|it| it.as_secs()), Some(seconds), "{text}");
        }
        for text in ["", "P", "PT", "1H", "P1H", "PT1D", "PT1", "PTM"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
