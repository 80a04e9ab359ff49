//! `events.move`: an event changes its calendar and with it its organiser.

use serde_json::{Value, json};

use super::Reply;
use super::call::Call;
use super::errors::ApiError;
use super::event_types::restricted;
use super::notify;
use super::patch::is_organizer;
use super::write::{self, Writer};
use crate::data::calendar::Role;
use crate::data::complete::{link, normalise};
use crate::data::event::Body;
use crate::data::guests;
use crate::data::instance::{Found, find};
use crate::data::moment::{stamp, text};
use crate::state::World;

pub(crate) fn relocate(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    let writer = Writer::of(world, call)?;
    let destination = match call.query.get("destination").unwrap_or_default() {
        "primary" => call.account.clone(),
        id => id.to_owned(),
    };
    let role = world.role(&call.account, &destination).ok_or_else(ApiError::not_found)?;
    if role < Role::Writer {
        return Err(ApiError::writer_needed());
    }
    let (former, exceptions) = movable(world, call, &destination)?;
    let body = at_destination(world, &former, &destination)?;
    leave_stub(world, &call.calendar_id, &former)?;
    for exception in &exceptions {
        let moved = at_destination(world, exception, &destination)?;
        leave_stub(world, &call.calendar_id, exception)?;
        write::store(world, &destination, moved)?;
    }
    let json = write::store(world, &destination, body.clone())?;
    guests::spread(world, &destination, &body);
    notify::guests(world, &writer, &destination, Some(&former), &body);
    let mut answered = call.clone();
    answered.calendar_id = destination;
    write::reply(world, &answered, &json)
}

/// The event with its exceptions, when it may be moved.
fn movable(world: &World, call: &Call, destination: &str) -> Result<(Body, Vec<Body>), ApiError> {
    let calendar = write::calendar(world, &call.calendar_id)?;
    let found = find(calendar, &call.event_id).ok_or_else(ApiError::not_found)?;
    write::check_match(call.if_match.as_deref(), &found.etag_text())?;
    if found.is_cancelled() {
        return Err(ApiError::forbidden());
    }
    let body = found.body();
    if matches!(found, Found::Instance { .. }) || body.contains_key("recurringEventId") {
        let message = "Cannot change the organizer of an instance.";
        return Err(ApiError::new(400, "calendar", "cannotChangeOrganizerOfInstance", message));
    }
    if text(&body, "eventType").is_some_and(|kind| kind != "default") {
        return Err(restricted("Only events of type default can be moved."));
    }
    if !is_organizer(&body) {
        return Err(ApiError::new(
            403,
            "calendar",
            "cannotChangeOrganizer",
            "The organizer of the event cannot be changed.",
        ));
    }
    let taken = write::calendar(world, destination)?.events.get(&call.event_id);
    if call.calendar_id == destination || taken.is_some_and(|stored| !stored.cancelled) {
        return Err(ApiError::duplicate());
    }
    let exceptions = calendar.exceptions(&call.event_id).map(|(_, stored)| stored.body()).collect();
    Ok((body, exceptions))
}

/// The event as the destination has it: organised there.
fn at_destination(world: &World, former: &Body, destination: &str) -> Result<Body, ApiError> {
    let calendar = write::calendar(world, destination)?;
    let mut body = former.clone();
    let name_of = |email: &str| world.person(email).map(|person| person.name.clone());
    body.insert("organizer".to_owned(), calendar.organizer(name_of));
    body.insert("updated".to_owned(), json!(stamp(world.now())));
    body.insert("htmlLink".to_owned(), json!(link(text(former, "id").unwrap_or_default(), destination)));
    let sequence = body.get("sequence").and_then(Value::as_i64).unwrap_or(0);
    body.insert("sequence".to_owned(), json!(sequence + 1));
    normalise(&mut body, calendar);
    Ok(body)
}

/// What remains in the calendar that the event has left: its id alone, cancelled.
fn leave_stub(world: &mut World, calendar_id: &str, former: &Body) -> Result<(), ApiError> {
    let mut stub = Body::new();
    for name in ["id", "iCalUID", "recurringEventId", "originalStartTime"] {
        if let Some(value) = former.get(name) {
            stub.insert(name.to_owned(), value.clone());
        }
    }
    stub.insert("status".to_owned(), json!("cancelled"));
    stub.insert("updated".to_owned(), json!(stamp(world.now())));
    write::store(world, calendar_id, stub).map(|_| ())
}
