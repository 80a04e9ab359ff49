//! The table of Calendar v3 routes: one line per method of the contract that is served or known.
//!
//! The same table names operations for faults and ledger, says which scopes a call needs, and which routes answer 501
//! because nobody has needed them yet.

use http::Method;

use super::call::Call;
use super::errors::ApiError;
use super::{Reply, calendar_list, calendars, delete, get, insert, list, patch};
use crate::oauth::scopes::{CALENDARS_READ, EVENTS_READ, EVENTS_WRITE, LIST_READ};
use crate::state::World;

type Handler = fn(&mut World, &Call) -> Result<Reply, ApiError>;

/// One method of the API.
pub(crate) struct Route {
    method: Method,
    /// Path below `/calendar/v3/`; segments in braces are parameters.
    path: &'static str,
    pub(crate) operation: &'static str,
    /// Accepted scopes without prefix; empty where no handler checks them yet.
    pub(crate) scopes: &'static [&'static str],
    pub(crate) handler: Option<Handler>,
}

const fn served(
    method: Method,
    path: &'static str,
    operation: &'static str,
    scopes: &'static [&'static str],
    handler: Handler,
) -> Route {
    Route { method, path, operation, scopes, handler: Some(handler) }
}

const fn known(method: Method, path: &'static str, operation: &'static str) -> Route {
    Route { method, path, operation, scopes: &[], handler: None }
}

const CAL: &str = "calendars/{calendarId}";
const EVENTS: &str = "calendars/{calendarId}/events";
const EVENT: &str = "calendars/{calendarId}/events/{eventId}";
const MY: &str = "users/me/calendarList";
const MY_ONE: &str = "users/me/calendarList/{calendarId}";
const ACL: &str = "calendars/{calendarId}/acl";
const ACL_ONE: &str = "calendars/{calendarId}/acl/{ruleId}";

static ROUTES: [Route; 39] = [
    served(Method::GET, MY, "calendarList.list", LIST_READ, calendar_list::list),
    served(Method::GET, CAL, "calendars.get", CALENDARS_READ, calendars::get),
    served(Method::GET, EVENTS, "events.list", EVENTS_READ, list::list),
    served(Method::GET, EVENT, "events.get", EVENTS_READ, get::get),
    known(Method::GET, MY_ONE, "calendarList.get"),
    known(Method::POST, MY, "calendarList.insert"),
    known(Method::PATCH, MY_ONE, "calendarList.patch"),
    known(Method::PUT, MY_ONE, "calendarList.update"),
    known(Method::DELETE, MY_ONE, "calendarList.delete"),
    known(Method::POST, "users/me/calendarList/watch", "calendarList.watch"),
    known(Method::POST, "calendars", "calendars.insert"),
    known(Method::PATCH, CAL, "calendars.patch"),
    known(Method::PUT, CAL, "calendars.update"),
    known(Method::DELETE, CAL, "calendars.delete"),
    known(Method::POST, "calendars/{calendarId}/clear", "calendars.clear"),
    known(Method::POST, "calendars/{calendarId}/transferOwnership", "calendars.transferOwnership"),
    known(Method::PUT, EVENT, "events.update"),
    known(Method::POST, "calendars/{calendarId}/events/import", "events.import"),
    known(Method::POST, "calendars/{calendarId}/events/quickAdd", "events.quickAdd"),
    known(Method::POST, "calendars/{calendarId}/events/watch", "events.watch"),
    known(Method::GET, "calendars/{calendarId}/events/{eventId}/instances", "events.instances"),
    known(Method::POST, "calendars/{calendarId}/events/{eventId}/move", "events.move"),
    known(Method::POST, "channels/stop", "channels.stop"),
    known(Method::GET, "colors", "colors.get"),
    known(Method::POST, "freeBusy", "freebusy.query"),
    known(Method::GET, ACL, "acl.list"),
    known(Method::POST, ACL, "acl.insert"),
    known(Method::POST, "calendars/{calendarId}/acl/watch", "acl.watch"),
    known(Method::GET, ACL_ONE, "acl.get"),
    known(Method::PATCH, ACL_ONE, "acl.patch"),
    known(Method::PUT, ACL_ONE, "acl.update"),
    known(Method::DELETE, ACL_ONE, "acl.delete"),
    known(Method::GET, "users/me/settings", "settings.list"),
    known(Method::GET, "users/me/settings/{setting}", "settings.get"),
    known(Method::POST, "users/me/settings/watch", "settings.watch"),
    known(Method::POST, "/batch/calendar/v3", "batch"),
    served(Method::POST, EVENTS, "events.insert", EVENTS_WRITE, insert::insert),
    served(Method::PATCH, EVENT, "events.patch", EVENTS_WRITE, patch::patch),
    served(Method::DELETE, EVENT, "events.delete", EVENTS_WRITE, delete::delete),
];

/// A route with the decoded values of its path parameters.
pub(crate) struct Found {
    pub(crate) route: &'static Route,
    values: Vec<(&'static str, String)>,
}

impl Found {
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn calendar_id(&self) -> Option<&str> {
        self.value("calendarId")
    }
}

/// Names of all operations of the API.
pub(crate) fn operations() -> impl Iterator<Item = &'static str> + Clone {
    ROUTES.iter().map(|route| route.operation)
}

/// The route of a request.
pub(crate) fn find(method: &Method, path: &str) -> Option<Found> {
    let below = path.strip_prefix("/calendar/v3/").map(|rest| rest.trim_end_matches('/'));
    ROUTES.iter().filter(|route| route.method == *method).find_map(|route| {
        let values = match (route.path.starts_with('/'), below) {
            (true, _) => (route.path == path).then(Vec::new)?,
            (false, below) => matched(route.path, below?)?,
        };
        Some(Found { route, values })
    })
}

fn matched(pattern: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
    let mut values = Vec::new();
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(values),
            (Some(part), Some(text)) if !text.is_empty() => {
                match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                    Some(name) => values.push((name, decoded(text)?)),
                    None if part == text => {}
                    None => return None,
                }
            }
            _ => return None,
        }
    }
}

/// Percent-decoding of one path segment; `None` when it is no UTF-8.
pub(crate) fn decoded(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = (*first == b'%')
            .then(|| std::str::from_utf8(after.get(..2)?).ok())
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match escaped {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calendar_ids_are_decoded_and_fixed_words_win_over_parameters() {
        let found = find(&Method::GET, "/calendar/v3/calendars/en.x%23holiday%40group/events").unwrap();
        assert_eq!(found.route.operation, "events.list");
        assert_eq!(found.calendar_id(), Some("en.x#holiday@group"));
        let found = find(&Method::POST, "/calendar/v3/calendars/a/events/import").unwrap();
        assert_eq!(found.route.operation, "events.import");
        assert!(find(&Method::GET, "/calendar/v3/calendars/a/nothing").is_none());
        assert!(find(&Method::GET, "/calendar/v3/calendars//events").is_none());
    }
}
