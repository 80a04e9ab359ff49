//! Edits by another person, past OAuth but by the same rules, and a dump of a calendar for comparisons.
//!
//! The hand is that of the calendar's holder or owner, or of `?as=<address>`.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refused, read};
use crate::data::calendar::Role;
use crate::data::event::Body;
use crate::data::instance::find;
use crate::faults::Edit;
use crate::google::errors::ApiError;
use crate::google::strict;
use crate::google::update::replacement;
use crate::google::write::Writer;
use crate::google::{delete, insert, patch};
use crate::mails::SendUpdates;
use crate::seed::populate;
use crate::state::{SandboxState, World};

#[derive(Deserialize)]
pub(super) struct Hand {
    #[serde(rename = "as")]
    account: Option<String>,
    /// Who is mailed: nobody unless said.
    #[serde(rename = "sendUpdates")]
    send_updates: Option<String>,
}

impl Hand {
    pub(super) fn writer(&self, world: &World, calendar_id: &str) -> Result<Writer, ApiError> {
        let calendar = world.calendars.get(calendar_id).ok_or_else(ApiError::not_found)?;
        let account = self
            .account
            .clone()
            .or_else(|| calendar.holder.clone())
            .or_else(|| calendar.data_owner.clone())
            .unwrap_or_else(|| "someone@example.com".to_owned());
        let sent = self.send_updates.as_deref().unwrap_or("none");
        Ok(Writer {
            account,
            role: Role::Owner,
            operation: "control",
            send_updates: SendUpdates::named(sent).ok_or_else(|| ApiError::parameter("sendUpdates", "Bad Request"))?,
            conference: true,
            attachments: true,
        })
    }
}

/// Carries out a fault's edit; one that is refused changes nothing.
pub(crate) fn edit_first(world: &mut World, edit: Edit) {
    if crate::caldav::control::edit_first(world, &edit) || crate::graph::control::edit_first(world, &edit) {
        return;
    }
    let hand = Hand { account: None, send_updates: None };
    let Ok(writer) = hand.writer(world, &edit.calendar_id) else { return };
    // a refusal shows in the event's absence of change; the request goes on
    let _ = match edit.patch {
        Some(patch) => patch::apply(world, &writer, &edit.calendar_id, &edit.event_id, patch, None).map(|_| ()),
        None => delete::apply(world, &writer, &edit.calendar_id, &edit.event_id, None),
    };
}

/// Reads an event; names that the vendor does not know are mistakes of the test.
pub(super) fn event(bytes: &Bytes) -> Result<Body, Refused> {
    match strict::of_body("events.insert", bytes).first() {
        Some(breach) if !bytes.is_empty() => Err(Refused::bad(breach.what.clone())),
        _ => read(bytes),
    }
}

pub(super) fn written(text: &str) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (StatusCode::OK, kind, text.to_owned()).into_response()
}

pub(super) fn answered(result: Result<Response, ApiError>) -> Response {
    result.unwrap_or_else(IntoResponse::into_response)
}

/// `GET`: every stored event in full, deleted ones included, by id.
pub(super) async fn list(
    State(state): State<SandboxState>,
    Path(calendar_id): Path<String>,
) -> Result<Json<Value>, Refused> {
    let world = state.lock();
    let calendar = world.calendars.get(&calendar_id);
    let calendar = calendar.ok_or_else(|| Refused::missing(format!("no calendar {calendar_id}")))?;
    let items: Vec<Value> = calendar.events.values().map(|stored| Value::Object(stored.body())).collect();
    Ok(Json(json!({"calendarId": calendar.id, "changes": calendar.seq, "items": items})))
}

/// `POST`: a new event.
pub(super) async fn add(
    State(state): State<SandboxState>,
    Path(calendar_id): Path<String>,
    Query(hand): Query<Hand>,
    body: Bytes,
) -> Result<Response, Refused> {
    let body = event(&body)?;
    let mut world = state.lock();
    Ok(answered(
        hand.writer(&world, &calendar_id)
            .and_then(|writer| insert::apply(&mut world, &writer, &calendar_id, body).map(|json| written(&json))),
    ))
}

/// `PATCH`: changes members, as the vendor's patch does.
pub(super) async fn change(
    State(state): State<SandboxState>,
    Path((calendar_id, event_id)): Path<(String, String)>,
    Query(hand): Query<Hand>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    let body = event(&body)?;
    let mut world = state.lock();
    Ok(answered(hand.writer(&world, &calendar_id).and_then(|writer| {
        patch::apply(&mut world, &writer, &calendar_id, &event_id, body, if_match(&headers)).map(|json| written(&json))
    })))
}

/// `PUT`: replaces the whole event; members not sent go back to their defaults.
pub(super) async fn replace(
    State(state): State<SandboxState>,
    Path((calendar_id, event_id)): Path<(String, String)>,
    Query(hand): Query<Hand>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    let sent = event(&body)?;
    let mut world = state.lock();
    let former = world.calendars.get(&calendar_id).and_then(|calendar| find(calendar, &event_id));
    let body = former.map(|found| replacement(&found.body(), sent)).unwrap_or_default();
    Ok(answered(hand.writer(&world, &calendar_id).and_then(|writer| {
        patch::apply(&mut world, &writer, &calendar_id, &event_id, body, if_match(&headers)).map(|json| written(&json))
    })))
}

/// `DELETE`.
pub(super) async fn remove(
    State(state): State<SandboxState>,
    Path((calendar_id, event_id)): Path<(String, String)>,
    Query(hand): Query<Hand>,
    headers: HeaderMap,
) -> Response {
    let mut world = state.lock();
    answered(hand.writer(&world, &calendar_id).and_then(|writer| {
        delete::apply(&mut world, &writer, &calendar_id, &event_id, if_match(&headers))
            .map(|()| StatusCode::NO_CONTENT.into_response())
    }))
}

fn if_match(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Bulk {
    calendar_id: String,
    count: usize,
    #[serde(default)]
    seed: u64,
}

/// `POST /_sandbox/populate`: many generated events at once.
pub(super) async fn fill(State(state): State<SandboxState>, body: Bytes) -> Result<Json<Value>, Refused> {
    let bulk: Bulk = read(&body)?;
    let mut world = state.lock();
    if !world.calendars.contains_key(&bulk.calendar_id) {
        return Err(Refused::missing(format!("no calendar {}", bulk.calendar_id)));
    }
    let added = populate::populate(&mut world, &bulk.calendar_id, bulk.count, bulk.seed);
    Ok(Json(json!({"added": added})))
}
