//! `events.list`: parameters and their rules, and the choice between a full list, a delta and an ordered list.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::call::Call;
use super::cursor::{self, PageToken, SyncToken};
use super::errors::ApiError;
use super::page::{self, Envelope, View};
use super::query::Query;
use super::{Reply, delta, expanded, full};
use crate::data::calendar::{Calendar, Role};
use crate::data::event::EVENT_TYPES;
use crate::random::digest;
use crate::state::World;
use crate::switches::Switches;

/// How far back `updatedMin` may lie (observed: 20 to 30 days).
const UPDATED_HORIZON: SignedDuration = SignedDuration::from_hours(28 * 24);
const DEFAULT_PAGE: usize = 250;
const LARGEST_PAGE: usize = 2500;
/// Parameters that a sync token excludes.
const NOT_WITH_SYNC_TOKEN: [&str; 8] = [
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMin",
    "timeMax",
    "updatedMin",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    StartTime,
    Updated,
}

/// The parameters, checked.
#[derive(Debug, Clone)]
pub(crate) struct ListQuery {
    pub(crate) max_results: usize,
    pub(crate) single_events: bool,
    pub(crate) show_deleted: Option<bool>,
    pub(crate) time_min: Option<Timestamp>,
    pub(crate) time_max: Option<Timestamp>,
    pub(crate) updated_min: Option<Timestamp>,
    pub(crate) order_by: Option<Order>,
    pub(crate) event_types: Vec<String>,
    pub(crate) zone: Option<TimeZone>,
    pub(crate) max_attendees: Option<usize>,
    /// Free text, lower case.
    pub(crate) q: Option<String>,
    pub(crate) ical_uid: Option<String>,
    pub(crate) private_properties: Vec<(String, String)>,
    pub(crate) shared_properties: Vec<(String, String)>,
}

impl ListQuery {
    pub(crate) fn read(query: &Query) -> Result<Self, ApiError> {
        let order_by = match query.get("orderBy") {
            None => None,
            Some("startTime") => Some(Order::StartTime),
            Some("updated") => Some(Order::Updated),
            Some(other) => {
                let message = format!("Invalid string value: '{other}'. Allowed values: [startTime, updated]");
                return Err(ApiError::parameter("orderBy", message));
            }
        };
        let event_types = query.all("eventTypes");
        if let Some(unknown) = event_types.iter().find(|own| !EVENT_TYPES.contains(&own.as_str())) {
            let message = format!("Invalid string value: '{unknown}'.");
            return Err(ApiError::parameter("eventTypes", message));
        }
        query.flag("showHiddenInvitations")?;
        let list = Self {
            max_results: query.number("maxResults")?.unwrap_or(DEFAULT_PAGE).min(LARGEST_PAGE),
            single_events: query.flag("singleEvents")?.unwrap_or(false),
            show_deleted: query.flag("showDeleted")?,
            time_min: query.instant("timeMin")?,
            time_max: query.instant("timeMax")?,
            updated_min: query.instant("updatedMin")?,
            order_by,
            event_types,
            zone: query.zone("timeZone")?,
            max_attendees: query.number("maxAttendees")?,
            q: query.get("q").filter(|q| !q.is_empty()).map(str::to_lowercase),
            ical_uid: query.get("iCalUID").map(ToOwned::to_owned),
            private_properties: properties(query, "privateExtendedProperty")?,
            shared_properties: properties(query, "sharedExtendedProperty")?,
        };
        if let (Some(min), Some(max)) = (list.time_min, list.time_max)
            && max <= min
        {
            return Err(ApiError::range_empty());
        }
        if list.order_by == Some(Order::StartTime) && !list.single_events {
            return Err(ApiError::bad_request("The requested ordering is not available for the particular query."));
        }
        Ok(list)
    }

    /// Whether a filter is set that no sync token can carry: such a list ends without one.
    fn has_no_token(&self) -> bool {
        self.order_by.is_some()
            || self.updated_min.is_some()
            || self.q.is_some()
            || self.ical_uid.is_some()
            || !self.private_properties.is_empty()
            || !self.shared_properties.is_empty()
    }
}

fn properties(query: &Query, name: &str) -> Result<Vec<(String, String)>, ApiError> {
    query
        .all(name)
        .into_iter()
        .map(|text| match text.split_once('=') {
            Some((key, value)) => Ok((key.to_owned(), value.to_owned())),
            None => Err(ApiError::invalid(format!("Invalid value: {text}")).at_parameter(name)),
        })
        .collect()
}

/// Where a page begins, from the page token or at the start.
#[derive(Debug, Clone)]
pub(crate) struct Position {
    /// The change that the first page started at.
    pub(crate) seq: u64,
    pub(crate) page: u32,
    pub(crate) after: String,
}

