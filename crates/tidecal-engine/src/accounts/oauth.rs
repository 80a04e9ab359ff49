//! Connecting by a vendor's consent page (requirement R1.4): state, PKCE, callback.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use tidecal_core::model::Provider;
use tidecal_providers::Access;
use tidecal_providers::oauth::{Consent, OAuthConfig, Pkce, TokenGrant};
use tidecal_store::{Account, NewAccount, NewOAuthState, Secrets, TenantScope};
use url::Url;

use crate::sync::retry;
use crate::{Engine, Gate, ServiceError};

/// How long a person may take on the vendor's pages (RFC 9700 2.1 asks for short-lived states).
const STATE_LIVES: SignedDuration = SignedDuration::from_mins(10);

/// What the vendor sends a browser back with.
#[derive(Clone, Debug)]
pub struct OAuthAnswer {
    /// The state that the flow began with.
    pub state: String,
    /// The code, if the person agreed.
    pub code: Option<SecretString>,
    /// The vendor's word for why not.
    pub error: Option<String>,
    /// And its explanation.
    pub error_description: Option<String>,
}

impl Engine {
    /// Begins a flow for this browser session: the address of the vendor's consent page.
    /// `account_id`: the account that is to be reconnected.
    ///
    /// # Errors
    /// `Closed`, `NotAllowed`, `NotSetUp`, `NotFound` (the account), `Store`.
    pub async fn begin_oauth(
        &self,
        scope: &TenantScope,
        session_hash: &str,
        provider: Provider,
        account_id: Option<&str>,
    ) -> Result<Url, ServiceError> {
        self.require_connecting(scope)?;
        let oauth = self.oauth_of(provider)?;
        let account = match account_id {
            Some(id) => Some(self.store().tenant(scope).get_account(id).await?),
            None => None,
        };
        let pkce = Pkce::from_random(self.random_bytes());
        let state = URL_SAFE_NO_PAD.encode(self.random_bytes());
        let now = self.now();
        let row = NewOAuthState {
            state_hash: hash(&state),
            session_hash: session_hash.to_owned(),
            provider,
            verifier: pkce.verifier.clone(),
            account_id: account.as_ref().map(|account| account.id.clone()),
            expires_at: now.checked_add(STATE_LIVES).unwrap_or(now),
        };
        self.store().tenant(scope).insert_oauth_state(&row, now).await?;
        let hint = account.as_ref().map(|account| account.email.as_str());
        let consent = Consent { state: &state, challenge: &pkce.challenge, login_hint: hint };
        Ok(oauth.client.authorize_url(&oauth.app, &consent))
    }

    /// Ends a flow: exchanges the code and connects the account, or reconnects it, which keeps its
    /// id, its connections, their mappings and cursors (requirement R1.8).
    ///
    /// # Errors
    /// `StateUnknown` for an answer that this session did not ask for, or twice; `Vendor` if the
    /// person declined, did not grant what is needed, or the exchange failed.
    pub async fn complete_oauth(
        &self,
        session_hash: &str,
        provider: Provider,
        answer: OAuthAnswer,
    ) -> Result<Account, ServiceError> {
        self.require_open(Gate::OAuth)?;
        let oauth = self.oauth_of(provider)?;
        let taken = self.store().sign_in().take_oauth_state(&hash(&answer.state), session_hash, self.now()).await?;
        let begun = taken.filter(|begun| begun.provider == provider).ok_or(ServiceError::StateUnknown)?;
        self.require_connecting(&begun.scope)?;
        let Some(code) = answer.code else {
            let error = answer.error.as_deref().unwrap_or("access_denied");
            return Err(oauth.client.consent_failure(error, answer.error_description.as_deref()).into());
        };
        // A code is good for one exchange: this call is never repeated.
        let grant = oauth.client.exchange_code(&oauth.app, &code, &begun.verifier).await?;
        let enough = oauth.client.vendor().require_scopes(&grant.scopes);
        let (access, refresh) = (grant.access_token.clone(), grant.refresh_token.clone());
        let stored = match enough {
            Ok(()) => self.store_grant(&begun.scope, provider, grant, begun.account_id).await,
            Err(failure) => Err(failure.into()),
        };
        if stored.is_err() {
            self.let_go(provider, &access, refresh.as_ref()).await;
        }
        stored
    }

    /// A grant that is of no use is not left behind at the vendor. Where the person has connected
    /// the same identity before, it stays: vendors end all grants of an app at once.
    async fn let_go(&self, provider: Provider, access: &SecretString, refresh: Option<&SecretString>) {
        let (Ok(oauth), Ok(adapter)) = (self.oauth_of(provider), self.adapter_of(provider)) else { return };
        let owner = adapter.fetch_account(&Access::Bearer(access.clone())).await;
        let in_use = match owner {
            Ok(owner) => self.system().is_subject_in_use(provider, &owner.subject, None).await.unwrap_or(true),
            // Whose it is cannot be told: what may be in use is kept.
            Err(_) => true,
        };
        if in_use {
            return;
        }
        if let Err(failure) = oauth.client.revoke(refresh.unwrap_or(access)).await {
            tracing::warn!(category = "calendar_sync", %provider, %failure, "revoking an unused grant failed");
        }
    }

    async fn store_grant(
        &self,
        scope: &TenantScope,
        provider: Provider,
        grant: TokenGrant,
        reconnect: Option<String>,
    ) -> Result<Account, ServiceError> {
        let adapter = self.adapter_of(provider)?;
        let access = Access::Bearer(grant.access_token.clone());
        let owner = retry(self, || adapter.fetch_account(&access)).await?;
        let (now, lifetime) = (self.now(), grant.refresh_token_expires_in);
        let account = NewAccount {
            provider,
            subject: owner.subject,
            email: owner.email,
            name: owner.name,
            base_url: None,
            server_info: None,
            scopes: grant.scopes.join(" "),
            token_expiry: now.checked_add(grant.expires_in).ok(),
            secrets: Secrets {
                access_token: Some(grant.access_token),
                refresh_token: grant.refresh_token,
                password: None,
            },
            reconnect,
        };
        let (account, _) = self.store().tenant(scope).insert_or_reconnect_account(&account, now).await?;
        self.system().set_grant_lifetime(&account.tenant_id, &account.id, lifetime, now).await?;
        self.wake();
        Ok(account)
    }

    pub(crate) fn oauth_of(&self, provider: Provider) -> Result<&OAuthConfig, ServiceError> {
        self.registry().oauth(provider).ok_or(ServiceError::NotSetUp { title: provider.title() })
    }

    pub(crate) fn adapter_of(&self, provider: Provider) -> Result<&dyn tidecal_providers::Adapter, ServiceError> {
        self.registry().adapter(provider).ok_or(ServiceError::NotSetUp { title: provider.title() })
    }

    pub(crate) fn require_connecting(&self, scope: &TenantScope) -> Result<(), ServiceError> {
        self.require_open(Gate::OAuth)?;
        if self.gates().get().admits_person(&scope.user_id) { Ok(()) } else { Err(ServiceError::NotAllowed) }
    }

    fn random_bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.random().fill(&mut bytes);
        bytes
    }
}

/// States are stored as hashes: who reads the database cannot finish a flow.
fn hash(state: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(state))
}
