//! Conflicts: fields that both sides changed, until a person settles them.

pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod resolve;

use serde::Serialize;
use tidecal_store::ConflictRow;
use utoipa::ToSchema;

use crate::times::Seconds;

/// A conflict.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Conflict)]
pub(crate) struct ConflictOut {
    id: String,
    connection_id: String,
    /// Local event; null if its row is gone.
    event_id: Option<String>,
    /// Title of the local event.
    title: Option<String>,
    external_event_id: String,
    /// Which occurrence of a series.
    recurrence_id: Option<String>,
    /// Fields that both sides changed; empty: one side deleted what the other changed.
    fields: Vec<String>,
    /// Whether it waits for a person.
    open: bool,
    /// `local`, `remote`, `fields` or `reset`, once it is settled; `agreed`: by both sides themselves.
    resolution: Option<String>,
    resolved_at: Option<Seconds>,
    created_at: Seconds,
    updated_at: Seconds,
}

impl From<ConflictRow> for ConflictOut {
    fn from(row: ConflictRow) -> Self {
        Self {
            id: row.id,
            connection_id: row.connection_id,
            event_id: row.event_id,
            title: row.title,
            external_event_id: row.external_event_id,
            recurrence_id: row.recurrence_id.map(|id| id.to_string()),
            fields: row.fields,
            open: row.open,
            resolution: row.resolution,
            resolved_at: row.resolved_at.map(Seconds),
            created_at: Seconds(row.created_at),
            updated_at: Seconds(row.updated_at),
        }
    }
}
