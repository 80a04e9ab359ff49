//! The control API's part for Microsoft, below `/_sandbox/graph`: other people's hands, a dump, lost states, lifecycle
//! notices. Calendar ids are Graph's; `{calendar}` may also be the address of a person, for the default calendar.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::create::{self, Hand};
use super::errors::{GraphError, Result};
use super::event::Body;
use super::ids::{self, EventRef};
use super::mailbox::Calendar;
use super::prefer::Prefer;
use super::show::View;
use super::{calendars, notify, remove, seed, update};
use crate::control::{Refused, read};
use crate::faults::Edit;
use crate::state::{SandboxState, World};

pub(crate) fn routes() -> Router<SandboxState> {
    Router::new()
        .route("/_sandbox/graph", get(summary))
        .route("/_sandbox/graph/events/{calendar}", get(list).post(add))
        .route("/_sandbox/graph/events/{calendar}/{event}", axum::routing::patch(change).delete(take))
        .route("/_sandbox/graph/events/{calendar}/{event}/move", post(relocate))
        .route("/_sandbox/graph/populate", post(populate))
        .route("/_sandbox/graph/calendars", post(add_calendar))
        .route("/_sandbox/graph/expire-delta-tokens", post(expire))
        .route("/_sandbox/graph/lifecycle", post(lifecycle))
}

/// A calendar by id, or by the address of its person.
fn place(world: &World, name: &str) -> Result<(String, u64)> {
    if let Some(mailbox) = world.graph.mailbox(name) {
        let calendar = mailbox.default_calendar().ok_or_else(GraphError::not_found)?;
        return Ok((mailbox.email.clone(), calendar.key));
    }
    let key = ids::read_calendar(world.config.seed, name).ok_or_else(GraphError::malformed_id)?;
    let mailbox = world.graph.mailboxes.values().find(|own| own.calendars.contains_key(&key));
    mailbox.map(|own| (own.email.clone(), key)).ok_or_else(GraphError::not_found)
}

fn hand(account: &str) -> Hand {
    Hand { account: account.to_owned(), operation: "control", strict: true }
}

fn named(world: &World, calendar: &str, event: &str) -> Result<(String, EventRef)> {
    let (account, _) = place(world, calendar)?;
    let (named, _) = ids::read_event(world.config.seed, event).ok_or_else(GraphError::malformed_id)?;
    Ok((account, named))
}

/// Carries out a fault's edit when its event is one of Microsoft's; answers whether it is.
pub(crate) fn edit_first(world: &mut World, edit: &Edit) -> bool {
    let Ok((account, event)) = named(world, &edit.calendar_id, &edit.event_id) else {
        return false;
    };
    // a refusal shows in the event's absence of change; the request goes on
    let _ = match &edit.patch {
        Some(patch) => update::apply(world, &hand(&account), event, patch),
        None => remove::apply(world, &hand(&account), event),
    };
    true
}

/// The calendar and the immutable event id of a request, for faults and ledger; paths may leave the calendar out.
pub(crate) fn aim(
    world: &World,
    account: &str,
    calendar: Option<String>,
    event: Option<&str>,
) -> (Option<String>, Option<String>) {
    let seed = world.config.seed;
    let Some(mailbox) = world.graph.mailbox(account) else {
        return (calendar, None);
    };
    let named = event.and_then(|text| ids::read_event(seed, text)).map(|(named, _)| named);
    let home = match named {
        Some(named) => mailbox.home_of(named.key),
        None => mailbox.default_calendar(),
    };
    let calendar = calendar.or_else(|| home.map(|own| ids::calendar_id(seed, own.key)));
    (calendar, named.map(|named| ids::event_id(seed, named, ids::IdKind::Immutable)))
}

