//! What is wrong with a calendar object that somebody wants to store (RFC 4791 4.1 and 5.3.2.1, RFC 5545).

use std::collections::BTreeSet;

use super::line::{Line, plain};
use super::lists::{FREQUENCIES, ONCE, PEOPLE, RULE_PARTS, STAMPS, TEXTS, WORDS};
use super::tree::{Component, read};
use crate::data::rule::{basic_date, basic_date_time};

/// The precondition that an object fails, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// `valid-calendar-data`: this is not iCalendar.
    Data(String),
    /// `valid-calendar-object-resource`: it is, but not one object.
    Resource(String),
}

/// A sound calendar object.
#[derive(Debug, Clone)]
pub(crate) struct Sound {
    pub(crate) uid: String,
    /// `VEVENT` and its kind.
    pub(crate) component: String,
}

/// Reads an object that is to be stored.
pub(crate) fn object(text: &str) -> Result<Sound, Wrong> {
    let calendar = read(text).map_err(Wrong::Data)?;
    if calendar.name != "VCALENDAR" {
        return Err(Wrong::Data(format!("{} is no VCALENDAR", calendar.name)));
    }
    frame(&calendar).map_err(Wrong::Data)?;
    let (uid, component) = one_object(&calendar).map_err(Wrong::Resource)?;
    let zones: BTreeSet<&str> = calendar.parts_named("VTIMEZONE").filter_map(|zone| zone.value("TZID")).collect();
    for zone in calendar.parts_named("VTIMEZONE") {
        time_zone(zone).map_err(Wrong::Data)?;
    }
    for part in calendar.main_parts() {
        main_part(part, &zones).map_err(Wrong::Data)?;
    }
    slots(&calendar).map_err(Wrong::Resource)?;
    Ok(Sound { uid, component })
}

fn frame(calendar: &Component) -> Result<(), String> {
    for name in ["PRODID", "VERSION"] {
        if calendar.all(name).count() != 1 {
            return Err(format!("VCALENDAR needs {name} once"));
        }
    }
    if calendar.value("VERSION") != Some("2.0") {
        return Err("VERSION is not 2.0".to_owned());
    }
    Ok(())
}

/// RFC 4791 4.1: no METHOD, one kind of component, one UID.
fn one_object(calendar: &Component) -> Result<(String, String), String> {
    if calendar.line("METHOD").is_some() {
        return Err("a stored object has no METHOD".to_owned());
    }
    let first = calendar.main_parts().next().ok_or("it holds no component")?;
    let uid = first.value("UID").filter(|uid| !uid.is_empty()).ok_or("UID is missing")?;
    for part in calendar.main_parts() {
        if part.name != first.name {
            return Err(format!("it holds {} and {}", first.name, part.name));
        }
        if part.value("UID") != Some(uid) {
            return Err("it holds more than one UID".to_owned());
        }
    }
    Ok((uid.to_owned(), first.name.clone()))
}

/// One master at most, and no slot twice; exceptions are named as the master's start is.
fn slots(calendar: &Component) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    let master = calendar.main_parts().find(|part| part.line("RECURRENCE-ID").is_none());
    let start = master.and_then(|part| part.line("DTSTART"));
    for part in calendar.main_parts() {
        let slot = part.line("RECURRENCE-ID");
        if !seen.insert(slot.map(|line| (line.parameter("TZID"), line.value.as_str()))) {
            return Err("two components stand for the same occurrence".to_owned());
        }
        if let (Some(slot), Some(start)) = (slot, start)
            && is_date(slot) != is_date(start)
        {
            return Err("RECURRENCE-ID is not of the kind of the master's DTSTART".to_owned());
        }
        if slot.is_some() && part.line("RRULE").is_some() {
            return Err("an exception has no rule of its own".to_owned());
        }
    }
    Ok(())
}

fn time_zone(zone: &Component) -> Result<(), String> {
    let name = zone.value("TZID").filter(|name| !name.is_empty()).ok_or("VTIMEZONE needs TZID")?;
    if zone.parts.is_empty() {
        return Err(format!("the VTIMEZONE {name} has no rules"));
    }
    for part in &zone.parts {
        let is_rule = matches!(part.name.as_str(), "STANDARD" | "DAYLIGHT");
        let offset = |name: &str| part.value(name).is_some_and(is_offset);
        let start = part.value("DTSTART").is_some_and(|value| basic_date_time(value).is_some());
        if !is_rule || !start || !offset("TZOFFSETFROM") || !offset("TZOFFSETTO") {
            return Err(format!("the VTIMEZONE {name} has a broken {}", part.name));
        }
    }
    Ok(())
}

