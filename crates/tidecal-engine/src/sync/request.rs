//! Asking for a sync: a poke that changes only *when* the one path runs, never how.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use tidecal_core::policy::Window;
use tidecal_core::sync::Stats;
use tidecal_store::{Connection, TenantScope};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::claims::Wanted;
use super::drive::drive;
use crate::{Engine, Gate, RunNews, RunPhase, ServiceError};

/// A sync that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requested {
    /// Id that the run will have.
    pub run_id: String,
    /// Which connection.
    pub connection_id: String,
}

/// Which connections to sync now.
#[derive(Clone, Debug, Default)]
pub struct SyncNow {
    /// `None`: all active ones of the person.
    pub connection_ids: Option<Vec<String>>,
    /// A one-off range; what lies beyond the stored window is looked at without touching the cursor.
    pub range: Option<Window>,
    /// How long to wait; `None`: until all are done.
    pub wait: Option<SignedDuration>,
}

/// How one connection fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncStatus {
    /// In step.
    Success,
    /// Not: the message says why.
    Error,
    /// Still running when the wait was over.
    Running,
}

/// One connection's part of a manual sync.
#[derive(Clone, Debug)]
pub struct SyncResult {
    /// The connection, as it is now.
    pub connection: Connection,
    /// How it fared.
    pub status: SyncStatus,
    /// Counts, so far if it is running.
    pub stats: Stats,
    /// Why it failed, for people.
    pub error: Option<String>,
}

impl Engine {
    /// Makes a connection due at once. `full`: everything is read again and compared, the circuit
    /// is closed and a stop is lifted first.
    ///
    /// # Errors
    /// `Closed`, `NotAllowed`, `NotFound`, `RateLimited`, `Store`.
    pub async fn request_sync(
        &self,
        scope: &TenantScope,
        connection_id: &str,
        full: bool,
    ) -> Result<Requested, ServiceError> {
        self.require_open(Gate::Sync)?;
        let connection = self.store().tenant(scope).get_connection(connection_id).await?;
        if !self.gates().get().admits(&connection.owner_id, &connection.id) {
            return Err(ServiceError::NotAllowed);
        }
        if let Some(until) = self.rate_limited_until(&connection) {
            return Err(ServiceError::RateLimited { until });
        }
        let requested = self.poke(scope, connection_id, full).await?;
        let engine = self.clone();
        // The gate JOBS switches the scheduler off, not people's own wishes.
        tokio::spawn(async move { engine.run_only(vec![requested.connection_id]).await });
        Ok(Requested { run_id: requested.run_id, connection_id: connection_id.to_owned() })
    }

    async fn poke(&self, scope: &TenantScope, connection_id: &str, full: bool) -> Result<Requested, ServiceError> {
        let run_id = self.new_ids().next_id();
        let run_id = self.store().tenant(scope).request_sync(connection_id, full, &run_id, self.now()).await?;
        Ok(Requested { run_id, connection_id: connection_id.to_owned() })
    }

    /// A vendor that asked to be left alone is left alone, whoever wishes otherwise.
    fn rate_limited_until(&self, connection: &Connection) -> Option<Timestamp> {
        let limited = connection.failure_class.as_deref() == Some("rate_limited");
        connection.backoff_until.filter(|until| limited && *until > self.now())
    }

    async fn run_only(&self, ids: Vec<String>) {
        let limit = i64::try_from(ids.len()).unwrap_or(i64::MAX);
        let wanted = Wanted { only: Some(ids), tenant_id: None, due_by: self.now(), limit };
        match self.claim(wanted).await {
            Ok(claims) => drop(self.drive_all(claims).await),
            Err(error) => {
                tracing::error!(category = "calendar_sync", error_code = "database", %error, "cannot claim requested work");
            }
        }
    }

    /// Syncs connections of a person and waits for them.
    ///
    /// # Errors
    /// `Closed`, `NotFound` (a connection that was named), `Store`. What goes wrong with one
    /// connection is in its result.
    pub async fn sync_now(&self, scope: &TenantScope, request: SyncNow) -> Result<Vec<SyncResult>, ServiceError> {
        self.require_open(Gate::Sync)?;
        let chosen = self.chosen(scope, request.connection_ids).await?;
        let mut watch = Watch::new(self.live().listen());
        let gates = self.gates().get();
        let mut asked = Vec::new();
        for connection in &chosen {
            let refused = if !gates.admits(&connection.owner_id, &connection.id) {
                Some("This calendar is not on the server's allowlist.".to_owned())
            } else {
                self.rate_limited_until(connection)
                    .map(|until| format!("Rate limit exceeded: the vendor may be asked again at {until:.0}"))
            };
            match refused {
                Some(error) => watch.refuse(&connection.id, error),
                None => asked.push(self.poke(scope, &connection.id, false).await?.connection_id),
            }
        }
        let engine = self.clone();
        let work = tokio::spawn(async move { engine.run_wanted(asked, request.range).await });
        watch.wait(work, self.clock().sleep(request.wait.unwrap_or(SignedDuration::MAX)), request.wait).await;
        let mut results = Vec::new();
        for connection in chosen {
            let connection = self.store().tenant(scope).get_connection(&connection.id).await?;
            if watch.has_heard_nothing(&connection.id)
                && let Some(words) = self.waits_for_vendor(scope, &connection).await?
            {
                watch.refuse(&connection.id, words);
            }
            results.push(watch.result(connection));
        }
        Ok(results)
    }

