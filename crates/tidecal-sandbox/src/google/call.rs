//! One authenticated Calendar request: who asks, on which calendar with which role, and with which parameters.

use http::request::Parts;
use http::{HeaderMap, HeaderName, header};
use serde_json::Value;

use super::errors::ApiError;
use super::query::Query;
use super::routes::Found;
use super::strict;
use crate::data::calendar::{Calendar, Role};
use crate::data::event::Body;
use crate::intercept::bearer;
use crate::oauth::scopes;
use crate::state::World;

/// A request that has passed authentication and scope checks.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// Address of the account whose token was sent.
    pub(crate) account: String,
    /// Canonical id of the calendar in the path; empty where there is none.
    pub(crate) calendar_id: String,
    pub(crate) event_id: String,
    /// Name of the method, such as `events.list`.
    pub(crate) operation: &'static str,
    /// The other values of the path, such as `ruleId`.
    values: Vec<(&'static str, String)>,
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
        if !scopes::allows(&access.scopes, found.route.scopes()) {
            return Err(ApiError::scope(operation));
        }
        let query = Query::read(parts.uri.query().unwrap_or_default());
        strict::check_query(operation, query.pairs())?;
        if world.switches.strict {
            let breaches = strict::of_query(operation, query.pairs());
            if let Some(breach) = breaches.into_iter().chain(strict::of_body(operation, body)).next() {
                return Err(breach.refusal());
            }
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
            operation,
            values: found.values.clone(),
            query,
            if_match: text_header(&parts.headers, header::IF_MATCH),
            if_none_match: text_header(&parts.headers, header::IF_NONE_MATCH),
            body: body.to_vec(),
        })
    }

    /// A value of the path.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.values.iter().find(|(own, _)| *own == name).map_or("", |(_, value)| value)
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
