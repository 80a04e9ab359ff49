//! A vendor that costs next to nothing: pages compressed beforehand, served from loopback, one
//! thread a connection. It knows a token endpoint, one large calendar and many quiet ones, and
//! `/_bench/…` for whoever measures.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use super::data::Events;

const PER_PAGE: usize = 2_500;
/// Calendars that have nothing new.
const QUIET: usize = 200;
/// Events of the answer to a sync token after `/_bench/change`.
const CHANGED: usize = 100;

/// What is served.
pub(super) struct Site {
    pages: Vec<Vec<u8>>,
    nothing_new: Vec<u8>,
    changes: Vec<u8>,
    changed: AtomicBool,
    /// Events that were written to it, by id.
    written: Mutex<HashMap<String, Value>>,
    requests: AtomicU64,
    bytes: AtomicU64,
}

/// A request, as far as it matters here.
struct Request {
    method: String,
    path: String,
    body: Vec<u8>,
}

impl Site {
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
            changed: AtomicBool::new(false),
            written: Mutex::default(),
            requests: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        })
    }

    /// Compressed size of all pages.
    pub(super) fn size(&self) -> usize {
        self.pages.iter().map(Vec::len).sum()
    }

    /// Serves until the process ends.
    pub(super) fn serve(self) -> Result<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let site = Arc::new(self);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let site = Arc::clone(&site);
                // A client that goes away ends its thread: nobody waits for the reason.
                std::thread::spawn(move || site.converse(stream).ok());
            }
        });
        Ok(address)
    }

    fn converse(&self, stream: TcpStream) -> Result<()> {
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream);
        while let Some(request) = request(&mut reader)? {
            let (body, compressed) = match self.written(&request) {
                Some(event) => (event.to_string().into_bytes().into(), false),
                None => self.answer(&request.path)?,
            };
            let mut head = String::from("HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\n");
            if compressed {
                head.push_str("Content-Encoding: gzip\r\n");
            }
            write!(head, "Content-Length: {}\r\n\r\n", body.len())?;
            let stream = reader.get_mut();
            stream.write_all(head.as_bytes())?;
            stream.write_all(&body)?;
        }
        Ok(())
    }

    fn answer(&self, path: &str) -> Result<(std::borrow::Cow<'_, [u8]>, bool)> {
        if let Some(order) = path.strip_prefix("/_bench/") {
            return Ok((self.obey(order).to_string().into_bytes().into(), false));
        }
        let (place, query) = path.split_once('?').unwrap_or((path, ""));
        if place.ends_with("/events") {
            let body = self.events(place, query);
            self.requests.fetch_add(1, Relaxed);
            self.bytes.fetch_add(body.len() as u64, Relaxed);
            return Ok((body.into(), true));
        }
        self.requests.fetch_add(1, Relaxed);
        let answer = match place {
            "/token" => {
                json!({ "access_token": "bench-access", "refresh_token": "bench-refresh", "expires_in": 2_592_000, "token_type": "Bearer" })
            }
            "/oauth2/v2/userinfo" => json!({ "id": "1", "email": "ada@example.com", "name": "Ada" }),
            "/calendar/v3/users/me/calendarList" => calendars(),
            _ => json!({}),
        };
        Ok((answer.to_string().into_bytes().into(), false))
    }

    /// An event that is made, changed or asked for by itself: what was sent, with a version that rises.
    fn written(&self, request: &Request) -> Option<Value> {
        let place = request.path.split('?').next()?.strip_prefix("/calendar/v3/calendars/bench/events")?;
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let id = match (request.method.as_str(), place) {
            ("GET", "") => return None,
            ("POST", "") => {
                let mut event: Value = serde_json::from_slice(&request.body).ok()?;
                let id = event["id"].as_str()?.to_owned();
                event["kind"] = json!("calendar#event");
                event["status"] = json!("confirmed");
                written.insert(id.clone(), event);
                id
            }
            ("PATCH", place) => {
                let id = place.trim_start_matches('/').to_owned();
                let fields: Value = serde_json::from_slice(&request.body).ok()?;
                for (name, value) in fields.as_object()? {
                    written.get_mut(&id)?[name] = value.clone();
                }
                id
            }
            (_, place) => place.trim_start_matches('/').to_owned(),
        };
        let number = self.requests.fetch_add(1, Relaxed) + 1;
        let event = written.get_mut(&id)?;
        if request.method != "GET" {
            event["etag"] = json!(format!("\"{number}\""));
        }
        Some(event.clone())
    }

    fn obey(&self, order: &str) -> Value {
        match order {
            "change" => self.changed.store(true, Relaxed),
            "restore" => self.changed.store(false, Relaxed),
            _ => {}
        }
        json!({ "requests": self.requests.load(Relaxed), "bytes": self.bytes.load(Relaxed) })
    }

    fn events(&self, place: &str, query: &str) -> &[u8] {
        let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        if !place.ends_with("/bench/events") {
            return &self.nothing_new;
        }
        if value("syncToken").is_some() {
            return if self.changed.swap(false, Relaxed) { &self.changes } else { &self.nothing_new };
        }
        let number = value("pageToken").and_then(|text| text.parse::<usize>().ok()).unwrap_or(0);
        self.pages.get(number).unwrap_or(&self.nothing_new)
    }
}

/// The next request; none at the end.
fn request(reader: &mut BufReader<TcpStream>) -> Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split(' ');
    let method = words.next().unwrap_or("GET").to_owned();
    let path = words.next().unwrap_or("/").to_owned();
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        if line.trim_end().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
    }
    let mut body = Vec::new();
    reader.by_ref().take(length).read_to_end(&mut body)?;
    Ok(Some(Request { method, path, body }))
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

fn gzip(value: &Value) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    serde_json::to_writer(&mut encoder, value)?;
    Ok(encoder.finish()?)
}
