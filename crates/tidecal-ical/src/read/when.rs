//! DTSTART, DTEND and DURATION to calendar time, whatever contradicts what.

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::zones::{Placed, Zones};
use crate::line::Property;
use crate::stamp::{Stamp, parse_stamp};
use crate::{Moment, When, Zone};

/// A date or a time as a property says it.
enum Point {
    Day(Date),
    Time(Placed),
}

/// When a component takes place, and whether its zone was derived rather than named.
pub(crate) fn read_when(properties: &[Property<'_>], zones: &mut Zones) -> Result<(When, bool), String> {
    let find =
        |name: &str| properties.iter().find(|property| property.name == name && !property.value.trim().is_empty());
    let start = find("DTSTART").ok_or("it has no DTSTART")?;
    let end = find("DTEND");
    let length = match find("DURATION") {
        Some(length) if end.is_none() => Some(
            parse_duration(length.value)
                .ok_or_else(|| format!("DURATION {:?} is not a duration", length.value.trim()))?,
        ),
        _ => None,
    };
    let start = point(start, zones)?;
    // An end that cannot be read is an end that is not there.
    let end = end.and_then(|end| point(end, zones).ok());
    let (when, guessed) = match start {
        Point::Day(start) => (whole_days(start, end, length), false),
        Point::Time(start) => {
            let guessed = start.guessed || matches!(&end, Some(Point::Time(end)) if end.guessed);
            (timed(start.moment, end, length), guessed)
        }
    };
    let marked = ALL_DAY_MARKS.iter().filter_map(|name| find(name)).any(|mark| is_true(mark.value));
    let days = if marked { as_whole_days(&when, zones.own()) } else { None };
    Ok(days.map_or((when, guessed), |days| (days, false)))
}

/// Properties with which programs mark what they store as 00:00 to 00:00.
pub(crate) const ALL_DAY_MARKS: [&str; 3] =
    ["X-MICROSOFT-CDO-ALLDAYEVENT", "X-MICROSOFT-MSNCALENDAR-ALLDAYEVENT", "X-FUNAMBOL-ALLDAY"];

pub(crate) fn is_true(value: &str) -> bool {
    value.trim().eq_ignore_ascii_case("TRUE") || value.trim() == "1"
}

fn point(property: &Property<'_>, zones: &mut Zones) -> Result<Point, String> {
    let wrong = || format!("{} {:?} is not a date or time", property.name, property.value.trim());
    let stamp = parse_stamp(property.value).ok_or_else(wrong)?;
    let tzid = property.param("TZID").filter(|tzid| !tzid.trim().is_empty());
    let as_date = property.param_is("VALUE", "DATE");
    Ok(match (stamp, tzid) {
        (Stamp::Date(date), _) => Point::Day(date),
        (Stamp::Local(at), _) if as_date => Point::Day(at.date()),
        (Stamp::Local(at), Some(tzid)) => Point::Time(zones.place(at, tzid)),
        (Stamp::Local(local), None) => Point::Time(Placed { moment: Moment { local, zone: None }, guessed: false }),
        // Beside a TZID the Z is taken at its word: the instant, told in that zone.
        (Stamp::Utc(at), tzid) => Point::Time(zones.place_instant(at, tzid)),
    })
}

fn whole_days(start: Date, end: Option<Point>, length: Option<Length>) -> When {
    let day_after = start.tomorrow().unwrap_or(start);
    let end = match (end, length) {
        (Some(Point::Day(end)), _) => end,
        (Some(Point::Time(end)), _) => {
            let local = end.moment.local;
            let begun = local.time() != Time::midnight();
            if begun { local.date().tomorrow().unwrap_or(local.date()) } else { local.date() }
        }
        (None, Some(length)) => {
            let days = length.days + i64::from(length.seconds > 0) * (length.seconds + 86_399) / 86_400;
            start.checked_add(days.clamp(0, 4_000_000).days()).unwrap_or(Date::MAX)
        }
        (None, None) => day_after,
    };
    When::AllDay { start, end: end.max(day_after) }
}

fn timed(start: Moment, end: Option<Point>, length: Option<Length>) -> When {
    let end = match (end, length) {
        (Some(Point::Day(date)), _) => Moment { local: date.at(0, 0, 0, 0), zone: start.zone.clone() },
        (Some(Point::Time(end)), _) => match (&start.zone, end.moment.zone) {
            (Some(zone), None) => Moment::zoned(end.moment.local, zone.clone()),
            (None, Some(_)) => Moment { local: end.moment.local, zone: None },
            (_, zone) => Moment { local: end.moment.local, zone },
        },
        (None, Some(length)) => length.after(&start),
        (None, None) => start.clone(),
    };
    let utc = Zone::utc();
    let end = if end.instant(&utc) < start.instant(&utc) { start.clone() } else { end };
    When::Timed { start, end }
}

/// What is marked as all-day but written as times: from midnight to midnight (or the minute before)
/// of its own zone, or of the calendar's if written in UTC.
fn as_whole_days(when: &When, own: Option<&Zone>) -> Option<When> {
    let When::Timed { start, end } = when else { return None };
    let shown = |moment: &Moment| match (&moment.zone, own) {
        (Some(zone), Some(own)) if *zone == Zone::utc() => own.rules().to_datetime(moment.instant(zone)),
        _ => moment.local,
    };
    let try_with = |start: DateTime, end: DateTime| {
        let last_minute = end.hour() == 23 && end.minute() == 59;
        let starts = start.time() == Time::midnight();
        let ends = end.time() == Time::midnight() || last_minute;
        let until = if last_minute { end.date().tomorrow().ok()? } else { end.date() };
        (starts && ends).then(|| whole_days(start.date(), Some(Point::Day(until)), None))
    };
    try_with(start.local, end.local).or_else(|| try_with(shown(start), shown(end)))
}

/// A duration in nominal days and exact seconds (RFC 5545 3.3.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Length {
    pub(super) days: i64,
    pub(super) seconds: i64,
}

