//! Each person's calendar list: which calendars they see, in which role, under which name and colour.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::calendar::{Calendar, Role};
use super::event::etag_text;
use super::moment::zone_name;

/// One calendar in one person's list.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) role: Role,
    pub(crate) primary: bool,
    pub(crate) summary_override: Option<String>,
    pub(crate) color_id: Cow<'static, str>,
    pub(crate) background: Cow<'static, str>,
    pub(crate) foreground: Cow<'static, str>,
    pub(crate) hidden: bool,
    pub(crate) selected: bool,
    /// Default reminders as (method, minutes).
    pub(crate) reminders: Vec<(Cow<'static, str>, u32)>,
    /// The calendar is not in the list: removed by the person, or access to it was taken.
    pub(crate) deleted: bool,
    /// Access was taken.
    pub(crate) lost: bool,
    pub(crate) etag: u64,
    pub(crate) seq: u64,
}

impl Entry {
    pub(crate) fn new(role: Role) -> Self {
        Self {
            role,
            primary: false,
            summary_override: None,
            color_id: "14".into(),
            background: "#9fe1e7".into(),
            foreground: "#000000".into(),
            hidden: false,
            selected: true,
            reminders: Vec::new(),
            deleted: false,
            lost: false,
            etag: 0,
            seq: 0,
        }
    }

    pub(crate) fn reminders_json(&self) -> Value {
        self.reminders.iter().map(|(method, minutes)| json!({"method": method, "minutes": minutes})).collect()
    }

    /// A deleted entry as answered: its id alone.
    pub(crate) fn tombstone(&self, calendar_id: &str) -> Value {
        json!({
            "kind": "calendar#calendarListEntry", "etag": etag_text(self.etag), "id": calendar_id, "deleted": true,
        })
    }

    /// The resource as answered.
    pub(crate) fn json(&self, calendar: &Calendar) -> Value {
        let mut entry = json!({
            "kind": "calendar#calendarListEntry",
            "etag": etag_text(self.etag),
            "id": calendar.id,
        });
        let shown = [
            ("summary", json!(calendar.summary)),
            ("timeZone", json!(zone_name(&calendar.zone))),
            ("colorId", json!(self.color_id)),
            ("backgroundColor", json!(self.background)),
            ("foregroundColor", json!(self.foreground)),
            ("accessRole", json!(self.role.name())),
            ("defaultReminders", self.reminders_json()),
            ("conferenceProperties", json!({"allowedConferenceSolutionTypes": ["hangoutsMeet"]})),
        ];
        for (name, value) in shown {
            entry[name] = value;
        }
        let optional = [
            ("location", calendar.location.as_ref().map(|text| json!(text))),
            ("description", calendar.description.as_ref().map(|text| json!(text))),
            ("summaryOverride", self.summary_override.as_ref().map(|text| json!(text))),
            ("dataOwner", calendar.data_owner.as_ref().map(|text| json!(text))),
            ("primary", self.primary.then_some(json!(true))),
            ("hidden", self.hidden.then_some(json!(true))),
            ("selected", self.selected.then_some(json!(true))),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                entry[name] = value;
            }
        }
        entry
    }
}

/// A person's whole list with its change numbers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listing {
    pub(crate) entries: BTreeMap<String, Entry>,
    pub(crate) seq: u64,
    pub(crate) etag: u64,
    pub(crate) token_generation: u64,
}

impl Listing {
    /// Adds or changes an entry as the list's next change.
    pub(crate) fn put(&mut self, calendar_id: &str, mut entry: Entry, etag: u64) {
        self.seq += 1;
        self.etag = etag;
        entry.seq = self.seq;
        entry.etag = etag;
        self.entries.insert(calendar_id.to_owned(), entry);
    }

    /// The entry of a calendar that the person may use, listed or not.
    pub(crate) fn allowed(&self, calendar_id: &str) -> Option<&Entry> {
        self.entries.get(calendar_id).filter(|entry| !entry.lost)
    }

    /// The person's live entry of a calendar.
    pub(crate) fn live(&self, calendar_id: &str) -> Option<&Entry> {
        self.entries.get(calendar_id).filter(|entry| !entry.deleted)
    }
}
