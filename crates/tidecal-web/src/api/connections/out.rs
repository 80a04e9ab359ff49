//! How a connection is shown.

use jiff::Timestamp;
use serde::Serialize;
use tidecal_core::policy::Window;
use tidecal_core::sync::Verdict;
use tidecal_store::{AccountStatus, Connection, VerdictCounts};
use utoipa::ToSchema;

use super::filters::FiltersJson;
use super::trouble::{Trouble, trouble};
use crate::times::Seconds;

/// One remote calendar that is kept in step.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Connection)]
pub(crate) struct ConnectionOut {
    id: String,
    account_id: String,
    /// `google`, `outlook`, `caldav` or `ics`.
    provider: &'static str,
    name: String,
    /// Address of the account.
    email: String,
    external_calendar_id: String,
    /// The local calendar.
    calendar_id: String,
    /// `#rrggbb`.
    color: Option<String>,
    read_only: bool,
    /// `inbound`, `outbound` or `bidirectional`.
    sync_direction: &'static str,
    /// How much of an event reaches the local calendar: `full`, `title` or `busy`.
    privacy: &'static str,
    /// Who wins a field that both sides changed: `ask`, `newest`, `local` or `remote`.
    conflict_policy: &'static str,
    /// Which events are left out.
    filters: FiltersJson,
    /// The person's wish.
    enabled: bool,
    status: ConnectionStatus,
    /// Enabled, circuit closed, not stopped, account usable.
    is_active: bool,
    /// The vendor's consent was given and still holds.
    oauth_complete: bool,
    /// A person has to connect the account again.
    reauth_required: bool,
    /// Last success; null: never.
    last_sync: Option<Seconds>,
    /// Last time the vendor was read.
    last_polled: Option<Seconds>,
    /// When it is due; null: as soon as possible, or not at all if it is not active.
    next_sync: Option<Seconds>,
    /// Whether a run is under way.
    syncing: bool,
    progress: Option<ProgressOut>,
    consecutive_failures: i64,
    /// Failed runs of any kind since the last success.
    error_count: i64,
    last_error: Option<Trouble>,
    /// Why it was stopped until a person does something.
    stopped_reason: Option<String>,
    /// The vendor is not asked before that.
    backoff_until: Option<Seconds>,
    token_expiry: Option<Seconds>,
    metrics: MetricsOut,
    counts: CountsOut,
    /// A brake on mass deletion that waits for a person.
    held: Option<HeldOut>,
    /// Days of the window before and after today, and minutes between syncs, where they differ from
    /// the deployment's.
    window_past_days: Option<i64>,
    window_future_days: Option<i64>,
    sync_interval_minutes: Option<i64>,
    /// What is kept here at the moment; it moves on by itself.
    window: WindowOut,
    created_at: Seconds,
}

/// A stretch of time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Window)]
pub(crate) struct WindowOut {
    /// First instant.
    start: Seconds,
    /// First instant after it.
    end: Seconds,
}

/// The word on the badge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) enum ConnectionStatus {
    /// In step.
    Active,
    /// The last sync failed; it is tried again.
    Error,
    /// Nothing happens until a person does something.
    Disabled,
}

/// Where a full reading stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Progress)]
pub(crate) struct ProgressOut {
    /// `listing`: read for the first time; `comparing`: compared with what is known. (`fetching` is
    /// told by the stream alone.)
    phase: &'static str,
    /// Items seen so far.
    seen: u64,
}

/// Figures of the last successful run.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ConnectionMetrics)]
pub(crate) struct MetricsOut {
    /// Synced and updated events.
    events_synced: i64,
    /// Milliseconds.
    sync_duration: i64,
}

/// What became of the remote events.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = VerdictCounts)]
pub(crate) struct CountsOut {
    mirrored: i64,
    filtered: i64,
    out_of_window: i64,
    quarantined: i64,
    conflicted: i64,
    held: i64,
}

/// A brake.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Hold)]
pub(crate) struct HeldOut {
    reason: String,
    /// Deletions that it holds back.
    deletions: i64,
}

impl ConnectionOut {
    /// `oauth`: whether the vendor's accounts are OAuth grants.
    pub(crate) fn of(
        connection: Connection,
        counts: &VerdictCounts,
        oauth: bool,
        window: Window,
        now: Timestamp,
    ) -> Self {
        let usable = connection.account_status == AccountStatus::Active;
        let syncing = connection.is_syncing(now);
        Self {
            status: status(&connection),
            is_active: connection.is_active(),
            oauth_complete: oauth && usable,
            reauth_required: !usable,
            syncing,
            progress: progress(&connection).filter(|_| syncing),
            last_error: trouble(&connection),
            stopped_reason: connection.stopped_reason.clone().filter(|_| connection.is_stopped()),
            backoff_until: connection.backoff_until.filter(|until| *until > now).map(Seconds),
            held: connection.held_reason.map(|reason| HeldOut { reason, deletions: connection.held_deletions }),
            id: connection.id,
            account_id: connection.account_id,
            provider: connection.provider.as_str(),
            name: connection.name,
            email: connection.email,
            external_calendar_id: connection.external_calendar_id,
            calendar_id: connection.calendar_id,
            color: connection.calendar_color,
            read_only: connection.read_only,
            sync_direction: connection.sync_direction.as_str(),
            privacy: connection.privacy.as_str(),
            conflict_policy: connection.conflict_policy.as_str(),
            filters: connection.filters.into(),
            enabled: connection.sync_enabled,
            last_sync: connection.last_synced_at.map(Seconds),
            last_polled: connection.last_polled_at.map(Seconds),
            next_sync: connection.next_sync_at.map(Seconds),
            consecutive_failures: connection.consecutive_failures,
            error_count: connection.error_count,
            token_expiry: connection.token_expiry.map(Seconds),
            metrics: MetricsOut { events_synced: connection.events_synced, sync_duration: connection.sync_duration_ms },
            counts: CountsOut::of(counts),
            window_past_days: connection.window_past_days,
            window_future_days: connection.window_future_days,
            sync_interval_minutes: connection.sync_interval_minutes,
            window: WindowOut { start: Seconds(window.from), end: Seconds(window.to) },
            created_at: Seconds(connection.created_at),
        }
    }
}

fn status(connection: &Connection) -> ConnectionStatus {
    if !connection.is_active() {
        ConnectionStatus::Disabled
    } else if connection.last_error.is_some() || connection.error_count > 0 {
        ConnectionStatus::Error
    } else {
        ConnectionStatus::Active
    }
}

fn progress(connection: &Connection) -> Option<ProgressOut> {
    let progress = connection.progress.as_ref()?;
    let phase = if progress.comparing { "comparing" } else { "listing" };
    Some(ProgressOut { phase, seen: progress.seen })
}

impl CountsOut {
    fn of(counts: &VerdictCounts) -> Self {
        Self {
            mirrored: counts.of(Verdict::Mirrored),
            filtered: counts.of(Verdict::Filtered),
            out_of_window: counts.of(Verdict::OutOfWindow),
            quarantined: counts.of(Verdict::Quarantined),
            conflicted: counts.of(Verdict::Conflicted),
            held: counts.of(Verdict::Held),
        }
    }
}
