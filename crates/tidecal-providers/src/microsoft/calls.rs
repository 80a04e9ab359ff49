//! Requests to Graph as values, and readings of their answers. Nothing here sends.
//!
//! Every request says the same of how it wants to be answered (`Prefer`): immutable ids, times in
//! UTC, pages of a fixed size. Links do not remember that.

use bytes::Bytes;
use http::Method;
use http::header::{ACCEPT, AUTHORIZATION, HeaderName, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use tidecal_core::remote::{AccessRole, RemoteAccount, RemoteCalendar};
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::cursor::Stretch;
use super::map::{KEY, MARK};
use super::wire::{CalendarEntry, Collection, User};

/// Events of a page.
const PER_PAGE: u32 = 500;
/// Most entries of a page of any collection.
const MOST_PER_PAGE: &str = "999";
const PREFER: HeaderName = HeaderName::from_static("prefer");

/// What single events are asked for: a list must be given, for only then cancelled occurrences and
/// exceptions come along.
const FIELDS: &str = "id,changeKey,type,seriesMasterId,transactionId,iCalUId,subject,body,isAllDay,isCancelled,\
    isOrganizer,start,end,originalStart,originalStartTimeZone,originalEndTimeZone,location,locations,sensitivity,\
    showAs,importance,recurrence,attendees,hideAttendees,organizer,responseStatus,responseRequested,isReminderOn,\
    reminderMinutesBeforeStart,categories,hasAttachments,webLink,isOnlineMeeting,onlineMeetingProvider,onlineMeeting,\
    onlineMeetingUrl,createdDateTime,lastModifiedDateTime,allowNewTimeProposals,cancelledOccurrences";

/// What a listing that is only compared needs.
const VERSIONS: &str = "id,changeKey,type,seriesMasterId";

/// The API's root and the token that opens it.
#[derive(Clone, Copy)]
pub(super) struct Way<'a> {
    /// `https://graph.microsoft.com/v1.0/`, with a trailing slash.
    pub(super) base: &'a Url,
    pub(super) token: &'a SecretString,
}

/// `Prefer` of every request, members of a batch included.
pub(super) fn prefer() -> String {
    format!(
        "IdType=\"ImmutableId\", outlook.timezone=\"UTC\", outlook.body-content-type=\"html\", odata.maxpagesize={PER_PAGE}"
    )
}

impl Way<'_> {
    /// A request to a path below the root, or to a whole link.
    /// `version`: the write counts only for that one.
    pub(super) fn request(
        &self,
        (method, to, body): (Method, &str, Bytes),
        version: Option<&str>,
    ) -> Result<http::Request<Bytes>, http::Error> {
        let address = if to.starts_with("http") { to.to_owned() } else { format!("{}{to}", self.base) };
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", self.token.expose_secret()))?;
        bearer.set_sensitive(true);
        let mut request = http::Request::builder()
            .method(method)
            .uri(address)
            .header(AUTHORIZATION, bearer)
            .header(ACCEPT, "application/json")
            .header(PREFER, prefer());
        if !body.is_empty() {
            request = request.header(http::header::CONTENT_TYPE, "application/json");
        }
        if let Some(version) = version {
            request = request.header(http::header::IF_MATCH, version);
        }
        request.body(body)
    }

    /// A link that Graph sent, if the token may go there: it must lead below our own root.
    pub(super) fn trusted(&self, link: &str) -> bool {
        Url::parse(link).is_ok_and(|url| {
            url.origin() == self.base.origin() && url.path().starts_with(self.base.path()) && url.username().is_empty()
        })
    }
}

/// One path segment.
fn segment(id: &str) -> String {
    byte_serialize(id.as_bytes()).collect::<String>().replace('+', "%20")
}

fn query(pairs: &[(&str, &str)]) -> String {
    // `$` and `,` stand for themselves, and not every server reads `+` as a space.
    let query = Serializer::new(String::new()).extend_pairs(pairs).finish();
    query.replace("%24", "$").replace("%2C", ",").replace('+', "%20")
}

fn bounds(stretch: &Stretch) -> (String, String) {
    (stretch.from.to_string(), stretch.to.to_string())
}

pub(super) const ACCOUNT: &str = "me?$select=id,displayName,mail,userPrincipalName";

/// The account's calendars.
pub(super) fn calendars() -> String {
    format!("me/calendars?{}", query(&[("$top", "100")]))
}

/// One calendar: whether it can be read, and whose it is.
pub(super) fn calendar(id: &str) -> String {
    format!("me/calendars/{}?{}", segment(id), query(&[("$select", "id,name,owner,canEdit")]))
}

/// The first page of a stretch by delta; no other parameter is allowed.
pub(super) fn delta(calendar: &str, stretch: &Stretch) -> String {
    let (from, to) = bounds(stretch);
    let parameters = query(&[("startDateTime", &from), ("endDateTime", &to)]);
    format!("me/calendars/{}/calendarView/delta?{parameters}", segment(calendar))
}

