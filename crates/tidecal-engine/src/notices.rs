//! What people are told in the application when a sync needs them (requirement R7.4).

use jiff::Timestamp;
use tidecal_core::policy::{FailedRun, circuit_is_open};
use tidecal_store::{Connection, NewNotification};

/// Something that a person should know.
pub(crate) enum Notice<'a> {
    /// A brake holds a run.
    Held {
        /// What would happen.
        reason: &'a str,
    },
    /// A run failed in a way that does not mend itself.
    Failed {
        /// How.
        failed: &'a FailedRun,
    },
}

/// The notification for the connection's owner.
pub(crate) fn new(notice: &Notice<'_>, connection: &Connection, now: Timestamp) -> NewNotification {
    let name = &connection.name;
    let (kind, title, body) = match notice {
        Notice::Held { reason } => (
            "sync_held",
            format!("{name}: a sync waits for you"),
            format!("{reason}. Nothing was changed. Release it in Calendar Integrations if that is right."),
        ),
        Notice::Failed { failed } if failed.reauth_required => {
            ("reauth_required", format!("{name}: please sign in again"), failed.last_error.clone())
        }
        Notice::Failed { failed } if circuit_is_open(failed.counters) => {
            ("sync_disabled", format!("{name}: sync is paused after repeated failures"), failed.last_error.clone())
        }
        Notice::Failed { failed } => ("sync_stopped", format!("{name}: sync has stopped"), failed.last_error.clone()),
    };
    // One notice per change of state: the state begins after the last success.
    let since = connection.last_synced_at.map_or_else(String::new, |at| at.to_string());
    NewNotification {
        tenant_id: connection.tenant_id.clone(),
        profile_id: connection.owner_id.clone(),
        connection_id: Some(connection.id.clone()),
        kind: kind.to_owned(),
        dedupe_key: format!("{kind}:{}:{since}", connection.id),
        title,
        body,
        now,
    }
}
