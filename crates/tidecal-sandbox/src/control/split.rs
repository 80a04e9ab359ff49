//! What only the vendor's own page or service does: splitting a series at an occurrence, and planting events that no client
//! may make.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use bytes::Bytes;
use serde_json::json;

use super::events::{Hand, answered, event, written};
use super::{Refused, read};
use crate::data::complete::complete;
use crate::data::event::Body;
use crate::data::moment::text;
use crate::data::split::divide;
use crate::google::errors::ApiError;
use crate::google::{patch, write};
use crate::state::SandboxState;

/// `POST …/{eventId}/split`: "this and following" from the occurrence of that id on; the body is what changes in the new
/// series. Answers the new series.
pub(super) async fn split(
    State(state): State<SandboxState>,
    Path((calendar_id, event_id)): Path<(String, String)>,
    Query(hand): Query<Hand>,
    body: Bytes,
) -> Result<Response, Refused> {
    let change = event(&body)?;
    let mut world = state.lock();
    Ok(answered(hand.writer(&world, &calendar_id).and_then(|writer| {
        let (old, new) = divide(&world, &calendar_id, &event_id)?;
        let new_id = new.id().to_owned();
        patch::apply(&mut world, &writer, &calendar_id, &old.id, old.change, None)?;
        new.plant(&mut world, &calendar_id)?;
        patch::apply(&mut world, &writer, &calendar_id, &new_id, change, None).map(|json| written(&json))
    })))
}

/// `POST /_sandbox/plant/{calendarId}`: an event exactly as given, past all rules: of any type, locked, with a foreign
/// organiser. What is missing is filled in.
pub(super) async fn plant(
    State(state): State<SandboxState>,
    Path(calendar_id): Path<String>,
    Query(hand): Query<Hand>,
    body: Bytes,
) -> Result<Response, Refused> {
    let mut body: Body = read(&body)?;
    let mut world = state.lock();
    let planted = hand.writer(&world, &calendar_id).and_then(|writer| {
        if text(&body, "id").is_none() {
            let id = write::new_id(&mut world);
            body.insert("id".to_owned(), json!(id));
        }
        let now = world.now();
        let calendar = world.calendars.get(&calendar_id).ok_or_else(ApiError::not_found)?;
        complete(&mut body, calendar, &writer.account, &world.config.people, now);
        write::store(&mut world, &calendar_id, body)
    });
    Ok(answered(planted.map(|json| written(&json))))
}
