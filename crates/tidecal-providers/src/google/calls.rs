//! Requests of the Calendar API as values: each has `request()` and, where there is something to
//! read, `parse()`. Nothing here sends.
//!
//! Lists are read with `singleEvents=false&showDeleted=true` (series as rules and exceptions,
//! removals named) and repeat every parameter on every page, as the API demands.

use std::borrow::Cow;

use bytes::Bytes;
use http::Method;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, IF_MATCH, USER_AGENT};
use http::request::Builder;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use tidecal_core::remote::{
    AccessRole, Cursor, Next, Page, PageQuery, PageToken, Reading, RemoteAccount, RemoteCalendar, RemoteChange,
};
use tidecal_ical::RecurrenceId;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::map::{change, unreadable};
use super::time::Zones;
use super::wire::{CalendarEntry, CalendarList, EventList, Userinfo};

/// Most events of a page that the API takes.
const EVENTS_PER_PAGE: &str = "2500";
/// Most entries of a page of the calendar list.
const CALENDARS_PER_PAGE: &str = "250";
/// Answers are compressed only for clients that say `gzip` here as well.
const AGENT: &str = concat!("Tidecal/", env!("CARGO_PKG_VERSION"), " (gzip)");
/// A cursor is only good for the parameters it was made with: changing them changes this.
const CURSOR_VERSION: &str = "1:";

/// The API's root and the token that opens it.
#[derive(Clone, Copy)]
pub(super) struct Way<'a> {
    /// With a trailing slash.
    pub(super) base: &'a str,
    pub(super) token: &'a SecretString,
}

impl Way<'_> {
    fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Result<http::Request<Bytes>, http::Error> {
        self.request(Method::GET, path, parameters)?.body(Bytes::new())
    }

    fn request(&self, method: Method, path: &str, parameters: &[(&str, &str)]) -> Result<Builder, http::Error> {
        let query =
            Serializer::new(String::new()).extend_pairs(parameters).append_pair("prettyPrint", "false").finish();
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", self.token.expose_secret()))?;
        bearer.set_sensitive(true);
        Ok(http::Request::builder()
            .method(method)
            .uri(format!("{}{path}?{query}", self.base))
            .header(AUTHORIZATION, bearer)
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, AGENT))
    }
}

/// One path segment.
fn segment(id: &str) -> String {
    byte_serialize(id.as_bytes()).collect::<String>().replace('+', "%20")
}

/// Whose account it is.
pub(super) struct GetAccount;

impl GetAccount {
    pub(super) fn request(way: Way<'_>) -> Result<http::Request<Bytes>, http::Error> {
        way.get("oauth2/v2/userinfo", &[])
    }

    pub(super) fn parse(body: &[u8]) -> Result<RemoteAccount, String> {
        let person: Userinfo = serde_json::from_slice(body).map_err(|wrong| wrong.to_string())?;
        let subject = person.id.or(person.sub).filter(|id| !id.is_empty()).ok_or("id: missing")?;
        Ok(RemoteAccount { subject, email: person.email.unwrap_or_default(), name: person.name.unwrap_or_default() })
    }
}

/// A page of the account's calendars.
pub(super) struct ListCalendars<'a> {
    pub(super) page: Option<&'a str>,
}

impl ListCalendars<'_> {
    pub(super) fn request(&self, way: Way<'_>) -> Result<http::Request<Bytes>, http::Error> {
        let mut parameters = vec![("maxResults", CALENDARS_PER_PAGE)];
        parameters.extend(self.page.map(|page| ("pageToken", page)));
        way.get("calendar/v3/users/me/calendarList", &parameters)
    }

    /// The calendars and the token of the next page.
    pub(super) fn parse(&self, body: &[u8]) -> Result<(Vec<RemoteCalendar>, Option<String>), String> {
        let list: CalendarList = serde_json::from_slice(body).map_err(|wrong| wrong.to_string())?;
        let next = list.next_page_token.filter(|token| !token.is_empty());
        if next.is_some() && next.as_deref() == self.page {
            return Err("the next page is this one".to_owned());
        }
        Ok((list.items.into_iter().flatten().filter_map(calendar).collect(), next))
    }
}

