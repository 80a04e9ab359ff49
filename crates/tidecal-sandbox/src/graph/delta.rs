//! `calendarView/delta`: first everything in a window, then what changed, page by page.
//!
//! The window stands in the token. Occurrences come sparse, a changed series comes whole, a cancelled occurrence is merely
//! absent, and `@removed` means "not in the window any more", deleted or not.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Reply;
use super::call::Call;
use super::errors::{GraphError, Result};
use super::list::link_origin;
use super::mailbox::Calendar;
use super::show::View;
use super::switches::GraphSwitches;
use super::times::stamp;
use crate::google::cursor::{open, seal};
use crate::state::World;
use crate::switches::Switches;

/// Items of a page unless the request prefers another number.
const USUAL: usize = 10;
const MOST: usize = 1000;
const UNSUPPORTED: [&str; 5] = ["$select", "$expand", "$filter", "$orderby", "$search"];

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Token {
    calendar: u64,
    account: String,
    /// Window in seconds.
    from: i64,
    to: i64,
    /// The first round of the window: nothing is removed yet.
    initial: bool,
    /// Changes up to this number have been delivered before this round.
    since: u64,
    /// The last change of this round.
    upto: u64,
    /// Where the page before ended: number of the change and items of it delivered.
    at: (u64, usize),
    page: u32,
    generation: u64,
    /// Second of issue.
    issued: i64,
    /// A delta token (else one of a page).
    done: bool,
}

pub(super) fn delta(world: &mut World, call: &Call) -> Result<Reply> {
    for name in UNSUPPORTED {
        if call.query.get(name).is_some() {
            let text = format!(
                "The following parameters are not supported with change tracking over the 'CalendarView' resource: '{name}'."
            );
            return Err(GraphError::new(400, "ErrorInvalidUrlQuery", text));
        }
    }
    if call.calendar_id.is_some() && world.switches.graph.no_delta_per_calendar {
        return Err(GraphError::new(
            400,
            "ErrorInvalidRequest",
            "Change tracking is only supported on the primary calendar's view.",
        ));
    }
    let calendar = call.calendar(world)?;
    let token = match (call.query.get("$deltatoken"), call.query.get("$skiptoken")) {
        (None, None) => first(call, calendar)?,
        (Some(text), _) => resumed(world, call, calendar, text, true)?,
        (None, Some(text)) => resumed(world, call, calendar, text, false)?,
    };
    Ok(Reply::json(answer(world, call, calendar, token), call))
}

fn first(call: &Call, calendar: &Calendar) -> Result<Token> {
    call.query.only(&["startDateTime", "endDateTime", "$top"], call.operation, call.strict)?;
    let (from, to) = call.query.window()?;
    Ok(Token {
        calendar: calendar.key,
        account: call.account.clone(),
        from: from.as_second(),
        to: to.as_second(),
        initial: true,
        since: 0,
        upto: calendar.seq,
        at: (0, 0),
        page: 0,
        generation: calendar.generation,
        issued: call.now.as_second(),
        done: false,
    })
}

fn resumed(world: &World, call: &Call, calendar: &Calendar, text: &str, done: bool) -> Result<Token> {
    let badly = || GraphError::query("Badly formed token.");
    let mut token: Token = open(call.seed, text).ok_or_else(badly)?;
    if token.calendar != calendar.key || token.account != call.account || token.done != done {
        return Err(badly());
    }
    let age = call.now.as_second() - token.issued;
    let aged = done && world.switches.sync_token_lifetime_seconds.is_some_and(|most| age > most);
    if token.generation != calendar.generation || aged {
        return Err(lost(&world.switches.graph, call, &token));
    }
    if done {
        let replayed = world.switches.graph.replay_changes;
        token.since = token.upto.saturating_sub(replayed);
        token.upto = calendar.seq;
        (token.initial, token.done, token.page, token.at) = (false, false, 0, (token.since, 0));
    }
    Ok(token)
}

