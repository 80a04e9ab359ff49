//! Dates and times as iCalendar spells them (RFC 5545 3.3.4, 3.3.5), read leniently.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};

/// One date or time as written, without the zone that a parameter may add.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stamp {
    Date(Date),
    Local(DateTime),
    Utc(Timestamp),
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |at: DateTime| at.strftime("%Y%m%dT%H%M%S");
        match self {
            Self::Date(date) => write!(f, "{}", date.strftime("%Y%m%d")),
            Self::Local(at) => write!(f, "{}", time(*at)),
            Self::Utc(at) => write!(f, "{}Z", time(TimeZone::UTC.to_datetime(*at))),
        }
    }
}

/// Reads `20260105`, `20260105T090000`, `20260105T090000Z`, the same with dashes and colons, without
/// seconds, with a fraction (dropped) or with an offset (`+02:00`, then an instant). Hour 24 is
/// midnight of the next day, second 60 the last second of its minute.
pub(crate) fn parse_stamp(text: &str) -> Option<Stamp> {
    let text = text.trim();
    let Some((date, time)) = text.split_once(['T', 't', ' ']) else {
        return parse_date(text).map(Stamp::Date);
    };
    let date = parse_date(date)?;
    let (time, zone) = split_offset(time);
    let at = at_time(date, time)?;
    match zone {
        "" => Some(Stamp::Local(at)),
        "Z" | "z" => Some(Stamp::Utc(instant(at, Offset::UTC))),
        offset => Some(Stamp::Utc(instant(at, parse_offset(offset)?))),
    }
}

/// The last day of year 9999 (a usual spelling of "for ever") is beyond what jiff can express as an
/// instant; it becomes the last one that it can.
fn instant(at: DateTime, offset: Offset) -> Timestamp {
    offset.to_timestamp(at).unwrap_or(if at.year() > 0 { Timestamp::MAX } else { Timestamp::MIN })
}

fn parse_date(text: &str) -> Option<Date> {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    if digits.len() != 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Date::new(digits[0..4].parse().ok()?, digits[4..6].parse().ok()?, digits[6..8].parse().ok()?).ok()
}

fn split_offset(time: &str) -> (&str, &str) {
    let at = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
    time.split_at(at)
}

fn at_time(date: Date, time: &str) -> Option<DateTime> {
    let whole = time.split_once('.').map_or(time, |(whole, _)| whole);
    let digits: String = whole.chars().filter(|c| *c != ':').collect();
    if !matches!(digits.len(), 4 | 6) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize| digits.get(from..from + 2).map_or(Some(0), |two| two.parse::<i8>().ok());
    let (hour, minute, second) = (part(0)?, part(2)?, part(4)?.min(59));
    if (hour, minute) == (24, 0) {
        return Some(date.tomorrow().ok()?.at(0, 0, 0, 0));
    }
    jiff::civil::Time::new(hour, minute, second, 0).ok().map(|time| date.to_datetime(time))
}

/// `+0200`, `-05:30`, `+023000`, `+2`.
pub(crate) fn parse_offset(text: &str) -> Option<Offset> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let digits: String = rest.chars().filter(|c| *c != ':').collect();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes, seconds) = match digits.len() {
        1 | 2 => (digits.as_str(), "0", "0"),
        3 => (&digits[..1], &digits[1..], "0"),
        4 => (&digits[..2], &digits[2..], "0"),
        6 => (&digits[..2], &digits[2..4], &digits[4..]),
        _ => return None,
    };
    let number = |text: &str| text.parse::<i32>().ok();
    let (minutes, seconds) = (number(minutes)?, number(seconds)?);
    let total = number(hours)? * 3_600 + minutes * 60 + seconds;
    let valid = minutes < 60 && seconds < 60;
    valid.then(|| Offset::from_seconds(sign * total).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_reads_as_the_canonical_one() {
        let table = [
            ("20260105", "20260105"),
            ("2026-01-05", "20260105"),
            ("20260105T090000", "20260105T090000"),
            ("20260105T0900", "20260105T090000"),
            ("2026-01-05T09:00:00", "20260105T090000"),
            ("20260105T090000Z", "20260105T090000Z"),
            ("20260105t090000z", "20260105T090000Z"),
            ("2026-01-05T09:00:00.000Z", "20260105T090000Z"),
            ("2026-01-05T09:00:00+02:00", "20260105T070000Z"),
            ("20260105T240000", "20260106T000000"),
            ("20260105T235960", "20260105T235959"),
            ("00010101T000000Z", "00010101T000000Z"),
            ("99991231T235959", "99991231T235959"),
            ("99991231T235959Z", "99991230T220000Z"),
        ];
        for (written, canonical) in table {
            assert_eq!(parse_stamp(written).map(|stamp| stamp.to_string()).as_deref(), Some(canonical), "{written}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in
            ["", "2026", "20260230", "20260105T", "20260105T99", "20260105T250000", "2026010é", "T", "20260105T0900+99"]
        {
            assert_eq!(parse_stamp(text), None, "{text}");
        }
    }

    #[test]
    fn offsets_are_read_in_every_length() {
        let table = [("+0200", 7_200), ("-05:30", -19_800), ("+2", 7_200), ("+130", 5_400), ("+005328", 3_208)];
        for (text, seconds) in table {
            assert_eq!(parse_offset(text).map(Offset::seconds), Some(seconds), "{text}");
        }
        assert_eq!(parse_offset("0200"), None);
        assert_eq!(parse_offset("+0260"), None);
    }
}
