//! The engine's handle and its main loop.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use tidecal_core::policy::Ids;
use tidecal_providers::Registry;
use tidecal_store::{Store, System, SystemScope};
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::{Clock, EngineConfig, Gate, Gates, Live, Random, ServiceError};

/// What an engine is made of.
pub struct EngineParts {
    /// Storage, migrated.
    pub store: Store,
    /// The vendors that are set up.
    pub registry: Registry,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// Kill switches and allowlists.
    pub gates: Arc<Gates>,
    /// Settings.
    pub config: EngineConfig,
}

/// Cheap to clone; all clones are one engine.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    parts: EngineParts,
    live: Live,
    wake: Notify,
    permits: Arc<Semaphore>,
    stopping: CancellationToken,
    /// When rows waiting outside the window were last looked at, by connection. Lost on restart,
    /// which costs one indexed look each.
    entering_checked: Mutex<HashMap<String, Timestamp>>,
    /// The tenant of each run of this node, so that claims take tenants in turn.
    running: Mutex<Vec<String>>,
}

/// A run of a tenant, as long as it lasts.
pub(crate) struct Running {
    engine: Engine,
    tenant_id: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut running = self.engine.0.running.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(at) = running.iter().position(|tenant| *tenant == self.tenant_id) {
            running.swap_remove(at);
        }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("node", &self.config().node).finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine that does nothing yet: see [`Engine::run`] for the scheduler.
    #[must_use]
    pub fn new(parts: EngineParts) -> Self {
        let permits = Arc::new(Semaphore::new(parts.config.workers.max(1)));
        let (live, wake, stopping) = (Live::default(), Notify::new(), CancellationToken::new());
        Self(Arc::new(Inner {
            parts,
            live,
            wake,
            permits,
            stopping,
            entering_checked: Mutex::default(),
            running: Mutex::default(),
        }))
    }

    /// Storage.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.parts.store
    }

    /// Time.
    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        &*self.0.parts.clock
    }

    /// Chance.
    #[must_use]
    pub fn random(&self) -> &dyn Random {
        &*self.0.parts.random
    }

    /// Kill switches and allowlists.
    #[must_use]
    pub fn gates(&self) -> &Gates {
        &self.0.parts.gates
    }

    /// News.
    #[must_use]
    pub fn live(&self) -> &Live {
        &self.0.live
    }

    /// Settings.
    #[must_use]
    pub fn config(&self) -> &EngineConfig {
        &self.0.parts.config
    }

    /// The vendors that are set up.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.0.parts.registry
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock().now()
    }

    pub(crate) fn system(&self) -> System<'_> {
        self.store().system(SystemScope::for_workers())
    }

    pub(crate) fn new_ids(&self) -> Ids {
        Ids::new(self.now(), self.random().seed())
    }

    pub(crate) fn permits(&self) -> &Arc<Semaphore> {
        &self.0.permits
    }

    pub(crate) fn require_open(&self, gate: Gate) -> Result<(), ServiceError> {
        if self.gates().is_open(gate) { Ok(()) } else { Err(ServiceError::Closed(gate)) }
    }

    /// Cancelled when the engine stops: runs end at their next step, waits end at once.
    pub(crate) fn stopping(&self) -> &CancellationToken {
        &self.0.stopping
    }

    /// Wakes the scheduler: something became due.
    pub(crate) fn wake(&self) {
        self.0.wake.notify_one();
    }

    pub(crate) async fn woken(&self) {
        self.0.wake.notified().await;
    }

    /// Notes a run of that tenant until the answer is dropped.
    pub(crate) fn note_running(&self, tenant_id: &str) -> Running {
        let mut running = self.0.running.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        running.push(tenant_id.to_owned());
        Running { engine: self.clone(), tenant_id: tenant_id.to_owned() }
    }

    /// The tenant of each run of this node.
    pub(crate) fn running_tenants(&self) -> Vec<String> {
        self.0.running.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Whether it is time to look at what waits outside the window of that connection; remembers
    /// that it was asked, unless it is only a rehearsal.
    pub(crate) fn is_entering_check_due(&self, connection_id: &str, rehearsal: bool) -> bool {
        const EVERY: jiff::SignedDuration = jiff::SignedDuration::from_hours(6);
        let now = self.now();
        let mut checked = self.0.entering_checked.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match checked.get(connection_id) {
            Some(last) if now.duration_since(*last) < EVERY => false,
            _ => {
                if !rehearsal {
                    checked.insert(connection_id.to_owned(), now);
                }
                true
            }
        }
    }
}
