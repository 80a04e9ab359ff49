//! A recurrence rule as data (RFC 5545 3.3.10): reading it leniently, writing it canonically.
//!
//! Lenient: case, spaces, a leading `RRULE:`, empty and unknown parts, `INTERVAL=0` (read as 1),
//! a negative COUNT (none),
//! dates written with dashes, UNTIL beside COUNT (both hold, so the earlier one ends the series),
//! UNTIL as date, local time or UTC whatever DTSTART is. Refused: what would have to be guessed,
//! such as an unknown FREQ, a value out of range, a calendar scale other than the Gregorian one.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use crate::stamp::{Stamp, parse_stamp};

/// What is wrong with a recurrence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// The rule has no FREQ.
    #[error("the rule {0:?} does not say how often (FREQ is missing)")]
    NoFrequency(String),
    /// A part has a value that it cannot have.
    #[error("{part}={value} is not valid in a recurrence rule")]
    Part {
        /// Name of the part, such as `BYDAY`.
        part: String,
        /// Its value as written.
        value: String,
    },
    /// RFC 7529: another calendar scale, or the skipping of invalid dates.
    #[error("{0} (RFC 7529) is not supported")]
    Unsupported(String),
    /// More rules than any series of a person has.
    #[error("the series has more than {MOST_RULES} rules")]
    TooMany,
    /// A property line that is none of RRULE, EXRULE, RDATE, EXDATE.
    #[error("{0:?} is not a recurrence property")]
    Line(String),
    /// A date of an RDATE or EXDATE.
    #[error("{value:?} is not a date or time in {property}")]
    Date {
        /// `RDATE` or `EXDATE`.
        property: String,
        /// The value as written.
        value: String,
    },
}

/// RRULEs and EXRULEs of one series that are accepted.
pub(crate) const MOST_RULES: usize = 50;

/// FREQ, from the shortest to the longest period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Freq {
    Secondly,
    Minutely,
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// One entry of BYDAY.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ByDay {
    /// Which one in the month or year, from the end if negative; 0 means every one.
    pub(crate) nth: i16,
    /// Monday is 0.
    pub(crate) weekday: u8,
}

/// The last moment of a rule, inclusive, in the form it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    Date(Date),
    Local(DateTime),
    Utc(Timestamp),
}

/// A rule, its lists sorted and free of repeats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) freq: Freq,
    pub(crate) interval: u32,
    pub(crate) count: Option<u32>,
    pub(crate) until: Option<Until>,
    pub(crate) by_month: Vec<i16>,
    pub(crate) by_week_no: Vec<i16>,
    pub(crate) by_year_day: Vec<i16>,
    pub(crate) by_month_day: Vec<i16>,
    pub(crate) by_day: Vec<ByDay>,
    pub(crate) by_hour: Vec<i16>,
    pub(crate) by_minute: Vec<i16>,
    pub(crate) by_second: Vec<i16>,
    pub(crate) by_set_pos: Vec<i16>,
    /// Monday is 0.
    pub(crate) week_start: u8,
}

const FREQS: [(&str, Freq); 7] = [
    ("SECONDLY", Freq::Secondly),
    ("MINUTELY", Freq::Minutely),
    ("HOURLY", Freq::Hourly),
    ("DAILY", Freq::Daily),
    ("WEEKLY", Freq::Weekly),
    ("MONTHLY", Freq::Monthly),
    ("YEARLY", Freq::Yearly),
];

const WEEKDAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

impl Rule {
    /// Reads a RECUR value. Unknown parts are ignored, as the RFC asks; of a repeated part the last
    /// one holds.
    pub(crate) fn parse(text: &str) -> Result<Self, RuleError> {
        let text = text.trim();
        let body = match text.split_once(':') {
            Some((name, rest)) if name.eq_ignore_ascii_case("RRULE") || name.eq_ignore_ascii_case("EXRULE") => rest,
            _ => text,
        };
        let mut rule = Self::every(Freq::Daily);
        let mut named = false;
        for part in body.split(';') {
            let Some((name, value)) = part.split_once('=') else { continue };
            let (name, value) = (name.trim().to_ascii_uppercase(), value.trim());
            named |= name == "FREQ";
            rule.set(&name, value).ok_or_else(|| RuleError::Part { part: name.clone(), value: value.to_owned() })??;
        }
        if named { Ok(rule) } else { Err(RuleError::NoFrequency(text.to_owned())) }
    }

    fn every(freq: Freq) -> Self {
        Self {
            freq,
            interval: 1,
            count: None,
            until: None,
            by_month: Vec::new(),
            by_week_no: Vec::new(),
            by_year_day: Vec::new(),
            by_month_day: Vec::new(),
            by_day: Vec::new(),
            by_hour: Vec::new(),
            by_minute: Vec::new(),
            by_second: Vec::new(),
            by_set_pos: Vec::new(),
            week_start: 0,
        }
    }

