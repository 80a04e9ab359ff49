//! `calendars.*`: a calendar's own properties, the same for everybody who sees it.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::Reply;
use super::call::Call;
use super::errors::ApiError;
use super::fields;
use super::write::check_match;
use crate::data::calendar::{Calendar, Role};
use crate::data::event::{Body, etag_text};
use crate::data::listing::Entry;
use crate::data::moment::{stamp, text, zone_name};
use crate::random::Random;
use crate::state::World;

pub(crate) fn get(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    let (calendar, _) = call.calendar(world)?;
    let etag = etag_text(calendar.properties_etag);
    if call.has_version(&etag) {
        return Ok(Reply::NotModified { etag });
    }
    reply(call, calendar)
}

fn reply(call: &Call, calendar: &Calendar) -> Result<Reply, ApiError> {
    let etag = etag_text(calendar.properties_etag);
    let mut body = json!({
        "kind": "calendar#calendar",
        "etag": etag,
        "id": calendar.id,
        "summary": calendar.summary,
        "timeZone": zone_name(&calendar.zone),
        "conferenceProperties": {"allowedConferenceSolutionTypes": ["hangoutsMeet"]},
    });
    let optional =
        [("description", &calendar.description), ("location", &calendar.location), ("dataOwner", &calendar.data_owner)];
    for (name, value) in optional {
        if let Some(value) = value {
            body[name] = json!(value);
        }
    }
    let text = fields::apply(&call.query, body)?.to_string();
    Ok(Reply::Json { text, etag: Some(etag) })
}

/// A new secondary calendar of the caller's.
pub(crate) fn insert(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    let body = call.json()?;
    let summary = text(&body, "summary").filter(|text| !text.is_empty());
    let summary = summary.ok_or_else(|| ApiError::required("Missing title."))?.to_owned();
    let own = world.person(&call.account).map_or("UTC", |person| person.time_zone.as_str()).to_owned();
    let zone = zone(text(&body, "timeZone").unwrap_or(&own))?;
    let number = world.next_number();
    let id = format!(
        "c_{}@group.calendar.google.com",
        Random::new(world.config.seed, &format!("calendar {number}")).event_id()
    );
    let etag = world.next_etag();
    let mut calendar = Calendar::new(&id, &summary, zone, etag);
    calendar.data_owner = Some(call.account.clone());
    calendar.description = text(&body, "description").map(ToOwned::to_owned);
    calendar.location = text(&body, "location").map(ToOwned::to_owned);
    let answer = reply(call, &calendar)?;
    world.calendars.insert(id.clone(), calendar);
    world.listings.entry(call.account.clone()).or_default().put(&id, Entry::new(Role::Owner), etag);
    Ok(answer)
}

fn zone(name: &str) -> Result<TimeZone, ApiError> {
    TimeZone::get(name).map_err(|_| ApiError::invalid(format!("Invalid time zone: {name}")))
}

pub(crate) fn patch(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    change(world, call, &call.json()?)
}

/// Members not sent go back to nothing; a title is needed.
pub(crate) fn update(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    let mut body = call.json()?;
    if text(&body, "summary").is_none() {
        return Err(ApiError::required("Missing title."));
    }
    for name in ["description", "location"] {
        body.entry(name).or_insert(Value::Null);
    }
    change(world, call, &body)
}

fn change(world: &mut World, call: &Call, body: &Body) -> Result<Reply, ApiError> {
    owned(world, call)?;
    let zone = text(body, "timeZone").map(zone).transpose()?;
    let etag = world.next_etag();
    let calendar = world.calendars.get_mut(&call.calendar_id).ok_or_else(ApiError::not_found)?;
    if let Some(summary) = text(body, "summary") {
        calendar.summary = summary.to_owned();
    }
    let given = |name: &str| body.get(name).map(|value| value.as_str().map(ToOwned::to_owned));
    calendar.description = given("description").unwrap_or_else(|| calendar.description.clone());
    calendar.location = given("location").unwrap_or_else(|| calendar.location.clone());
    calendar.zone = zone.unwrap_or_else(|| calendar.zone.clone());
    calendar.properties_etag = etag;
    reply(call, calendar)
}

/// Refuses those who do not own the calendar, and stale versions.
fn owned<'a>(world: &'a World, call: &Call) -> Result<&'a Calendar, ApiError> {
    let (calendar, role) = call.calendar(world)?;
    check_match(call.if_match.as_deref(), &etag_text(calendar.properties_etag))?;
    if role < Role::Owner { Err(ApiError::owner_needed()) } else { Ok(calendar) }
}

/// Ends a secondary calendar for everybody.
pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    if owned(world, call)?.holder.is_some() {
        return Err(ApiError::forbidden());
    }
    world.calendars.remove(&call.calendar_id);
    let etag = world.next_etag();
    for listing in world.listings.values_mut() {
        if let Some(mut entry) = listing.entries.get(&call.calendar_id).cloned() {
            (entry.deleted, entry.lost) = (true, true);
            listing.put(&call.calendar_id, entry, etag);
        }
    }
    Ok(Reply::NoContent)
}

/// Deletes every event of the caller's primary calendar.
pub(crate) fn clear(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    let calendar = owned(world, call)?;
    if calendar.holder.is_none() {
        return Err(ApiError::invalid("Only a primary calendar can be cleared."));
    }
    let live: Vec<Body> = calendar.events.values().filter(|own| !own.cancelled).map(|own| own.body()).collect();
    for mut body in live {
        body.insert("status".to_owned(), json!("cancelled"));
        body.insert("updated".to_owned(), json!(stamp(world.now())));
        super::write::store(world, &call.calendar_id, body)?;
    }
    Ok(Reply::NoContent)
}
