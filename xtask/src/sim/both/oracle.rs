//! The end of a seed: trouble stops, runs go on until nothing is written any more, and then all
//! calendars must show the same, with every edit in them or kept for a person.
//!
//! Compared is what the truth has words for; neither the core's merge nor its plans are asked.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use jiff::civil::DateTime;
use tidecal_core::sync::{ConflictPolicy, MappingStatus, MappingWrite, Outcome, Role, Verdict};

use super::super::rewrite::rewritten;
use super::super::shown::Field;
use super::super::truth::{Body, Broken, Item, What, slot_text};
use super::super::vendor::Vendor;
use super::super::{Violation, wire};
use super::memory::{Token, tokens};
use super::people::shown;
use super::store::{Key, Row, Side};
use super::world::World;

/// Rounds of runs that may be needed until nothing is written.
const MOST_ROUNDS: usize = 14;

/// Lets everything come to rest and judges it.
pub(super) fn settle(world: &mut World) -> Result<(), Violation> {
    world.quiet = true;
    world.trace.note(format_args!("trouble is over"));
    world.pass(SignedDuration::from_hours(7));
    if world.needs_comparison {
        for at in 0..world.vendors.len() {
            world.store.reset(at, true);
        }
        world.trace.note(format_args!("operator has everything compared"));
    }
    rest(world, false)?;
    judge(world)?;
    for at in 0..world.vendors.len() {
        world.store.reset(at, true);
    }
    world.trace.note(format_args!("once more from the beginning"));
    let before = everything(world);
    rest(world, true)?;
    if everything(world) != before {
        return Err(Violation::new("comparing once more changes nothing", "something else is shown".to_owned()));
    }
    judge(world)
}

/// All that anybody sees anywhere.
fn everything(world: &World) -> Vec<(String, Body)> {
    let rows = world.store.events.iter().filter(|(_, row)| !row.deleted);
    let here = rows.filter_map(|(id, row)| Some((id.clone(), taking_place(shown(row))?)));
    let items = world.vendors.iter().flat_map(|vendor| vendor.items.values()).filter(|item| item.alive);
    let pieces = items.flat_map(|item| item.pieces().map(|(slot, piece)| (format!("{} {slot:?}", item.id), piece)));
    let there = pieces.filter_map(|(id, piece)| Some((id, taking_place(piece.what.clone())?)));
    here.chain(there).collect()
}

/// Runs until a round writes nothing. `still`: no event may change any more, on no side.
fn rest(world: &mut World, still: bool) -> Result<(), Violation> {
    for _ in 0..MOST_ROUNDS {
        let mut quiet = true;
        for at in 0..world.vendors.len() {
            let (outcome, worker) = world.calm_run(at)?;
            quiet &= worker.changed == 0 && worker.pushed == 0;
            if still && worker.pushed > 0 {
                let detail = format!("{} events were written to {at}", worker.pushed);
                return Err(Violation::new("comparing once more changes nothing", detail));
            }
            match outcome {
                Outcome::Done => {}
                Outcome::Held(reason) if worker.released || still => {
                    return Err(Violation::new("a released run is not held again", reason));
                }
                Outcome::Held(_) => {
                    world.release(at);
                    quiet = false;
                }
                Outcome::Failed(failure) => {
                    return Err(Violation::new("without trouble no run fails", failure.to_string()));
                }
            }
        }
        if quiet {
            world.counters.hit("run: quiet");
            return Ok(());
        }
    }
    Err(Violation::new("runs come to rest", format!("not after {MOST_ROUNDS} rounds")))
}

/// Everything that must hold at rest.
fn judge(world: &mut World) -> Result<(), Violation> {
    for at in 0..world.vendors.len() {
        let judge = Judge::new(world, at);
        judge.here_is_there()?;
        judge.there_is_here()?;
        judge.once(at)?;
    }
    once_here(world)?;
    edits(world)?;
    resurrected(world)?;
    let seen = seen(world);
    seen.into_iter().for_each(|name| world.counters.hit(name));
    Ok(())
}

