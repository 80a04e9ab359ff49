//! Local calendars.

use jiff::Timestamp;

use crate::StoreError;
use crate::database::{Tx, to_millis, values};
use crate::ids::Ids;
use crate::record::{Calendar, read_calendar};
use crate::scope::Tenant;

/// A local calendar to make.
pub(super) struct NewCalendar<'a> {
    pub(super) owner_id: &'a str,
    pub(super) name: &'a str,
    pub(super) color: Option<&'a str>,
    pub(super) time_zone: Option<&'a str>,
}

impl Tenant<'_> {
    /// Calendars that are visible, by name.
    ///
    /// # Errors
    /// What the database says.
    pub async fn list_calendars(&self) -> Result<Vec<Calendar>, StoreError> {
        let mut tx = self.read().await?;
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
