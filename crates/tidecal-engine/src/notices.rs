//! What people are told in the application when a sync needs them (requirement R7.4).

use jiff::Timestamp;
use tidecal_core::policy::{FailedRun, circuit_is_open, is_hold_after_restore};
use tidecal_store::{Account, Claim, NewNotification, StoreError};

use crate::{Engine, NoticeNews};

impl Engine {
    /// Tells a person, once per change of state, and whoever listens for them.
    pub(crate) async fn tell_person(&self, notice: &NewNotification) -> Result<(), StoreError> {
        if self.system().insert_notification(notice).await? {
            self.was_told(notice);
        }
        Ok(())
    }

    /// Whoever listens hears of a notification that is stored.
    pub(crate) fn was_told(&self, notice: &NewNotification) {
        self.live().notify(NoticeNews {
            tenant_id: notice.tenant_id.clone(),
            user_id: notice.profile_id.clone(),
            connection_id: notice.connection_id.clone(),
            kind: notice.kind.clone(),
            title: notice.title.clone(),
        });
    }
}

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
pub(crate) fn new(notice: &Notice<'_>, claim: &Claim, now: Timestamp) -> NewNotification {
    let connection = &claim.connection;
    let name = &connection.name;
    let (kind, title, body) = match notice {
        Notice::Held { reason } if is_hold_after_restore(reason) => (
            "sync_held",
            format!("{name}: writing waits for you"),
            format!(
                "{reason}. What is newer there was brought in. Delete or change here what should not go out, then \
                 release it in Calendar Integrations."
            ),
        ),
        Notice::Held { reason } => (
            "sync_held",
            format!("{name}: a sync waits for you"),
            format!("{reason}. Nothing was changed. Release it in Calendar Integrations if that is right."),
        ),
        Notice::Failed { failed } if failed.reauth_required => return reauth(&claim.account, &failed.last_error, now),
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

/// The grant of an account is dead: told once per grant, however many connections it has.
pub(crate) fn reauth(account: &Account, words: &str, now: Timestamp) -> NewNotification {
    NewNotification {
        tenant_id: account.tenant_id.clone(),
        profile_id: account.owner_id.clone(),
        connection_id: None,
        kind: "reauth_required".to_owned(),
        dedupe_key: format!("reauth_required:{}:{}", account.id, account.credentials_version),
        title: format!("{}: please sign in again", account.email),
        body: words.to_owned(),
        now,
    }
}

/// Access to an account ends at a known time; `None` if no end is known.
pub(crate) fn grant_ends(account: &Account, now: Timestamp) -> Option<NewNotification> {
    let ends_at = account.grant_ends_at?;
    let (title, email) = (account.provider.title(), &account.email);
    // Refreshes say how many seconds are left: the same end differs by moments.
    let day = ends_at.strftime("%Y-%m-%d");
    Some(NewNotification {
        tenant_id: account.tenant_id.clone(),
        profile_id: account.owner_id.clone(),
        connection_id: None,
        kind: "grant_ending".to_owned(),
        dedupe_key: format!("grant_ending:{}:{day}", account.id),
        title: format!("{email}: access ends on {day}"),
        body: format!(
            "Access to {title} was granted for a limited time. Reconnect the account before {ends_at:.0} and \
             nothing is interrupted; calendars and history stay either way."
        ),
        now,
    })
}