struct Judge<'a> {
    world: &'a World,
    vendor: &'a Vendor,
    side: &'a Side,
    by_event: BTreeMap<&'a str, (&'a Key, &'a MappingWrite)>,
    by_item: BTreeMap<Key, (&'a Key, &'a MappingWrite)>,
}

impl<'a> Judge<'a> {
    fn new(world: &'a World, at: usize) -> Self {
        let side = &world.store.sides[at];
        let mut by_event = BTreeMap::new();
        let mut by_item = BTreeMap::new();
        for (key, mapping) in side.live() {
            if let Some(id) = &mapping.event_id {
                by_event.insert(id.as_str(), (key, mapping));
            }
            by_item.insert((mapping.external_series_id.clone(), key.1.clone()), (key, mapping));
        }
        Self { world, vendor: &world.vendors[at], side, by_event, by_item }
    }

    /// Every event of the local calendar is at the vendor's, as it is here.
    fn here_is_there(&self) -> Result<(), Violation> {
        let rows = self.world.store.events.iter().filter(|(_, row)| !row.deleted && row.slot.is_none());
        for (id, row) in rows {
            let fail = |rule, detail: String| {
                Err(Violation {
                    item: Some(id.clone()),
                    ..Violation::new(rule, format!("{id} {:?}: {detail}", row.event.title))
                })
            };
            let Some((key, mapping)) = self.by_event.get(id.as_str()) else {
                if self.has_twin(row) {
                    continue;
                }
                return fail("every event here is there", "no mapping".to_owned());
            };
            match (mapping.verdict, mapping.status) {
                (_, MappingStatus::Conflict) => self.conflicted(key, mapping)?,
                (Verdict::Held, _) => {}
                (Verdict::OutOfWindow, _) if !self.is_inside(row) => {}
                (Verdict::Quarantined, _) | (_, MappingStatus::Failed) => {
                    if !self.may_fail(mapping) {
                        return fail("a verdict says what is so", format!("quarantined: {}", mapping.reason));
                    }
                }
                (Verdict::Mirrored, MappingStatus::Synced | MappingStatus::Updated) => self.compare(row, mapping)?,
                _ => return fail("a verdict says what is so", format!("{} {:?}", mapping.verdict, mapping.status)),
            }
        }
        Ok(())
    }

    fn is_inside(&self, row: &Row) -> bool {
        self.world.window().overlaps(row.span.start, row.span.series_end)
    }

    fn has_twin(&self, row: &Row) -> bool {
        let uid = &row.event.uid;
        self.side.live().any(|(_, it)| it.verdict == Verdict::Filtered && it.uid == *uid && !uid.is_empty())
    }

    fn may_fail(&self, mapping: &MappingWrite) -> bool {
        let item = self.vendor.items.get(&mapping.external_series_id);
        item.is_some_and(|item| item.alive && item.is_broken()) || mapping.reason.starts_with("model: ")
    }

    /// Every entry of the vendor's calendar is here, or the reason is known.
    fn there_is_here(&self) -> Result<(), Violation> {
        let window = self.world.window();
        for item in self.vendor.items.values().filter(|item| item.alive && !item.is_broken()) {
            let Some(master) = &item.master else { continue };
            if !self.vendor.span(item, None, master).overlaps(window.from, window.to) {
                continue;
            }
            let fail = |detail: String| {
                Err(Violation::of("every entry in the window is here", format!("{}: {detail}", item.id), &item.id))
            };
            let Some((key, mapping)) = self.by_item.get(&(item.id.clone(), String::new())) else {
                return fail("no mapping".to_owned());
            };
            let row = mapping.event_id.as_ref().and_then(|id| self.world.store.events.get(id));
            match (row, mapping.verdict) {
                (Some(row), _) if !row.deleted => {}
                (_, Verdict::Conflicted) => self.conflicted(key, mapping)?,
                (_, Verdict::Held) => {}
                (None, Verdict::Filtered) if self.is_here(&item.uid) => {}
                _ => return fail(format!("no row; {} {:?} {}", mapping.verdict, mapping.status, mapping.reason)),
            }
        }
        Ok(())
    }

