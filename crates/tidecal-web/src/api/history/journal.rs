//! `GET /api/calendar/journal`

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tidecal_core::sync::{field_changes, shown_fields};
use tidecal_store::{JournalOf, JournalRow};
use utoipa::{IntoParams, ToSchema};

use crate::api::page::{Paging, paged};
use crate::auth::Caller;
use crate::input::{Params, is_possible_id};
use crate::problem::Problem;
use crate::state::WebState;
use crate::times::Seconds;

/// Which entries: exactly one of the ids.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct JournalQuery {
    /// Of this local event, also after its deletion.
    event_id: Option<String>,
    /// Of this connection.
    connection_id: Option<String>,
    /// Of this run.
    run_id: Option<String>,
    /// At most so many; 100 if absent.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    limit: Option<String>,
    /// `nextCursor` of the page before.
    cursor: Option<String>,
}

/// One change that a sync made.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = JournalEntry)]
pub(crate) struct JournalOut {
    id: String,
    connection_id: Option<String>,
    run_id: Option<String>,
    event_id: String,
    /// `in`: the local event followed the vendor; `out`: the other way round.
    direction: String,
    /// `create`, `update`, `delete`, `overrule` or `answer`.
    action: String,
    /// Fields that changed.
    fields: Vec<&'static str>,
    /// All fields before; null: it was not there.
    #[schema(value_type = Option<Object>)]
    before: Option<Value>,
    /// All fields after; null: it went.
    #[schema(value_type = Option<Object>)]
    after: Option<Value>,
    created_at: Seconds,
}

/// A page, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JournalPage {
    items: Vec<JournalOut>,
    next_cursor: Option<String>,
}

impl From<JournalRow> for JournalOut {
    fn from(row: JournalRow) -> Self {
        let changes = row.before.as_ref().zip(row.after.as_ref()).map(|(before, after)| field_changes(before, after));
        Self {
            fields: changes.unwrap_or_default().iter().map(|change| change.field.as_str()).collect(),
            before: row.before.as_ref().map(shown_fields),
            after: row.after.as_ref().map(shown_fields),
            id: row.id,
            connection_id: row.connection_id,
            run_id: row.run_id,
            event_id: row.event_id,
            direction: row.direction,
            action: row.action,
            created_at: Seconds(row.created_at),
        }
    }
}

/// The journal of syncs
///
/// Before and after of what syncs changed, of one's own connections.
#[utoipa::path(get, path = "/api/calendar/journal", tag = "history", params(JournalQuery),
    responses((status = 200, body = JournalPage), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn list_journal(
    State(state): State<WebState>,
    caller: Caller,
    Params(query): Params<JournalQuery>,
) -> Result<Json<JournalPage>, Problem> {
    let paging = Paging::read(query.limit.as_deref(), query.cursor.as_deref())?;
    let of = match (query.event_id.as_deref(), query.connection_id.as_deref(), query.run_id.as_deref()) {
        (Some(id), None, None) => JournalOf::Event(id),
        (None, Some(id), None) => JournalOf::Connection(id),
        (None, None, Some(id)) => JournalOf::Run(id),
        _ => return Err(Problem::field("eventId", "give exactly one of eventId, connectionId and runId")),
    };
    let (JournalOf::Event(id) | JournalOf::Connection(id) | JournalOf::Run(id) | JournalOf::Series(id)) = of;
    let scope = caller.own_scope();
    let known = is_possible_id(id);
    let rows =
        if known { state.tenant(&scope).list_journal(of, paging.after(), paging.fetched()).await? } else { Vec::new() };
    let (rows, next_cursor) = paged(rows, &paging, |row| row.id.clone());
    Ok(Json(JournalPage { items: rows.into_iter().map(JournalOut::from).collect(), next_cursor }))
}
