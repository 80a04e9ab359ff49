//! Mailboxes: each person's calendars, and the changes of each calendar by number.
//!
//! Every write gives the event the calendar's next number and forgets its former one, so a delta is the range above a
//! token's number.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;

use super::event::Event;
use super::ids::{EventRef, IdKind};
use super::notify::Change;
use super::subscriptions::{Notice, Subscription};
use super::zones::Zone;

/// A calendar of a mailbox.
#[derive(Debug, Clone)]
pub(crate) struct Calendar {
    pub(crate) key: u64,
    pub(crate) name: String,
    pub(crate) color: String,
    pub(crate) can_edit: bool,
    pub(crate) is_default: bool,
    /// (name, address)
    pub(crate) owner: (String, String),
    /// Whether it stands in the group "My Calendars" (else in "Other Calendars").
    pub(crate) is_mine: bool,
    pub(crate) version: u64,
    pub(crate) events: BTreeMap<u64, Event>,
    /// Folder numbers of events that are here no more, by key.
    pub(crate) gone: BTreeMap<u64, u32>,
    pub(crate) seq: u64,
    /// Key of the event changed, by number.
    pub(crate) changes: BTreeMap<u64, u64>,
    numbers: BTreeMap<u64, u64>,
    /// Delta tokens of an older generation are gone.
    pub(crate) generation: u64,
}

impl Calendar {
    pub(crate) fn new(key: u64, name: &str, owner: (String, String), version: u64) -> Self {
        Self {
            key,
            name: name.to_owned(),
            color: "auto".to_owned(),
            can_edit: true,
            is_default: false,
            owner,
            is_mine: true,
            version,
            events: BTreeMap::new(),
            gone: BTreeMap::new(),
            seq: 0,
            changes: BTreeMap::new(),
            numbers: BTreeMap::new(),
            generation: 0,
        }
    }

    fn note(&mut self, key: u64) {
        self.seq += 1;
        self.changes.insert(self.seq, key);
        if let Some(former) = self.numbers.insert(key, self.seq) {
            self.changes.remove(&former);
        }
    }

    /// Stores an event as the calendar's next change.
    pub(crate) fn put(&mut self, event: Event) {
        let key = event.key;
        self.gone.remove(&key);
        self.events.insert(key, event);
        self.note(key);
    }

    /// Takes an event out as the calendar's next change.
    pub(crate) fn remove(&mut self, key: u64) -> Option<Event> {
        let event = self.events.remove(&key)?;
        self.gone.insert(key, event.folder);
        self.note(key);
        Some(event)
    }
}

/// Everything of one person.
#[derive(Debug, Clone)]
pub(crate) struct Mailbox {
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) zone: Zone,
    pub(crate) calendars: BTreeMap<u64, Calendar>,
    /// The event made with each `transactionId`.
    pub(crate) transactions: BTreeMap<String, u64>,
    /// Key of the copy of each meeting, by its uid.
    pub(crate) by_uid: BTreeMap<String, u64>,
    /// Calendar of each live event.
    whereabouts: BTreeMap<u64, u64>,
}

impl Mailbox {
    pub(crate) fn new(email: &str, name: &str, zone: Zone) -> Self {
        Self {
            email: email.to_owned(),
            name: name.to_owned(),
            zone,
            calendars: BTreeMap::new(),
            transactions: BTreeMap::new(),
            by_uid: BTreeMap::new(),
            whereabouts: BTreeMap::new(),
        }
    }

    pub(crate) fn default_calendar(&self) -> Option<&Calendar> {
        self.calendars.values().find(|calendar| calendar.is_default)
    }

    /// The calendar that holds an event.
    pub(crate) fn home_of(&self, key: u64) -> Option<&Calendar> {
        self.calendars.get(self.whereabouts.get(&key)?)
    }

    pub(crate) fn event(&self, key: u64) -> Option<&Event> {
        self.home_of(key)?.events.get(&key)
    }

    /// The event of an id; a default id of a folder that the item has left names nothing.
    pub(crate) fn named(&self, event: EventRef, kind: IdKind) -> Option<&Event> {
        let own = self.event(event.key)?;
        match kind {
            IdKind::Default(folder) if folder != own.folder => None,
            _ => Some(own),
        }
    }

    /// Stores an event in a calendar.
    pub(crate) fn put(&mut self, calendar: u64, event: Event) {
        self.whereabouts.insert(event.key, calendar);
        self.by_uid.insert(event.uid.clone(), event.key);
        if let Some(calendar) = self.calendars.get_mut(&calendar) {
            calendar.put(event);
        }
    }

    /// Takes an event out of its calendar.
    pub(crate) fn remove(&mut self, key: u64) -> Option<Event> {
        let calendar = self.whereabouts.remove(&key)?;
        let event = self.calendars.get_mut(&calendar)?.remove(key)?;
        self.by_uid.remove(&event.uid);
        Some(event)
    }
}

/// The fake Microsoft's memory beside its grants.
#[derive(Debug, Clone, Default)]
pub(crate) struct Graph {
    /// By address.
    pub(crate) mailboxes: BTreeMap<String, Mailbox>,
    pub(crate) subscriptions: BTreeMap<String, Subscription>,
    /// Changes that subscribers have not been told of.
    pub(crate) changed: Vec<Change>,
    /// Number of subscriptions made so far.
    pub(crate) made: u64,
    /// Number of notices made so far.
    pub(crate) notices: u64,
    /// Notices that wait to be delivered.
    pub(crate) outbox: Vec<Notice>,
    /// Times of requests of the last ten minutes by mailbox, counted only when the switch limits them.
    pub(crate) recent: BTreeMap<String, VecDeque<Timestamp>>,
    /// Requests under way by mailbox.
    pub(crate) in_flight: BTreeMap<String, u32>,
    last_key: u64,
    last_version: u64,
    last_folder: u32,
}

impl Graph {
    /// A key never given before.
    pub(crate) fn next_key(&mut self) -> u64 {
        self.last_key += 1;
        self.last_key
    }

    /// The next change key's number.
    pub(crate) fn next_version(&mut self) -> u64 {
        self.last_version += 1;
        self.last_version
    }

    /// The number of an arrival in a folder.
    pub(crate) fn next_folder(&mut self) -> u32 {
        self.last_folder += 1;
        self.last_folder
    }

    pub(crate) fn mailbox(&self, email: &str) -> Option<&Mailbox> {
        self.mailboxes.get(email)
    }

    /// Stores an event with a new version, and tells subscriptions.
    pub(crate) fn store(&mut self, email: &str, calendar: u64, mut event: Event, now: Timestamp) {
        let made = event.version == 0;
        event.version = self.next_version();
        event.modified = now;
        let key = event.key;
        if let Some(mailbox) = self.mailboxes.get_mut(email) {
            mailbox.put(calendar, event);
        }
        super::notify::note(self, email, calendar, key, if made { "created" } else { "updated" });
    }

    /// Takes an event out, and tells subscriptions.
    pub(crate) fn drop_event(&mut self, email: &str, key: u64) -> Option<Event> {
        let calendar = self.mailboxes.get(email)?.home_of(key)?.key;
        super::notify::note(self, email, calendar, key, "deleted");
        self.mailboxes.get_mut(email)?.remove(key)
    }
}
