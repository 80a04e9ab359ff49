//! `GET` and `POST /_sandbox/clock`: `{"now": …}` or `{"advanceSeconds": …}`.

use axum::Json;
use axum::extract::State;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refused, read};
use crate::state::{SandboxState, World};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Turn {
    now: Option<Timestamp>,
    advance_seconds: Option<i64>,
}

fn shown(world: &World) -> Json<Value> {
    Json(json!({"now": world.now(), "virtual": world.clock.is_virtual()}))
}

pub(super) async fn show(State(state): State<SandboxState>) -> Json<Value> {
    shown(&state.lock())
}

pub(super) async fn turn(State(state): State<SandboxState>, body: Bytes) -> Result<Json<Value>, Refused> {
    let turn: Turn = read(&body)?;
    let mut world = state.lock();
    let target = match (turn.now, turn.advance_seconds) {
        (Some(now), None) => now,
        (None, Some(seconds)) => world
            .now()
            .checked_add(SignedDuration::from_secs(seconds))
            .map_err(|error| Refused::bad(error.to_string()))?,
        _ => return Err(Refused::bad("give either now or advanceSeconds")),
    };
    world.clock.set(target);
    Ok(shown(&world))
}
