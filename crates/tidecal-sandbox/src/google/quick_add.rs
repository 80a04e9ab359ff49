//! `events.quickAdd`: an event out of a text. The text is the title; the vendor's reading of times in it is not imitated.

use jiff::SignedDuration;
use serde_json::json;

use super::Reply;
use super::call::Call;
use super::errors::ApiError;
use super::insert;
use super::write::{self, Writer};
use crate::data::event::Body;
use crate::data::moment::stamp;
use crate::state::World;

pub(crate) fn add(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    let writer = Writer::of(world, call)?;
    let text = call.query.get("text").filter(|text| !text.trim().is_empty());
    let text = text.ok_or_else(|| ApiError::required("Required parameter: text").at_parameter("text"))?;
    // the next full hour, for an hour
    let second = world.now().as_second();
    let start = jiff::Timestamp::from_second(second - second.rem_euclid(3600) + 3600).unwrap_or(world.now());
    let end = start.checked_add(SignedDuration::from_hours(1)).unwrap_or(start);
    let mut body = Body::new();
    body.insert("summary".to_owned(), json!(text));
    body.insert("start".to_owned(), json!({"dateTime": stamp(start)}));
    body.insert("end".to_owned(), json!({"dateTime": stamp(end)}));
    let json = insert::apply(world, &writer, &call.calendar_id, body)?;
    write::reply(world, call, &json)
}
