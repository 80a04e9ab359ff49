//! A strict CalDAV server (RFC 4791, with RFC 6578's sync, RFC 5397's principal and RFC 6764's well-known address), in
//! memory: one login per person with an app password, their calendars, and objects that have to be sound.
//!
//! What a client sends wrong is refused and, where it is carelessness, kept as a violation. Deliberately not here:
//! scheduling (RFC 6638), sharing, locks, COPY and MOVE, free-busy reports, parts of objects, other kinds of data.

mod asked;
mod auth;
mod calendars;
pub(crate) mod control;
pub(crate) mod errors;
mod filter;
mod place;
mod props;
mod read;
mod reports;
pub(crate) mod seed;
pub(crate) mod store;
pub(crate) mod switches;
mod write;
mod xml;
mod zones;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::google::strict::Breach;
use crate::ledger::Line;
use crate::state::{SandboxState, World};
use errors::{DavError, Result};
use place::{Place, ROOT, WELL_KNOWN};

/// What faults and the ledger may name.
pub(crate) const OPERATIONS: [&str; 14] = [
    "caldav.wellKnown",
    "caldav.options",
    "caldav.propfind",
    "caldav.sync",
    "caldav.multiget",
    "caldav.query",
    "caldav.report",
    "caldav.get",
    "caldav.put",
    "caldav.delete",
    "caldav.mkcalendar",
    "caldav.deleteCalendar",
    "caldav.proppatch",
    "caldav.unknown",
];

/// Refusals that only a careless request meets. What may happen to anybody (a lost race, a token that is too old, a
/// calendar of somebody else) is not among them.
const CARELESS: [&str; 9] = [
    "400",
    "415",
    "501",
    "supported-calendar-data",
    "supported-filter",
    "valid-calendar-data",
    "valid-calendar-object-resource",
    "valid-filter",
    "propfind-finite-depth",
];

pub(crate) fn routes() -> Router<SandboxState> {
    Router::new()
        .route(WELL_KNOWN, any(well_known))
        .route("/dav", any(answer))
        .route("/dav/", any(answer))
        .route("/dav/{*path}", any(answer))
}

/// RFC 6764 5: any method is sent on.
async fn well_known() -> Response {
    (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, ROOT)]).into_response()
}

/// One request, read as far as all of them are alike.
pub(crate) struct Call<'a> {
    /// Whose login it is.
    pub(crate) account: String,
    pub(crate) place: Place,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a str,
}

/// The answer to an accepted request.
#[derive(Debug)]
pub(crate) struct Reply {
    status: StatusCode,
    headers: Vec<(HeaderName, String)>,
    kind: &'static str,
    body: String,
}

impl Reply {
    fn empty(status: StatusCode) -> Self {
        Self { status, headers: Vec::new(), kind: "", body: String::new() }
    }

    fn multistatus(answer: &xml::Multistatus) -> Self {
        let kind = "application/xml; charset=utf-8";
        Self { status: StatusCode::MULTI_STATUS, headers: Vec::new(), kind, body: answer.text() }
    }

    fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.body).into_response();
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_TYPE);
        let kind = (!self.kind.is_empty()).then(|| (header::CONTENT_TYPE, self.kind.to_owned()));
        for (name, value) in self.headers.into_iter().chain(kind) {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        response
    }
}

