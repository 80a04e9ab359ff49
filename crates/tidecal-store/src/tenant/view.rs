//! A look at a person's calendars: what is read in it belongs together.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use tidecal_core::sync::EventKind;

use crate::StoreError;
use crate::database::{Row, Tx, values};
use crate::record::{Calendar, EventRow, EventTimes, event_row, event_times, read_event_row, read_event_times};
use crate::scope::Tenant;
use crate::tenant::events::{overlapping, overrides, points};

/// The times from which a window is expanded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WindowTimes {
    /// Of singles, masters and overrides that may have an instance in the window, and of all overrides
    /// of those masters (an override may have left the window, or be cancelled).
    pub rows: Vec<EventTimes>,
    /// There are more rows than the limit: narrow the window.
    pub truncated: bool,
}

/// An event as a list shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct ShownEvent {
    /// The event.
    pub row: EventRow,
    /// Connections that show it.
    pub connection_ids: Vec<String>,
}

/// One read transaction over visible calendars. On SQLite all of it is one state of the database; on
/// PostgreSQL a later question may see a later state, never an earlier one.
pub struct View<'a> {
    tenant: Tenant<'a>,
    tx: Tx,
    calendars: Vec<Calendar>,
    ids: Vec<String>,
}

impl<'a> Tenant<'a> {
    /// Looks at all visible calendars, or at one.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if that one is not visible.
    pub async fn view(self, only: Option<&str>) -> Result<View<'a>, StoreError> {
        let mut tx = self.read().await?;
        let mut calendars = self.calendars(&mut tx).await?;
        if let Some(only) = only {
            calendars.retain(|calendar| calendar.id == only);
            if calendars.is_empty() {
                return Err(StoreError::NotFound("calendar"));
            }
        }
        let mut ids: Vec<String> = calendars.iter().map(|calendar| calendar.id.clone()).collect();
        ids.sort_unstable();
        Ok(View { tenant: self, tx, calendars, ids })
    }
}

impl View<'_> {
    /// The calendars, by name, each with the number of its last change.
    #[must_use]
    pub fn calendars(&self) -> &[Calendar] {
        &self.calendars
    }

    /// When what may take place in `[start, end)` takes place. `limit` bounds the rows, not the
    /// instances.
    ///
    /// # Errors
    /// What the database says, or a column that cannot be read.
    pub async fn event_times(
        &mut self,
        start: Timestamp,
        end: Timestamp,
        limit: i64,
    ) -> Result<WindowTimes, StoreError> {
        if self.ids.is_empty() {
            return Ok(WindowTimes::default());
        }
        let (tenant, ids) = (self.tenant.tenant_id(), self.ids.as_slice());
        let asked = values![tenant, ids, start, end, limit.saturating_add(1)];
        let found = self.tx.fetch_all(overlapping!(event_times!()), asked).await?;
        let points = self.tx.fetch_all(points!(event_times!()), values![tenant, ids, start, limit]).await?;
        let mut rows = found.iter().chain(&points).map(read_event_times).collect::<Result<Vec<_>, _>>()?;
        let truncated = i64::try_from(found.len()).unwrap_or(i64::MAX) > limit;
        let of_kind = |kind| rows.iter().filter(move |row| row.kind == kind);
        let series: Vec<String> = of_kind(EventKind::Master).map(|row| row.series_id.clone()).collect();
        if !series.is_empty() {
            let present: BTreeSet<String> = of_kind(EventKind::Override).map(|row| row.id.clone()).collect();
            for row in self.tx.fetch_all(overrides!(event_times!()), values![tenant, ids, series]).await? {
                if !present.contains(row.str("id")?) {
                    rows.push(read_event_times(&row)?);
                }
            }
        }
        Ok(WindowTimes { rows, truncated })
    }

    /// These events as they are shown, by id; what is not in the calendars is left out.
    ///
    /// # Errors
    /// What the database says, or a column that cannot be read.
    pub async fn events(&mut self, ids: &[String]) -> Result<HashMap<String, ShownEvent>, StoreError> {
        let rows = self
            .tx
            .fetch_all(
                concat!(
                    "SELECT ",
                    event_row!(),
                    " FROM calendar_events e WHERE e.tenant_id = $1 AND e.id {any $2} AND e.deleted_at IS NULL"
                ),
                values![self.tenant.tenant_id(), ids],
            )
            .await?;
        let mut connections = self.tenant.connections_of(&mut self.tx, ids).await?;
        let mut shown = |row: &Row| {
            let row = read_event_row(row)?;
            let connection_ids = connections.remove(&row.id).unwrap_or_default();
            Ok((row.id.clone(), ShownEvent { row, connection_ids }))
        };
        let mut events = rows.iter().map(&mut shown).collect::<Result<HashMap<_, _>, StoreError>>()?;
        events.retain(|_, event| self.ids.binary_search(&event.row.calendar_id).is_ok());
        Ok(events)
    }

    /// Ends the transaction.
    ///
    /// # Errors
    /// What the database says.
    pub async fn close(self) -> Result<(), StoreError> {
        self.tx.commit().await
    }
}
