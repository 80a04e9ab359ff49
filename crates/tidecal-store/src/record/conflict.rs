//! Conflicts as people look at them.

use jiff::Timestamp;
use tidecal_core::model::Event;
use tidecal_ical::RecurrenceId;

use super::{LocalWrite, recurrence_id, unpack_event};
use crate::StoreError;
use crate::database::{Row, decode_error};

/// A conflict: fields that both sides changed since they last agreed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConflictRow {
    /// Its id.
    pub id: String,
    /// Connection.
    pub connection_id: String,
    /// The vendor's id of the item.
    pub external_event_id: String,
    /// Which occurrence.
    pub recurrence_id: Option<RecurrenceId>,
    /// Local event.
    pub event_id: Option<String>,
    /// Title of the local event, if it is there.
    pub title: Option<String>,
    /// Names of the fields; empty: one side deleted what the other edited.
    pub fields: Vec<String>,
    /// Whether it waits for a person.
    pub open: bool,
    /// `local`, `remote`, `fields`, `reset`; `agreed`: both sides say the same by themselves; once
    /// it is resolved.
    pub resolution: Option<String>,
    /// Who decided (`profiles.id`).
    pub resolved_by: Option<String>,
    /// When.
    pub resolved_at: Option<Timestamp>,
    /// When it came up.
    pub created_at: Timestamp,
    /// Last news of it.
    pub updated_at: Timestamp,
}

/// A conflict with what each side said.
#[derive(Clone, Debug, PartialEq)]
pub struct ConflictDetail {
    /// The conflict.
    pub row: ConflictRow,
    /// What both sides last agreed on.
    pub base: Option<Event>,
    /// The local side; `None`: deleted.
    pub local: Option<Event>,
    /// The vendor's side; `None`: deleted.
    pub remote: Option<Event>,
    /// Version of the local event at present; `None`: its row is gone.
    pub local_version: Option<i64>,
    /// Local calendar.
    pub calendar_id: String,
    /// Local id of the series.
    pub series_id: String,
}

/// Which side a resolution follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConflictChoice {
    /// The local side goes out as it is.
    Local,
    /// The local event becomes what the vendor says.
    Remote,
    /// Field by field: the local event becomes what the person chose, and goes out.
    Fields,
}

impl ConflictChoice {
    /// The word in SQL and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Remote => "remote",
            Self::Fields => "fields",
        }
    }
}

/// How a person resolves a conflict.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolution {
    /// Which side.
    pub choice: ConflictChoice,
    /// What the local event becomes (not with [`ConflictChoice::Local`]): an update or insertion of
    /// its row, or its deletion where the vendor has deleted it.
    pub write: Option<LocalWrite>,
    /// Guests may be mailed about it.
    pub consent: bool,
}

/// Columns of a [`ConflictRow`], of tables called `x` and (the local event) `e`.
macro_rules! conflict_columns {
    () => {
        "x.id, x.connection_id, x.external_event_id, x.recurrence_id, x.event_id, x.fields, x.status, x.resolution, \
         x.resolved_by, x.resolved_at, x.created_at, x.updated_at, e.title"
    };
}
pub(crate) use conflict_columns;

pub(crate) fn read_conflict(row: &Row) -> Result<ConflictRow, StoreError> {
    Ok(ConflictRow {
        id: row.text("id")?,
        connection_id: row.text("connection_id")?,
        external_event_id: row.text("external_event_id")?,
        recurrence_id: recurrence_id(row.str("recurrence_id")?)?,
        event_id: row.opt_text("event_id")?,
        title: row.opt_text("title")?,
        fields: serde_json::from_str(row.str("fields")?).map_err(|error| decode_error("fields", &error.to_string()))?,
        open: row.str("status")? == "open",
        resolution: row.opt_text("resolution")?,
        resolved_by: row.opt_text("resolved_by")?,
        resolved_at: row.opt_time("resolved_at")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

/// A packed event of that column.
pub(crate) fn opt_event(row: &Row, column: &str) -> Result<Option<Event>, StoreError> {
    row.opt_bytes(column)?.map(|packed| unpack_event(column, &packed)).transpose()
}
