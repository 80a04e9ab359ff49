//! The control API's part for CalDAV, below `/_sandbox/caldav`: other hands, a dump, tokens that end, passwords that
//! change. Calendars are named by the address of their person and the last segment of their path.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::errors::{DavError, Result};
use super::place::{Place, ROOT};
use super::{seed, write};
use crate::control::{Refused, read};
use crate::faults::Edit;
use crate::ics::tree::with_property;
use crate::state::{SandboxState, World};

pub(crate) fn routes() -> Router<SandboxState> {
    Router::new()
        .route("/_sandbox/caldav", get(summary))
        .route("/_sandbox/caldav/objects/{account}/{calendar}", get(list))
        .route("/_sandbox/caldav/objects/{account}/{calendar}/{file}", put(replace).patch(change).delete(remove))
        .route("/_sandbox/caldav/calendars", post(add_calendar))
        .route("/_sandbox/caldav/access", post(access))
        .route("/_sandbox/caldav/password", post(password))
        .route("/_sandbox/caldav/populate", post(populate))
        .route("/_sandbox/caldav/expire-sync-tokens", post(expire))
}

/// Where the server is, and what is there.
async fn summary(State(state): State<SandboxState>) -> Json<Value> {
    let world = state.lock();
    let homes: Vec<Value> = world
        .dav
        .homes
        .iter()
        .map(|(account, home)| {
            let calendars: Vec<Value> = home
                .calendars
                .iter()
                .map(|(segment, own)| {
                    let path = Place::Calendar(account.clone(), segment.clone()).path();
                    json!({"segment": segment, "path": path, "name": own.name, "components": own.components,
                        "writable": own.writable, "objects": own.objects.len(), "changes": own.seq})
                })
                .collect();
            json!({"account": account, "name": home.name, "calendars": calendars})
        })
        .collect();
    Json(json!({"path": ROOT, "password": world.config.caldav_password, "homes": homes}))
}

fn answered(result: Result<Response>) -> Response {
    result.unwrap_or_else(IntoResponse::into_response)
}

/// Every stored object in full.
async fn list(State(state): State<SandboxState>, Path((account, calendar)): Path<(String, String)>) -> Response {
    let world = state.lock();
    let Some(own) = world.dav.calendar(&account, &calendar) else { return DavError::not_found().into_response() };
    let items: Vec<Value> = own
        .objects
        .iter()
        .map(|(file, object)| {
            let href = Place::Object(account.clone(), calendar.clone(), file.clone()).path();
            json!({"file": file, "href": href, "uid": object.uid, "etag": object.etag, "text": object.text})
        })
        .collect();
    Json(json!({"changes": own.seq, "items": items})).into_response()
}

/// Stores a text by another hand: it has to be sound, and rests on nothing.
fn stored(world: &mut World, place: &(String, String, String), text: String) -> Result<Response> {
    let sound = write::stored(world, place, &text)?;
    let now = world.now();
    let etag = world.dav.store(&place.0, &place.1, &place.2, (sound.uid, text), now).ok_or_else(DavError::not_found)?;
    Ok(Json(json!({"etag": etag})).into_response())
}

/// The body is the iCalendar text.
async fn replace(
    State(state): State<SandboxState>,
    Path(place): Path<(String, String, String)>,
    body: Bytes,
) -> Response {
    let text = String::from_utf8_lossy(&body).into_owned();
    answered(stored(&mut state.lock(), &place, text))
}

/// `{"SUMMARY": "…"}`: properties of the object's main component, with their values as they stand in the file.
async fn change(
    State(state): State<SandboxState>,
    Path(place): Path<(String, String, String)>,
    body: Bytes,
) -> std::result::Result<Response, Refused> {
    let properties: serde_json::Map<String, Value> = read(&body)?;
    Ok(answered(edited(&mut state.lock(), &place, &properties)))
}

