//! `events.get`, of stored events and of occurrences by their id.

use jiff::Timestamp;

use super::Reply;
use super::call::Call;
use super::errors::ApiError;
use super::fields;
use super::page::View;
use crate::data::calendar::Role;
use crate::data::event::Body;
use crate::data::instance::{Found, find};
use crate::data::moment::text;
use crate::state::World;

/// Writes are eventually consistent: by switch a new event is not to be read yet.
fn is_too_new(world: &World, body: &Body) -> bool {
    let hidden = world.switches.new_events_hidden_seconds;
    let created = text(body, "created").and_then(|stamp| stamp.parse::<Timestamp>().ok());
    hidden > 0 && created.is_some_and(|created| world.now().duration_since(created).as_secs() < hidden)
}

pub(crate) fn get(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    let (calendar, role) = call.calendar(world)?;
    let zone = call.query.zone("timeZone")?.filter(|zone| *zone != calendar.zone);
    let max_attendees = call.query.number("maxAttendees")?;
    let found = find(calendar, &call.event_id).ok_or_else(ApiError::not_found)?;
    if is_too_new(world, &found.body()) {
        return Err(ApiError::not_found());
    }
    let etag = found.etag_text();
    if call.has_version(&etag) {
        return Ok(Reply::NotModified { etag });
    }
    let view = View {
        zone,
        calendar_zone: calendar.zone.clone(),
        max_attendees,
        role,
        // reading one event shows what remains of a deleted one
        sparse: false,
        bare: false,
    };
    let private = match &found {
        Found::Stored(stored) => stored.private,
        Found::Instance { master, .. } => master.private,
    };
    let hidden = role == Role::FreeBusyReader || (private && !role.sees_private());
    let mut body = found.body();
    if found.is_cancelled() {
        body.insert("status".to_owned(), serde_json::json!("cancelled"));
    }
    let text = fields::apply(&call.query, view.show_body(body, hidden))?.to_string();
    Ok(Reply::Json { text, etag: Some(etag) })
}
