//! One stored event: the answer's JSON text, and beside it the few values that lists filter and order by.
//!
//! The text is kept instead of a tree: it is a seventh of the size, and a page of 2500 events is a copy of texts.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::instance::Series;
use super::moment::{Moment, text};

/// An event's JSON object.
pub(crate) type Body = Map<String, Value>;

/// The vendor's event types.
pub(crate) const EVENT_TYPES: [&str; 6] =
    ["birthday", "default", "focusTime", "fromGmail", "outOfOffice", "workingLocation"];

/// An event as a calendar holds it.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    /// Number of the calendar's change that wrote it last.
    pub(crate) seq: u64,
    pub(crate) etag: u64,
    pub(crate) cancelled: bool,
    /// `visibility` is private or confidential.
    pub(crate) private: bool,
    /// Has `recurrence` lines.
    pub(crate) recurring: bool,
    /// `recurringEventId` of an exception.
    pub(crate) master: Option<Box<str>>,
    /// Original start of an exception, ms since the epoch.
    pub(crate) original_ms: Option<i64>,
    /// Start and end in ms since the epoch; a series ends with its last occurrence (`i64::MAX` when it has none).
    pub(crate) start_ms: i64,
    pub(crate) end_ms: i64,
    pub(crate) updated_ms: i64,
    pub(crate) event_type: &'static str,
    /// The whole resource as answered, `kind` and `etag` included.
    pub(crate) json: Arc<str>,
}

impl Stored {
    /// Indexes and serialises a complete body. Times that do not parse (sparse stubs) index as 0.
    pub(crate) fn new(body: &Body, seq: u64, etag: u64, zone: &TimeZone) -> Self {
        let at = |name: &str| Moment::read(body.get(name), name, zone).ok();
        let ms = |moment: &Moment| moment.instant(zone).as_millisecond();
        let original = at("originalStartTime");
        let start = at("start").or_else(|| original.clone());
        let end = at("end").or_else(|| start.clone());
        let recurring = body.contains_key("recurrence");
        let end_ms = if recurring {
            Series::read(body, zone).map_or(i64::MAX, |series| series.last_end_ms(zone))
        } else {
            end.as_ref().map_or(0, ms)
        };
        Self {
            seq,
            etag,
            cancelled: text(body, "status") == Some("cancelled"),
            private: matches!(text(body, "visibility"), Some("private" | "confidential")),
            recurring,
            master: text(body, "recurringEventId").map(Into::into),
            original_ms: original.as_ref().map(ms),
            start_ms: start.as_ref().map_or(0, ms),
            end_ms,
            updated_ms: text(body, "updated")
                .and_then(|stamp| stamp.parse::<Timestamp>().ok())
                .map_or(0, Timestamp::as_millisecond),
            event_type: event_type(body),
            json: Value::Object(body.clone()).to_string().into(),
        }
    }

    /// The resource as a tree.
    pub(crate) fn body(&self) -> Body {
        match serde_json::from_str(&self.json) {
            Ok(Value::Object(body)) => body,
            _ => Body::new(),
        }
    }

    /// The ETag with its quotes.
    pub(crate) fn etag_text(&self) -> String {
        etag_text(self.etag)
    }
}

/// The event type of a body, `default` when unset or unknown.
pub(crate) fn event_type(body: &Body) -> &'static str {
    let named = text(body, "eventType").unwrap_or("default");
    EVENT_TYPES.into_iter().find(|known| *known == named).unwrap_or("default")
}

/// An ETag as sent in bodies and headers: the quotes belong to it.
pub(crate) fn etag_text(etag: u64) -> String {
    format!("\"{etag}\"")
}

/// What is guaranteed of a cancelled item: the ids alone. `bare` leaves out the link to the series as well.
pub(crate) fn tombstone(body: &Body, bare: bool) -> Value {
    let mut stub = json!({"kind": "calendar#event", "status": "cancelled"});
    let kept: &[&str] = if bare { &["etag", "id"] } else { &["etag", "id", "recurringEventId", "originalStartTime"] };
    for name in kept {
        if let Some(value) = body.get(*name) {
            stub[*name] = value.clone();
        }
    }
    stub
}
