//! Connect flows that are under way: what must be remembered between leaving for the vendor and
//! coming back. The state comes and goes as a hash, the PKCE verifier is sealed.

use jiff::Timestamp;
use secrecy::SecretString;
use tidecal_core::model::Provider;

use crate::database::{to_millis, values};
use crate::scope::{SignIn, Tenant, TenantScope};
use crate::{SealContext, StoreError};

const VERIFIER: &str = "verifier";

/// A connect flow that begins.
#[derive(Clone, Debug)]
pub struct NewOAuthState {
    /// Hash of the state parameter.
    pub state_hash: String,
    /// Hash of the session that began it: no other session may end it.
    pub session_hash: String,
    /// Vendor.
    pub provider: Provider,
    /// Account to reconnect.
    pub account_id: Option<String>,
    /// PKCE verifier.
    pub verifier: SecretString,
    /// When it is too late.
    pub expires_at: Timestamp,
}

/// A connect flow that comes back.
#[derive(Clone, Debug)]
pub struct OAuthState {
    /// Who began it.
    pub scope: TenantScope,
    /// Vendor.
    pub provider: Provider,
    /// Account to reconnect.
    pub account_id: Option<String>,
    /// PKCE verifier.
    pub verifier: SecretString,
}

impl Tenant<'_> {
    /// Remembers a connect flow.
    ///
    /// # Errors
    /// What the database says.
    pub async fn insert_oauth_state(&self, new: &NewOAuthState, now: Timestamp) -> Result<(), StoreError> {
        let context = SealContext { tenant: self.tenant_id(), account: &new.state_hash, column: VERIFIER };
        let verifier = self.store.key_ring().seal_text(&new.verifier, context)?;
        let values = values![
            &new.state_hash,
            self.tenant_id(),
            &self.scope.user_id,
            &new.session_hash,
            new.provider.as_str(),
            &new.account_id,
            verifier,
            to_millis(now),
            to_millis(new.expires_at),
        ];
        let mut tx = self.write().await?;
        tx.execute(
            "INSERT INTO oauth_states (state_hash, tenant_id, profile_id, session_hash, provider, account_id, \
                verifier, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            values,
        )
        .await?;
        tx.commit().await
    }
}

impl SignIn<'_> {
    /// Uses up a connect flow: `None` if its state is unknown, used, expired or of another
    /// session. A state that is shown from a wrong session is used up too.
    ///
    /// # Errors
    /// What the database says, or a verifier that cannot be opened.
    pub async fn take_oauth_state(
        &self,
        state_hash: &str,
        session_hash: &str,
        now: Timestamp,
    ) -> Result<Option<OAuthState>, StoreError> {
        let mut tx = self.write().await?;
        let taken = tx
            .fetch_optional(
                "DELETE FROM oauth_states WHERE state_hash = $1 RETURNING tenant_id, profile_id, session_hash, \
                    provider, account_id, verifier, expires_at",
                values![state_hash],
            )
            .await?;
        tx.commit().await?;
        let Some(row) = taken else { return Ok(None) };
        let fits = row.str("session_hash")? == session_hash && row.time("expires_at")? > now;
        if !fits {
            return Ok(None);
        }
        let (tenant, person) = (row.text("tenant_id")?, row.text("profile_id")?);
        let Some(identity) = self.find_identity(&tenant, &person).await? else { return Ok(None) };
        let context = SealContext { tenant: &tenant, account: state_hash, column: VERIFIER };
        Ok(Some(OAuthState {
            scope: identity.scope,
            provider: row.word("provider")?,
            account_id: row.opt_text("account_id")?,
            verifier: self.store.key_ring().open_text(&row.bytes("verifier")?, context)?,
        }))
    }
}