pub(crate) fn list(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    let (calendar, role) = call.calendar(world)?;
    let list = ListQuery::read(&call.query)?;
    if let Some(min) = list.updated_min {
        check_horizon(world, min)?;
    }
    let token = sync_token(world, call, calendar)?;
    let position = position(world, call, calendar)?;
    let envelope = Envelope::of(world, call, calendar, role);
    if call.has_version(&envelope.etag) && token.is_none() {
        return Ok(Reply::NotModified { etag: envelope.etag });
    }
    let view = view(&world.switches, calendar, role, &list);
    let limit = page::limit(list.max_results, &world.switches);
    let scan = page::Scan::new(&position, limit, &world.switches);
    let page = match (&token, list.order_by) {
        (Some(token), _) => {
            let keeps_window = world.switches.delta_keeps_window;
            let since = delta::Since { token, upto: position.seq, keeps_window };
            delta::page(calendar, &list, &since, scan, &view)
        }
        (None, None) if !list.single_events => full::page(calendar, &list, scan, &view),
        (None, _) => expanded::page(calendar, &list, scan, &view),
    };
    let seed = world.config.seed;
    let next = match page.next {
        Some(after) => page::Next::Page(cursor::seal(
            seed,
            &PageToken {
                of: calendar.id.clone(),
                account: call.account.clone(),
                bound: page_bound(&call.query),
                seq: position.seq,
                page: position.page + 1,
                after,
            },
        )),
        None if list.has_no_token() => page::Next::Nothing,
        None => {
            let next = next_sync_token(world, call, calendar, &list, token.as_ref(), position.seq);
            page::Next::Sync(cursor::seal(seed, &next))
        }
    };
    envelope.reply(&call.query, &page.items, next)
}

fn view(switches: &Switches, calendar: &Calendar, role: Role, list: &ListQuery) -> View {
    View {
        zone: list.zone.clone().filter(|zone| *zone != calendar.zone),
        calendar_zone: calendar.zone.clone(),
        max_attendees: list.max_attendees,
        role,
        sparse: switches.sparse_tombstones,
        bare: switches.bare_tombstones,
    }
}

fn next_sync_token(
    world: &World,
    call: &Call,
    calendar: &Calendar,
    list: &ListQuery,
    former: Option<&SyncToken>,
    seq: u64,
) -> SyncToken {
    let seconds = |instant: Option<Timestamp>| instant.map(Timestamp::as_second);
    SyncToken {
        of: calendar.id.clone(),
        account: call.account.clone(),
        bound: sync_bound(&call.query),
        seq,
        generation: calendar.token_generation,
        issued: world.now().as_second(),
        time_min: former.map_or(seconds(list.time_min), |token| token.time_min),
        time_max: former.map_or(seconds(list.time_max), |token| token.time_max),
    }
}

/// Checks and opens the sync token: 400 for what was never one of this list, 410 for what is one no longer.
fn sync_token(world: &World, call: &Call, calendar: &Calendar) -> Result<Option<SyncToken>, ApiError> {
    let Some(text) = call.query.get("syncToken") else {
        return Ok(None);
    };
    if let Some(name) = NOT_WITH_SYNC_TOKEN.into_iter().find(|name| call.query.get(name).is_some()) {
        let message = format!("Sync token cannot be used with the parameter {name}.");
        return Err(ApiError::bad_request(message).at_parameter(name));
    }
    if call.query.flag("showDeleted")? == Some(false) {
        let message = "Sync token cannot be used with showDeleted set to false.";
        return Err(ApiError::bad_request(message).at_parameter("showDeleted"));
    }
    let token: SyncToken = cursor::open(world.config.seed, text).ok_or_else(ApiError::bad_sync_token)?;
    let ours = token.of == calendar.id && token.account == call.account && token.bound == sync_bound(&call.query);
    if !ours {
        return Err(ApiError::bad_sync_token());
    }
    let too_old =
        world.switches.sync_token_lifetime_seconds.is_some_and(|life| world.now().as_second() - token.issued > life);
    if too_old || token.generation != calendar.token_generation || token.seq > calendar.seq {
        return Err(ApiError::full_sync_required());
    }
    Ok(Some(token))
}

fn position(world: &World, call: &Call, calendar: &Calendar) -> Result<Position, ApiError> {
    let Some(text) = call.query.get("pageToken") else {
        return Ok(Position { seq: calendar.seq, page: 0, after: String::new() });
    };
    let token: Option<PageToken> = cursor::open(world.config.seed, text);
    match token {
        Some(token)
            if token.of == calendar.id && token.account == call.account && token.bound == page_bound(&call.query) =>
        {
            Ok(Position { seq: token.seq, page: token.page, after: token.after })
        }
        _ => Err(ApiError::invalid("Invalid page token value.").at_parameter("pageToken")),
    }
}

fn check_horizon(world: &World, min: Timestamp) -> Result<(), ApiError> {
    if world.now().duration_since(min) > UPDATED_HORIZON {
        return Err(ApiError::of_reason("updatedMinTooLongAgo", None).at_parameter("updatedMin"));
    }
    Ok(())
}

/// The parameters that must be the same from page to page.
fn page_bound(query: &Query) -> String {
    let free = ["pageToken", "maxResults", "fields", "alt", "prettyPrint", "key", "quotaUser"];
    bound(query, |name| !free.contains(&name))
}

/// The parameters that must be the same from sync to sync.
fn sync_bound(query: &Query) -> String {
    let kept = ["eventTypes", "singleEvents", "showHiddenInvitations"];
    bound(query, |name| kept.contains(&name))
}

fn bound(query: &Query, is_bound: impl Fn(&str) -> bool) -> String {
    let mut names: Vec<&str> = query.names().filter(|name| is_bound(name)).collect();
    names.sort_unstable();
    names.dedup();
    let mut text = String::new();
    for name in names {
        let mut values = query.all(name);
        values.sort_unstable();
        // leaving a flag out and setting it to its default is the same request
        if values == ["false"] {
            continue;
        }
        text.push_str(&format!("{name}={values:?};"));
    }
    digest(&text)
}
