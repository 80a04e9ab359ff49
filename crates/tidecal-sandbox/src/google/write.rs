//! What the writing methods share: who writes, with which options, and what they answer.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Reply;
use super::call::Call;
use super::errors::ApiError;
use super::fields;
use super::page::View;
use crate::data::calendar::{Calendar, Role};
use crate::data::event::{Body, etag_text};
use crate::data::moment::text;
use crate::mails::SendUpdates;
use crate::random::{Random, opaque};
use crate::state::World;

/// Members that the vendor sets itself; sent ones are ignored.
pub(crate) const READ_ONLY: [&str; 12] = [
    "kind",
    "etag",
    "created",
    "updated",
    "htmlLink",
    "creator",
    "organizer",
    "hangoutLink",
    "recurringEventId",
    "originalStartTime",
    "locked",
    "privateCopy",
];

/// Who writes in a calendar, and how.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    pub(crate) account: String,
    pub(crate) role: Role,
    /// What writes: an operation, or `control`.
    pub(crate) operation: &'static str,
    /// Who is mailed about the write.
    pub(crate) send_updates: SendUpdates,
    /// `conferenceDataVersion=1`: conference data is read.
    pub(crate) conference: bool,
    /// `supportsAttachments=true`.
    pub(crate) attachments: bool,
}

impl Writer {
    /// The caller as a writer; refuses those who may only read.
    pub(crate) fn of(world: &World, call: &Call) -> Result<Self, ApiError> {
        let (_, role) = call.calendar(world)?;
        // the older parameter says "all" with one word; the newer one wins
        let usual = if call.query.flag("sendNotifications")? == Some(true) { "all" } else { "none" };
        let sent = call.query.get("sendUpdates").unwrap_or(usual);
        let send_updates = SendUpdates::named(sent).ok_or_else(|| ApiError::parameter("sendUpdates", "Bad Request"))?;
        if role < Role::WriterWithoutPrivateAccess {
            return Err(ApiError::writer_needed());
        }
        Ok(Self {
            account: call.account.clone(),
            role,
            operation: call.operation,
            send_updates,
            conference: call.query.get("conferenceDataVersion") == Some("1"),
            attachments: call.query.flag("supportsAttachments")? == Some(true),
        })
    }

    /// Prepares a sent body: leaves out what the vendor sets itself and what this writer's options exclude.
    pub(crate) fn prepare(&self, body: &mut Body) {
        for name in READ_ONLY {
            body.remove(name);
        }
        if !self.conference {
            body.remove("conferenceData");
        }
        if !self.attachments {
            body.remove("attachments");
        }
    }
}

/// The calendar to write in.
pub(crate) fn calendar<'a>(world: &'a World, id: &str) -> Result<&'a Calendar, ApiError> {
    world.calendars.get(id).ok_or_else(ApiError::not_found)
}

/// Stores a body as the calendar's next change; answers the resource.
pub(crate) fn store(world: &mut World, calendar_id: &str, body: Body) -> Result<Arc<str>, ApiError> {
    let etag = world.next_etag();
    let calendar = world.calendars.get_mut(calendar_id).ok_or_else(ApiError::not_found)?;
    Ok(calendar.put(body, etag))
}

/// A fresh event id.
pub(crate) fn new_id(world: &mut World) -> String {
    let number = world.next_number();
    Random::new(world.config.seed, &format!("event {number}")).event_id()
}

/// Answers a request for a conference (`createRequest`) with a room. The vendor does it a moment later; here it is done
/// at once.
pub(crate) fn settle_conference(world: &mut World, former: &Body, body: &mut Body) -> Result<(), ApiError> {
    let Some(request) = body.get("conferenceData").and_then(|data| data.get("createRequest")) else {
        return Ok(());
    };
    let settled = former.get("conferenceData").and_then(|data| data.get("createRequest"));
    if settled.is_some_and(|settled| settled["requestId"] == request["requestId"]) {
        return Ok(());
    }
    let wanted = request["requestId"].as_str().map(ToOwned::to_owned);
    let kind = request["conferenceSolutionKey"]["type"].as_str().unwrap_or("hangoutsMeet").to_owned();
    if wanted.is_none() || kind != "hangoutsMeet" {
        return Err(ApiError::invalid("Invalid conference type value."));
    }
    let number = world.next_number();
    let room: String = opaque(world.config.seed, "room", number)
        .to_lowercase()
        .chars()
        .filter(char::is_ascii_lowercase)
        .take(10)
        .collect();
    let uri = format!("https://meet.example.com/{room}");
    body.insert("hangoutLink".to_owned(), json!(uri));
    let solution = json!({"key": {"type": kind}, "name": "Google Meet"});
    body.insert(
        "conferenceData".to_owned(),
        json!({
            "createRequest": {
                "requestId": wanted,
                "conferenceSolutionKey": {"type": kind},
                "status": {"statusCode": "success"},
            },
            "conferenceId": room,
            "conferenceSolution": solution,
            "entryPoints": [{"entryPointType": "video", "uri": uri, "label": format!("meet.example.com/{room}")}],
        }),
    );
    Ok(())
}

/// Checks `If-Match` against the present version.
pub(crate) fn check_match(if_match: Option<&str>, etag: &str) -> Result<(), ApiError> {
    match if_match {
        Some(sent) if sent != "*" && !sent.split(',').any(|one| one.trim() == etag) => Err(ApiError::precondition()),
        _ => Ok(()),
    }
}

/// The answer to a write: the event as the caller sees it.
pub(crate) fn reply(world: &World, call: &Call, json: &str) -> Result<Reply, ApiError> {
    let (calendar, role) = call.calendar(world)?;
    let view = View {
        zone: None,
        calendar_zone: calendar.zone.clone(),
        max_attendees: call.query.number("maxAttendees")?,
        role,
        sparse: false,
        bare: false,
    };
    let body: Body = serde_json::from_str(json).unwrap_or_default();
    let etag = text(&body, "etag").map_or_else(|| etag_text(0), ToOwned::to_owned);
    let shown: Value = view.show_body(body, false);
    let text = fields::apply(&call.query, shown)?.to_string();
    Ok(Reply::Json { text, etag: Some(etag) })
}
