//! People who edit the local calendar: as the product lets them, series with all their rows.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use tidecal_core::model::{Event, Status};
use tidecal_core::sync::{MappingStatus, span_of};
use tidecal_ical::{RecurrenceId, Zone};

use super::super::count::Counters;
use super::super::rng::Rng;
use super::super::truth::{Body, Clock, Rule, What, plus_days, plus_minutes};
use super::super::vendor::Vendor;
use super::super::wire;
use super::store::{Row, Store};

/// A kind of act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Make,
    Say,
    Move,
    Delete,
    Except,
    Cancel,
    MoveSeries,
    Split,
    Invite,
    Undo,
}

const ACTS: &[(Act, usize)] = &[
    (Act::Make, 14),
    (Act::Say, 34),
    (Act::Move, 12),
    (Act::Delete, 8),
    (Act::Except, 10),
    (Act::Cancel, 7),
    (Act::MoveSeries, 4),
    (Act::Split, 3),
    (Act::Invite, 3),
    (Act::Undo, 3),
];

/// The local calendar in the hands of a person.
pub(super) struct Hand<'a> {
    pub(super) store: &'a mut Store,
    /// For words that nobody has used before.
    pub(super) words: &'a mut Vendor,
    pub(super) rng: &'a mut Rng,
    pub(super) counters: &'a mut Counters,
    pub(super) now: Timestamp,
    /// Guests may be mailed about what is done.
    pub(super) consent: bool,
}

