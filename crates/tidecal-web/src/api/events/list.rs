//! `GET /api/calendar/events`

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tidecal_ical::{Range, Zone};
use tidecal_store::{TenantScope, View};
use utoipa::{IntoParams, ToSchema};

use super::instance::Instance;
use super::listing::{Key, Listed, Listing};
use super::page::Position;
use crate::auth::Caller;
use crate::input::{Params, instant, is_possible_id, number};
use crate::problem::Problem;
use crate::state::WebState;

const USUAL: usize = 200;
const MOST: usize = 1000;

/// Longest window: two years and a bit.
const LONGEST_DAYS: i64 = 750;

/// Longest window that is expanded at once: a view of a month, six weeks.
const PIECE_DAYS: i64 = 42;

/// Rows that it may be expanded from.
const MOST_ROWS: i64 = 50_000;

/// A calendar's dates begin at its own midnight, which may lie this far from UTC's.
const MIDNIGHTS: SignedDuration = SignedDuration::from_hours(26);

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventQuery {
    /// First instant (RFC 3339; a date alone is midnight UTC).
    #[param(example = "2026-11-21T00:00:00Z")]
    start: String,
    /// First instant after the window, at most 750 days later.
    #[param(example = "2026-12-21T00:00:00Z")]
    end: String,
    /// This calendar alone.
    calendar_id: Option<String>,
    /// 1 to 1000; 200 if absent.
    limit: Option<String>,
    /// `nextCursor` of the page before.
    cursor: Option<String>,
}

/// A page of instances, sorted by start.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InstancePage {
    items: Vec<Instance>,
    /// Null on the last page.
    next_cursor: Option<String>,
}

/// A query that makes sense.
struct Wanted {
    range: Range,
    calendar: Option<String>,
    limit: usize,
    after: Option<Position>,
}

impl EventQuery {
    fn checked(self) -> Result<Wanted, Problem> {
        let (start, end) = (instant("start", &self.start)?, instant("end", &self.end)?);
        if end <= start {
            return Err(Problem::field("end", "must be later than start"));
        }
        if end.duration_since(start) > SignedDuration::from_hours(24 * LONGEST_DAYS) {
            return Err(Problem::field(
                "end",
                format!("must be at most {LONGEST_DAYS} days after start; ask in parts"),
            ));
        }
        let limit = self.limit.as_deref().map_or(Ok(USUAL), |limit| number("limit", limit, 1..=MOST))?;
        let position = |text: &str| {
            let wrong = "is no nextCursor of this list; leave it out to begin";
            Position::decode(text).ok_or_else(|| Problem::field("cursor", wrong))
        };
        let after = self.cursor.as_deref().map(position).transpose()?;
        Ok(Wanted { range: Range { start, end }, calendar: self.calendar_id, limit, after })
    }
}

/// Events in a window
///
/// Series are expanded; changed occurrences replace the ones they change, cancelled ones are left out.
#[utoipa::path(get, path = "/api/calendar/events", tag = "events", params(EventQuery),
    responses((status = 200, body = InstancePage), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn list_events(
    State(state): State<WebState>,
    caller: Caller,
    Params(query): Params<EventQuery>,
) -> Result<Json<InstancePage>, Problem> {
    let wanted = query.checked()?;
    let scope = caller.own_scope();
    let only = wanted.calendar.as_deref();
    if only.is_some_and(|id| !is_possible_id(id)) {
        return Err(Problem::not_found());
    }
    let mut view = state.store().tenant(&scope).view(only).await?;
    let mut page = Page { left: wanted.limit, items: Vec::new(), last: None, next_cursor: None };
    for piece in wanted.pieces() {
        let listing = listing(&state, &scope, &mut view, piece).await?;
        page.fill(&mut view, &listing, wanted.after.as_ref()).await?;
        if page.next_cursor.is_some() {
            break;
        }
    }
    view.close().await?;
    Ok(Json(InstancePage { items: page.items, next_cursor: page.next_cursor }))
}

/// A part of a window that is expanded at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    range: Range,
    /// What begins earlier belongs to the piece before.
    from: Option<Timestamp>,
}

