//! `events.instances`: the occurrences of one series in pages, in the order of their start.

use jiff::Timestamp;

use super::Reply;
use super::call::Call;
use super::cursor::{self, PageToken};
use super::errors::ApiError;
use super::expanded::{self, Row};
use super::full::in_window;
use super::list::{self, Position};
use super::list_query::ListQuery;
use super::page::{self, Envelope, Next, Scan};
use crate::data::calendar::Calendar;
use crate::data::event::Stored;
use crate::data::moment::Moment;
use crate::state::World;

pub(crate) fn instances(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    let (calendar, role) = call.calendar(world)?;
    let mut list = ListQuery::read(&call.query)?;
    list.single_events = true;
    let master = calendar.events.get(&call.event_id).ok_or_else(ApiError::not_found)?;
    if !master.recurring {
        return Err(ApiError::invalid("The event is not a recurring event."));
    }
    let position = position(world, call)?;
    let scan = Scan::new(&position, page::limit(list.max_results, &world.switches), &world.switches);
    let view = list::view(&world.switches, calendar, role, &list);
    let rows = rows(calendar, master, call, &list)?;
    let begin = rows.partition_point(|(key, _)| if scan.repeats { *key < scan.after } else { *key <= scan.after });
    let begin = if scan.after.is_empty() { 0 } else { begin };
    let page = scan.cut(rows.into_iter().skip(begin), |row| row.show(calendar, &view));
    let next = page.next.map_or(Next::Nothing, |after| {
        let token = PageToken {
            of: of(call),
            account: call.account.clone(),
            bound: list::page_bound(&call.query),
            seq: 0,
            page: position.page + 1,
            after,
        };
        Next::Page(cursor::seal(world.config.seed, &token))
    });
    Envelope::of(world, call, calendar, role).reply(&call.query, &page.items, next)
}

/// What page tokens of this list are of.
fn of(call: &Call) -> String {
    format!("{} {}", call.calendar_id, call.event_id)
}

fn position(world: &World, call: &Call) -> Result<Position, ApiError> {
    let Some(text) = call.query.get("pageToken") else {
        return Ok(Position { seq: 0, page: 0, after: String::new() });
    };
    cursor::open::<PageToken>(world.config.seed, text)
        .filter(|token| token.of == of(call) && token.account == call.account)
        .filter(|token| token.bound == list::page_bound(&call.query))
        .map(|token| Position { seq: 0, page: token.page, after: token.after })
        .ok_or_else(|| ApiError::invalid("Invalid page token value.").at_parameter("pageToken"))
}

/// Unchanged occurrences and exceptions with their sorting keys; cancelled ones when asked for.
fn rows<'a>(
    calendar: &'a Calendar,
    master: &'a Stored,
    call: &'a Call,
    list: &ListQuery,
) -> Result<Vec<(String, Row<'a>)>, ApiError> {
    let shows_deleted = list.show_deleted == Some(true);
    let plain = if master.cancelled && !shows_deleted { Vec::new() } else { expanded::rows_of(calendar, master, list) };
    let changed = calendar
        .exceptions(&call.event_id)
        .filter(|(_, stored)| if stored.cancelled { shows_deleted } else { in_window(stored, list) })
        .map(|(id, stored)| Row::Stored { id, stored });
    let wanted = original_start(calendar, call)?;
    let mut rows: Vec<_> = plain
        .into_iter()
        .chain(changed)
        .filter(|row| wanted.is_none_or(|wanted| row.original_ms() == Some(wanted)))
        .map(|row| (expanded::key(&row, None), row))
        .collect();
    rows.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    Ok(rows)
}

/// `originalStart` in ms since the epoch: an instant, or the day of an all-day occurrence.
fn original_start(calendar: &Calendar, call: &Call) -> Result<Option<i64>, ApiError> {
    let Some(text) = call.query.get("originalStart") else {
        return Ok(None);
    };
    let day = || text.parse().ok().map(|day| Moment::Day(day).instant(&calendar.zone));
    match text.parse::<Timestamp>().ok().or_else(day) {
        Some(instant) => Ok(Some(instant.as_millisecond())),
        None => Err(ApiError::invalid("Invalid value for originalStart.").at_parameter("originalStart")),
    }
}
