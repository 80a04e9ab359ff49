//! Asking for consent: the page, its form, and the decision that both the form and the control API take.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::response::{Html, IntoResponse, Redirect, Response};
use bytes::Bytes;
use http::{StatusCode, Uri};

use super::authorize::{AuthorizeRequest, Refused};
use super::{grants, page, scopes};
use crate::state::{SandboxState, World};

/// What a person did on the consent page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Allowed as that account; the scopes left ticked (`None` = all).
    Allow {
        account: String,
        scopes: Option<BTreeSet<String>>,
    },
    Deny,
}

/// `GET /o/oauth2/v2/auth`.
pub(super) async fn show(State(state): State<SandboxState>, uri: Uri) -> Response {
    let query = uri.query().unwrap_or_default();
    let world = state.lock();
    match AuthorizeRequest::read(query, &world.config) {
        Err(wrong) => blocked(&wrong),
        // nobody is signed in at the sandbox, so a request without any page cannot succeed
        Ok(request) if request.prompts("none") => {
            let target = request.redirect(&[("error", "interaction_required")]);
            Redirect::to(&target).into_response()
        }
        Ok(request) => Html(page::consent(&request, query, &world.config.people)).into_response(),
    }
}

/// `POST /o/oauth2/v2/auth/decision`: the form of the consent page.
pub(super) async fn decide(State(state): State<SandboxState>, body: Bytes) -> Response {
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&body).into_owned().collect();
    let get = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let query = get("request").unwrap_or_default();
    let decision = if get("decision").as_deref() == Some("allow") {
        let ticked = form.iter().filter(|(key, _)| key == "scope").map(|(_, scope)| scope.clone());
        Decision::Allow { account: get("account").unwrap_or_default(), scopes: Some(ticked.collect()) }
    } else {
        Decision::Deny
    };
    match answer(&mut state.lock(), &query, decision) {
        Ok(target) => Redirect::to(&target).into_response(),
        Err(wrong) => blocked(&wrong),
    }
}

/// Takes a decision on the authorize URL's query; answers the URL that the browser is sent to.
pub(crate) fn answer(world: &mut World, query: &str, decision: Decision) -> Result<String, Refused> {
    let request = AuthorizeRequest::read(query, &world.config)?;
    let (account, ticked) = match decision {
        Decision::Deny => return Ok(request.redirect(&[("error", "access_denied")])),
        Decision::Allow { account, scopes } => (account, scopes),
    };
    let Some(account) = world.person(&account).map(|person| person.email.clone()) else {
        return Err(Refused {
            status: 400,
            error: "invalid_request",
            detail: format!("There is no account {account} in this sandbox."),
        });
    };
    let granted: BTreeSet<String> = request
        .scopes
        .iter()
        .filter(|scope| {
            let may_untick = scopes::described(scope).is_some();
            !may_untick || ticked.as_ref().is_none_or(|ticked| ticked.contains(*scope))
        })
        .cloned()
        .collect();
    let code = grants::issue_code(world, &request, &account, granted.clone());
    let scope = granted.into_iter().collect::<Vec<_>>().join(" ");
    Ok(request.redirect(&[("code", &code), ("scope", &scope)]))
}

fn blocked(wrong: &Refused) -> Response {
    let status = StatusCode::from_u16(wrong.status).unwrap_or(StatusCode::BAD_REQUEST);
    (status, Html(page::refused(wrong))).into_response()
}
