//! The health of connections, narrow because it is asked for often and for many.

use jiff::Timestamp;
use tidecal_core::model::Provider;

use crate::StoreError;
use crate::database::Row;

/// How one connection is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthRow {
    /// Connection.
    pub connection_id: String,
    /// Vendor.
    pub provider: Provider,
    /// Its name; `None` for a caller who may not see names.
    pub calendar_name: Option<String>,
    /// Enabled, circuit closed, not stopped, account active.
    pub is_active: bool,
    /// Last success.
    pub last_synced_at: Option<Timestamp>,
    /// The connection's own failures since then.
    pub consecutive_failures: i64,
    /// Words of the last failure.
    pub last_error: Option<String>,
    /// Synced and updated events of the last successful run.
    pub events_synced: i64,
    /// Its duration in milliseconds.
    pub sync_duration_ms: i64,
    /// When the access token expires.
    pub token_expiry: Option<Timestamp>,
}

/// Columns of a [`HealthRow`], of tables called `c` and (its account) `a`; `is_active` as in the
/// view `calendar_connections`.
macro_rules! health_columns {
    () => {
        "c.id, c.provider, c.name, c.last_synced_at, c.consecutive_failures, c.last_error, c.events_synced, \
         c.sync_duration_ms, c.token_expiry, \
         (c.sync_enabled AND a.status = 'active' AND (c.consecutive_failures < 5 OR c.error_count < 5) \
            AND (c.stopped_reason IS NULL OR c.error_count = 0)) AS is_active \
         FROM external_calendar_connections c \
         JOIN calendar_accounts a ON a.tenant_id = c.tenant_id AND a.id = c.account_id"
    };
}
pub(crate) use health_columns;

pub(crate) fn read_health(row: &Row, with_name: bool) -> Result<HealthRow, StoreError> {
    Ok(HealthRow {
        connection_id: row.text("id")?,
        provider: row.word("provider")?,
        calendar_name: if with_name { Some(row.text("name")?) } else { None },
        is_active: row.bool("is_active")?,
        last_synced_at: row.opt_time("last_synced_at")?,
        consecutive_failures: row.int("consecutive_failures")?,
        last_error: row.opt_text("last_error")?,
        events_synced: row.int("events_synced")?,
        sync_duration_ms: row.int("sync_duration_ms")?,
        token_expiry: row.opt_time("token_expiry")?,
    })
}
