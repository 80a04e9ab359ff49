//! The end of a seed: trouble stops, runs go on until nothing changes, and then the local calendar
//! must be what the vendor holds and the person wanted.
//!
//! Compared is what is shown, as text; neither the core's merge nor its plans are asked.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use jiff::civil::DateTime;
use tidecal_core::sync::{ConflictPolicy, MappingStatus, MappingWrite, Outcome, ReadingKind, Verdict};

use super::shown::{Field, Shown, key_text, of_row, of_truth};
use super::store::Key;
use super::truth::{Item, Piece, What};
use super::worker::Worker;
use super::world::World;
use super::{Violation, caldav};

/// Runs that may be needed until nothing changes.
const MOST_RUNS: usize = 8;

/// Lets everything come to rest and judges it.
pub(super) fn settle(world: &mut World) -> Result<(), Violation> {
    world.quiet = true;
    (world.no_page_tokens, world.wrong) = (false, false);
    world.trace.note(format_args!("trouble is over"));
    world.pass(SignedDuration::from_hours(7));
    if world.needs_comparison {
        world.store.reset(true);
        world.trace.note(format_args!("operator has everything compared"));
    }
    if world.stumbled && world.store.retry_failed() > 0 {
        world.counters.hit("operator: retry");
    }
    rest(world, Bound::Any)?;
    judge(world)?;
    // Comparing everything once more changes no event; but what is left of cancelled occurrences may
    // come and go (nobody sees them), and conflicts may learn what the person wrote since.
    let dropped: usize = world.vendor.items.values().map(|item| item.dropped.len()).sum();
    // Behind a master that cannot be read exceptions are only seen when somebody asks for them.
    let hidden = world.vendor.items.values().filter(|item| world.vendor.is_unreadable(item));
    let hidden: usize = hidden.map(|item| item.parts.len()).sum();
    let ghosts = Judge::new(world).ghosts() + (dropped + hidden) as u64;
    world.store.reset(true);
    world.trace.note(format_args!("once more from the beginning"));
    rest(world, Bound::Events(2 * ghosts))?;
    judge(world)?;
    world.store.reset(true);
    world.trace.note(format_args!("and again"));
    rest(world, Bound::Rows(2 * ghosts))
}

/// How much runs may change.
#[derive(Clone, Copy)]
enum Bound {
    Any,
    Events(u64),
    Rows(u64),
}

impl Bound {
    fn check(self, worker: &Worker) -> Result<(), Violation> {
        let (changed, most, what) = match self {
            Self::Any => return Ok(()),
            Self::Events(most) => (worker.events, most, "events"),
            Self::Rows(most) => (worker.changed, most, "rows"),
        };
        if changed <= most {
            return Ok(());
        }
        Err(Violation::new("comparing once more changes nothing", format!("{changed} {what} changed")))
    }
}

/// Runs until two in a row changed nothing.
fn rest(world: &mut World, bound: Bound) -> Result<(), Violation> {
    let mut quiet = 0;
    for _ in 0..MOST_RUNS {
        let (outcome, worker) = world.calm_run()?;
        bound.check(&worker)?;
        match outcome {
            Outcome::Done if worker.changed == 0 => {
                if worker.run.kind() == ReadingKind::Delta && worker.commits > 0 {
                    let detail = format!("{} commits", worker.commits);
                    return Err(Violation::new("a quiet run commits nothing", detail));
                }
                world.counters.hit("run: quiet");
                quiet += 1;
            }
            Outcome::Done => quiet = 0,
            Outcome::Held(reason) if worker.released || matches!(bound, Bound::Events(0) | Bound::Rows(0)) => {
                return Err(Violation::new("a released run is not held again", reason));
            }
            Outcome::Held(_) => world.release(),
            Outcome::Failed(failure) => {
                return Err(Violation::new("without trouble no run fails", failure.to_string()));
            }
        }
        if quiet == 2 {
            return Ok(());
        }
    }
    Err(Violation::new("runs come to rest", format!("not after {MOST_RUNS} runs")))
}

/// The entry behind a local row: item and slot.
pub(super) fn piece_of(world: &World, row: &str) -> Option<(String, Option<DateTime>)> {
    let live = |it: &&MappingWrite| it.event_id.as_deref() == Some(row) && it.status != MappingStatus::Deleted;
    let mapping = world.store.mappings.values().find(live)?;
    let item = world.vendor.items.get(&mapping.external_series_id).filter(|item| item.alive)?;
    let slot = mapping.recurrence_id.map(|slot| slot.to_string()).unwrap_or_default();
    item.pieces()
        .find(|(at, _)| key_text(*at, item.clock) == slot)
        .filter(|(_, piece)| piece.what != What::Cancelled)
        .map(|(at, _)| (item.id.clone(), at))
}

