//! `GET /api/notifications` and `POST /api/notifications/read`

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tidecal_store::NotificationRow;
use utoipa::{IntoParams, ToSchema};

use crate::api::page::{Paging, paged};
use crate::auth::Caller;
use crate::input::{Body, Params};
use crate::problem::Problem;
use crate::state::WebState;
use crate::times::Seconds;

/// Which notifications.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct NotificationQuery {
    /// `true`: only those that were not read.
    unread: Option<String>,
    /// At most so many; 100 if absent.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    limit: Option<String>,
    /// `nextCursor` of the page before.
    cursor: Option<String>,
}

/// Something that a person was told.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Notification)]
pub(crate) struct NotificationOut {
    id: String,
    connection_id: Option<String>,
    /// `sync_held`, `conflict`, `reauth_required`, …
    kind: String,
    title: String,
    /// What to do next.
    body: String,
    created_at: Seconds,
    read_at: Option<Seconds>,
}

/// A page, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NotificationPage {
    items: Vec<NotificationOut>,
    /// How many were not read, on all pages.
    unread: i64,
    next_cursor: Option<String>,
}

impl From<NotificationRow> for NotificationOut {
    fn from(row: NotificationRow) -> Self {
        Self {
            id: row.id,
            connection_id: row.connection_id,
            kind: row.kind,
            title: row.title,
            body: row.body,
            created_at: Seconds(row.created_at),
            read_at: row.read_at.map(Seconds),
        }
    }
}

/// What one was told
#[utoipa::path(get, path = "/api/notifications", tag = "history", params(NotificationQuery),
    responses((status = 200, body = NotificationPage), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn list_notifications(
    State(state): State<WebState>,
    caller: Caller,
    Params(query): Params<NotificationQuery>,
) -> Result<Json<NotificationPage>, Problem> {
    let unread_only = match query.unread.as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(Problem::field("unread", "must be true or false")),
    };
    let paging = Paging::read(query.limit.as_deref(), query.cursor.as_deref())?;
    let tenant = state.tenant(caller.scope());
    let rows = tenant.list_notifications(unread_only, paging.after(), paging.fetched()).await?;
    let unread = tenant.count_unread().await?;
    let (rows, next_cursor) = paged(rows, &paging, |row| row.id.clone());
    Ok(Json(NotificationPage { items: rows.into_iter().map(NotificationOut::from).collect(), unread, next_cursor }))
}

/// Which notifications were read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadNotifications {
    /// Absent: all.
    ids: Option<Vec<String>>,
}

/// How many of them were unread.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Marked {
    marked: u64,
}

/// Mark notifications as read
#[utoipa::path(post, path = "/api/notifications/read", tag = "history", request_body = ReadNotifications,
    responses((status = 200, body = Marked), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn read_notifications(
    State(state): State<WebState>,
    caller: Caller,
    Body(request): Body<ReadNotifications>,
) -> Result<Json<Marked>, Problem> {
    let marked = state.tenant(caller.scope()).mark_notifications_read(request.ids.as_deref(), state.now()).await?;
    Ok(Json(Marked { marked }))
}