/// `+0100`, `-023015`.
fn is_offset(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or_default();
    matches!(digits.len(), 4 | 6) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn main_part(part: &Component, zones: &BTreeSet<&str>) -> Result<(), String> {
    for name in ONCE {
        if part.all(name).count() > 1 {
            return Err(format!("{name} stands more than once"));
        }
    }
    if part.line("DTSTAMP").is_none() {
        return Err("DTSTAMP is missing".to_owned());
    }
    for line in &part.lines {
        if line.name != "STATUS" || part.name == "VEVENT" {
            value_of(line)?;
        }
        if let Some(zone) = line.parameter("TZID") {
            let unknown = !zones.contains(zone) && !zone.starts_with('/');
            if unknown || line.value.ends_with('Z') {
                return Err(format!("{} names the zone {zone}, which is not defined for it", line.name));
            }
        }
    }
    if part.name == "VEVENT" {
        times(part)?;
    }
    for alarm in part.parts_named("VALARM") {
        alarm_of(alarm)?;
    }
    Ok(())
}

fn value_of(line: &Line) -> Result<(), String> {
    let (name, value) = (line.name.as_str(), line.value.as_str());
    let wrong = || Err(format!("{name} cannot be \"{}\"", value.chars().take(60).collect::<String>()));
    let sound = match name {
        _ if TEXTS.contains(&name) => plain(value).is_some(),
        _ if PEOPLE.contains(&name) => {
            value.split_once(':').is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty())
        }
        _ if STAMPS.contains(&name) => value.strip_suffix('Z').is_some_and(|it| basic_date_time(it).is_some()),
        "SEQUENCE" => value.parse::<u32>().is_ok(),
        "PRIORITY" => value.parse::<u8>().is_ok_and(|it| it <= 9),
        "DTSTART" | "DTEND" | "DUE" | "RECURRENCE-ID" => is_time(line, value),
        "EXDATE" => value.split(',').all(|it| is_time(line, it)),
        "RDATE" if !line.has_value_type("PERIOD") => value.split(',').all(|it| is_time(line, it)),
        "DURATION" => super::span::duration(value).is_some(),
        _ => WORDS.iter().find(|(own, _)| *own == name).is_none_or(|(_, words)| words.contains(&value)),
    };
    if sound { Ok(()) } else { wrong() }
}

fn is_date(line: &Line) -> bool {
    line.has_value_type("DATE")
}

fn is_time(line: &Line, value: &str) -> bool {
    if is_date(line) {
        return line.parameter("TZID").is_none() && basic_date(value).is_some();
    }
    basic_date_time(value.strip_suffix('Z').unwrap_or(value)).is_some()
}

/// RFC 5545 3.6.1, 3.8.2.2: start and end fit each other, and everything that recurs fits the start.
fn times(event: &Component) -> Result<(), String> {
    let start = event.line("DTSTART").ok_or("DTSTART is missing")?;
    if let Some(end) = event.line("DTEND") {
        if event.line("DURATION").is_some() {
            return Err("DTEND and DURATION exclude each other".to_owned());
        }
        if is_date(end) != is_date(start) {
            return Err("DTEND is not of the kind of DTSTART".to_owned());
        }
        let (from, to) = super::span::bounds(event).ok_or("DTSTART or DTEND names no time")?;
        if to <= from {
            return Err("DTEND is not later than DTSTART".to_owned());
        }
    }
    if let Some(rule) = event.line("RRULE") {
        rule_of(&rule.value, start)?;
    }
    for name in ["EXDATE", "RDATE"] {
        let strange = |line: &&Line| !line.has_value_type("PERIOD") && is_date(line) != is_date(start);
        if event.all(name).any(|line| strange(&line)) {
            return Err(format!("{name} is not of the kind of DTSTART"));
        }
    }
    Ok(())
}

fn rule_of(rule: &str, start: &Line) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for part in rule.split(';') {
        let (name, value) = part.split_once('=').ok_or_else(|| format!("RRULE holds \"{part}\""))?;
        if !RULE_PARTS.contains(&name) || value.is_empty() || !seen.insert(name) {
            return Err(format!("RRULE holds \"{part}\""));
        }
        let sound = match name {
            "FREQ" => FREQUENCIES.contains(&value),
            "COUNT" | "INTERVAL" => value.parse::<u32>().is_ok_and(|it| it > 0),
            "UNTIL" => until(value, start),
            _ => true,
        };
        if !sound {
            return Err(format!("RRULE cannot say {part}"));
        }
    }
    if !rule.starts_with("FREQ=") && !seen.contains("FREQ") {
        return Err("RRULE has no FREQ".to_owned());
    }
    if seen.contains("COUNT") && seen.contains("UNTIL") {
        return Err("COUNT and UNTIL exclude each other".to_owned());
    }
    Ok(())
}

/// A date for dates; in UTC where the start has a zone; local where it floats.
fn until(value: &str, start: &Line) -> bool {
    if is_date(start) {
        return basic_date(value).is_some();
    }
    let floats = start.parameter("TZID").is_none() && !start.value.ends_with('Z');
    match value.strip_suffix('Z') {
        Some(utc) => !floats && basic_date_time(utc).is_some(),
        None => floats && basic_date_time(value).is_some(),
    }
}

/// RFC 5545 3.6.6.
fn alarm_of(alarm: &Component) -> Result<(), String> {
    let action = alarm.value("ACTION").ok_or("VALARM has no ACTION")?;
    let needed: &[&str] = match action {
        "DISPLAY" => &["TRIGGER", "DESCRIPTION"],
        "EMAIL" => &["TRIGGER", "DESCRIPTION", "SUMMARY", "ATTENDEE"],
        _ => &["TRIGGER"],
    };
    match needed.iter().find(|name| alarm.line(name).is_none()) {
        Some(missing) => Err(format!("a VALARM of {action} has no {missing}")),
        None => Ok(()),
    }
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
