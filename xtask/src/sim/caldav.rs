//! Readings as CalDAV servers give them: hrefs and versions, bodies by href, one version for a whole
//! series, and several ways of not telling what changed.

use tidecal_core::remote::{Content, ItemRef, RemoteChange, RemoteComponent, SeriesScope};
use tidecal_ical::RecurrenceId;

use super::truth::{Broken, Item, Piece, What};
use super::vendor::{Asked, Line, Marks, Vendor};
use super::wire;

pub(super) fn lines<'a>(vendor: &'a Vendor, asked: &Asked) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    for item in vendor.items.values() {
        let key = match asked.since {
            None => item.id.clone(),
            Some(since) if item.changed > since => format!("{:08}{}", item.changed, item.id),
            Some(_) => continue,
        };
        if item.alive {
            let no_versions = vendor.habits.marks == Marks::Nothing;
            let version = move || if no_versions { String::new() } else { wire::tag(item.etag) };
            let listed = move || RemoteChange::Listed(ItemRef { id: item.id.clone(), version: version() });
            lines.push(Line::new(key, listed));
        } else if asked.since.is_some() {
            lines.push(Line::new(key, || wire::gone(&item.id, true)));
        }
    }
    lines
}

pub(super) fn fetch(vendor: &Vendor, id: &str) -> RemoteChange {
    let href = id.split('#').next().unwrap_or_default();
    match vendor.items.get(href).filter(|item| item.alive) {
        Some(item) => resource(vendor, item),
        None => wire::gone(id, true),
    }
}

fn resource(vendor: &Vendor, item: &Item) -> RemoteChange {
    // Without a version of its own the adapter takes a hash of the text: the same text, the same hash.
    let version = wire::tag(item.etag);
    if vendor.is_unreadable(item) {
        return wire::unreadable(&item.id, version);
    }
    let excluded: Vec<RecurrenceId> = excluded(vendor, item);
    let mut components: Vec<RemoteComponent> = Vec::new();
    let master = item.master.iter().map(|piece| (None, piece));
    let parts = item.parts.iter().map(|(slot, piece)| (wire::recurrence_id(*slot, item.clock), piece));
    for (number, (slot, piece)) in master.chain(parts).enumerate() {
        let readable = piece.broken == Broken::No;
        if readable && slot.is_some_and(|slot| excluded.contains(&slot)) {
            continue;
        }
        let content =
            if readable { content(item, slot, piece, &excluded) } else { wire::content(piece, &item.uid, &[]) };
        let unknown_slot = slot.is_some() && piece.broken == Broken::Whole;
        components.push(if unknown_slot {
            let id = format!("{}#{}", item.id, number + 1);
            wire::component(&id, None, version.clone(), content)
        } else {
            wire::component(&item.id, slot, version.clone(), content)
        });
    }
    wire::marked(wire::series(&item.id, SeriesScope::Whole, components), item)
}

/// A cancelled occurrence is an event with that status.
fn content(item: &Item, slot: Option<RecurrenceId>, piece: &Piece, excluded: &[RecurrenceId]) -> Content {
    if piece.what != What::Cancelled {
        return wire::content(piece, &item.uid, if slot.is_none() { excluded } else { &[] });
    }
    let shape = item.body().map(|body| super::truth::Body { rule: None, ..body.clone() });
    let Some(shape) = shape else { return Content::Cancelled };
    let mut event = wire::event(&shape, &item.uid, &[]);
    event.status = tidecal_core::model::Status::Cancelled;
    Content::Event(Box::new(event))
}

/// Occurrences that the master leaves out by itself.
pub(super) fn excluded(vendor: &Vendor, item: &Item) -> Vec<RecurrenceId> {
    if !vendor.habits.excludes || item.master.is_none() {
        return Vec::new();
    }
    let cancelled = item.parts.iter().filter(|(_, piece)| piece.what == What::Cancelled && piece.broken == Broken::No);
    let mut keys: Vec<RecurrenceId> =
        cancelled.filter_map(|(slot, _)| wire::recurrence_id(*slot, item.clock)).collect();
    keys.sort_unstable();
    keys
}