fn calendar(entry: CalendarEntry) -> Option<RemoteCalendar> {
    let id = entry.id.filter(|id| !id.is_empty() && entry.deleted != Some(true))?;
    let named = |name: Option<String>| name.filter(|name| !name.trim().is_empty());
    Some(RemoteCalendar {
        name: named(entry.summary_override).or_else(|| named(entry.summary)).unwrap_or_else(|| id.clone()),
        description: entry.description.unwrap_or_default(),
        color: entry.background_color.filter(|color| is_color(color)),
        zone: entry.time_zone.filter(|zone| !zone.is_empty()),
        access: access(entry.access_role.as_deref()),
        primary: entry.primary.unwrap_or_default(),
        id,
    })
}

/// A role that is not known is read-only.
fn access(role: Option<&str>) -> AccessRole {
    match role {
        Some("owner" | "writer" | "writerWithoutPrivateAccess") => AccessRole::Writer,
        Some("freeBusyReader") => AccessRole::FreeBusy,
        _ => AccessRole::Reader,
    }
}

fn is_color(text: &str) -> bool {
    text.len() == 7 && text.starts_with('#') && text[1..].bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A page of events.
pub(super) struct ListEvents<'a> {
    pub(super) calendar: &'a str,
    pub(super) query: &'a PageQuery,
}

/// The cursor was not made by this adapter, or with other parameters.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ForeignCursor;

/// What tells one reading from others: bounds in time or a sync token, never both.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bounds(Vec<(&'static str, String)>);

impl ListEvents<'_> {
    pub(super) fn bounds(&self) -> Result<Bounds, ForeignCursor> {
        let whole_seconds = |at: &Timestamp| Timestamp::from_second(at.as_second()).unwrap_or(*at).to_string();
        Ok(Bounds(match &self.query.reading {
            Reading::Full { lower } => vec![("timeMin", whole_seconds(lower))],
            Reading::Range { lower, upper } => {
                vec![("timeMin", whole_seconds(lower)), ("timeMax", whole_seconds(upper))]
            }
            Reading::Delta { cursor: Cursor(text) } => {
                let token = text.strip_prefix(CURSOR_VERSION).filter(|token| !token.is_empty());
                vec![("syncToken", token.ok_or(ForeignCursor)?.to_owned())]
            }
        }))
    }

    pub(super) fn request(&self, way: Way<'_>, bounds: &Bounds) -> Result<http::Request<Bytes>, http::Error> {
        let mut parameters = vec![("singleEvents", "false"), ("showDeleted", "true"), ("maxResults", EVENTS_PER_PAGE)];
        parameters.extend(bounds.0.iter().map(|(name, value)| (*name, value.as_str())));
        parameters.extend(self.query.token.as_ref().map(|PageToken(token)| ("pageToken", token.as_str())));
        way.get(&format!("calendar/v3/calendars/{}/events", segment(self.calendar)), &parameters)
    }

    pub(super) fn parse(&self, body: &[u8]) -> Result<Page, String> {
        // Bytes that are no text cost their item, not the page.
        let (text, damaged) = match std::str::from_utf8(body) {
            Ok(text) => (Cow::Borrowed(text), false),
            Err(_) => (String::from_utf8_lossy(body), true),
        };
        let list: EventList<'_> = serde_json::from_str(&text).map_err(|wrong| wrong.to_string())?;
        let next = self.next(list.next_page_token, list.next_sync_token)?;
        let mut zones = Zones::of_response(list.time_zone.as_deref());
        let read = |item: &serde_json::value::RawValue| {
            let raw = item.get();
            if damaged && raw.contains(char::REPLACEMENT_CHARACTER) {
                return unreadable(raw, "not valid UTF-8");
            }
            change(raw, &mut zones)
        };
        Ok(Page { changes: list.items.into_iter().flatten().map(read).collect(), next })
    }

    /// A page token counts before a sync token; without either the answer is not whole.
    fn next(&self, page: Option<String>, sync: Option<String>) -> Result<Next, String> {
        let given = |token: &String| !token.is_empty();
        if let Some(token) = page.filter(given).map(PageToken) {
            if self.query.token.as_ref() == Some(&token) {
                return Err("the next page is this one".to_owned());
            }
            return Ok(Next::Page(token));
        }
        let token = sync.filter(given).ok_or("neither nextPageToken nor nextSyncToken")?;
        Ok(Next::Done(Cursor(format!("{CURSOR_VERSION}{token}"))))
    }
}

/// One event by its id.
pub(super) struct GetEvent<'a> {
    pub(super) calendar: &'a str,
    pub(super) id: &'a str,
}

