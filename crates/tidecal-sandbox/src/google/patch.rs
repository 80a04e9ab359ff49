//! `events.patch`: merging a partial event into a stored one, or into an occurrence that becomes an exception by it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Reply;
use super::call::Call;
use super::errors::ApiError;
use super::write::{self, Writer};
use super::{delete, event_types, notify, validate};
use crate::data::calendar::{Calendar, Role};
use crate::data::complete::normalise;
use crate::data::copies;
use crate::data::event::Body;
use crate::data::guests::{self, OWN};
use crate::data::instance::find;
use crate::data::moment::{stamp, text};
use crate::data::series;
use crate::state::World;

pub(crate) fn patch(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    let writer = Writer::of(world, call)?;
    let body = call.json()?;
    let if_match = call.if_match.as_deref();
    let json = apply(world, &writer, &call.calendar_id, &call.event_id, body, if_match)?;
    write::reply(world, call, &json)
}

/// Changes an event; answers the resource.
pub(crate) fn apply(
    world: &mut World,
    writer: &Writer,
    calendar_id: &str,
    event_id: &str,
    mut patch: Body,
    if_match: Option<&str>,
) -> Result<Arc<str>, ApiError> {
    writer.prepare(&mut patch);
    patch.remove("id");
    patch.remove("iCalUID");
    let calendar = write::calendar(world, calendar_id)?;
    let found = find(calendar, event_id).ok_or_else(ApiError::not_found)?;
    write::check_match(if_match, &found.etag_text())?;
    let former = found.body();
    check_alive(world, &former, found.is_cancelled(), &patch)?;
    if writer.role < Role::Writer && is_private(&former) {
        return Err(ApiError::forbidden());
    }
    if text(&patch, "status") == Some("cancelled") {
        delete::apply(world, writer, calendar_id, event_id, None)?;
        let calendar = write::calendar(world, calendar_id)?;
        let stored = calendar.events.get(event_id).ok_or_else(ApiError::not_found)?;
        return Ok(Arc::clone(&stored.json));
    }
    let body = changed(calendar, &former, patch)?;
    if !is_organizer(&former) && shares_change(&former, &body, calendar_id) {
        return patch_as_guest(world, writer, calendar_id, &former, body);
    }
    keep(world, writer, calendar_id, &former, body)
}

/// The event as patched, checked and in the form of answers.
fn changed(calendar: &Calendar, former: &Body, patch: Body) -> Result<Body, ApiError> {
    let mut body = merged(former, patch, &calendar.id);
    validate::trim_properties(&mut body);
    validate::check(&body, calendar)?;
    event_types::check_change(former, &body)?;
    normalise(&mut body, calendar);
    event_types::check_locked(former, &body)?;
    Ok(body)
}

/// Stores the changed event, and lets exceptions and the other people's copies follow.
fn keep(
    world: &mut World,
    writer: &Writer,
    calendar_id: &str,
    former: &Body,
    mut body: Body,
) -> Result<Arc<str>, ApiError> {
    body.insert("sequence".to_owned(), json!(next_sequence(former, &body)?));
    write::settle_conference(world, former, &mut body)?;
    touch(former, &mut body, &stamp(world.now()));
    let json = write::store(world, calendar_id, body.clone())?;
    series::follow(world, calendar_id, former, &body);
    guests::spread(world, calendar_id, &body);
    if !is_organizer(&body) {
        guests::answer_back(world, calendar_id, &body);
    }
    notify::guests(world, writer, calendar_id, Some(former), &body);
    Ok(json)
}

/// A deleted event stays deleted; only an occurrence of a living series may be brought back.
fn check_alive(world: &World, former: &Body, cancelled: bool, patch: &Body) -> Result<(), ApiError> {
    let revives = matches!(text(patch, "status"), Some("confirmed" | "tentative"));
    let gap = former.contains_key("recurringEventId");
    if !cancelled || (revives && (gap || world.switches.revive_deleted)) { Ok(()) } else { Err(ApiError::forbidden()) }
}

fn is_private(body: &Body) -> bool {
    matches!(text(body, "visibility"), Some("private" | "confidential"))
}

/// Whether this copy is the organiser's.
pub(crate) fn is_organizer(body: &Body) -> bool {
    body.get("organizer").is_none_or(|organizer| organizer["self"] == json!(true))
}

/// Merges as the vendor does: objects member by member, null removes, arrays are replaced whole.
fn merged(former: &Body, mut patch: Body, calendar_id: &str) -> Body {
    let mut body = former.clone();
    if patch.remove("attendeesOmitted") == Some(json!(true))
        && let Some(sent) = patch.remove("attendees")
    {
        answer_only(&mut body, &sent, calendar_id);
    }
    merge(&mut body, patch);
    if !body.contains_key("conferenceData") {
        body.remove("hangoutLink");
    }
    body
}

