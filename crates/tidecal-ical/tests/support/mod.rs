//! Series from short texts.
#![allow(dead_code, unreachable_pub)]

use jiff::Timestamp;
use tidecal_ical::{
    Budget, Component, Expansion, Range, ReadLimits, Recurrence, VEvent, When, Zone, expand, read,
    recurrence_from_lines,
};

/// The event of a VEVENT with these lines.
pub fn event(lines: &[&str]) -> VEvent {
    let text = format!("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", lines.join("\r\n"));
    match read(text.as_bytes(), &ReadLimits::default()).unwrap().components.remove(0) {
        Component::Event(event) => *event,
        Component::Unreadable { reason, .. } => panic!("{reason}"),
    }
}

/// `DTSTART…` (one hour or one day long) and further lines.
pub fn series(start: &str, lines: &[&str]) -> (When, Recurrence) {
    let duration =
        if start.contains("T1") || start.contains("T0") || start.contains("T2") { "DURATION:PT1H" } else { "X-NONE:" };
    let when = event(&[start, duration]).when;
    let recurrence = recurrence_from_lines(lines, &when).unwrap();
    (when, recurrence)
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|_| format!("{text}T00:00:00Z").parse().unwrap())
}

pub fn range(start: &str, end: &str) -> Range {
    Range { start: at(start), end: at(end) }
}

pub fn zone(name: &str) -> Zone {
    Zone::iana(name).unwrap()
}

pub fn found(series: &(When, Recurrence), range: Range, floating_in: &str) -> Expansion {
    expand(&series.0, &series.1, range, &zone(floating_in), Budget::default()).unwrap()
}

/// The ids found, in UTC, everything complete.
pub fn ids(start: &str, lines: &[&str], from: &str, to: &str) -> Vec<String> {
    let expansion = found(&series(start, lines), range(from, to), "UTC");
    assert!(expansion.complete);
    expansion.occurrences.iter().map(|occurrence| occurrence.id.to_string()).collect()
}
