//! The control API under `/_proxy`.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::faults::Fault;
use super::tempers::Tempers;
use super::{Line, Proxy};

fn refused(why: impl std::fmt::Display) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({"error": why.to_string()}))).into_response()
}

pub(super) async fn tempers(State(proxy): State<Proxy>) -> Json<Tempers> {
    Json(proxy.lock().tempers.clone())
}

/// Changes the members that the body names; a null sets one back.
pub(super) async fn change(State(proxy): State<Proxy>, body: Bytes) -> Response {
    let wanted: Map<String, Value> = match serde_json::from_slice(&body) {
        Ok(wanted) => wanted,
        Err(error) => return refused(error),
    };
    let mut proxy = proxy.lock();
    let mut all = match serde_json::to_value(&proxy.tempers) {
        Ok(Value::Object(all)) => all,
        Ok(_) | Err(_) => Map::new(),
    };
    // The password of a Digest login is not shown, so it must come again or the login stay as it is.
    let digest = proxy.tempers.digest.clone().filter(|_| !wanted.contains_key("digest"));
    all.remove("digest");
    for (name, value) in wanted {
        if value.is_null() {
            all.remove(&name);
        } else {
            all.insert(name, value);
        }
    }
    match serde_json::from_value::<Tempers>(Value::Object(all)) {
        Ok(tempers) => {
            proxy.tempers = Tempers { digest: tempers.digest.clone().or(digest), ..tempers };
            Json(proxy.tempers.clone()).into_response()
        }
        Err(error) => refused(error),
    }
}

pub(super) async fn calm(State(proxy): State<Proxy>) -> StatusCode {
    proxy.lock().tempers = Tempers::default();
    StatusCode::NO_CONTENT
}

pub(super) async fn faults(State(proxy): State<Proxy>) -> Json<Vec<Fault>> {
    Json(proxy.lock().faults.0.clone())
}

pub(super) async fn add(State(proxy): State<Proxy>, body: Bytes) -> Response {
    match serde_json::from_slice(&body) {
        Ok(fault) => {
            proxy.lock().faults.0.push(fault);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => refused(error),
    }
}

pub(super) async fn clear(State(proxy): State<Proxy>) -> StatusCode {
    proxy.lock().faults.0.clear();
    StatusCode::NO_CONTENT
}

pub(super) async fn expire_tokens(State(proxy): State<Proxy>) -> StatusCode {
    proxy.lock().tokens.expire();
    StatusCode::NO_CONTENT
}

pub(super) async fn ledger(State(proxy): State<Proxy>) -> Json<Vec<Line>> {
    Json(proxy.lock().ledger.clone())
}

pub(super) async fn clear_ledger(State(proxy): State<Proxy>) -> StatusCode {
    proxy.lock().ledger.clear();
    StatusCode::NO_CONTENT
}
