//! `events.list`: the rules of its tokens, and the choice between a full list, a delta and an ordered list.

use jiff::{SignedDuration, Timestamp};

use super::call::Call;
use super::cursor::{self, PageToken, SyncToken};
use super::errors::ApiError;
use super::list_query::ListQuery;
use super::page::{self, Envelope, View};
use super::query::Query;
use super::{Reply, delta, expanded, full};
use crate::data::calendar::{Calendar, Role};
use crate::random::digest;
use crate::state::World;
use crate::switches::Switches;

/// How far back `updatedMin` may lie (observed: 20 to 30 days).
const UPDATED_HORIZON: SignedDuration = SignedDuration::from_hours(28 * 24);
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
    let next = next(world, call, &list, token.as_ref(), &position, page.next);
    envelope.reply(&call.query, &page.items, next)
}

/// What follows the page: another one, a sync token, or nothing.
fn next(
    world: &World,
    call: &Call,
    list: &ListQuery,
    former: Option<&SyncToken>,
    position: &Position,
    after: Option<String>,
) -> page::Next {
    let seed = world.config.seed;
    let of = call.calendar_id.clone();
    let account = call.account.clone();
    match after {
        Some(after) => {
            let (bound, page) = (page_bound(&call.query), position.page + 1);
            let token = PageToken { of, account, bound, seq: position.seq, page, after };
            page::Next::Page(cursor::seal(seed, &token))
        }
        None if list.has_no_token() => page::Next::Nothing,
        None => page::Next::Sync(cursor::seal(seed, &next_sync_token(world, call, list, former, position.seq))),
    }
}

pub(crate) fn view(switches: &Switches, calendar: &Calendar, role: Role, list: &ListQuery) -> View {
    View {
        zone: list.zone.clone().filter(|zone| *zone != calendar.zone),
        calendar_zone: calendar.zone.clone(),
        max_attendees: list.max_attendees,
        role,
        sparse: switches.sparse_tombstones,
        bare: switches.bare_tombstones,
    }
}

fn next_sync_token(world: &World, call: &Call, list: &ListQuery, former: Option<&SyncToken>, seq: u64) -> SyncToken {
    let seconds = |instant: Option<Timestamp>| instant.map(Timestamp::as_second);
    SyncToken {
        of: call.calendar_id.clone(),
        account: call.account.clone(),
        bound: sync_bound(&call.query),
        seq,
        generation: world.calendars.get(&call.calendar_id).map_or(0, |calendar| calendar.token_generation),
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
pub(crate) fn page_bound(query: &Query) -> String {
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
