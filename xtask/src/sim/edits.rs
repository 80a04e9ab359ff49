//! What people do in the vendor's calendar, at random.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::DateTime;
use jiff::{Timestamp, tz::TimeZone};

use super::count::Counters;
use super::rng::Rng;
use super::series;
use super::truth::{Body, Broken, Clock, Dropped, Item, Piece, Rule, What, plus_days, plus_minutes};
use super::vendor::{Temper, Vendor};

const ZONES: [&str; 5] = ["Europe/Vienna", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"];

/// One kind of edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Create,
    Say,
    Respell,
    VersionOnly,
    Answer,
    Move,
    MoveFar,
    Delete,
    DeleteMany,
    Recreate,
    MakeException,
    ChangeException,
    CancelOccurrence,
    RestoreOccurrence,
    MoveSeries,
    ChangeRule,
    Split,
    Break,
    Heal,
    Rename,
}

const KINDS: &[(Kind, usize)] = &[
    (Kind::Create, 14),
    (Kind::Say, 16),
    (Kind::Respell, 3),
    (Kind::VersionOnly, 3),
    (Kind::Answer, 3),
    (Kind::Move, 8),
    (Kind::MoveFar, 5),
    (Kind::Delete, 9),
    (Kind::DeleteMany, 1),
    (Kind::Recreate, 4),
    (Kind::MakeException, 10),
    (Kind::ChangeException, 7),
    (Kind::CancelOccurrence, 7),
    (Kind::RestoreOccurrence, 3),
    (Kind::MoveSeries, 4),
    (Kind::ChangeRule, 3),
    (Kind::Split, 3),
    (Kind::Break, 3),
    (Kind::Heal, 4),
    (Kind::Rename, 2),
];

impl Vendor {
    /// One random edit; `None`: there was nothing to do it to.
    pub(super) fn edit(&mut self, now: Timestamp, rng: &mut Rng, counters: &mut Counters) -> Option<String> {
        let kind = rng.weighted(KINDS)?;
        match kind {
            Kind::Create => Some(self.create(now, rng, counters)),
            Kind::Say | Kind::Respell | Kind::VersionOnly | Kind::Answer => self.say(kind, rng, counters),
            Kind::Move | Kind::MoveFar => self.shift(kind, rng, counters),
            Kind::Delete => {
                let id = self.any(rng, |_| true)?;
                counters.hit("edit: delete");
                self.kill(&id);
                Some(format!("delete {id}"))
            }
            Kind::DeleteMany => self.delete_many(rng, counters),
            Kind::Recreate => self.recreate(now, rng, counters),
            Kind::MakeException
            | Kind::ChangeException
            | Kind::CancelOccurrence
            | Kind::RestoreOccurrence
            | Kind::MoveSeries
            | Kind::ChangeRule
            | Kind::Split => series::edit(self, kind, rng, counters),
            Kind::Break => self.set_broken(true, rng, counters),
            Kind::Heal => self.set_broken(false, rng, counters),
            Kind::Rename => self.rename(rng, counters),
        }
    }

    /// The id of some living item.
    pub(super) fn any(&self, rng: &mut Rng, fits: impl Fn(&Item) -> bool) -> Option<String> {
        let ids: Vec<&String> =
            self.items.values().filter(|item| item.alive && fits(item)).map(|item| &item.id).collect();
        rng.pick(&ids).map(|id| (*id).clone())
    }

    /// A new item: mostly single, often a series, sometimes one occurrence of somebody's series.
    pub(super) fn create(&mut self, now: Timestamp, rng: &mut Rng, counters: &mut Counters) -> String {
        counters.hit("edit: create");
        self.serial += 1;
        let id = match self.temper {
            Temper::Google => format!("g{:04}", self.serial),
            Temper::Graph => format!("AAM{:04}", self.serial),
            Temper::Caldav => format!("/cal/{:04}.ics", self.serial),
        };
        let body = self.body(now, rng);
        let etag = self.tick();
        let mut item = Item {
            uid: format!("{}@example.com", self.serial),
            clock: body.clock,
            alive: true,
            master: None,
            parts: BTreeMap::new(),
            dropped: Vec::new(),
            etag,
            changed: etag,
            born: etag,
            died: 0,
            id: id.clone(),
            mark: None,
            key: None,
        };
        if body.rule.is_some() && self.temper != Temper::Graph && rng.chance(120) {
            counters.hit("edit: only an occurrence is known");
            let part = Body { rule: None, ..body };
            let slot = part.start;
            let piece = self.piece(self.part_id(&item, slot), What::Takes(part), etag);
            item.parts.insert(slot, piece);
        } else {
            item.master = Some(self.piece(id.clone(), What::Takes(body), etag));
        }
        self.items.insert(id.clone(), item);
        format!("create {id}")
    }

