//! What a vendor's calendars can do, as data.

use jiff::SignedDuration;

/// When a write mails nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuietWrite {
    /// The vendor can be told not to mail.
    Always,
    /// Only an event without guests is written in silence.
    OnlyWithoutAttendees,
}

/// Run-time answers to "can this vendor …", so that nobody asks which vendor it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether events can be written at all.
    pub writes: bool,
    /// Whether writes can be silent.
    pub quiet_write: QuietWrite,
    /// A write carries a whole series (master and exceptions are one resource); otherwise every
    /// component is written by itself.
    pub writes_whole_series: bool,
    /// A page lists ids and versions only; bodies are fetched by id.
    pub lists_without_bodies: bool,
    /// Full readings take a lower bound (`PageQuery::lower`); otherwise the calendar is read whole.
    pub bounded_reading: bool,
    /// A page token outlives a restart, so that an interrupted full reading goes on where it was.
    pub page_tokens_last: bool,
    /// Most ids of one `fetch_items` call.
    pub items_per_fetch: usize,
    /// Access tokens expire and are refreshed this long ahead; `None`: a password that lasts.
    pub token_refresh_ahead: Option<SignedDuration>,
}
