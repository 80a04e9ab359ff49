//! `GET /_sandbox/channels`: every push channel with what was posted to it.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::state::SandboxState;

pub(super) async fn list(State(state): State<SandboxState>) -> Json<Value> {
    let world = state.lock();
    let now_ms = world.now().as_millisecond();
    let items: Vec<Value> = world
        .channels
        .values()
        .map(|channel| {
            json!({
                "id": channel.id, "account": channel.account, "address": channel.address,
                "resourceId": channel.resource_id, "resourceUri": channel.resource_uri,
                "expiration": channel.expires_ms, "stopped": channel.stopped, "live": channel.lives(now_ms),
                "deliveries": channel.deliveries,
            })
        })
        .collect();
    Json(json!({"items": items}))
}
