//! Signing in and out.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;

use serde::Serialize;
use tidecal_engine::{Gate, Gates};
use tidecal_store::Identity;
use utoipa::ToSchema;

/// Who is signed in, where, and what is switched on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Session {
    user: SessionUser,
    tenant: SessionTenant,
    gates: SessionGates,
}

/// The person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionUser {
    id: String,
    email: String,
    name: String,
    /// `owner`, `admin` or `member`.
    role: &'static str,
}

/// The active tenant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionTenant {
    id: String,
    name: String,
}

/// Kill switches: true is open.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionGates {
    sync: bool,
    oauth: bool,
    jobs: bool,
    webhook: bool,
}

impl Session {
    pub(crate) fn of(identity: Identity, gates: &Gates) -> Self {
        let gates = gates.get();
        Self {
            user: SessionUser {
                id: identity.profile.id,
                email: identity.profile.email,
                name: identity.profile.name,
                role: identity.scope.role.as_str(),
            },
            tenant: SessionTenant { id: identity.scope.tenant_id, name: identity.tenant_name },
            gates: SessionGates {
                sync: gates.is_open(Gate::Sync),
                oauth: gates.is_open(Gate::OAuth),
                jobs: gates.is_open(Gate::Jobs),
                webhook: gates.is_open(Gate::Webhook),
            },
        }
    }
}