/// The first page of a stretch by listing, with everything.
pub(super) fn view(calendar: &str, stretch: &Stretch) -> String {
    let (from, to) = bounds(stretch);
    let parameters = query(&[("startDateTime", &from), ("endDateTime", &to), ("$top", &PER_PAGE.to_string())]);
    format!("me/calendars/{}/calendarView?{parameters}", segment(calendar))
}

/// The same, with versions alone.
pub(super) fn versions(calendar: &str, stretch: &Stretch) -> String {
    let (from, to) = bounds(stretch);
    let parameters =
        query(&[("startDateTime", &from), ("endDateTime", &to), ("$select", VERSIONS), ("$top", MOST_PER_PAGE)]);
    format!("me/calendars/{}/calendarView?{parameters}", segment(calendar))
}

/// Path of an event.
pub(super) fn event_path(calendar: &str, id: &str) -> String {
    format!("me/calendars/{}/events/{}", segment(calendar), segment(id))
}

/// One event with everything that belongs to it.
pub(super) fn event(calendar: &str, id: &str) -> String {
    let expand = format!("singleValueExtendedProperties($filter=id eq '{MARK}'),exceptionOccurrences");
    format!("{}?{}", event_path(calendar, id), query(&[("$select", FIELDS), ("$expand", &expand)]))
}

/// Where new events go.
pub(super) fn events(calendar: &str) -> String {
    format!("me/calendars/{}/events", segment(calendar))
}

/// The copy with that key.
pub(super) fn by_key(calendar: &str, key: &str) -> String {
    let key = key.replace('\'', "''");
    let filter = format!("singleValueExtendedProperties/any(ep: ep/id eq '{KEY}' and ep/value eq '{key}')");
    format!("{}?{}", events(calendar), query(&[("$filter", &filter), ("$select", "id"), ("$top", "2")]))
}

/// The body of an event alone.
pub(super) fn body_of(calendar: &str, id: &str) -> String {
    format!("{}?{}", event_path(calendar, id), query(&[("$select", "id,body")]))
}

/// Occurrences and exceptions of a series.
pub(super) fn instances(calendar: &str, id: &str, stretch: &Stretch) -> String {
    let (from, to) = bounds(stretch);
    let parameters = query(&[("startDateTime", &from), ("endDateTime", &to), ("$top", &PER_PAGE.to_string())]);
    format!("{}/instances?{parameters}", event_path(calendar, id))
}

pub(super) fn parse_account(body: &[u8]) -> Result<RemoteAccount, String> {
    let user: User = serde_json::from_slice(body).map_err(|wrong| wrong.to_string())?;
    let subject = user.id.filter(|id| !id.is_empty()).ok_or("id: missing")?;
    let email = user.mail.filter(|mail| !mail.is_empty()).or(user.user_principal_name).unwrap_or_default();
    Ok(RemoteAccount { subject, email, name: user.display_name.unwrap_or_default() })
}

/// Calendars of a page, and the link of the next one.
pub(super) fn parse_calendars(body: &[u8]) -> Result<(Vec<RemoteCalendar>, Option<String>), String> {
    let list: Collection<'_> = serde_json::from_slice(body).map_err(|wrong| wrong.to_string())?;
    let entries = list.value.ok_or("value: missing")?;
    let read = |raw: &&serde_json::value::RawValue| serde_json::from_str::<CalendarEntry>(raw.get()).ok();
    Ok((entries.iter().filter_map(read).filter_map(remote_calendar).collect(), list.next_link))
}

fn remote_calendar(entry: CalendarEntry) -> Option<RemoteCalendar> {
    let id = entry.id.filter(|id| !id.is_empty())?;
    let hex = entry.hex_color.filter(|color| is_color(color)).map(|color| color.to_lowercase());
    Some(RemoteCalendar {
        name: entry.name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| id.clone()),
        description: String::new(),
        color: hex.or_else(|| preset(entry.color.as_deref()).map(str::to_owned)),
        zone: None,
        access: if entry.can_edit == Some(true) { AccessRole::Writer } else { AccessRole::Reader },
        primary: entry.is_default_calendar == Some(true),
        id,
    })
}

fn is_color(text: &str) -> bool {
    text.len() == 7 && text.starts_with('#') && text[1..].bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Outlook's presets, as it shows them.
fn preset(name: Option<&str>) -> Option<&'static str> {
    Some(match name? {
        "lightBlue" => "#a6d1f5",
        "lightGreen" => "#87d28e",
        "lightOrange" => "#fcab73",
        "lightGray" => "#c0c0c0",
        "lightYellow" => "#fdee65",
        "lightTeal" => "#4adacc",
        "lightPink" => "#f08cc0",
        "lightBrown" => "#cba287",
        "lightRed" => "#ff8a8f",
        _ => return None,
    })
}

/// Whose mailbox a calendar is in, in lower case; empty if it is not said.
pub(super) fn parse_owner(body: &[u8]) -> Result<String, String> {
    let entry: CalendarEntry = serde_json::from_slice(body).map_err(|wrong| wrong.to_string())?;
    Ok(entry.owner.and_then(|owner| owner.address).unwrap_or_default().to_lowercase())
}

#[cfg(test)]
#[path = "calls_tests.rs"]
mod tests;
