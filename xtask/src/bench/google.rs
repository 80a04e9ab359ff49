//! Google's side: pages compressed beforehand, one large calendar and many quiet ones. What is written to
//! the large one is kept beside its pages.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use anyhow::Result;
use serde_json::{Value, json};

use super::data::Events;
use super::server::{Answer, Asked, Site, gzip};

const PER_PAGE: usize = 2_500;
/// Calendars that have nothing new.
pub(super) const QUIET: usize = 200;
/// Events of the answer to a sync token after `/_bench/change`.
pub(super) const CHANGED: usize = 100;

/// What is served.
pub(super) struct Google {
    pages: Vec<Vec<u8>>,
    nothing_new: Vec<u8>,
    changes: Vec<u8>,
    written: Mutex<Written>,
}

/// Events that were written, by id, and how many writes there were.
#[derive(Default)]
struct Written {
    events: HashMap<String, Value>,
    writes: u64,
}

impl Google {
    /// All pages of a calendar with so many events.
    pub(super) fn of(count: usize) -> Result<Self> {
        let (mut pages, mut changed) = (Vec::new(), Vec::new());
        let mut events = Events::new();
        for begins in (0..count).step_by(PER_PAGE) {
            let chunk: Vec<Value> = events.by_ref().take(PER_PAGE.min(count - begins)).collect();
            let is_last = begins + PER_PAGE >= count;
            let (token, value) = if is_last { ("nextSyncToken", 0) } else { ("nextPageToken", pages.len() + 1) };
            pages.push(gzip(&page(&chunk, token, &value.to_string()))?);
            changed.extend(chunk.into_iter().step_by((count / CHANGED).clamp(1, PER_PAGE)));
        }
        changed.truncate(CHANGED);
        for event in &mut changed {
            event["summary"] = json!("Moved to another room");
            event["etag"] = json!("\"3999999999999999\"");
        }
        Ok(Self {
            pages,
            nothing_new: gzip(&page(&[], "nextSyncToken", "0"))?,
            changes: gzip(&page(&changed, "nextSyncToken", "0"))?,
            written: Mutex::default(),
        })
    }

    /// Compressed size of all pages.
    pub(super) fn size(&self) -> usize {
        self.pages.iter().map(Vec::len).sum()
    }

    /// An event that is made, changed or asked for by itself: what was sent, with a version that rises.
    fn written(&self, asked: &Asked) -> Option<Value> {
        let place = asked.path.split('?').next()?.strip_prefix("/calendar/v3/calendars/bench/events")?;
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let id = match (asked.method.as_str(), place) {
            ("GET", "") => return None,
            ("POST", "") => {
                let mut event: Value = serde_json::from_slice(&asked.body).ok()?;
                let id = event["id"].as_str()?.to_owned();
                event["kind"] = json!("calendar#event");
                event["status"] = json!("confirmed");
                written.events.insert(id.clone(), event);
                id
            }
            ("PATCH", place) => {
                let id = place.trim_start_matches('/').to_owned();
                let fields: Value = serde_json::from_slice(&asked.body).ok()?;
                for (name, value) in fields.as_object()? {
                    written.events.get_mut(&id)?[name] = value.clone();
                }
                id
            }
            (_, place) => place.trim_start_matches('/').to_owned(),
        };
        written.writes += u64::from(asked.method != "GET");
        let number = written.writes;
        let event = written.events.get_mut(&id)?;
        if asked.method != "GET" {
            event["etag"] = json!(format!("\"{number}\""));
        }
        Some(event.clone())
    }

    fn events(&self, place: &str, query: &str, changed: &AtomicBool) -> &[u8] {
        let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        if !place.ends_with("/bench/events") {
            return &self.nothing_new;
        }
        if value("syncToken").is_some() {
            return if changed.swap(false, Relaxed) { &self.changes } else { &self.nothing_new };
        }
        let number = value("pageToken").and_then(|text| text.parse::<usize>().ok()).unwrap_or(0);
        self.pages.get(number).unwrap_or(&self.nothing_new)
    }
}

impl Site for Google {
    fn answer(&self, asked: &Asked, changed: &AtomicBool) -> Answer<'_> {
        if let Some(event) = self.written(asked) {
            return Answer::plain(&event);
        }
        let (place, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
        if place.ends_with("/events") {
            return Answer::packed(self.events(place, query, changed));
        }
        Answer::plain(&match place {
            "/token" => {
                json!({ "access_token": "bench-access", "refresh_token": "bench-refresh", "expires_in": 2_592_000, "token_type": "Bearer" })
            }
            "/oauth2/v2/userinfo" => json!({ "id": "1", "email": "ada@example.com", "name": "Ada" }),
            "/calendar/v3/users/me/calendarList" => calendars(),
            _ => json!({}),
        })
    }
}

fn page(events: &[Value], token: &str, value: &str) -> Value {
    json!({
        "kind": "calendar#events",
        "etag": "\"p33\"",
        "summary": "Bench",
        "updated": "2026-11-20T09:00:00.000Z",
        "timeZone": "Europe/Berlin",
        "accessRole": "owner",
        "defaultReminders": [],
        token: value,
        "items": events,
    })
}

fn calendars() -> Value {
    let entry = |id: String| json!({ "id": id, "summary": id, "timeZone": "Europe/Berlin", "accessRole": "owner" });
    let quiet = (0..QUIET).map(|number| entry(format!("quiet-{number}")));
    let items: Vec<Value> = std::iter::once(entry("bench".to_owned())).chain(quiet).collect();
    json!({ "kind": "calendar#calendarList", "items": items })
}
