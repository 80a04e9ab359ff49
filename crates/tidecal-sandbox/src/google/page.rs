//! What all lists share: how a page is cut, how an item is shown to the caller, and the envelope around the items.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::call::Call;
use super::errors::ApiError;
use super::list::Position;
use super::query::Query;
use super::{Reply, fields};
use crate::data::calendar::{Calendar, Role};
use crate::data::event::{Body, Stored, etag_text, tombstone};
use crate::data::moment::{Moment, stamp, text, zone_name};
use crate::state::World;
use crate::switches::Switches;

/// The page size that the switches leave.
pub(crate) fn limit(asked: usize, switches: &Switches) -> usize {
    match switches.short_pages {
        0 => asked,
        short => asked.min(short as usize),
    }
}

/// How one page is cut out of the ordered candidates.
#[derive(Debug, Clone)]
pub(crate) struct Scan {
    pub(crate) after: String,
    limit: usize,
    is_empty: bool,
    /// Begin with the last item of the page before.
    pub(crate) repeats: bool,
}

/// A page: items as JSON texts, and where the next one begins.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) items: Vec<Arc<str>>,
    pub(crate) next: Option<String>,
}

impl Scan {
    pub(crate) fn new(position: &Position, limit: usize, switches: &Switches) -> Self {
        // a page of every one being empty would never end
        let every = if switches.empty_pages == 0 { 0 } else { switches.empty_pages.max(2) };
        Self {
            after: position.after.clone(),
            limit,
            is_empty: every > 0 && (position.page + 1).is_multiple_of(every),
            repeats: switches.repeat_last_item && !position.after.is_empty(),
        }
    }

    /// Cuts the page; `candidates` are (position, item) in order, starting behind `after` (or at it when `repeats`).
    pub(crate) fn cut<T>(self, candidates: impl Iterator<Item = (String, T)>, show: impl Fn(T) -> Arc<str>) -> Page {
        let mut page = Page::default();
        let mut candidates = candidates.peekable();
        if self.is_empty {
            page.next = candidates.peek().is_some().then_some(self.after);
            return page;
        }
        let limit = self.limit + usize::from(self.repeats);
        let mut last = self.after;
        while page.items.len() < limit {
            let Some((position, item)) = candidates.next() else {
                return page;
            };
            page.items.push(show(item));
            last = position;
        }
        if candidates.peek().is_some() {
            page.next = Some(last);
        }
        page
    }
}

/// How items are shown to this caller.
#[derive(Debug, Clone)]
pub(crate) struct View {
    /// Zone of the answer when it is not the calendar's.
    pub(crate) zone: Option<TimeZone>,
    pub(crate) calendar_zone: TimeZone,
    pub(crate) max_attendees: Option<usize>,
    pub(crate) role: Role,
    pub(crate) sparse: bool,
    pub(crate) bare: bool,
}

/// Members of a private event that those without access to its details see.
const SEEN_OF_PRIVATE: [&str; 16] = [
    "kind",
    "etag",
    "id",
    "status",
    "htmlLink",
    "created",
    "updated",
    "start",
    "end",
    "recurrence",
    "recurringEventId",
    "originalStartTime",
    "transparency",
    "visibility",
    "iCalUID",
    "sequence",
];

impl View {
    /// The item of a stored event; the stored text itself in the usual case.
    pub(crate) fn show(&self, stored: &Stored) -> Arc<str> {
        if stored.cancelled && self.sparse {
            return tombstone(&stored.body(), self.bare).to_string().into();
        }
        let hidden = self.role == Role::FreeBusyReader || (stored.private && !self.role.sees_private());
        if !hidden && self.zone.is_none() && self.max_attendees.is_none() {
            return Arc::clone(&stored.json);
        }
        self.show_body(stored.body(), hidden).to_string().into()
    }

    /// The item of an occurrence.
    pub(crate) fn show_instance(&self, master: &Stored, body: Body) -> Value {
        let hidden = self.role == Role::FreeBusyReader || (master.private && !self.role.sees_private());
        self.show_body(body, hidden)
    }

