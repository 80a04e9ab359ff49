//! What goes in and out of a [`Run`](super::Run): settings, instructions, answers, and its end.

use std::collections::HashMap;

use jiff::Timestamp;

use super::plan::{Rules, Stats};
use super::writes::{Progress, Writes};
use super::{MappingStatus, SeriesState};
use crate::policy::{Guard, Window};
use crate::remote::{Failure, ItemRef, Page, PageQuery, RemoteChange};

/// Settings that hold for the whole run.
#[derive(Clone, Debug)]
pub struct RunSettings {
    /// Rules about events.
    pub rules: Rules,
    /// Brake on mass deletion.
    pub guard: Guard,
    /// A person has released a held run: the brake lets this one pass.
    pub released: bool,
    /// Most items of one `FetchItems`.
    pub items_per_fetch: usize,
}

/// What the connection's row says when the run begins.
#[derive(Clone, Debug)]
pub struct RunStart {
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
    /// Count the mapped live series and the deletions of the last 24 h.
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
    /// To `LoadVersions`: item id -> version, of items whose state needs no other look.
    Versions(HashMap<String, String>),
    /// To `LoadSeries` and `LoadEntering`.
    Series(Vec<SeriesState>),
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

/// Numbers for the brake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Mapped live events, a series counting once.
    pub live: u64,
    /// Deletions of the last 24 h, a series counting once.
    pub deleted: u64,
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

/// A row needs no other look if its version is what counts: not where an operator asked for a retry.
#[must_use]
pub fn version_counts(status: MappingStatus) -> bool {
    !matches!(status, MappingStatus::Created | MappingStatus::Deleted)
}
