//! One authenticated Calendar request: who asks, on which calendar with which role, and with which parameters.

use http::request::Parts;
use http::{HeaderMap, HeaderName, header};
use serde_json::Value;

use super::errors::ApiError;
use super::query::Query;
use super::routes::Found;
use crate::data::calendar::{Calendar, Role};
use crate::data::event::Body;
use crate::intercept::bearer;
use crate::oauth::scopes;
use crate::state::World;

/// Parameters every method takes.
const STANDARD: [&str; 7] = ["alt", "fields", "key", "oauth_token", "prettyPrint", "quotaUser", "userIp"];

/// A request that has passed authentication and scope checks.
#[derive(Debug)]
pub(crate) struct Call {
    /// Address of the account whose token was sent.
    pub(crate) account: String,
    /// Canonical id of the calendar in the path; empty where there is none.
    pub(crate) calendar_id: String,
    pub(crate) event_id: String,
    pub(crate) query: Query,
    pub(crate) if_match: Option<String>,
    pub(crate) if_none_match: Option<String>,
    body: Vec<u8>,
}

impl Call {
    /// Authenticates and checks scopes; the path's `primary` becomes the account's own calendar.
    pub(crate) fn read(world: &World, found: &Found, parts: &Parts, body: &[u8]) -> Result<Self, ApiError> {
        let operation = found.route.operation;
        let token = bearer(&parts.headers).ok_or_else(ApiError::login_required)?;
        let access = world.grants.access.get(token).filter(|access| access.expires > world.now());
        let access = access.ok_or_else(ApiError::unauthenticated)?;
        if !scopes::allows(&access.scopes, found.route.scopes) {
            return Err(ApiError::scope(operation));
        }
        let query = Query::read(parts.uri.query().unwrap_or_default());
        if query.get("alt").is_some_and(|alt| alt != "json") {
            return Err(ApiError::parameter("alt", "Invalid value for alt."));
        }
        if world.switches.strict {
            check_parameters(operation, &query)?;
        }
        let account = access.account.clone();
        let calendar_id = match found.calendar_id().unwrap_or_default() {
            "primary" => account.clone(),
            id => id.to_owned(),
        };
        Ok(Self {
            account,
            calendar_id,
            event_id: found.value("eventId").unwrap_or_default().to_owned(),
            query,
            if_match: text_header(&parts.headers, header::IF_MATCH),
            if_none_match: text_header(&parts.headers, header::IF_NONE_MATCH),
            body: body.to_vec(),
        })
    }

    /// The calendar of the path and the caller's role on it; 404 without access.
    pub(crate) fn calendar<'a>(&self, world: &'a World) -> Result<(&'a Calendar, Role), ApiError> {
        let role = world.role(&self.account, &self.calendar_id).ok_or_else(ApiError::not_found)?;
        let calendar = world.calendars.get(&self.calendar_id).ok_or_else(ApiError::not_found)?;
        Ok((calendar, role))
    }

    /// The body as a JSON object.
    pub(crate) fn json(&self) -> Result<Body, ApiError> {
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(body)) => Ok(body),
            Ok(_) => Err(ApiError::bad_request("Invalid JSON payload received. Root is no object.")),
            Err(_) if self.body.is_empty() => Ok(Body::new()),
            Err(error) => {
                Err(ApiError::new(400, "global", "parseError", format!("Invalid JSON payload received. {error}")))
            }
        }
    }

    /// Whether the caller has this version already (`If-None-Match`).
    pub(crate) fn has_version(&self, etag: &str) -> bool {
        self.if_none_match
            .as_deref()
            .is_some_and(|sent| sent.split(',').any(|one| one.trim() == etag || one.trim() == "*"))
    }
}

fn text_header(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(ToOwned::to_owned)
}

fn check_parameters(operation: &str, query: &Query) -> Result<(), ApiError> {
    let own = super::contract::parameters(operation);
    match query.names().find(|name| !STANDARD.contains(name) && !own.contains(name)) {
        Some(unknown) => {
            Err(ApiError::own(400, "sandboxUnknownParameter", format!("{operation} has no parameter {unknown}."))
                .at_parameter(unknown))
        }
        None => Ok(()),
    }
}
