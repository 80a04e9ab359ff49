//! Zones of a text: which TZID to write for a zone, and which VTIMEZONEs to add.

use std::collections::BTreeMap;

use jiff::civil::DateTime;

use crate::Zone;
use crate::read::Zones;

pub(super) struct Places {
    pub(super) zones: Zones,
    /// TZIDs that have a VTIMEZONE.
    defined: Vec<String>,
    /// Where they are used without one, a reader of the text knows them all the same.
    used: Vec<String>,
    /// Zones to define, each with the first and last year of its times.
    added: BTreeMap<Zone, (i16, i16)>,
}

impl Places {
    pub(super) fn new(zones: Zones, defined: Vec<String>, used: Vec<String>) -> Self {
        Self { zones, defined, used, added: BTreeMap::new() }
    }

    /// Whether a TZID means that zone.
    pub(super) fn means(&mut self, tzid: &str, zone: &Zone, near: DateTime) -> bool {
        self.zones.zone_of(tzid, near).as_ref() == Some(zone)
    }

    /// The TZID under which the text knows a zone, else its IANA name, defined if need be.
    pub(super) fn tzid(&mut self, zone: &Zone, near: DateTime) -> String {
        let zones = &mut self.zones;
        if let Some(known) = self.defined.iter().find(|tzid| zones.zone_of(tzid, near).as_ref() == Some(zone)) {
            return known.clone();
        }
        if !self.used.iter().any(|tzid| tzid == zone.name()) {
            let year = near.year();
            let years = self.added.entry(zone.clone()).or_insert((year, year));
            *years = (years.0.min(year), years.1.max(year));
        }
        zone.name().to_owned()
    }

    /// The VTIMEZONEs to add, with these line ends.
    pub(super) fn new_timezones(&self, line_end: &str) -> String {
        let texts = self.added.iter().map(|(zone, years)| crate::write::timezone(zone, *years));
        texts.collect::<String>().replace("\r\n", line_end)
    }
}
