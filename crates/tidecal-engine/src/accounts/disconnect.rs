//! Letting go of an account: the grant ends at the vendor, credentials are wiped here.

use tidecal_store::{Account, TenantScope};

use crate::{Engine, ServiceError};

impl Engine {
    /// Revokes the grant and wipes the credentials; mapping, cursor and history stay, so that a
    /// reconnect goes on without duplicates.
    ///
    /// # Errors
    /// `NotFound`, `Store`. A vendor that cannot be reached does not keep the account connected.
    pub async fn disconnect_account(&self, scope: &TenantScope, account_id: &str) -> Result<Account, ServiceError> {
        let account = self.store().tenant(scope).get_account(account_id).await?;
        self.revoke(&account).await;
        Ok(self.store().tenant(scope).disconnect_account(account_id, self.now()).await?)
    }

    /// Revokes the grant and deletes the account with its connections and what came by them.
    ///
    /// # Errors
    /// `NotFound`, `Store`.
    pub async fn delete_account(&self, scope: &TenantScope, account_id: &str) -> Result<(), ServiceError> {
        let account = self.store().tenant(scope).get_account(account_id).await?;
        self.revoke(&account).await;
        self.store().tenant(scope).delete_account(account_id, self.now()).await?;
        Ok(())
    }

    async fn revoke(&self, account: &Account) {
        let Some(oauth) = self.registry().oauth(account.provider) else { return };
        // A vendor ends all grants that the person has given to the app: while the same identity is
        // connected elsewhere here (another person, another tenant), wiping our copy must do.
        let elsewhere = self.system().is_subject_in_use(account.provider, &account.subject, Some(&account.id)).await;
        if elsewhere.unwrap_or(false) {
            tracing::info!(category = "calendar_sync", account_id = %account.id, "the grant stays: it is in use elsewhere");
            return;
        }
        let secrets = match self.system().account_secrets(&account.tenant_id, &account.id).await {
            Ok(secrets) => secrets,
            Err(error) => {
                tracing::warn!(category = "calendar_sync", account_id = %account.id, %error, "cannot unseal to revoke");
                return;
            }
        };
        let Some(token) = secrets.refresh_token.or(secrets.access_token) else { return };
        if let Err(failure) = oauth.client.revoke(&token).await {
            tracing::warn!(category = "calendar_sync", account_id = %account.id, %failure, "revoking failed");
        }
    }
}
