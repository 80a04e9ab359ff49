//! Reading the lines of a series: RRULE parts, RDATE and EXDATE values.

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;

use super::{Frequency, Rule, Until};
use crate::data::moment::{Moment, zone_named};

impl Rule {
    pub(super) fn parse(text: &str, start: &Moment) -> Result<Self, String> {
        let mut rule = Self {
            frequency: Frequency::Daily,
            interval: 1,
            count: None,
            until: None,
            by_day: Vec::new(),
            by_month_day: Vec::new(),
            by_month: Vec::new(),
            by_set_pos: Vec::new(),
            week_start: Weekday::Monday,
        };
        let mut has_frequency = false;
        for part in text.split(';').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or_else(|| format!("no value in \"{part}\""))?;
            let name = name.to_ascii_uppercase();
            has_frequency |= name == "FREQ";
            rule.read_part(&name, value, start)?;
        }
        if !has_frequency {
            return Err("FREQ is missing".to_owned());
        }
        if rule.count.is_some() && rule.until.is_some() {
            return Err("COUNT and UNTIL exclude each other".to_owned());
        }
        Ok(rule)
    }

    fn read_part(&mut self, name: &str, value: &str, start: &Moment) -> Result<(), String> {
        match name {
            "FREQ" => {
                self.frequency = match value {
                    "DAILY" => Frequency::Daily,
                    "WEEKLY" => Frequency::Weekly,
                    "MONTHLY" => Frequency::Monthly,
                    "YEARLY" => Frequency::Yearly,
                    other => return Err(format!("FREQ={other} is not supported")),
                };
            }
            "INTERVAL" => self.interval = positive(value)?,
            "COUNT" => self.count = usize::try_from(positive(value)?).ok(),
            "UNTIL" => self.until = Some(read_until(value, start)?),
            "WKST" => self.week_start = weekday(value)?,
            "BYDAY" => self.by_day = each(value, ordinal_day)?,
            "BYMONTHDAY" => self.by_month_day = each(value, |v| within(v, 31))?,
            "BYMONTH" => {
                self.by_month = each(value, |v| within(v, 12).and_then(not_negative))?;
            }
            "BYSETPOS" => self.by_set_pos = each(value, |v| within(v, 366))?,
            other => return Err(format!("{other} is not supported")),
        }
        Ok(())
    }
}

fn positive(value: &str) -> Result<i64, String> {
    value.parse().ok().filter(|n| *n > 0).ok_or_else(|| format!("\"{value}\" is not a positive number"))
}

fn within<T: TryFrom<i64>>(value: &str, limit: i64) -> Result<T, String> {
    let refused = || format!("\"{value}\" is out of range");
    let number: i64 = value.parse().map_err(|_| refused())?;
    if number == 0 || number.abs() > limit {
        return Err(refused());
    }
    T::try_from(number).map_err(|_| refused())
}

fn not_negative(month: i8) -> Result<i8, String> {
    if month > 0 { Ok(month) } else { Err(format!("month {month} is out of range")) }
}

fn each<T>(value: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    value.split(',').map(read).collect()
}

fn weekday(value: &str) -> Result<Weekday, String> {
    Ok(match value {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        other => return Err(format!("\"{other}\" is no weekday")),
    })
}

fn ordinal_day(value: &str) -> Result<(i8, Weekday), String> {
    let Some(at) = value.len().checked_sub(2).filter(|at| value.is_char_boundary(*at)) else {
        return Err(format!("\"{value}\" is no weekday"));
    };
    let (ordinal, day) = value.split_at(at);
    let ordinal = if ordinal.is_empty() { 0 } else { within(ordinal.trim_start_matches('+'), 53)? };
    Ok((ordinal, weekday(day)?))
}

/// UNTIL of a timed series is UTC, of an all-day series a date.
fn read_until(value: &str, start: &Moment) -> Result<Until, String> {
    let wrong = || format!("UNTIL={value} does not fit the start");
    if start.is_day() {
        return basic_date(value).map(Until::Day).ok_or_else(wrong);
    }
    let local = value.strip_suffix('Z').and_then(basic_date_time).ok_or_else(wrong)?;
    let instant = TimeZone::UTC.to_zoned(local).map_err(|_| wrong())?.timestamp();
    Ok(Until::Instant(instant))
}

pub(super) fn read_dates(
    value: &str,
    parameters: &str,
    start: &Moment,
    into: &mut Vec<DateTime>,
) -> Result<(), String> {
    let zone = parameters
        .split(';')
        .find_map(|parameter| parameter.strip_prefix("TZID="))
        .map(|name| zone_named(name.trim_matches('"')));
    for text in value.split(',') {
        let local = read_date_value(text, zone.as_ref(), start).ok_or_else(|| format!("\"{text}\" is no date"))?;
        into.push(local);
    }
    Ok(())
}

/// A date value as local time of the series' own zone.
fn read_date_value(text: &str, zone: Option<&TimeZone>, start: &Moment) -> Option<DateTime> {
    if let Some(date) = basic_date(text) {
        return Some(date.to_datetime(jiff::civil::Time::midnight()));
    }
    let (zone, local) = match text.strip_suffix('Z') {
        Some(utc) => (Some(&TimeZone::UTC), basic_date_time(utc)?),
        None => (zone, basic_date_time(text)?),
    };
    match (start, zone) {
        (Moment::At { zone: own, .. }, Some(zone)) => Some(own.to_datetime(zone.to_zoned(local).ok()?.timestamp())),
        _ => Some(local),
    }
}

/// `YYYYMMDD`.
pub(crate) fn basic_date(text: &str) -> Option<Date> {
    if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Date::new(text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..].parse().ok()?).ok()
}

/// `YYYYMMDDTHHMMSS`.
pub(crate) fn basic_date_time(text: &str) -> Option<DateTime> {
    let (date, time) = text.split_once('T')?;
    if time.len() != 6 || !time.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part = |range: std::ops::Range<usize>| time[range].parse::<i8>().ok();
    let date = basic_date(date)?;
    DateTime::new(date.year(), date.month(), date.day(), part(0..2)?, part(2..4)?, part(4..6)?, 0).ok()
}
