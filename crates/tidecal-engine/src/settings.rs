//! Settings of a connection that do not go together, refused before they are stored.
//!
//! What each setting means stands in the core; whether a vendor and a calendar can do it is known
//! here.

use jiff::{SignedDuration, Timestamp};
use tidecal_core::policy::Window;
use tidecal_core::sync::Privacy;
use tidecal_store::{Connection, ConnectionPatch, SyncDirection, TenantScope};

use crate::circles::Wish;
use crate::{Engine, ServiceError};

/// Longest list of words of a filter, and longest word.
const MOST_WORDS: usize = 50;
const LONGEST_WORD: usize = 200;

impl Engine {
    /// Changes the settings of a connection. What changes which events are kept has everything
    /// read and decided again, at once.
    ///
    /// # Errors
    /// `NotFound`, `Invalid` naming the field, `Store`.
    pub async fn update_connection(
        &self,
        scope: &TenantScope,
        connection_id: &str,
        patch: &ConnectionPatch,
    ) -> Result<Connection, ServiceError> {
        let tenant = self.store().tenant(scope);
        let known = tenant.get_connection(connection_id).await?;
        self.check_settings(&known, patch)?;
        if let Some(direction) = patch.sync_direction.filter(|direction| *direction != known.sync_direction) {
            let wish = Wish {
                id: Some(&known.id),
                account: &known.account_id,
                calendar: &known.calendar_id,
                external: &known.external_calendar_id,
                direction,
                field: "syncDirection",
            };
            self.check_circles(scope, &wish).await?;
        }
        let connection = tenant.update_connection(connection_id, patch, self.now()).await?;
        self.wake();
        Ok(connection)
    }

    /// Whether the connection can be set so.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn check_settings(&self, known: &Connection, patch: &ConnectionPatch) -> Result<(), ServiceError> {
        let direction = patch.sync_direction.unwrap_or(known.sync_direction);
        let privacy = patch.privacy.unwrap_or(known.privacy);
        let asked = patch.sync_direction.is_some();
        if direction.writes() && asked {
            self.check_writable(known)?;
        }
        if direction.writes() && privacy != Privacy::Full {
            let message = "events of which only a part is kept cannot be written back: use inbound with title or busy, \
                           or full privacy";
            let field = if asked { "syncDirection" } else { "privacy" };
            return Err(invalid(field, message));
        }
        let words = patch.filters.as_ref().map(|filters| filters.words.as_slice()).unwrap_or_default();
        if words.len() > MOST_WORDS || words.iter().any(|word| word.chars().count() > LONGEST_WORD) {
            let message = format!("at most {MOST_WORDS} words of at most {LONGEST_WORD} characters");
            return Err(ServiceError::Invalid { field: "filters.words", message });
        }
        Ok(())
    }

    fn check_writable(&self, known: &Connection) -> Result<(), ServiceError> {
        let adapter = self.registry().adapter(known.provider);
        if !adapter.is_some_and(|adapter| adapter.capabilities().writes) {
            return Err(invalid("syncDirection", "calendars of this vendor can only be read; write inbound"));
        }
        if known.read_only {
            let message = "this calendar can only be read with this account; write inbound, or ask its owner for the \
                           right to change events";
            return Err(invalid("syncDirection", message));
        }
        Ok(())
    }

    /// The stretch of time that a connection keeps locally: the deployment's, or its own.
    #[must_use]
    pub fn window_of(&self, connection: &Connection) -> Window {
        let (now, config) = (self.now(), self.config());
        let mut window = Window::around(now, config.months_back, config.months_ahead);
        let days = |days: i64| SignedDuration::from_hours(24 * days);
        if let Some(back) = connection.window_past_days {
            window.from = now.checked_sub(days(back)).unwrap_or(Timestamp::MIN);
        }
        if let Some(ahead) = connection.window_future_days {
            window.to = now.checked_add(days(ahead)).unwrap_or(Timestamp::MAX);
        }
        window
    }

    /// Directions that the vendor and the calendar allow.
    #[must_use]
    pub fn directions_of(&self, connection: &Connection) -> Vec<SyncDirection> {
        let writable = self.check_writable(connection).is_ok();
        SyncDirection::ALL.into_iter().filter(|direction| writable || !direction.writes()).collect()
    }
}

fn invalid(field: &'static str, message: &str) -> ServiceError {
    ServiceError::Invalid { field, message: message.to_owned() }
}
