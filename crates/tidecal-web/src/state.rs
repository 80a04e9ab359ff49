//! What every handler shares.

use std::sync::Arc;

use axum::extract::FromRef;
use jiff::{SignedDuration, Timestamp};
use tidecal_engine::Engine;
use tidecal_store::{Account, Connection, Store, Tenant, TenantScope};
use tokio_util::sync::CancellationToken;

use crate::WebConfig;
use crate::api::events::listing::Listings;
use crate::assets::Assets;
use crate::auth::Throttle;
use crate::changes::{Change, Changes};

/// Attempts to sign in at once, and how soon there is one more.
const SIGN_IN_BURST: u32 = 10;
const SIGN_IN_REFILL: SignedDuration = SignedDuration::from_secs(30);

/// What the HTTP side is made of.
#[derive(Clone)]
pub struct WebState {
    /// The driver.
    pub engine: Engine,
    /// Settings.
    pub config: Arc<WebConfig>,
    /// The interface's files.
    pub assets: Arc<dyn Assets>,
    /// Ends the live streams, so that the server can stop.
    pub shutdown: CancellationToken,
    pub(crate) changes: Changes,
    pub(crate) listings: Arc<Listings>,
    pub(crate) sign_in: Arc<Throttle>,
}

impl WebState {
    /// A state that serves that engine.
    #[must_use]
    pub fn new(engine: Engine, config: WebConfig, assets: Arc<dyn Assets>, shutdown: CancellationToken) -> Self {
        let sign_in = Arc::new(Throttle::new(SIGN_IN_BURST, SIGN_IN_REFILL));
        let (changes, listings) = (Changes::default(), Arc::default());
        Self { engine, config: Arc::new(config), assets, shutdown, changes, listings, sign_in }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.engine.clock().now()
    }

    pub(crate) fn store(&self) -> &Store {
        self.engine.store()
    }

    /// Tells the live streams that any connection of an account may have changed.
    pub(crate) fn tell_account(&self, account: &Account) {
        let (tenant_id, owner_id) = (account.tenant_id.clone(), account.owner_id.clone());
        self.changes.tell(Change::Connection { tenant_id, owner_id, connection_id: None });
    }

    /// Tells the live streams that a connection changed.
    pub(crate) fn tell_connection(&self, connection: &Connection) {
        self.changes.tell(Change::Connection {
            tenant_id: connection.tenant_id.clone(),
            owner_id: connection.owner_id.clone(),
            connection_id: Some(connection.id.clone()),
        });
    }

    pub(crate) fn tenant<'a>(&'a self, scope: &'a TenantScope) -> Tenant<'a> {
        self.store().tenant(scope)
    }
}

impl std::fmt::Debug for WebState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebState").field("config", &self.config).finish_non_exhaustive()
    }
}

impl FromRef<WebState> for Engine {
    fn from_ref(state: &WebState) -> Self {
        state.engine.clone()
    }
}
