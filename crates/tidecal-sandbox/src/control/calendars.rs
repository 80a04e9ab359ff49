//! Calendars and rights: make one, give or take access.

use axum::Json;
use axum::extract::State;
use bytes::Bytes;
use http::StatusCode;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refused, read};
use crate::data::calendar::{Calendar, Role};
use crate::data::listing::Entry;
use crate::random::opaque;
use crate::state::SandboxState;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct New {
    id: Option<String>,
    summary: String,
    time_zone: String,
    /// Who owns it.
    account: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Access {
    calendar_id: String,
    account: String,
    /// A role's name; null takes the access away.
    role: Option<String>,
    hidden: Option<bool>,
    summary_override: Option<String>,
}

/// Makes a secondary calendar; answers its id.
pub(super) async fn add(State(state): State<SandboxState>, body: Bytes) -> Result<(StatusCode, Json<Value>), Refused> {
    let new: New = read(&body)?;
    let zone = TimeZone::get(&new.time_zone).map_err(|error| Refused::bad(error.to_string()))?;
    let mut world = state.lock();
    if world.person(&new.account).is_none() {
        return Err(Refused::missing(format!("no account {}", new.account)));
    }
    let number = world.next_number();
    let id = new.id.unwrap_or_else(|| {
        let text = opaque(world.config.seed, "calendar", number).to_lowercase();
        format!("c-{}@group.calendar.example.com", &text[..16].replace(['-', '_'], "0"))
    });
    if world.calendars.contains_key(&id) {
        return Err(Refused(StatusCode::CONFLICT, format!("calendar {id} exists already")));
    }
    let etag = world.next_etag();
    let mut calendar = Calendar::new(&id, &new.summary, zone, etag);
    calendar.data_owner = Some(new.account.clone());
    world.calendars.insert(id.clone(), calendar);
    let listing = world.listings.entry(new.account).or_default();
    listing.put(&id, Entry::new(Role::Owner), etag);
    Ok((StatusCode::CREATED, Json(json!({"id": id}))))
}

/// Sets a person's role on a calendar. As at the vendor, a change of rights ends the calendar's sync tokens.
pub(super) async fn set_access(State(state): State<SandboxState>, body: Bytes) -> Result<Json<Value>, Refused> {
    let access: Access = read(&body)?;
    let role = match access.role.as_deref() {
        None => None,
        Some(name) => Some(Role::named(name).ok_or_else(|| Refused::bad(format!("no role {name}")))?),
    };
    let mut world = state.lock();
    if world.person(&access.account).is_none() {
        return Err(Refused::missing(format!("no account {}", access.account)));
    }
    let etag = world.next_etag();
    let Some(calendar) = world.calendars.get_mut(&access.calendar_id) else {
        return Err(Refused::missing(format!("no calendar {}", access.calendar_id)));
    };
    calendar.token_generation += 1;
    let listing = world.listings.entry(access.account).or_default();
    let former = listing.entries.get(&access.calendar_id).cloned();
    let mut entry = former.unwrap_or_else(|| Entry::new(Role::Reader));
    entry.deleted = role.is_none();
    entry.lost = role.is_none();
    entry.role = role.unwrap_or(entry.role);
    entry.hidden = access.hidden.unwrap_or(entry.hidden);
    entry.summary_override = access.summary_override.or(entry.summary_override);
    listing.put(&access.calendar_id, entry, etag);
    Ok(Json(json!({})))
}
