//! Further nodes of the deployment under test: another engine with its own handle on the database.

use std::pin::Pin;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tidecal_engine::{Clock, Engine, EngineConfig, EngineParts, Gates, OsRandom};

use crate::app::App;
use crate::harness::{KEY, key_ring};

/// A clock that stands still: waiting lets others work and takes no time.
struct StillClock(Timestamp);

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        self.0
    }

    fn sleep<'life0, 'async_trait>(
        &'life0 self,
        _wait: SignedDuration,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(tokio::task::yield_now())
    }
}

/// Another node, at the time that the application has now.
pub(crate) async fn node(app: &App, name: &str) -> Engine {
    Engine::new(EngineParts {
        store: app.db.reopen(key_ring(KEY, &[])).await,
        registry: app.engine.registry().clone(),
        clock: Arc::new(StillClock(app.engine.clock().now())),
        random: Arc::new(OsRandom),
        gates: Arc::new(Gates::default()),
        config: EngineConfig { node: name.to_owned(), ..EngineConfig::default() },
    })
}
