//! What may be changed of events that are no ordinary ones: special types, and locked events.
//!
//! The vendor's reason for changes that a type forbids is observed, not documented.

use serde_json::Value;

use super::errors::ApiError;
use crate::data::event::Body;
use crate::data::moment::text;

/// Members of any copy that belong to its holder, whatever the type.
const OWN: [&str; 8] =
    ["reminders", "colorId", "eventLabelId", "transparency", "visibility", "extendedProperties", "attendees", "status"];
/// Members of a birthday that may change.
const OF_BIRTHDAY: [&str; 7] = ["summary", "colorId", "eventLabelId", "reminders", "start", "end", "recurrence"];
/// Members of a locked event that nobody changes.
const LOCKED: [&str; 6] = ["summary", "description", "location", "start", "end", "recurrence"];
/// Members that every write touches.
const STAMPS: [&str; 3] = ["updated", "etag", "sequence"];

/// A change that the event's type forbids.
pub(crate) fn restricted(message: impl Into<Box<str>>) -> ApiError {
    ApiError::new(400, "calendar", "eventTypeRestriction", message)
}

/// Refuses guests and rooms of events that are about one person alone.
pub(crate) fn check_guests(body: &Body) -> Result<(), ApiError> {
    let kind = text(body, "eventType").unwrap_or("default");
    let own = ["birthday", "focusTime", "outOfOffice", "workingLocation"].contains(&kind);
    match ["attendees", "conferenceData"].into_iter().find(|name| own && body.contains_key(*name)) {
        Some(name) => Err(restricted(format!("An event of type {kind} cannot have {name}."))),
        None => Ok(()),
    }
}

/// Refuses changes of the type, and changes that the type does not allow.
pub(crate) fn check_change(former: &Body, body: &Body) -> Result<(), ApiError> {
    let kind = text(former, "eventType").unwrap_or("default");
    if kind != text(body, "eventType").unwrap_or("default") {
        return Err(ApiError::invalid("The event type cannot be changed."));
    }
    let allowed: &[&str] = match kind {
        "birthday" => &OF_BIRTHDAY,
        "fromGmail" => &OWN,
        _ => return Ok(()),
    };
    match differing(former, body).find(|name| !allowed.contains(name)) {
        Some(name) => Err(restricted(format!("An event of type {kind} does not let {name} be changed."))),
        None => Ok(()),
    }
}

/// Refuses changes of what a locked event keeps.
pub(crate) fn check_locked(former: &Body, body: &Body) -> Result<(), ApiError> {
    if former.get("locked") != Some(&Value::Bool(true)) {
        return Ok(());
    }
    match differing(former, body).find(|name| LOCKED.contains(name)) {
        Some(_) => Err(ApiError::forbidden()),
        None => Ok(()),
    }
}

fn differing<'a>(former: &'a Body, body: &'a Body) -> impl Iterator<Item = &'a str> {
    let names = former.keys().chain(body.keys()).map(String::as_str);
    names.filter(|name| !STAMPS.contains(name) && former.get(*name) != body.get(*name))
}