/// Everything that must hold at rest.
fn judge(world: &mut World) -> Result<(), Violation> {
    let judge = Judge::new(world);
    judge.entries()?;
    judge.rows()?;
    judge.verdicts()?;
    judge.edits()?;
    let seen = judge.seen();
    seen.into_iter().for_each(|name| world.counters.hit(name));
    Ok(())
}

struct Judge<'a> {
    world: &'a World,
    /// Mappings that are no tombstones, by series and slot.
    live: BTreeMap<Key, Vec<(&'a Key, &'a MappingWrite)>>,
    /// Fields edited here, by row.
    edited: BTreeMap<&'a str, Vec<Field>>,
}

impl<'a> Judge<'a> {
    fn new(world: &'a World) -> Self {
        let mut live: BTreeMap<Key, Vec<_>> = BTreeMap::new();
        for (key, mapping) in world.store.mappings.iter().filter(|(_, it)| it.status != MappingStatus::Deleted) {
            // An occurrence that does not say which one it is has a row of its own.
            let owner = if key.1.is_empty() { &key.0 } else { &mapping.external_series_id };
            live.entry((owner.clone(), key.1.clone())).or_default().push((key, mapping));
        }
        let mut edited: BTreeMap<&str, Vec<Field>> = BTreeMap::new();
        for (row, field) in world.person.wanted.keys() {
            edited.entry(row).or_default().push(*field);
        }
        Self { world, live, edited }
    }

    fn overlaps(&self, item: &Item, slot: Option<DateTime>, piece: &Piece) -> bool {
        let window = self.world.window();
        self.world.vendor.span(item, slot, piece).overlaps(window.from, window.to)
    }

    fn truth(&self, item: &Item, slot: Option<DateTime>, piece: &Piece) -> Shown {
        let excluded: Vec<String> = match slot {
            None => caldav::excluded(&self.world.vendor, item).iter().map(ToString::to_string).collect(),
            Some(_) => Vec::new(),
        };
        let mut shown = of_truth(&piece.what, &excluded);
        if self.world.vendor.temper != super::vendor::Temper::Caldav
            && let What::Takes(_) = piece.what
        {
            shown = of_truth(&piece.what, &[]);
        }
        shown
    }

    /// Every entry in the window is here, once, as it is there.
    fn entries(&self) -> Result<(), Violation> {
        for item in self.world.vendor.items.values().filter(|item| item.alive) {
            if self.world.vendor.is_unreadable(item) {
                continue;
            }
            for (slot, piece) in item.pieces() {
                let readable = piece.broken == super::truth::Broken::No;
                if readable && self.overlaps(item, slot, piece) {
                    self.entry(item, slot, piece)?;
                }
            }
        }
        Ok(())
    }

    fn entry(&self, item: &Item, slot: Option<DateTime>, piece: &Piece) -> Result<(), Violation> {
        let key = (item.id.clone(), key_text(slot, item.clock));
        let fail = |rule, detail: String| Err(Violation::of(rule, format!("{key:?}: {detail}"), &item.id));
        if piece.what == What::Cancelled && self.hides(item, &key) {
            return Ok(());
        }
        if piece.what == What::Cancelled && self.is_unheard(item, &key) {
            return Ok(());
        }
        let mappings = self.live.get(&key).map(Vec::as_slice).unwrap_or_default();
        let [(_, mapping)] = mappings else {
            return fail("every entry has one verdict", format!("{} mappings", mappings.len()));
        };
        let Some(id) = &mapping.event_id else {
            return fail("every entry in the window is here", format!("no row, {}", mapping.verdict));
        };
        let Some(row) = self.world.store.events.get(id) else {
            return fail("every entry in the window is here", "the row is gone".to_owned());
        };
        if row.deleted {
            let by_person = self.world.person.deleted.contains(id);
            return if by_person { Ok(()) } else { fail("nobody else deletes", id.clone()) };
        }
        if mapping.status == MappingStatus::Conflict {
            return self.conflicted(item, &key, mapping, Some(&self.truth(item, slot, piece)));
        }
        let edited = self.edited.get(id.as_str()).map(Vec::as_slice).unwrap_or_default();
        let truth = self.truth(item, slot, piece);
        if let Some(difference) = of_row(&row.event).differs(&truth, edited) {
            return fail("an entry here says what it says there", difference);
        }
        // What later merges rest on: the base is what the vendor last said.
        let base = match mapping.base.as_ref().or(mapping.local_base.as_ref()) {
            Some(base) => of_row(base),
            None if row.version == mapping.base_version => of_row(&row.event),
            None => return fail("the base of an edit is known", format!("{} v{}", id, row.version)),
        };
        match base.differs(&truth, &[]) {
            Some(difference) => fail("the base is what the vendor last said", difference),
            None => Ok(()),
        }
    }

