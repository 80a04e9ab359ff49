//! Local events for views.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use tidecal_core::sync::EventKind;

use crate::StoreError;
use crate::database::{Tx, values};
use crate::record::{EventDetail, EventRow, event_row, read_event_row};
use crate::scope::Tenant;

/// Which calendars a view shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CalendarChoice<'a> {
    /// All that are visible.
    All,
    /// These, as far as they are visible.
    Only(&'a [String]),
}

/// The rows from which a window is expanded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WindowRows {
    /// Singles, masters and overrides that may have an instance in the window, and all overrides of
    /// those masters (an override may have left the window, or be cancelled).
    pub rows: Vec<EventRow>,
    /// There are more rows than the limit: narrow the window.
    pub truncated: bool,
}

/// Two walks over one index: what ends, and what repeats for ever.
macro_rules! overlapping {
    ($columns:expr) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM calendar_events e {by idx_calendar_events_window} \
              WHERE e.tenant_id = $1 AND e.calendar_id {any $2} AND e.series_end_at > $3 \
                AND e.start_at < $4 AND e.deleted_at IS NULL \
              UNION ALL SELECT ",
            $columns,
            " FROM calendar_events e {by idx_calendar_events_window} \
              WHERE e.tenant_id = $1 AND e.calendar_id {any $2} AND e.series_end_at IS NULL \
                AND e.start_at < $4 AND e.deleted_at IS NULL \
              LIMIT $5"
        )
    };
}
pub(super) use overlapping;

/// An event without length lies in the window in which it begins.
macro_rules! points {
    ($columns:expr) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM calendar_events e {by idx_calendar_events_window} \
              WHERE e.tenant_id = $1 AND e.calendar_id {any $2} AND e.series_end_at = $3 \
                AND e.start_at = $3 AND e.deleted_at IS NULL LIMIT $4"
        )
    };
}
pub(super) use points;

/// All that was changed of these series, wherever it went.
macro_rules! overrides {
    ($columns:expr) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM calendar_events e {by idx_calendar_events_overrides} \
              WHERE e.tenant_id = $1 AND e.calendar_id {any $2} AND e.series_id {any $3} \
                AND e.kind = 'override' AND e.deleted_at IS NULL"
        )
    };
}
pub(super) use overrides;

impl Tenant<'_> {
    /// Rows from which the instances in `[start, end)` are expanded, sorted by start. `limit`
    /// bounds the rows, not the instances.
    ///
    /// # Errors
    /// What the database says, or a column that cannot be read.
    pub async fn find_events_in_window(
        &self,
        calendars: CalendarChoice<'_>,
        start: Timestamp,
        end: Timestamp,
        limit: i64,
    ) -> Result<WindowRows, StoreError> {
        let mut tx = self.read().await?;
        let calendars = self.visible_calendars(&mut tx, calendars).await?;
        if calendars.is_empty() {
            return Ok(WindowRows::default());
        }
        let calendars = calendars.as_slice();
        let found = tx
            .fetch_all(
                overlapping!(event_row!()),
                values![self.tenant_id(), calendars, start, end, limit.saturating_add(1)],
            )
            .await?;
        let points = tx.fetch_all(points!(event_row!()), values![self.tenant_id(), calendars, start, limit]).await?;
        let mut rows = found.iter().chain(&points).map(read_event_row).collect::<Result<Vec<_>, _>>()?;
        let truncated = i64::try_from(found.len()).unwrap_or(i64::MAX) > limit;
        let series: Vec<String> =
            rows.iter().filter(|row| row.kind == EventKind::Master).map(|row| row.series_id.clone()).collect();
        if !series.is_empty() {
            let present: BTreeSet<String> =
                rows.iter().filter(|row| row.kind == EventKind::Override).map(|row| row.id.clone()).collect();
            for row in tx.fetch_all(overrides!(event_row!()), values![self.tenant_id(), calendars, series]).await? {
                if !present.contains(row.str("id")?) {
                    rows.push(read_event_row(&row)?);
                }
            }
        }
        tx.commit().await?;
        rows.sort_by(|a, b| a.start_at.cmp(&b.start_at).then_with(|| a.id.cmp(&b.id)));
        Ok(WindowRows { rows, truncated })
    }

    async fn visible_calendars(&self, tx: &mut Tx, choice: CalendarChoice<'_>) -> Result<Vec<String>, StoreError> {
        let rows = tx
            .fetch_all(
                "SELECT id FROM calendars WHERE tenant_id = $1 AND ($2 = '' OR owner_id = $2)",
                values![self.tenant_id(), self.visible_owner()],
            )
            .await?;
        let mut ids = rows.iter().map(|row| row.text("id")).collect::<Result<Vec<_>, _>>()?;
        if let CalendarChoice::Only(wanted) = choice {
            ids.retain(|id| wanted.contains(id));
        }
        Ok(ids)
    }

    /// One event.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn get_event(&self, event_id: &str) -> Result<EventDetail, StoreError> {
        let mut tx = self.read().await?;
        let row = tx
            .fetch_one(
                "event",
                concat!(
                    "SELECT ",
                    event_row!(),
                    ", e.external_event_id, e.created_at, e.updated_at FROM calendar_events e \
                      JOIN calendars k ON k.tenant_id = e.tenant_id AND k.id = e.calendar_id \
                      WHERE e.tenant_id = $1 AND ($2 = '' OR k.owner_id = $2) AND e.id = $3 AND e.deleted_at IS NULL"
                ),
                values![self.tenant_id(), self.visible_owner(), event_id],
            )
            .await?;
        let mut connections = self.connections_of(&mut tx, &[event_id.to_owned()]).await?;
        Ok(EventDetail {
            row: read_event_row(&row)?,
            external_event_id: row.opt_text("external_event_id")?,
            connection_ids: connections.remove(event_id).unwrap_or_default(),
            created_at: row.time("created_at")?,
            updated_at: row.time("updated_at")?,
        })
    }

    /// Connections that show these events, by event.
    ///
    /// # Errors
    /// What the database says.
    pub async fn connections_of_events(
        &self,
        event_ids: &[String],
    ) -> Result<HashMap<String, Vec<String>>, StoreError> {
        let mut tx = self.read().await?;
        self.connections_of(&mut tx, event_ids).await
    }

    pub(super) async fn connections_of(
        &self,
        tx: &mut Tx,
        event_ids: &[String],
    ) -> Result<HashMap<String, Vec<String>>, StoreError> {
        let rows = tx
            .fetch_all(
                "SELECT DISTINCT m.event_id, m.connection_id FROM external_calendar_events m \
                 WHERE m.tenant_id = $1 AND ($2 = '' OR m.provider_id = $2) AND m.event_id {any $3} \
                 ORDER BY m.event_id, m.connection_id",
                values![self.tenant_id(), self.visible_owner(), event_ids],
            )
            .await?;
        let mut connections: HashMap<String, Vec<String>> = HashMap::new();
        for row in rows {
            connections.entry(row.text("event_id")?).or_default().push(row.text("connection_id")?);
        }
        Ok(connections)
    }
}
