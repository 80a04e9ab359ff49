//! `POST /$batch`: up to 20 requests in one, four of them at a time, each with its own fault and line in the ledger.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::{Body, to_bytes};
use axum::response::{IntoResponse, Response};
use futures::StreamExt as _;
use http::request::Parts;
use http::{Request, StatusCode, header};
use serde_json::{Map, Value, json};

use super::errors::{GraphError, Result};
use crate::intercept::around;
use crate::state::SandboxState;

const MOST: usize = 20;
/// Requests of a batch that run at the same time.
const ABREAST: usize = 4;

/// One request of a batch.
#[derive(Debug)]
struct Part {
    id: String,
    depends_on: Vec<String>,
    request: Request<Body>,
}

pub(super) async fn answer(state: &SandboxState, outer: &Parts, body: &[u8]) -> Response {
    let parts = match read(outer, body) {
        Ok(parts) => parts,
        Err(error) => return super::refuse(state, outer, error),
    };
    let mut answers = run(state, parts).await;
    // the order of answers is nobody's promise
    answers.reverse();
    let mut response = (StatusCode::OK, axum::Json(json!({"responses": answers}))).into_response();
    super::add_request_id(state, outer, &mut response);
    response
}

async fn run(state: &SandboxState, mut waiting: Vec<Part>) -> Vec<Value> {
    let mut done: BTreeMap<String, u16> = BTreeMap::new();
    let mut answers = Vec::new();
    while !waiting.is_empty() {
        let (ready, rest): (Vec<Part>, Vec<Part>) =
            waiting.into_iter().partition(|part| part.depends_on.iter().all(|id| done.contains_key(id)));
        waiting = rest;
        let (fine, failed): (Vec<Part>, Vec<Part>) =
            ready.into_iter().partition(|part| part.depends_on.iter().all(|id| done.get(id).is_some_and(|s| *s < 400)));
        let refused = failed.into_iter().map(|part| {
            let error =
                json!({"error": {"code": "FailedDependency", "message": "A request it depends on has failed."}});
            (part.id.clone(), 424, json!({"id": part.id, "status": 424, "headers": {}, "body": error}))
        });
        let mut finished: Vec<_> = refused.collect();
        let run = futures::stream::iter(fine).map(|part| one(state, part)).buffer_unordered(ABREAST);
        finished.extend(run.collect::<Vec<_>>().await);
        if finished.is_empty() {
            break;
        }
        for (id, status, answer) in finished {
            done.insert(id, status);
            answers.push(answer);
        }
    }
    answers
}

async fn one(state: &SandboxState, part: Part) -> (String, u16, Value) {
    let response = around(state, part.request, |request| super::single(state.clone(), request)).await;
    let status = response.status().as_u16();
    let mut headers = Map::new();
    for (name, value) in response.headers() {
        if let (false, Ok(text)) = (name == header::CONTENT_LENGTH, value.to_str()) {
            headers.insert(spelled(name.as_str()), json!(text));
        }
    }
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default();
    let mut answer = json!({"id": part.id, "status": status, "headers": headers});
    if !bytes.is_empty() {
        let text = || Value::String(String::from_utf8_lossy(&bytes).into_owned());
        answer["body"] = serde_json::from_slice(&bytes).unwrap_or_else(|_| text());
    }
    (part.id, status, answer)
}

/// Header names as the vendor spells them inside a batch.
fn spelled(name: &str) -> String {
    let words: Vec<String> = name
        .split('-')
        .map(|word| word.get(..1).map_or_else(String::new, |first| first.to_uppercase() + &word[1..]))
        .collect();
    words.join("-")
}

fn read(outer: &Parts, body: &[u8]) -> Result<Vec<Part>> {
    let wrong = |text: &str| GraphError::query(text.to_owned());
    let sent: Value = serde_json::from_slice(body).map_err(|_| wrong("Invalid batch payload format."))?;
    let requests = sent["requests"].as_array().ok_or_else(|| wrong("Invalid batch payload format."))?;
    if requests.is_empty() || requests.len() > MOST {
        return Err(wrong("Number of batch request steps exceeds the maximum value of 20."));
    }
    let mut ids = BTreeSet::new();
    let mut parts = Vec::new();
    for one in requests {
        let id =
            one["id"].as_str().filter(|id| !id.is_empty()).ok_or_else(|| wrong("Request step must have an id."))?;
        let depends_on: Vec<String> = one["dependsOn"]
            .as_array()
            .map_or(&[][..], Vec::as_slice)
            .iter()
            .filter_map(|id| id.as_str().map(ToOwned::to_owned))
            .collect();
        // only earlier steps, so that nothing waits for ever
        if depends_on.iter().any(|other| !ids.contains(other)) {
            return Err(wrong("Request step depends on a step that does not stand before it."));
        }
        if !ids.insert(id.to_owned()) {
            return Err(wrong("Request step ids must be unique."));
        }
        parts.push(Part { id: id.to_owned(), depends_on, request: inner(outer, one)? });
    }
    Ok(parts)
}

/// The request of a step, signed in as the batch is.
fn inner(outer: &Parts, step: &Value) -> Result<Request<Body>> {
    let wrong = |text: &str| GraphError::query(text.to_owned());
    let url = step["url"].as_str().ok_or_else(|| wrong("Request step must have a url."))?;
    let url = format!("/v1.0/{}", url.trim_start_matches('/'));
    if url.starts_with("/v1.0/$batch") {
        return Err(wrong("A batch cannot contain a batch."));
    }
    let mut request = Request::builder().method(step["method"].as_str().unwrap_or_default()).uri(url);
    for name in [header::AUTHORIZATION, header::HOST, header::USER_AGENT] {
        if let Some(value) = outer.headers.get(&name) {
            request = request.header(name, value);
        }
    }
    let mut typed = false;
    for (name, value) in step["headers"].as_object().into_iter().flatten() {
        typed |= name.eq_ignore_ascii_case("content-type");
        request = request.header(name, value.as_str().unwrap_or_default());
    }
    let body = match &step["body"] {
        Value::Null => Body::empty(),
        _ if !typed => return Err(wrong("Write request id does not contain Content-Type header.")),
        body => Body::from(body.to_string()),
    };
    request.body(body).map_err(|_| wrong("Invalid batch payload format."))
}
