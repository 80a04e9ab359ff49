//! From rows to what takes place in a window: series are expanded, changed occurrences take the place
//! of the ones they change, cancelled ones leave a gap.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use tidecal_core::model::Status;
use tidecal_core::sync::EventKind;
use tidecal_ical::{Budget, Range, RecurrenceId, When, Zone, expand};
use tidecal_store::EventRow;

/// One event or occurrence that takes place.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot<'r> {
    /// The row that says what takes place.
    pub row: &'r EventRow,
    /// Which occurrence of its series; `None` for a single event.
    pub recurrence_id: Option<RecurrenceId>,
    /// When.
    pub when: When,
    /// First instant.
    pub start: Timestamp,
    /// Exclusive last instant.
    end: Timestamp,
}

impl Slot<'_> {
    /// The same for an occurrence and for the exception that changes it.
    pub fn id(&self) -> String {
        match &self.recurrence_id {
            Some(recurrence_id) => format!("{}_{recurrence_id}", self.row.series_id),
            None => self.row.id.clone(),
        }
    }
}

/// What takes place in the window, in order of start, then id. `zone_of` says in which zone a calendar
/// reads dates and floating times.
pub fn slots<'r>(rows: &'r [EventRow], range: Range, zone_of: impl Fn(&str) -> Zone) -> Vec<Slot<'r>> {
    let changed = changed_occurrences(rows);
    let mut zones: HashMap<&str, Zone> = HashMap::new();
    let mut slots = Vec::new();
    for row in rows.iter().filter(|row| row.event.status != Status::Cancelled) {
        let zone = zones.entry(&row.calendar_id).or_insert_with(|| zone_of(&row.calendar_id));
        match row.kind {
            EventKind::Master => expand_master(row, range, zone, changed.get(row.series_id.as_str()), &mut slots),
            EventKind::Single | EventKind::Override => {
                slots.extend(slot(row, row.recurrence_id, row.event.when.clone(), zone, range));
            }
        }
    }
    slots.sort_by_cached_key(|slot| (slot.start, slot.id()));
    slots
}

/// Also the cancelled ones: their series must not show the occurrence either.
fn changed_occurrences(rows: &[EventRow]) -> HashMap<&str, HashSet<RecurrenceId>> {
    let mut changed: HashMap<&str, HashSet<RecurrenceId>> = HashMap::new();
    for row in rows.iter().filter(|row| row.kind == EventKind::Override) {
        changed.entry(row.series_id.as_str()).or_default().extend(row.recurrence_id);
    }
    changed
}

fn expand_master<'r>(
    row: &'r EventRow,
    range: Range,
    zone: &Zone,
    changed: Option<&HashSet<RecurrenceId>>,
    slots: &mut Vec<Slot<'r>>,
) {
    let recurrence = row.event.recurrence.clone().unwrap_or_default();
    let Ok(expansion) = expand(&row.event.when, &recurrence, range, zone, Budget::default()) else {
        // A rule that nobody can read: show at least what the event itself says.
        slots.extend(slot(row, None, row.event.when.clone(), zone, range));
        return;
    };
    for occurrence in expansion.occurrences {
        if !changed.is_some_and(|changed| changed.contains(&occurrence.id)) {
            slots.extend(slot(row, Some(occurrence.id), occurrence.when, zone, range));
        }
    }
}

fn slot<'r>(
    row: &'r EventRow,
    recurrence_id: Option<RecurrenceId>,
    when: When,
    zone: &Zone,
    range: Range,
) -> Option<Slot<'r>> {
    let (start, end) = when.span(zone);
    let inside = start < range.end && (end > range.start || (end == start && start >= range.start));
    inside.then_some(Slot { row, recurrence_id, when, start, end })
}

#[cfg(test)]
#[path = "expansion_tests.rs"]
mod tests;
