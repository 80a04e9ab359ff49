//! `GET /_sandbox`: what is here.

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use http::header;
use serde_json::{Value, json};

use crate::data::moment::zone_name;
use crate::state::SandboxState;

pub(super) async fn show(State(state): State<SandboxState>) -> Json<Value> {
    let world = state.lock();
    let people: Vec<Value> = world
        .config
        .people
        .iter()
        .map(|person| json!({"email": person.email, "name": person.name, "timeZone": person.time_zone}))
        .collect();
    let calendars: Vec<Value> = world
        .calendars
        .values()
        .map(|calendar| {
            let live = calendar.events.values().filter(|stored| !stored.cancelled).count();
            json!({
                "id": calendar.id, "summary": calendar.summary,
                "timeZone": zone_name(&calendar.zone),
                "events": live, "items": calendar.events.len(), "changes": calendar.seq,
            })
        })
        .collect();
    Json(json!({
        "now": world.now(),
        "seed": world.config.seed,
        "clientId": world.config.client_id,
        "strict": world.switches.strict,
        "people": people,
        "calendars": calendars,
    }))
}

/// `GET /_sandbox/contract`: the extract of the contract that requests are checked against.
pub(super) async fn contract() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], crate::google::contract::TEXT)
}