    /// A cancellation that is told while its series is gone may be part of the removal: it says
    /// nothing of a series that comes again on a later page. The next comparison does.
    fn is_unheard(&self, item: &Item, key: &Key) -> bool {
        item.died > 0 && item.died < item.born && !self.live.contains_key(key)
    }

    /// Whether a cancelled occurrence is not shown here either.
    fn hides(&self, item: &Item, key: &Key) -> bool {
        let of = |key: &Key| self.live.get(key)?.first().map(|(_, mapping)| *mapping);
        let row = |mapping: &MappingWrite| self.world.store.events.get(mapping.event_id.as_ref()?);
        let Some(series) = of(&(item.id.clone(), String::new())) else { return true };
        let Some(master) = row(series) else { return true };
        // Whoever moved the series here, or has still to choose, sees other occurrences anyway.
        let moved = self.edited.get(self.id_of(series)).is_some_and(|fields| fields.contains(&Field::Time));
        let unsure = matches!(series.verdict, Verdict::Conflicted | Verdict::Quarantined);
        if moved || unsure || master.deleted {
            return true;
        }
        let excluded = master.event.recurrence.iter().flat_map(|it| &it.excluded).any(|slot| slot.to_string() == key.1);
        excluded || of(key).and_then(row).is_some_and(|row| row.deleted || of_row(&row.event).is_cancelled())
    }

    /// A conflict keeps both sides: what it says of the other side is what is there now.
    fn conflicted(
        &self,
        item: &Item,
        key: &Key,
        mapping: &MappingWrite,
        truth: Option<&Shown>,
    ) -> Result<(), Violation> {
        let fail =
            |detail: String| Err(Violation::of("a conflict keeps both sides", format!("{key:?}: {detail}"), &item.id));
        let slot = mapping.recurrence_id.map(|slot| slot.to_string()).unwrap_or_default();
        let Some(conflict) = self.world.store.conflicts.get(&(mapping.external_event_id.clone(), slot)) else {
            return fail("there is no conflict".to_owned());
        };
        match (conflict.remote.as_ref().map(|event| of_row(event)), truth) {
            (None, None) => Ok(()),
            // The last word on an exception that is no more was that it does not take place.
            (Some(remote), None) if remote.is_cancelled() => Ok(()),
            (Some(remote), Some(truth)) => match remote.differs(truth, &[]) {
                Some(difference) => fail(difference),
                None => Ok(()),
            },
            (remote, truth) => fail(format!("{remote:?} instead of {truth:?}")),
        }
    }

    /// Every row is there, once; nothing is doubled or resurrected.
    fn rows(&self) -> Result<(), Violation> {
        let mut pointed: BTreeMap<&str, Vec<(&Key, &MappingWrite)>> = BTreeMap::new();
        for (key, mapping) in self.live.values().flatten() {
            if let Some(id) = &mapping.event_id {
                pointed.entry(id).or_default().push((key, mapping));
            }
        }
        for (id, row) in self.world.store.events.iter().filter(|(_, row)| !row.deleted) {
            let title = &row.event.title;
            if let Some(own) = self.world.person.own.get(id) {
                if *own != row.event {
                    return Err(Violation::new("what nobody syncs stays", id.clone()));
                }
                continue;
            }
            let detail = || format!("{id} {title:?} {:?}", of_row(&row.event).time);
            match pointed.get(id.as_str()).map(Vec::as_slice).unwrap_or_default() {
                [(key, mapping)] => self.row(row, key, mapping)?,
                [] if of_row(&row.event).is_cancelled() || self.waits(id) => {}
                [] => return Err(Violation::new("no row without a mapping", detail())),
                [(key, _), ..] => return Err(Violation::of("one mapping for a row", detail(), &key.0)),
            }
        }
        Ok(())
    }

    /// A person has to decide about it.
    fn waits(&self, id: &String) -> bool {
        self.edited.contains_key(id.as_str())
            && self.world.store.conflicts.values().any(|conflict| conflict.event_id.as_ref() == Some(id))
    }

