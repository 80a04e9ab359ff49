//! Events as answered.

use serde_json::{Value, json};

use super::event::{Body, DEFAULTS, Event, Seen};
use super::html;
use super::ids::{EventRef, IdKind, change_key, etag, event_id};
use super::prefer::Prefer;
use super::times::stamp;
use crate::random::digest;

/// How events are shown to this caller.
#[derive(Debug, Clone)]
pub(crate) struct View<'a> {
    pub(crate) seed: u64,
    /// Address of the mailbox.
    pub(crate) owner: &'a str,
    pub(crate) prefer: &'a Prefer,
    /// Members wanted; `None` = all.
    pub(crate) select: Option<Vec<String>>,
    /// Single-value extended properties wanted, by id.
    pub(crate) extended: Vec<String>,
}

impl View<'_> {
    pub(crate) fn id(&self, event: &Event, slot: Option<jiff::civil::Date>) -> String {
        let kind = if self.prefer.immutable { IdKind::Immutable } else { IdKind::Default(event.folder) };
        event_id(self.seed, EventRef { key: event.key, slot }, kind)
    }

    /// The whole resource.
    pub(crate) fn event(&self, seen: &Seen<'_>) -> Value {
        let mut body = self.complete(seen);
        if let Some(select) = &self.select {
            body.retain(|name, _| name.starts_with('@') || name == "id" || select.contains(name));
        }
        if !self.extended.is_empty() {
            let own: Vec<Value> = seen
                .extended()
                .iter()
                .filter(|(id, _)| self.extended.contains(id))
                .map(|(id, value)| json!({"id": id, "value": value}))
                .collect();
            if !own.is_empty() {
                body.insert("singleValueExtendedProperties".to_owned(), json!(own));
            }
        }
        Value::Object(body)
    }

    /// An occurrence as deltas have it: identity and times only.
    pub(crate) fn sparse(&self, seen: &Seen<'_>) -> Value {
        let (start, end) = seen.times.shown(&self.prefer.zone);
        json!({
            "@odata.type": "#microsoft.graph.event",
            "@odata.etag": etag(self.seed, seen.version()),
            "id": self.id(seen.event, seen.slot),
            "seriesMasterId": self.id(seen.event, None),
            "type": seen.kind(),
            "start": start,
            "end": end,
        })
    }

    fn complete(&self, seen: &Seen<'_>) -> Body {
        let mut body = DEFAULTS.clone();
        body.extend(seen.event.fields.clone());
        if let Some(own) = seen.exception {
            body.extend(own.fields.clone());
        }
        self.add_identity(seen, &mut body);
        self.add_times(seen, &mut body);
        self.add_body(seen, &mut body);
        body
    }

    fn add_identity(&self, seen: &Seen<'_>, body: &mut Body) {
        let event = seen.event;
        let (name, address) = &event.organizer;
        let mut put = |name: &str, value: Value| {
            body.insert(name.to_owned(), value);
        };
        put("@odata.etag", json!(etag(self.seed, seen.version())));
        put("id", json!(self.id(event, seen.slot)));
        put("createdDateTime", json!(stamp(event.created)));
        put("lastModifiedDateTime", json!(stamp(seen.modified())));
        put("changeKey", json!(change_key(self.seed, seen.version())));
        put("transactionId", json!(event.transaction_id));
        put("iCalUId", json!(seen.uid()));
        put("type", json!(seen.kind()));
        put("seriesMasterId", json!(seen.slot.map(|_| self.id(event, None))));
        put("isOrganizer", json!(address.eq_ignore_ascii_case(self.owner)));
        put("organizer", json!({"emailAddress": {"name": name, "address": address}}));
        put("webLink", json!(format!("https://outlook.example.com/owa/?itemid={}", digest(&seen.uid()))));
        put("hasAttachments", json!(false));
        put("isDraft", json!(false));
        put("onlineMeetingUrl", Value::Null);
    }

    fn add_times(&self, seen: &Seen<'_>, body: &mut Body) {
        let (start, end) = seen.times.shown(&self.prefer.zone);
        body.insert("start".to_owned(), start);
        body.insert("end".to_owned(), end);
        body.insert("isAllDay".to_owned(), json!(seen.times.all_day));
        body.insert("originalStartTimeZone".to_owned(), json!(seen.times.zone.name));
        body.insert("originalEndTimeZone".to_owned(), json!(seen.times.end_zone.name));
        let recurrence = if seen.slot.is_none() { seen.event.recurrence.as_ref() } else { None };
        body.insert("recurrence".to_owned(), recurrence.map_or(Value::Null, |own| own.to_json()));
        if let Some(slot) = seen.slot.and_then(|slot| seen.event.times.on(slot)) {
            body.insert("originalStart".to_owned(), json!(stamp(slot.start_instant())));
        }
    }

    fn add_body(&self, seen: &Seen<'_>, body: &mut Body) {
        let stored = seen.field("body");
        let content = stored["content"].as_str().unwrap_or_default();
        let is_text = stored["contentType"] == json!("text");
        let text = if is_text { content.to_owned() } else { html::to_text(content) };
        let shown = match (self.prefer.text, is_text) {
            (true, _) => json!({"contentType": "text", "content": text}),
            (false, true) => json!({"contentType": "html", "content": html::from_text(content)}),
            (false, false) => json!({"contentType": "html", "content": content}),
        };
        body.insert("bodyPreview".to_owned(), json!(html::preview(&text)));
        body.insert("body".to_owned(), shown);
    }

    /// Ids of a series' cancelled occurrences: `OID.<master>.<date>`.
    pub(crate) fn cancelled(&self, event: &Event) -> Value {
        let master = self.id(event, None);
        event.cancelled.iter().map(|date| json!(format!("OID.{master}.{date}"))).collect()
    }

    /// `@removed` for an id that is no more, or has left the window.
    pub(crate) fn removed(&self, key: u64, folder: u32, slot: Option<jiff::civil::Date>, reason: &str) -> Value {
        let kind = if self.prefer.immutable { IdKind::Immutable } else { IdKind::Default(folder) };
        json!({
            "@odata.type": "#microsoft.graph.event",
            "id": event_id(self.seed, EventRef { key, slot }, kind),
            "@removed": {"reason": reason},
        })
    }
}
