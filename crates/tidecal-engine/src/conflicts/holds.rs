//! Brakes: letting a held run go.

use tidecal_store::TenantScope;

use crate::{Engine, ServiceError};

impl Engine {
    /// Releases the brake of a connection: its next run, due at once, carries out what it held back.
    ///
    /// # Errors
    /// `NotFound` also for a connection that is not held, `Store`.
    pub async fn release_hold(&self, scope: &TenantScope, connection_id: &str) -> Result<(), ServiceError> {
        let tenant = self.store().tenant(scope);
        if tenant.get_connection(connection_id).await?.held_reason.is_none() {
            return Err(ServiceError::NotFound);
        }
        tenant.release_hold(connection_id, self.now()).await?;
        self.wake();
        Ok(())
    }

    /// Something became due by a decision that was written elsewhere.
    pub fn look_again(&self) {
        self.wake();
    }
}
