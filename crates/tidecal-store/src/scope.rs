//! Who asks: nothing that belongs to a tenant is reachable without saying so.

use std::fmt;
use std::str::FromStr;

use crate::StoreError;
use crate::database::{Access, Lane, Tx};
use crate::store::Store;

/// What a person may do in a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Sees what is the person's own.
    Member,
    /// Sees what is the tenant's.
    Admin,
    /// As an admin; a tenant keeps at least one.
    Owner,
}

impl Role {
    /// The word in SQL and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// Whether rows of other people of the tenant are visible.
    #[must_use]
    pub const fn sees_tenant(self) -> bool {
        matches!(self, Self::Admin | Self::Owner)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No role has that word.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown role {0:?}: expected owner, admin or member")]
pub struct UnknownRole(pub String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Member, Self::Admin, Self::Owner]
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

/// A person in a tenant. A member sees the own rows, admin and owner the tenant's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TenantScope {
    /// The tenant.
    pub tenant_id: String,
    /// The person (`profiles.id`).
    pub user_id: String,
    /// What the person may do.
    pub role: Role,
}

/// The right to work across tenants, for workers and the operator's commands. A request handler
/// has no business holding one.
#[derive(Clone, Copy, Debug)]
pub struct SystemScope(());

impl SystemScope {
    /// Whoever calls this answers for every tenant's data.
    #[must_use]
    pub const fn for_workers() -> Self {
        Self(())
    }
}

/// The store as one tenant sees it: every query carries the tenant's id.
#[derive(Clone, Copy, Debug)]
pub struct Tenant<'a> {
    pub(crate) store: &'a Store,
    pub(crate) scope: &'a TenantScope,
}

impl Tenant<'_> {
    pub(crate) async fn read(&self) -> Result<Tx, StoreError> {
        self.store.database().read(Access::Tenant(&self.scope.tenant_id)).await
    }

    pub(crate) async fn write(&self) -> Result<Tx, StoreError> {
        self.store.database().write(Lane::Interactive, Access::Tenant(&self.scope.tenant_id)).await
    }

    pub(crate) fn tenant_id(&self) -> &str {
        &self.scope.tenant_id
    }

    /// Whose rows are visible: empty for everybody's. Statements test `($2 = '' OR owner = $2)`.
    pub(crate) fn visible_owner(&self) -> &str {
        if self.scope.role.sees_tenant() { "" } else { &self.scope.user_id }
    }
}

/// The store as workers see it.
#[derive(Clone, Copy, Debug)]
pub struct System<'a> {
    pub(crate) store: &'a Store,
}

impl System<'_> {
    pub(crate) async fn read(&self) -> Result<Tx, StoreError> {
        self.store.database().read(Access::All).await
    }

    /// For one statement that reads.
    pub(crate) async fn glance(&self) -> Result<Tx, StoreError> {
        self.store.database().glance(Access::All).await
    }

    pub(crate) async fn write(&self) -> Result<Tx, StoreError> {
        self.store.database().write(Lane::Bulk, Access::All).await
    }

    /// For the few writes that a person waits for.
    pub(crate) async fn write_now(&self) -> Result<Tx, StoreError> {
        self.store.database().write(Lane::Interactive, Access::All).await
    }
}

/// The store before anybody is known: looks up people, sessions and keys.
#[derive(Clone, Copy, Debug)]
pub struct SignIn<'a> {
    pub(crate) store: &'a Store,
}

impl SignIn<'_> {
    pub(crate) async fn read(&self) -> Result<Tx, StoreError> {
        self.store.database().read(Access::All).await
    }

    pub(crate) async fn write(&self) -> Result<Tx, StoreError> {
        self.store.database().write(Lane::Interactive, Access::All).await
    }
}
