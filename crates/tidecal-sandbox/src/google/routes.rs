//! The routes of Calendar v3: methods and paths are the contract's, this file says what answers them.
//!
//! The same names serve faults and ledger. A method of the contract without a handler answers 501.

use std::sync::LazyLock;

use http::Method;

use super::call::Call;
use super::errors::ApiError;
use super::{Reply, calendar_list, calendars, delete, get, import, insert, instances, list, moving, patch, quick_add};
use super::{acl, colors, contract, free_busy, settings, subscription, update, watch};
use crate::state::World;

type Handler = fn(&mut World, &Call) -> Result<Reply, ApiError>;

/// The operation of a batch of requests, which is no method of the contract.
pub(crate) const BATCH: &str = "batch";
/// Path of batches.
pub(crate) const BATCH_PATH: &str = "/batch/calendar/v3";

/// One method of the API.
pub(crate) struct Route {
    method: Method,
    /// Path below `/calendar/v3/`; segments in braces are parameters.
    path: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) handler: Option<Handler>,
}

impl Route {
    /// Accepted scopes without prefix.
    pub(crate) fn scopes(&self) -> &'static [String] {
        contract::method(self.operation).map_or(&[], |method| &method.scopes)
    }
}

fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "acl.delete" => acl::delete,
        "acl.get" => acl::get,
        "acl.insert" => acl::insert,
        "acl.list" => acl::list,
        "acl.patch" | "acl.update" => acl::change,
        "acl.watch" => watch::acl,
        "calendarList.delete" => subscription::delete,
        "calendarList.get" => subscription::get,
        "calendarList.insert" => subscription::insert,
        "calendarList.list" => calendar_list::list,
        "calendarList.patch" => subscription::patch,
        "calendarList.update" => subscription::update,
        "calendarList.watch" => watch::calendar_list,
        "calendars.clear" => calendars::clear,
        "calendars.delete" => calendars::delete,
        "calendars.get" => calendars::get,
        "calendars.insert" => calendars::insert,
        "calendars.patch" => calendars::patch,
        "calendars.update" => calendars::update,
        "channels.stop" => watch::stop,
        "colors.get" => colors::get,
        "events.delete" => delete::delete,
        "events.get" => get::get,
        "events.import" => import::import,
        "events.insert" => insert::insert,
        "events.instances" => instances::instances,
        "events.list" => list::list,
        "events.move" => moving::relocate,
        "events.patch" => patch::patch,
        "events.quickAdd" => quick_add::add,
        "events.update" => update::update,
        "events.watch" => watch::events,
        "freebusy.query" => free_busy::query,
        "settings.get" => settings::get,
        "settings.list" => settings::list,
        "settings.watch" => watch::settings,
        _ => return None,
    })
}

static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| {
    let mut routes: Vec<Route> = contract::methods()
        .filter_map(|(operation, own)| {
            let method = own.method.parse().ok()?;
            Some(Route { method, path: &own.path, operation, handler: handler(operation) })
        })
        .collect();
    routes.push(Route { method: Method::POST, path: BATCH_PATH, operation: BATCH, handler: None });
    // fixed words win over parameters: calendars/x/events/import is no event
    routes.sort_by_key(|route| route.path.matches('{').count());
    routes
});

/// A route with the decoded values of its path parameters.
pub(crate) struct Found {
    pub(crate) route: &'static Route,
    pub(crate) values: Vec<(&'static str, String)>,
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
