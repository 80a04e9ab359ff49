//! Mapping rows as people look at them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tidecal_core::sync::{MappingStatus, Verdict};

use crate::StoreError;
use crate::database::Row;

/// A row of `external_calendar_events`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingRow {
    /// Its id.
    pub id: String,
    /// The vendor's id of the item.
    pub external_event_id: String,
    /// The vendor's id of the series.
    pub external_series_id: String,
    /// Which occurrence; empty for a master or a single event.
    pub recurrence_id: String,
    /// Local event, if there is one.
    pub event_id: Option<String>,
    /// iCalendar UID, or empty.
    pub uid: String,
    /// Title of the local event, if there is one.
    pub title: Option<String>,
    /// Version of the item.
    pub version: String,
    /// Why it is, or is not, in the local calendar.
    pub verdict: Verdict,
    /// The rule, the error, the brake; empty for mirrored.
    pub reason: String,
    /// State.
    pub status: MappingStatus,
    /// Words of the last failure.
    pub last_error: Option<String>,
    /// Start of the remote content, if known.
    pub start_at: Option<Timestamp>,
    /// Its end; `None` also for endless.
    pub end_at: Option<Timestamp>,
    /// Last change.
    pub updated_at: Timestamp,
}

/// Columns of a [`MappingRow`], of tables called `m` and (the local event) `e`.
macro_rules! mapping_columns {
    () => {
        "m.id, m.external_event_id, m.external_series_id, m.recurrence_id, m.event_id, m.uid, e.title, m.version, \
         m.verdict, m.reason, m.sync_status, m.last_error, m.start_at, m.end_at, m.updated_at"
    };
}
pub(crate) use mapping_columns;

pub(crate) fn read_mapping(row: &Row) -> Result<MappingRow, StoreError> {
    Ok(MappingRow {
        id: row.text("id")?,
        external_event_id: row.text("external_event_id")?,
        external_series_id: row.text("external_series_id")?,
        recurrence_id: row.text("recurrence_id")?,
        event_id: row.opt_text("event_id")?,
        uid: row.text("uid")?,
        title: row.opt_text("title")?,
        version: row.text("version")?,
        verdict: row.word("verdict")?,
        reason: row.text("reason")?,
        status: row.word("sync_status")?,
        last_error: row.opt_text("last_error")?,
        start_at: row.opt_time("start_at")?,
        end_at: row.opt_time("end_at")?,
        updated_at: row.time("updated_at")?,
    })
}

/// How many mapping rows of a connection have which verdict; tombstones do not count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerdictCounts(BTreeMap<&'static str, i64>);

impl VerdictCounts {
    /// Rows with that verdict.
    #[must_use]
    pub fn of(&self, verdict: Verdict) -> i64 {
        self.0.get(verdict.as_str()).copied().unwrap_or(0)
    }

    /// All rows.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.0.values().sum()
    }

    pub(crate) fn add(&mut self, verdict: Verdict, rows: i64) {
        *self.0.entry(verdict.as_str()).or_default() += rows;
    }
}
