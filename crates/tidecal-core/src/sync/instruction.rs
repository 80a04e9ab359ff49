//! What goes in and out of a [`Run`](super::Run): settings, instructions, answers, and its end.

use std::collections::HashMap;

use jiff::Timestamp;

use super::plan::{Rules, Stats};
use super::writes::{Progress, Writes};
use super::{ItemState, SeriesState};
use crate::policy::{Brakes, Guard, Window};
use crate::remote::{Failure, ItemRef, Mark, Page, PageQuery, QuietWrite, RemoteChange, RemoteWrite};

/// Settings that hold for the whole run.
#[derive(Clone, Debug)]
pub struct RunSettings {
    /// Rules about events.
    pub rules: Rules,
    /// Brake on mass deletion.
    pub guard: Guard,
    /// The other brakes.
    pub brakes: Brakes,
    /// A person has released a held run: the brakes let this one pass.
    pub released: bool,
    /// The database was restored from a backup and no person has said since that the connection may
    /// write: the run compares, takes in what is new at the vendor, and holds what would go out.
    pub restored: bool,
    /// Most items of one `FetchItems`.
    pub items_per_fetch: usize,
    /// The local calendar has other connections: the same meeting may come from two of them.
    pub hub: bool,
    /// The way out; `None`: nothing is written to the vendor.
    pub outbound: Option<Outbound>,
}

/// What decides about writing to the vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outbound {
    /// The local calendar, for the marks of copies.
    pub calendar_id: String,
    /// When the vendor can be quiet.
    pub quiet_write: QuietWrite,
    /// Master and exceptions are written together.
    pub whole_series: bool,
    /// Around the key of a new item: `prefix + key + suffix` is its id (`Adapter::new_item_id`).
    pub new_item: (String, String),
    /// This connection carries the guests of local meetings: the only one of the local calendar
    /// that writes, or its first. Copies elsewhere have no guests.
    pub home: bool,
    /// The account's address, so that one's own entry among the guests is known.
    pub own_address: String,
}

/// What the connection's row says when the run begins.
#[derive(Clone, Debug)]
pub struct RunStart {
    /// The clock.
    pub now: Timestamp,
    /// What it said when the connection was last looked at (column `last_polled_at`).
    pub last_look: Option<Timestamp>,
    /// Column `sync_cursor`; `None`: read everything.
    pub cursor: Option<String>,
    /// Column `sync_progress`: a full reading that was interrupted.
    pub progress: Option<Progress>,
    /// Whether any mapping row exists: then a full reading is a comparison.
    pub has_mappings: bool,
    /// Items to be tried again (quarantined ones that an operator reset).
    pub retries: Vec<ItemRef>,
    /// Rows that wait outside the window may have been reached by it: look.
    pub check_entering: bool,
    /// A one-off range beyond the window (requirement R6.3), where the vendor reads by range.
    pub range: Option<Window>,
    /// Column `local_cursor`: changes of the local calendar after it have not been looked at.
    pub local_cursor: i64,
    /// There may be something to write: the calendar has moved on, or rows wait for their way out.
    pub check_local: bool,
}

/// What the driver is to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Instruction {
    /// Ask the vendor for a page.
    FetchPage(PageQuery),
    /// Ask the vendor for items by id.
    FetchItems(Vec<ItemRef>),
    /// Load what is known of the versions of these items.
    LoadVersions(Vec<String>),
    /// Load what is known of series, and of the series to which items belong.
    LoadSeries {
        /// The vendor's ids of series.
        series: Vec<String>,
        /// The vendor's ids of items, whose series only the store knows.
        items: Vec<String>,
        /// Who they say they are, to find twins; only where the local calendar has other sources,
        /// or the item carries a mark.
        identities: Vec<Identity>,
    },
    /// Load a batch of series that wait outside the window and overlap it now.
    LoadEntering(Window),
    /// Load a batch of live mapped items that this reading has not seen, after that item id.
    LoadUnseen {
        /// Key of the reading.
        reading_id: String,
        /// Bound of the reading: what ended before it was not asked for.
        lower: Timestamp,
        /// The last item of the batch before.
        after: Option<String>,
    },
    /// Load a batch of local series for the way out: those with changes after that `seq`, in its
    /// order, and (with the first batch) those whose mapping rows wait (`UPDATED`, or `CREATED` of
    /// a copy). Mapped components, unmapped ones and `foreign` are told.
    LoadLocal {
        /// Value of `calendars.seq` up to which everything was looked at.
        after: i64,
        /// Whether waiting rows are wanted, too.
        waiting: bool,
    },
    /// Write to the vendor. May be sent again after an unclear failure: its guard makes that harmless.
    Push(Box<RemoteWrite>),
    /// Count what the brakes weigh.
    Count,
    /// Commit.
    Commit(Box<Commit>),
    /// The run is over.
    Finish(Box<Finish>),
}

