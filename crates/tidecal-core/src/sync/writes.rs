//! What a decision writes: plain data, carried out by one commit together with the cursor.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tidecal_ical::RecurrenceId;

use super::{Binding, Echo, ItemState, MappingStatus, Role, Verdict};
use crate::model::Event;
use crate::remote::PageToken;

/// Everything that one commit does. All of it happens, or nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Writes {
    /// Local events.
    pub events: Vec<EventWrite>,
    /// Mapping rows, at most one per (external id, recurrence id).
    pub mappings: Vec<MappingWrite>,
    /// Conflicts to open.
    pub conflicts: Vec<ConflictWrite>,
    /// Before and after of updates and deletions (an inbound create is told by its run).
    pub journal: Vec<JournalEntry>,
    /// External item ids that a running full comparison has seen.
    pub seen: Vec<String>,
    /// Local events that mapping rows were decided by and that stay as they are.
    pub kept: Vec<KeptEvent>,
    /// Local events whose waiting answer to an invitation has reached the vendor.
    pub answered: Vec<String>,
}

/// A local event that a commit relies upon without changing it. If it has moved on, its mapping row
/// would forget what the edit rests on: decide again (invariant 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptEvent {
    /// Id of the row.
    pub id: String,
    /// Version that the decision saw; another version there means: decide again.
    pub expected: i64,
}

impl Writes {
    /// Nothing to do at all: versions alone are not compared for their own sake.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
            && self.mappings.is_empty()
            && self.conflicts.is_empty()
            && self.journal.is_empty()
            && self.seen.is_empty()
            && self.answered.is_empty()
    }

    /// Adds what another decision writes.
    pub fn append(&mut self, mut other: Self) {
        self.events.append(&mut other.events);
        self.mappings.append(&mut other.mappings);
        self.conflicts.append(&mut other.conflicts);
        self.journal.append(&mut other.journal);
        self.seen.append(&mut other.seen);
        self.kept.append(&mut other.kept);
        self.answered.append(&mut other.answered);
    }
}

/// Which part of a series a local row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// Not part of a series.
    Single,
    /// Carries the rules.
    Master,
    /// Replaces one occurrence; cancelled ones are kept with status `cancelled`.
    Override,
}

impl EventKind {
    /// The word in SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Master => "master",
            Self::Override => "override",
        }
    }
}

/// One local row.
#[derive(Clone, Debug, PartialEq)]
pub struct EventWrite {
    /// Id of the row.
    pub id: String,
    /// Id that all rows of the series share (the id of the single event or master).
    pub series_id: String,
    /// Which occurrence an override replaces.
    pub recurrence_id: Option<RecurrenceId>,
    /// Id at its origin, for `calendar_events.external_event_id`.
    pub external_event_id: String,
    /// What to do.
    pub op: EventOp,
}

/// What happens to a local row.
#[derive(Clone, Debug, PartialEq)]
pub enum EventOp {
    /// It comes into being at version 1.
    Insert {
        /// Which part of a series.
        kind: EventKind,
        /// Content.
        event: Box<Event>,
        /// Derived span, for the index columns.
        span: Span,
    },
    /// It changes from `expected` to `expected + 1`; another version there means: decide again.
    Update {
        /// Version that the decision saw.
        expected: i64,
        /// Which part of a series.
        kind: EventKind,
        /// New content.
        event: Box<Event>,
        /// Derived span.
        span: Span,
    },
    /// It goes, if it still has that version.
    Delete {
        /// Version that the decision saw.
        expected: i64,
    },
}

/// First and last instant of an event or series, for index columns; derived from local text and
/// zone by the bundled tz database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First instant.
    pub start: Timestamp,
    /// Exclusive end of the first (or only) occurrence.
    pub end: Timestamp,
    /// Exclusive end of the last occurrence; `None`: endless.
    pub series_end: Option<Timestamp>,
}

