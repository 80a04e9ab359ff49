//! Expanded windows, kept for their next pages and for whoever looks again.
//!
//! A kept listing names instances and times, not what they say. It belongs to certain versions of
//! certain calendars of one tenant (`calendars.seq` counts every change of an event), so a change
//! makes it useless at once, without anybody having to tell.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tidecal_ical::{Range, When, Zone};
use tidecal_store::{Calendar, EventTimes, TenantScope};

use super::expansion::{Slot, instance_id, slots};
use super::page::Position;

/// What all kept listings may weigh, bytes.
const MOST_BYTES: usize = 16 << 20;

/// What takes place in a window, in order.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    rows: Vec<Names>,
    slots: Vec<Slot>,
}

/// What a row is called.
#[derive(Debug)]
struct Names {
    id: Box<str>,
    series_id: Box<str>,
}

/// One instance of a listing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listed<'l> {
    pub(super) slot: &'l Slot,
    names: &'l Names,
}

impl Listed<'_> {
    /// The same for an occurrence and for the exception that changes it.
    pub(super) fn id(&self) -> String {
        instance_id(&self.names.id, &self.names.series_id, self.slot.recurrence_id)
    }

    /// Of the row that says what takes place.
    pub(super) fn event_id(&self) -> &str {
        &self.names.id
    }

    pub(super) fn position(&self) -> Position {
        Position { start: self.slot.start, id: self.id() }
    }
}

impl Listing {
    /// Expands rows; what begins before `from` is left out.
    pub(super) fn of(
        rows: Vec<EventTimes>,
        range: Range,
        from: Option<Timestamp>,
        zone_of: impl Fn(&str) -> Zone,
    ) -> Self {
        let mut slots = slots(&rows, range, zone_of);
        if let Some(from) = from {
            slots.retain(|slot| slot.start >= from);
        }
        slots.shrink_to_fit();
        let names = |row: EventTimes| Names { id: row.id.into(), series_id: row.series_id.into() };
        Self { rows: rows.into_iter().map(names).collect(), slots }
    }

    /// The instances behind a position.
    pub(super) fn after(&self, position: Option<&Position>) -> impl Iterator<Item = Listed<'_>> {
        let listed = |slot| Listed { slot, names: &self.rows[slot.row] };
        let first = position.map_or(0, |position| {
            // Ids are made for those alone that begin with it.
            let earlier = self.slots.partition_point(|slot| slot.start < position.start);
            let rest = &self.slots[earlier..];
            let same = rest.iter().take_while(|slot| slot.start == position.start);
            earlier + same.take_while(|slot| listed(slot).id() <= position.id).count()
        });
        self.slots[first..].iter().map(listed)
    }

    /// Bytes, roughly.
    fn weight(&self) -> usize {
        /// What the allocator adds to a text.
        const TEXT: usize = 16;
        let zones = |when: &When| match when {
            When::AllDay { .. } => 0,
            When::Timed { .. } => 2 * (TEXT + when.zone().map_or(0, |zone| zone.name().len())),
        };
        let names = |row: &Names| size_of::<Names>() + row.id.len() + row.series_id.len() + 2 * TEXT;
        let slots = self.slots.iter().map(|slot| size_of::<Slot>() + zones(&slot.when));
        self.rows.iter().map(names).sum::<usize>() + slots.sum::<usize>()
    }
}

/// Which listing is meant. A tenant is part of it, so nobody is given another's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Place {
    tenant_id: String,
    calendars: Vec<String>,
    range: (Timestamp, Timestamp),
    from: Option<Timestamp>,
}

/// What a listing of a place depends on: of each calendar its last change, and its zone.
type Versions = Vec<(i64, Option<String>)>;

/// Names one listing in one version.
#[derive(Debug)]
pub(super) struct Key {
    place: Place,
    versions: Versions,
}

impl Key {
    /// What takes place in the range in these calendars, as they are now.
    pub(super) fn of(scope: &TenantScope, calendars: &[Calendar], range: Range, from: Option<Timestamp>) -> Self {
        let mut calendars: Vec<&Calendar> = calendars.iter().collect();
        calendars.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        Self {
            place: Place {
                tenant_id: scope.tenant_id.clone(),
                calendars: calendars.iter().map(|calendar| calendar.id.clone()).collect(),
                range: (range.start, range.end),
                from,
            },
            versions: calendars.iter().map(|calendar| (calendar.seq, calendar.time_zone.clone())).collect(),
        }
    }

    fn weight(&self) -> usize {
        256 + self.place.calendars.len() * 160
    }
}

/// The kept listings of all tenants.
#[derive(Debug)]
pub(crate) struct Listings {
    most_bytes: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    entries: HashMap<Place, Entry>,
    /// Places by when they were last asked for.
    by_use: BTreeMap<u64, Place>,
    uses: u64,
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    versions: Versions,
    listing: Arc<Listing>,
    weight: usize,
    used: u64,
}

impl Default for Listings {
    fn default() -> Self {
        Self { most_bytes: MOST_BYTES, kept: Mutex::default() }
    }
}

impl Listings {
    /// The listing, if it is kept in this version.
    pub(super) fn find(&self, key: &Key) -> Option<Arc<Listing>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let Kept { entries, by_use, uses, .. } = &mut *kept;
        let entry = entries.get_mut(&key.place).filter(|entry| entry.versions == key.versions)?;
        *uses += 1;
        by_use.remove(&std::mem::replace(&mut entry.used, *uses));
        by_use.insert(*uses, key.place.clone());
        Some(Arc::clone(&entry.listing))
    }

    /// Keeps a listing in the place of an older version. What was not asked for longest has to make
    /// room; what is too large for half of the room is not kept.
    pub(super) fn keep(&self, key: Key, listing: &Arc<Listing>) {
        let weight = listing.weight() + key.weight();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.drop_entry(&key.place);
        if weight > self.most_bytes / 2 {
            return;
        }
        while kept.bytes + weight > self.most_bytes {
            let Some((_, oldest)) = kept.by_use.pop_first() else { break };
            kept.drop_entry(&oldest);
        }
        kept.uses += 1;
        kept.bytes += weight;
        let used = kept.uses;
        kept.by_use.insert(used, key.place.clone());
        let entry = Entry { versions: key.versions, listing: Arc::clone(listing), weight, used };
        kept.entries.insert(key.place, entry);
    }
}

impl Kept {
    fn drop_entry(&mut self, place: &Place) {
        if let Some(entry) = self.entries.remove(place) {
            self.by_use.remove(&entry.used);
            self.bytes -= entry.weight;
        }
    }
}

#[cfg(test)]
#[path = "listing_tests.rs"]
mod tests;
