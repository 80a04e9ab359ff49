//! The documented shape of the health report, computed from plain rows (requirement R6.1).

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;
use tidecal_core::model::Provider;
use tidecal_store::{HealthRow, VendorState};
use utoipa::ToSchema;

use crate::times::Seconds;

/// The health of all syncs that the caller may see.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `degraded` as soon as one sync is inactive or has failed since its last success, or a vendor
    /// does not answer.
    status: HealthStatus,
    /// When this was computed.
    timestamp: Seconds,
    /// One entry per connection.
    syncs: Vec<SyncHealth>,
    summary: HealthSummary,
    /// Vendors that do not answer, of those that the caller's syncs need; absent while all do. Their
    /// syncs stay active, wait, and catch up by themselves.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    outages: Vec<Outage>,
}

/// A vendor that does not answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Outage {
    /// `google`, `outlook`, `caldav` or `ics`.
    provider: &'static str,
    /// When its circuit opened.
    since: Seconds,
}

/// The state of everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum HealthStatus {
    /// Everything is in step, or there is nothing to be in step.
    Healthy,
    /// Something needs attention.
    Degraded,
}

/// The health of one connection.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SyncHealth {
    /// `google`, `outlook`, `caldav` or `ics`.
    provider: &'static str,
    /// Enabled, circuit closed, not stopped, account usable.
    is_active: bool,
    /// Last success; null: never.
    last_sync: Option<Seconds>,
    /// The connection's own failures since then.
    consecutive_failures: i64,
    metrics: SyncMetrics,
    /// When the access token expires; null: it does not, as for a password.
    token_expiry: Option<Seconds>,
    connection_id: String,
    /// Null for a caller who may not see names.
    calendar_name: Option<String>,
}

/// Figures of the last successful run.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SyncMetrics {
    /// Synced and updated events.
    events_synced: i64,
    /// Milliseconds.
    sync_duration: i64,
    /// Words of the last failure since then.
    last_error: Option<String>,
}

/// Counts over all syncs.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HealthSummary {
    total_syncs: usize,
    active_syncs: usize,
    /// Syncs with a `lastError`.
    syncs_with_errors: usize,
    /// Distinct providers.
    connected_providers: usize,
}

/// How much of the rows the caller may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// As they are.
    Full,
    /// Without anything that people named or that names people.
    Nameless,
}

/// Computes the report.
pub(crate) fn report(rows: Vec<HealthRow>, vendors: &[VendorState], sight: Sight, now: Timestamp) -> Health {
    let providers: BTreeSet<Provider> = rows.iter().map(|row| row.provider).collect();
    let outages = outages(vendors, &providers);
    let degraded = !outages.is_empty() || rows.iter().any(|row| !row.is_active || row.consecutive_failures > 0);
    let summary = HealthSummary {
        total_syncs: rows.len(),
        active_syncs: rows.iter().filter(|row| row.is_active).count(),
        syncs_with_errors: rows.iter().filter(|row| row.last_error.is_some()).count(),
        connected_providers: providers.len(),
    };
    Health {
        status: if degraded { HealthStatus::Degraded } else { HealthStatus::Healthy },
        timestamp: Seconds(now),
        syncs: rows.into_iter().map(|row| entry(row, sight)).collect(),
        summary,
        outages,
    }
}

/// Vendors with one address for all. A server that people run for themselves shows by the errors of
/// its own syncs; to name it here would tell a caller about other people's.
fn outages(vendors: &[VendorState], needed: &BTreeSet<Provider>) -> Vec<Outage> {
    let mut found: BTreeMap<Provider, Timestamp> = BTreeMap::new();
    for VendorState { vendor, circuit } in vendors {
        if let (true, true, Some(since)) =
            (vendor.server.is_empty(), needed.contains(&vendor.provider), circuit.opened_at)
        {
            found.entry(vendor.provider).or_insert(since);
        }
    }
    found.into_iter().map(|(provider, since)| Outage { provider: provider.as_str(), since: Seconds(since) }).collect()
}

fn entry(row: HealthRow, sight: Sight) -> SyncHealth {
    let (calendar_name, last_error) = match sight {
        Sight::Full => (row.calendar_name, row.last_error),
        Sight::Nameless => (None, row.last_error.as_deref().map(|error| kind_of(error).to_owned())),
    };
    SyncHealth {
        provider: row.provider.as_str(),
        is_active: row.is_active,
        last_sync: row.last_synced_at.map(Seconds),
        consecutive_failures: row.consecutive_failures,
        metrics: SyncMetrics { events_synced: row.events_synced, sync_duration: row.sync_duration_ms, last_error },
        token_expiry: row.token_expiry.map(Seconds),
        connection_id: row.connection_id,
        calendar_name,
    }
}

/// A vendor's words may hold addresses of people and servers; the kind of failure does not.
fn kind_of(error: &str) -> &'static str {
    ["Authentication failed", "Rate limit exceeded"]
        .into_iter()
        .find(|lead| error.starts_with(lead))
        .unwrap_or("Sync failed")
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
