//! Calendar API v3.

mod acl;
mod batch;
mod calendar_list;
mod calendars;
mod call;
mod colors;
pub(crate) mod contract;
pub(crate) mod cursor;
pub(crate) mod delete;
mod delta;
pub(crate) mod errors;
mod event_types;
mod expanded;
mod fields;
mod free_busy;
mod full;
mod get;
mod import;
pub(crate) mod insert;
mod instances;
mod list;
mod list_query;
mod moving;
mod notify;
pub(crate) mod page;
pub(crate) mod patch;
mod query;
mod quick_add;
pub(crate) mod routes;
mod settings;
pub(crate) mod strict;
mod subscription;
pub(crate) mod update;
mod validate;
mod watch;
pub(crate) mod write;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use crate::state::SandboxState;
use call::Call;
use errors::ApiError;

/// The answer to an accepted request.
#[derive(Debug)]
pub(crate) enum Reply {
    /// 200 with JSON text, and the ETag header.
    Json { text: String, etag: Option<String> },
    /// 304.
    NotModified { etag: String },
    /// 204.
    NoContent,
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let (status, text, etag) = match self {
            Self::Json { text, etag } => (StatusCode::OK, text, etag),
            Self::NotModified { etag } => (StatusCode::NOT_MODIFIED, String::new(), Some(etag)),
            Self::NoContent => (StatusCode::NO_CONTENT, String::new(), None),
        };
        let mut response = (status, text).into_response();
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_TYPE);
        if status == StatusCode::OK {
            let kind = HeaderValue::from_static("application/json; charset=UTF-8");
            headers.insert(header::CONTENT_TYPE, kind);
        }
        if let Some(etag) = etag.and_then(|etag| HeaderValue::from_str(&etag).ok()) {
            headers.insert(header::ETAG, etag);
        }
        headers
            .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-store, max-age=0, must-revalidate"));
        response
    }
}

/// Everything below `/calendar/v3`, and what is nowhere.
pub(crate) async fn answer(State(state): State<SandboxState>, request: Request) -> Response {
    run(state, request).await
}

/// Answers one request, be it alone or out of a batch.
async fn run(state: SandboxState, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Some(found) = routes::find(&parts.method, parts.uri.path()) else {
        return ApiError::not_found().into_response();
    };
    if found.route.operation == routes::BATCH {
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
        return batch::answer(&state, &parts, &bytes).await;
    }
    let Some(handler) = found.route.handler else {
        let message = format!("The sandbox does not serve {} yet.", found.route.operation);
        return ApiError::own(501, "sandboxNotServed", message).into_response();
    };
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let mut world = state.lock();
    let answered = Call::read(&world, &found, &parts, &bytes).and_then(|call| {
        world.count_request(&call.account)?;
        handler(&mut world, &call)
    });
    drop(world);
    answered.map_or_else(IntoResponse::into_response, IntoResponse::into_response)
}
