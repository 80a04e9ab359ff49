//! Lasting habits of the fake Microsoft; those of [`crate::switches::Switches`] about pages, token lives and notifications
//! hold here, too.

use serde::{Deserialize, Serialize};

/// The member `graph` of the switches; `PATCH /_sandbox/switches {"graph": {…}}` takes any subset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct GraphSwitches {
    /// Addresses of personal accounts: no `mail`, no Teams, and only below `common` and `consumers`.
    pub(crate) personal_accounts: Vec<String>,
    /// Work accounts need an administrator's consent first.
    pub(crate) admin_consent_required: bool,
    /// A refresh ends the refresh token that was used (the vendor lets it live on).
    pub(crate) old_refresh_tokens_die: bool,
    /// `If-Match` is not looked at.
    pub(crate) ignore_if_match: bool,
    /// HTML bodies stay as they were sent (else they are rewritten).
    pub(crate) keep_html: bool,
    /// Zones are kept under IANA names (else under their Windows names).
    pub(crate) keep_iana_names: bool,
    /// Zones are kept as `tzone://Microsoft/Custom`, as of meetings from elsewhere.
    pub(crate) custom_zone_names: bool,
    /// Status of `ErrorDuplicateTransactionId`: 409 or 400.
    pub(crate) duplicate_transaction_status: u16,
    /// That error does not say which event exists already.
    pub(crate) hide_existing_event_id: bool,
    /// After a write the change key moves on once more by itself.
    pub(crate) late_change_key: bool,
    /// The answer to a write does not have the online meeting yet.
    pub(crate) late_join_url: bool,
    /// Deltas give occurrences in full (else identity and times only).
    pub(crate) full_occurrences: bool,
    /// Deltas name cancelled occurrences as removed (else these are merely absent).
    pub(crate) tell_cancelled_occurrences: bool,
    /// What has only left the window is removed because it `changed` (else everything is `deleted`).
    pub(crate) tell_why_removed: bool,
    /// Deltas deliver so many former changes again.
    pub(crate) replay_changes: u64,
    /// Deltas exist for the default calendar only.
    pub(crate) no_delta_per_calendar: bool,
    /// Links to further pages and deltas lead to another host.
    pub(crate) foreign_links: bool,
    /// Status when the state behind a token is gone: 410, 404 or 400.
    pub(crate) lost_state_status: u16,
    /// Code of that answer.
    pub(crate) lost_state_code: String,
    /// That answer has no `Location`.
    pub(crate) lost_state_without_location: bool,
    /// Requests of one mailbox at the same time before 429; 0 = no limit.
    pub(crate) concurrent_requests: u32,
    /// Requests of one mailbox within ten minutes before 429 (the vendor: 10 000); 0 = no limit.
    pub(crate) requests_per_ten_minutes: u32,
    /// Real milliseconds that every request takes.
    pub(crate) latency_milliseconds: u64,
    /// Notifications carry another `clientState` than the subscription's.
    pub(crate) wrong_client_state: bool,
    /// Every notification stands twice in its array.
    pub(crate) repeat_notifications: bool,
}

impl Default for GraphSwitches {
    fn default() -> Self {
        Self {
            personal_accounts: Vec::new(),
            admin_consent_required: false,
            old_refresh_tokens_die: false,
            ignore_if_match: false,
            keep_html: false,
            keep_iana_names: false,
            custom_zone_names: false,
            duplicate_transaction_status: 409,
            hide_existing_event_id: false,
            late_change_key: false,
            late_join_url: false,
            full_occurrences: false,
            tell_cancelled_occurrences: false,
            tell_why_removed: false,
            replay_changes: 0,
            no_delta_per_calendar: false,
            foreign_links: false,
            lost_state_status: 410,
            lost_state_code: "SyncStateNotFound".to_owned(),
            lost_state_without_location: false,
            concurrent_requests: 4,
            requests_per_ten_minutes: 0,
            latency_milliseconds: 0,
            wrong_client_state: false,
            repeat_notifications: false,
        }
    }
}