    pub(crate) fn show_body(&self, mut body: Body, hidden: bool) -> Value {
        if hidden {
            body.retain(|name, _| SEEN_OF_PRIVATE.contains(&name.as_str()));
            body.insert("visibility".to_owned(), json!("private"));
        }
        if let Some(zone) = &self.zone {
            for name in ["start", "end", "originalStartTime"] {
                if let Ok(moment) = Moment::read(body.get(name), name, &self.calendar_zone) {
                    body.insert(name.to_owned(), moment.to_json(zone));
                }
            }
        }
        if let Some(most) = self.max_attendees {
            omit_attendees(&mut body, most);
        }
        Value::Object(body)
    }
}

/// With more attendees than asked for only the participant remains.
fn omit_attendees(body: &mut Body, most: usize) {
    let Some(attendees) = body.get_mut("attendees").and_then(Value::as_array_mut) else {
        return;
    };
    if attendees.len() > most {
        attendees.retain(|attendee| attendee["self"] == json!(true));
        body.insert("attendeesOmitted".to_owned(), json!(true));
    }
}

/// What stands after the items.
#[derive(Debug)]
pub(crate) enum Next {
    Page(String),
    Sync(String),
    Nothing,
}

/// The calendar's properties around the items.
#[derive(Debug)]
pub(crate) struct Envelope {
    pub(crate) etag: String,
    head: Value,
}

impl Envelope {
    pub(crate) fn of(world: &World, call: &Call, calendar: &Calendar, role: Role) -> Self {
        let etag = etag_text(calendar.etag);
        let entry = world.listings.get(&call.account).and_then(|list| list.allowed(&calendar.id));
        let updated = i64::try_from(calendar.etag / 2)
            .ok()
            .and_then(|micros| Timestamp::from_microsecond(micros).ok())
            .unwrap_or(Timestamp::UNIX_EPOCH);
        let mut head = json!({
            "kind": "calendar#events",
            "etag": etag,
            "summary": calendar.summary,
            "updated": stamp(updated),
            "timeZone": zone_name(&calendar.zone),
            "accessRole": role.name(),
            "defaultReminders": entry.map_or_else(|| json!([]), |entry| entry.reminders_json()),
        });
        if let Some(description) = &calendar.description {
            head["description"] = json!(description);
        }
        if let Some(zone) = call.query.get("timeZone") {
            head["timeZone"] = json!(zone);
        }
        Self { etag, head }
    }

    /// The whole answer.
    pub(crate) fn reply(self, query: &Query, items: &[Arc<str>], next: Next) -> Result<Reply, ApiError> {
        let mut head = self.head;
        match next {
            Next::Page(token) => head["nextPageToken"] = json!(token),
            Next::Sync(token) => head["nextSyncToken"] = json!(token),
            Next::Nothing => {}
        }
        let text = with_items(&head, items);
        let text = if fields::is_partial(query) {
            let whole = serde_json::from_str(&text).unwrap_or_default();
            fields::apply(query, whole)?.to_string()
        } else {
            text
        };
        Ok(Reply::Json { text, etag: Some(self.etag) })
    }
}

/// `head` with a member `items` of texts that are JSON already.
pub(crate) fn with_items(head: &Value, items: &[Arc<str>]) -> String {
    let mut text = head.to_string();
    text.pop();
    let length: usize = items.iter().map(|item| item.len() + 1).sum();
    text.reserve(length + 16);
    text.push_str(",\"items\":[");
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(item);
    }
    text.push_str("]}");
    text
}

/// Whether a text query matches an event.
pub(crate) fn mentions(body: &Body, q: &str) -> bool {
    let has = |value: Option<&str>| value.is_some_and(|value| value.to_lowercase().contains(q));
    let person =
        |value: &Value| ["displayName", "email"].iter().any(|name| has(value.get(*name).and_then(Value::as_str)));
    ["summary", "description", "location"].iter().any(|name| has(text(body, name)))
        || body.get("organizer").is_some_and(person)
        || body.get("attendees").and_then(Value::as_array).is_some_and(|attendees| attendees.iter().any(person))
}
