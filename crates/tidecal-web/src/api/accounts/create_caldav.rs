//! `POST /api/calendar/accounts/caldav`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tidecal_core::remote::{Failure, FailureClass};
use tidecal_engine::{CaldavLogin, ServiceError};
use utoipa::ToSchema;

use super::AccountOut;
use crate::auth::Caller;
use crate::input::{Body, is_possible_id, text};
use crate::problem::Problem;
use crate::state::WebState;

/// Longest address of a server.
const LONGEST_URL: usize = 2000;

/// Longest login or password.
const LONGEST_LOGIN: usize = 500;

/// A login at a CalDAV server.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CaldavRequest {
    /// A domain, an e-mail address or a URL.
    #[schema(example = "cloud.example.com")]
    url: String,
    username: String,
    /// An app password, where the server has such.
    #[schema(value_type = String, format = Password)]
    password: SecretString,
    /// The account that is to be reconnected: the password is swapped, all else is kept.
    account_id: Option<String>,
}

/// Connect a CalDAV account
///
/// Finds the server from what was typed in and signs in. The same login again reconnects its account.
#[utoipa::path(post, path = "/api/calendar/accounts/caldav", tag = "accounts", request_body = CaldavRequest,
    responses((status = 201, body = AccountOut), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create_caldav_account(
    State(state): State<WebState>,
    caller: Caller,
    Body(request): Body<CaldavRequest>,
) -> Result<(StatusCode, Json<AccountOut>), Problem> {
    let login = login(request)?;
    let account = state.engine.connect_caldav(caller.scope(), login).await.map_err(|error| match error {
        ServiceError::Vendor(failure) => refused(&failure),
        other => other.into(),
    })?;
    state.tell_account(&account);
    Ok((StatusCode::CREATED, Json(account.into())))
}

fn login(request: CaldavRequest) -> Result<CaldavLogin, Problem> {
    // Who reconnects need not know the address again: the account has it.
    let known = request.account_id.is_some() && request.url.trim().is_empty();
    let url = if known { String::new() } else { text("url", &request.url, LONGEST_URL)? };
    let username = text("username", &request.username, LONGEST_LOGIN)?;
    let length = request.password.expose_secret().chars().count();
    if length == 0 || length > LONGEST_LOGIN {
        return Err(Problem::field("password", format!("must have 1 to {LONGEST_LOGIN} characters")));
    }
    if request.account_id.as_deref().is_some_and(|id| !is_possible_id(id)) {
        return Err(Problem::not_found());
    }
    Ok(CaldavLogin { url, username, password: request.password, account_id: request.account_id })
}

/// The field that is most likely wrong, with what to do about it.
fn refused(failure: &Failure) -> Problem {
    let (field, ours) = match failure.class {
        FailureClass::Auth => (
            "password",
            "Check the login, and use an app password if the server asks for one: many refuse the one you sign in with.",
        ),
        FailureClass::Transient => ("url", "Check the address, and that the server is up; then try again."),
        FailureClass::RateLimited | FailureClass::Configuration => return failure.clone().into(),
        FailureClass::Permanent(_) | FailureClass::Conflict | FailureClass::CursorLost => {
            ("url", "Type the domain, the address from the server's own help page, or your e-mail address there.")
        }
    };
    let remedy = failure.remedy.as_deref().unwrap_or(ours);
    Problem::field(field, format!("{}. {remedy}", failure.detail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidecal_core::remote::PermanentScope;

    #[test]
    fn a_refusal_names_the_field_and_a_remedy() {
        for (class, lead) in [
            (FailureClass::Auth, "password: caldav: 401. Check the login"),
            (FailureClass::Transient, "url: caldav: 401. Check the address"),
            (FailureClass::Permanent(PermanentScope::Account), "url: caldav: 401. Type the domain"),
        ] {
            let problem = refused(&Failure::new(class, "caldav: 401"));
            assert_eq!(problem.status().as_u16(), 422);
            assert!(problem.detail().starts_with(lead), "{}", problem.detail());
        }
        let told = Failure::new(FailureClass::Auth, "caldav: 401").remedy("Make an app password at example.com.");
        assert!(refused(&told).detail().ends_with("Make an app password at example.com."));
    }
}