impl GetEvent<'_> {
    pub(super) fn request(&self, way: Way<'_>) -> Result<http::Request<Bytes>, http::Error> {
        way.get(&format!("calendar/v3/calendars/{}/events/{}", segment(self.calendar), segment(self.id)), &[])
    }

    /// Errors only if the body is no JSON object, that is, not the API's answer.
    pub(super) fn parse(body: &[u8], zones: &mut Zones) -> Result<RemoteChange, String> {
        let text = String::from_utf8_lossy(body);
        let raw: &serde_json::value::RawValue = serde_json::from_str(&text).map_err(|wrong| wrong.to_string())?;
        if !raw.get().starts_with('{') {
            return Err("no JSON object".to_owned());
        }
        // Bytes that are no text cost this event, not the others that were asked for.
        if matches!(text, Cow::Owned(_)) {
            return Ok(unreadable(raw.get(), "not valid UTF-8"));
        }
        Ok(change(raw.get(), zones))
    }
}

/// A version that was made of the content, because the vendor sent none.
pub(super) fn is_own_version(version: &str) -> bool {
    version.starts_with("sha256:")
}

/// A write about one event (without an id: an insert), or the event as it is.
pub(super) struct WriteEvent<'a> {
    pub(super) method: Method,
    pub(super) calendar: &'a str,
    /// Empty: a new event.
    pub(super) id: &'a str,
    /// The `ETag` that the write rests on; empty: none.
    pub(super) version: &'a str,
    pub(super) guests_are_told: bool,
}

impl WriteEvent<'_> {
    pub(super) fn request(&self, way: Way<'_>, body: Option<Bytes>) -> Result<http::Request<Bytes>, http::Error> {
        let mut path = format!("calendar/v3/calendars/{}/events", segment(self.calendar));
        if !self.id.is_empty() {
            path = format!("{path}/{}", segment(self.id));
        }
        let told = [("sendUpdates", if self.guests_are_told { "all" } else { "none" })];
        let parameters: &[(&str, &str)] = if self.method == Method::GET { &[] } else { &told };
        let mut request = way.request(self.method.clone(), &path, parameters)?;
        // A version of our own making guards nothing: the vendor sent none.
        if !self.version.is_empty() && !is_own_version(self.version) {
            request = request.header(IF_MATCH, self.version);
        }
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        request.body(body.unwrap_or_default())
    }
}

/// The instance of a series at an occurrence.
pub(super) struct FindInstance<'a> {
    pub(super) calendar: &'a str,
    pub(super) series_id: &'a str,
    pub(super) slot: RecurrenceId,
}

impl FindInstance<'_> {
    pub(super) fn request(&self, way: Way<'_>) -> Result<http::Request<Bytes>, http::Error> {
        let original = match self.slot {
            RecurrenceId::Date(date) => date.to_string(),
            RecurrenceId::Utc(at) => at.to_string(),
            RecurrenceId::Floating(at) => format!("{}Z", at.strftime("%Y-%m-%dT%H:%M:%S")),
        };
        let (calendar, series) = (segment(self.calendar), segment(self.series_id));
        let path = format!("calendar/v3/calendars/{calendar}/events/{series}/instances");
        way.get(&path, &[("originalStart", &original), ("showDeleted", "true"), ("maxResults", "1")])
    }

    /// Id and `ETag`, if there is such an occurrence.
    pub(super) fn parse(body: &[u8]) -> Result<Option<(String, String)>, String> {
        #[derive(serde::Deserialize)]
        struct Found {
            #[serde(default)]
            items: Vec<Instance>,
        }
        #[derive(serde::Deserialize)]
        struct Instance {
            id: String,
            #[serde(default)]
            etag: String,
        }
        let found: Found = serde_json::from_slice(body).map_err(|wrong| wrong.to_string())?;
        Ok(found.items.into_iter().next().map(|it| (it.id, it.etag)))
    }
}

/// Whether a calendar can be read, and its zone: the smallest request that tells.
pub(super) struct ProbeCalendar<'a> {
    pub(super) calendar: &'a str,
}

impl ProbeCalendar<'_> {
    pub(super) fn request(&self, way: Way<'_>) -> Result<http::Request<Bytes>, http::Error> {
        let path = format!("calendar/v3/calendars/{}/events", segment(self.calendar));
        way.get(&path, &[("maxResults", "1"), ("fields", "timeZone")])
    }

    /// IANA name of the calendar's zone, if it says.
    pub(super) fn parse(body: &[u8]) -> Result<Option<String>, String> {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            time_zone: Option<String>,
        }
        serde_json::from_slice::<Wire>(body).map(|wire| wire.time_zone).map_err(|wrong| wrong.to_string())
    }
}

#[cfg(test)]
#[path = "calls_tests.rs"]
mod tests;
