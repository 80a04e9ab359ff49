//! `GET /api/calendar/events`

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tidecal_ical::{Range, Zone};
use tidecal_store::{Calendar, CalendarChoice, Tenant};
use utoipa::{IntoParams, ToSchema};

use super::expansion::{Slot, slots};
use super::instance::Instance;
use super::page::Position;
use crate::auth::Caller;
use crate::input::{Params, instant, is_possible_id, number};
use crate::problem::Problem;
use crate::state::WebState;

const USUAL: usize = 200;
const MOST: usize = 1000;

/// Longest window: two years and a bit.
const LONGEST_DAYS: i64 = 750;

/// Rows that one window may be expanded from.
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
    let tenant = state.tenant(&scope);
    let calendars = calendars(&tenant, wanted.calendar.as_deref()).await?;
    let ids: Vec<String> = calendars.keys().cloned().collect();
    // What stands before the cursor need not be expanded again.
    let from = wanted.after.as_ref().map_or(wanted.range.start, |after| after.start.max(wanted.range.start));
    let range = Range { start: from, end: wanted.range.end };
    let (first, last) = (shifted(range.start, -MIDNIGHTS), shifted(range.end, MIDNIGHTS));
    let found = tenant.find_events_in_window(CalendarChoice::Only(&ids), first, last, MOST_ROWS).await?;
    if found.truncated {
        return Err(Problem::field("end", "there are too many events in this window; ask for a shorter one"));
    }
    let zone_of = |id: &str| {
        let zone = calendars.get(id).and_then(|calendar| calendar.time_zone.as_deref());
        zone.and_then(Zone::iana).unwrap_or_else(Zone::utc)
    };
    let mut slots = slots(&found.rows, range, zone_of);
    if let Some(after) = &wanted.after {
        slots.retain(|slot| position(slot) > *after);
    }
    let more = slots.len() > wanted.limit;
    slots.truncate(wanted.limit);
    let next_cursor = slots.last().filter(|_| more).map(|slot| position(slot).encode());
    Ok(Json(InstancePage { items: shown(&tenant, &slots, &calendars).await?, next_cursor }))
}

fn position(slot: &Slot<'_>) -> Position {
    Position { start: slot.start, id: slot.id() }
}

fn shifted(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(at)
}

/// Visible calendars by id; all of them, or the one that is asked for.
async fn calendars(tenant: &Tenant<'_>, only: Option<&str>) -> Result<HashMap<String, Calendar>, Problem> {
    let mut calendars = tenant.list_calendars().await?;
    if let Some(only) = only {
        calendars.retain(|calendar| calendar.id == only);
        if calendars.is_empty() || !is_possible_id(only) {
            return Err(Problem::not_found());
        }
    }
    Ok(calendars.into_iter().map(|calendar| (calendar.id.clone(), calendar)).collect())
}

async fn shown(
    tenant: &Tenant<'_>,
    slots: &[Slot<'_>],
    calendars: &HashMap<String, Calendar>,
) -> Result<Vec<Instance>, Problem> {
    let mut ids: Vec<String> = slots.iter().map(|slot| slot.row.id.clone()).collect();
    ids.sort_unstable();
    ids.dedup();
    let connections = tenant.connections_of_events(&ids).await?;
    let instance = |slot: &Slot<'_>| {
        let color = calendars.get(&slot.row.calendar_id).and_then(|calendar| calendar.color.clone());
        Instance::of(slot, color, connections.get(&slot.row.id).cloned().unwrap_or_default())
    };
    Ok(slots.iter().map(instance).collect())
}
