//! Readings as Graph gives them: a fixed window; removals that say only "not in the window (any
//! more)"; of a series sparse occurrences, so that the series itself is asked for; deleted
//! occurrences are never mentioned, they are missing in what is sent then.

use tidecal_core::remote::{Content, ItemRef, RemoteChange, SeriesScope};

use super::truth::{Broken, Item, What};
use super::vendor::{Asked, Line, Vendor};
use super::wire;

/// Beginning of the id of a copy whose creation was not confirmed.
pub(super) const NEW: &str = "new:";

type Saying<'a> = Box<dyn Fn() -> RemoteChange + 'a>;

pub(super) fn lines<'a>(vendor: &'a Vendor, asked: &Asked, start: u64) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    for item in vendor.items.values() {
        let key = match asked.since {
            None => item.id.clone(),
            Some(since) if item.changed > since => format!("{:08}{}", item.changed, item.id),
            Some(_) => continue,
        };
        let mut say = |change: Saying<'a>| lines.push(Line::new(key.clone(), change));
        if item.alive && in_view(vendor, item, asked) {
            present(item, start, &mut say);
        } else if asked.since.is_some() {
            say(Box::new(|| wire::gone(&item.id, false)));
            if vendor.habits.names_parts_of_removed {
                item.parts.values().for_each(|piece| say(Box::new(|| wire::gone(&piece.id, false))));
            }
        }
        for dropped in item.dropped.iter().filter(|dropped| asked.since.is_some_and(|since| dropped.changed > since)) {
            say(Box::new(|| wire::gone(&dropped.id, false)));
        }
    }
    lines
}

fn in_view(vendor: &Vendor, item: &Item, asked: &Asked) -> bool {
    item.pieces().any(|(slot, piece)| vendor.span(item, slot, piece).overlaps(asked.lower, asked.upper))
}

fn present<'a>(item: &'a Item, start: u64, say: &mut impl FnMut(Saying<'a>)) {
    if !item.is_series() {
        return say(Box::new(|| whole(item)));
    }
    // Sparse occurrences, in no order that helps; sometimes with the master in between.
    let listed = || RemoteChange::Listed(ItemRef { id: item.id.clone(), version: String::new() });
    say(Box::new(listed));
    if (start + item.changed).is_multiple_of(3) {
        say(Box::new(|| master_only(item)));
        say(Box::new(listed));
    }
}

fn master_only(item: &Item) -> RemoteChange {
    let Some(master) = item.master.as_ref().filter(|piece| piece.broken == Broken::No) else { return whole(item) };
    let content = wire::content(master, &item.uid, &[]);
    let component = wire::component(&master.id, None, wire::tag(master.etag), content);
    wire::marked(wire::series(&item.id, SeriesScope::Part, vec![component]), item)
}

/// The series with all that is different about its occurrences.
fn whole(item: &Item) -> RemoteChange {
    let Some(master) = &item.master else { return wire::gone(&item.id, true) };
    if master.broken == Broken::Whole {
        return wire::unreadable(&item.id, wire::tag(item.etag));
    }
    let content = wire::content(master, &item.uid, &[]);
    let mut components = vec![wire::component(&master.id, None, wire::tag(master.etag), content)];
    for (slot, piece) in &item.parts {
        let Some(key) = wire::recurrence_id(*slot, item.clock) else { continue };
        components.push(if piece.what == What::Cancelled && piece.broken == Broken::No {
            // Only their dates are named.
            let id = format!("OID.{}.{}", item.id, slot.date());
            wire::component(&id, Some(key), wire::tag(item.etag), Content::Cancelled)
        } else {
            wire::component(&piece.id, Some(key), wire::tag(piece.etag), wire::content(piece, &item.uid, &[]))
        });
    }
    wire::marked(wire::series(&item.id, SeriesScope::Whole, components), item)
}

pub(super) fn fetch(vendor: &Vendor, id: &str) -> RemoteChange {
    // A copy whose creation was not confirmed is found by the key that was written beside it.
    if let Some(key) = id.strip_prefix(NEW) {
        let found = vendor.items.values().find(|item| item.alive && item.key.as_deref() == Some(key));
        return found.map_or_else(|| wire::gone(id, true), whole);
    }
    if let Some(item) = vendor.items.get(id) {
        return if item.alive { whole(item) } else { wire::gone(id, true) };
    }
    for item in vendor.items.values().filter(|item| item.alive) {
        let found = item.parts.iter().find(|(_, piece)| piece.id == id && piece.what != What::Cancelled);
        if let Some((slot, piece)) = found {
            let key = wire::recurrence_id(*slot, item.clock);
            let component = wire::component(id, key, wire::tag(piece.etag), wire::content(piece, &item.uid, &[]));
            return wire::marked(wire::series(&item.id, SeriesScope::Part, vec![component]), item);
        }
        if id.strip_prefix("OID.").is_some_and(|rest| rest.starts_with(&format!("{}.", item.id))) {
            // Nobody can ask for a deleted occurrence: the adapter asks for its series.
            return whole(item);
        }
    }
    wire::gone(id, true)
}
