//! Lasting habits of the fake vendor that a test can turn on; single failures are faults.

use serde::{Deserialize, Serialize};

use crate::caldav::switches::DavSwitches;
use crate::graph::switches::GraphSwitches;

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
    /// The `sync` message of a channel goes out behind the answer to `watch` (else before it).
    pub(crate) sync_message_late: bool,
    /// Every n-th notification of a channel is lost; 0 = none.
    pub(crate) lose_notifications: u32,
    /// Real milliseconds before a refused notification is tried again, doubled each time.
    pub(crate) push_retry_milliseconds: u64,
    /// Life of a push channel in seconds; a request for less is granted.
    pub(crate) channel_lifetime_seconds: i64,
    /// A channel's address must be https, as at the vendor (else http to this machine is taken as well).
    pub(crate) https_webhooks_only: bool,
    /// Requests of one person within a minute before 403 `rateLimitExceeded`; 0 = no limit.
    pub(crate) user_requests_per_minute: u32,
    /// A guest's copy has an event id of its own (else the organiser's, as observed); the iCalUID is the same.
    pub(crate) copies_have_own_ids: bool,
    /// A new event is not found by its id for so many seconds after it was made, although its id is taken; 0 = at once.
    pub(crate) new_events_hidden_seconds: i64,
    /// Guests without an account are mailed even with `sendUpdates=none`.
    pub(crate) mails_despite_none: bool,
    /// Habits of the Microsoft side.
    pub(crate) graph: GraphSwitches,
    /// Habits of the CalDAV server.
    pub(crate) caldav: DavSwitches,
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
            sync_message_late: false,
            lose_notifications: 0,
            push_retry_milliseconds: 100,
            channel_lifetime_seconds: 604_800,
            https_webhooks_only: false,
            user_requests_per_minute: 0,
            copies_have_own_ids: false,
            new_events_hidden_seconds: 0,
            mails_despite_none: false,
            graph: GraphSwitches::default(),
            caldav: DavSwitches::default(),
            strict: false,
        }
    }
}
