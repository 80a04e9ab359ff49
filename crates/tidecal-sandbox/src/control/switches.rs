//! Lasting habits: show and change them; make sync tokens expire.

use axum::Json;
use axum::extract::State;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Refused, read};
use crate::state::SandboxState;
use crate::switches::Switches;

pub(super) async fn show(State(state): State<SandboxState>) -> Json<Switches> {
    Json(state.lock().switches.clone())
}

/// Changes the members given; answers all of them.
pub(super) async fn patch(State(state): State<SandboxState>, body: Bytes) -> Result<Json<Switches>, Refused> {
    let changes: Map<String, Value> = read(&body)?;
    let mut world = state.lock();
    let mut all = json!(world.switches);
    for (name, value) in changes {
        match (all.get_mut(&name), value) {
            (Some(Value::Object(own)), Value::Object(members)) => own.extend(members),
            (_, value) => all[name] = value,
        }
    }
    world.switches = serde_json::from_value(all).map_err(|error| Refused::bad(error.to_string()))?;
    Ok(Json(world.switches.clone()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Expire {
    calendar_id: Option<String>,
}

/// Every sync token given so far answers 410 from now on: of one calendar, or of all calendars and calendar lists.
pub(super) async fn expire_sync_tokens(State(state): State<SandboxState>, body: Bytes) -> Result<Json<Value>, Refused> {
    let expire: Expire = read(&body)?;
    let mut world = state.lock();
    match expire.calendar_id {
        Some(id) => {
            let calendar = world.calendars.get_mut(&id);
            let calendar = calendar.ok_or_else(|| Refused::missing(format!("no calendar {id}")))?;
            calendar.token_generation += 1;
        }
        None => {
            for calendar in world.calendars.values_mut() {
                calendar.token_generation += 1;
            }
            for listing in world.listings.values_mut() {
                listing.token_generation += 1;
            }
            crate::graph::control::expire_all(&mut world);
            world.dav.expire_tokens();
        }
    }
    Ok(Json(json!({})))
}