    /// Takes one part in; `None` if its value is not one it can have.
    fn set(&mut self, name: &str, value: &str) -> Option<Result<(), RuleError>> {
        match name {
            "FREQ" => self.freq = FREQS.iter().find(|(text, _)| text.eq_ignore_ascii_case(value))?.1,
            "INTERVAL" => self.interval = amount(value)?.max(1),
            // A negative count is how some programs write "no count".
            "COUNT" if value.starts_with('-') && amount(&value[1..]).is_some() => self.count = None,
            "COUNT" => self.count = Some(amount(value)?),
            "UNTIL" => self.until = Some(until(value)?),
            "WKST" => self.week_start = weekday(value)?,
            "BYDAY" => self.by_day = sorted(value, by_day)?,
            "BYMONTH" => self.by_month = numbers(value, 1..=12, false)?,
            "BYWEEKNO" => self.by_week_no = numbers(value, 1..=53, true)?,
            "BYYEARDAY" => self.by_year_day = numbers(value, 1..=366, true)?,
            "BYMONTHDAY" => self.by_month_day = numbers(value, 1..=31, true)?,
            "BYHOUR" => self.by_hour = numbers(value, 0..=23, false)?,
            "BYMINUTE" => self.by_minute = numbers(value, 0..=59, false)?,
            "BYSECOND" => self.by_second = numbers(value, 0..=60, false)?,
            "BYSETPOS" => self.by_set_pos = numbers(value, 1..=366, true)?,
            "RSCALE" if !value.eq_ignore_ascii_case("GREGORIAN") => {
                return Some(Err(RuleError::Unsupported(format!("RSCALE={value}"))));
            }
            "SKIP" if !value.eq_ignore_ascii_case("OMIT") => {
                return Some(Err(RuleError::Unsupported(format!("SKIP={value}"))));
            }
            _ => {}
        }
        Some(Ok(()))
    }
}

/// Digits; more than fit mean "very many".
fn amount(value: &str) -> Option<u32> {
    let digits = value.strip_prefix('+').unwrap_or(value);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().unwrap_or(u32::MAX))
}

fn until(value: &str) -> Option<Until> {
    Some(match parse_stamp(value)? {
        Stamp::Date(date) => Until::Date(date),
        Stamp::Local(at) => Until::Local(at),
        Stamp::Utc(at) => Until::Utc(at),
    })
}

fn weekday(value: &str) -> Option<u8> {
    let index = WEEKDAYS.iter().position(|name| name.eq_ignore_ascii_case(value))?;
    u8::try_from(index).ok()
}

fn by_day(item: &str) -> Option<ByDay> {
    let (nth, name) = item.split_at_checked(item.len().checked_sub(2)?)?;
    let nth = match nth.trim() {
        "" => 0,
        number => number.parse().ok().filter(|nth: &i16| *nth != 0 && nth.abs() <= 53)?,
    };
    Some(ByDay { nth, weekday: weekday(name)? })
}

fn numbers(value: &str, range: std::ops::RangeInclusive<i16>, signed: bool) -> Option<Vec<i16>> {
    sorted(value, |item| {
        let number: i16 = item.parse().ok()?;
        let within = range.contains(&if signed { number.abs() } else { number });
        within.then_some(number)
    })
}

fn sorted<T: Ord>(value: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    let items = value.split(',').map(str::trim).filter(|item| !item.is_empty());
    let mut list = items.map(read).collect::<Option<Vec<T>>>()?;
    list.sort_unstable();
    list.dedup();
    Some(list)
}

impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let freq = FREQS.iter().find(|(_, freq)| *freq == self.freq).map_or("", |(name, _)| name);
        write!(f, "FREQ={freq}")?;
        if self.interval != 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        if let Some(count) = self.count {
            write!(f, ";COUNT={count}")?;
        }
        if let Some(until) = self.until {
            let stamp = match until {
                Until::Date(date) => Stamp::Date(date),
                Until::Local(at) => Stamp::Local(at),
                Until::Utc(at) => Stamp::Utc(at),
            };
            write!(f, ";UNTIL={stamp}")?;
        }
        let lists = [
            ("BYMONTH", &self.by_month),
            ("BYWEEKNO", &self.by_week_no),
            ("BYYEARDAY", &self.by_year_day),
            ("BYMONTHDAY", &self.by_month_day),
        ];
        lists.iter().try_for_each(|(name, list)| write_list(f, name, list))?;
        if !self.by_day.is_empty() {
            write_list(f, "BYDAY", &self.by_day)?;
        }
        let lists = [
            ("BYHOUR", &self.by_hour),
            ("BYMINUTE", &self.by_minute),
            ("BYSECOND", &self.by_second),
            ("BYSETPOS", &self.by_set_pos),
        ];
        lists.iter().try_for_each(|(name, list)| write_list(f, name, list))?;
        if self.week_start != 0 {
            write!(f, ";WKST={}", WEEKDAYS[usize::from(self.week_start)])?;
        }
        Ok(())
    }
}

impl std::fmt::Display for ByDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.nth != 0 {
            write!(f, "{}", self.nth)?;
        }
        f.write_str(WEEKDAYS[usize::from(self.weekday)])
    }
}

fn write_list<T: std::fmt::Display>(f: &mut std::fmt::Formatter<'_>, name: &str, list: &[T]) -> std::fmt::Result {
    for (index, item) in list.iter().enumerate() {
        if index == 0 {
            write!(f, ";{name}={item}")?;
        } else {
            f.write_char(',')?;
            write!(f, "{item}")?;
        }
    }
    Ok(())
}

/// The rule in one spelling: upper case, parts in a fixed order, lists sorted, defaults left out,
/// unknown parts dropped. Two rules of one spelling expand alike. COUNT beside UNTIL stays, for
/// which of them ends the series first depends on its start (see [`crate::one_bound`]).
///
/// # Errors
/// The text is no rule, or has a part that this crate cannot honour.
pub fn normalize_rule(text: &str) -> Result<String, RuleError> {
    Rule::parse(text).map(|rule| rule.to_string())
}