    fn is_here(&self, uid: &str) -> bool {
        self.world.store.events.values().any(|row| !row.deleted && row.slot.is_none() && row.event.uid == uid)
    }

    /// A conflict keeps both sides: what it says of the other side is what is there now.
    fn conflicted(&self, key: &Key, mapping: &MappingWrite) -> Result<(), Violation> {
        let fail = |detail: &str| {
            Err(Violation::of("a conflict keeps both sides", format!("{key:?}: {detail}"), &mapping.external_series_id))
        };
        let Some(conflict) = self.side.conflicts.get(key) else { return fail("there is no conflict") };
        let item = self.vendor.items.get(&mapping.external_series_id).filter(|item| item.alive);
        let there = item.and_then(|item| {
            item.pieces().find(|(slot, _)| slot.map_or_else(String::new, |it| slot_text(it, item.clock)) == key.1)
        });
        if there.is_some_and(|(_, piece)| piece.broken != Broken::No)
            || item.is_some_and(|it| self.vendor.is_unreadable(it))
        {
            return Ok(());
        }
        let told = conflict.remote.as_deref().map(wire::what);
        match (told, there.map(|(_, piece)| &piece.what)) {
            (None | Some(What::Cancelled), None | Some(What::Cancelled)) => Ok(()),
            (Some(What::Takes(told)), Some(What::Takes(there))) => {
                match differs(&told, there, is_bare(mapping), self.vendor.habits.rewrites) {
                    Some(field) => fail(&format!("it tells another {field}")),
                    None => Ok(()),
                }
            }
            // An exception that follows its series again.
            (Some(_), None) if !key.1.is_empty() => Ok(()),
            (told, there) => fail(&format!("{told:?} instead of {there:?}")),
        }
    }

    fn compare(&self, row: &Row, mapping: &MappingWrite) -> Result<(), Violation> {
        let item = self.vendor.items.get(&mapping.external_series_id).filter(|item| item.alive);
        let fail = |slot: Option<DateTime>, detail: String| {
            let text = format!("{} {:?} {slot:?}: {detail}", mapping.external_series_id, row.event.title);
            Err(Violation::of("both sides show the same", text, &mapping.external_series_id))
        };
        let Some(item) = item else { return fail(None, "it is here and not there".to_owned()) };
        if item.is_broken() {
            return Ok(());
        }
        let Some(there) = item.body() else { return fail(None, "only occurrences are there".to_owned()) };
        let here = wire::body(&row.event);
        let (bare, rewrites) = (is_bare(mapping), self.vendor.habits.rewrites);
        if let Some(field) = differs(&here, there, bare, rewrites) {
            return fail(None, field.to_owned());
        }
        if !item.is_series() {
            return Ok(());
        }
        let own: BTreeMap<DateTime, (&String, &Row)> = self
            .world
            .store
            .events
            .iter()
            .filter(|(_, it)| it.series_id == row.series_id && !it.deleted)
            .filter_map(|(id, it)| Some((wire::slot_of(it.slot?, here.clock), (id, it))))
            .collect();
        let slots: BTreeSet<DateTime> =
            own.keys().chain(item.parts.keys()).chain(&here.left_out).chain(&there.left_out).copied().collect();
        for slot in slots {
            if self.waits(item, slot, own.get(&slot).map(|(id, _)| id.as_str())) {
                continue;
            }
            let ruled = |master: &Body| {
                let occurs = master.occurs_at(slot) && !master.left_out.contains(&slot);
                occurs.then(|| wire::occurrence(master, slot))
            };
            let mine = own.get(&slot).map_or_else(|| ruled(&here), |(_, it)| taking_place(shown(it)));
            let theirs = item.parts.get(&slot).map_or_else(|| ruled(there), |it| taking_place(it.what.clone()));
            match (mine, theirs) {
                (None, None) => {}
                (Some(mine), Some(theirs)) => {
                    if let Some(field) = differs(&mine, &theirs, bare, rewrites) {
                        return fail(Some(slot), format!("{field}: {:?} and {:?}", mine.title, theirs.title));
                    }
                }
                (mine, theirs) => {
                    let words = |it: Option<Body>| it.map_or("does not take place".to_owned(), |it| it.title);
                    return fail(Some(slot), format!("{} here, {} there", words(mine), words(theirs)));
                }
            }
        }
        Ok(())
    }

