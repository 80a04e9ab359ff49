//! `events.delete`: of single events, whole series, single occurrences, and a guest's own copy.

use serde_json::{Value, json};

use super::Reply;
use super::call::Call;
use super::errors::ApiError;
use super::notify;
use super::patch::is_organizer;
use super::write::{self, Writer};
use crate::data::calendar::Role;
use crate::data::guests;
use crate::data::instance::find;
use crate::data::moment::stamp;
use crate::data::series;
use crate::state::World;

pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    let writer = Writer::of(world, call)?;
    let if_match = call.if_match.as_deref();
    apply(world, &writer, &call.calendar_id, &call.event_id, if_match)?;
    Ok(Reply::NoContent)
}

/// Deletes: the event stays as a tombstone; an occurrence becomes a cancelled exception.
pub(crate) fn apply(
    world: &mut World,
    writer: &Writer,
    calendar_id: &str,
    event_id: &str,
    if_match: Option<&str>,
) -> Result<(), ApiError> {
    let calendar = write::calendar(world, calendar_id)?;
    let found = find(calendar, event_id).ok_or_else(ApiError::not_found)?;
    write::check_match(if_match, &found.etag_text())?;
    if found.is_cancelled() {
        return Err(ApiError::deleted());
    }
    let former = found.body();
    let mut body = former.clone();
    let private = matches!(body.get("visibility").and_then(Value::as_str), Some("private" | "confidential"));
    if private && writer.role < Role::Writer {
        return Err(ApiError::forbidden());
    }
    let sequence = body.get("sequence").and_then(Value::as_i64).unwrap_or(0);
    body.insert("status".to_owned(), json!("cancelled"));
    body.insert("updated".to_owned(), json!(stamp(world.now())));
    body.insert("sequence".to_owned(), json!(sequence + 1));
    write::store(world, calendar_id, body.clone())?;
    series::end(world, calendar_id, event_id);
    guests::spread(world, calendar_id, &body);
    if !is_organizer(&body) {
        guests::answer_back(world, calendar_id, &body);
    }
    notify::guests(world, writer, calendar_id, Some(&former), &body);
    Ok(())
}
