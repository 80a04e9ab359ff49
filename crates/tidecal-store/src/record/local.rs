//! Local events as people write them, and a series as its page shows it.

use jiff::Timestamp;
use tidecal_core::model::Event;
use tidecal_core::remote::Answer;
use tidecal_core::sync::{EventKind, Span};
use tidecal_ical::RecurrenceId;

use super::EventRow;

/// One row that a person's edit writes. An edit of a series is several, in one transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct LocalWrite {
    /// Id of the row.
    pub id: String,
    /// Id that all rows of the series share (the id of the single event or master).
    pub series_id: String,
    /// Which occurrence an override replaces.
    pub recurrence_id: Option<RecurrenceId>,
    /// What to do.
    pub op: LocalOp,
    /// An answer to the invitation that is to reach the vendor; `None` leaves one that waits.
    pub answer: Option<Answer>,
}

/// What a person does to a row.
#[derive(Clone, Debug, PartialEq)]
pub enum LocalOp {
    /// It comes into being.
    Insert {
        /// Which part of a series.
        kind: EventKind,
        /// Content.
        event: Box<Event>,
        /// Derived span, for the index columns.
        span: Span,
    },
    /// It changes, if it still has that version; a deleted row comes back.
    Update {
        /// Version that the person saw.
        expected: i64,
        /// Which part of a series.
        kind: EventKind,
        /// New content.
        event: Box<Event>,
        /// Derived span.
        span: Span,
    },
    /// It goes, if it still has that version. While a vendor shows it, a deleted row stays.
    Delete {
        /// Version that the person saw.
        expected: i64,
    },
}

/// What became of a row that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalVersion {
    /// Id of the row.
    pub id: String,
    /// Its version now; `None`: the row is gone.
    pub version: Option<i64>,
}

/// A series, or a single event, with all its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesDetail {
    /// Calendar.
    pub calendar_id: String,
    /// The person whose calendar it is.
    pub owner_id: String,
    /// Id that all rows share.
    pub series_id: String,
    /// Master or single event first, then by occurrence; deleted ones included.
    pub rows: Vec<SeriesRow>,
}

/// One row of a series.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesRow {
    /// The row.
    pub row: EventRow,
    /// Deleted here; a vendor does not know yet.
    pub deleted: bool,
    /// Id at its origin.
    pub external_event_id: Option<String>,
    /// Version about which guests may be mailed.
    pub consent: Option<i64>,
    /// Version that a person's last edit made; 0: none.
    pub edited: i64,
    /// An answer on its way out.
    pub answer: Option<Answer>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
}
