//! What an adapter can be asked for.

use async_trait::async_trait;
use secrecy::SecretString;
use tidecal_core::remote::{
    Capabilities, Failure, FailureClass, ItemRef, Page, PageQuery, QuietWrite, RemoteAccount, RemoteCalendar,
    RemoteChange, RemoteWrite,
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

    /// When a write to this calendar mails nobody, where that differs from server to server.
    async fn quiet_write(&self, access: &Access, calendar: &str) -> Result<QuietWrite, Failure> {
        let _ = (access, calendar);
        Ok(self.capabilities().quiet_write)
    }

    /// What stands before and after the key of a new item in its id: the id that `write` gives it.
    /// A vendor that allots ids itself gets a provisional one, which `fetch_items` finds again by
    /// the key (and answers with the true id).
    fn new_item(&self, calendar: &str) -> (String, String) {
        let _ = calendar;
        (String::new(), String::new())
    }

    /// One write; the answer is the series (or component) as the vendor has it afterwards, read
    /// back, or nothing after a deletion.
    ///
    /// # Errors
    /// `Conflict`: the item is not at the version that guards the write, or the new id is taken.
    /// `Permanent(Item)`: refused for this event, whatever happens; the detail says why.
    async fn write(&self, access: &Access, calendar: &str, write: &RemoteWrite) -> Result<Vec<RemoteChange>, Failure> {
        let _ = (access, calendar, write);
        Err(Failure::new(FailureClass::Configuration, "this vendor's calendars are only read"))
    }
}