    pub(super) fn piece(&self, id: String, what: What, etag: u64) -> Piece {
        Piece { id, what, before: None, etag, changed: etag, broken: Broken::No }
    }

    /// The id of an exception; new at each call where the vendor makes new ones.
    pub(super) fn part_id(&self, item: &Item, slot: DateTime) -> String {
        match self.temper {
            Temper::Google => format!("{}_{}", item.id, super::truth::slot_text(slot, item.clock)),
            Temper::Graph => format!("{}.x{}-{}", item.id, self.seq, slot.strftime("%Y%m%d")),
            Temper::Caldav => item.id.clone(),
        }
    }

    pub(super) fn body(&mut self, now: Timestamp, rng: &mut Rng) -> Body {
        let days = if rng.chance(800) { rng.between(-50, 300) } else { rng.between(-190, 560) };
        let today = TimeZone::UTC.to_datetime(now).date().at(0, 0, 0, 0);
        let clock = match rng.below(10) {
            0 | 1 => Clock::Days,
            2 => Clock::Floating,
            _ => Clock::Zone(rng.pick(&ZONES).copied().unwrap_or("UTC")),
        };
        // Half past two in the night is where summer time begins and ends.
        let at = if rng.chance(150) { 150 } else { rng.between(0, 48) * 30 };
        let (at, minutes) = match clock {
            Clock::Days => (0, rng.between(1, 4) * 1440),
            _ => (at, rng.between(0, 8) * 30),
        };
        let rule = rng.chance(400).then(|| any_rule(rng));
        Body {
            title: self.word("title", rng),
            place: if rng.chance(500) { self.word("place", rng) } else { String::new() },
            text: if rng.chance(500) { self.word("some text", rng) } else { String::new() },
            start: plus_minutes(plus_days(today, days), at),
            minutes,
            clock,
            rule,
            tentative: rng.chance(100),
            guests: BTreeMap::new(),
            left_out: BTreeSet::new(),
        }
    }

    /// A text that nobody has used before.
    pub(super) fn word(&mut self, what: &str, rng: &mut Rng) -> String {
        self.serial += 1;
        format!("{what} {}{}", self.serial, if rng.chance(100) { " & <b>more</b>" } else { "" })
    }

    /// Replaces what a piece says, as a new version.
    pub(super) fn change(&mut self, id: &str, slot: Option<DateTime>, change: impl FnOnce(&mut Piece)) {
        let seq = self.tick();
        let Some(item) = self.items.get_mut(id) else { return };
        (item.etag, item.changed) = (seq, seq);
        let piece = match slot {
            None => item.master.as_mut(),
            Some(slot) => item.parts.get_mut(&slot),
        };
        if let Some(piece) = piece {
            piece.before = (piece.broken == Broken::No).then(|| (piece.what.clone(), piece.etag, piece.changed));
            (piece.etag, piece.changed) = (seq, seq);
            change(piece);
        }
    }

    pub(super) fn change_body(&mut self, id: &str, slot: Option<DateTime>, change: impl FnOnce(&mut Body)) {
        self.change(id, slot, |piece| {
            if let What::Takes(body) = &mut piece.what {
                change(body);
            }
        });
    }

    /// Some piece that takes place: item and slot.
    pub(super) fn any_piece(&self, rng: &mut Rng) -> Option<(String, Option<DateTime>)> {
        let id = self.any(rng, |_| true)?;
        let pieces = self.items.get(&id)?.pieces().filter(|(_, piece)| piece.what != What::Cancelled);
        let slots: Vec<Option<DateTime>> = pieces.map(|(slot, _)| slot).collect();
        rng.pick(&slots).map(|slot| (id.clone(), *slot))
    }

    fn say(&mut self, kind: Kind, rng: &mut Rng, counters: &mut Counters) -> Option<String> {
        let (id, slot) = self.any_piece(rng)?;
        let guest = format!("guest{}@example.com", rng.below(4));
        let comes = rng.chance(500);
        let (title, place, text) = (self.word("title", rng), self.word("place", rng), self.word("text", rng));
        let which = rng.below(4);
        self.change_body(&id, slot, |body| match kind {
            Kind::Respell => body.text = format!("  {}\r\n", body.text.replace(' ', "\r\n")),
            Kind::Answer => {
                body.guests.insert(guest, comes);
            }
            Kind::Say => match which {
                0 | 1 => body.title = title,
                2 => body.place = place,
                _ => body.text = text,
            },
            _ => {}
        });
        if kind == Kind::VersionOnly {
            counters.hit("edit: version only");
        }
        Some(format!("{kind:?} {id} {slot:?}"))
    }