/// The event as its owner sees it, with immutable ids.
fn shown(world: &World, account: &str, event: EventRef) -> Result<Value> {
    let mut prefer = Prefer::read(&HeaderMap::new())?;
    prefer.immutable = true;
    let view = View { seed: world.config.seed, owner: account, prefer: &prefer, select: None, extended: Vec::new() };
    let own = world.graph.mailbox(account).and_then(|own| own.event(event.key)).ok_or_else(GraphError::not_found)?;
    let mut body = match event.slot {
        Some(slot) => view.event(&own.occurrence(slot).ok_or_else(GraphError::not_found)?),
        None => view.event(&own.whole()),
    };
    if event.slot.is_none() && own.is_series() {
        body["cancelledOccurrences"] = view.cancelled(own);
        let all = own.exceptions.keys().filter_map(|slot| own.occurrence(*slot));
        body["exceptionOccurrences"] = all.map(|seen| view.event(&seen)).collect();
    }
    let extended: Vec<Value> = own.extended.iter().map(|(id, value)| json!({"id": id, "value": value})).collect();
    if !extended.is_empty() {
        body["singleValueExtendedProperties"] = json!(extended);
    }
    Ok(body)
}

fn answered(state: &SandboxState, result: Result<Response>) -> Response {
    result.unwrap_or_else(|error| error.respond(state.lock().now(), "control"))
}

async fn summary(State(state): State<SandboxState>) -> Json<Value> {
    let world = state.lock();
    let mailboxes: Vec<Value> = world
        .graph
        .mailboxes
        .values()
        .map(|mailbox| {
            let calendars: Vec<Value> =
                mailbox.calendars.values().map(|one| counted(&world, &mailbox.email, one)).collect();
            json!({"email": mailbox.email, "timeZone": mailbox.zone.name, "calendars": calendars})
        })
        .collect();
    let subscriptions: Vec<Value> = world.graph.subscriptions.values().map(|own| own.to_json(&world)).collect();
    Json(json!({
        "clientId": world.config.outlook_client_id,
        "tenantId": crate::entra::tenant::own(&world),
        "mailboxes": mailboxes,
        "subscriptions": subscriptions,
    }))
}

fn counted(world: &World, account: &str, calendar: &Calendar) -> Value {
    let mut body = calendars::shown(world, account, calendar);
    body["events"] = json!(calendar.events.len());
    body["changes"] = json!(calendar.seq);
    body
}

/// Every stored event in full; series with their exceptions and gaps.
async fn list(State(state): State<SandboxState>, Path(calendar): Path<String>) -> Response {
    let result = (|| {
        let world = state.lock();
        let (account, key) = place(&world, &calendar)?;
        let calendar = world.graph.mailbox(&account).and_then(|own| own.calendars.get(&key));
        let calendar = calendar.ok_or_else(GraphError::not_found)?;
        let items: Vec<Value> = calendar
            .events
            .keys()
            .map(|event| shown(&world, &account, EventRef::whole(*event)))
            .collect::<Result<_>>()?;
        let id = ids::calendar_id(world.config.seed, key);
        Ok(Json(json!({"calendarId": id, "changes": calendar.seq, "items": items})).into_response())
    })();
    answered(&state, result)
}

async fn add(
    State(state): State<SandboxState>,
    Path(calendar): Path<String>,
    body: Bytes,
) -> std::result::Result<Response, Refused> {
    let body: Body = read(&body)?;
    let result = (|| {
        let mut world = state.lock();
        let (account, key) = place(&world, &calendar)?;
        let event = create::apply(&mut world, &hand(&account), key, &body)?;
        Ok(Json(shown(&world, &account, EventRef::whole(event))?).into_response())
    })();
    Ok(answered(&state, result))
}

async fn change(
    State(state): State<SandboxState>,
    Path((calendar, event)): Path<(String, String)>,
    body: Bytes,
) -> std::result::Result<Response, Refused> {
    let body: Body = read(&body)?;
    let result = (|| {
        let mut world = state.lock();
        let (account, named) = named(&world, &calendar, &event)?;
        update::apply(&mut world, &hand(&account), named, &body)?;
        Ok(Json(shown(&world, &account, named)?).into_response())
    })();
    Ok(answered(&state, result))
}

