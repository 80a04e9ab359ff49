//! From rows to what takes place in a window: series are expanded, changed occurrences take the place
//! of the ones they change, cancelled ones leave a gap.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use tidecal_core::model::Status;
use tidecal_core::sync::EventKind;
use tidecal_ical::{Budget, Range, Recurrence, RecurrenceId, When, Zone, expand};
use tidecal_store::{EventRow, EventTimes};

/// What expansion looks at.
#[derive(Clone, Copy, Debug)]
pub struct Times<'r> {
    id: &'r str,
    calendar_id: &'r str,
    series_id: &'r str,
    kind: EventKind,
    recurrence_id: Option<RecurrenceId>,
    when: &'r When,
    recurrence: Option<&'r Recurrence>,
    cancelled: bool,
}

/// A row that can be expanded.
pub trait Timed {
    /// Its times.
    fn times(&self) -> Times<'_>;
}

impl Timed for EventTimes {
    fn times(&self) -> Times<'_> {
        Times {
            id: &self.id,
            calendar_id: &self.calendar_id,
            series_id: &self.series_id,
            kind: self.kind,
            recurrence_id: self.recurrence_id,
            when: &self.when,
            recurrence: self.recurrence.as_ref(),
            cancelled: self.cancelled,
        }
    }
}

impl Timed for EventRow {
    fn times(&self) -> Times<'_> {
        Times {
            id: &self.id,
            calendar_id: &self.calendar_id,
            series_id: &self.series_id,
            kind: self.kind,
            recurrence_id: self.recurrence_id,
            when: &self.event.when,
            recurrence: self.event.recurrence.as_ref(),
            cancelled: self.event.status == Status::Cancelled,
        }
    }
}

/// One event or occurrence that takes place.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// Place of the row that says what takes place.
    pub row: usize,
    /// Which occurrence of its series; `None` for a single event.
    pub recurrence_id: Option<RecurrenceId>,
    /// When.
    pub when: When,
    /// First instant.
    pub start: Timestamp,
}

/// The same for an occurrence and for the exception that changes it.
pub(super) fn instance_id(id: &str, series_id: &str, recurrence_id: Option<RecurrenceId>) -> String {
    match recurrence_id {
        Some(recurrence_id) => format!("{series_id}_{recurrence_id}"),
        None => id.to_owned(),
    }
}

/// What takes place in the window, in order of start, then id. `zone_of` says in which zone a calendar
/// reads dates and floating times.
pub fn slots<R: Timed>(rows: &[R], range: Range, zone_of: impl Fn(&str) -> Zone) -> Vec<Slot> {
    let rows: Vec<Times<'_>> = rows.iter().map(Timed::times).collect();
    let changed = changed_occurrences(&rows);
    let mut zones: HashMap<&str, Zone> = HashMap::new();
    let mut slots = Vec::with_capacity(rows.len());
    for (at, row) in rows.iter().enumerate().filter(|(_, row)| !row.cancelled) {
        let zone = zones.entry(row.calendar_id).or_insert_with(|| zone_of(row.calendar_id));
        let place = Place { row: at, zone, range };
        match row.kind {
            EventKind::Master => place.expand(row, changed.get(row.series_id), &mut slots),
            EventKind::Single | EventKind::Override => {
                slots.extend(place.slot(row.recurrence_id, row.when.clone()));
            }
        }
    }
    slots.sort_unstable_by(|a, b| a.start.cmp(&b.start).then_with(|| by_id(&rows, a, b)));
    slots
}

/// As the texts of the ids compare, without making them where their beginnings differ.
fn by_id(rows: &[Times<'_>], a: &Slot, b: &Slot) -> Ordering {
    let lead = |slot: &Slot| {
        let row = &rows[slot.row];
        if slot.recurrence_id.is_some() { row.series_id } else { row.id }
    };
    let (one, other) = (lead(a), lead(b));
    if one.starts_with(other) || other.starts_with(one) {
        let id = |slot: &Slot| instance_id(rows[slot.row].id, rows[slot.row].series_id, slot.recurrence_id);
        return id(a).cmp(&id(b));
    }
    one.cmp(other)
}

/// Also the cancelled ones: their series must not show the occurrence either.
fn changed_occurrences<'r>(rows: &[Times<'r>]) -> HashMap<&'r str, HashSet<RecurrenceId>> {
    let mut changed: HashMap<&str, HashSet<RecurrenceId>> = HashMap::new();
    for row in rows.iter().filter(|row| row.kind == EventKind::Override) {
        changed.entry(row.series_id).or_default().extend(row.recurrence_id);
    }
    changed
}

/// Where a row's instances go.
struct Place<'z> {
    row: usize,
    zone: &'z Zone,
    range: Range,
}

impl Place<'_> {
    fn expand(&self, row: &Times<'_>, changed: Option<&HashSet<RecurrenceId>>, slots: &mut Vec<Slot>) {
        let none = Recurrence::default();
        let recurrence = row.recurrence.unwrap_or(&none);
        let Ok(expansion) = expand(row.when, recurrence, self.range, self.zone, Budget::default()) else {
            // A rule that nobody can read: show at least what the event itself says.
            slots.extend(self.slot(None, row.when.clone()));
            return;
        };
        for occurrence in expansion.occurrences {
            if !changed.is_some_and(|changed| changed.contains(&occurrence.id)) {
                slots.extend(self.slot(Some(occurrence.id), occurrence.when));
            }
        }
    }

    fn slot(&self, recurrence_id: Option<RecurrenceId>, when: When) -> Option<Slot> {
        let (start, end) = when.span(self.zone);
        let range = self.range;
        let inside = start < range.end && (end > range.start || (end == start && start >= range.start));
        inside.then_some(Slot { row: self.row, recurrence_id, when, start })
    }
}

#[cfg(test)]
#[path = "expansion_tests.rs"]
mod tests;
