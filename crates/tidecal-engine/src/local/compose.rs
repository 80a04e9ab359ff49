//! An edit as rows of one transaction. Nothing here asks anybody anything.
//!
//! `this` writes an exception (of a deletion: a cancelled one), `following` ends the series and begins
//! a new one that takes the later exceptions along, `all` writes the series; where it moves, the keys
//! of its exceptions and of its excluded dates move with it.

mod series;
mod split;
mod target;

use tidecal_core::model::{Event, Status};
use tidecal_core::policy::Ids;
use tidecal_core::sync::{EventKind, span_of};
use tidecal_ical::{RecurrenceId, Zone};
use tidecal_store::{LocalOp, LocalWrite, SeriesDetail, SeriesRow};

use super::change::EventChange;
use super::{EditError, Scope};
use target::Target;

/// What an edit is aimed at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aim<'a> {
    pub(super) event_id: &'a str,
    pub(super) scope: Option<Scope>,
    pub(super) occurrence: Option<RecurrenceId>,
}

/// Rows to write, and the row to show afterwards.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Composed {
    pub(super) writes: Vec<LocalWrite>,
    pub(super) shown: String,
    /// What was, and what comes of it: rights are held against these.
    pub(super) touched: Vec<(Event, Event)>,
}

/// What all compositions need.
struct Composer<'a> {
    series: &'a SeriesDetail,
    /// Zone of the calendar.
    zone: &'a Zone,
    ids: &'a mut Ids,
    writes: Vec<LocalWrite>,
    touched: Vec<(Event, Event)>,
}

/// Composes an edit.
///
/// # Errors
/// `Invalid`, or not found.
pub(super) fn edit(
    series: &SeriesDetail,
    aim: Aim<'_>,
    change: &EventChange,
    zone: &Zone,
    ids: &mut Ids,
) -> Result<Composed, EditError> {
    let target = target::find(series, aim, zone)?;
    let mut composer = Composer { series, zone, ids, writes: Vec::new(), touched: Vec::new() };
    let shown = match target {
        Target::Occurrence { master, slot, row } => composer.edit_one(master, slot, row, change)?,
        Target::Whole { row, slot } => composer.edit_whole(row, slot, change)?,
        Target::From { master, slot } => composer.edit_following(master, slot, change)?,
    };
    Ok(Composed { writes: composer.writes, shown, touched: composer.touched })
}

/// Composes a deletion.
///
/// # Errors
/// As [`edit`].
pub(super) fn delete(series: &SeriesDetail, aim: Aim<'_>, zone: &Zone, ids: &mut Ids) -> Result<Composed, EditError> {
    let target = target::find(series, aim, zone)?;
    let mut composer = Composer { series, zone, ids, writes: Vec::new(), touched: Vec::new() };
    match target {
        Target::Occurrence { master: None, row: Some(row), .. } => composer.delete_row(row),
        Target::Occurrence { master, slot, row } => composer.cancel_one(master, slot, row)?,
        Target::Whole { .. } => live(series).for_each(|row| composer.delete_row(row)),
        Target::From { master, slot } => composer.delete_following(master, slot)?,
    }
    Ok(Composed { writes: composer.writes, shown: aim.event_id.to_owned(), touched: composer.touched })
}

/// Composes a new event.
///
/// # Errors
/// `Invalid`.
pub(super) fn create(change: &EventChange, zone: &Zone, ids: &mut Ids) -> Result<Composed, EditError> {
    let mut event = super::change::new_event(change, zone)?;
    if let Some(Some(recurrence)) = &change.recurrence {
        event.recurrence = Some(super::rules::changed(None, recurrence, &event.when, zone)?);
    }
    let id = ids.next_id();
    let write = insertion(id.clone(), id.clone(), None, event, zone);
    Ok(Composed { writes: vec![write], shown: id, touched: Vec::new() })
}

impl Composer<'_> {
    fn insert(&mut self, series_id: &str, slot: Option<RecurrenceId>, event: Event) -> String {
        let id = self.ids.next_id();
        self.writes.push(insertion(id.clone(), series_id.to_owned(), slot, event, self.zone));
        id
    }

    fn update(&mut self, row: &SeriesRow, slot: Option<RecurrenceId>, event: Event) {
        self.touched.push((row.row.event.clone(), event.clone()));
        self.writes.push(LocalWrite {
            id: row.row.id.clone(),
            series_id: row.row.series_id.clone(),
            recurrence_id: slot,
            op: LocalOp::Update {
                expected: row.row.version,
                kind: kind_of(&event, slot),
                span: span_of(&event, self.zone),
                event: Box::new(event),
            },
            answer: None,
        });
    }

    fn delete_row(&mut self, row: &SeriesRow) {
        let cancelled = Event { status: Status::Cancelled, ..row.row.event.clone() };
        self.touched.push((row.row.event.clone(), cancelled));
        self.writes.push(LocalWrite {
            id: row.row.id.clone(),
            series_id: row.row.series_id.clone(),
            recurrence_id: row.row.recurrence_id,
            op: LocalOp::Delete { expected: row.row.version },
            answer: None,
        });
    }

    /// The exceptions that are there.
    fn exceptions(&self) -> Vec<(RecurrenceId, SeriesRow)> {
        let rows = live(self.series).filter_map(|row| Some((row.row.recurrence_id?, row.clone())));
        rows.collect()
    }
}

fn insertion(id: String, series_id: String, slot: Option<RecurrenceId>, event: Event, zone: &Zone) -> LocalWrite {
    let (kind, span) = (kind_of(&event, slot), span_of(&event, zone));
    let op = LocalOp::Insert { kind, event: Box::new(event), span };
    LocalWrite { id, series_id, recurrence_id: slot, op, answer: None }
}

fn kind_of(event: &Event, slot: Option<RecurrenceId>) -> EventKind {
    match (slot, &event.recurrence) {
        (Some(_), _) => EventKind::Override,
        (None, Some(_)) => EventKind::Master,
        (None, None) => EventKind::Single,
    }
}

/// Rows that are not deleted.
pub(super) fn live(series: &SeriesDetail) -> impl Iterator<Item = &SeriesRow> {
    series.rows.iter().filter(|row| !row.deleted)
}

#[cfg(test)]
#[path = "compose_tests.rs"]
mod tests;
