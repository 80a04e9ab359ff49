//! `POST /_sandbox/reset`: everything as at the start, optionally with another seed, time or no seed data.

use axum::Json;
use axum::extract::State;
use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refused, read};
use crate::clock::ClockStart;
use crate::state::{SandboxState, World};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Reset {
    seed: Option<u64>,
    now: Option<Timestamp>,
    filled: Option<bool>,
    strict: Option<bool>,
}

pub(super) async fn reset(State(state): State<SandboxState>, body: Bytes) -> Result<Json<Value>, Refused> {
    let reset: Reset = read(&body)?;
    let mut world = state.lock();
    let mut config = world.config.clone();
    config.seed = reset.seed.unwrap_or(config.seed);
    config.filled = reset.filled.unwrap_or(config.filled);
    config.strict = reset.strict.unwrap_or(config.strict);
    if let Some(now) = reset.now {
        config.start = ClockStart::At(now);
    }
    *world = World::new(config);
    Ok(Json(json!({"seed": world.config.seed, "now": world.now()})))
}
