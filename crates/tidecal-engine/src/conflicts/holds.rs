//! Brakes: letting a held run or a held write go, or giving it up. Each is noted in the audit log.

use serde_json::json;
use tidecal_store::{Deed, TenantScope};

use crate::{Engine, ServiceError};

impl Engine {
    /// Releases the brake of a connection: its next run, due at once, carries out what it held back.
    ///
    /// # Errors
    /// `NotFound` also for a connection that is not held, `Store`.
    pub async fn release_hold(
        &self,
        scope: &TenantScope,
        connection_id: &str,
        request_id: Option<String>,
    ) -> Result<(), ServiceError> {
        let tenant = self.store().tenant(scope);
        let Some(reason) = tenant.get_connection(connection_id).await?.held_reason else {
            return Err(ServiceError::NotFound);
        };
        tenant.release_hold(connection_id, self.now()).await?;
        let deed = Deed { details: json!({ "reason": reason }).to_string(), ..deed("run.release", "connection") };
        self.decided(scope, Deed { target_id: connection_id.to_owned(), request_id, ..deed }).await
    }

    /// Gives a held run up: deletions that people made here come back. How many events did.
    ///
    /// # Errors
    /// `NotFound` also for a connection that is not held, `Store`.
    pub async fn discard_hold(
        &self,
        scope: &TenantScope,
        connection_id: &str,
        request_id: Option<String>,
    ) -> Result<u64, ServiceError> {
        let restored = self.store().tenant(scope).discard_hold(connection_id, self.now()).await?;
        let deed = Deed { details: json!({ "restored": restored }).to_string(), ..deed("run.discard", "connection") };
        self.decided(scope, Deed { target_id: connection_id.to_owned(), request_id, ..deed }).await?;
        Ok(restored)
    }

    /// Lets a held write go, by its mapping: its guests may be mailed about the event as it is now.
    ///
    /// # Errors
    /// `NotFound` also for a write that is not held, `Store`.
    pub async fn release_held_event(
        &self,
        scope: &TenantScope,
        mapping_id: &str,
        request_id: Option<String>,
    ) -> Result<(), ServiceError> {
        self.store().tenant(scope).release_held_event(mapping_id, self.now()).await?;
        let deed = deed("write.release", "mapping");
        self.decided(scope, Deed { target_id: mapping_id.to_owned(), request_id, ..deed }).await
    }

    /// Gives a held write up: what stands here stays here until the event is edited again.
    ///
    /// # Errors
    /// `NotFound` also for a write that is not held, `Store`.
    pub async fn discard_held_event(
        &self,
        scope: &TenantScope,
        mapping_id: &str,
        request_id: Option<String>,
    ) -> Result<(), ServiceError> {
        self.store().tenant(scope).discard_held_event(mapping_id, self.now()).await?;
        let deed = deed("write.discard", "mapping");
        self.decided(scope, Deed { target_id: mapping_id.to_owned(), request_id, ..deed }).await
    }

    async fn decided(&self, scope: &TenantScope, deed: Deed) -> Result<(), ServiceError> {
        self.store().tenant(scope).insert_audit(&deed, self.now()).await?;
        self.wake();
        Ok(())
    }
}

fn deed(action: &str, target_kind: &str) -> Deed {
    Deed {
        action: action.to_owned(),
        target_kind: target_kind.to_owned(),
        target_id: String::new(),
        details: String::new(),
        request_id: None,
    }
}