impl Wanted {
    /// The pieces of the window from the one that the cursor is in, none of them longer than a view of
    /// a month: what a page does not reach is not expanded.
    fn pieces(&self) -> impl Iterator<Item = Piece> {
        let Range { start, end } = self.range;
        let at = move |number: i64| shifted(start, SignedDuration::from_hours(24 * PIECE_DAYS * number)).min(end);
        let passed = self.after.as_ref().map_or(0, |after| after.start.duration_since(start).as_hours());
        let first = passed.max(0) / (24 * PIECE_DAYS);
        (first..)
            .map(move |number| (number, at(number), at(number + 1)))
            .take_while(|(_, start, end)| start < end)
            .map(|(number, start, end)| Piece { range: Range { start, end }, from: (number > 0).then_some(start) })
    }
}

/// What takes place in a piece: as it is kept, or expanded now.
async fn listing(
    state: &WebState,
    scope: &TenantScope,
    view: &mut View<'_>,
    piece: Piece,
) -> Result<Arc<Listing>, Problem> {
    let key = Key::of(scope, view.calendars(), piece.range, piece.from);
    if let Some(kept) = state.listings.find(&key) {
        return Ok(kept);
    }
    let (first, last) = (shifted(piece.range.start, -MIDNIGHTS), shifted(piece.range.end, MIDNIGHTS));
    let found = view.event_times(first, last, MOST_ROWS).await?;
    if found.truncated {
        return Err(Problem::field("end", "there are too many events in this window; ask for a shorter one"));
    }
    let zone_of = |id: &str| {
        let calendar = view.calendars().iter().find(|calendar| calendar.id == id);
        let zone = calendar.and_then(|calendar| calendar.time_zone.as_deref());
        zone.and_then(Zone::iana).unwrap_or_else(Zone::utc)
    };
    let listing = Arc::new(Listing::of(found.rows, piece.range, piece.from, zone_of));
    state.listings.keep(key, &listing);
    Ok(listing)
}

fn shifted(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(at)
}

/// A page while it is filled.
struct Page {
    /// Instances that it has room for.
    left: usize,
    items: Vec<Instance>,
    /// Of its last instance, which may be the last of an earlier piece.
    last: Option<Position>,
    next_cursor: Option<String>,
}

impl Page {
    /// Adds what is behind the position, as far as there is room, and the cursor if there is none.
    async fn fill(&mut self, view: &mut View<'_>, listing: &Listing, after: Option<&Position>) -> Result<(), Problem> {
        let room = self.left;
        let mut listed: Vec<Listed<'_>> = listing.after(after).take(room + 1).collect();
        let more = listed.len() > room;
        listed.truncate(room);
        self.left -= listed.len();
        let mut ids: Vec<String> = listed.iter().map(|listed| listed.event_id().to_owned()).collect();
        ids.sort_unstable();
        ids.dedup();
        if !ids.is_empty() {
            let events = view.events(&ids).await?;
            let colors: HashMap<&str, &Option<String>> =
                view.calendars().iter().map(|calendar| (calendar.id.as_str(), &calendar.color)).collect();
            // On PostgreSQL one that was deleted a moment ago may be missing.
            let shown = |listed: &Listed<'_>| {
                let shown = events.get(listed.event_id())?;
                let color = colors.get(shown.row.calendar_id.as_str()).and_then(|color| (*color).clone());
                Some(Instance::of(*listed, shown, color))
            };
            self.items.extend(listed.iter().filter_map(shown));
        }
        if let Some(last) = listed.last() {
            self.last = Some(last.position());
        }
        if more {
            self.next_cursor = self.last.as_ref().map(Position::encode);
        }
        Ok(())
    }
}
