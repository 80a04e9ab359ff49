//! A text with its events, some of them changed.

use std::ops::Range;

use jiff::Timestamp;

use super::entries::Entries;
use super::places::Places;
use super::{Change, Edit, EditError};
use crate::read::locate;
use crate::{Component, ReadLimits, RecurrenceId, VEvent, When};

pub(super) struct Document<'t> {
    text: &'t [u8],
    line_end: &'static str,
    events: Vec<EventText>,
    pub(super) places: Places,
    /// Where VTIMEZONEs go.
    timezones_at: usize,
}

/// One VEVENT.
#[derive(Clone)]
pub(super) struct EventText {
    /// `None` for a new one.
    place: Option<Range<usize>>,
    pub(super) entries: Entries,
    slot: Option<RecurrenceId>,
    /// As its present lines say.
    pub(super) when: When,
    /// A change turned days into times or the other way round.
    pub(super) other_kind: bool,
    revision: (u32, Option<Timestamp>, Option<Timestamp>),
    removed: bool,
}

impl<'t> Document<'t> {
    pub(super) fn open(text: &'t [u8]) -> Result<Self, EditError> {
        if text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff") {
            return Err(EditError::Encoding);
        }
        let located = locate(text, &ReadLimits::default())?;
        let line_end = line_end(text);
        let first = located.components.first().map_or(0, |(place, _)| place.start);
        let timezones_at = located.timezones.last().map_or(first, |(place, _)| place.end);
        let readable = located.components.into_iter().filter_map(|(place, component)| match component {
            Component::Event(event) => Some((place, event)),
            Component::Unreadable { .. } => None,
        });
        let readable: Vec<(Range<usize>, Box<VEvent>)> = readable.collect();
        let uid = subject(&readable);
        let readable = readable.into_iter().filter(|(_, event)| event.uid == uid && !event.this_and_future);
        let events: Vec<EventText> =
            readable.map(|(place, event)| EventText::of(text, place, *event, line_end)).collect();
        let used = events.iter().flat_map(EventText::tzids).collect();
        let defined = located.timezones.into_iter().map(|(_, tzid)| tzid).collect();
        Ok(Self { text, line_end, events, places: Places::new(located.zones, defined, used), timezones_at })
    }

    pub(super) fn edit(&mut self, edit: &Edit) -> Result<(), EditError> {
        match edit {
            Edit::Change { slot, change } => {
                let at = self.find(*slot)?;
                self.change(at, change)
            }
            Edit::AddOverride(slot) => self.add_override(*slot),
            Edit::RemoveOverride(slot) => {
                self.remove_override(*slot);
                Ok(())
            }
            Edit::Exclude(slot) => {
                self.remove_override(*slot);
                let at = self.find(None)?;
                self.events[at].exclude(*slot, &mut self.places);
                Ok(())
            }
            Edit::Include(slot) => {
                let at = self.find(None)?;
                self.events[at].include(*slot, &mut self.places);
                Ok(())
            }
            Edit::MoveOverride { from, to } => self.move_override(*from, *to),
        }
    }

    /// Of several texts of one occurrence the latest.
    fn find(&self, slot: Option<RecurrenceId>) -> Result<usize, EditError> {
        let of_slot = self.events.iter().enumerate().filter(|(_, event)| event.slot == slot && !event.removed);
        let latest = of_slot.max_by_key(|(at, event)| (event.revision, *at)).map(|(at, _)| at);
        latest.ok_or_else(|| slot.map_or(EditError::NoMaster, EditError::NoOverride))
    }

    fn change(&mut self, at: usize, change: &Change) -> Result<(), EditError> {
        let (event, places) = (&mut self.events[at], &mut self.places);
        match change {
            Change::When(when) => event.set_when(when, places),
            Change::Recurrence(recurrence) => {
                event.set_recurrence(recurrence, places);
                Ok(())
            }
            other => event.set(other),
        }
    }

    fn add_override(&mut self, slot: RecurrenceId) -> Result<(), EditError> {
        let master = self.find(None)?;
        self.events[master].include(slot, &mut self.places);
        if self.find(Some(slot)).is_ok() {
            return Ok(());
        }
        let mut copy = EventText { place: None, slot: Some(slot), ..self.events[master].clone() };
        copy.entries.changed = true;
        ["RRULE", "EXRULE", "RDATE", "EXDATE", "RECURRENCE-ID"].iter().for_each(|name| copy.entries.remove_named(name));
        let tail = self.events[master].key(slot, &mut self.places);
        copy.entries.add(&format!("RECURRENCE-ID{tail}"), &["UID"]);
        let when = copy.when.at_slot(slot);
        copy.set_when(&when, &mut self.places)?;
        self.events.push(copy);
        Ok(())
    }

    fn remove_override(&mut self, slot: RecurrenceId) {
        let of_slot = self.events.iter_mut().filter(|event| event.slot == Some(slot));
        of_slot.for_each(|event| event.removed = true);
    }

    fn move_override(&mut self, from: RecurrenceId, to: RecurrenceId) -> Result<(), EditError> {
        if from == to || (self.find(Some(from)).is_err() && self.find(Some(to)).is_ok()) {
            return Ok(());
        }
        let at = self.find(Some(from))?;
        // Without its master in the text the exception's own start shows the form.
        let form = self.find(None).unwrap_or(at);
        let tail = self.events[form].key(to, &mut self.places);
        let event = &mut self.events[at];
        match event.entries.first("RECURRENCE-ID").map(|(at, _)| at) {
            Some(line) => event.entries.replace(line, &format!("RECURRENCE-ID{tail}")),
            None => event.entries.add(&format!("RECURRENCE-ID{tail}"), &["UID"]),
        }
        event.slot = Some(to);
        Ok(())
    }

    /// The whole text: what was not changed as it was.
    pub(super) fn into_text(self) -> Vec<u8> {
        let last = self.events.iter().filter_map(|event| event.place.as_ref()).map(|place| place.end).max();
        let new_at = last.unwrap_or(self.timezones_at);
        let mut splices: Vec<(Range<usize>, Vec<u8>)> = Vec::new();
        let timezones = self.places.new_timezones(self.line_end);
        if !timezones.is_empty() {
            splices.push((self.timezones_at..self.timezones_at, timezones.into_bytes()));
        }
        for event in self.events {
            match (event.place, event.removed) {
                (Some(place), true) => splices.push((place, Vec::new())),
                (Some(place), false) if event.entries.changed => splices.push((place, event.entries.bytes())),
                (None, false) => splices.push((new_at..new_at, event.entries.bytes())),
                _ => {}
            }
        }
        splices.sort_by_key(|(place, _)| (place.start, place.end));
        let mut out = Vec::with_capacity(self.text.len() + splices.iter().map(|(_, new)| new.len()).sum::<usize>());
        let mut at = 0;
        for (place, new) in splices {
            out.extend_from_slice(&self.text[at..place.start]);
            out.extend_from_slice(&new);
            at = place.end;
        }
        out.extend_from_slice(&self.text[at..]);
        out
    }
}

impl EventText {
    fn of(text: &[u8], place: Range<usize>, event: VEvent, line_end: &'static str) -> Self {
        Self {
            entries: Entries::of(&text[place.clone()], line_end),
            place: Some(place),
            slot: event.recurrence_id,
            revision: (event.sequence, event.last_modified, event.stamp),
            when: event.when,
            other_kind: false,
            removed: false,
        }
    }

    fn tzids(&self) -> Vec<String> {
        self.entries.properties().filter_map(|(_, property)| property.param("TZID").map(str::to_owned)).collect()
    }
}

/// The UID that the text is about: its master's, else its first event's.
fn subject(events: &[(Range<usize>, Box<VEvent>)]) -> String {
    let master = events.iter().find(|(_, event)| event.recurrence_id.is_none());
    master.or(events.first()).map(|(_, event)| event.uid.clone()).unwrap_or_default()
}

/// What its first line ends with.
fn line_end(text: &[u8]) -> &'static str {
    match text.iter().position(|byte| *byte == b'\n') {
        Some(at) if at > 0 && text[at - 1] == b'\r' => "\r\n",
        Some(_) => "\n",
        None => "\r",
    }
}