impl Hand<'_> {
    /// Does something; says what.
    pub(super) fn act(&mut self) -> Option<String> {
        let act = self.rng.weighted(ACTS)?;
        if act == Act::Make {
            return Some(self.make());
        }
        let fits = |row: &Row| match act {
            Act::Except | Act::Cancel | Act::MoveSeries | Act::Split => {
                row.slot.is_none() && row.event.recurrence.is_some()
            }
            Act::Invite => row.slot.is_none() && row.event.recurrence.is_none(),
            Act::Undo => true,
            _ => row.event.status != Status::Cancelled,
        };
        let ids: Vec<String> =
            self.store.events.iter().filter(|(_, row)| !row.deleted && fits(row)).map(|(id, _)| id.clone()).collect();
        let id = self.rng.pick(&ids)?.clone();
        let done = match act {
            Act::Make => None,
            Act::Say => self.say(&id),
            Act::Move => self.shift(&id),
            Act::Delete => self.delete(&id),
            Act::Except => self.except(&id, false),
            Act::Cancel => self.except(&id, true),
            Act::MoveSeries => self.move_series(&id),
            Act::Split => self.split(&id),
            Act::Invite => self.invite(&id),
            Act::Undo => self.undo(&id),
        }?;
        self.counters.hit(match act {
            Act::Make => "here: make",
            Act::Say => "here: say",
            Act::Move => "here: move",
            Act::Delete => "here: delete",
            Act::Except => "here: make an exception",
            Act::Cancel => "here: cancel an occurrence",
            Act::MoveSeries => "here: move the whole series",
            Act::Split => "here: split",
            Act::Invite => "here: invite a guest",
            Act::Undo => "here: undo",
        });
        Some(done)
    }

    fn zone(&self) -> Zone {
        Zone::iana(self.words.home).unwrap_or_else(Zone::utc)
    }

    fn body_of(&self, id: &str) -> Option<Body> {
        Some(wire::body(&self.store.events.get(id)?.event))
    }

    /// Rows of a series that are there.
    fn rows(&self, series: &str) -> Vec<(String, Option<RecurrenceId>)> {
        let rows = self.store.events.iter().filter(|(_, row)| row.series_id == series && !row.deleted);
        rows.map(|(id, row)| (id.clone(), row.slot)).collect()
    }

    fn put(&mut self, id: &str, slot: Option<RecurrenceId>, event: Event) {
        let span = span_of(&event, &self.zone());
        self.store.keep_bases(id, None);
        self.store.seq += 1;
        let seq = self.store.seq;
        let consent = self.consent;
        let Some(row) = self.store.events.get_mut(id) else { return };
        row.version += 1;
        (row.seq, row.edited, row.slot, row.event, row.span) = (seq, row.version, slot, event, span);
        if consent {
            row.consent = Some(row.version);
        }
    }

    fn insert(&mut self, series: Option<&str>, slot: Option<RecurrenceId>, event: Event) -> String {
        self.store.seq += 1;
        let seq = self.store.seq;
        // In the form of an id, so that marks can carry it.
        let id = format!("{:08x}-0000-7000-8000-{:012x}", self.now.as_second(), seq);
        let span = span_of(&event, &self.zone());
        let series_id = series.map_or_else(|| id.clone(), str::to_owned);
        let consent = self.consent.then_some(1);
        let row = Row { version: 1, deleted: false, series_id, slot, event, span, seq, edited: 1, consent };
        self.store.events.insert(id.clone(), row);
        id
    }

    /// A row that some vendor still shows stays until every vendor knows.
    fn delete_row(&mut self, id: &str) {
        let shown = |store: &Store| {
            let mut live = store.sides.iter().flat_map(|side| side.live());
            live.any(|(_, it)| it.event_id.as_deref() == Some(id) && it.status != MappingStatus::Deleted)
        };
        if !shown(self.store) {
            self.store.seq += 1;
            return self.store.remove(id, None);
        }
        self.store.keep_bases(id, None);
        self.store.seq += 1;
        let (seq, consent) = (self.store.seq, self.consent);
        let Some(row) = self.store.events.get_mut(id) else { return };
        row.version += 1;
        (row.deleted, row.seq, row.edited) = (true, seq, row.version);
        if consent {
            row.consent = Some(row.version);
        }
        let series = row.series_id.clone();
        self.store.feed.push((seq, series));
    }

    fn make(&mut self) -> String {
        let body = self.words.body(self.now, self.rng);
        self.counters.hit("here: make");
        let blank = Event::at(wire::event(&body, "", &[]).when);
        let id = self.insert(None, None, wire::overlaid(&blank, &body));
        format!("make {id} {:?}", body.title)
    }

    /// A field of one row; what exceptions have in common with their series follows it.
    fn change(&mut self, id: &str, change: impl Fn(&mut Body)) -> Option<()> {
        let row = self.store.events.get(id)?.clone();
        let before = wire::body(&row.event);
        let mut after = before.clone();
        change(&mut after);
        if row.slot.is_none() && row.event.recurrence.is_some() {
            for (other, slot) in self.rows(&row.series_id) {
                let Some(key) = slot else { continue };
                let event = self.store.events.get(&other)?.event.clone();
                let mut body = wire::body(&event);
                let ruled = wire::occurrence(&before, wire::slot_of(key, before.clock));
                inherit(&mut body, &ruled, &after);
                let followed = wire::overlaid(&event, &body);
                if followed != event {
                    self.put(&other, slot, followed);
                }
            }
        }
        self.put(id, row.slot, wire::overlaid(&row.event, &after));
        Some(())
    }

    fn say(&mut self, id: &str) -> Option<String> {
        let which = self.rng.below(4);
        let word = match which {
            0 | 1 => self.words.word("mine", self.rng),
            2 => self.words.word("my place", self.rng),
            _ => self.words.word("my text", self.rng),
        };
        self.change(id, |body| match which {
            0 | 1 => body.title.clone_from(&word),
            2 => body.place.clone_from(&word),
            _ => body.text.clone_from(&word),
        })?;
        Some(format!("{id} says {word:?}"))
    }

    /// A single event or an exception, to a time that nobody else picks.
    fn shift(&mut self, id: &str) -> Option<String> {
        if self.store.events.get(id)?.event.recurrence.is_some() {
            return None;
        }
        let (hours, seconds) = (self.rng.between(1, 9), self.rng.chance(300));
        let single = self.store.events.get(id)?.slot.is_none();
        let longer = self.rng.between(1, 500);
        self.change(id, |body| {
            if body.clock == Clock::Days {
                body.start = plus_days(body.start, hours);
                body.minutes = (hours + 4) * 1440;
            } else {
                body.start = plus_minutes(body.start, hours * 60 + 7);
                body.minutes = longer;
                if seconds && single {
                    body.start = body.start.with().second(30).build().unwrap_or(body.start);
                }
            }
        })?;
        Some(format!("move {id}"))
    }

    fn delete(&mut self, id: &str) -> Option<String> {
        let row = self.store.events.get(id)?.clone();
        if row.slot.is_some() {
            let master = self.rows(&row.series_id).into_iter().any(|(_, slot)| slot.is_none());
            if master {
                let event = Event { status: Status::Cancelled, ..row.event };
                self.put(id, row.slot, event);
                return Some(format!("cancel {id}"));
            }
            self.delete_row(id);
            return Some(format!("delete {id}"));
        }
        for (other, _) in self.rows(&row.series_id) {
            self.delete_row(&other);
        }
        Some(format!("delete the series {id}"))
    }

    /// Some occurrence that has no row of its own.
    fn plain_slot(&mut self, id: &str) -> Option<(DateTime, RecurrenceId)> {
        let body = self.body_of(id)?;
        let rule = body.rule?;
        let most = rule.times.unwrap_or(100).min(100);
        let slot = plus_days(body.start, self.rng.between(0, most) * rule.days);
        let key = wire::recurrence_id(slot, body.clock)?;
        let series = &self.store.events.get(id)?.series_id;
        let taken = self.store.events.values().any(|row| row.series_id == *series && row.slot == Some(key));
        (body.occurs_at(slot) && !body.left_out.contains(&slot) && !taken).then_some((slot, key))
    }

    fn except(&mut self, id: &str, cancel: bool) -> Option<String> {
        let (slot, key) = self.plain_slot(id)?;
        let row = self.store.events.get(id)?.clone();
        let mut body = wire::occurrence(&wire::body(&row.event), slot);
        let master = Event { recurrence: None, ..row.event };
        if cancel {
            let event = Event { status: Status::Cancelled, ..wire::overlaid(&master, &body) };
            let new = self.insert(Some(&row.series_id), Some(key), event);
            return Some(format!("cancel {key} of {id} as {new}"));
        }
        body.title = self.words.word("my exception", self.rng);
        if body.clock != Clock::Days && self.rng.chance(500) {
            body.start = plus_minutes(body.start, self.rng.between(-3, 4) * 20);
        }
        let new = self.insert(Some(&row.series_id), Some(key), wire::overlaid(&master, &body));
        Some(format!("exception {key} of {id} as {new} {:?}", body.title))
    }

    /// The whole series begins at another time of day; its exceptions and left-out dates go along.
    fn move_series(&mut self, id: &str) -> Option<String> {
        let row = self.store.events.get(id)?.clone();
        let before = wire::body(&row.event);
        let by = *self.rng.pick(&[-47, 23, 61, 97])?;
        let crosses = |slot: DateTime| plus_minutes(slot, by).date() != slot.date();
        if before.clock == Clock::Days || crosses(before.start) {
            return None;
        }
        let mut after = Body { start: plus_minutes(before.start, by), ..before.clone() };
        after.left_out = before.left_out.iter().map(|slot| plus_minutes(*slot, by)).collect();
        for (other, slot) in self.rows(&row.series_id) {
            let Some(key) = slot else { continue };
            let slot = wire::slot_of(key, before.clock);
            let Some(moved) = wire::recurrence_id(plus_minutes(slot, by), after.clock) else { continue };
            let event = self.store.events.get(&other)?.event.clone();
            let mut body = wire::body(&event);
            if (body.start, body.minutes) == (slot, before.minutes) {
                body.start = plus_minutes(slot, by);
            }
            self.put(&other, Some(moved), wire::overlaid(&event, &body));
        }
        self.put(id, None, wire::overlaid(&row.event, &after));
        Some(format!("move the series {id} by {by} minutes"))
    }

    /// "This and all following": the old series ends, a new one takes the later exceptions along.
    fn split(&mut self, id: &str) -> Option<String> {
        let (slot, key) = self.plain_slot(id)?;
        let row = self.store.events.get(id)?.clone();
        let body = wire::body(&row.event);
        let rule = body.rule?;
        if slot <= body.start {
            return None;
        }
        let done = i64::from(body.start.date().until(slot.date()).map_or(0, |span| span.get_days())) / rule.days;
        let later: Vec<_> = self.rows(&row.series_id).into_iter().filter_map(|(id, slot)| Some((id, slot?))).collect();
        let mut taken: BTreeMap<RecurrenceId, Event> = BTreeMap::new();
        for (other, key) in later {
            if wire::slot_of(key, body.clock) >= slot {
                taken.insert(key, Event { uid: String::new(), ..self.store.events.get(&other)?.event.clone() });
                self.delete_row(&other);
            }
        }
        let mut head = body.clone();
        head.rule = Some(Rule { times: None, until: Some(plus_days(slot, -1)), ..rule });
        head.left_out.retain(|at| *at < slot);
        self.put(id, None, wire::overlaid(&row.event, &head));
        let mut tail = Body { start: slot, title: self.words.word("my split", self.rng), ..body };
        tail.rule = Some(Rule { times: rule.times.map(|times| times - done), ..rule });
        tail.left_out.retain(|at| *at >= slot);
        let event = wire::overlaid(&Event { uid: String::new(), ..row.event }, &tail);
        let new = self.insert(None, None, event);
        for (key, event) in taken {
            self.insert(Some(&new), Some(key), event);
        }
        Some(format!("split {id} at {key} into {new}"))
    }

    fn invite(&mut self, id: &str) -> Option<String> {
        let guest = format!("guest{}@example.com", self.rng.below(4));
        let known = self.body_of(id)?.guests.contains_key(&guest);
        if known {
            return None;
        }
        self.change(id, |body| {
            body.guests.insert(guest.clone(), false);
        })?;
        Some(format!("invite {guest} to {id}, mail agreed to: {}", self.consent))
    }

    /// Says again what some connection last agreed on.
    fn undo(&mut self, id: &str) -> Option<String> {
        let row = self.store.events.get(id)?.clone();
        let base = {
            let mut mappings = self.store.sides.iter().flat_map(|side| side.live());
            let (_, mapping) = mappings.find(|(_, it)| it.event_id.as_deref() == Some(id))?;
            mapping.local_base.clone()?
        };
        if *base == row.event || row.event.recurrence.is_some() {
            return None;
        }
        self.put(id, row.slot, *base);
        Some(format!("undo {id}"))
    }
}

/// What an exception takes over when its series changes: all that it had in common with it.
fn inherit(body: &mut Body, ruled: &Body, after: &Body) {
    if body.title == ruled.title {
        body.title.clone_from(&after.title);
    }
    if body.place == ruled.place {
        body.place.clone_from(&after.place);
    }
    if body.text == ruled.text {
        body.text.clone_from(&after.text);
    }
    if body.guests == ruled.guests {
        body.guests.clone_from(&after.guests);
    }
}

/// What a row shows.
pub(super) fn shown(row: &Row) -> What {
    wire::what(&row.event)
}