    /// Moves a single event or an exception.
    fn shift(&mut self, kind: Kind, rng: &mut Rng, counters: &mut Counters) -> Option<String> {
        let (id, slot) = self.any_piece(rng)?;
        if slot.is_none() && self.items.get(&id)?.is_series() {
            return None;
        }
        let days = match kind {
            Kind::MoveFar => {
                counters.hit("edit: out of the window");
                *rng.pick(&[-400, -200, 430, 700])?
            }
            _ => rng.between(-9, 10),
        };
        let minutes = rng.between(-4, 5) * 30;
        self.change_body(&id, slot, |body| {
            body.start = plus_days(body.start, days);
            if body.clock != Clock::Days {
                body.start = plus_minutes(body.start, minutes);
            }
        });
        Some(format!("{kind:?} {id} {slot:?} by {days} days"))
    }

    /// Takes an item away.
    pub(super) fn kill(&mut self, id: &str) {
        let seq = self.tick();
        let Some(item) = self.items.get_mut(id) else { return };
        item.alive = false;
        (item.changed, item.died) = (seq, seq);
        let clock = item.clock;
        let gone = |(slot, piece): (DateTime, Piece)| Dropped { id: piece.id, slot, clock, changed: seq };
        item.dropped.extend(std::mem::take(&mut item.parts).into_iter().map(gone));
    }

    fn delete_many(&mut self, rng: &mut Rng, counters: &mut Counters) -> Option<String> {
        let mut ids: Vec<String> = self.items.values().filter(|item| item.alive).map(|item| item.id.clone()).collect();
        if ids.len() < 8 {
            return None;
        }
        counters.hit("edit: delete many");
        rng.shuffle(&mut ids);
        let count = ids.len() / 3 + rng.below(ids.len() / 2);
        ids.truncate(count);
        ids.iter().for_each(|id| self.kill(id));
        Some(format!("delete {count} items"))
    }

    /// The same id again, with other content.
    fn recreate(&mut self, now: Timestamp, rng: &mut Rng, counters: &mut Counters) -> Option<String> {
        let dead: Vec<String> = self.items.values().filter(|item| !item.alive).map(|item| item.id.clone()).collect();
        let id = rng.pick(&dead)?.clone();
        counters.hit("edit: re-create");
        let body = self.body(now, rng);
        let etag = self.tick();
        let piece = self.piece(id.clone(), What::Takes(body), etag);
        let item = self.items.get_mut(&id)?;
        item.clock = match &piece.what {
            What::Takes(body) => body.clock,
            What::Cancelled => item.clock,
        };
        (item.alive, item.etag, item.changed, item.born) = (true, etag, etag, etag);
        (item.mark, item.key) = (None, None);
        item.master = Some(piece);
        item.dropped.iter_mut().for_each(|dropped| dropped.changed = etag);
        series::settle_parts(self, &id);
        Some(format!("re-create {id}"))
    }

    fn set_broken(&mut self, broken: bool, rng: &mut Rng, counters: &mut Counters) -> Option<String> {
        let found: Vec<(String, Option<DateTime>)> = self
            .items
            .values()
            .filter(|item| item.alive)
            .flat_map(|item| item.pieces().map(move |(slot, piece)| (item, slot, piece)))
            .filter(|(_, _, piece)| (piece.broken == Broken::No) == broken && piece.what != What::Cancelled)
            .map(|(item, slot, _)| (item.id.clone(), slot))
            .collect();
        let (id, slot) = rng.pick(&found)?.clone();
        counters.hit(if broken { "edit: break" } else { "edit: heal" });
        let how = match (broken, rng.chance(500)) {
            (false, _) => Broken::No,
            (true, true) => Broken::Whole,
            (true, false) => Broken::Content,
        };
        self.change(&id, slot, |piece| piece.broken = how);
        Some(format!("{how:?} {id} {slot:?}"))
    }

    /// The object gets another address; to the protocol one is gone and another is new.
    fn rename(&mut self, rng: &mut Rng, counters: &mut Counters) -> Option<String> {
        if self.temper != Temper::Caldav {
            return None;
        }
        let id = self.any(rng, |item| item.mark.is_none())?;
        counters.hit("edit: new address");
        self.serial += 1;
        let new = format!("/cal/{:04}-moved.ics", self.serial);
        let mut item = self.items.get(&id)?.clone();
        self.kill(&id);
        let etag = self.tick();
        (item.id, item.etag, item.changed) = (new.clone(), etag, etag);
        if let Some(master) = &mut item.master {
            master.id.clone_from(&new);
        }
        item.parts.values_mut().for_each(|piece| piece.id.clone_from(&new));
        self.items.insert(new.clone(), item);
        Some(format!("rename {id} to {new}"))
    }
}

pub(super) fn any_rule(rng: &mut Rng) -> Rule {
    let days = *rng.pick(&[1, 2, 7, 14]).unwrap_or(&7);
    let times = rng.chance(400).then(|| rng.between(2, 40));
    Rule { days, times, until: None }
}
