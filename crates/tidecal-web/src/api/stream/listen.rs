//! `GET /api/calendar/stream`: server-sent events (HTML Living Standard, 9.2).

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use futures::stream;
use serde::Serialize;
use tidecal_engine::{NoticeNews, RunNews};
use tidecal_store::TenantScope;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::changes::Change;
use crate::problem::Problem;
use crate::state::WebState;

/// Proxies close what is silent for longer.
const COMMENT_EVERY: Duration = Duration::from_secs(15);

/// Browsers come back after this.
const RETRY: Duration = Duration::from_secs(2);

/// Data of `event: sync`: where a run stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SyncSignal {
    connection_id: String,
    run_id: String,
    /// `started`, `listing`, `fetching`, `comparing`, `writing`, `finished` or `failed`.
    phase: &'static str,
    synced: u64,
    updated: u64,
    skipped: u64,
    /// Items seen so far.
    seen: u64,
    /// For people, when it failed or was held.
    message: Option<String>,
}

/// Data of `event: connection`: read that connection again.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConnectionSignal {
    /// Null: any of them may have changed.
    connection_id: Option<String>,
}

/// Data of `event: notification`: the caller was told something; read the notifications.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NotificationSignal {
    connection_id: Option<String>,
    /// `conflict`, `sync_held`, `reauth_required`, …
    kind: String,
    title: String,
}

/// What happens right now
///
/// A stream of `event: sync` and `event: connection` about the connections that the caller may see,
/// and of `event: notification` about what the caller is told; a comment every 15 s. It ends with the
/// session, or when the server stops.
#[utoipa::path(get, path = "/api/calendar/stream", tag = "stream",
    responses((status = 200, content_type = "text/event-stream", body = SyncSignal), (status = 401, body = Problem)))]
pub(crate) async fn listen(
    State(state): State<WebState>,
    caller: Caller,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let listener = Listener {
        runs: state.engine.live().listen(),
        notices: state.engine.live().listen_to_notices(),
        changes: state.changes.listen(),
        stop: state.shutdown.clone(),
        scope: caller.identity.scope,
        session_hash: caller.session_hash,
        waiting: vec![Event::default().retry(RETRY).comment("listening")],
    };
    let events = stream::unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        Some((Ok(event), listener))
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(COMMENT_EVERY).text("still here"))
}

struct Listener {
    runs: Receiver<RunNews>,
    notices: Receiver<NoticeNews>,
    changes: Receiver<Change>,
    stop: CancellationToken,
    scope: TenantScope,
    session_hash: Option<String>,
    /// To be sent, the last one first.
    waiting: Vec<Event>,
}

impl Listener {
    /// The next event; `None`: the stream is over.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop() {
                return Some(event);
            }
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return None,
                heard = self.changes.recv() => match heard {
                    Ok(Change::SessionEnded { token_hash }) if self.session_hash.as_ref() == Some(&token_hash) => return None,
                    Ok(Change::Connection { tenant_id, owner_id, connection_id }) if self.may_see(&tenant_id, &owner_id) => {
                        self.waiting.push(changed(connection_id));
                    }
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => self.waiting.push(changed(None)),
                    Err(RecvError::Closed) => return None,
                },
                heard = self.notices.recv() => match heard {
                    Ok(news) if self.is_for_me(&news) => self.waiting.push(notified(news)),
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => self.waiting.push(changed(None)),
                    Err(RecvError::Closed) => return None,
                },
                heard = self.runs.recv() => match heard {
                    Ok(news) if self.may_see(&news.tenant_id, &news.user_id) => self.tell(news),
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => self.waiting.push(changed(None)),
                    Err(RecvError::Closed) => return None,
                },
            }
        }
    }

    fn may_see(&self, tenant_id: &str, owner_id: &str) -> bool {
        tenant_id == self.scope.tenant_id && (self.scope.role.sees_tenant() || owner_id == self.scope.user_id)
    }

    /// What one is told is for nobody else, whatever their role.
    fn is_for_me(&self, news: &NoticeNews) -> bool {
        (&news.tenant_id, &news.user_id) == (&self.scope.tenant_id, &self.scope.user_id)
    }

    /// A run that is over has changed its connection.
    fn tell(&mut self, news: RunNews) {
        if news.phase.is_over() {
            self.waiting.push(changed(Some(news.connection_id.clone())));
        }
        let signal = SyncSignal {
            connection_id: news.connection_id,
            run_id: news.run_id,
            phase: news.phase.as_str(),
            synced: news.stats.synced,
            updated: news.stats.updated,
            skipped: news.stats.skipped,
            seen: news.seen,
            message: news.message,
        };
        self.waiting.push(event("sync", &signal));
    }
}

fn changed(connection_id: Option<String>) -> Event {
    event("connection", &ConnectionSignal { connection_id })
}

fn notified(news: NoticeNews) -> Event {
    let NoticeNews { connection_id, kind, title, .. } = news;
    event("notification", &NotificationSignal { connection_id, kind, title })
}

fn event(name: &str, data: &impl Serialize) -> Event {
    let event = Event::default().event(name);
    match serde_json::to_string(data) {
        Ok(json) => event.data(json),
        // Plain structs always serialise.
        Err(_) => event,
    }
}
