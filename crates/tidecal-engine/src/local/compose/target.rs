//! Which part of which series an edit is about.

use tidecal_core::sync::EventKind;
use tidecal_ical::{RecurrenceId, Zone};
use tidecal_store::{SeriesDetail, SeriesRow};

use super::{Aim, live};
use crate::ServiceError;
use crate::local::{EditError, Scope, rules};

/// What an edit is about.
pub(super) enum Target<'a> {
    /// One occurrence.
    Occurrence {
        /// Its series; `None`: only occurrences of it are known here.
        master: Option<&'a SeriesRow>,
        slot: RecurrenceId,
        /// Its exception, also a deleted one.
        row: Option<&'a SeriesRow>,
    },
    /// All of it.
    Whole {
        row: &'a SeriesRow,
        /// The occurrence to which times of the edit refer; `None`: the first one.
        slot: Option<RecurrenceId>,
    },
    /// An occurrence, not the first one, and all later ones.
    From { master: &'a SeriesRow, slot: RecurrenceId },
}

pub(super) fn find<'a>(series: &'a SeriesDetail, aim: Aim<'_>, zone: &Zone) -> Result<Target<'a>, EditError> {
    let row = live(series).find(|row| row.row.id == aim.event_id).ok_or(ServiceError::NotFound)?;
    if row.row.kind == EventKind::Single {
        return match aim.occurrence {
            Some(_) => Err(EditError::invalid("occurrence", "must be left out: this event does not repeat")),
            None => Ok(Target::Whole { row, slot: None }),
        };
    }
    let master = live(series).find(|row| row.row.kind == EventKind::Master);
    let Some(scope) = aim.scope else {
        return Err(EditError::invalid("scope", "is missing: this event repeats; write this, following or all"));
    };
    let slot = slot_of(series, row, master, aim.occurrence, zone)?;
    let missing = || EditError::invalid("occurrence", "is missing: write the original start of the occurrence");
    match (scope, master) {
        (Scope::This, master) => {
            let slot = slot.ok_or_else(missing)?;
            Ok(Target::Occurrence { master, slot, row: exception(series, slot) })
        }
        (_, None) => {
            Err(EditError::invalid("scope", "must be this: only single occurrences of the series are in this calendar"))
        }
        (Scope::All, Some(row)) => Ok(Target::Whole { row, slot }),
        (Scope::Following, Some(master)) => {
            let slot = slot.ok_or_else(missing)?;
            if slot == master.row.event.when.recurrence_id() {
                return Ok(Target::Whole { row: master, slot: Some(slot) });
            }
            Ok(Target::From { master, slot })
        }
    }
}

/// The occurrence that is named, or that the exception at which the edit is aimed changes.
fn slot_of(
    series: &SeriesDetail,
    row: &SeriesRow,
    master: Option<&SeriesRow>,
    named: Option<RecurrenceId>,
    zone: &Zone,
) -> Result<Option<RecurrenceId>, EditError> {
    let Some(named) = named else { return Ok(row.row.recurrence_id) };
    let Some(master) = master else {
        return if Some(named) == row.row.recurrence_id {
            Ok(Some(named))
        } else {
            Err(EditError::invalid("occurrence", "is not the one that this event is"))
        };
    };
    let when = &master.row.event.when;
    let slot = rules::key(named, when).ok_or_else(|| EditError::invalid("occurrence", rules::key_message(when)))?;
    if row.row.recurrence_id.is_some_and(|own| own != slot) {
        return Err(EditError::invalid("occurrence", "is not the one that this event is"));
    }
    let recurrence = master.row.event.recurrence.clone().unwrap_or_default();
    let known = live(series).any(|row| row.row.recurrence_id == Some(slot));
    if !known && !rules::occurs(when, &recurrence, slot, zone) {
        return Err(EditError::invalid("occurrence", "is none of this series"));
    }
    Ok(Some(slot))
}

fn exception(series: &SeriesDetail, slot: RecurrenceId) -> Option<&SeriesRow> {
    let of_slot = |row: &&SeriesRow| row.row.recurrence_id == Some(slot);
    live(series).find(of_slot).or_else(|| series.rows.iter().find(of_slot))
}
