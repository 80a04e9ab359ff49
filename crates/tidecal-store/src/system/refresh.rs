//! Credentials for workers, and refreshing them: one refresh per account across all nodes.
//!
//! The lease on the refresh keeps others from asking the vendor at the same time. What decides is
//! the version of the credentials: a new grant is written only over the credentials that it grew
//! from, so that a rotated refresh token is never overwritten by an older one.

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use tidecal_core::model::Provider;

use crate::database::{Row, Tx, to_millis, values};
use crate::record::{Account, AccountStatus, Secrets, account_columns, read_account};
use crate::scope::System;
use crate::{KeyRing, SealContext, StoreError};

/// Whose turn it is to refresh an account.
#[derive(Debug)]
pub enum RefreshTurn {
    /// The caller's: ask the vendor with these credentials, then call
    /// [`System::finish_refresh`] or [`System::abandon_refresh`].
    Mine {
        /// Version of these credentials.
        credentials_version: i64,
        /// The credentials.
        secrets: Secrets,
    },
    /// Somebody else is at it until then: look again at the account's expiry.
    Theirs {
        /// End of the other's turn.
        until: Timestamp,
    },
    /// The account needs a person.
    NotActive(AccountStatus),
}

/// What the vendor granted.
#[derive(Clone, Debug)]
pub struct TokenGrantRow {
    /// New access token.
    pub access_token: SecretString,
    /// New refresh token; `None` keeps the old one.
    pub refresh_token: Option<SecretString>,
    /// When the access token expires.
    pub expiry: Option<Timestamp>,
    /// When the grant ends, if the vendor said so; `None` keeps what is known.
    pub grant_ends_at: Option<Timestamp>,
}

pub(crate) const ACCESS_TOKEN: &str = "access_token";
pub(crate) const REFRESH_TOKEN: &str = "refresh_token";
pub(crate) const PASSWORD: &str = "password";

/// Seals a credential for its column; `None` stays NULL.
pub(crate) fn seal_secret(
    keys: &KeyRing,
    tenant: &str,
    account: &str,
    column: &str,
    secret: Option<&SecretString>,
) -> Result<Option<Vec<u8>>, StoreError> {
    let context = SealContext { tenant, account, column };
    Ok(secret.map(|secret| keys.seal_text(secret, context)).transpose()?)
}

fn open_secrets(keys: &KeyRing, tenant: &str, account: &str, row: &Row) -> Result<Secrets, StoreError> {
    let open = |column| {
        let sealed = row.opt_bytes(column)?;
        sealed.map(|sealed| keys.open_text(&sealed, SealContext { tenant, account, column })).transpose()
    };
    Ok(Secrets { access_token: open(ACCESS_TOKEN)?, refresh_token: open(REFRESH_TOKEN)?, password: open(PASSWORD)? })
}

