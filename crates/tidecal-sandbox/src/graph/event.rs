//! One stored event: a single one, or a series with its exceptions and its gaps.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use serde_json::{Map, Value, json};

use super::recurrence::Recurrence;
use super::times::Times;

/// JSON members.
pub(crate) type Body = Map<String, Value>;

/// Longest list of occurrences that one look gives.
const CAP: usize = 4000;

/// A changed occurrence: only what differs from the master.
#[derive(Debug, Clone)]
pub(crate) struct Exception {
    pub(crate) version: u64,
    pub(crate) modified: Timestamp,
    pub(crate) fields: Body,
    pub(crate) times: Option<Times>,
    pub(crate) extended: BTreeMap<String, String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) key: u64,
    /// Number of the folder that the item was put into; part of its default id.
    pub(crate) folder: u32,
    pub(crate) version: u64,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    /// Hexadecimal rest of the `iCalUId`; the same in every mailbox.
    pub(crate) uid: String,
    pub(crate) transaction_id: Option<String>,
    /// (name, address)
    pub(crate) organizer: (String, String),
    /// Members without times, recurrence, ids and stamps, as far as they differ from [`DEFAULTS`].
    pub(crate) fields: Body,
    /// Of the first occurrence when it is a series.
    pub(crate) times: Times,
    pub(crate) recurrence: Option<Recurrence>,
    /// By the date of the slot in the series' zone.
    pub(crate) exceptions: BTreeMap<Date, Exception>,
    pub(crate) cancelled: BTreeSet<Date>,
    /// Values of single-value extended properties by id.
    pub(crate) extended: BTreeMap<String, String>,
}

/// An event as one sees it: single, master, occurrence or exception.
#[derive(Debug, Clone)]
pub(crate) struct Seen<'a> {
    pub(crate) event: &'a Event,
    pub(crate) slot: Option<Date>,
    pub(crate) exception: Option<&'a Exception>,
    pub(crate) times: Times,
}

impl Event {
    pub(crate) fn is_series(&self) -> bool {
        self.recurrence.is_some()
    }

    /// The single event or the master.
    pub(crate) fn whole(&self) -> Seen<'_> {
        Seen { event: self, slot: None, exception: None, times: self.times.clone() }
    }

    /// The occurrence of a slot; `None` when the series has none there (any more).
    pub(crate) fn occurrence(&self, slot: Date) -> Option<Seen<'_>> {
        let recurrence = self.recurrence.as_ref()?;
        if self.cancelled.contains(&slot) || !recurrence.has(slot) {
            return None;
        }
        self.at_slot(slot)
    }

    fn at_slot(&self, slot: Date) -> Option<Seen<'_>> {
        let exception = self.exceptions.get(&slot);
        let times = match exception.and_then(|own| own.times.clone()) {
            Some(times) => times,
            None => self.times.on(slot)?,
        };
        Some(Seen { event: self, slot: Some(slot), exception, times })
    }

    /// Everything that overlaps `[from, to)`: the event itself, or occurrences and exceptions by slot. Never a master.
    pub(crate) fn between(&self, from: Timestamp, to: Timestamp) -> Vec<Seen<'_>> {
        let Some(recurrence) = &self.recurrence else {
            return if self.times.overlaps(from, to) { vec![self.whole()] } else { Vec::new() };
        };
        let days = 2 + self.times.length().as_hours() / 24;
        let back = Span::new().try_days(days).unwrap_or_default();
        let first = self.times.zone.tz.to_datetime(from).date().checked_sub(back).ok();
        let last = self.times.zone.tz.to_datetime(to).date();
        let mut seen: Vec<Seen<'_>> = recurrence
            .dates(first, Some(last), CAP)
            .into_iter()
            .filter(|date| !self.cancelled.contains(date) && !self.exceptions.contains_key(date))
            .chain(self.exceptions.keys().filter(|date| !self.cancelled.contains(*date)).copied())
            .filter_map(|date| self.at_slot(date))
            .filter(|seen| seen.times.overlaps(from, to))
            .collect();
        seen.sort_by_key(|seen| seen.slot);
        seen
    }

    /// The live slots next to one: the one before and the one after.
    pub(crate) fn neighbours(&self, slot: Date) -> (Option<Date>, Option<Date>) {
        let Some(recurrence) = &self.recurrence else {
            return (None, None);
        };
        let year = Span::new().years(6);
        let live = |date: &Date| !self.cancelled.contains(date);
        let before = recurrence.dates(slot.checked_sub(year).ok(), slot.yesterday().ok(), CAP);
        let after = recurrence.dates(slot.tomorrow().ok(), slot.checked_add(year).ok(), CAP);
        (before.into_iter().rev().find(live), after.into_iter().find(live))
    }

    /// A member of the event or master.
    pub(crate) fn field(&self, name: &str) -> &Value {
        self.fields.get(name).or_else(|| DEFAULTS.get(name)).unwrap_or(&Value::Null)
    }
}

impl Seen<'_> {
    /// `type` of the resource.
    pub(crate) fn kind(&self) -> &'static str {
        match (self.slot, self.exception) {
            (Some(_), Some(_)) => "exception",
            (Some(_), None) => "occurrence",
            (None, _) if self.event.is_series() => "seriesMaster",
            (None, _) => "singleInstance",
        }
    }

    /// The exception's own member, else the master's.
    pub(crate) fn field(&self, name: &str) -> &Value {
        self.exception.and_then(|own| own.fields.get(name)).unwrap_or_else(|| self.event.field(name))
    }

    pub(crate) fn version(&self) -> u64 {
        self.exception.map_or(self.event.version, |own| own.version)
    }

    pub(crate) fn modified(&self) -> Timestamp {
        self.exception.map_or(self.event.modified, |own| own.modified)
    }

    pub(crate) fn extended(&self) -> &BTreeMap<String, String> {
        match self.exception {
            Some(own) if !own.extended.is_empty() => &own.extended,
            _ => &self.event.extended,
        }
    }

    /// The `iCalUId`: that of an occurrence holds its date.
    pub(crate) fn uid(&self) -> String {
        let date = self.slot.map_or_else(
            || "00000000".to_owned(),
            |slot| format!("{:04X}{:02X}{:02X}", slot.year(), slot.month(), slot.day()),
        );
        format!("040000008200E00074C5B7101A82E008{date}{}", self.event.uid)
    }

    pub(crate) fn attendees(&self) -> &[Value] {
        self.field("attendees").as_array().map_or(&[], Vec::as_slice)
    }
}

/// The members of a new event before anything was sent.
pub(crate) static DEFAULTS: LazyLock<Body> = LazyLock::new(defaults);

fn defaults() -> Body {
    let Value::Object(body) = json!({
        "categories": [],
        "reminderMinutesBeforeStart": 15,
        "isReminderOn": true,
        "subject": "",
        "body": {"contentType": "html", "content": ""},
        "importance": "normal",
        "sensitivity": "normal",
        "showAs": "busy",
        "isCancelled": false,
        "responseRequested": true,
        "allowNewTimeProposals": true,
        "hideAttendees": false,
        "isOnlineMeeting": false,
        "onlineMeetingProvider": "unknown",
        "onlineMeeting": null,
        "responseStatus": {"response": "organizer", "time": "0001-01-01T00:00:00Z"},
        "location": {"displayName": "", "locationType": "default", "uniqueIdType": "unknown", "address": {}, "coordinates": {}},
        "locations": [],
        "attendees": [],
    }) else {
        return Body::new();
    };
    body
}
