//! One calendar: its events by id, and its changes by number.
//!
//! Every write gives the event the calendar's next number and forgets its former one, so a delta is the range above a
//! token's number and costs as much as there are changes, whatever the size of the calendar.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use serde_json::json;

use super::event::{Body, Stored, etag_text};
use super::moment::text;

/// Rights of a person on a calendar, ascending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    FreeBusyReader,
    Reader,
    WriterWithoutPrivateAccess,
    Writer,
    Owner,
}

impl Role {
    pub(crate) const ALL: [Self; 5] =
        [Self::FreeBusyReader, Self::Reader, Self::WriterWithoutPrivateAccess, Self::Writer, Self::Owner];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::FreeBusyReader => "freeBusyReader",
            Self::Reader => "reader",
            Self::WriterWithoutPrivateAccess => "writerWithoutPrivateAccess",
            Self::Writer => "writer",
            Self::Owner => "owner",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Whether private events show their details to this role.
    pub(crate) fn sees_private(self) -> bool {
        matches!(self, Self::Writer | Self::Owner)
    }
}

/// A calendar and everything in it.
#[derive(Debug, Clone)]
pub(crate) struct Calendar {
    pub(crate) id: String,
    pub(crate) summary: String,
    pub(crate) description: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) zone: TimeZone,
    /// The person whose primary calendar this is.
    pub(crate) holder: Option<String>,
    /// The person who owns a secondary calendar's data.
    pub(crate) data_owner: Option<String>,
    pub(crate) etag: u64,
    /// Version of the calendar's own properties.
    pub(crate) properties_etag: u64,
    /// Number of the last change.
    pub(crate) seq: u64,
    /// Sync tokens of an older generation are gone (410).
    pub(crate) token_generation: u64,
    pub(crate) events: BTreeMap<String, Stored>,
    pub(crate) changes: BTreeMap<u64, String>,
}

impl Calendar {
    pub(crate) fn new(id: &str, summary: &str, zone: TimeZone, etag: u64) -> Self {
        Self {
            id: id.to_owned(),
            summary: summary.to_owned(),
            description: None,
            location: None,
            zone,
            holder: None,
            data_owner: None,
            etag,
            properties_etag: etag,
            seq: 0,
            token_generation: 0,
            events: BTreeMap::new(),
            changes: BTreeMap::new(),
        }
    }

    /// Stores a complete body under its `id` as the calendar's next change; answers the resource's text.
    pub(crate) fn put(&mut self, mut body: Body, etag: u64) -> Arc<str> {
        body.insert("kind".to_owned(), json!("calendar#event"));
        body.insert("etag".to_owned(), json!(etag_text(etag)));
        let id = text(&body, "id").unwrap_or_default().to_owned();
        self.seq += 1;
        self.etag = etag;
        let stored = Stored::new(&body, self.seq, etag, &self.zone);
        let json = Arc::clone(&stored.json);
        if let Some(former) = self.events.insert(id.clone(), stored) {
            self.changes.remove(&former.seq);
        }
        self.changes.insert(self.seq, id);
        json
    }

    /// The stored exceptions of a series, cancelled ones included. Those of a split-off series (`…_R…`) may carry ids of the
    /// series it was split from.
    pub(crate) fn exceptions<'a, 'm>(
        &'a self,
        master: &'m str,
    ) -> impl Iterator<Item = (&'a String, &'a Stored)> + use<'a, 'm> {
        let lineage = master.rsplit_once("_R").map_or(master, |(lineage, _)| lineage);
        let prefix = format!("{lineage}_");
        self.events
            .range(prefix.clone()..)
            .take_while(move |(id, _)| id.starts_with(&prefix))
            .filter(move |(_, stored)| stored.master.as_deref() == Some(master))
    }

    /// Whether the item's series is deleted: its exceptions are then no longer listed as its gaps.
    pub(crate) fn is_orphan(&self, stored: &Stored) -> bool {
        stored.master.as_deref().is_some_and(|master| self.events.get(master).is_none_or(|master| master.cancelled))
    }

    /// Who organises an event written here by `actor`: the person on a primary calendar, else the calendar itself.
    pub(crate) fn organizer(&self, name_of: impl Fn(&str) -> Option<String>) -> serde_json::Value {
        match &self.holder {
            Some(email) => match name_of(email) {
                Some(name) => json!({"email": email, "displayName": name, "self": true}),
                None => json!({"email": email, "self": true}),
            },
            None => json!({"email": self.id, "displayName": self.summary, "self": true}),
        }
    }
}
