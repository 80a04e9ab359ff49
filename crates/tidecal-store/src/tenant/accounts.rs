//! Connecting, reconnecting and disconnecting accounts.

use jiff::Timestamp;

use crate::StoreError;
use crate::database::{Tx, to_millis, values};
use crate::ids::Ids;
use crate::record::{Account, NewAccount, account_columns, read_account};
use crate::scope::Tenant;
use crate::system::{ACCESS_TOKEN, PASSWORD, REFRESH_TOKEN, seal_secret};

const ACCOUNT: &str = concat!(
    "SELECT ",
    account_columns!(),
    " FROM calendar_accounts a WHERE a.tenant_id = $1 AND ($2 = '' OR a.provider_id = $2) AND a.id = $3"
);

impl Tenant<'_> {
    /// Connects an account, or connects it again: the same person with the same identity at the
    /// same vendor keeps id, connections, mappings and cursors; credentials are replaced, the
    /// status becomes active, and the connections are due at once with clean counters. A rate
    /// limit that is still running stays. The flag says whether it was known already.
    ///
    /// # Errors
    /// [`StoreError::DifferentAccount`] if another identity signed in than the one to reconnect,
    /// [`StoreError::NotFound`] if that one is not visible.
    pub async fn insert_or_reconnect_account(
        &self,
        new: &NewAccount,
        now: Timestamp,
    ) -> Result<(Account, bool), StoreError> {
        match self.try_connect(new, to_millis(now)).await {
            // Two sign-ins of one identity at the same time: the second finds the first's row.
            Err(error) if error.is_unique_violation() => self.try_connect(new, to_millis(now)).await,
            other => other,
        }
    }

    async fn try_connect(&self, new: &NewAccount, now: Timestamp) -> Result<(Account, bool), StoreError> {
        let mut tx = self.write().await?;
        let owner = self.owner_of_reconnect(&mut tx, new).await?;
        let known = tx
            .fetch_optional(
                "SELECT id FROM calendar_accounts WHERE tenant_id = $1 AND provider_id = $2 AND provider = $3 \
                   AND subject = $4 {for_update}",
                values![self.tenant_id(), &owner, new.provider.as_str(), &new.subject],
            )
            .await?;
        let (id, reconnected) = match known {
            Some(row) => (row.text("id")?, true),
            None => (Ids::new(now)?.next(), false),
        };
        if reconnected {
            self.replace_account(&mut tx, &id, new, now).await?;
        } else {
            self.insert_account(&mut tx, &id, &owner, new, now).await?;
        }
        let row = tx.fetch_one("account", ACCOUNT, values![self.tenant_id(), "", &id]).await?;
        let account = read_account(&row)?;
        tx.commit().await?;
        Ok((account, reconnected))
    }

    /// An admin may reconnect another person's account; it stays that person's.
    async fn owner_of_reconnect(&self, tx: &mut Tx, new: &NewAccount) -> Result<String, StoreError> {
        let Some(id) = &new.reconnect else { return Ok(self.scope.user_id.clone()) };
        let row = tx.fetch_one("account", ACCOUNT, values![self.tenant_id(), self.visible_owner(), id]).await?;
        let account = read_account(&row)?;
        if account.provider != new.provider || account.subject != new.subject {
            return Err(StoreError::DifferentAccount { email: account.email });
        }
        Ok(account.owner_id)
    }

    async fn insert_account(
        &self,
        tx: &mut Tx,
        id: &str,
        owner: &str,
        new: &NewAccount,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let [access, refresh, password] = self.seal(id, new)?;
        let values = values![
            id,
            self.tenant_id(),
            owner,
            new.provider.as_str(),
            &new.subject,
            &new.email,
            &new.name,
            &new.base_url,
            &new.server_info,
            &new.scopes,
            access,
            refresh,
            password,
            new.token_expiry,
            now,
        ];
        tx.execute(
            "INSERT INTO calendar_accounts (id, tenant_id, provider_id, provider, subject, email, name, base_url, \
                server_info, scopes, access_token, refresh_token, password, token_expiry, status, created_at, \
                updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'active', $15, $15)",
            values,
        )
        .await?;
        Ok(())
    }

    /// Some vendors send a refresh token only once: without a new one the old one stays.
    async fn replace_account(&self, tx: &mut Tx, id: &str, new: &NewAccount, now: Timestamp) -> Result<(), StoreError> {
        let [access, refresh, password] = self.seal(id, new)?;
        let values = values![
            self.tenant_id(),
            id,
            &new.email,
            &new.name,
            &new.base_url,
            &new.server_info,
            &new.scopes,
            access,
            refresh,
            password,
            new.token_expiry,
            now,
        ];
        tx.execute(
            "UPDATE calendar_accounts SET email = $3, name = $4, base_url = $5, server_info = $6, scopes = $7, \
                access_token = $8, refresh_token = COALESCE($9, refresh_token), password = $10, token_expiry = $11, \
                status = 'active', status_reason = NULL, credentials_version = credentials_version + 1, \
                refresh_owner = NULL, refresh_until = NULL, updated_at = $12 \
             WHERE tenant_id = $1 AND id = $2",
            values,
        )
        .await?;
        tx.execute(
            "UPDATE external_calendar_connections SET email = $3, token_expiry = $4, error_count = 0, \
                consecutive_failures = 0, stopped_reason = NULL, last_error = NULL, notified_state = NULL, \
                backoff_until = CASE WHEN failure_class = 'rate_limited' THEN backoff_until END, \
                sync_needed = TRUE, poke_seq = poke_seq + 1, next_sync_at = $5, updated_at = $5 \
             WHERE tenant_id = $1 AND account_id = $2",
            values![self.tenant_id(), id, &new.email, new.token_expiry, now],
        )
        .await?;
        Ok(())
    }

    fn seal(&self, id: &str, new: &NewAccount) -> Result<[Option<Vec<u8>>; 3], StoreError> {
        let seal = |column, secret: &Option<secrecy::SecretString>| {
            seal_secret(self.store.key_ring(), self.tenant_id(), id, column, secret.as_ref())
        };
        Ok([
            seal(ACCESS_TOKEN, &new.secrets.access_token)?,
            seal(REFRESH_TOKEN, &new.secrets.refresh_token)?,
            seal(PASSWORD, &new.secrets.password)?,
        ])
    }

    /// Accounts that are visible, oldest first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn list_accounts(&self) -> Result<Vec<Account>, StoreError> {
        let mut tx = self.read().await?;
        let rows = tx
            .fetch_all(
                concat!(
                    "SELECT ",
                    account_columns!(),
                    " FROM calendar_accounts a WHERE a.tenant_id = $1 AND ($2 = '' OR a.provider_id = $2) ORDER BY a.id"
                ),
                values![self.tenant_id(), self.visible_owner()],
            )
            .await?;
        rows.iter().map(read_account).collect()
    }

    /// One account.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn get_account(&self, account_id: &str) -> Result<Account, StoreError> {
        let mut tx = self.read().await?;
        let values = values![self.tenant_id(), self.visible_owner(), account_id];
        read_account(&tx.fetch_one("account", ACCOUNT, values).await?)
    }

    /// Wipes the credentials of an account and stops its connections; mappings, cursors and
    /// history stay, so that reconnecting goes on where this left off.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn disconnect_account(&self, account_id: &str, now: Timestamp) -> Result<Account, StoreError> {
        let now = to_millis(now);
        let mut tx = self.write().await?;
        let values = values![self.tenant_id(), self.visible_owner(), account_id];
        tx.fetch_one("account", ACCOUNT, values).await?;
        tx.execute(
            "UPDATE calendar_accounts SET access_token = NULL, refresh_token = NULL, password = NULL, \
                token_expiry = NULL, grant_ends_at = NULL, grant_lifetime_s = NULL, \
                status = 'disconnected', status_reason = NULL, \
                credentials_version = credentials_version + 1, refresh_owner = NULL, refresh_until = NULL, \
                updated_at = $3 \
             WHERE tenant_id = $1 AND id = $2",
            values![self.tenant_id(), account_id, now],
        )
        .await?;
        // The epoch rises: a run that is under way commits nothing more.
        tx.execute(
            "UPDATE external_calendar_connections SET token_expiry = NULL, lease_epoch = lease_epoch + 1, \
                lease_owner = NULL, lease_until = NULL, updated_at = $3 \
             WHERE tenant_id = $1 AND account_id = $2",
            values![self.tenant_id(), account_id, now],
        )
        .await?;
        let row = tx.fetch_one("account", ACCOUNT, values![self.tenant_id(), "", account_id]).await?;
        let account = read_account(&row)?;
        tx.commit().await?;
        Ok(account)
    }

    /// Deletes an account with its connections (as [`Tenant::delete_connection`] does).
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn delete_account(&self, account_id: &str, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let values = values![self.tenant_id(), self.visible_owner(), account_id];
        tx.fetch_one("account", ACCOUNT, values).await?;
        let rows = tx
            .fetch_all(
                "SELECT id FROM external_calendar_connections WHERE tenant_id = $1 AND account_id = $2",
                values![self.tenant_id(), account_id],
            )
            .await?;
        for row in rows {
            self.remove_connection(&mut tx, row.str("id")?, to_millis(now)).await?;
        }
        tx.execute(
            "DELETE FROM calendar_accounts WHERE tenant_id = $1 AND id = $2",
            values![self.tenant_id(), account_id],
        )
        .await?;
        tx.commit().await
    }
}
