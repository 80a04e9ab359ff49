//! Lasting habits of the fake CalDAV server.

use serde::{Deserialize, Serialize};

/// The member `caldav` of the switches; `PATCH /_sandbox/switches {"caldav": {…}}` takes any subset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct DavSwitches {
    /// Status of the answer to a sync token that is none, or none any more: 403, 409 or 412.
    pub(crate) stale_token_status: u16,
    /// Such a token is answered with everything and no removals instead.
    pub(crate) stale_token_lists_all: bool,
    /// So many members in one answer to a sync, then 507; 0 = all.
    pub(crate) page_size: usize,
    /// Neither sync tokens nor the report that takes them.
    pub(crate) no_sync_collection: bool,
    /// A sync may be asked with any Depth (else with 0 alone, as RFC 6578 3.2 wants it).
    pub(crate) any_depth_of_sync: bool,
    /// No collection tags.
    pub(crate) no_ctag: bool,
    /// The answer to a PUT has no `ETag`.
    pub(crate) no_etag_of_put: bool,
    /// Objects are kept otherwise than they were sent, and the answer to a PUT has no `ETag`.
    pub(crate) rewrite_bodies: bool,
    /// Every n-th object of a multiget is left out of its answer; 0 = none.
    pub(crate) omit_from_multiget: usize,
    /// A UID has to be new in all calendars of a person, not in its own alone.
    pub(crate) uids_unique_per_person: bool,
    /// Largest object in octets.
    pub(crate) max_resource_size: usize,
}

impl Default for DavSwitches {
    fn default() -> Self {
        Self {
            stale_token_status: 403,
            stale_token_lists_all: false,
            page_size: 0,
            no_sync_collection: false,
            any_depth_of_sync: false,
            no_ctag: false,
            no_etag_of_put: false,
            rewrite_bodies: false,
            omit_from_multiget: 0,
            uids_unique_per_person: false,
            max_resource_size: 1 << 20,
        }
    }
}
