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
pub struct NewOauthState {
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
    /// Redirect address that was sent, which the token request repeats.
    pub redirect_uri: String,
    /// When it is too late.
    pub expires_at: Timestamp,
}

/// A connect flow that comes back.
#[derive(Clone, Debug)]
pub struct OauthState {
    /// Who began it.
    pub scope: TenantScope,
    /// Vendor.
    pub provider: Provider,
    /// Account to reconnect.
    pub account_id: Option<String>,
    /// PKCE verifier.
    pub verifier: SecretString,
    /// Redirect address that was sent.
    pub redirect_uri: String,
}

impl Tenant<'_> {
    /// Remembers a connect flow.
    ///
    /// # Errors
    /// What the database says.
    pub async fn insert_oauth_state(&self, new: &NewOauthState, now: Timestamp) -> Result<(), StoreError> {
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
            &new.redirect_uri,
            to_millis(now),
            to_millis(new.expires_at),
        ];
        let mut tx = self.write().await?;
        tx.execute(
            "INSERT INTO oauth_states (state_hash, tenant_id, profile_id, session_hash, provider, account_id, \
                verifier, redirect_uri, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            values,
        )
        .await?;
        tx.commit().await
    }
}

impl SignIn<'_> {
    /// Uses up a connect flow: `None` if its state is unknown, used, expired, of another session or
    /// of another vendor. A state that is shown from a wrong session is used up too.
    ///
    /// # Errors
    /// What the database says, or a verifier that cannot be opened.
    pub async fn take_oauth_state(
        &self,
        state_hash: &str,
        session_hash: &str,
        provider: Provider,
        now: Timestamp,
    ) -> Result<Option<OauthState>, StoreError> {
        let mut tx = self.write().await?;
        let taken = tx
            .fetch_optional(
                "DELETE FROM oauth_states WHERE state_hash = $1 RETURNING tenant_id, profile_id, session_hash, \
                    provider, account_id, verifier, redirect_uri, expires_at",
                values![state_hash],
            )
            .await?;
        tx.commit().await?;
        let Some(row) = taken else { return Ok(None) };
        let fits = row.str("session_hash")? == session_hash
            && row.str("provider")? == provider.as_str()
            && row.time("expires_at")? > now;
        if !fits {
            return Ok(None);
        }
        let (tenant, person) = (row.text("tenant_id")?, row.text("profile_id")?);
        let Some(identity) = self.find_identity(&tenant, &person).await? else { return Ok(None) };
        let context = SealContext { tenant: &tenant, account: state_hash, column: VERIFIER };
        Ok(Some(OauthState {
            scope: identity.scope,
            provider,
            account_id: row.opt_text("account_id")?,
            verifier: self.store.key_ring().open_text(&row.bytes("verifier")?, context)?,
            redirect_uri: row.text("redirect_uri")?,
        }))
    }
}
