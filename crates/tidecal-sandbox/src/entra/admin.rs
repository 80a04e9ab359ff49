//! The administrator's consent for a whole organisation.

use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use bytes::Bytes;
use http::{StatusCode, Uri};
use url::Url;

use super::errors::EntraError;
use super::{page, tenant};
use crate::oauth::authorize::is_registered;
use crate::state::{SandboxState, World};

/// The redirect URI and state of a valid request.
fn read(world: &World, segment: &str, query: &str) -> Result<(Url, Option<String>), EntraError> {
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let get = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    if !tenant::exists(world, segment) {
        return Err(EntraError::new(90002));
    }
    if get("client_id").is_none_or(|id| id != world.config.outlook_client_id) {
        return Err(EntraError::new(700_016));
    }
    let target = get("redirect_uri").filter(|uri| is_registered(uri, &world.config));
    let url = target.and_then(|uri| Url::parse(&uri).ok()).ok_or_else(|| EntraError::new(50011))?;
    Ok((url, get("state")))
}

/// `GET /{tenant}/v2.0/adminconsent`.
pub(super) async fn show(State(state): State<SandboxState>, Path(tenant): Path<String>, uri: Uri) -> Response {
    let world = state.lock();
    match read(&world, &tenant, uri.query().unwrap_or_default()) {
        Ok(_) => Html(page::admin(&uri.to_string())).into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, Html(page::refused(&error))).into_response(),
    }
}

/// `POST /{tenant}/v2.0/adminconsent`: the form of that page.
pub(super) async fn decide(
    State(state): State<SandboxState>,
    Path(segment): Path<String>,
    uri: Uri,
    body: Bytes,
) -> Response {
    let allowed = url::form_urlencoded::parse(&body).any(|(name, value)| name == "decision" && value == "allow");
    let mut world = state.lock();
    let (mut url, app_state) = match read(&world, &segment, uri.query().unwrap_or_default()) {
        Ok(read) => read,
        Err(error) => return (StatusCode::BAD_REQUEST, Html(page::refused(&error))).into_response(),
    };
    {
        let mut query = url.query_pairs_mut();
        if allowed {
            world.entra.admin_consented = true;
            query.append_pair("admin_consent", "True").append_pair("tenant", &tenant::own(&world));
        } else {
            let error = EntraError::new(65004).at(world.now());
            query.append_pair("error", "access_denied").append_pair("error_description", &error.description());
        }
        if let Some(app_state) = app_state {
            query.append_pair("state", &app_state);
        }
    }
    Redirect::to(url.as_str()).into_response()
}