/// One transaction.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Commit {
    /// Rows.
    pub writes: Writes,
    /// Where a full reading stands after this commit; `None` clears it.
    pub progress: Option<Progress>,
    /// The new cursor, with the last changes that it covers (invariant 1).
    pub cursor: Option<String>,
}

/// Answer of the driver.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// To `FetchPage`.
    Page(Page),
    /// To `FetchItems`.
    Items(Vec<RemoteChange>),
    /// To `LoadVersions`: by item id, what is known.
    Versions(HashMap<String, ItemState>),
    /// To `LoadSeries` and `LoadEntering`.
    Series(Vec<SeriesState>),
    /// To `LoadLocal`.
    Local(LocalBatch),
    /// To `Push`: the series or component as the vendor has it now; nothing after a deletion.
    Written(Vec<RemoteChange>),
    /// To `LoadUnseen`.
    Unseen(Vec<ItemRef>),
    /// To `Count`.
    Counted(Counted),
    /// To `Commit`: done.
    Committed,
    /// To `Commit`: a local event moved on since it was loaded; nothing was written.
    Moved,
    /// The call failed, also after the driver's retries.
    Failed(Failure),
}

/// Who an unknown series says it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity {
    /// The vendor's id of the series.
    pub series: String,
    /// iCalendar UID, or empty.
    pub uid: String,
    /// The mark that it carries.
    pub mark: Option<Mark>,
}

/// A batch of local series for the way out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LocalBatch {
    /// The series; each once, identified by `series_id`.
    pub series: Vec<SeriesState>,
    /// The `seq` up to which this batch has looked.
    pub seq: i64,
    /// Whether another batch follows.
    pub more: bool,
}

/// Numbers for the brakes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Mapped live events, a series counting once.
    pub live: u64,
    /// Deletions of the last 24 h on either side, a series counting once.
    pub deleted: u64,
    /// Mapped series that were deleted here and wait for their way out.
    pub outgoing: u64,
    /// Mapped series that were edited here since `local_cursor` and wait for their way out.
    pub edited: u64,
}

/// Which kind of reading a run was, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadingKind {
    /// The first one.
    Full,
    /// Everything again, compared with what was known.
    Comparison,
    /// What changed.
    Delta,
    /// A one-off range.
    Range,
}

impl ReadingKind {
    /// The word in SQL and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Comparison => "comparison",
            Self::Delta => "delta",
            Self::Range => "range",
        }
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Finish {
    /// How.
    pub outcome: Outcome,
    /// What was committed.
    pub stats: Stats,
    /// Kind of the (last) reading.
    pub kind: ReadingKind,
    /// Pages read.
    pub pages: u64,
    /// Series deleted (for the 24 h sum of the brake).
    pub removals: u64,
    /// The new cursor of a run that had nothing to commit: it moves with the finish.
    pub cursor: Option<String>,
    /// The new `local_cursor`, if local changes were looked at to the end.
    pub local_cursor: Option<i64>,
    /// Writes that the vendor confirmed.
    pub pushed: u64,
}

/// End of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Everything that was to be read is committed.
    Done,
    /// A brake stopped it before the harm; a person releases or discards.
    Held(String),
    /// It failed; what was committed before stays.
    Failed(Failure),
}
