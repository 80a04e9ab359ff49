//! What the TZIDs of one calendar mean.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::gather::Block;
use super::vtimezone::Rules;
use crate::{Moment, ResolvedZone, Zone, resolve_zone};

/// A TZID of this calendar.
#[derive(Clone, Debug)]
enum Meaning {
    Zone(ResolvedZone),
    /// No known zone has these rules: only instants can be had.
    Rules(Rules),
    /// Neither a known name nor rules.
    Nothing,
}

/// Names, rules and the calendar's own zone.
pub(crate) struct Zones {
    rules: HashMap<String, Rules>,
    hints: HashMap<String, String>,
    own: Option<Zone>,
    known: HashMap<String, Meaning>,
    /// How many VTIMEZONEs were compared with known zones.
    compared: u32,
}

/// TZIDs of one calendar that are looked at; a calendar of the world has hardly more.
const MOST_NAMES: usize = 1_000;
/// VTIMEZONEs whose rules are looked at, which costs some milliseconds each.
const MOST_COMPARED: u32 = 50;

/// A time that was read, and whether its zone was derived rather than named.
pub(super) struct Placed {
    pub(super) moment: Moment,
    pub(super) guessed: bool,
}

impl Zones {
    pub(super) fn new(timezones: &[Block<'_>], own: Option<Zone>) -> Self {
        let mut zones = Self { rules: HashMap::new(), hints: HashMap::new(), own, known: HashMap::new(), compared: 0 };
        for block in timezones {
            let mut id = None;
            let mut hint = None;
            for property in block.properties() {
                match property.name.as_str() {
                    "TZID" => id = Some(property.text().trim().to_owned()),
                    "X-LIC-LOCATION" => hint = Some(property.text()),
                    _ => {}
                }
            }
            let Some(id) = id else { continue };
            if let Some(hint) = hint {
                zones.hints.insert(id.clone(), hint);
            }
            zones.rules.entry(id).or_insert_with(|| Rules::of(block));
        }
        zones
    }

    /// The zone that a floating time of this calendar, or one of an unknown zone, is read in.
    pub(super) fn own(&self) -> Option<&Zone> {
        self.own.as_ref()
    }

    /// Finds out what a TZID means for dates near `near`, once.
    pub(crate) fn look_up(&mut self, tzid: &str, near: DateTime) {
        let tzid = tzid.trim();
        if !self.known.contains_key(tzid) && self.known.len() < MOST_NAMES {
            let meaning = self.find(tzid, near);
            self.known.insert(tzid.to_owned(), meaning);
        }
    }

    /// The zone that a TZID means for dates near `near`; `None` if only rules or nothing are known.
    pub(crate) fn zone_of(&mut self, tzid: &str, near: DateTime) -> Option<Zone> {
        self.look_up(tzid, near);
        match self.meaning(tzid) {
            Meaning::Zone(resolved) => Some(resolved.zone.clone()),
            _ => None,
        }
    }

    /// The instant of a local time in the zone of a TZID that was looked up before; `None` if
    /// nothing is known of that zone and the calendar has none of its own.
    pub(crate) fn instant(&self, tzid: &str, local: DateTime) -> Option<Timestamp> {
        let in_zone = |zone: &Zone| Moment::zoned(local, zone.clone()).instant(zone);
        match self.meaning(tzid) {
            Meaning::Zone(resolved) => Some(in_zone(&resolved.zone)),
            Meaning::Rules(rules) => Some(rules.instant(local)),
            Meaning::Nothing => self.own.as_ref().map(in_zone),
        }
    }

    /// A local time in the zone of a TZID. If only rules are known the time is given in UTC; if
    /// nothing is known, in the calendar's own zone or floating.
    pub(super) fn place(&mut self, local: DateTime, tzid: &str) -> Placed {
        self.look_up(tzid, local);
        match self.meaning(tzid) {
            Meaning::Zone(resolved) => {
                Placed { moment: Moment::zoned(local, resolved.zone.clone()), guessed: resolved.guessed }
            }
            Meaning::Rules(rules) => {
                let at = rules.instant(local);
                Placed { moment: Moment::zoned(TimeZone::UTC.to_datetime(at), Zone::utc()), guessed: true }
            }
            Meaning::Nothing => Placed { moment: Moment { local, zone: self.own.clone() }, guessed: true },
        }
    }

    /// An instant in the zone of a TZID, as far as that is known.
    pub(super) fn place_instant(&mut self, at: Timestamp, tzid: Option<&str>) -> Placed {
        let shown = TimeZone::UTC.to_datetime(at);
        let zone = tzid.and_then(|tzid| {
            self.look_up(tzid, shown);
            match self.meaning(tzid) {
                Meaning::Zone(resolved) => Some(resolved.clone()),
                _ => None,
            }
        });
        let zone = zone.unwrap_or(ResolvedZone { zone: Zone::utc(), guessed: false });
        Placed { moment: Moment::zoned(zone.zone.rules().to_datetime(at), zone.zone), guessed: zone.guessed }
    }

    fn meaning(&self, tzid: &str) -> &Meaning {
        self.known.get(tzid.trim()).unwrap_or(&Meaning::Nothing)
    }

    /// A sure name first, then what the VTIMEZONE says, then a guess from the name.
    fn find(&mut self, tzid: &str, near: DateTime) -> Meaning {
        let by_name = resolve_zone(tzid);
        if let Some(sure) = by_name.as_ref().filter(|resolved| !resolved.guessed) {
            return Meaning::Zone(sure.clone());
        }
        let hint = self.hints.get(tzid).and_then(|hint| resolve_zone(hint)).filter(|hint| !hint.guessed);
        if let Some(hint) = hint {
            return Meaning::Zone(hint);
        }
        let rules = self.rules.get(tzid).filter(|rules| !rules.is_empty() && self.compared < MOST_COMPARED);
        self.compared += u32::from(rules.is_some());
        if let Some(named) = by_name.filter(|named| rules.is_none_or(|rules| rules.agree_with(&named.zone, near))) {
            return Meaning::Zone(named);
        }
        match rules {
            Some(rules) => match rules.known_zone(near) {
                Some(zone) => Meaning::Zone(ResolvedZone { zone, guessed: true }),
                None => Meaning::Rules(rules.clone()),
            },
            None => Meaning::Nothing,
        }
    }
}
