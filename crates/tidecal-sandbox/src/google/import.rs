//! `events.import`: a private copy of an event from elsewhere, found again by its iCalUID. Nobody is invited.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Reply;
use super::call::Call;
use super::errors::ApiError;
use super::event_types::restricted;
use super::validate;
use super::write::{self, Writer};
use crate::data::calendar::Calendar;
use crate::data::complete::{complete, normalise, party};
use crate::data::event::Body;
use crate::data::moment::{stamp, text};
use crate::state::World;

pub(crate) fn import(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    let writer = Writer::of(world, call)?;
    let json = apply(world, &writer, &call.calendar_id, call.json()?)?;
    write::reply(world, call, &json)
}

/// Adds the copy, or brings the one with that iCalUID up to date.
fn apply(world: &mut World, writer: &Writer, calendar_id: &str, mut body: Body) -> Result<Arc<str>, ApiError> {
    let organizer = body.get("organizer").and_then(|own| own["email"].as_str()).map(ToOwned::to_owned);
    let given = body.remove("organizer");
    writer.prepare(&mut body);
    body.retain(|_, value| !value.is_null());
    let uid = text(&body, "iCalUID").filter(|uid| !uid.is_empty()).map(ToOwned::to_owned);
    let uid = uid.ok_or_else(|| ApiError::required("Missing iCalUID."))?;
    if body.contains_key("id") {
        return Err(ApiError::invalid("Only one of id and iCalUID can be specified."));
    }
    if text(&body, "eventType").is_some_and(|kind| kind != "default") {
        return Err(restricted("Only events of type default can be imported."));
    }
    validate::trim_properties(&mut body);
    let calendar = write::calendar(world, calendar_id)?;
    validate::check(&body, calendar)?;
    if let Some(email) = organizer {
        let mut own = party(&email, calendar, &world.config.people);
        if let Some(name) = given.as_ref().and_then(|given| given.get("displayName")).filter(|name| name.is_string()) {
            own["displayName"] = name.clone();
        }
        body.insert("organizer".to_owned(), own);
    }
    let former = with_uid(calendar, &uid);
    match former {
        Some(former) => renew(world, calendar_id, &former, body),
        None => add(world, writer, calendar_id, body),
    }
}

/// The master or single event of that iCalUID; a deleted one comes back to life by importing it again.
fn with_uid(calendar: &Calendar, uid: &str) -> Option<Body> {
    let needle = format!("\"iCalUID\":{}", json!(uid));
    let stored = calendar.events.values().find(|stored| stored.master.is_none() && stored.json.contains(&needle))?;
    Some(stored.body())
}

fn add(world: &mut World, writer: &Writer, calendar_id: &str, mut body: Body) -> Result<Arc<str>, ApiError> {
    let id = write::new_id(world);
    body.insert("id".to_owned(), json!(id));
    let now = world.now();
    let calendar = write::calendar(world, calendar_id)?;
    complete(&mut body, calendar, &writer.account, &world.config.people, now);
    write::store(world, calendar_id, body)
}

/// The newer copy replaces what it has itself; a lower sequence is an older copy.
fn renew(world: &mut World, calendar_id: &str, former: &Body, body: Body) -> Result<Arc<str>, ApiError> {
    let sequence = |body: &Body| body.get("sequence").and_then(Value::as_i64);
    if sequence(&body).is_some_and(|sent| sent < sequence(former).unwrap_or(0)) {
        return Err(ApiError::low_sequence());
    }
    let mut renewed = former.clone();
    renewed.insert("status".to_owned(), json!("confirmed"));
    for name in ["summary", "description", "location", "recurrence", "attendees"] {
        renewed.remove(name);
    }
    renewed.extend(body);
    renewed.insert("updated".to_owned(), json!(stamp(world.now())));
    normalise(&mut renewed, write::calendar(world, calendar_id)?);
    write::store(world, calendar_id, renewed)
}
