//! What people do to a series in the vendor's calendar.

use jiff::civil::DateTime;

use super::count::Counters;
use super::edits::{Kind, any_rule};
use super::rng::Rng;
use super::truth::{Body, Broken, Clock, Dropped, Item, What, offset, plus_days, plus_minutes};
use super::vendor::{Temper, Vendor};

pub(super) fn edit(vendor: &mut Vendor, kind: Kind, rng: &mut Rng, counters: &mut Counters) -> Option<String> {
    let id = vendor.any(rng, |item| item.body().is_some_and(|body| body.rule.is_some()))?;
    match kind {
        Kind::MakeException | Kind::CancelOccurrence => except(vendor, &id, kind, rng, counters),
        Kind::ChangeException | Kind::RestoreOccurrence => revise(vendor, &id, kind, rng, counters),
        Kind::MoveSeries => move_series(vendor, &id, rng, counters),
        Kind::ChangeRule => {
            counters.hit("edit: change the rule");
            let rule = any_rule(rng);
            vendor.change_body(&id, None, |body| body.rule = Some(rule));
            settle_parts(vendor, &id);
            Some(format!("new rule {id}"))
        }
        Kind::Split => split(vendor, &id, rng, counters),
        _ => None,
    }
}

/// Some occurrence of the series that is not an exception yet.
fn plain_slot(item: &Item, rng: &mut Rng) -> Option<DateTime> {
    let body = item.body()?;
    let rule = body.rule?;
    let most = rule.times.unwrap_or(200).min(200);
    let slot = plus_days(body.start, rng.between(0, most) * rule.days);
    let plain = !item.parts.contains_key(&slot) && !body.left_out.contains(&slot);
    (body.occurs_at(slot) && plain).then_some(slot)
}

fn except(vendor: &mut Vendor, id: &str, kind: Kind, rng: &mut Rng, counters: &mut Counters) -> Option<String> {
    let item = vendor.items.get(id)?;
    let slot = plain_slot(item, rng)?;
    let master = item.body()?.clone();
    if offset(slot, item.clock) != offset(master.start, item.clock) {
        counters.hit("clock: over a change of summer time");
    }
    let what = if kind == Kind::CancelOccurrence {
        counters.hit("edit: cancel an occurrence");
        What::Cancelled
    } else {
        counters.hit("edit: make an exception");
        let title = vendor.word("exception", rng);
        let mut body = Body { rule: None, start: slot, title, ..master };
        if body.clock != Clock::Days {
            body.start = plus_minutes(body.start, rng.between(-3, 4) * 30);
        }
        What::Takes(body)
    };
    insert_part(vendor, id, slot, what);
    Some(format!("{kind:?} {id} {slot}"))
}

/// Exceptions of another series may have kept ids of this one (after a split): an id has one owner.
fn is_taken(vendor: &Vendor, owner: &str, id: &str) -> bool {
    let others = vendor.items.values().filter(|item| item.id != owner);
    vendor.temper == Temper::Google
        && others.into_iter().any(|item| {
            item.parts.values().any(|piece| piece.id == id) || item.dropped.iter().any(|dropped| dropped.id == id)
        })
}

pub(super) fn insert_part(vendor: &mut Vendor, id: &str, slot: DateTime, what: What) {
    let Some(item) = vendor.items.get(id) else { return };
    if is_taken(vendor, id, &vendor.part_id(item, slot)) {
        return;
    }
    let seq = vendor.tick();
    let Some(item) = vendor.items.get(id) else { return };
    let piece = vendor.piece(vendor.part_id(item, slot), what, seq);
    let Some(item) = vendor.items.get_mut(id) else { return };
    item.dropped.retain(|dropped| dropped.slot != slot);
    item.parts.insert(slot, piece);
    (item.etag, item.changed) = (seq, seq);
}

