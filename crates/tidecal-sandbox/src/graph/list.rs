//! `GET …/events` and `GET …/events/{id}`, and what lists share: order, pages, links.

use serde_json::{Value, json};

use super::Reply;
use super::call::Call;
use super::errors::{GraphError, Result};
use super::event::Seen;
use super::filter::Filter;
use super::query::known_member;
use super::show::View;
use crate::state::World;

/// Options of lists of events.
const OPTIONS: [&str; 10] = [
    "$select",
    "$expand",
    "$filter",
    "$orderby",
    "$top",
    "$skip",
    "$count",
    "$skiptoken",
    "startDateTime",
    "endDateTime",
];
/// Items of a page unless more are asked for.
const USUAL: usize = 10;
const MOST: usize = 1000;

/// `GET …/events`: single events and masters.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Reply> {
    call.query.only(&OPTIONS[..8], call.operation, call.strict)?;
    let calendar = call.calendar(world)?;
    let seen = calendar.events.values().map(super::event::Event::whole).collect();
    page(world, call, seen)
}

/// `GET …/events/{id}`.
pub(super) fn get(world: &mut World, call: &Call) -> Result<Reply> {
    call.query.only(&["$select", "$expand"], call.operation, call.strict)?;
    let (_, event, named) = call.event(world)?;
    let seen = match named.slot {
        Some(slot) => event.occurrence(slot).ok_or_else(GraphError::not_found)?,
        None => event.whole(),
    };
    let select = call.query.select()?;
    let (extended, exceptions) = expansions(call)?;
    let view = View { select: select.clone(), extended, ..call.view() };
    let mut body = view.event(&seen);
    let is_master = named.slot.is_none() && event.is_series();
    // gaps and exceptions of a series come only when they are asked for by name
    if is_master && select.is_some_and(|names| names.iter().any(|name| name == "cancelledOccurrences")) {
        body["cancelledOccurrences"] = view.cancelled(event);
    }
    if is_master && exceptions {
        let plain = View { select: None, extended: Vec::new(), ..call.view() };
        let all = event.exceptions.keys().filter_map(|slot| event.occurrence(*slot));
        body["exceptionOccurrences"] = all.map(|seen| plain.event(&seen)).collect();
    }
    Ok(Reply::json(body, call))
}

/// The extended properties that `$expand` asks for, and whether it asks for exceptions.
fn expansions(call: &Call) -> Result<(Vec<String>, bool)> {
    let Some(text) = call.query.get("$expand") else {
        return Ok((Vec::new(), false));
    };
    let (mut ids, mut exceptions) = (Vec::new(), false);
    for part in
        text.split("),").flat_map(|part| if part.contains('(') { vec![part] } else { part.split(',').collect() })
    {
        let part = part.trim();
        if let Some(rest) = part.strip_prefix("singleValueExtendedProperties") {
            let quoted: Vec<&str> = rest.split('\'').skip(1).step_by(2).collect();
            if quoted.is_empty() {
                return Err(GraphError::new(
                    400,
                    "ErrorInvalidProperty",
                    "A filter on the id is required to expand singleValueExtendedProperties.",
                ));
            }
            ids.extend(quoted.into_iter().map(ToOwned::to_owned));
        } else if part == "exceptionOccurrences" {
            exceptions = true;
        } else {
            return Err(GraphError::query(format!(
                "The query specified in the URI is not valid. Could not expand '{part}'."
            )));
        }
    }
    Ok((ids, exceptions))
}

/// Filters, orders, cuts and links what a list has found.
pub(super) fn page(world: &World, call: &Call, seen: Vec<Seen<'_>>) -> Result<Reply> {
    let filter = call.query.get("$filter").map(Filter::read).transpose()?;
    let order = call.query.get("$orderby").map(read_order).transpose()?;
    let select = call.query.select()?;
    let (extended, _) = expansions(call)?;
    let view = View { select, extended, ..call.view() };
    let plain = call.view();
    let mut seen = seen;
    if let Some(filter) = &filter {
        seen.retain(|own| filter.fits(&plain.event(own), own.extended()));
    }
    match &order {
        None => seen.sort_by_cached_key(|own| (own.times.start_instant(), own.event.key, own.slot)),
        Some((path, down)) => {
            let key = |own: &Seen<'_>| sort_key(&plain.event(own), path);
            seen.sort_by_cached_key(key);
            if *down {
                seen.reverse();
            }
        }
    }
    let total = seen.len();
    let size = call.query.number("$top", 1, MOST)?.or(call.prefer.page_size).unwrap_or(USUAL).min(MOST);
    let size = match world.switches.short_pages {
        0 => size,
        short => size.min(short as usize),
    };
    let from = call.query.number("$skip", 0, usize::MAX)?.unwrap_or(0);
    let items: Vec<Value> = seen.iter().skip(from).take(size).map(|own| view.event(own)).collect();
    let mut body = json!({"@odata.context": format!("{}/v1.0/$metadata#users/events", call.origin), "value": items});
    if call.query.counts()? {
        body["@odata.count"] = json!(total);
    }
    if from + size < total {
        body["@odata.nextLink"] = json!(next_link(world, call, from + size));
    }
    Ok(Reply::json(body, call))
}

fn sort_key(shown: &Value, path: &str) -> String {
    let value = path.split('/').fold(shown, |value, name| &value[name]);
    value.as_str().map_or_else(|| value.to_string(), str::to_lowercase)
}

fn read_order(text: &str) -> Result<(String, bool)> {
    let mut words = text.split(',').next().unwrap_or_default().split_ascii_whitespace();
    let path = words.next().unwrap_or_default();
    known_member(path)?;
    match words.next() {
        None | Some("asc") => Ok((path.to_owned(), false)),
        Some("desc") => Ok((path.to_owned(), true)),
        Some(other) => Err(GraphError::query(format!("Syntax error in $orderby: '{other}'."))),
    }
}

/// The same request with another `$skip`.
fn next_link(world: &World, call: &Call, skip: usize) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for name in call.query.names().filter(|name| !name.eq_ignore_ascii_case("$skip")) {
        query.append_pair(name, call.query.get(name).unwrap_or_default());
    }
    query.append_pair("$skip", &skip.to_string());
    format!("{}{}?{}", link_origin(world, call), call.path, query.finish().replace("%24", "$"))
}

/// Where links in answers lead: here, or by switch to another host.
pub(super) fn link_origin(world: &World, call: &Call) -> String {
    if world.switches.graph.foreign_links { "https://graph.example.net".to_owned() } else { call.origin.clone() }
}
