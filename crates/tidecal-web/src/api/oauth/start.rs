//! `GET /api/calendar/oauth/{provider}/start`

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::{IntoParams, ToSchema};

use crate::auth::{Caller, MaybeCaller};
use crate::input::{Params, is_possible_id, provider};
use crate::pages;
use crate::problem::{Code, Problem};
use crate::state::WebState;

/// What to connect.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct StartQuery {
    /// The account that is to be reconnected; a new one otherwise.
    account_id: Option<String>,
}

/// Where to send the browser.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Started {
    /// The vendor's consent page, good for this browser session and ten minutes.
    #[schema(value_type = String, format = "uri")]
    authorization_url: Url,
}

/// Begin connecting an account
///
/// With `Accept: text/html` the answer is a page that goes on to the vendor.
#[utoipa::path(get, path = "/api/calendar/oauth/{provider}/start", tag = "connecting",
    params(("provider" = String, Path, description = "`google` or `outlook`"), StartQuery),
    responses((status = 200, body = Started), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn start_oauth(
    State(state): State<WebState>,
    MaybeCaller(caller): MaybeCaller,
    Path(vendor): Path<String>,
    headers: HeaderMap,
    query: Result<Params<StartQuery>, Problem>,
) -> Response {
    let wants_page = accepts_html(&headers);
    match (begin(&state, caller, &vendor, query).await, wants_page) {
        (Ok(authorization_url), true) => pages::forward(&authorization_url),
        (Ok(authorization_url), false) => Json(Started { authorization_url }).into_response(),
        (Err(problem), true) => pages::problem(&problem),
        (Err(problem), false) => problem.into_response(),
    }
}

async fn begin(
    state: &WebState,
    caller: Option<Caller>,
    vendor: &str,
    query: Result<Params<StartQuery>, Problem>,
) -> Result<Url, Problem> {
    let caller =
        caller.ok_or_else(|| Problem::new(Code::Unauthenticated, "Sign in to Tidecal first, then start again."))?;
    let Some(session) = &caller.session_hash else {
        let detail = "A consent page needs a browser that is signed in; an API key is not enough.";
        return Err(Problem::new(Code::Forbidden, detail));
    };
    let vendor = provider(vendor)?;
    let Params(query) = query?;
    let account = query.account_id.as_deref();
    if account.is_some_and(|id| !is_possible_id(id)) {
        return Err(Problem::not_found());
    }
    Ok(state.engine.begin_oauth(caller.scope(), session, vendor, account).await?)
}

/// Whether a browser is navigating, and not a script asking.
fn accepts_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accept.split(',').any(|kind| kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/html"))
}
