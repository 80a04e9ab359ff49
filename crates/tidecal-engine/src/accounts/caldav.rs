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
        for (field, value) in [("url", &login.url), ("username", &login.username)] {
            if value.trim().is_empty() {
                return Err(ServiceError::Invalid { field, message: "must not be empty".to_owned() });
            }
        }
        let caldav = self.registry().caldav().ok_or(ServiceError::NotSetUp { title: Provider::Caldav.title() })?;
        let (input, username) = (login.url.trim(), login.username.trim());
        let found = retry(self, || caldav.discover(input, username, &login.password)).await?;
        let account = NewAccount {
            provider: Provider::Caldav,
            subject: found.account.subject,
            // The login is what opens the account; the address that the server knows may differ.
            email: username.to_owned(),
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
}
