//! What operators and their machines look at: liveness, readiness, metrics, the API document and its
//! reader, the guides.

use std::sync::{Arc, LazyLock};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde_json::json;
use utoipa_swagger_ui::Config;

use crate::document::openapi;
use crate::pages;
use crate::peer::Peer;
use crate::problem::{Code, Problem};
use crate::state::WebState;

static DOCUMENT: LazyLock<String> = LazyLock::new(|| openapi().to_json().unwrap_or_default());
static READER: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| Arc::new(Config::from("/api/openapi.json")));

/// `GET /healthz`: the process answers.
pub(crate) async fn healthz() -> Response {
    Json(json!({"status": "ok"})).into_response()
}

/// `GET /readyz`: the database answers, so requests can be served.
pub(crate) async fn readyz(State(state): State<WebState>) -> Result<Response, Problem> {
    state.store().ping().await.map_err(|error| {
        let detail = "The database does not answer. See the server's log, and check DATABASE_URL.";
        Problem::new(Code::DatabaseUnavailable, detail).retry_after(5).caused_by(&error)
    })?;
    Ok(Json(json!({"status": "ready"})).into_response())
}

/// `GET /metrics` in Prometheus' text format; for this machine alone unless configured otherwise.
pub(crate) async fn metrics(State(state): State<WebState>, peer: Peer) -> Result<Response, Problem> {
    let handle = state.config.metrics.as_ref().ok_or_else(Problem::not_found)?;
    if !(peer.direct_loopback || state.config.metrics_public) {
        let detail = "Metrics are read from the server's own machine, unless TIDECAL_METRICS_PUBLIC is set.";
        return Err(Problem::new(Code::Forbidden, detail));
    }
    let mime = "text/plain; version=0.0.4; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, mime)], handle.render()).into_response())
}

/// `GET /api/openapi.json` (OpenAPI 3.1).
pub(crate) async fn openapi_json() -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")];
    (headers, DOCUMENT.as_str()).into_response()
}

/// `GET /docs`
pub(crate) async fn docs() -> Redirect {
    Redirect::to("/docs/")
}

/// `GET /docs/…`: the guides by their file names, and the reader of the API document.
pub(crate) async fn docs_file(State(state): State<WebState>, path: Option<Path<String>>) -> Response {
    let name = path.map_or_else(String::new, |Path(name)| name);
    if name.ends_with(".md") {
        return state
            .assets
            .document(&name)
            .map_or_else(|| Problem::not_found().into_response(), |text| pages::document(&text));
    }
    match utoipa_swagger_ui::serve(&name, Arc::clone(&READER)) {
        Ok(Some(file)) => (
            [(header::CONTENT_TYPE, file.content_type), (header::CACHE_CONTROL, "no-cache".to_owned())],
            file.bytes.into_owned(),
        )
            .into_response(),
        Ok(None) => Problem::not_found().into_response(),
        Err(error) => {
            let problem = Problem::internal(format!("the reader of the API document: {error}"));
            (StatusCode::INTERNAL_SERVER_ERROR, problem).into_response()
        }
    }
}
