//! Readings as Google gives them: each entry by itself, removals certain and often sparse, a lower
//! bound that the cursor remembers.

use tidecal_core::remote::{Content, RemoteChange, SeriesScope};

use super::truth::{Broken, Dropped, Item, Piece};
use super::vendor::{Asked, Line, Vendor};
use super::wire;

pub(super) fn lines<'a>(vendor: &'a Vendor, asked: &Asked) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    for item in vendor.items.values() {
        match asked.since {
            None => everything(vendor, item, asked, &mut lines),
            Some(since) => changed(vendor, item, since, &mut lines),
        }
    }
    lines
}

fn everything<'a>(vendor: &Vendor, item: &'a Item, asked: &Asked, lines: &mut Vec<Line<'a>>) {
    if item.alive {
        for (slot, piece) in item.pieces() {
            let span = vendor.span(item, slot, piece);
            if span.ends_after(asked.lower) && span.start < asked.upper {
                lines.push(Line::new(piece.id.clone(), move || said(item, slot, piece)));
            }
        }
    } else if vendor.habits.names_removals && item.master.is_some() {
        lines.push(Line::new(item.id.clone(), || wire::gone(&item.id, true)));
    }
    if vendor.habits.names_removals {
        let told = named(vendor, item);
        lines.extend(told.map(|dropped| Line::new(dropped.id.clone(), || cancelled(item, dropped))));
    }
}

fn changed<'a>(vendor: &Vendor, item: &'a Item, since: u64, lines: &mut Vec<Line<'a>>) {
    let key = |changed: u64, id: &str| format!("{changed:08}{:02}{id}", mixed(id, changed) % 100);
    for (slot, piece) in item.pieces().filter(|_| item.alive) {
        if piece.changed <= since {
            continue;
        }
        if let Some((what, etag, at)) = piece.before.as_ref().filter(|(_, _, at)| *at > since) {
            // An earlier state that this reader has not seen either: the later one counts.
            let earlier = move || Piece { what: what.clone(), etag: *etag, broken: Broken::No, ..piece.clone() };
            lines.push(Line::new(key(*at, &piece.id), move || said(item, slot, &earlier())).stale());
        }
        lines.push(Line::new(key(piece.changed, &piece.id), move || said(item, slot, piece)));
    }
    if !item.alive && item.master.is_some() && item.changed > since {
        lines.push(Line::new(key(item.changed, &item.id), || wire::gone(&item.id, true)));
    }
    for dropped in named(vendor, item).filter(|dropped| dropped.changed > since) {
        lines.push(Line::new(key(dropped.changed, &dropped.id), || cancelled(item, dropped)));
    }
}

/// The exceptions whose end is told. Of a removed series that is a habit; but of a series that was
/// never there itself only its occurrences can be named.
fn named<'a>(vendor: &Vendor, item: &'a Item) -> impl Iterator<Item = &'a Dropped> {
    let tells = item.alive || vendor.habits.names_parts_of_removed || item.master.is_none();
    item.dropped.iter().filter(move |_| tells)
}

/// Some order among changes of one moment.
fn mixed(id: &str, changed: u64) -> u64 {
    id.bytes().fold(changed ^ 0x9e37, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)) >> 8
}

fn said(item: &Item, slot: Option<jiff::civil::DateTime>, piece: &Piece) -> RemoteChange {
    let version = wire::tag(piece.etag);
    if piece.broken == Broken::Whole {
        return wire::unreadable(&piece.id, version);
    }
    let slot = slot.and_then(|slot| wire::recurrence_id(slot, item.clock));
    let content = wire::content(piece, &item.uid, &[]);
    let part = wire::series(&item.id, SeriesScope::Part, vec![wire::component(&piece.id, slot, version, content)]);
    wire::marked(part, item)
}

/// A bare `{id, status: cancelled}`, of which the id tells the occurrence.
fn cancelled(item: &Item, dropped: &Dropped) -> RemoteChange {
    let slot = wire::recurrence_id(dropped.slot, dropped.clock);
    let component = wire::component(&dropped.id, slot, wire::tag(dropped.changed), Content::Cancelled);
    wire::series(&item.id, SeriesScope::Part, vec![component])
}

pub(super) fn fetch(vendor: &Vendor, id: &str) -> RemoteChange {
    for item in vendor.items.values() {
        if let Some((slot, piece)) = item.pieces().find(|(_, piece)| item.alive && piece.id == id) {
            return said(item, slot, piece);
        }
        let mut dropped = named(vendor, item).filter(|_| vendor.habits.names_removals);
        if let Some(dropped) = dropped.find(|dropped| dropped.id == id) {
            return cancelled(item, dropped);
        }
    }
    wire::gone(id, true)
}
