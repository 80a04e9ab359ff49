//! `events.insert`.

use std::sync::Arc;

use serde_json::json;

use super::Reply;
use super::call::Call;
use super::errors::ApiError;
use super::notify;
use super::validate;
use super::write::{self, Writer};
use crate::data::complete::complete;
use crate::data::event::Body;
use crate::data::guests;
use crate::data::moment::text;
use crate::state::World;

pub(crate) fn insert(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    let writer = Writer::of(world, call)?;
    let json = apply(world, &writer, &call.calendar_id, call.json()?)?;
    write::reply(world, call, &json)
}

/// Adds an event; answers the resource.
pub(crate) fn apply(
    world: &mut World,
    writer: &Writer,
    calendar_id: &str,
    mut body: Body,
) -> Result<Arc<str>, ApiError> {
    writer.prepare(&mut body);
    body.retain(|_, value| !value.is_null());
    if let Some(id) = body.get("id") {
        let id = id.as_str().unwrap_or_default();
        validate::check_id(id)?;
        if body.contains_key("iCalUID") {
            return Err(ApiError::invalid("Only one of id and iCalUID can be specified."));
        }
        // the id of a deleted event stays taken
        if write::calendar(world, calendar_id)?.events.contains_key(id) {
            return Err(ApiError::duplicate());
        }
    } else {
        let id = write::new_id(world);
        body.insert("id".to_owned(), json!(id));
    }
    validate::trim_properties(&mut body);
    validate::check(&body, write::calendar(world, calendar_id)?)?;
    if text(&body, "eventType") == Some("fromGmail") {
        return Err(ApiError::invalid("An event of type fromGmail cannot be created."));
    }
    write::settle_conference(world, &Body::new(), &mut body)?;
    let now = world.now();
    let calendar = write::calendar(world, calendar_id)?;
    complete(&mut body, calendar, &writer.account, &world.config.people, now);
    if text(&body, "eventType") == Some("birthday") {
        body.insert("visibility".to_owned(), json!("private"));
        body.insert("transparency".to_owned(), json!("transparent"));
    }
    let json = write::store(world, calendar_id, body.clone())?;
    guests::spread(world, calendar_id, &body);
    notify::guests(world, writer, calendar_id, None, &body);
    Ok(json)
}
