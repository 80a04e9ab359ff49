//! Local calendars.

use jiff::Timestamp;

use crate::StoreError;
use crate::database::Row;

/// A local calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Its id.
    pub id: String,
    /// The person it belongs to.
    pub owner_id: String,
    /// Name.
    pub name: String,
    /// `#rrggbb`.
    pub color: Option<String>,
    /// IANA zone in which dates and floating times are read.
    pub time_zone: Option<String>,
    /// Counts the changes of its events.
    pub seq: i64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What a person changes of a calendar: `None` keeps, `Some(None)` clears.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CalendarPatch {
    /// Name.
    pub name: Option<String>,
    /// `#rrggbb`.
    pub color: Option<Option<String>>,
    /// IANA zone.
    pub time_zone: Option<Option<String>>,
}

/// Reads `id, owner_id, name, color, time_zone, seq, created_at`.
pub(crate) fn read_calendar(row: &Row) -> Result<Calendar, StoreError> {
    Ok(Calendar {
        id: row.text("id")?,
        owner_id: row.text("owner_id")?,
        name: row.text("name")?,
        color: row.opt_text("color")?,
        time_zone: row.opt_text("time_zone")?,
        seq: row.int("seq")?,
        created_at: row.time("created_at")?,
    })
}
