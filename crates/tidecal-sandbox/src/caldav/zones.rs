//! Definitions of the zones that seed data is written in. Elsewhere times are written in UTC.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::data::moment::zone_named;

/// Rules of one side of the Atlantic: (month, BYDAY, local time) of the change to standard time, and of that to daylight
/// saving time, with a first year in which they held.
struct Rules {
    standard: (&'static str, &'static str),
    daylight: (&'static str, &'static str),
    names: &'static [(&'static str, &'static str, &'static str)],
}

const RULES: [Rules; 2] = [
    Rules {
        standard: ("DTSTART:19961027T030000", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"),
        daylight: ("DTSTART:19960331T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"),
        names: &[("Europe/Vienna", "+0100", "+0200"), ("Europe/Berlin", "+0100", "+0200")],
    },
    Rules {
        standard: ("DTSTART:20071104T020000", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU"),
        daylight: ("DTSTART:20070311T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU"),
        names: &[("America/New_York", "-0500", "-0400"), ("America/Chicago", "-0600", "-0500")],
    },
];

/// The lines of a VTIMEZONE; none for a zone that is not known here.
pub(super) fn definition(zone: &str) -> Vec<String> {
    let found = RULES.iter().find_map(|rules| Some((rules, rules.names.iter().find(|(name, ..)| *name == zone)?)));
    let Some((rules, (name, standard, daylight))) = found else { return Vec::new() };
    let mut lines = vec!["BEGIN:VTIMEZONE".to_owned(), format!("TZID:{name}")];
    for (part, (start, rule), from, to) in
        [("STANDARD", rules.standard, daylight, standard), ("DAYLIGHT", rules.daylight, standard, daylight)]
    {
        lines.extend([format!("BEGIN:{part}"), start.to_owned(), rule.to_owned()]);
        lines.extend([format!("TZOFFSETFROM:{from}"), format!("TZOFFSETTO:{to}"), format!("END:{part}")]);
    }
    lines.push("END:VTIMEZONE".to_owned());
    lines
}

/// A property that is a time of that zone: with its name if it is defined here, else in UTC.
pub(super) fn moment(name: &str, zone: &str, local: DateTime) -> String {
    if !definition(zone).is_empty() {
        return format!("{name};TZID={zone}:{}", local.strftime("%Y%m%dT%H%M%S"));
    }
    let instant = zone_named(zone).to_zoned(local).map(|zoned| zoned.timestamp()).unwrap_or_default();
    format!("{name}:{}Z", TimeZone::UTC.to_datetime(instant).strftime("%Y%m%dT%H%M%S"))
}