fn merge(body: &mut Body, patch: Body) {
    for (name, value) in patch {
        match (body.get_mut(&name), value) {
            (_, Value::Null) => {
                body.remove(&name);
            }
            (Some(Value::Object(old)), Value::Object(new)) => merge(old, new),
            (_, Value::Object(new)) => {
                let mut fresh = Body::new();
                merge(&mut fresh, new);
                body.insert(name, Value::Object(fresh));
            }
            (_, value) => {
                body.insert(name, value);
            }
        }
    }
}

/// With `attendeesOmitted` the list holds the caller's own answer and leaves the other guests alone.
fn answer_only(body: &mut Body, sent: &Value, calendar_id: &str) {
    let answer = sent
        .as_array()
        .and_then(|list| list.iter().find(|one| one["email"] == json!(calendar_id)))
        .and_then(Value::as_object);
    let own = body
        .get_mut("attendees")
        .and_then(Value::as_array_mut)
        .and_then(|list| list.iter_mut().find(|one| one["email"] == json!(calendar_id)))
        .and_then(Value::as_object_mut);
    if let (Some(answer), Some(own)) = (answer, own) {
        merge(own, answer.clone());
    }
}

/// Whether anything differs that belongs to all copies: everything but a guest's own answer and own members.
pub(crate) fn shares_change(former: &Body, body: &Body, calendar_id: &str) -> bool {
    let shared = |body: &Body| {
        let mut body = body.clone();
        body.retain(|name, _| !OWN.contains(&name.as_str()) && name != "updated" && name != "etag");
        if let Some(extended) = body.get_mut("extendedProperties").and_then(Value::as_object_mut) {
            extended.remove("private");
            if extended.is_empty() {
                body.remove("extendedProperties");
            }
        }
        if let Some(list) = body.get_mut("attendees").and_then(Value::as_array_mut) {
            for own in list.iter_mut().filter(|one| one["email"] == json!(calendar_id)) {
                *own = json!({"email": calendar_id});
            }
        }
        body
    };
    shared(former) != shared(body)
}

/// A guest's change of what belongs to all: refused, unless guests may modify the event; then it is the organiser's.
fn patch_as_guest(
    world: &mut World,
    writer: &Writer,
    calendar_id: &str,
    former: &Body,
    mut body: Body,
) -> Result<Arc<str>, ApiError> {
    if former.get("guestsCanModify") != Some(&json!(true)) {
        return Err(ApiError::not_organizer());
    }
    let id = text(&body, "id").unwrap_or_default().to_owned();
    let organizer = body.get("organizer").and_then(|own| own["email"].as_str());
    let organizer = organizer.unwrap_or_default().to_owned();
    let their_id = copies::original(world, calendar_id, &id);
    let theirs =
        world.calendars.get(&organizer).and_then(|calendar| find(calendar, &their_id)).map(|found| found.body());
    if let Some(theirs) = theirs {
        let mut update = theirs.clone();
        for (name, value) in &body {
            if name == "extendedProperties" {
                update.entry(name).or_insert_with(|| json!({}))["shared"] = value["shared"].clone();
            } else if name != "id" && !OWN.contains(&name.as_str()) && !write::READ_ONLY.contains(&name.as_str()) {
                update.insert(name.clone(), value.clone());
            }
        }
        update.insert("sequence".to_owned(), json!(next_sequence(&theirs, &update)?));
        touch(&theirs, &mut update, &stamp(world.now()));
        if let Some(calendar) = world.calendars.get(&organizer) {
            normalise(&mut update, calendar);
        }
        write::store(world, &organizer, update.clone())?;
        guests::spread(world, &organizer, &update);
        notify::guests(world, writer, &organizer, Some(&theirs), &update);
        let calendar = write::calendar(world, calendar_id)?;
        let stored = calendar.events.get(&id).ok_or_else(ApiError::not_found)?;
        return Ok(Arc::clone(&stored.json));
    }
    body.insert("sequence".to_owned(), json!(next_sequence(former, &body)?));
    touch(former, &mut body, &stamp(world.now()));
    write::store(world, calendar_id, body)
}

/// The sequence number of the changed event: it never falls, and rises when times or rules change.
fn next_sequence(former: &Body, body: &Body) -> Result<i64, ApiError> {
    let number = |body: &Body| body.get("sequence").and_then(Value::as_i64).unwrap_or(0);
    let (old, sent) = (number(former), number(body));
    if sent < old {
        return Err(ApiError::low_sequence());
    }
    let moved = ["start", "end", "recurrence", "status"].into_iter().any(|name| former.get(name) != body.get(name));
    Ok(if moved && sent == old { old + 1 } else { sent })
}

/// `updated` moves with every change except one of reminders alone.
fn touch(former: &Body, body: &mut Body, now: &str) {
    let without = |body: &Body| {
        let mut body = body.clone();
        body.remove("reminders");
        body
    };
    if without(former) != without(body) {
        body.insert("updated".to_owned(), json!(now));
    }
}