impl Length {
    /// Days move the clock on the wall, seconds pass.
    pub(crate) fn after(self, start: &Moment) -> Moment {
        let day = start.local.checked_add(self.days.clamp(-4_000_000, 4_000_000).days()).unwrap_or(DateTime::MAX);
        if self.seconds == 0 {
            return Moment { local: day, zone: start.zone.clone() };
        }
        let utc = Zone::utc();
        let zone = start.zone.as_ref().unwrap_or(&utc);
        let from = Moment::zoned(day, zone.clone()).instant(zone);
        let at = from.checked_add(SignedDuration::from_secs(self.seconds)).unwrap_or(Timestamp::MAX);
        Moment { local: zone.rules().to_datetime(at), zone: start.zone.clone() }
    }
}

/// `P1D`, `PT1H30M`, `-PT15M`, `P2W`, also `P1DT2H` without T before the hours missing digits.
pub(crate) fn parse_duration(text: &str) -> Option<Length> {
    let text = text.trim().to_ascii_uppercase();
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(&text)),
    };
    let rest = rest.strip_prefix('P')?;
    let mut length = Length { days: 0, seconds: 0 };
    let mut digits = String::new();
    let mut any = false;
    for c in rest.chars() {
        match c {
            '0'..='9' if digits.len() < 9 => digits.push(c),
            'T' if digits.is_empty() => {}
            unit => {
                let number: i64 = digits.parse().ok()?;
                digits.clear();
                any = true;
                match unit {
                    'W' => length.days += number * 7,
                    'D' => length.days += number,
                    'H' => length.seconds += number * 3_600,
                    'M' => length.seconds += number * 60,
                    'S' => length.seconds += number,
                    _ => return None,
                }
            }
        }
    }
    let whole = digits.is_empty() && (any || rest == "T");
    whole.then_some(Length { days: sign * length.days, seconds: sign * length.seconds })
}
