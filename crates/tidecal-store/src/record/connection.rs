//! Connections: one remote calendar of an account each.

use aws_lc_rs::digest;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tidecal_core::model::Provider;
use tidecal_core::remote::Cursor;
pub use tidecal_core::sync::SyncDirection;
use tidecal_core::sync::{ConflictPolicy, Filters, Privacy, Progress};

use super::{AccountStatus, CIRCUIT_OPENS_AT};
use crate::StoreError;
use crate::database::{Row, decode_error};

/// A row of `external_calendar_connections`, with the state of its account.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// Its id.
    pub id: String,
    /// Tenant.
    pub tenant_id: String,
    /// Account.
    pub account_id: String,
    /// Local calendar.
    pub calendar_id: String,
    /// The person (`provider_id` in SQL, `profiles.id`).
    pub owner_id: String,
    /// Vendor.
    pub provider: Provider,
    /// Name that people gave it.
    pub name: String,
    /// Address of the account.
    pub email: String,
    /// The vendor's id of the calendar.
    pub external_calendar_id: String,
    /// `#rrggbb`.
    pub calendar_color: Option<String>,
    /// The vendor refuses writes.
    pub read_only: bool,
    /// Which way changes flow.
    pub sync_direction: SyncDirection,
    /// How much of an event reaches the local calendar.
    pub privacy: Privacy,
    /// Who wins a field that both sides changed.
    pub conflict_policy: ConflictPolicy,
    /// Which events are left out.
    pub filters: Filters,
    /// The person's wish, and nothing else.
    pub sync_enabled: bool,
    /// Window override: days back.
    pub window_past_days: Option<i64>,
    /// Window override: days ahead.
    pub window_future_days: Option<i64>,
    /// Interval override.
    pub sync_interval_minutes: Option<i64>,
    /// Where the next delta begins; `None`: a full comparison is next.
    pub sync_cursor: Option<Cursor>,
    /// A full reading that was interrupted, if it still counts (a reset since then ends it).
    pub progress: Option<Progress>,
    /// Something asked for a sync since the last one began.
    pub sync_needed: bool,
    /// Counts those requests.
    pub poke_seq: i64,
    /// Last success.
    pub last_synced_at: Option<Timestamp>,
    /// Last real reading of the vendor.
    pub last_polled_at: Option<Timestamp>,
    /// Last failure.
    pub last_failed_at: Option<Timestamp>,
    /// Last run that brought a change.
    pub last_changed_at: Option<Timestamp>,
    /// When it is due; `None`: now.
    pub next_sync_at: Option<Timestamp>,
    /// Failed runs of any class since the last success.
    pub error_count: i64,
    /// The connection's own failures among them.
    pub consecutive_failures: i64,
    /// Class of the last failure (`FailureClass::as_str`).
    pub failure_class: Option<String>,
    /// Words of the last failure.
    pub last_error: Option<String>,
    /// A permanent failure of the calendar or account; holds while `error_count` > 0.
    pub stopped_reason: Option<String>,
    /// The vendor is not called before this.
    pub backoff_until: Option<Timestamp>,
    /// When the account's access token expires.
    pub token_expiry: Option<Timestamp>,
    /// Synced and updated events of the last successful run.
    pub events_synced: i64,
    /// Its duration in milliseconds.
    pub sync_duration_ms: i64,
    /// A brake that waits for a person.
    pub held_reason: Option<String>,
    /// How many deletions it holds back.
    pub held_deletions: i64,
    /// When a person released the brake; the next run uses it up.
    pub released_at: Option<Timestamp>,
    /// The database was restored from a backup then, and what would be written waits for a person.
    pub restored_at: Option<Timestamp>,
    /// State of which its owner was last told.
    pub notified_state: Option<String>,
    /// A run holds the connection until then (or longer, if it renews).
    pub lease_until: Option<Timestamp>,
    /// Id of the run that holds it, if it was asked for by name.
    pub run_id: Option<String>,
    /// State of the account.
    pub account_status: AccountStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// Last change of the row.
    pub updated_at: Timestamp,
}

impl Connection {
    /// Open from five failures on in both counters; a reset of either closes it.
    #[must_use]
    pub fn is_circuit_open(&self) -> bool {
        self.consecutive_failures.min(self.error_count) >= CIRCUIT_OPENS_AT
    }

    /// A permanent failure that has not been reset.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stopped_reason.is_some() && self.error_count > 0
    }

    /// Enabled, circuit closed, not stopped, account active.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.sync_enabled
            && !self.is_circuit_open()
            && !self.is_stopped()
            && self.account_status == AccountStatus::Active
    }

    /// Whether a run holds it.
    #[must_use]
    pub fn is_syncing(&self, now: Timestamp) -> bool {
        self.lease_until.is_some_and(|until| until > now)
    }
}

/// A remote calendar to connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewConnection {
    /// Account, which must be visible to the scope.
    pub account_id: String,
    /// The vendor's id of the calendar.
    pub external_calendar_id: String,
    /// Name.
    pub name: String,
    /// `#rrggbb`.
    pub calendar_color: Option<String>,
    /// IANA zone of the remote calendar, for a new local one.
    pub time_zone: Option<String>,
    /// The vendor refuses writes.
    pub read_only: bool,
    /// Local calendar; `None` makes one of the same name.
    pub calendar_id: Option<String>,
    /// Which way changes flow.
    pub sync_direction: SyncDirection,
    /// Whether it is synced from now on.
    pub sync_enabled: bool,
}

