//! When events take place, without what they say: what expansion looks at.

use serde::Deserialize;
use tidecal_core::model::Status;
use tidecal_core::sync::EventKind;
use tidecal_ical::{Recurrence, RecurrenceId, When};

use super::event::{read_kind, read_status, read_when, recurrence_id};
use crate::StoreError;
use crate::database::{Row, decode_error};

/// The times of an event.
#[derive(Clone, Debug, PartialEq)]
pub struct EventTimes {
    /// Its id.
    pub id: String,
    /// Calendar.
    pub calendar_id: String,
    /// Shared by all rows of a series.
    pub series_id: String,
    /// Single, master or override.
    pub kind: EventKind,
    /// Which occurrence an override replaces.
    pub recurrence_id: Option<RecurrenceId>,
    /// When; of a master, its first occurrence.
    pub when: When,
    /// Of a master.
    pub recurrence: Option<Recurrence>,
    /// Does not take place.
    pub cancelled: bool,
}

/// Columns of an [`EventTimes`], of a table called `e`. Only a master's details hold something of it.
macro_rules! event_times {
    () => {
        "e.id, e.calendar_id, e.series_id, e.kind, e.recurrence_id, e.start_local, e.end_local, e.start_zone, \
         e.end_zone, e.all_day, e.status, CASE WHEN e.kind = 'master' THEN e.details END AS details"
    };
}
pub(crate) use event_times;

/// The part of the details that is about time.
#[derive(Deserialize)]
struct Repeats {
    recurrence: Option<Recurrence>,
}

pub(crate) fn read_event_times(row: &Row) -> Result<EventTimes, StoreError> {
    let details = row.opt_str("details")?.map(serde_json::from_str::<Repeats>).transpose();
    let details = details.map_err(|error| decode_error("details", &error.to_string()))?;
    Ok(EventTimes {
        id: row.text("id")?,
        calendar_id: row.text("calendar_id")?,
        series_id: row.text("series_id")?,
        kind: read_kind(row.str("kind")?)?,
        recurrence_id: recurrence_id(row.str("recurrence_id")?)?,
        when: read_when(row)?,
        recurrence: details.and_then(|details| details.recurrence),
        cancelled: read_status(row.str("status")?)? == Status::Cancelled,
    })
}
