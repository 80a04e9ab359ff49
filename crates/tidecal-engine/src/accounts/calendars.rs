//! The calendars of an account, and connecting one of them.

use std::collections::HashMap;

use tidecal_core::remote::{AccessRole, RemoteCalendar};
use tidecal_store::{Connection, NewConnection, SyncDirection, TenantScope};

use super::OpenAccount;
use crate::circles::Wish;
use crate::sync::retry;
use crate::{Engine, ServiceError};

/// A calendar that an account offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedCalendar {
    /// As the vendor describes it.
    pub calendar: RemoteCalendar,
    /// The connection, if it is connected already.
    pub connection_id: Option<String>,
}

/// Which calendar to connect, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectCalendar {
    /// Account.
    pub account_id: String,
    /// The vendor's id; `primary` (Google) and `calendar` (Outlook) mean the main one.
    pub external_calendar_id: String,
    /// Name; the vendor's if `None`.
    pub name: Option<String>,
    /// Local calendar; a new one if `None`.
    pub calendar_id: Option<String>,
    /// Whether it is synced from now on.
    pub enabled: bool,
}

impl Engine {
    /// What the account offers, the main calendar first.
    ///
    /// # Errors
    /// `NotFound`, `Vendor`, `Store`.
    pub async fn offered_calendars(
        &self,
        scope: &TenantScope,
        account_id: &str,
    ) -> Result<Vec<OfferedCalendar>, ServiceError> {
        let tenant = self.store().tenant(scope);
        let account = tenant.get_account(account_id).await?;
        let adapter = self.adapter_of(account.provider)?;
        let open = OpenAccount::open(self, account).await?;
        let calendars = retry(self, || adapter.fetch_calendars(&open.access)).await?;
        let connected: HashMap<String, String> = tenant
            .list_connections()
            .await?
            .into_iter()
            .filter(|connection| connection.account_id == account_id)
            .map(|connection| (connection.external_calendar_id, connection.id))
            .collect();
        let offered = |calendar: RemoteCalendar| {
            let connection_id = connected.get(&calendar.id).cloned();
            OfferedCalendar { calendar, connection_id }
        };
        Ok(calendars.into_iter().map(offered).collect())
    }

    /// Connects one of them; its first sync is due at once.
    ///
    /// # Errors
    /// `NotFound`, `Invalid` (no such calendar), `AlreadyConnected`, `Vendor`, `Store`.
    pub async fn connect_calendar(
        &self,
        scope: &TenantScope,
        request: ConnectCalendar,
    ) -> Result<Connection, ServiceError> {
        self.require_connecting(scope)?;
        let offered = self.offered_calendars(scope, &request.account_id).await?;
        let wanted = request.external_calendar_id.as_str();
        let main = matches!(wanted, "primary" | "calendar");
        let found = offered.into_iter().find(|it| it.calendar.id == wanted || main && it.calendar.primary);
        let Some(OfferedCalendar { calendar, .. }) = found else {
            return Err(ServiceError::Invalid {
                field: "externalCalendarId",
                message: format!(
                    "the account has no calendar {wanted:?}; list its calendars and take an id from there"
                ),
            });
        };
        if let Some(local) = &request.calendar_id {
            let wish = Wish {
                id: None,
                account: &request.account_id,
                calendar: local,
                external: &calendar.id,
                direction: SyncDirection::Inbound,
                field: "calendarId",
            };
            self.check_circles(scope, &wish).await?;
        }
        let new = NewConnection {
            account_id: request.account_id,
            external_calendar_id: calendar.id,
            name: request.name.filter(|name| !name.trim().is_empty()).unwrap_or(calendar.name),
            calendar_color: calendar.color,
            time_zone: calendar.zone,
            read_only: calendar.access != AccessRole::Writer,
            calendar_id: request.calendar_id,
            sync_direction: SyncDirection::Inbound,
            sync_enabled: request.enabled,
        };
        let connection = self.store().tenant(scope).insert_connection(&new, self.now()).await?;
        self.wake();
        Ok(connection)
    }
}
