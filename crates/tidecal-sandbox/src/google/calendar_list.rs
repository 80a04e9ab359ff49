//! `calendarList.list`: the calendars a person sees, in pages and by sync token.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Reply;
use super::call::Call;
use super::cursor::{self, PageToken, SyncToken};
use super::errors::ApiError;
use super::list::Position;
use super::page::{self, Scan};
use super::{fields, query::Query};
use crate::data::calendar::Role;
use crate::data::event::etag_text;
use crate::data::listing::{Entry, Listing};
use crate::random::digest;
use crate::state::World;

const DEFAULT_PAGE: usize = 100;
const LARGEST_PAGE: usize = 250;
/// What tokens of this list are of.
const OF: &str = "calendarList";

struct Filter {
    min_role: Option<Role>,
    show_deleted: bool,
    show_hidden: bool,
    /// Lower bound of change numbers in a delta.
    since: Option<u64>,
}

impl Filter {
    fn read(query: &Query, since: Option<u64>) -> Result<Self, ApiError> {
        let min_role = match query.get("minAccessRole") {
            None => None,
            Some(name) => Some(
                Role::named(name)
                    .ok_or_else(|| ApiError::parameter("minAccessRole", format!("Invalid string value: '{name}'.")))?,
            ),
        };
        query.flag("showOwnOrganizationOnly")?;
        Ok(Self {
            min_role,
            show_deleted: query.flag("showDeleted")?.unwrap_or(false),
            show_hidden: query.flag("showHidden")?.unwrap_or(false),
            since,
        })
    }

    fn admits(&self, entry: &Entry) -> bool {
        match self.since {
            // a delta always includes deleted and hidden entries
            Some(since) => entry.seq > since,
            None => {
                self.min_role.is_none_or(|min| entry.role >= min)
                    && (self.show_deleted || !entry.deleted)
                    && (self.show_hidden || !entry.hidden)
            }
        }
    }
}

pub(crate) fn list(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    let empty = Listing::default();
    let listing = world.listings.get(&call.account).unwrap_or(&empty);
    let token = sync_token(world, call, listing)?;
    let filter = Filter::read(&call.query, token.map(|token| token.seq))?;
    let asked = call.query.number("maxResults")?.unwrap_or(DEFAULT_PAGE).min(LARGEST_PAGE);
    let position = position(world, call, listing)?;
    let etag = etag_text(listing.etag);
    if call.has_version(&etag) && filter.since.is_none() {
        return Ok(Reply::NotModified { etag });
    }
    let scan = Scan::new(&position, page::limit(asked, &world.switches), &world.switches);
    let (after, repeats) = (scan.after.clone(), scan.repeats);
    let candidates = listing
        .entries
        .iter()
        .filter(|(id, _)| if repeats { **id >= after } else { after.is_empty() || **id > after })
        .filter(|(_, entry)| filter.admits(entry))
        .map(|(id, entry)| (id.clone(), shown(world, id, entry)));
    let page = scan.cut(candidates, |entry| -> Arc<str> { entry.to_string().into() });
    let mut head = json!({"kind": "calendar#calendarList", "etag": etag});
    match page.next {
        Some(after) => head["nextPageToken"] = json!(next_page_token(world, call, &position, after)),
        None => head["nextSyncToken"] = json!(next_sync_token(world, call, listing, position.seq)),
    }
    let text = page::with_items(&head, &page.items);
    let text = if fields::is_partial(&call.query) {
        let whole = serde_json::from_str(&text).unwrap_or_default();
        fields::apply(&call.query, whole)?.to_string()
    } else {
        text
    };
    Ok(Reply::Json { text, etag: Some(etag) })
}

fn shown(world: &World, id: &str, entry: &Entry) -> Value {
    match world.calendars.get(id).filter(|_| !entry.deleted) {
        Some(calendar) => entry.json(calendar),
        None => entry.tombstone(id),
    }
}

fn next_page_token(world: &World, call: &Call, position: &Position, after: String) -> String {
    let token = PageToken {
        of: OF.to_owned(),
        account: call.account.clone(),
        bound: bound(&call.query),
        seq: position.seq,
        page: position.page + 1,
        after,
    };
    cursor::seal(world.config.seed, &token)
}

fn next_sync_token(world: &World, call: &Call, listing: &Listing, seq: u64) -> String {
    let token = SyncToken {
        of: OF.to_owned(),
        account: call.account.clone(),
        bound: String::new(),
        seq,
        generation: listing.token_generation,
        issued: world.now().as_second(),
        time_min: None,
        time_max: None,
    };
    cursor::seal(world.config.seed, &token)
}

fn sync_token(world: &World, call: &Call, listing: &Listing) -> Result<Option<SyncToken>, ApiError> {
    let Some(text) = call.query.get("syncToken") else {
        return Ok(None);
    };
    let excluded = ["minAccessRole", "showOwnOrganizationOnly"];
    if let Some(name) = excluded.into_iter().find(|name| call.query.get(name).is_some()) {
        let message = format!("Sync token cannot be used with the parameter {name}.");
        return Err(ApiError::bad_request(message).at_parameter(name));
    }
    for name in ["showDeleted", "showHidden"] {
        if call.query.flag(name)? == Some(false) {
            let message = format!("Sync token cannot be used with {name} set to false.");
            return Err(ApiError::bad_request(message).at_parameter(name));
        }
    }
    let token: SyncToken = cursor::open(world.config.seed, text).ok_or_else(ApiError::bad_sync_token)?;
    if token.of != OF || token.account != call.account {
        return Err(ApiError::bad_sync_token());
    }
    let too_old =
        world.switches.sync_token_lifetime_seconds.is_some_and(|life| world.now().as_second() - token.issued > life);
    if too_old || token.generation != listing.token_generation || token.seq > listing.seq {
        return Err(ApiError::full_sync_required());
    }
    Ok(Some(token))
}

fn position(world: &World, call: &Call, listing: &Listing) -> Result<Position, ApiError> {
    let Some(text) = call.query.get("pageToken") else {
        return Ok(Position { seq: listing.seq, page: 0, after: String::new() });
    };
    cursor::open::<PageToken>(world.config.seed, text)
        .filter(|token| token.of == OF && token.account == call.account && token.bound == bound(&call.query))
        .map(|token| Position { seq: token.seq, page: token.page, after: token.after })
        .ok_or_else(|| ApiError::invalid("Invalid page token value.").at_parameter("pageToken"))
}

fn bound(query: &Query) -> String {
    let names = ["minAccessRole", "showDeleted", "showHidden", "syncToken"];
    digest(&names.map(|name| query.get(name).unwrap_or_default()).join(";"))
}
