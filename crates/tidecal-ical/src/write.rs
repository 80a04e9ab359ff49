//! Events to iCalendar text (RFC 5545, 7986): what [`crate::read`] reads back as the same events.
//!
//! Each zone is defined by a VTIMEZONE that holds for the times of the events; its TZID is the IANA
//! name, which is all that most readers look at. Deliberately not here: keeping what a vendor wrote;
//! this text is made from what was understood.

mod properties;
mod vtimezone;

use std::collections::BTreeMap;

use crate::line::strip_controls;
use crate::{Trigger, VEvent, When, Zone};
use properties::write_event;
pub(crate) use properties::{
    address, alarm_lines, attendee_line, class_word, cn, kind_word, partstat_word, period_tail, role_word, status_word,
};

/// The events as one VCALENDAR, lines ended by CR LF and folded at 75 octets. DTSTAMP, which must not
/// be missing, is the last modification or 1970 if the event has none.
#[must_use]
pub fn write(name: Option<&str>, events: &[VEvent]) -> String {
    let mut text = Text::default();
    text.line("BEGIN:VCALENDAR");
    text.line("VERSION:2.0");
    text.line("PRODID:-//Tidecal//Tidecal//EN");
    if let Some(name) = name {
        text.text("NAME", name);
        text.text("X-WR-CALNAME", name);
    }
    for (zone, years) in zones_of(events) {
        vtimezone::write(&mut text, &zone, years);
    }
    for event in events {
        write_event(&mut text, event);
    }
    text.line("END:VCALENDAR");
    text.out
}

/// The zones that the events name, each with the first and last year of their starts.
fn zones_of(events: &[VEvent]) -> BTreeMap<Zone, (i16, i16)> {
    let mut zones = BTreeMap::new();
    for event in events {
        let When::Timed { start, end } = &event.when else { continue };
        for moment in [start, end] {
            let Some(zone) = moment.zone.as_ref().filter(|zone| **zone != Zone::utc()) else { continue };
            let year = moment.local.year();
            let years = zones.entry(zone.clone()).or_insert((year, year));
            *years = (years.0.min(year), years.1.max(year));
        }
    }
    zones
}

/// Adds one line with its end, folded where it is too long but never inside a character (RFC 5545 3.1).
pub(crate) fn fold(line: &str, line_end: &str, out: &mut String) {
    let mut room = 75;
    for c in strip_controls(line).chars() {
        if c.len_utf8() > room {
            out.push_str(line_end);
            out.push(' ');
            room = 74;
        }
        room -= c.len_utf8();
        out.push(c);
    }
    out.push_str(line_end);
}

/// The VTIMEZONE of a zone for events between two years, lines ended by CR LF.
pub(crate) fn timezone(zone: &Zone, years: (i16, i16)) -> String {
    let mut text = Text::default();
    vtimezone::write(&mut text, zone, years);
    text.out
}

/// Content lines.
#[derive(Default)]
struct Text {
    out: String,
}

impl Text {
    fn line(&mut self, line: &str) {
        fold(line, "\r\n", &mut self.out);
    }

    /// A property whose value is TEXT.
    fn text(&mut self, name: &str, value: &str) {
        self.line(&format!("{name}:{}", escape(value)));
    }

    /// The same unless it says nothing.
    fn optional(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.text(name, value);
        }
    }
}

/// TEXT escapes (RFC 5545 3.3.11).
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\\' | ',' | ';' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}

/// A parameter with its separator, quoted and escaped as needed (RFC 5545 3.2, RFC 6868).
pub(crate) fn param(name: &str, value: &str) -> String {
    let escaped = value.replace('^', "^^").replace('\n', "^n").replace('"', "^'");
    let quote = if escaped.contains([',', ';', ':']) { "\"" } else { "" };
    format!(";{name}={quote}{escaped}{quote}")
}

/// Minutes before the start as a duration after it.
pub(crate) fn trigger(trigger: Trigger) -> String {
    match trigger {
        Trigger::BeforeStart(minutes) => {
            let sign = if minutes > 0 { "-" } else { "" };
            format!("TRIGGER:{sign}PT{}M", minutes.unsigned_abs())
        }
        Trigger::At(at) => format!("TRIGGER;VALUE=DATE-TIME:{}", crate::stamp::Stamp::Utc(at)),
    }
}