    /// Somebody has to decide about this occurrence.
    fn waits(&self, item: &Item, slot: DateTime, event: Option<&str>) -> bool {
        let key = (item.id.clone(), slot_text(slot, item.clock));
        let by_event = event.and_then(|id| self.by_event.get(id));
        let rows = self.by_item.get(&key).into_iter().chain(by_event);
        let mut waiting = rows.filter(|(_, it)| {
            it.status == MappingStatus::Conflict
                || it.verdict == Verdict::Held
                || it.status == MappingStatus::Failed && self.may_fail(it)
        });
        waiting.next().is_some()
    }

    /// Nothing is there twice.
    fn once(&self, at: usize) -> Result<(), Violation> {
        let mut titles: BTreeMap<Token, &str> = BTreeMap::new();
        for item in self.vendor.items.values().filter(|item| item.alive) {
            let Some(title) = item.body().and_then(title_of) else { continue };
            if let Some(other) = titles.insert(title.clone(), &item.id) {
                if self.is_conflicted(&item.id) || self.is_conflicted(other) {
                    continue;
                }
                let detail = format!("at vendor {at}: {other} and {} are both {:?}", item.id, title.1);
                return Err(Violation::of("nothing is doubled", detail, &item.id));
            }
        }
        Ok(())
    }

    fn is_conflicted(&self, item: &str) -> bool {
        let mapping = self.by_item.get(&(item.to_owned(), String::new()));
        mapping.is_some_and(|(_, mapping)| mapping.status == MappingStatus::Conflict)
    }
}

fn is_bare(mapping: &MappingWrite) -> bool {
    mapping.role == Role::Copy && mapping.echo.bare
}

fn taking_place(what: What) -> Option<Body> {
    match what {
        What::Takes(body) => Some(body),
        What::Cancelled => None,
    }
}

fn title_of(body: &Body) -> Option<Token> {
    tokens(body).into_iter().find(|token| token.0 == Field::Title)
}

/// The first thing in which the two differ for a person who looks.
fn differs(here: &Body, there: &Body, bare: bool, rewrites: bool) -> Option<&'static str> {
    let (here, there) =
        if rewrites { (rewritten(here.clone()), rewritten(there.clone())) } else { (here.clone(), there.clone()) };
    let folded = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    if here.title != there.title {
        Some("title")
    } else if here.place != there.place {
        Some("place")
    } else if folded(&here.text) != folded(&there.text) {
        Some("text")
    } else if (here.start, here.minutes, here.clock, here.rule) != (there.start, there.minutes, there.clock, there.rule)
    {
        Some("time")
    } else if here.tentative != there.tentative {
        Some("status")
    } else if !bare && here.guests != there.guests {
        Some("guests")
    } else {
        None
    }
}

/// Local rows about which somebody has to decide, in any connection.
fn undecided(world: &World) -> BTreeSet<&str> {
    let sides = world.store.sides.iter().flat_map(Side::live);
    let conflicts = sides.filter(|(_, it)| it.status == MappingStatus::Conflict);
    conflicts.filter_map(|(_, it)| it.event_id.as_deref()).collect()
}

