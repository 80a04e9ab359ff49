//! Everything that no route names: further OAuth callbacks, pages and files of the interface, and what
//! is not there.

use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::{Method, Uri};
use axum::response::{IntoResponse as _, Response};

use crate::api::oauth::callback;
use crate::assets;
use crate::auth::MaybeCaller;
use crate::problem::{Code, Problem};
use crate::state::WebState;

/// No route has that path.
pub(crate) async fn no_route(State(state): State<WebState>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    let named = state.config.oauth_callback_paths.iter().find(|(_, callback)| *callback == path);
    if let Some((vendor, _)) = named.filter(|_| reads) {
        let caller = match MaybeCaller::from_request_parts(&mut parts, &state).await {
            Ok(MaybeCaller(caller)) => caller,
            Err(problem) => return problem.into_response(),
        };
        return callback::answer(&state, &parts.method, *vendor, caller, parts.uri.query()).await;
    }
    if path == "/api" || path.starts_with("/api/") {
        return no_such_path(&parts.uri);
    }
    if !reads {
        return no_such_method().await;
    }
    let file = if assets::is_page(&path) { state.assets.find("/index.html") } else { state.assets.find(&path) };
    file.map_or_else(|| no_such_path(&parts.uri), |file| assets::serve(file, &parts.headers))
}

fn no_such_path(uri: &Uri) -> Response {
    let words = if uri.path().starts_with("/api") { "The interface is described at /docs." } else { "Begin at /." };
    Problem::new(Code::NotFound, format!("There is nothing at this address. {words}")).into_response()
}

/// The path exists, the method does not.
pub(crate) async fn no_such_method() -> Response {
    Problem::new(Code::MethodNotAllowed, "This address does not take that method. The interface is described at /docs.")
        .into_response()
}