impl System<'_> {
    /// An account.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn get_account(&self, tenant_id: &str, account_id: &str) -> Result<Account, StoreError> {
        let mut tx = self.read().await?;
        let row = tx
            .fetch_one(
                "account",
                concat!(
                    "SELECT ",
                    account_columns!(),
                    " FROM calendar_accounts a WHERE a.tenant_id = $1 AND a.id = $2"
                ),
                values![tenant_id, account_id],
            )
            .await?;
        read_account(&row)
    }

    /// The credentials of an account, opened.
    ///
    /// # Errors
    /// [`StoreError::KeyMismatch`], [`StoreError::SealBroken`], [`StoreError::NotFound`].
    pub async fn account_secrets(&self, tenant_id: &str, account_id: &str) -> Result<Secrets, StoreError> {
        let mut tx = self.glance().await?;
        let row = tx
            .fetch_one(
                "account",
                "SELECT access_token, refresh_token, password FROM calendar_accounts WHERE tenant_id = $1 AND id = $2",
                values![tenant_id, account_id],
            )
            .await?;
        open_secrets(self.store.key_ring(), tenant_id, account_id, &row)
    }

    /// Accounts whose access token expires before that time and that nobody refreshes now, the
    /// most urgent first: idle ones are kept fresh too. An account without any connection is a
    /// draft and left to expire.
    ///
    /// # Errors
    /// What the database says.
    pub async fn list_expiring(
        &self,
        before: Timestamp,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<Account>, StoreError> {
        let mut tx = self.read().await?;
        let rows = tx
            .fetch_all(
                concat!(
                    "SELECT ",
                    account_columns!(),
                    " FROM calendar_accounts a WHERE a.status = 'active' AND a.token_expiry < $1 \
                      AND (a.refresh_until IS NULL OR a.refresh_until <= $2) AND a.refresh_token IS NOT NULL \
                      AND EXISTS (SELECT 1 FROM external_calendar_connections n \
                          WHERE n.tenant_id = a.tenant_id AND n.account_id = a.id) \
                      ORDER BY a.token_expiry LIMIT $3"
                ),
                values![before, now, limit],
            )
            .await?;
        rows.iter().map(read_account).collect()
    }

    /// Notes how long a new grant is to last, from now on; `None`: the vendor did not say.
    ///
    /// # Errors
    /// What the database says.
    pub async fn set_grant_lifetime(
        &self,
        tenant_id: &str,
        account_id: &str,
        lifetime: Option<SignedDuration>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let ends_at = lifetime.and_then(|lifetime| now.checked_add(lifetime).ok());
        let mut tx = self.write_now().await?;
        tx.execute(
            "UPDATE calendar_accounts SET grant_ends_at = $3, grant_lifetime_s = $4 WHERE tenant_id = $1 AND id = $2",
            values![tenant_id, account_id, ends_at, lifetime.map(|lifetime| lifetime.as_secs())],
        )
        .await?;
        tx.commit().await
    }

    /// Whether an active account of that identity exists, in any tenant, beside `except`: ending
    /// one grant at the vendor would end the others.
    ///
    /// # Errors
    /// What the database says.
    pub async fn is_subject_in_use(
        &self,
        provider: Provider,
        subject: &str,
        except: Option<&str>,
    ) -> Result<bool, StoreError> {
        let mut tx = self.read().await?;
        let row = tx
            .fetch_optional(
                "SELECT 1 AS one FROM calendar_accounts \
                 WHERE provider = $1 AND subject = $2 AND id <> $3 AND status = 'active' LIMIT 1",
                values![provider.as_str(), subject, except.unwrap_or("")],
            )
            .await?;
        Ok(row.is_some())
    }

    /// Active accounts whose grant ends between the two times, soonest first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn list_ending_grants(
        &self,
        after: Timestamp,
        until: Timestamp,
        limit: i64,
    ) -> Result<Vec<Account>, StoreError> {
        let mut tx = self.read().await?;
        let rows = tx
            .fetch_all(
                concat!(
                    "SELECT ",
                    account_columns!(),
                    " FROM calendar_accounts a WHERE a.status = 'active' AND a.grant_ends_at > $1 \
                      AND a.grant_ends_at <= $2 ORDER BY a.grant_ends_at LIMIT $3"
                ),
                values![after, until, limit],
            )
            .await?;
        rows.iter().map(read_account).collect()
    }

    /// Takes the turn to refresh an account, if it is free.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or credentials that cannot be opened.
    pub async fn begin_refresh(
        &self,
        tenant_id: &str,
        account_id: &str,
        owner: &str,
        now: Timestamp,
        turn_for: SignedDuration,
    ) -> Result<RefreshTurn, StoreError> {
        let now = to_millis(now);
        let until = now.checked_add(turn_for).unwrap_or(Timestamp::MAX);
        let mut tx = self.write_now().await?;
        let taken = tx
            .fetch_optional(
                "UPDATE calendar_accounts SET refresh_owner = $3, refresh_until = $4 \
                 WHERE tenant_id = $1 AND id = $2 AND status = 'active' \
                   AND (refresh_until IS NULL OR refresh_until <= $5) \
                 RETURNING credentials_version, access_token, refresh_token, password",
                values![tenant_id, account_id, owner, until, now],
            )
            .await?;
        if let Some(row) = taken {
            // Before the commit: who cannot open the credentials does not keep the turn.
            let secrets = open_secrets(self.store.key_ring(), tenant_id, account_id, &row)?;
            tx.commit().await?;
            return Ok(RefreshTurn::Mine { credentials_version: row.int("credentials_version")?, secrets });
        }
        let row = tx
            .fetch_one(
                "account",
                "SELECT status, refresh_until FROM calendar_accounts WHERE tenant_id = $1 AND id = $2",
                values![tenant_id, account_id],
            )
            .await?;
        match row.word("status")? {
            AccountStatus::Active => Ok(RefreshTurn::Theirs { until: row.opt_time("refresh_until")?.unwrap_or(now) }),
            other => Ok(RefreshTurn::NotActive(other)),
        }
    }

    /// Stores a new grant: sealed tokens, the account's expiry and its copies, in one transaction.
    /// `false` if the credentials were replaced meanwhile (the person reconnected, or another node
    /// was faster): use [`System::account_secrets`] then.
    ///
    /// # Errors
    /// What the database says.
    pub async fn finish_refresh(
        &self,
        tenant_id: &str,
        account_id: &str,
        credentials_version: i64,
        grant: &TokenGrantRow,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let keys = self.store.key_ring();
        let access = seal_secret(keys, tenant_id, account_id, ACCESS_TOKEN, Some(&grant.access_token))?;
        let refresh = seal_secret(keys, tenant_id, account_id, REFRESH_TOKEN, grant.refresh_token.as_ref())?;
        let mut tx = self.write_now().await?;
        let written = tx
            .execute(
                "UPDATE calendar_accounts SET access_token = $4, refresh_token = COALESCE($5, refresh_token), \
                    token_expiry = $6, credentials_version = credentials_version + 1, \
                    grant_ends_at = COALESCE($8, grant_ends_at), refresh_owner = NULL, refresh_until = NULL, updated_at = $7 \
                 WHERE tenant_id = $1 AND id = $2 AND credentials_version = $3",
                values![
                    tenant_id,
                    account_id,
                    credentials_version,
                    access,
                    refresh,
                    grant.expiry,
                    to_millis(now),
                    grant.grant_ends_at,
                ],
            )
            .await?;
        if written > 0 {
            copy_expiry(&mut tx, tenant_id, account_id, grant.expiry).await?;
        }
        tx.commit().await?;
        Ok(written > 0)
    }

    /// Gives the turn back without a new grant.
    ///
    /// # Errors
    /// What the database says.
    pub async fn abandon_refresh(&self, tenant_id: &str, account_id: &str, owner: &str) -> Result<(), StoreError> {
        let mut tx = self.write_now().await?;
        tx.execute(
            "UPDATE calendar_accounts SET refresh_owner = NULL, refresh_until = NULL \
             WHERE tenant_id = $1 AND id = $2 AND refresh_owner = $3",
            values![tenant_id, account_id, owner],
        )
        .await?;
        tx.commit().await
    }

    /// Sets the status of an account, if its credentials are still those that were tried; `false`
    /// if the person has reconnected since.
    ///
    /// # Errors
    /// What the database says.
    #[expect(clippy::too_many_arguments, reason = "two name the account, one its version, three what is said of it")]
    pub async fn mark_account(
        &self,
        tenant_id: &str,
        account_id: &str,
        credentials_version: i64,
        status: AccountStatus,
        reason: Option<&str>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write_now().await?;
        let touched = tx
            .execute(
                "UPDATE calendar_accounts SET status = $4, status_reason = $5, updated_at = $6, \
                    refresh_owner = NULL, refresh_until = NULL \
                 WHERE tenant_id = $1 AND id = $2 AND credentials_version = $3 AND status <> 'disconnected'",
                values![tenant_id, account_id, credentials_version, status.as_str(), reason, to_millis(now)],
            )
            .await?;
        tx.commit().await?;
        Ok(touched > 0)
    }
}

/// Operators look for expired tokens at the connections.
pub(crate) async fn copy_expiry(
    tx: &mut Tx,
    tenant_id: &str,
    account_id: &str,
    expiry: Option<Timestamp>,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE external_calendar_connections SET token_expiry = $3 WHERE tenant_id = $1 AND account_id = $2",
        values![tenant_id, account_id, expiry],
    )
    .await?;
    Ok(())
}