fn once_here(world: &World) -> Result<(), Violation> {
    let undecided = undecided(world);
    let mut titles: BTreeMap<Token, &str> = BTreeMap::new();
    for (id, row) in world.store.events.iter().filter(|(_, row)| !row.deleted && row.slot.is_none()) {
        let Some(title) = title_of(&wire::body(&row.event)) else { continue };
        if let Some(other) = titles.insert(title.clone(), id) {
            if undecided.contains(id.as_str()) || undecided.contains(other) {
                continue;
            }
            let detail = format!("here: {other} and {id} are both {:?}", title.1);
            return Err(Violation { item: Some(id.clone()), ..Violation::new("nothing is doubled", detail) });
        }
    }
    Ok(())
}

/// Everything that somebody could still read: in a calendar, or in a conflict.
fn kept(world: &World) -> BTreeSet<Token> {
    let mut kept: BTreeSet<Token> = BTreeSet::new();
    for item in world.vendors.iter().flat_map(|vendor| vendor.items.values()).filter(|item| item.alive) {
        for (_, piece) in item.pieces() {
            if let What::Takes(body) = &piece.what {
                kept.extend(tokens(body));
            }
        }
    }
    for row in world.store.events.values().filter(|row| !row.deleted) {
        if let What::Takes(body) = shown(row) {
            kept.extend(tokens(&body));
        }
    }
    for side in &world.store.sides {
        for conflict in side.conflicts.values() {
            let sides = [&conflict.local, &conflict.remote];
            kept.extend(sides.into_iter().flatten().flat_map(|event| tokens(&wire::body(event))));
        }
        // Where a policy has decided, the journal has what it decided against.
        for entry in side.journal.iter().filter(|_| world.policy != ConflictPolicy::Ask) {
            let sides = [&entry.before, &entry.after];
            kept.extend(sides.into_iter().flatten().flat_map(|event| tokens(&wire::body(event))));
        }
    }
    kept
}

/// Every edit is shown, or was superseded by somebody who saw it, or is kept for a person.
fn edits(world: &World) -> Result<(), Violation> {
    let memory = &world.memory;
    let known = memory.behind(kept(world).into_iter().chain(memory.buried.iter().cloned()));
    for (token, place) in &memory.written {
        if !known.contains(token) {
            let detail = format!("{:?} {:?}, written at {place}, is nowhere", token.0, token.1);
            return Err(Violation::new("no edit is lost", detail));
        }
    }
    Ok(())
}

/// What was deleted is not there again.
fn resurrected(world: &World) -> Result<(), Violation> {
    if world.policy != ConflictPolicy::Ask || world.restored {
        return Ok(());
    }
    let undecided = undecided(world);
    for (id, row) in world.store.events.iter().filter(|(_, row)| !row.deleted && row.slot.is_none()) {
        let Some(title) = title_of(&wire::body(&row.event)) else { continue };
        if let Some(place) = world.memory.deleted.get(&title)
            && !world.shared.contains(&title)
            && !undecided.contains(id.as_str())
        {
            let detail = format!("{id} {:?} was deleted at {place}", row.event.title);
            return Err(Violation { item: Some(id.clone()), ..Violation::new("nothing is resurrected", detail) });
        }
    }
    Ok(())
}

/// What there was to see, for the counters.
fn seen(world: &World) -> BTreeSet<&'static str> {
    let mut seen = BTreeSet::new();
    for (_, mapping) in world.store.sides.iter().flat_map(Side::live) {
        seen.insert(match mapping.verdict {
            Verdict::Mirrored => "verdict: mirrored",
            Verdict::Filtered => "verdict: filtered",
            Verdict::OutOfWindow => "verdict: out of window",
            Verdict::Quarantined => "verdict: quarantined",
            Verdict::Conflicted => "verdict: conflicted",
            Verdict::Held => "verdict: held",
        });
        if is_bare(mapping) {
            seen.insert("rest: a bare copy");
        }
    }
    seen
}
