//! One authenticated Graph request: who asks, for what, and how the answer is preferred.

use http::request::Parts;
use http::{HeaderMap, header};
use jiff::Timestamp;
use serde_json::Value;

use super::errors::{GraphError, Result};
use super::event::{Body, Event};
use super::ids::{self, EventRef};
use super::mailbox::{Calendar, Mailbox};
use super::prefer::Prefer;
use super::query::Query;
use super::routes::Found;
use super::show::View;
use crate::entra::scopes;
use crate::intercept::bearer;
use crate::state::World;

/// A request that has passed authentication and permission checks.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) account: String,
    pub(crate) operation: &'static str,
    pub(crate) calendar_id: Option<String>,
    pub(crate) event_id: Option<String>,
    /// Another id of the path: a subscription's, a group's.
    pub(crate) item_id: Option<String>,
    pub(crate) query: Query,
    pub(crate) prefer: Prefer,
    pub(crate) if_match: Option<String>,
    /// `http://host`, for links in answers.
    pub(crate) origin: String,
    pub(crate) path: String,
    pub(crate) now: Timestamp,
    pub(crate) seed: u64,
    pub(crate) strict: bool,
    body: Vec<u8>,
}

impl Call {
    pub(crate) fn read(world: &World, found: Found, parts: &Parts, body: &[u8]) -> Result<Self> {
        let token = bearer(&parts.headers).filter(|token| !token.is_empty()).ok_or_else(GraphError::no_token)?;
        let access = world.entra.access.get(token).ok_or_else(GraphError::bad_token)?;
        if access.expires <= world.now() {
            return Err(GraphError::expired_token());
        }
        if !scopes::allows(&access.scopes, found.scopes) {
            return Err(GraphError::denied());
        }
        if found.person.as_ref().is_some_and(|person| !is_self(world, &access.account, person)) {
            return Err(GraphError::denied());
        }
        let host = text_header(&parts.headers, "host").unwrap_or_else(|| "127.0.0.1".to_owned());
        Ok(Self {
            account: access.account.clone(),
            operation: found.operation,
            calendar_id: found.calendar_id,
            event_id: found.event_id,
            item_id: found.item_id,
            query: Query::read(parts.uri.query().unwrap_or_default())?,
            prefer: Prefer::read(&parts.headers)?,
            if_match: text_header(&parts.headers, header::IF_MATCH.as_str()),
            origin: format!("http://{host}"),
            path: parts.uri.path().to_owned(),
            now: world.now(),
            seed: world.config.seed,
            strict: world.switches.strict,
            body: body.to_vec(),
        })
    }

    pub(crate) fn mailbox<'a>(&self, world: &'a World) -> Result<&'a Mailbox> {
        world.graph.mailbox(&self.account).ok_or_else(|| GraphError::of_code("MailboxNotEnabledForRESTAPI", None))
    }

    /// The calendar of the path, or the default one.
    pub(crate) fn calendar<'a>(&self, world: &'a World) -> Result<&'a Calendar> {
        let mailbox = self.mailbox(world)?;
        match &self.calendar_id {
            None => mailbox.default_calendar().ok_or_else(GraphError::not_found),
            Some(id) => {
                let key = ids::read_calendar(self.seed, id).ok_or_else(GraphError::malformed_id)?;
                mailbox.calendars.get(&key).ok_or_else(GraphError::not_found)
            }
        }
    }

    /// The event of the path with what the id names of it; within the path's calendar where it names one.
    pub(crate) fn event<'a>(&self, world: &'a World) -> Result<(&'a Calendar, &'a Event, EventRef)> {
        let mailbox = self.mailbox(world)?;
        let text = self.event_id.as_deref().unwrap_or_default();
        let (event, kind) = ids::read_event(self.seed, text).ok_or_else(GraphError::malformed_id)?;
        let own = mailbox.named(event, kind).ok_or_else(GraphError::not_found)?;
        let home = mailbox.home_of(event.key).ok_or_else(GraphError::not_found)?;
        if self.calendar_id.is_some() && self.calendar(world)?.key != home.key {
            return Err(GraphError::not_found());
        }
        if event.slot.is_some_and(|slot| own.occurrence(slot).is_none()) {
            return Err(GraphError::not_found());
        }
        Ok((home, own, event))
    }

    /// Whether the version sent is still the present one; no condition always is.
    pub(crate) fn check_version(&self, world: &World, version: u64) -> Result<()> {
        let Some(sent) = self.if_match.as_deref().filter(|_| !world.switches.graph.ignore_if_match) else {
            return Ok(());
        };
        let own = ids::etag(self.seed, version);
        let bare = own.trim_start_matches("W/");
        if sent.trim() == "*" || sent.split(',').any(|one| one.trim() == own || one.trim() == bare) {
            Ok(())
        } else {
            Err(GraphError::precondition())
        }
    }

    /// The body as a JSON object; an empty one counts as `{}`.
    pub(crate) fn json(&self) -> Result<Body> {
        if self.body.is_empty() {
            return Ok(Body::new());
        }
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(body)) => Ok(body),
            _ => Err(GraphError::new(
                400,
                "BadRequest",
                "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.",
            )),
        }
    }

    /// The parameters of an action. Their names may begin with a capital: the vendor's own client writes them so.
    pub(crate) fn parameters(&self) -> Result<Body> {
        let small = |name: String| {
            let mut letters = name.chars();
            letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
        };
        Ok(self.json()?.into_iter().map(|(name, value)| (small(name), value)).collect())
    }

    /// How this caller sees events.
    pub(crate) fn view(&self) -> View<'_> {
        View { seed: self.seed, owner: &self.account, prefer: &self.prefer, select: None, extended: Vec::new() }
    }
}

fn is_self(world: &World, account: &str, person: &str) -> bool {
    person.eq_ignore_ascii_case(account) || person == crate::entra::tenant::object_id(world, account)
}

pub(crate) fn text_header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(ToOwned::to_owned)
}
