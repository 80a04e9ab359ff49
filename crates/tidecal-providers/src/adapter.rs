//! What an adapter can be asked for.

use async_trait::async_trait;
use secrecy::SecretString;
use tidecal_core::remote::{
    Capabilities, Failure, ItemRef, Page, PageQuery, RemoteAccount, RemoteCalendar, RemoteChange,
};
use url::Url;

/// What opens an account, unsealed for one run. `Debug` shows no secret.
#[derive(Clone, Debug)]
pub enum Access {
    /// An OAuth access token, fresh enough for the call.
    Bearer(SecretString),
    /// Login and password at a server (CalDAV).
    Password {
        /// Where the account was found: its principal or home, after discovery.
        base: Url,
        /// Login.
        username: String,
        /// App password.
        password: SecretString,
    },
    /// A feed address that needs nothing else.
    Open {
        /// The address, which may itself be a secret.
        feed: SecretString,
    },
}

/// One vendor. Stateless: everything that lasts is in the arguments.
#[async_trait]
pub trait Adapter: Send + Sync {
    /// What its calendars can do.
    fn capabilities(&self) -> &Capabilities;

    /// Whose account this is.
    async fn fetch_account(&self, access: &Access) -> Result<RemoteAccount, Failure>;

    /// The calendars that the account offers, in the vendor's order, the main one first.
    async fn fetch_calendars(&self, access: &Access) -> Result<Vec<RemoteCalendar>, Failure>;

    /// One page of a reading of one calendar.
    async fn fetch_page(&self, access: &Access, calendar: &str, query: &PageQuery) -> Result<Page, Failure>;

    /// The bodies of items that a page listed, at most `Capabilities::items_per_fetch` of them.
    /// Every item asked for is answered: as a series, as gone, or as unreadable.
    async fn fetch_items(
        &self,
        access: &Access,
        calendar: &str,
        items: &[ItemRef],
    ) -> Result<Vec<RemoteChange>, Failure>;
}
