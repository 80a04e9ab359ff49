//! The store itself: opening, migrating, and the ways in.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::database::{Access, Backend, Database, DatabaseOptions, FaultSwitch};
use crate::describe::{Described, describe};
use crate::posture::{Posture, posture};
use crate::scope::{SignIn, System, SystemScope, Tenant, TenantScope};
use crate::{KeyRing, StoreError, schema};

/// How to open a store.
#[derive(Debug)]
pub struct StoreOptions {
    /// Keys for credentials.
    pub key_ring: KeyRing,
    /// Most connections (PostgreSQL), most readers (SQLite).
    pub max_connections: u32,
    /// How long to wait for another program that holds the SQLite file.
    pub busy_timeout: Duration,
    /// How long to wait for a free connection.
    pub acquire_timeout: Duration,
    /// Failures on demand, for tests; `None` everywhere else.
    pub faults: Option<FaultSwitch>,
}

impl StoreOptions {
    /// Ordinary values with that key ring: 8 connections, 5 s and 30 s of patience.
    #[must_use]
    pub fn new(key_ring: KeyRing) -> Self {
        Self {
            key_ring,
            max_connections: 8,
            busy_timeout: Duration::from_secs(5),
            acquire_timeout: Duration::from_secs(30),
            faults: None,
        }
    }
}

/// An open database. Cheap to clone; all clones share it.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    database: Database,
    key_ring: KeyRing,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("backend", &self.backend()).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens `sqlite:PATH` (made if missing), `sqlite::memory:` (gone when it is closed) or `postgres://…`. The schema is not touched: call
    /// [`Store::migrate`] or [`Store::check_schema`] next.
    ///
    /// # Errors
    /// [`StoreError::Address`], [`StoreError::CannotOpen`].
    pub async fn connect(url: &str, options: StoreOptions) -> Result<Self, StoreError> {
        let StoreOptions { key_ring, max_connections, busy_timeout, acquire_timeout, faults } = options;
        let options = DatabaseOptions { max_connections, busy_timeout, acquire_timeout, faults };
        let database = Database::open(url, &options).await?;
        Ok(Self { shared: Arc::new(Shared { database, key_ring }) })
    }

    /// Brings the schema up to this program's version; does nothing if it is there already.
    ///
    /// # Errors
    /// [`StoreError::DatabaseTooNew`], [`StoreError::SchemaDamaged`], or what the database says.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        schema::migrate(self.database()).await
    }

    /// Refuses a database that this program cannot serve as it is.
    ///
    /// # Errors
    /// [`StoreError::DatabaseTooNew`], [`StoreError::NotMigrated`].
    pub async fn check_schema(&self) -> Result<(), StoreError> {
        schema::check(self.database()).await
    }

    /// Version of the database's schema; 0 without any.
    ///
    /// # Errors
    /// What the database says.
    pub async fn schema_version(&self) -> Result<i64, StoreError> {
        schema::version(self.database()).await
    }

    /// The newest schema version that this program knows.
    #[must_use]
    pub fn known_schema_version() -> i64 {
        schema::known_version()
    }

    /// Tables and views, as the database itself knows them.
    ///
    /// # Errors
    /// What the database says.
    pub async fn describe(&self) -> Result<Vec<Described>, StoreError> {
        describe(self.database()).await
    }

    /// Version of the database program, how it is reached, what it protects: for a doctor.
    ///
    /// # Errors
    /// What the database says.
    pub async fn posture(&self) -> Result<Posture, StoreError> {
        posture(self.database()).await
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// What the database says.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let mut tx = self.database().read(Access::All).await?;
        tx.fetch_one("answer", "SELECT 1 AS one", Vec::new()).await.map(drop)
    }

    /// Waits for running work and closes all connections.
    pub async fn close(&self) {
        self.database().close().await;
    }

    /// Which database this is.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.database().backend()
    }

    /// The keys of the deployment.
    #[must_use]
    pub fn key_ring(&self) -> &KeyRing {
        &self.shared.key_ring
    }

    /// Everything that belongs to a tenant, as that person sees it.
    #[must_use]
    pub fn tenant<'a>(&'a self, scope: &'a TenantScope) -> Tenant<'a> {
        Tenant { store: self, scope }
    }

    /// Everything, for workers.
    #[must_use]
    pub fn system(&self, _scope: SystemScope) -> System<'_> {
        System { store: self }
    }

    /// People, sessions and keys, before a scope is known.
    #[must_use]
    pub fn sign_in(&self) -> SignIn<'_> {
        SignIn { store: self }
    }

    pub(crate) fn database(&self) -> &Database {
        &self.shared.database
    }
}
