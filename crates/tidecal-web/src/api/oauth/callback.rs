//! `GET /api/calendar/oauth/{provider}/callback`, and the same at the path that `*_REDIRECT_URI`
//! names.

use std::collections::HashMap;

use axum::extract::{Path, RawQuery, State};
use axum::http::Method;
use axum::response::Response;
use secrecy::SecretString;
use serde::Deserialize;
use tidecal_core::model::Provider;
use tidecal_engine::{OAuthAnswer, ServiceError};
use tidecal_store::Account;
use utoipa::IntoParams;

use crate::auth::{Caller, MaybeCaller};
use crate::input::provider;
use crate::pages;
use crate::problem::{Code, Problem};
use crate::state::WebState;

/// What the vendor sends along; further parameters are ignored.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; it is read by hand, so that nothing is ever logged")]
pub(crate) struct CallbackQuery {
    /// The state that the flow began with.
    state: Option<String>,
    /// The code, if the person agreed.
    code: Option<String>,
    /// Why not, otherwise.
    error: Option<String>,
    /// The vendor's explanation.
    error_description: Option<String>,
}

/// End connecting an account
///
/// The vendor sends the browser here. The answer is a page that tells its opener
/// `{type: "tidecal:oauth", ok, accountId | error}` and closes.
#[utoipa::path(get, path = "/api/calendar/oauth/{provider}/callback", tag = "connecting",
    params(("provider" = String, Path, description = "`google` or `outlook`"), CallbackQuery),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn oauth_callback(
    State(state): State<WebState>,
    method: Method,
    MaybeCaller(caller): MaybeCaller,
    Path(vendor): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    match provider(&vendor) {
        Ok(vendor) => answer(&state, &method, vendor, caller, query.as_deref()).await,
        Err(problem) => pages::oauth_result(&Err(problem)),
    }
}

/// The page at the end of a flow, whatever its outcome.
pub(crate) async fn answer(
    state: &WebState,
    method: &Method,
    vendor: Provider,
    caller: Option<Caller>,
    query: Option<&str>,
) -> Response {
    // A link preview must not use up the code.
    if *method == Method::HEAD {
        return pages::empty();
    }
    let result = complete(state, vendor, caller, query.unwrap_or_default()).await;
    pages::oauth_result(&result.map(|account| account.id))
}

async fn complete(state: &WebState, vendor: Provider, caller: Option<Caller>, query: &str) -> Result<Account, Problem> {
    let session = caller.and_then(|caller| caller.session_hash).ok_or_else(|| {
        Problem::new(
            Code::Unauthenticated,
            "This browser is not signed in to Tidecal any more. Sign in, then connect again.",
        )
    })?;
    let answer = read(query).ok_or(ServiceError::StateUnknown)?;
    let account = state.engine.complete_oauth(&session, vendor, answer).await?;
    state.tell_account(&account);
    Ok(account)
}

/// `None` without a state, or with anything given twice: no vendor does that.
fn read(query: &str) -> Option<OAuthAnswer> {
    let mut fields: HashMap<String, String> = HashMap::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if fields.insert(name.into_owned(), value.into_owned()).is_some() {
            return None;
        }
    }
    Some(OAuthAnswer {
        state: fields.remove("state").filter(|state| !state.is_empty())?,
        code: fields.remove("code").map(SecretString::from),
        error: fields.remove("error"),
        error_description: fields.remove("error_description"),
    })
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn an_answer_needs_a_state_and_says_nothing_twice() {
        let answer = read("state=s&code=c&scope=x&authuser=0").unwrap();
        assert!(answer.state == "s" && answer.code.is_some() && answer.error.is_none());
        assert!(read("state=s&error=access_denied").unwrap().code.is_none());
        for query in ["", "code=c", "state=&code=c", "state=s&code=c&code=d", "state=s&state=t&code=c"] {
            assert!(read(query).is_none(), "{query}");
        }
    }
}
