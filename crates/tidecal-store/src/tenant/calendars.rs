//! Local calendars.

use jiff::Timestamp;

use crate::StoreError;
use crate::database::{Tx, to_millis, values};
use crate::ids::Ids;
use crate::record::{Calendar, CalendarPatch, read_calendar};
use crate::scope::Tenant;

/// A local calendar to make.
pub(super) struct NewCalendar<'a> {
    pub(super) owner_id: &'a str,
    pub(super) name: &'a str,
    pub(super) color: Option<&'a str>,
    pub(super) time_zone: Option<&'a str>,
}

/// What the deletion of a calendar took along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeletedCalendar {
    /// Its events.
    pub events: i64,
}

impl Tenant<'_> {
    /// Calendars that are visible, by name.
    ///
    /// # Errors
    /// What the database says.
    pub async fn list_calendars(&self) -> Result<Vec<Calendar>, StoreError> {
        let mut tx = self.read().await?;
        self.calendars(&mut tx).await
    }

    pub(super) async fn calendars(&self, tx: &mut Tx) -> Result<Vec<Calendar>, StoreError> {
        let rows = tx
            .fetch_all(
                "SELECT id, owner_id, name, color, time_zone, seq, created_at FROM calendars \
                 WHERE tenant_id = $1 AND ($2 = '' OR owner_id = $2) ORDER BY name, id",
                values![self.tenant_id(), self.visible_owner()],
            )
            .await?;
        rows.iter().map(read_calendar).collect()
    }

    /// Makes a local calendar of the person's own.
    ///
    /// # Errors
    /// What the database says.
    pub async fn insert_calendar(
        &self,
        name: &str,
        color: Option<&str>,
        time_zone: Option<&str>,
        now: Timestamp,
    ) -> Result<Calendar, StoreError> {
        let mut tx = self.write().await?;
        let new = NewCalendar { owner_id: &self.scope.user_id, name, color, time_zone };
        let calendar = self.add_calendar(&mut tx, &new, to_millis(now)).await?;
        tx.commit().await?;
        Ok(calendar)
    }

    /// One calendar.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn get_calendar(&self, calendar_id: &str) -> Result<Calendar, StoreError> {
        let mut tx = self.read().await?;
        self.visible_calendar(&mut tx, calendar_id).await
    }

    async fn visible_calendar(&self, tx: &mut Tx, calendar_id: &str) -> Result<Calendar, StoreError> {
        let row = tx
            .fetch_one(
                "calendar",
                "SELECT id, owner_id, name, color, time_zone, seq, created_at FROM calendars \
                 WHERE tenant_id = $1 AND ($2 = '' OR owner_id = $2) AND id = $3",
                values![self.tenant_id(), self.visible_owner(), calendar_id],
            )
            .await?;
        read_calendar(&row)
    }

    /// Changes what a person may change of a calendar.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn update_calendar(
        &self,
        calendar_id: &str,
        patch: &CalendarPatch,
        now: Timestamp,
    ) -> Result<Calendar, StoreError> {
        let mut tx = self.write().await?;
        let old = self.visible_calendar(&mut tx, calendar_id).await?;
        let values = values![
            self.tenant_id(),
            calendar_id,
            patch.name.as_ref().unwrap_or(&old.name),
            patch.color.as_ref().unwrap_or(&old.color),
            patch.time_zone.as_ref().unwrap_or(&old.time_zone),
            to_millis(now),
        ];
        let row = tx
            .fetch_one(
                "calendar",
                "UPDATE calendars SET name = $3, color = $4, time_zone = $5, updated_at = $6 \
                 WHERE tenant_id = $1 AND id = $2 \
                 RETURNING id, owner_id, name, color, time_zone, seq, created_at",
                values,
            )
            .await?;
        tx.commit().await?;
        read_calendar(&row)
    }

    /// Deletes a calendar with its events. One that is still connected stays.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::InUse`].
    pub async fn delete_calendar(&self, calendar_id: &str) -> Result<DeletedCalendar, StoreError> {
        let mut tx = self.write().await?;
        self.visible_calendar(&mut tx, calendar_id).await?;
        self.lock_calendar(&mut tx, calendar_id).await?;
        let values = || values![self.tenant_id(), calendar_id];
        let connected = "SELECT 1 AS one FROM external_calendar_connections \
            WHERE tenant_id = $1 AND calendar_id = $2 LIMIT 1";
        if tx.fetch_optional(connected, values()).await?.is_some() {
            return Err(StoreError::InUse("calendar"));
        }
        let live = "SELECT COUNT(*) AS n FROM calendar_events \
            WHERE tenant_id = $1 AND calendar_id = $2 AND deleted_at IS NULL";
        let events = tx.fetch_one("count", live, values()).await?.int("n")?;
        tx.execute("DELETE FROM calendars WHERE tenant_id = $1 AND id = $2", values()).await?;
        tx.commit().await?;
        Ok(DeletedCalendar { events })
    }

    pub(super) async fn add_calendar(
        &self,
        tx: &mut Tx,
        new: &NewCalendar<'_>,
        now: Timestamp,
    ) -> Result<Calendar, StoreError> {
        let id = Ids::new(now)?.next();
        let values = values![&id, self.tenant_id(), new.owner_id, new.name, new.color, new.time_zone, now];
        let row = tx
            .fetch_one(
                "calendar",
                "INSERT INTO calendars (id, tenant_id, owner_id, name, color, time_zone, created_at, updated_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $7) \
                 RETURNING id, owner_id, name, color, time_zone, seq, created_at",
                values,
            )
            .await?;
        read_calendar(&row)
    }

    /// Whether the scope may use that calendar, and whose it is.
    pub(super) async fn calendar_owner(&self, tx: &mut Tx, calendar_id: &str) -> Result<String, StoreError> {
        let row = tx
            .fetch_one(
                "calendar",
                "SELECT owner_id FROM calendars WHERE tenant_id = $1 AND ($2 = '' OR owner_id = $2) AND id = $3",
                values![self.tenant_id(), self.visible_owner(), calendar_id],
            )
            .await?;
        row.text("owner_id")
    }
}
