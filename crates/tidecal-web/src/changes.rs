//! What requests change, told to the live streams of this node: runs are told by the engine.

use tokio::sync::broadcast;

/// One change.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// A connection was made, changed or deleted.
    Connection {
        /// Tenant.
        tenant_id: String,
        /// Whose it is.
        owner_id: String,
        /// Which one; `None`: any of them may have changed.
        connection_id: Option<String>,
    },
    /// A session ended: its streams end too.
    SessionEnded {
        /// Hash of its token.
        token_hash: String,
    },
}

/// Changes of one node. A slow listener misses some and reads everything again instead.
#[derive(Clone, Debug)]
pub(crate) struct Changes(broadcast::Sender<Change>);

impl Default for Changes {
    fn default() -> Self {
        Self(broadcast::channel(256).0)
    }
}

impl Changes {
    pub(crate) fn tell(&self, change: Change) {
        // No listener is no error.
        let _ = self.0.send(change);
    }

    pub(crate) fn listen(&self) -> broadcast::Receiver<Change> {
        self.0.subscribe()
    }
}
