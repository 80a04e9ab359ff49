//! Accounts: OAuth grants and CalDAV logins.

pub(crate) mod create_caldav;
pub(crate) mod delete;
pub(crate) mod disconnect;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod list_calendars;

use serde::Serialize;
use tidecal_store::Account;
use utoipa::ToSchema;

use crate::times::Seconds;

/// An OAuth grant or a CalDAV login.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Account)]
pub(crate) struct AccountOut {
    id: String,
    /// `google`, `outlook`, `caldav` or `ics`.
    provider: &'static str,
    /// Address or login.
    email: String,
    name: String,
    /// `active`; `reauth_required`: the vendor wants the person to sign in again; `disconnected`: no
    /// credentials are stored.
    status: &'static str,
    /// When the access token expires; null for a password.
    token_expiry: Option<Seconds>,
    /// How many connections use it.
    connections: i64,
    created_at: Seconds,
}

impl From<Account> for AccountOut {
    fn from(account: Account) -> Self {
        Self {
            id: account.id,
            provider: account.provider.as_str(),
            email: account.email,
            name: account.name,
            status: account.status.as_str(),
            token_expiry: account.token_expiry.map(Seconds),
            connections: account.connections,
            created_at: Seconds(account.created_at),
        }
    }
}
