//! Circles of calendars, refused before they are stored.
//!
//! Only the connections that the caller may see are looked at: a circle through somebody else's
//! calendars is left to the marks of copies.

use std::collections::HashMap;

use tidecal_core::policy::{Circle, Link, circle_of};
use tidecal_store::{Account, Connection, SyncDirection, TenantScope};
use url::Url;

use crate::{Engine, ServiceError};

/// A connection as it would be.
pub(crate) struct Wish<'a> {
    /// Its row, if there is one.
    pub(crate) id: Option<&'a str>,
    /// Account.
    pub(crate) account: &'a str,
    /// Local calendar.
    pub(crate) calendar: &'a str,
    /// The vendor's id of the calendar.
    pub(crate) external: &'a str,
    /// Direction.
    pub(crate) direction: SyncDirection,
    /// Field that a refusal names.
    pub(crate) field: &'static str,
}

impl Engine {
    /// Whether the connection would close no circle.
    ///
    /// # Errors
    /// `Invalid` naming the field, `Store`.
    pub(crate) async fn check_circles(&self, scope: &TenantScope, wish: &Wish<'_>) -> Result<(), ServiceError> {
        let tenant = self.store().tenant(scope);
        let accounts: HashMap<String, Account> =
            tenant.list_accounts().await?.into_iter().map(|account| (account.id.clone(), account)).collect();
        let link = |account: &str, calendar: &str, external: &str, direction: SyncDirection| Link {
            calendar: calendar.to_owned(),
            remote: remote_of(accounts.get(account), external),
            reads: direction.reads(),
            writes: direction.writes(),
        };
        let others: Vec<Connection> = tenant.list_connections().await?;
        let others = others.iter().filter(|it| Some(it.id.as_str()) != wish.id);
        let others: Vec<Link> = others
            .map(|it| link(&it.account_id, &it.calendar_id, &it.external_calendar_id, it.sync_direction))
            .collect();
        let message = match circle_of(&link(wish.account, wish.calendar, wish.external, wish.direction), &others) {
            None => return Ok(()),
            Some(Circle::Twice) => "this calendar is connected there already, through another account",
            Some(Circle::Closed) => {
                "two of your calendars here would feed each other in a circle; connect both calendars of the vendor to \
                 one calendar here, or let one connection only read"
            }
        };
        Err(ServiceError::Invalid { field: wish.field, message: message.to_owned() })
    }
}

/// The vendor's calendar, whichever account reaches it: where a vendor has many servers, of one of them.
fn remote_of(account: Option<&Account>, external: &str) -> String {
    let Some(account) = account else { return external.to_owned() };
    let server = account.base_url.as_deref().and_then(|url| Url::parse(url).ok());
    let server = server.map_or_else(String::new, |url| url.origin().ascii_serialization());
    format!("{} {server} {external}", account.provider)
}