fn revise(vendor: &mut Vendor, id: &str, kind: Kind, rng: &mut Rng, counters: &mut Counters) -> Option<String> {
    let item = vendor.items.get(id)?;
    let slots: Vec<DateTime> = item.parts.keys().copied().collect();
    let slot = *rng.pick(&slots)?;
    let cancelled = item.parts.get(&slot)?.what == What::Cancelled;
    if kind == Kind::RestoreOccurrence {
        // Only Google can take a cancellation back.
        if !cancelled || vendor.temper != Temper::Google {
            return None;
        }
        counters.hit("edit: restore an occurrence");
        let body = Body { rule: None, start: slot, ..item.body()?.clone() };
        vendor.change(id, Some(slot), |piece| piece.what = What::Takes(body));
    } else if cancelled {
        return None;
    } else if rng.chance(300) {
        counters.hit("edit: cancel an occurrence");
        vendor.change(id, Some(slot), |piece| (piece.what, piece.broken) = (What::Cancelled, Broken::No));
        let (graph, changed) = (vendor.temper == Temper::Graph, vendor.seq);
        if let Some(item) = vendor.items.get_mut(id).filter(|_| graph)
            && let Some(piece) = item.parts.get(&slot)
        {
            item.dropped.push(Dropped { id: piece.id.clone(), slot, clock: item.clock, changed });
        }
    } else {
        counters.hit("edit: change an exception");
        let title = vendor.word("exception", rng);
        vendor.change_body(id, Some(slot), |body| body.title = title);
    }
    Some(format!("{kind:?} {id} {slot}"))
}

/// The whole series begins at another time of day: its exceptions move along and get new keys.
fn move_series(vendor: &mut Vendor, id: &str, rng: &mut Rng, counters: &mut Counters) -> Option<String> {
    let item = vendor.items.get(id)?;
    if item.clock == Clock::Days {
        return None;
    }
    counters.hit("edit: move the whole series");
    let by = *rng.pick(&[-60, 30, 60, 90])?;
    let crosses = |slot: DateTime| plus_minutes(slot, by).date() != slot.date();
    let taken = |slot: &DateTime| is_taken(vendor, id, &vendor.part_id(item, plus_minutes(*slot, by)));
    if crosses(item.body()?.start) || item.parts.keys().any(taken) {
        return None;
    }
    vendor.change_body(id, None, |body| {
        body.start = plus_minutes(body.start, by);
        body.left_out = body.left_out.iter().map(|slot| plus_minutes(*slot, by)).collect();
    });
    carry_parts(vendor, id, by);
    Some(format!("move series {id} by {by} minutes"))
}

/// Exceptions go along with a series that begins so many minutes later, under new keys.
pub(super) fn carry_parts(vendor: &mut Vendor, id: &str, by: i64) {
    let (seq, google) = (vendor.seq, vendor.temper == Temper::Google);
    let Some(item) = vendor.items.get(id) else { return };
    let mut moved = Vec::new();
    for (slot, piece) in &item.parts {
        let new = plus_minutes(*slot, by);
        let mut piece = piece.clone();
        if google {
            piece.id = vendor.part_id(item, new);
        }
        (piece.etag, piece.changed, piece.before) = (seq, seq, None);
        moved.push((new, piece));
    }
    let Some(item) = vendor.items.get_mut(id) else { return };
    item.died = seq;
    let old = std::mem::take(&mut item.parts);
    if google {
        let clock = item.clock;
        item.dropped.extend(old.into_iter().map(|(slot, piece)| Dropped { id: piece.id, slot, clock, changed: seq }));
    }
    item.parts = moved.into_iter().collect();
    settle_parts(vendor, id);
}

