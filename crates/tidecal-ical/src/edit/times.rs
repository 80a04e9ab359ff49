//! DTSTART, DTEND, DURATION and the keys of occurrences.

use jiff::civil::DateTime;

use super::EditError;
use super::document::EventText;
use super::entries::with_value;
use super::places::Places;
use crate::read::{ALL_DAY_MARKS, is_true, read_when};
use crate::stamp::Stamp;
use crate::write::param;
use crate::{Moment, RecurrenceId, When, Zone};

impl EventText {
    /// Leaves alone what already says it; if that is not enough, start and end are both written.
    pub(super) fn set_when(&mut self, when: &When, places: &mut Places) -> Result<(), EditError> {
        if self.when == *when {
            return Ok(());
        }
        self.other_kind |= self.when.is_all_day() != when.is_all_day();
        let (start, end) = points(when);
        let (old_start, old_end) = points(&self.when);
        if start != old_start {
            self.set_point("DTSTART", &start, places);
        }
        let has_end = self.entries.first("DTEND").is_some_and(|(_, property)| !property.value.trim().is_empty());
        if has_end && end != old_end {
            self.set_point("DTEND", &end, places);
        }
        self.mark_all_day(when.is_all_day());
        if self.reads_as(when, places) {
            self.when = when.clone();
            return Ok(());
        }
        self.set_point("DTSTART", &start, places);
        self.set_point("DTEND", &end, places);
        self.entries.remove_named("DURATION");
        if !self.reads_as(when, places) {
            return Err(EditError::When(format!("{} to {}", when.start_local(), when.end_local())));
        }
        self.when = when.clone();
        Ok(())
    }

    fn reads_as(&self, when: &When, places: &mut Places) -> bool {
        let properties: Vec<_> = self.entries.properties().map(|(_, property)| property).collect();
        read_when(&properties, &mut places.zones).is_ok_and(|(read, _)| read == *when)
    }

    fn set_point(&mut self, name: &str, point: &Point, places: &mut Places) {
        let line = self.entries.first(name).map(|(at, property)| (at, property.param("TZID").map(str::to_owned)));
        let old = line.as_ref().map_or(name, |(at, _)| self.entries.text(*at)).to_owned();
        let old = if line.is_none() { format!("{old}:") } else { old };
        let text = match point {
            Point::Date(date) => {
                let bare = with_value(&old, "", &["VALUE", "TZID"]);
                format!("{};VALUE=DATE:{}", bare.trim_end_matches(':'), Stamp::Date(*date))
            }
            Point::Time(Moment { local, zone: None }) => {
                with_value(&old, &Stamp::Local(*local).to_string(), &["VALUE", "TZID"])
            }
            Point::Time(Moment { local, zone: Some(zone) }) if *zone == Zone::utc() => {
                with_value(&old, &format!("{}Z", Stamp::Local(*local)), &["VALUE", "TZID"])
            }
            Point::Time(Moment { local, zone: Some(zone) }) => {
                let value = Stamp::Local(*local).to_string();
                let known = line.as_ref().and_then(|(_, tzid)| tzid.as_deref());
                if known.is_some_and(|tzid| places.means(tzid, zone, *local)) {
                    with_value(&old, &value, &["VALUE"])
                } else {
                    let bare = with_value(&old, "", &["VALUE", "TZID"]);
                    let tzid = self.tzid(zone, *local, places);
                    format!("{}{}:{value}", bare.trim_end_matches(':'), param("TZID", &tzid))
                }
            }
        };
        match line {
            Some((at, _)) => self.entries.replace(at, &text),
            None => self.entries.add(&text, if name == "DTSTART" { &["UID"] } else { &["DURATION", "DTSTART"] }),
        }
    }

    /// The TZID for a zone: DTSTART's own if it means that, else one of the text.
    fn tzid(&self, zone: &Zone, near: DateTime, places: &mut Places) -> String {
        let own = self.entries.first("DTSTART").and_then(|(_, property)| property.param("TZID").map(str::to_owned));
        match own.filter(|own| places.means(own, zone, near)) {
            Some(own) => own,
            None => places.tzid(zone, near),
        }
    }

    /// Keeps Microsoft's and others' marks of whole days in step; adds none.
    fn mark_all_day(&mut self, all_day: bool) {
        for name in ALL_DAY_MARKS {
            let stale = self.entries.named(name).filter(|(_, mark)| is_true(mark.value) != all_day);
            let stale: Vec<usize> = stale.map(|(at, _)| at).collect();
            for at in stale {
                self.entries.set_value(Some(at), name, if all_day { "TRUE" } else { "FALSE" }, &[]);
            }
        }
    }

    /// Parameters and value of an occurrence's key, in the form of this component's DTSTART where
    /// that can say it (RFC 5545 3.8.4.4), else in UTC.
    pub(super) fn key(&self, slot: RecurrenceId, places: &mut Places) -> String {
        let at = match slot {
            RecurrenceId::Date(date) => return format!(";VALUE=DATE:{}", Stamp::Date(date)),
            RecurrenceId::Floating(at) => return format!(":{}", Stamp::Local(at)),
            RecurrenceId::Utc(at) => at,
        };
        let zone = self.when.zone().filter(|zone| **zone != Zone::utc());
        let local = zone.map(|zone| Moment::zoned(zone.rules().to_datetime(at), zone.clone()));
        match (zone, local) {
            (Some(zone), Some(local)) if local.instant(zone) == at => {
                let tzid = self.tzid(zone, local.local, places);
                format!("{}:{}", param("TZID", &tzid), Stamp::Local(local.local))
            }
            _ => format!(":{}", Stamp::Utc(at)),
        }
    }
}

/// One end of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Point {
    Date(jiff::civil::Date),
    Time(Moment),
}

fn points(when: &When) -> (Point, Point) {
    match when {
        When::AllDay { start, end } => (Point::Date(*start), Point::Date(*end)),
        When::Timed { start, end } => (Point::Time(start.clone()), Point::Time(end.clone())),
    }
}
