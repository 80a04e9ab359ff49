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

/// News of one node. Nobody is waited for: a slow listener misses news and reads the state instead.
#[derive(Clone, Debug)]
pub struct Live(broadcast::Sender<RunNews>);

impl Default for Live {
    fn default() -> Self {
        Self(broadcast::channel(1024).0)
    }
}

impl Live {
    /// Tells everyone who listens.
    pub fn tell(&self, news: RunNews) {
        // No listener is no error.
        let _ = self.0.send(news);
    }

    /// Listens from now on.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<RunNews> {
        self.0.subscribe()
    }
}
