//! A vendor to be tested against, and the hand of somebody else in its calendars.

use async_trait::async_trait;
use jiff::civil::DateTime;
use tidecal_http::Transport;
use tidecal_providers::{Access, Adapter};

use crate::bench::Bench;

/// An event as somebody types it: half an hour, in a zone.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Draft {
    /// Letters and digits; unique in the calendar.
    pub(crate) uid: String,
    pub(crate) title: String,
    pub(crate) start: DateTime,
    /// IANA name.
    pub(crate) zone: &'static str,
    /// RRULE value, or empty.
    pub(crate) rule: String,
}

impl Draft {
    /// A single event in Vienna; `start` as `2026-11-23T09:00`.
    pub(crate) fn new(uid: &str, start: &str) -> Self {
        let start = start.parse().unwrap();
        Self { uid: uid.into(), title: uid.to_uppercase(), start, zone: "Europe/Vienna", rule: String::new() }
    }

    pub(crate) fn titled(mut self, title: &str) -> Self {
        self.title = title.into();
        self
    }

    pub(crate) fn repeating(mut self, rule: &str) -> Self {
        self.rule = rule.into();
        self
    }

    pub(crate) fn in_zone(mut self, zone: &'static str) -> Self {
        self.zone = zone;
        self
    }
}

/// How this server spells a time, so that answers can be spoiled.
pub(crate) struct Spelling {
    /// 24 December 2026, ten o'clock, as it begins in an answer.
    pub(crate) christmas_at_ten: &'static str,
}

/// One server with one person's account. Edits are those of somebody else: they do not go through the adapter.
#[async_trait]
pub(crate) trait Peer: Send + Sync {
    /// `host:port`.
    fn upstream(&self) -> String;

    /// An adapter for the server as seen at `origin`, and what opens the account.
    async fn connect(&self, origin: &str, transport: Transport) -> (Box<dyn Adapter>, Access);

    /// The same account with a secret that was never right; `None`: the server lets everybody in.
    fn wrong(&self, access: &Access) -> Option<Access>;

    /// How the account is named to people.
    fn person(&self) -> &str;

    fn spelling(&self) -> Spelling;

    /// Makes an empty calendar and answers its id.
    async fn calendar(&self, name: &str) -> String;

    /// Removes a calendar, or the account's access to it.
    async fn remove_calendar(&self, calendar: &str);

    /// A calendar of somebody else, if the server has such a thing.
    async fn forbidden(&self) -> Option<String>;

    /// Creates the event, or makes it what the draft says. A series loses its exceptions.
    async fn put(&self, calendar: &str, draft: &Draft);

    async fn delete(&self, calendar: &str, uid: &str);

    /// The occurrence at `slot` (local, in the zone of the series) takes place at `to` under `title`.
    async fn move_occurrence(&self, calendar: &str, uid: &str, slot: DateTime, to: DateTime, title: &str);

    /// The occurrence at `slot` does not take place.
    async fn cancel_occurrence(&self, calendar: &str, uid: &str, slot: DateTime);

    /// From `slot` on the series goes on as another one under `title`.
    async fn split(&self, calendar: &str, uid: &str, slot: DateTime, title: &str);

    /// The server forgets the cursors that it gave.
    async fn forget_cursors(&self, bench: &Bench);

    /// Readings come in pages of `size` from now on; 0: as usual.
    async fn page_by(&self, bench: &Bench, size: usize);
}