type Handler = fn(&mut World, &Call<'_>) -> Result<Reply>;

/// The handler of a request, and the operation that it is.
fn handler(parts: &Parts, place: Option<&Place>, body: &[u8]) -> (&'static str, Option<Handler>) {
    let object = matches!(place, Some(Place::Object(..)));
    match parts.method.as_str() {
        "OPTIONS" => ("caldav.options", Some(read::options)),
        "PROPFIND" => ("caldav.propfind", Some(read::propfind)),
        "REPORT" => {
            let report = asked::report(&String::from_utf8_lossy(body));
            (report.map_or("caldav.report", |report| report.operation()), Some(reports::answer))
        }
        "GET" | "HEAD" if object => ("caldav.get", Some(read::get)),
        "PUT" if object => ("caldav.put", Some(write::put)),
        "DELETE" if object => ("caldav.delete", Some(write::delete)),
        "DELETE" => ("caldav.deleteCalendar", Some(calendars::delete)),
        "MKCALENDAR" => ("caldav.mkcalendar", Some(calendars::make)),
        "PROPPATCH" => ("caldav.proppatch", Some(calendars::change)),
        _ => ("caldav.unknown", None),
    }
}

/// What a request below the CalDAV paths is: its operation, and paths of its calendar and object.
pub(crate) fn target(parts: &Parts, body: &[u8]) -> Option<(&'static str, Option<String>, Option<String>)> {
    let path = parts.uri.path();
    if path == WELL_KNOWN {
        return Some(("caldav.wellKnown", None, None));
    }
    if path != "/dav" && !path.starts_with(ROOT) {
        return None;
    }
    let place = Place::of(path);
    let (operation, _) = handler(parts, place.as_ref(), body);
    let calendar = place.as_ref().and_then(Place::calendar_path);
    let object = place.filter(|it| matches!(it, Place::Object(..))).map(|it| it.path());
    Some((operation, calendar, object))
}

/// Who asks, whether the password is right or not.
pub(crate) fn account_of(world: &World, headers: &HeaderMap) -> Option<String> {
    auth::named(world, headers).map(|(account, _)| account)
}

/// What a CalDAV request breaks, by its refusal.
pub(crate) fn careless(line: &Line) -> Option<Breach> {
    let reason = line.reason.as_deref()?;
    let blamed = line.operation.starts_with("caldav.") && line.fault.is_none() && CARELESS.contains(&reason);
    blamed.then(|| Breach::new("sandboxWrongValue", "request", format!("was refused as {reason}.")))
}

/// What it breaks whatever is answered: writes that rest on nothing, lines that are too long.
pub(crate) fn breaches(parts: &Parts, body: &[u8], operation: &str) -> Vec<Breach> {
    let mut found = Vec::new();
    let guarded = parts.headers.contains_key(header::IF_MATCH) || parts.headers.contains_key(header::IF_NONE_MATCH);
    if matches!(operation, "caldav.put" | "caldav.delete") && !guarded {
        found.push(Breach::new("sandboxUnguarded", "If-Match", "A write names no version that it rests on."));
    }
    let longest = if operation == "caldav.put" { crate::ics::line::longest(&String::from_utf8_lossy(body)) } else { 0 };
    if longest > 75 {
        found.push(Breach::new("sandboxLongLine", "body", format!("A line has {longest} octets.")));
    }
    found
}

async fn answer(State(state): State<SandboxState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let mut world = state.lock();
    let now = world.now();
    let mut response = match carried_out(&mut world, &parts, &body) {
        Ok(reply) => reply.into_response(),
        Err(error) => error.into_response(),
    };
    // clients take the time from here
    if let Ok(date) = HeaderValue::from_str(&props::http_date(now)) {
        response.headers_mut().insert(header::DATE, date);
    }
    let level = HeaderValue::from_static("1, 3, access-control, calendar-access");
    response.headers_mut().insert("dav", level);
    response
}

fn carried_out(world: &mut World, parts: &Parts, body: &Bytes) -> Result<Reply> {
    let account = auth::signed_in(world, &parts.headers)?;
    let place = Place::of(parts.uri.path()).ok_or_else(DavError::not_found)?;
    let (_, handler) = handler(parts, Some(&place), body);
    let handler = handler.ok_or_else(|| DavError::plain(405, "That method is not served here."))?;
    if let Some(owner) = place.owner().filter(|owner| *owner != account) {
        // whether it is there is nobody else's business
        let known = world.dav.homes.contains_key(owner);
        return Err(if known { DavError::forbidden() } else { DavError::not_found() });
    }
    let text = std::str::from_utf8(body).map_err(|_| DavError::bad_request("The body is not in UTF-8."))?;
    handler(world, &Call { account, place, headers: &parts.headers, body: text })
}

impl Call<'_> {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim)
    }

    /// The media type of the body without its parameters.
    fn media_type(&self) -> String {
        let full = self.header("content-type").unwrap_or_default();
        full.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// A body that is there is XML and says so.
    fn xml(&self) -> Result<&str> {
        let is_xml = matches!(self.media_type().as_str(), "application/xml" | "text/xml");
        if self.body.trim().is_empty() || is_xml {
            return Ok(self.body);
        }
        Err(DavError::plain(415, "The body has to be application/xml or text/xml."))
    }
}