async fn take(State(state): State<SandboxState>, Path((calendar, event)): Path<(String, String)>) -> Response {
    let result = (|| {
        let mut world = state.lock();
        let (account, named) = named(&world, &calendar, &event)?;
        remove::apply(&mut world, &hand(&account), named)?;
        Ok(StatusCode::NO_CONTENT.into_response())
    })();
    answered(&state, result)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Move {
    to: String,
}

/// Moves an event to another calendar of the mailbox, as a person can by hand: its default id changes.
async fn relocate(
    State(state): State<SandboxState>,
    Path((calendar, event)): Path<(String, String)>,
    body: Bytes,
) -> std::result::Result<Response, Refused> {
    let body: Move = read(&body)?;
    let result = (|| {
        let mut world = state.lock();
        let (account, named) = named(&world, &calendar, &event)?;
        let (owner, target) = place(&world, &body.to)?;
        if owner != account {
            return Err(GraphError::denied());
        }
        let mut moved = world.graph.drop_event(&account, named.key).ok_or_else(GraphError::not_found)?;
        moved.folder = world.graph.next_folder();
        let now = world.now();
        world.graph.store(&account, target, moved, now);
        Ok(Json(shown(&world, &account, EventRef::whole(named.key))?).into_response())
    })();
    Ok(answered(&state, result))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Bulk {
    calendar: String,
    count: usize,
    #[serde(default)]
    seed: u64,
}

/// Many generated events at once.
async fn populate(State(state): State<SandboxState>, body: Bytes) -> std::result::Result<Response, Refused> {
    let bulk: Bulk = read(&body)?;
    let result = (|| {
        let mut world = state.lock();
        let (account, key) = place(&world, &bulk.calendar)?;
        let added = seed::populate(&mut world, &account, key, bulk.count, bulk.seed);
        Ok(Json(json!({"added": added})).into_response())
    })();
    Ok(answered(&state, result))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewCalendar {
    account: String,
    name: String,
    #[serde(default = "yes")]
    can_edit: bool,
}

fn yes() -> bool {
    true
}

async fn add_calendar(State(state): State<SandboxState>, body: Bytes) -> std::result::Result<Response, Refused> {
    let new: NewCalendar = read(&body)?;
    let result = (|| {
        let mut world = state.lock();
        let key = calendars::add(&mut world, &new.account, &new.name)?;
        let mailbox = world.graph.mailboxes.get_mut(&new.account).ok_or_else(GraphError::not_found)?;
        if let Some(calendar) = mailbox.calendars.get_mut(&key) {
            calendar.can_edit = new.can_edit;
        }
        let calendar = world.graph.mailbox(&new.account).and_then(|own| own.calendars.get(&key));
        let body = calendar.map(|own| calendars::shown(&world, &new.account, own)).ok_or_else(GraphError::not_found)?;
        Ok((StatusCode::CREATED, Json(body)).into_response())
    })();
    Ok(answered(&state, result))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Expire {
    calendar: Option<String>,
}

/// The state behind every delta token given so far is gone: of one calendar, or of all.
async fn expire(State(state): State<SandboxState>, body: Bytes) -> std::result::Result<Response, Refused> {
    let expire: Expire = read(&body)?;
    let result = (|| {
        let mut world = state.lock();
        match expire.calendar {
            None => expire_all(&mut world),
            Some(name) => {
                let (account, key) = place(&world, &name)?;
                let mailbox = world.graph.mailboxes.get_mut(&account);
                if let Some(calendar) = mailbox.and_then(|own| own.calendars.get_mut(&key)) {
                    calendar.generation += 1;
                }
            }
        }
        Ok(Json(json!({})).into_response())
    })();
    Ok(answered(&state, result))
}

/// Ends the state behind all delta tokens.
pub(crate) fn expire_all(world: &mut World) {
    for mailbox in world.graph.mailboxes.values_mut() {
        for calendar in mailbox.calendars.values_mut() {
            calendar.generation += 1;
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Lifecycle {
    subscription_id: String,
    event: String,
}

/// A lifecycle notice: `reauthorizationRequired`, `subscriptionRemoved`, `missed`.
async fn lifecycle(State(state): State<SandboxState>, body: Bytes) -> std::result::Result<Response, Refused> {
    let body: Lifecycle = read(&body)?;
    let known = matches!(body.event.as_str(), "reauthorizationRequired" | "subscriptionRemoved" | "missed");
    let sent = known && notify::lifecycle(&mut state.lock(), &body.subscription_id, &body.event);
    let status = if sent { StatusCode::ACCEPTED } else { StatusCode::NOT_FOUND };
    Ok(status.into_response())
}