fn edited(
    world: &mut World,
    place: &(String, String, String),
    edit: &serde_json::Map<String, Value>,
) -> Result<Response> {
    let object = world.dav.calendar(&place.0, &place.1).and_then(|own| own.objects.get(&place.2));
    let mut text = object.ok_or_else(DavError::not_found)?.text.clone();
    for (name, value) in edit {
        text = with_property(&text, name, value.as_str().unwrap_or_default()).map_err(DavError::bad_request)?;
    }
    stored(world, place, text)
}

async fn remove(State(state): State<SandboxState>, Path(place): Path<(String, String, String)>) -> Response {
    answered(removed(&mut state.lock(), &place))
}

fn removed(world: &mut World, (account, calendar, file): &(String, String, String)) -> Result<Response> {
    let own = world.dav.calendar_mut(account, calendar).ok_or_else(DavError::not_found)?;
    own.remove(file).ok_or_else(DavError::not_found)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Carries out a fault's edit when its object is here; answers whether it is.
pub(crate) fn edit_first(world: &mut World, edit: &Edit) -> bool {
    let Some(Place::Object(account, calendar, file)) = Place::of(&edit.event_id) else { return false };
    let place = (account, calendar, file);
    // a refusal shows in the object's absence of change; the request goes on
    let _ = match &edit.patch {
        Some(patch) => edited(world, &place, patch),
        None => removed(world, &place),
    };
    true
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct New {
    account: String,
    segment: String,
    name: String,
    components: Option<Vec<String>>,
    #[serde(default = "yes")]
    writable: bool,
}

fn yes() -> bool {
    true
}

async fn add_calendar(State(state): State<SandboxState>, body: Bytes) -> std::result::Result<Response, Refused> {
    let new: New = read(&body)?;
    let mut world = state.lock();
    let Some(calendar) = world.dav.add_calendar(&new.account, &new.segment, &new.name) else {
        return Ok(StatusCode::CONFLICT.into_response());
    };
    calendar.writable = new.writable;
    if let Some(components) = new.components {
        calendar.components = components;
    }
    let path = Place::Calendar(new.account, new.segment).path();
    Ok((StatusCode::CREATED, Json(json!({"path": path}))).into_response())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Access {
    account: String,
    calendar: String,
    /// `write`, `read`, or null: the calendar is not there any more.
    access: Option<String>,
}

async fn access(State(state): State<SandboxState>, body: Bytes) -> std::result::Result<Response, Refused> {
    let access: Access = read(&body)?;
    let mut world = state.lock();
    let home = world.dav.homes.get_mut(&access.account);
    let Some((home, calendar)) = home.and_then(|home| {
        let calendar = home.calendars.remove(&access.calendar)?;
        Some((home, calendar))
    }) else {
        return Ok(DavError::not_found().into_response());
    };
    if let Some(word) = &access.access {
        let calendar = home.calendars.entry(access.calendar).or_insert(calendar);
        calendar.writable = word == "write";
    }
    Ok(Json(json!({})).into_response())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Password {
    account: String,
    password: String,
}

/// The app password is another from now on; the former one is refused.
async fn password(State(state): State<SandboxState>, body: Bytes) -> std::result::Result<Response, Refused> {
    let new: Password = read(&body)?;
    let mut world = state.lock();
    let Some(home) = world.dav.homes.get_mut(&new.account) else { return Ok(DavError::not_found().into_response()) };
    home.password = new.password;
    Ok(Json(json!({})).into_response())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Bulk {
    account: String,
    calendar: String,
    count: usize,
    #[serde(default)]
    seed: u64,
}

async fn populate(State(state): State<SandboxState>, body: Bytes) -> std::result::Result<Response, Refused> {
    let bulk: Bulk = read(&body)?;
    let mut world = state.lock();
    let Some(person) = world.person(&bulk.account).cloned() else { return Ok(DavError::not_found().into_response()) };
    let added = seed::populate(&mut world, &person, &bulk.calendar, bulk.count, bulk.seed);
    Ok(Json(json!({"added": added})).into_response())
}

/// Sync tokens given so far are not known any more.
async fn expire(State(state): State<SandboxState>) -> Json<Value> {
    state.lock().dav.expire_tokens();
    Json(json!({}))
}
