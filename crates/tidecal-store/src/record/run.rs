//! Runs: what one sync did, and how it ends.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use tidecal_core::remote::Cursor;
use tidecal_core::sync::{Progress, UnknownWord};

use crate::StoreError;
use crate::database::Row;

/// Names a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRef {
    /// Its id.
    pub id: String,
    /// What asked for it: `schedule`, `manual`, `webhook`, …
    pub trigger: String,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunOutcome {
    /// It reached its end.
    Success,
    /// It failed.
    Error,
    /// It was called off (lease lost, reset, shutdown): it says nothing about the connection.
    Stopped,
}

impl RunOutcome {
    /// The word in SQL and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Error => "error",
            Self::Stopped => "stopped",
        }
    }
}

impl fmt::Display for RunOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for RunOutcome {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Success, Self::Error, Self::Stopped]
            .into_iter()
            .find(|it| it.as_str() == text)
            .ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// Statistics of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunStats {
    /// Events that came to be.
    pub synced: i64,
    /// Events that changed, deletions included.
    pub updated: i64,
    /// Events left alone.
    pub skipped: i64,
    /// Deletions among the updated ones.
    pub deleted: i64,
    /// Synced, updated and skipped.
    pub total: i64,
    /// Writes that the vendor confirmed.
    pub pushed: i64,
}

/// What the record of a run says beside its statistics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRecord {
    /// `full`, `delta` or `comparison`.
    pub kind: &'static str,
    /// When it began.
    pub started_at: Timestamp,
    /// Pages read.
    pub pages: i64,
    /// Requests sent to the vendor.
    pub calls: i64,
}

/// What happens to the brake of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Hold {
    /// It stays as it is.
    #[default]
    Keep,
    /// It is put on; a release from before does not count for it.
    Set {
        /// Why, for people.
        reason: String,
        /// Deletions that it holds back.
        deletions: i64,
    },
    /// It comes off, and its release is used up.
    Clear,
}

/// What happens to `sync_progress`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ProgressMove {
    /// It stays.
    #[default]
    Keep,
    /// A full reading stands there now.
    Set(Progress),
    /// No reading is under way; what it has seen is forgotten.
    Clear,
}

/// How a run ends: releases the lease and writes what was learnt about the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinishRow {
    /// Now.
    pub now: Timestamp,
    /// The run; its record is written if `record` says so.
    pub run: RunRef,
    /// How it ended. With [`RunOutcome::Stopped`] the fields from `error_count` to `backoff_until`
    /// are not written.
    pub outcome: RunOutcome,
    /// Statistics for the record.
    pub stats: RunStats,
    /// Duration for the record.
    pub duration_ms: i64,
    /// Failed runs since the last success, this one included.
    pub error_count: i64,
    /// The connection's own among them.
    pub consecutive_failures: i64,
    /// Class of the failure; `None` after a success.
    pub failure_class: Option<String>,
    /// Words of the failure; `None` after a success.
    pub last_error: Option<String>,
    /// Permanent failure of the calendar or account.
    pub stopped_reason: Option<String>,
    /// No call before that time. A later one that somebody set during the run stays.
    pub backoff_until: Option<Timestamp>,
    /// When it is due again. A backoff never moves it.
    pub next_sync_at: Option<Timestamp>,
    /// `Some` after a success.
    pub last_synced_at: Option<Timestamp>,
    /// `Some` if the vendor was read.
    pub last_polled_at: Option<Timestamp>,
    /// `events_synced`, `None` keeps.
    pub events_synced: Option<i64>,
    /// `sync_duration_ms`, `None` keeps.
    pub sync_duration_ms: Option<i64>,
    /// The `poke_seq` that the claim saw: a later poke keeps `sync_needed` set.
    pub seen_poke_seq: i64,
    /// The brake.
    pub hold: Hold,
    /// State of which the owner was told, if that changed.
    pub notified_state: Option<String>,
    /// The record, for a run that did something or was asked for; `None` counts a no-op run.
    pub record: Option<RunRecord>,
    /// The new cursor of a run that had nothing to commit. It moves only from the one that the
    /// lease knows: a reset during the run wins.
    pub cursor: Option<Cursor>,
    /// What happens to the progress of a full reading, under the same condition.
    pub progress: ProgressMove,
    /// `calendars.seq` up to which local changes were looked at; `None` keeps what is stored.
    pub local_cursor: Option<i64>,
    /// The restore of the database (`restored_at`) after which this run has compared everything and
    /// found nothing to write: its caution is over, unless there was another one since.
    pub recovered: Option<Timestamp>,
}

/// A row of `sync_runs`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRow {
    /// Its id.
    pub id: String,
    /// Connection.
    pub connection_id: String,
    /// `full`, `delta` or `comparison`.
    pub kind: String,
    /// What asked for it.
    pub trigger: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// How.
    pub outcome: RunOutcome,
    /// Statistics.
    pub stats: RunStats,
    /// Pages read.
    pub pages: i64,
    /// Requests sent.
    pub calls: i64,
    /// Milliseconds.
    pub duration_ms: i64,
    /// Words of the failure.
    pub error: Option<String>,
}

/// Columns of a [`RunRow`].
macro_rules! run_columns {
    () => {
        "id, connection_id, kind, run_trigger, started_at, finished_at, outcome, synced, updated, skipped, deleted, \
         total, pushed, pages, calls, duration_ms, error"
    };
}
pub(crate) use run_columns;

pub(crate) fn read_run(row: &Row) -> Result<RunRow, StoreError> {
    Ok(RunRow {
        id: row.text("id")?,
        connection_id: row.text("connection_id")?,
        kind: row.text("kind")?,
        trigger: row.text("run_trigger")?,
        started_at: row.time("started_at")?,
        finished_at: row.opt_time("finished_at")?,
        outcome: row.word("outcome")?,
        stats: RunStats {
            synced: row.int("synced")?,
            updated: row.int("updated")?,
            skipped: row.int("skipped")?,
            deleted: row.int("deleted")?,
            total: row.int("total")?,
            pushed: row.int("pushed")?,
        },
        pages: row.int("pages")?,
        calls: row.int("calls")?,
        duration_ms: row.int("duration_ms")?,
        error: row.opt_text("error")?,
    })
}