/// One mapping row, inserted or replaced by its key (external id, recurrence id).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MappingWrite {
    /// The vendor's id of the item.
    pub external_event_id: String,
    /// The vendor's id of the series.
    pub external_series_id: String,
    /// Which occurrence.
    pub recurrence_id: Option<RecurrenceId>,
    /// Local row, if there is one.
    pub event_id: Option<String>,
    /// Local id of the series.
    pub series_id: String,
    /// iCalendar UID, or empty.
    pub uid: String,
    /// Version of the item.
    pub version: String,
    /// Version of the local event that both sides agree on after this commit; 0 without one.
    pub base_version: i64,
    /// Agreed content as the vendor says it, where the local event at `base_version` says it
    /// otherwise (rewritten by the vendor, merged, conflicted, out of window).
    pub base: Option<Box<Event>>,
    /// The local event at `base_version`, where it has moved on since and `base` does not say it.
    pub local_base: Option<Box<Event>>,
    /// As sent by the vendor; `None` keeps what is stored.
    pub raw: Option<Vec<u8>>,
    /// Verdict.
    pub verdict: Verdict,
    /// Why: the rule, the error, the brake; empty for mirrored.
    pub reason: String,
    /// State.
    pub status: MappingStatus,
    /// For `last_error`; empty clears it.
    pub last_error: String,
    /// Span of the remote content, so that rows out of the window are found when it reaches them.
    pub span: Option<Span>,
    /// Where the item came from.
    pub role: Role,
    /// How often a copy was made anew.
    pub generation: u32,
    /// What is remembered of our own writes.
    pub echo: Echo,
    /// The external id that this row had until now, where the vendor gave the item its own: the row
    /// of that id goes.
    pub replaces: Option<String>,
}

impl MappingWrite {
    /// The row as far as it is read without its contents.
    #[must_use]
    pub fn item_state(&self) -> ItemState {
        ItemState { version: self.version.clone(), verdict: self.verdict, status: self.status }
    }

    /// The row as it will be read back (`raw` apart).
    #[must_use]
    pub fn binding(&self) -> Binding {
        Binding {
            external_event_id: self.external_event_id.clone(),
            recurrence_id: self.recurrence_id,
            version: self.version.clone(),
            base_version: self.base_version,
            base: self.base.as_deref().cloned(),
            local_base: self.local_base.as_deref().cloned(),
            verdict: self.verdict,
            reason: self.reason.clone(),
            status: self.status,
            role: self.role,
            generation: self.generation,
            echo: self.echo.clone(),
        }
    }
}

/// A conflict to open: both sides changed the same field since the base.
#[derive(Clone, Debug, PartialEq)]
pub struct ConflictWrite {
    /// The vendor's id of the item.
    pub external_event_id: String,
    /// Which occurrence.
    pub recurrence_id: Option<RecurrenceId>,
    /// Local row.
    pub event_id: Option<String>,
    /// Names of the fields that both sides changed.
    pub fields: Vec<String>,
    /// Last agreed content.
    pub base: Option<Box<Event>>,
    /// Local content; `None`: deleted.
    pub local: Option<Box<Event>>,
    /// Remote content; `None`: deleted.
    pub remote: Option<Box<Event>>,
}

/// Which side a journal entry is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// The local event followed the vendor.
    #[default]
    In,
    /// The vendor's item followed the local event.
    Out,
}

impl Direction {
    /// The word in SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }
}

/// Before and after of one change.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalEntry {
    /// Local row.
    pub event_id: String,
    /// `update`, `delete`, `overrule`; with direction out: `create`, `update`, `delete`, `answer`.
    pub action: &'static str,
    /// Which side changed.
    pub direction: Direction,
    /// Content before.
    pub before: Option<Box<Event>>,
    /// Content after.
    pub after: Option<Box<Event>>,
}

/// Where a full reading stands (column `sync_progress`, JSON), so that it goes on after a restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// Id of the reading, the key of `sync_seen`.
    pub reading_id: String,
    /// Lower bound of the reading.
    pub lower: Timestamp,
    /// Rows existed before the reading: what it does not see is looked at in the end.
    pub comparing: bool,
    /// Page to go on with; `None`: begin again (rows already read cost nothing then).
    pub token: Option<String>,
    /// Items seen so far, for people.
    pub seen: u64,
}

impl Progress {
    /// The page to go on with.
    #[must_use]
    pub fn page_token(&self) -> Option<PageToken> {
        self.token.clone().map(PageToken)
    }
}
