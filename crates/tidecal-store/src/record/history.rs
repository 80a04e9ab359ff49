//! What happened, as people look at it: journal, audit log, notifications.

use jiff::Timestamp;
use tidecal_core::model::Event;

use super::conflict::opt_event;
use crate::StoreError;
use crate::database::Row;

/// An entry of the journal: one change that a sync made, on either side.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalRow {
    /// Its id.
    pub id: String,
    /// Connection.
    pub connection_id: Option<String>,
    /// Run.
    pub run_id: Option<String>,
    /// Local event.
    pub event_id: String,
    /// Its series.
    pub series_id: String,
    /// `in`: the local event followed the vendor; `out`: the other way round.
    pub direction: String,
    /// `create`, `update`, `delete`, `overrule`, `answer`.
    pub action: String,
    /// Content before.
    pub before: Option<Event>,
    /// Content after.
    pub after: Option<Event>,
    /// When.
    pub created_at: Timestamp,
}

/// Columns of a [`JournalRow`], of a table called `j`.
macro_rules! journal_columns {
    () => {
        "j.id, j.connection_id, j.run_id, j.event_id, j.series_id, j.direction, j.action, j.before, j.after, \
         j.created_at"
    };
}
pub(crate) use journal_columns;

pub(crate) fn read_journal(row: &Row) -> Result<JournalRow, StoreError> {
    Ok(JournalRow {
        id: row.text("id")?,
        connection_id: row.opt_text("connection_id")?,
        run_id: row.opt_text("run_id")?,
        event_id: row.text("event_id")?,
        series_id: row.text("series_id")?,
        direction: row.text("direction")?,
        action: row.text("action")?,
        before: opt_event(row, "before")?,
        after: opt_event(row, "after")?,
        created_at: row.time("created_at")?,
    })
}

/// An entry of the audit log. The log only grows: nothing here changes or removes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Its id.
    pub id: String,
    /// Who did it (`profiles.id`); `None`: Tidecal itself.
    pub actor_id: Option<String>,
    /// Address of that person.
    pub actor_email: Option<String>,
    /// Stable word: `account.connect`, `conflict.resolve`, …
    pub action: String,
    /// What it was done to: `account`, `connection`, `event`, …
    pub target_kind: String,
    /// Its id.
    pub target_id: String,
    /// JSON.
    pub details: String,
    /// The request that asked for it.
    pub request_id: Option<String>,
    /// When.
    pub created_at: Timestamp,
}

pub(crate) fn read_audit(row: &Row) -> Result<AuditRow, StoreError> {
    Ok(AuditRow {
        id: row.text("id")?,
        actor_id: row.opt_text("actor_id")?,
        actor_email: row.opt_text("actor_email")?,
        action: row.text("action")?,
        target_kind: row.text("target_kind")?,
        target_id: row.text("target_id")?,
        details: row.text("details")?,
        request_id: row.opt_text("request_id")?,
        created_at: row.time("created_at")?,
    })
}

/// A deed of the person of the scope, for the audit log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deed {
    /// Stable word: `conflict.resolve`, `event.update`, …
    pub action: String,
    /// What it was done to: `conflict`, `event`, `connection`, …
    pub target_kind: String,
    /// Its id.
    pub target_id: String,
    /// JSON; no secrets.
    pub details: String,
    /// The request that asked for it.
    pub request_id: Option<String>,
}

/// Something that a person was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationRow {
    /// Its id.
    pub id: String,
    /// Connection it is about.
    pub connection_id: Option<String>,
    /// Stable word.
    pub kind: String,
    /// One line.
    pub title: String,
    /// What to do next.
    pub body: String,
    /// When.
    pub created_at: Timestamp,
    /// When it was read.
    pub read_at: Option<Timestamp>,
}

pub(crate) fn read_notification(row: &Row) -> Result<NotificationRow, StoreError> {
    Ok(NotificationRow {
        id: row.text("id")?,
        connection_id: row.opt_text("connection_id")?,
        kind: row.text("kind")?,
        title: row.text("title")?,
        body: row.text("body")?,
        created_at: row.time("created_at")?,
        read_at: row.opt_time("read_at")?,
    })
}
