//! Lasting habits of the proxy.

use serde::{Deserialize, Serialize};

/// All habits; `PATCH /_proxy/tempers` takes any subset of the members.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Tempers {
    /// No answer says a version: neither `ETag` nor `getetag`.
    pub(super) drop_etags: bool,
    /// Only answers to `PUT` lack the `ETag`, as of a server that rewrites what it stores.
    pub(super) drop_etag_of_put: bool,
    /// All versions are weak (`W/"…"`).
    pub(super) weak_etags: bool,
    /// A `sync-collection` answers so many members at a time, the rest after a 507; 0 = all at once.
    pub(super) page_size: usize,
    /// Asks for Digest; the upstream still gets Basic.
    pub(super) digest: Option<DigestLogin>,
    /// Every n-th answer with a body ends in its middle, its length is right; 0 = never.
    pub(super) truncate_every: u32,
    /// Every n-th connection ends instead of an answer; 0 = never.
    pub(super) drop_every: u32,
    /// When such a connection ends.
    pub(super) drop_when: Moment,
    /// Every n-th request is throttled: 503 with `Retry-After: 1`; 0 = never.
    pub(super) throttle_every: u32,
    /// Every request is redirected once.
    pub(super) redirect: Redirect,
    /// Neither announces nor serves `sync-collection`.
    pub(super) no_sync_collection: bool,
    /// Announces `sync-collection` and refuses it with this status.
    pub(super) refuse_sync_collection: Option<u16>,
    /// No collection tag.
    pub(super) no_ctag: bool,
    /// How a stale sync token is answered.
    pub(super) stale_dialect: StaleDialect,
    /// A multiget leaves out every n-th object without a word; 0 = none.
    pub(super) omit_from_multiget: usize,
    /// A multiget is refused with this status.
    pub(super) refuse_multiget: Option<u16>,
    /// `PUT` is refused with this status and `no-uid-conflict`.
    pub(super) uid_conflict: Option<u16>,
    /// Hrefs name an internal host, as behind a careless proxy.
    pub(super) internal_hrefs: bool,
    /// Texts of answers that are replaced by others.
    pub(super) replace: Vec<(String, String)>,
    /// Milliseconds before anything happens.
    pub(super) delay_ms: u64,
    /// Answers are compressed, whether that was asked for or not.
    pub(super) gzip: bool,
}

/// A login that Digest is asked of.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct DigestLogin {
    pub(super) username: String,
    #[serde(skip_serializing)]
    pub(super) password: String,
    /// `SHA-256` instead of `MD5`.
    #[serde(default)]
    pub(super) sha256: bool,
}

impl std::fmt::Debug for DigestLogin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DigestLogin").field("username", &self.username).finish_non_exhaustive()
    }
}

/// When a connection ends without a whole answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Moment {
    /// Before the upstream heard of the request.
    #[default]
    Before,
    /// After the upstream carried it out.
    After,
    /// In the middle of the body.
    During,
}

/// Where a redirect leads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Redirect {
    /// Nowhere.
    #[default]
    Off,
    /// To another path of this proxy (301).
    SameHost,
    /// To the same path at this origin (302).
    OtherHost(String),
    /// To itself, for ever (307).
    Circle,
}

/// What servers answer to a sync token that they do not know any more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum StaleDialect {
    /// 403 and `valid-sync-token` (sabre/dav, Radicale, Cyrus).
    #[default]
    Forbidden,
    /// 409 and the element.
    Conflict,
    /// 412 and the element (Xandikos).
    PreconditionFailed,
    /// 410 without a body.
    GoneBare,
    /// 400 without a body.
    BadRequestBare,
    /// 207 with all members and no removals (DAViCal).
    FullList,
}
