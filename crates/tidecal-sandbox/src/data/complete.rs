//! What the vendor adds to an event that it takes: ids, stamps, organiser, defaults, normalised times.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::calendar::Calendar;
use super::event::Body;
use super::moment::{Moment, stamp, text};
use crate::config::Person;

/// Adds everything a new event lacks. The body has been checked and has its `id`.
pub(crate) fn complete(body: &mut Body, calendar: &Calendar, creator: &str, people: &[Person], now: Timestamp) {
    let id = text(body, "id").unwrap_or_default().to_owned();
    let name_of = |email: &str| name_of(people, email);
    let defaults = [
        ("status", json!("confirmed")),
        ("iCalUID", json!(format!("{id}@google.com"))),
        ("sequence", json!(0)),
        ("created", json!(stamp(now))),
        ("updated", json!(stamp(now))),
        ("creator", party(creator, calendar, people)),
        ("organizer", calendar.organizer(name_of)),
        ("htmlLink", json!(link(&id, &calendar.id))),
        ("reminders", json!({"useDefault": true})),
        ("eventType", json!("default")),
    ];
    for (name, value) in defaults {
        body.entry(name).or_insert(value);
    }
    normalise(body, calendar);
}

/// Brings times and attendees into the form that answers have.
pub(crate) fn normalise(body: &mut Body, calendar: &Calendar) {
    for name in ["start", "end", "originalStartTime"] {
        if let Ok(moment) = Moment::read(body.get(name), name, &calendar.zone) {
            body.insert(name.to_owned(), moment.to_json(&calendar.zone));
        }
    }
    let organizer = body.get("organizer").and_then(|own| own["email"].as_str()).map(ToOwned::to_owned);
    if let Some(attendees) = body.get_mut("attendees").and_then(Value::as_array_mut) {
        for attendee in attendees.iter_mut() {
            mark(attendee, calendar, organizer.as_deref());
        }
        if attendees.is_empty() {
            body.remove("attendees");
        }
    }
}

/// Sets the read-only marks of one attendee.
fn mark(attendee: &mut Value, calendar: &Calendar, organizer: Option<&str>) {
    let Some(members) = attendee.as_object_mut() else {
        return;
    };
    let email = text(members, "email").unwrap_or_default().to_owned();
    for (name, set) in [("self", email == calendar.id), ("organizer", Some(email.as_str()) == organizer)] {
        if set {
            members.insert(name.to_owned(), json!(true));
        } else {
            members.remove(name);
        }
    }
    members.entry("responseStatus").or_insert_with(|| json!("needsAction"));
}

/// A creator or organiser as shown on a copy in `calendar`.
pub(crate) fn party(email: &str, calendar: &Calendar, people: &[Person]) -> Value {
    let mut party = json!({ "email": email });
    if let Some(name) = name_of(people, email) {
        party["displayName"] = json!(name);
    }
    if calendar.id == email {
        party["self"] = json!(true);
    }
    party
}

fn name_of(people: &[Person], email: &str) -> Option<String> {
    people.iter().find(|person| person.email == email).map(|person| person.name.clone())
}

/// The link a person opens the event with.
pub(crate) fn link(event_id: &str, calendar_id: &str) -> String {
    let eid = URL_SAFE_NO_PAD.encode(format!("{event_id} {calendar_id}"));
    format!("https://calendar.example.com/event?eid={eid}")
}
