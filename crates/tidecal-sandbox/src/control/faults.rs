//! Pending faults: list, add, remove.

use axum::Json;
use axum::extract::{Path, State};
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};

use super::{Refused, read};
use crate::caldav;
use crate::entra;
use crate::faults::Fault;
use crate::google::routes;
use crate::graph;
use crate::oauth;
use crate::state::SandboxState;

pub(super) async fn list(State(state): State<SandboxState>) -> Json<Value> {
    Json(json!({"items": state.lock().faults.list()}))
}

/// Takes one fault or a list of them; answers `{"ids": […]}`.
pub(super) async fn add(State(state): State<SandboxState>, body: Bytes) -> Result<(StatusCode, Json<Value>), Refused> {
    let given: Value = read(&body)?;
    let faults: Vec<Fault> = match given {
        Value::Array(_) => serde_json::from_value(given),
        one => serde_json::from_value(one).map(|fault| vec![fault]),
    }
    .map_err(|error| Refused::bad(error.to_string()))?;
    // a misspelt operation would wait for ever
    let known = routes::operations()
        .chain(oauth::OPERATIONS)
        .chain(graph::routes::operations())
        .chain(entra::OPERATIONS)
        .chain(caldav::OPERATIONS)
        .chain(["graph.unknown"]);
    if let Some(fault) = faults.iter().find(|fault| !known.clone().any(|name| fault.names(name))) {
        return Err(Refused::bad(format!("there is no operation {}", fault.operation)));
    }
    let mut world = state.lock();
    let ids: Vec<u64> = faults.into_iter().map(|fault| world.faults.add(fault)).collect();
    Ok((StatusCode::CREATED, Json(json!({"ids": ids}))))
}

pub(super) async fn clear(State(state): State<SandboxState>) -> StatusCode {
    state.lock().faults.clear(None);
    StatusCode::NO_CONTENT
}

pub(super) async fn remove(State(state): State<SandboxState>, Path(id): Path<u64>) -> StatusCode {
    state.lock().faults.clear(Some(id));
    StatusCode::NO_CONTENT
}