    /// Rows of cancelled occurrences of which only one side knows (any more).
    fn ghosts(&self) -> u64 {
        let ghost = |mapping: &MappingWrite| {
            let row = mapping.event_id.as_ref().and_then(|id| self.world.store.events.get(id));
            row.is_some_and(|row| !row.deleted && of_row(&row.event).is_cancelled()) && self.found(mapping).is_none()
        };
        let unheard = self.world.vendor.items.values().filter(|item| item.alive).flat_map(|item| {
            let slots = item.parts.keys().map(|slot| (item.id.clone(), key_text(Some(*slot), item.clock)));
            slots.filter(|key| self.is_unheard(item, key))
        });
        let ghosts = self.live.values().flatten().filter(|(_, mapping)| ghost(mapping));
        (ghosts.count() + unheard.count()) as u64
    }

    /// The entry behind a mapping.
    fn found(&self, mapping: &MappingWrite) -> Option<(&'a Item, Option<DateTime>, &'a Piece)> {
        let item = self.world.vendor.items.get(&mapping.external_series_id).filter(|item| item.alive)?;
        let key = mapping.recurrence_id.map(|slot| slot.to_string()).unwrap_or_default();
        let (slot, piece) = item.pieces().find(|(slot, _)| key_text(*slot, item.clock) == key)?;
        Some((item, slot, piece))
    }

    fn row(&self, row: &super::store::Row, key: &Key, mapping: &MappingWrite) -> Result<(), Violation> {
        let window = self.world.window();
        let inside = window.overlaps(row.span.start, row.span.series_end);
        let shown = of_row(&row.event);
        let item = self.world.vendor.items.get(&mapping.external_series_id);
        let found = self.found(mapping);
        // Moved to another series, and it cannot say so.
        let moved = self
            .world
            .vendor
            .items
            .values()
            .any(|item| item.alive && item.pieces().any(|(_, piece)| piece.id == key.0 && broken(piece)));
        let broken = moved || item.is_some_and(|item| item.alive && item.is_broken());
        // What ended before the window there is not asked for, wherever the person moved it here.
        let asked_for = mapping.span.is_none_or(|it| window.overlaps(it.start, it.series_end));
        if !inside || !asked_for || shown.is_cancelled() && found.is_none() || broken {
            return Ok(());
        }
        match (found, item) {
            (Some((item, slot, piece)), _) => self.entry(item, slot, piece),
            (None, Some(item)) if mapping.status == MappingStatus::Conflict => {
                self.conflicted(item, key, mapping, None)
            }
            // What had been edited here when it went stays, also if the edit is taken back later.
            (None, _) if self.world.policy == ConflictPolicy::Local && self.is_touched(mapping) => Ok(()),
            (None, _) => {
                let detail = format!("{key:?} {:?} is here and not there", row.event.title);
                Err(Violation::of("nothing is resurrected or left over", detail, &mapping.external_series_id))
            }
        }
    }

    fn is_touched(&self, mapping: &MappingWrite) -> bool {
        self.world.person.touched.contains(self.id_of(mapping))
    }