    async fn chosen(&self, scope: &TenantScope, ids: Option<Vec<String>>) -> Result<Vec<Connection>, ServiceError> {
        let tenant = self.store().tenant(scope);
        let Some(ids) = ids else {
            let mut mine = tenant.list_connections().await?;
            mine.retain(|connection| connection.owner_id == scope.user_id && connection.is_active());
            return Ok(mine);
        };
        let mut chosen = Vec::new();
        for id in ids {
            chosen.push(tenant.get_connection(&id).await?);
        }
        Ok(chosen)
    }

    async fn run_wanted(&self, ids: Vec<String>, range: Option<Window>) {
        self.run_only(ids.clone()).await;
        let Some(range) = range else { return };
        let window = Window::around(self.now(), self.config().months_back, self.config().months_ahead);
        if range.from >= window.from && range.to <= window.to {
            return;
        }
        for id in ids {
            let wanted = Wanted { only: Some(vec![id]), tenant_id: None, due_by: Timestamp::MAX, limit: 1 };
            if let Ok(claims) = self.claim(wanted).await {
                for claim in claims {
                    drive(self, claim, Some(range)).await;
                }
            }
        }
    }
}

/// What was heard of the runs that somebody waits for.
struct Watch {
    news: Receiver<RunNews>,
    heard: HashMap<String, RunNews>,
    refused: HashMap<String, String>,
}

impl Watch {
    fn new(news: Receiver<RunNews>) -> Self {
        Self { news, heard: HashMap::new(), refused: HashMap::new() }
    }

    fn refuse(&mut self, connection_id: &str, error: String) {
        self.refused.insert(connection_id.to_owned(), error);
    }

    fn has_heard_nothing(&self, connection_id: &str) -> bool {
        !self.heard.contains_key(connection_id) && !self.refused.contains_key(connection_id)
    }

    fn hear(&mut self, news: RunNews) {
        // A range run after the ordinary one adds to its counts.
        let earlier = self.heard.get(&news.connection_id).filter(|it| it.phase.is_over() && it.run_id != news.run_id);
        let mut news = news;
        if let Some(earlier) = earlier {
            news.stats.add(earlier.stats);
        }
        self.heard.insert(news.connection_id.clone(), news);
    }

    /// Listens until the work is done or the wait is over.
    async fn wait(
        &mut self,
        mut work: tokio::task::JoinHandle<()>,
        time: impl Future<Output = ()>,
        wait: Option<SignedDuration>,
    ) {
        tokio::pin!(time);
        loop {
            tokio::select! {
                biased;
                heard = self.news.recv() => match heard {
                    Ok(news) => self.hear(news),
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                },
                _ = &mut work => break,
                () = &mut time, if wait.is_some() => return,
            }
        }
        while let Ok(news) = self.news.try_recv() {
            self.hear(news);
        }
    }

    fn result(&self, connection: Connection) -> SyncResult {
        if let Some(error) = self.refused.get(&connection.id) {
            let error = Some(error.clone());
            return SyncResult { connection, status: SyncStatus::Error, stats: Stats::default(), error };
        }
        let heard = self.heard.get(&connection.id);
        let stats = heard.map_or_else(Stats::default, |news| news.stats);
        let (status, error) = match heard.map(|news| news.phase) {
            Some(RunPhase::Finished) => (SyncStatus::Success, None),
            Some(RunPhase::Failed) => (SyncStatus::Error, heard.and_then(|news| news.message.clone())),
            Some(_) => (SyncStatus::Running, None),
            // Nothing was heard: the vendor or the circuit keeps it back, or another node has it.
            None => match (&connection.last_error, connection.backoff_until) {
                (Some(error), Some(_)) => (SyncStatus::Error, Some(error.clone())),
                _ => (SyncStatus::Running, None),
            },
        };
        SyncResult { connection, status, stats, error }
    }
}
