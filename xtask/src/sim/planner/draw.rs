//! Random cases: what is known of a series, and what a vendor says of it. The three faces of each
//! component (agreed, here, there) are correlated: each side changes some fields of what was agreed.

use jiff::civil::DateTime;
use tidecal_core::remote::SeriesScope;
use tidecal_core::sync::{ConflictPolicy, SyncDirection};

use super::face::{Face, Field};
use crate::sim::rng::Rng;

/// The local row of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Here {
    Clean,
    Edited,
    Deleted,
}

/// A mapped component with a local row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) here: Here,
    /// What was agreed, as it was here and as the vendor says it.
    pub(super) agreed: Face,
    pub(super) agreed_there: Face,
    /// What the row says.
    pub(super) mine: Face,
    /// A conflict has been raised about what the vendor said since; `None`: about its removal.
    pub(super) conflict: Option<Option<Face>>,
    /// It was in quarantine.
    pub(super) failed: bool,
    /// Of what was agreed nothing was kept.
    pub(super) forgotten: bool,
    /// Which of the two bases are stored where one would do.
    pub(super) spare_bases: (bool, bool),
}

/// What is known of a component.
#[derive(Clone, Copy, Debug)]
pub(super) enum Known {
    Nothing,
    Tombstone,
    /// Kept out by the window, with what it said.
    Outside(Face),
    /// In quarantine since it came.
    Quarantined,
    Row(Pair),
}

/// What a change says of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Nothing,
    /// What it said before, at the same version.
    Again(Face),
    Says(Face),
    /// It does not take place; with content, or only its id.
    Cancelled(Option<Face>),
    Unreadable,
}

/// A component of the series.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    /// `None`: the master, or the single event.
    pub(super) slot: Option<DateTime>,
    pub(super) known: Known,
    pub(super) said: Said,
    /// The change knows the exception by another id.
    pub(super) renamed: bool,
}

/// What kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Series(SeriesScope),
    /// All of it is gone.
    Gone,
    /// One exception is gone.
    PartGone(usize),
    /// It cannot be read at all.
    Unreadable,
}

/// One case.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) parts: Vec<Part>,
    pub(super) change: Change,
    pub(super) policy: ConflictPolicy,
    pub(super) direction: SyncDirection,
    /// By how many seconds rows here were changed later than components there, if clocks tell.
    pub(super) ahead: Option<i64>,
}

impl Case {
    pub(super) fn draw(rng: &mut Rng) -> Self {
        let exceptions = rng.below(4);
        let mut parts = Vec::with_capacity(exceptions + 1);
        if exceptions == 0 || rng.chance(900) {
            parts.push(part(None, rng));
        }
        for number in 0..exceptions {
            parts.push(part(Some(slot(number)), rng));
        }
        let change = match rng.below(20) {
            0 | 1 => Change::Gone,
            2 => Change::PartGone(rng.below(parts.len())),
            3 => Change::Unreadable,
            4..=9 => Change::Series(SeriesScope::Whole),
            _ => Change::Series(SeriesScope::Part),
        };
        let policy = *rng.pick(&ConflictPolicy::ALL).unwrap_or(&ConflictPolicy::Ask);
        let direction = match rng.below(6) {
            0 => SyncDirection::Outbound,
            1 | 2 => SyncDirection::Bidirectional,
            _ => SyncDirection::Inbound,
        };
        let ahead = rng.chance(700).then(|| *rng.pick(&[-3600, -31, -30, 0, 30, 31, 3600]).unwrap_or(&0));
        Self { parts, change, policy, direction, ahead }
    }
}

fn slot(number: usize) -> DateTime {
    let day = i8::try_from(2 + 7 * number).unwrap_or(2);
    jiff::civil::date(2026, 12, day).at(9, 0, 0, 0)
}

fn part(slot: Option<DateTime>, rng: &mut Rng) -> Part {
    let known = match rng.below(10) {
        0 => Known::Nothing,
        1 if rng.chance(500) => Known::Tombstone,
        1 => Known::Quarantined,
        2 if rng.chance(500) => Known::Outside(face(rng)),
        _ => Known::Row(pair(rng)),
    };
    let last = last_said(&known).unwrap_or_else(|| face(rng));
    let mine = match &known {
        Known::Row(pair) => Some(pair.mine),
        _ => None,
    };
    let said = match rng.below(20) {
        0..=3 => Said::Nothing,
        4 | 5 => Said::Again(last),
        6 => Said::Cancelled(rng.chance(500).then_some(last)),
        7 => Said::Unreadable,
        8 => Said::Says(mine.unwrap_or(last)),
        9 => Said::Says(last),
        _ => Said::Says(changed(last, mine, rng)),
    };
    // Only an exception that is said anew can have a new id.
    let renamed = slot.is_some() && !matches!(said, Said::Nothing | Said::Again(_)) && rng.chance(100);
    Part { slot, known, said, renamed }
}

/// What the vendor said of it last, as far as that is known.
pub(super) fn last_said(known: &Known) -> Option<Face> {
    match known {
        Known::Row(pair) => Some(pair.conflict.flatten().unwrap_or(pair.agreed_there)),
        Known::Outside(face) => Some(*face),
        Known::Nothing | Known::Tombstone | Known::Quarantined => None,
    }
}

fn face(rng: &mut Rng) -> Face {
    let mut number = || u8::try_from(rng.below(100)).unwrap_or(0);
    let (title, place, text, time) = (number(), number(), number(), number());
    let guests = if number() < 30 { number() } else { 0 };
    Face { title, place, text, time, tentative: number() < 20, guests, spaces: false }
}

/// Some fields become something new, or what somebody else says.
fn changed(from: Face, other: Option<Face>, rng: &mut Rng) -> Face {
    let mut to = from;
    for field in Field::ALL {
        if rng.chance(300) {
            let fresh = u8::try_from(100 + rng.below(100)).unwrap_or(100);
            to.set(field, other.filter(|_| rng.chance(200)).map_or(fresh, |other| other.get(field)));
        }
    }
    if rng.chance(150) {
        to.guests ^= 1 << rng.below(8);
    }
    to.spaces ^= rng.chance(100);
    to
}

fn pair(rng: &mut Rng) -> Pair {
    let agreed = face(rng);
    // Some vendors spell things their own way.
    let agreed_there = if rng.chance(150) { changed(agreed, None, rng) } else { agreed };
    let here = match rng.below(10) {
        0 => Here::Deleted,
        1..=5 => Here::Edited,
        _ => Here::Clean,
    };
    let mine = if here == Here::Edited { changed(agreed, Some(agreed_there), rng) } else { agreed };
    let open = here != Here::Clean && rng.chance(200);
    let conflict = open.then(|| rng.chance(700).then(|| changed(agreed_there, None, rng)));
    Pair {
        here,
        agreed,
        agreed_there,
        mine,
        conflict,
        failed: !open && rng.chance(50),
        forgotten: here != Here::Clean && rng.chance(30),
        spare_bases: (rng.chance(500), rng.chance(500)),
    }
}