    fn id_of<'m>(&self, mapping: &'m MappingWrite) -> &'m str {
        mapping.event_id.as_deref().unwrap_or_default()
    }

    /// A verdict says what is the case.
    fn verdicts(&self) -> Result<(), Violation> {
        for (key, mapping) in self.live.values().flatten() {
            let fail = |detail: &str| {
                let detail = format!("{key:?} is {}: {detail}", mapping.verdict);
                Err(Violation::of("a verdict says what is so", detail, &mapping.external_series_id))
            };
            let item = self.world.vendor.items.get(&mapping.external_series_id).filter(|item| item.alive);
            let window = self.world.window();
            match mapping.verdict {
                Verdict::Mirrored if mapping.event_id.is_none() => return fail("there is no row"),
                Verdict::OutOfWindow if mapping.event_id.is_some() => return fail("there is a row"),
                Verdict::OutOfWindow
                    if mapping.span.is_some_and(|span| {
                        span.start < window.to && span.series_end.is_none_or(|end| end > window.from)
                    }) =>
                {
                    return fail("it lies in the window");
                }
                Verdict::Quarantined if !self.may_be_quarantined(mapping, item) => return fail("it can be read"),
                Verdict::Conflicted if mapping.status != MappingStatus::Conflict => return fail("the status differs"),
                _ => {}
            }
        }
        for item in self.world.vendor.items.values().filter(|item| item.alive && item.is_broken()) {
            self.quarantined(item)?;
        }
        Ok(())
    }

    fn may_be_quarantined(&self, mapping: &MappingWrite, item: Option<&Item>) -> bool {
        // An occurrence that could not say whose it is stands for itself.
        let alone = self.world.vendor.items.values().any(|item| {
            item.alive && item.pieces().any(|(_, piece)| piece.id == mapping.external_event_id && broken(piece))
        });
        // And nobody tells that it went with its series, of which it never spoke.
        let untold = |item: &Item| {
            let told = self.world.vendor.habits.names_parts_of_removed || item.master.is_none();
            !item.alive && !told && item.dropped.iter().any(|dropped| dropped.id == mapping.external_event_id)
        };
        let alone = alone || item.is_none() && self.world.vendor.items.values().any(untold);
        let outside = mapping.span.is_none_or(|span| !self.world.window().overlaps(span.start, span.series_end));
        alone || item.is_some_and(Item::is_broken) || item.is_none() && outside && mapping.event_id.is_some()
    }

    /// What cannot be read and lies in the window is in quarantine.
    fn quarantined(&self, item: &Item) -> Result<(), Violation> {
        let whole = self.world.vendor.is_unreadable(item);
        for (slot, piece) in item.pieces().filter(|(slot, _)| !whole || slot.is_none()) {
            if !broken(piece) || !self.overlaps(item, slot, piece) {
                continue;
            }
            let caught = self.world.store.mappings.iter().any(|((id, _), mapping)| {
                (*id == piece.id || id.starts_with(&format!("{}#", item.id)))
                    && mapping.verdict == Verdict::Quarantined
                    && mapping.status != MappingStatus::Deleted
            });
            if !caught {
                let detail = format!("{} {slot:?}", piece.id);
                return Err(Violation::of("what cannot be read is in quarantine", detail, &item.id));
            }
        }
        Ok(())
    }

    /// Every edit is here, was superseded, or is kept in a conflict.
    fn edits(&self) -> Result<(), Violation> {
        let store = &self.world.store;
        for ((id, field), value) in &self.world.person.wanted {
            let row = store.events.get(id).filter(|row| !row.deleted);
            let shows = row.is_some_and(|row| of_row(&row.event).get(*field) == value);
            let kept = store.conflicts.values().any(|conflict| {
                conflict.event_id.as_ref() == Some(id)
                    && conflict.local.as_ref().is_some_and(|local| of_row(local).get(*field) == value)
                    && conflict.base.is_some()
            });
            let agreed = self.world.echoed.contains(&(id.clone(), *field, value.clone()));
            let overruled = self.world.policy == ConflictPolicy::Remote
                && store.journal.iter().any(|entry| {
                    entry.event_id == *id
                        && entry.before.as_ref().is_some_and(|before| of_row(before).get(*field) == value)
                });
            if !(shows || kept || agreed || overruled) {
                let shown = row.map(|row| of_row(&row.event).get(*field).to_owned());
                let detail = format!("{id} {field:?}: {value:?} is lost, shown is {shown:?}");
                return Err(Violation { item: Some(id.clone()), ..Violation::new("no edit is lost", detail) });
            }
        }
        for id in &self.world.person.deleted {
            if store.events.get(id).is_some_and(|row| !row.deleted) && !self.came_back(id) {
                return Err(Violation::new("no deletion is undone", id.clone()));
            }
        }
        Ok(())
    }

    /// Its entry went and came again at the vendor's, or the vendor's word counts.
    fn came_back(&self, id: &str) -> bool {
        let item = self.world.store.mappings.values().find(|it| it.event_id.as_deref() == Some(id));
        let item = item.and_then(|it| self.world.vendor.items.get(&it.external_series_id));
        let again = self.world.was_wrong || item.is_some_and(|item| item.died > 0);
        again || self.world.policy == ConflictPolicy::Remote
    }

    /// What there was to see, for the counters.
    fn seen(&self) -> BTreeSet<&'static str> {
        let mut seen: BTreeSet<&'static str> = self
            .live
            .values()
            .flatten()
            .map(|(_, mapping)| match mapping.verdict {
                Verdict::Mirrored => "verdict: mirrored",
                Verdict::Filtered => "verdict: filtered",
                Verdict::OutOfWindow => "verdict: out of window",
                Verdict::Quarantined => "verdict: quarantined",
                Verdict::Conflicted => "verdict: conflicted",
                Verdict::Held => "verdict: held",
            })
            .collect();
        let window = self.world.window();
        let left = |row: &super::store::Row| !window.overlaps(row.span.start, row.span.series_end);
        if self.world.store.events.values().any(left) {
            seen.insert("window: an entry left");
        }
        seen
    }
}

fn broken(piece: &Piece) -> bool {
    piece.broken != super::truth::Broken::No
}
