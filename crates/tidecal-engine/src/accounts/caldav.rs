//! Connecting a CalDAV account: discovery, login, and the same again to reconnect.

use secrecy::SecretString;
use tidecal_core::model::Provider;
use tidecal_store::{Account, NewAccount, Secrets, TenantScope};

use crate::sync::retry;
use crate::{Engine, ServiceError};

/// What a person types in. `Debug` shows no password.
#[derive(Clone, Debug)]
pub struct CaldavLogin {
    /// A domain, an e-mail address or a URL.
    pub url: String,
    /// Login.
    pub username: String,
    /// App password.
    pub password: SecretString,
    /// The account that is to be reconnected.
    pub account_id: Option<String>,
}

impl Engine {
    /// Finds the server's calendars with that login and connects the account; an account of the
    /// same login is reconnected: password swapped, everything else kept.
    ///
    /// # Errors
    /// `Closed`, `NotAllowed`, `Invalid` (an empty field), `Vendor` (not found, refused, no CalDAV).
    pub async fn connect_caldav(&self, scope: &TenantScope, login: CaldavLogin) -> Result<Account, ServiceError> {
        self.require_connecting(scope)?;
        let input = self.server_of(scope, &login).await?;
        let caldav = self.registry().caldav();
        let found = retry(self, || caldav.discover(&input, login.username.trim(), &login.password)).await?;
        let account = NewAccount {
            provider: Provider::Caldav,
            subject: found.account.subject,
            // The login is what opens the account; the address that the server knows may differ.
            email: found.username,
            name: found.account.name,
            base_url: Some(found.base.to_string()),
            server_info: None,
            scopes: String::new(),
            token_expiry: None,
            secrets: Secrets { password: Some(login.password), ..Secrets::default() },
            reconnect: login.account_id,
        };
        let (account, _) = self.store().tenant(scope).insert_or_reconnect_account(&account, self.now()).await?;
        self.wake();
        Ok(account)
    }

    /// What was typed; nothing typed means, for a reconnect, the server that the account has.
    async fn server_of(&self, scope: &TenantScope, login: &CaldavLogin) -> Result<String, ServiceError> {
        let typed = login.url.trim();
        if !typed.is_empty() {
            return Ok(typed.to_owned());
        }
        let known = match &login.account_id {
            Some(id) => self.store().tenant(scope).get_account(id).await?.base_url,
            None => None,
        };
        known.ok_or_else(|| ServiceError::Invalid {
            field: "url",
            message: "must not be empty: give a domain, an e-mail address or the URL of the calendar server".to_owned(),
        })
    }
}
