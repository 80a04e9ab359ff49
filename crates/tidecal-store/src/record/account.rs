//! Accounts: OAuth grants and CalDAV logins.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use tidecal_core::model::Provider;

use crate::StoreError;
use crate::database::Row;

/// Whether an account can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountStatus {
    /// Its credentials are accepted.
    Active,
    /// The vendor refuses them: a person must sign in again.
    ReauthRequired,
    /// Its owner disconnected it: no credentials are stored.
    Disconnected,
}

impl AccountStatus {
    /// The word in SQL and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::ReauthRequired => "reauth_required",
            Self::Disconnected => "disconnected",
        }
    }
}

impl fmt::Display for AccountStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for AccountStatus {
    type Err = tidecal_core::sync::UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Active, Self::ReauthRequired, Self::Disconnected]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| tidecal_core::sync::UnknownWord(text.to_owned()))
    }
}

/// One OAuth grant or CalDAV login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: String,
    /// Tenant.
    pub tenant_id: String,
    /// The person (`provider_id` in SQL, `profiles.id`).
    pub owner_id: String,
    /// Vendor.
    pub provider: Provider,
    /// The vendor's stable id of the person or login.
    pub subject: String,
    /// Address or login, for people.
    pub email: String,
    /// Name, or empty.
    pub name: String,
    /// Address of the server, where the vendor has more than one.
    pub base_url: Option<String>,
    /// What discovery found out about the server (JSON of the adapter).
    pub server_info: Option<String>,
    /// Granted scopes, separated by spaces.
    pub scopes: String,
    /// When the access token expires; `None` for a password.
    pub token_expiry: Option<Timestamp>,
    /// When the grant itself ends and a person must sign in again, if the vendor said so.
    pub grant_ends_at: Option<Timestamp>,
    /// How long the grant was to last when it was given, if the vendor said so.
    pub grant_lifetime: Option<SignedDuration>,
    /// Whether it can be used.
    pub status: AccountStatus,
    /// Why it cannot.
    pub status_reason: Option<String>,
    /// Counts changes of the credentials.
    pub credentials_version: i64,
    /// When it was first connected.
    pub created_at: Timestamp,
    /// Last change of the row.
    pub updated_at: Timestamp,
    /// Connections that use it.
    pub connections: i64,
}

/// Credentials in the clear; `Debug` shows none of them.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// OAuth access token.
    pub access_token: Option<SecretString>,
    /// OAuth refresh token.
    pub refresh_token: Option<SecretString>,
    /// Password of a CalDAV login.
    pub password: Option<SecretString>,
}

/// An account to connect, or to connect again.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Vendor.
    pub provider: Provider,
    /// The vendor's stable id; for CalDAV server and login.
    pub subject: String,
    /// Address or login, for people.
    pub email: String,
    /// Name, or empty.
    pub name: String,
    /// Address of the server, where the vendor has more than one.
    pub base_url: Option<String>,
    /// What discovery found out (JSON of the adapter).
    pub server_info: Option<String>,
    /// Granted scopes, separated by spaces.
    pub scopes: String,
    /// Credentials; what is `None` here is forgotten.
    pub secrets: Secrets,
    /// When the access token expires.
    pub token_expiry: Option<Timestamp>,
    /// The account that is meant to be reconnected: another identity is refused.
    pub reconnect: Option<String>,
}

/// Columns that [`read_account`] reads, of a table called `a`.
macro_rules! account_columns {
    () => {
        "a.id AS a_id, a.tenant_id AS a_tenant_id, a.provider_id AS a_provider_id, \
    a.provider AS a_provider, a.subject AS a_subject, a.email AS a_email, a.name AS a_name, \
    a.base_url AS a_base_url, a.server_info AS a_server_info, a.scopes AS a_scopes, \
    a.token_expiry AS a_token_expiry, a.status AS a_status, a.status_reason AS a_status_reason, \
    a.grant_ends_at AS a_grant_ends_at, a.grant_lifetime_s AS a_grant_lifetime_s, \
    a.credentials_version AS a_credentials_version, a.created_at AS a_created_at, a.updated_at AS a_updated_at, \
    (SELECT COUNT(*) FROM external_calendar_connections n \
        WHERE n.tenant_id = a.tenant_id AND n.account_id = a.id) AS a_connections"
    };
}
pub(crate) use account_columns;

pub(crate) fn read_account(row: &Row) -> Result<Account, StoreError> {
    Ok(Account {
        id: row.text("a_id")?,
        tenant_id: row.text("a_tenant_id")?,
        owner_id: row.text("a_provider_id")?,
        provider: row.word("a_provider")?,
        subject: row.text("a_subject")?,
        email: row.text("a_email")?,
        name: row.text("a_name")?,
        base_url: row.opt_text("a_base_url")?,
        server_info: row.opt_text("a_server_info")?,
        scopes: row.text("a_scopes")?,
        token_expiry: row.opt_time("a_token_expiry")?,
        grant_ends_at: row.opt_time("a_grant_ends_at")?,
        grant_lifetime: row.opt_int("a_grant_lifetime_s")?.map(SignedDuration::from_secs),
        status: row.word("a_status")?,
        status_reason: row.opt_text("a_status_reason")?,
        credentials_version: row.int("a_credentials_version")?,
        created_at: row.time("a_created_at")?,
        updated_at: row.time("a_updated_at")?,
        connections: row.int("a_connections")?,
    })
}
