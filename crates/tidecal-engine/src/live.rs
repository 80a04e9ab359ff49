//! What happens right now, for whoever looks: the page's stream, progress bars, waiting requests.

use tokio::sync::broadcast;

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunPhase {
    /// It has begun.
    Started,
    /// Reads pages.
    Listing,
    /// Fetches items.
    Fetching,
    /// Looks for what is gone.
    Comparing,
    /// Writes to the vendor.
    Writing,
    /// It is over and all is well.
    Finished,
    /// It is over, and not well.
    Failed,
}

impl RunPhase {
    /// The word in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Listing => "listing",
            Self::Fetching => "fetching",
            Self::Comparing => "comparing",
            Self::Writing => "writing",
            Self::Finished => "finished",
            Self::Failed => "failed",
        }
    }

    /// Whether the run is over.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Finished | Self::Failed)
    }
}

/// One piece of news about a run.
#[derive(Clone, Debug)]
pub struct RunNews {
    /// Whose.
    pub tenant_id: String,
    /// The person whose calendar it is.
    pub user_id: String,
    /// Which connection.
    pub connection_id: String,
    /// Which run.
    pub run_id: String,
    /// Where it stands.
    pub phase: RunPhase,
    /// Counts so far.
    pub stats: tidecal_core::sync::Stats,
    /// Items seen so far.
    pub seen: u64,
    /// For people, when it failed or was held.
    pub message: Option<String>,
}

/// A person was told something: there is a notification to read.
#[derive(Clone, Debug)]
pub struct NoticeNews {
    /// Tenant.
    pub tenant_id: String,
    /// The person.
    pub user_id: String,
    /// Connection it is about.
    pub connection_id: Option<String>,
    /// Stable word: `conflict`, `sync_held`, …
    pub kind: String,
    /// One line.
    pub title: String,
}

/// News of one node. Nobody is waited for: a slow listener misses news and reads the state instead.
#[derive(Clone, Debug)]
pub struct Live {
    runs: broadcast::Sender<RunNews>,
    notices: broadcast::Sender<NoticeNews>,
}

impl Default for Live {
    fn default() -> Self {
        Self { runs: broadcast::channel(1024).0, notices: broadcast::channel(256).0 }
    }
}

impl Live {
    /// Tells everyone who listens.
    pub fn tell(&self, news: RunNews) {
        // No listener is no error.
        let _ = self.runs.send(news);
    }

    /// Listens from now on.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<RunNews> {
        self.runs.subscribe()
    }

    /// Tells that a person was told something.
    pub fn notify(&self, news: NoticeNews) {
        let _ = self.notices.send(news);
    }

    /// Listens to what people are told from now on.
    #[must_use]
    pub fn listen_to_notices(&self) -> broadcast::Receiver<NoticeNews> {
        self.notices.subscribe()
    }
}
