//! Asking for consent: the page, its form, and the decision that both the form and the control API take.

use std::collections::BTreeSet;

use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use bytes::Bytes;
use http::{StatusCode, Uri};

use super::authorize::{AuthorizeRequest, ResponseMode, Wrong};
use super::errors::EntraError;
use super::{grants, page, tenant};
use crate::google::errors::Refusal;
use crate::oauth::consent::Decision;
use crate::state::{SandboxState, World};

/// `GET /{tenant}/oauth2/v2.0/authorize`.
pub(super) async fn show(State(state): State<SandboxState>, Path(tenant): Path<String>, uri: Uri) -> Response {
    let query = uri.query().unwrap_or_default();
    let world = state.lock();
    match AuthorizeRequest::read(&world, &tenant, query) {
        Err(wrong) => refused(&wrong),
        // nobody is signed in at the sandbox, so a request without any page cannot succeed
        Ok(request) if request.prompts("none") => {
            let error = EntraError::new(50058).at(world.now());
            sent(request.mode, &request.refusal(&error))
        }
        Ok(request) => Html(page::consent(&world, &request, query)).into_response(),
    }
}

/// `POST /{tenant}/oauth2/v2.0/decision`: the form of the consent page.
pub(super) async fn decide(State(state): State<SandboxState>, Path(tenant): Path<String>, body: Bytes) -> Response {
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&body).into_owned().collect();
    let get = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let query = get("request").unwrap_or_default();
    let decision = if get("decision").as_deref() == Some("allow") {
        Decision::Allow { account: get("account").unwrap_or_default(), scopes: None }
    } else {
        Decision::Deny
    };
    let mut world = state.lock();
    match answer(&mut world, &tenant, &query, decision) {
        Ok((mode, target)) => sent(mode, &target),
        Err(wrong) => refused(&wrong),
    }
}

/// Takes a decision on the authorize URL's query; answers the URL that the browser is sent to. `scopes` of the decision
/// leaves some out, as an older consent would.
pub(crate) fn answer(
    world: &mut World,
    tenant: &str,
    query: &str,
    decision: Decision,
) -> Result<(ResponseMode, String), Wrong> {
    let request = AuthorizeRequest::read(world, tenant, query)?;
    let now = world.now();
    let mode = request.mode;
    let (account, left) = match decision {
        Decision::Deny => return Ok((mode, request.refusal(&EntraError::new(65004).at(now)))),
        Decision::Allow { account, scopes } => (account, scopes),
    };
    let Some(account) = world.person(&account).map(|person| person.email.clone()) else {
        return Err(Wrong::Shown(EntraError::new(50034).at(now)));
    };
    if !tenant::admits(world, tenant, &account) {
        return Err(Wrong::Shown(EntraError::new(50020).at(now)));
    }
    let approved = world.entra.admin_consented || tenant::is_personal(world, &account);
    if world.switches.graph.admin_consent_required && !approved {
        return Ok((mode, request.refusal(&EntraError::new(90094).at(now))));
    }
    let granted: BTreeSet<String> =
        request.scopes.iter().filter(|scope| left.as_ref().is_none_or(|left| left.contains(*scope))).cloned().collect();
    let code = grants::issue_code(world, &request, &account, granted);
    Ok((mode, request.redirect(&[("code", &code), ("session_state", "sandbox")])))
}

/// A redirect, or for `form_post` a page that posts itself.
fn sent(mode: ResponseMode, target: &str) -> Response {
    match mode {
        ResponseMode::FormPost => Html(page::posted(target)).into_response(),
        _ => Redirect::to(target).into_response(),
    }
}

fn refused(wrong: &Wrong) -> Response {
    match wrong {
        Wrong::Told(request, error) => sent(request.mode, &request.refusal(error)),
        Wrong::Shown(error) => {
            let mut response = (StatusCode::BAD_REQUEST, Html(page::refused(error))).into_response();
            response.extensions_mut().insert(Refusal(format!("AADSTS{}", error.code)));
            response
        }
    }
}