/// What a person changes of a connection: `None` keeps, `Some(None)` clears.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionPatch {
    /// Name.
    pub name: Option<String>,
    /// The person's wish.
    pub sync_enabled: Option<bool>,
    /// Which way changes flow.
    pub sync_direction: Option<SyncDirection>,
    /// How much of an event reaches the local calendar.
    pub privacy: Option<Privacy>,
    /// Who wins a field that both sides changed.
    pub conflict_policy: Option<ConflictPolicy>,
    /// Which events are left out.
    pub filters: Option<Filters>,
    /// Days back.
    pub window_past_days: Option<Option<i64>>,
    /// Days ahead.
    pub window_future_days: Option<Option<i64>>,
    /// Interval in minutes.
    pub sync_interval_minutes: Option<Option<i64>>,
    /// `#rrggbb`.
    pub calendar_color: Option<Option<String>>,
}

/// What `sync_progress` holds: the progress, and the cursor under which the reading began. An
/// operator's reset changes the cursor, and with it ends a reading that was under way.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StoredProgress {
    #[serde(flatten)]
    progress: Progress,
    under: String,
}

impl StoredProgress {
    pub(crate) fn write(progress: &Progress, cursor: Option<&Cursor>) -> Result<String, StoreError> {
        let stored = Self { progress: progress.clone(), under: fingerprint(cursor) };
        serde_json::to_string(&stored)
            .map_err(|error| StoreError::Decode { column: "sync_progress".to_owned(), detail: error.to_string() })
    }

    /// `None` also for a text that an older version wrote: the reading then begins again.
    pub(crate) fn read(text: Option<&str>, cursor: Option<&Cursor>) -> Option<Progress> {
        let stored: Self = serde_json::from_str(text?).ok()?;
        (stored.under == fingerprint(cursor)).then_some(stored.progress)
    }
}

fn fingerprint(cursor: Option<&Cursor>) -> String {
    let Some(Cursor(text)) = cursor else { return String::new() };
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    hash.as_ref()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Columns that [`read_connection`] reads, of tables called `c` and (its account) `a`.
macro_rules! connection_columns {
    () => {
        "c.id, c.tenant_id, c.account_id, c.calendar_id, c.provider_id, \
    c.provider, c.name, c.email, c.external_calendar_id, c.calendar_color, c.read_only, c.sync_direction, \
    c.privacy, c.conflict_policy, c.filters, \
    c.sync_enabled, c.window_past_days, c.window_future_days, c.sync_interval_minutes, c.sync_cursor, \
    c.sync_progress, c.sync_needed, c.poke_seq, c.last_synced_at, c.last_polled_at, c.last_failed_at, c.last_changed_at, \
    c.next_sync_at, c.error_count, c.consecutive_failures, c.failure_class, c.last_error, c.stopped_reason, \
    c.backoff_until, c.token_expiry, c.events_synced, c.sync_duration_ms, c.held_reason, c.held_deletions, \
    c.released_at, c.restored_at, c.notified_state, c.lease_until, c.run_id, a.status AS account_status, c.created_at, c.updated_at"
    };
}
pub(crate) use connection_columns;

pub(crate) fn read_connection(row: &Row) -> Result<Connection, StoreError> {
    let sync_cursor = row.opt_text("sync_cursor")?.map(Cursor);
    Ok(Connection {
        id: row.text("id")?,
        tenant_id: row.text("tenant_id")?,
        account_id: row.text("account_id")?,
        calendar_id: row.text("calendar_id")?,
        owner_id: row.text("provider_id")?,
        provider: row.word("provider")?,
        name: row.text("name")?,
        email: row.text("email")?,
        external_calendar_id: row.text("external_calendar_id")?,
        calendar_color: row.opt_text("calendar_color")?,
        read_only: row.bool("read_only")?,
        sync_direction: row.word("sync_direction")?,
        privacy: row.word("privacy")?,
        conflict_policy: row.word("conflict_policy")?,
        filters: serde_json::from_str(row.str("filters")?)
            .map_err(|error| decode_error("filters", &error.to_string()))?,
        sync_enabled: row.bool("sync_enabled")?,
        window_past_days: row.opt_int("window_past_days")?,
        window_future_days: row.opt_int("window_future_days")?,
        sync_interval_minutes: row.opt_int("sync_interval_minutes")?,
        progress: StoredProgress::read(row.opt_str("sync_progress")?, sync_cursor.as_ref()),
        sync_cursor,
        sync_needed: row.bool("sync_needed")?,
        poke_seq: row.int("poke_seq")?,
        last_synced_at: row.opt_time("last_synced_at")?,
        last_polled_at: row.opt_time("last_polled_at")?,
        last_failed_at: row.opt_time("last_failed_at")?,
        last_changed_at: row.opt_time("last_changed_at")?,
        next_sync_at: row.opt_time("next_sync_at")?,
        error_count: row.int("error_count")?,
        consecutive_failures: row.int("consecutive_failures")?,
        failure_class: row.opt_text("failure_class")?,
        last_error: row.opt_text("last_error")?,
        stopped_reason: row.opt_text("stopped_reason")?,
        backoff_until: row.opt_time("backoff_until")?,
        token_expiry: row.opt_time("token_expiry")?,
        events_synced: row.int("events_synced")?,
        sync_duration_ms: row.int("sync_duration_ms")?,
        held_reason: row.opt_text("held_reason")?,
        held_deletions: row.int("held_deletions")?,
        released_at: row.opt_time("released_at")?,
        restored_at: row.opt_time("restored_at")?,
        notified_state: row.opt_text("notified_state")?,
        lease_until: row.opt_time("lease_until")?,
        run_id: row.opt_text("run_id")?,
        account_status: row.word("account_status")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}
