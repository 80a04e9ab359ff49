//! Lasting habits of the fake vendor that a test can turn on; single failures are faults.

use serde::{Deserialize, Serialize};

/// All switches; `PATCH /_sandbox/switches` takes any subset of the members.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Switches {
    /// Every n-th page of a list is empty and still has a `nextPageToken`; 0 = never.
    pub(crate) empty_pages: u32,
    /// No page holds more items than this, whatever `maxResults` asks; 0 = no limit.
    pub(crate) short_pages: u32,
    /// Every page after the first begins with the last item of the page before.
    pub(crate) repeat_last_item: bool,
    /// Cancelled items in lists carry ids only (else the details remain, as on the organiser's own calendar).
    pub(crate) sparse_tombstones: bool,
    /// Cancelled instances in lists come without `recurringEventId` and `originalStartTime`.
    pub(crate) bare_tombstones: bool,
    /// Deleting a series also lists its exceptions in the next delta.
    pub(crate) list_orphaned_exceptions: bool,
    /// A delta leaves out changed events outside the window of the first request (else they are delivered).
    pub(crate) delta_keeps_window: bool,
    /// A deleted event may be revived by a write with `status: confirmed` (else 403 forbidden).
    pub(crate) revive_deleted: bool,
    /// Sync tokens older than this many seconds answer 410; none = they never age.
    pub(crate) sync_token_lifetime_seconds: Option<i64>,
    /// Life of an access token in seconds.
    pub(crate) token_lifetime_seconds: i64,
    /// Life of a refresh token in seconds (an app in testing mode: 604800); none = unlimited.
    pub(crate) refresh_token_lifetime_seconds: Option<i64>,
    /// A consent after the first returns no refresh token even with `prompt=consent`.
    pub(crate) no_refresh_token_on_reconsent: bool,
    /// A refresh returns a new refresh token and kills the old one.
    pub(crate) rotate_refresh_tokens: bool,
    /// Refuse unknown body fields and query parameters with the sandbox's own reason.
    pub(crate) strict: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            empty_pages: 0,
            short_pages: 0,
            repeat_last_item: false,
            sparse_tombstones: true,
            bare_tombstones: false,
            list_orphaned_exceptions: false,
            delta_keeps_window: false,
            revive_deleted: false,
            sync_token_lifetime_seconds: None,
            token_lifetime_seconds: 3599,
            refresh_token_lifetime_seconds: None,
            no_refresh_token_on_reconsent: false,
            rotate_refresh_tokens: false,
            strict: false,
        }
    }
}