/// The state behind a token is gone: in one of the vendor's spellings, usually with a place to start over.
fn lost(switches: &GraphSwitches, call: &Call, token: &Token) -> GraphError {
    let mut error = GraphError::of_code(&switches.lost_state_code, Some(switches.lost_state_status));
    if !switches.lost_state_without_location {
        let at = |second| stamp(Timestamp::from_second(second).unwrap_or_default());
        let (from, to) = (at(token.from), at(token.to));
        let url = format!("{}{}?startDateTime={from}&endDateTime={to}&$deltatoken=", call.origin, call.path);
        error.location = Some(url.into());
    }
    error
}

fn answer(world: &World, call: &Call, calendar: &Calendar, token: Token) -> Value {
    let asked = call.prefer.page_size.unwrap_or(USUAL).min(MOST);
    let limit = crate::google::page::limit(asked, &world.switches);
    let (items, next) = cut(&world.switches, call, calendar, &token, limit);
    let link = |name: &str, token: &Token| {
        json!(format!("{}{}?${name}={}", link_origin(world, call), call.path, seal(call.seed, token)))
    };
    let mut body =
        json!({"@odata.context": format!("{}/v1.0/$metadata#Collection(event)", call.origin), "value": items});
    match next {
        Some(at) => {
            let next = Token { at, page: token.page + 1, ..token };
            body["@odata.nextLink"] = link("skiptoken", &next);
        }
        None => {
            let done = Token { done: true, at: (0, 0), issued: call.now.as_second(), ..token };
            body["@odata.deltaLink"] = link("deltatoken", &done);
        }
    }
    body
}

type Place = (u64, usize);

/// The items of a page, and where the next one begins.
fn cut(
    switches: &Switches,
    call: &Call,
    calendar: &Calendar,
    token: &Token,
    limit: usize,
) -> (Vec<Value>, Option<Place>) {
    let view = call.view();
    let every = if switches.empty_pages == 0 { 0 } else { switches.empty_pages.max(2) };
    let is_empty = every > 0 && (token.page + 1).is_multiple_of(every);
    let (at, offset) = token.at;
    let mut items = Vec::new();
    if switches.repeat_last_item && token.page > 0 {
        let before = if offset > 0 { Some((at, offset - 1)) } else { None };
        let last = before.and_then(|(at, index)| {
            let key = calendar.changes.get(&at)?;
            group(&switches.graph, &view, calendar, *key, token).into_iter().nth(index)
        });
        items.extend(last);
    }
    let limit = limit + items.len();
    // an offset belongs to a change that is not finished; without one the change itself is
    let from = if offset > 0 { at } else { at + 1 };
    for (number, key) in calendar.changes.range(from..=token.upto.max(from)) {
        if *number > token.upto {
            break;
        }
        let skip = if *number == at { offset } else { 0 };
        for (index, item) in group(&switches.graph, &view, calendar, *key, token).into_iter().enumerate().skip(skip) {
            if is_empty || items.len() >= limit {
                let place = if index == 0 { (number - 1, 0) } else { (*number, index) };
                return (items, Some(place));
            }
            items.push(item);
        }
    }
    (items, None)
}

/// What one changed event contributes.
fn group(switches: &GraphSwitches, view: &View<'_>, calendar: &Calendar, key: u64, token: &Token) -> Vec<Value> {
    let second = |second| Timestamp::from_second(second).unwrap_or_default();
    let typed = |mut item: Value| {
        item["@odata.type"] = json!("#microsoft.graph.event");
        item
    };
    let Some(event) = calendar.events.get(&key) else {
        let folder = calendar.gone.get(&key).copied().unwrap_or_default();
        return if token.initial { Vec::new() } else { vec![view.removed(key, folder, None, "deleted")] };
    };
    let inside = event.between(second(token.from), second(token.to));
    if inside.is_empty() {
        let left = if switches.tell_why_removed { "changed" } else { "deleted" };
        return if token.initial { Vec::new() } else { vec![view.removed(key, event.folder, None, left)] };
    }
    if !event.is_series() {
        return vec![typed(view.event(&event.whole()))];
    }
    let mut items = vec![typed(view.event(&event.whole()))];
    for seen in &inside {
        let full = seen.exception.is_some() || switches.full_occurrences;
        items.push(if full { typed(view.event(seen)) } else { view.sparse(seen) });
    }
    if switches.tell_cancelled_occurrences && !token.initial {
        items.extend(event.cancelled.iter().map(|slot| view.removed(key, event.folder, Some(*slot), "deleted")));
    }
    items
}