/// After a change of the master: exceptions of occurrences that are no more go; Google tells of
/// each, and hands out anew what it had taken away where there is an occurrence again.
pub(super) fn settle_parts(vendor: &mut Vendor, id: &str) {
    let seq = vendor.seq;
    let google = vendor.temper == Temper::Google;
    let Some(item) = vendor.items.get_mut(id) else { return };
    let Some(master) = item.body().cloned() else { return };
    let (kept, lost): (Vec<_>, Vec<_>) =
        std::mem::take(&mut item.parts).into_iter().partition(|(slot, _)| master.occurs_at(*slot));
    item.parts = kept.into_iter().collect();
    if !lost.is_empty() {
        item.died = seq;
    }
    if vendor.temper != Temper::Caldav {
        let clock = item.clock;
        item.dropped.extend(lost.into_iter().map(|(slot, piece)| Dropped { id: piece.id, slot, clock, changed: seq }));
    }
    if !google {
        return;
    }
    let clock = item.clock;
    let occurs = |dropped: &Dropped| dropped.clock == clock && master.occurs_at(dropped.slot);
    let again: Vec<DateTime> = item.dropped.iter().filter(|it| occurs(it)).map(|it| it.slot).collect();
    let taken: Vec<DateTime> = item.parts.keys().copied().collect();
    item.dropped.retain(|dropped| !occurs(dropped));
    for slot in again.into_iter().filter(|slot| !taken.contains(slot)) {
        insert_part(vendor, id, slot, What::Takes(Body { rule: None, start: slot, ..master.clone() }));
    }
}

/// "This and all following": the old series ends, a new one begins.
fn split(vendor: &mut Vendor, id: &str, rng: &mut Rng, counters: &mut Counters) -> Option<String> {
    let slot = plain_slot(vendor.items.get(id)?, rng)?;
    let old = vendor.items.get(id)?.clone();
    let body = old.body()?.clone();
    let rule = body.rule?;
    if slot <= body.start || vendor.items.contains_key(&new_id(vendor, id, slot)) {
        return None;
    }
    counters.hit("edit: split");
    let done = i64::from(body.start.date().until(slot.date()).map_or(0, |span| span.get_days())) / rule.days;
    let last = plus_days(slot, -1);
    vendor.change_body(id, None, |body| {
        body.rule = Some(super::truth::Rule { times: None, until: Some(last), ..rule });
    });
    let new_id = new_id(vendor, id, slot);
    let rest = super::truth::Rule { times: rule.times.map(|times| times - done), ..rule };
    let title = vendor.word("split", rng);
    let seq = vendor.tick();
    vendor.serial += 1;
    let mut new = Item {
        id: new_id.clone(),
        uid: format!("{}@example.com", vendor.serial),
        master: Some(vendor.piece(
            new_id.clone(),
            What::Takes(Body { start: slot, rule: Some(rest), title, ..body }),
            seq,
        )),
        parts: std::collections::BTreeMap::new(),
        dropped: Vec::new(),
        alive: true,
        etag: seq,
        changed: seq,
        born: seq,
        died: 0,
        mark: None,
        key: None,
        ..old
    };
    let keeps = vendor.habits.split_keeps_ids && vendor.temper == Temper::Google;
    let follows: Vec<_> = old.parts.iter().filter(|(at, _)| **at >= slot).map(|(at, it)| (*at, it.clone())).collect();
    for (at, mut piece) in follows {
        if !keeps {
            piece.id = vendor.part_id(&new, at);
        }
        (piece.etag, piece.changed, piece.before) = (seq, seq, None);
        new.parts.insert(at, piece);
        if keeps && let Some(old) = vendor.items.get_mut(id) {
            let moved = old.parts.remove(&at);
            old.dropped.retain(|dropped| moved.as_ref().is_none_or(|moved| moved.id != dropped.id));
        }
    }
    vendor.items.insert(new_id.clone(), new);
    settle_parts(vendor, id);
    Some(format!("split {id} at {slot} into {new_id}"))
}

fn new_id(vendor: &Vendor, id: &str, slot: DateTime) -> String {
    match vendor.temper {
        Temper::Google => format!("{id}_R{}", slot.strftime("%Y%m%dT%H%M%S")),
        Temper::Graph => format!("{id}R{}", slot.strftime("%Y%m%d")),
        Temper::Caldav => format!("{}-{}.ics", id.trim_end_matches(".ics"), slot.strftime("%Y%m%d")),
    }
}
