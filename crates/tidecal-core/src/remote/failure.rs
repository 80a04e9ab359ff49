//! Failures of a vendor, by class: what to do next depends on the class alone (requirement R4.1).

use std::fmt;

use jiff::SignedDuration;

/// What a permanent failure is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PermanentScope {
    /// One event: quarantine it, the calendar goes on.
    Item,
    /// The whole calendar: stop its connection.
    Calendar,
    /// Every calendar of the account.
    Account,
}

/// Classes of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureClass {
    /// May work if tried again: network, 5xx, time-outs.
    Transient,
    /// Too many requests: wait as told.
    RateLimited,
    /// The grant or password is no longer accepted: a person must reconnect.
    Auth,
    /// Will not work however often it is tried.
    Permanent(PermanentScope),
    /// The remote copy changed meanwhile: read again, decide again.
    Conflict,
    /// The cursor is no longer accepted: compare everything.
    CursorLost,
    /// The deployment is set up wrongly: an operator's matter, no user is disconnected for it.
    Configuration,
}

impl FailureClass {
    /// Stable word for logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::RateLimited => "rate_limited",
            Self::Auth => "auth",
            Self::Permanent(PermanentScope::Item) => "permanent_item",
            Self::Permanent(PermanentScope::Calendar) => "permanent_calendar",
            Self::Permanent(PermanentScope::Account) => "permanent_account",
            Self::Conflict => "conflict",
            Self::CursorLost => "cursor_lost",
            Self::Configuration => "configuration",
        }
    }
}

/// One failure, ready to be decided upon and shown. Holds no secret: adapters redact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind.
    pub class: FailureClass,
    /// For people and logs, lower case, beginning with the adapter's name:
    /// `google: 403 rateLimitExceeded: Rate Limit Exceeded`.
    pub detail: String,
    /// What the person can do about it, if the adapter knows better than the class.
    pub remedy: Option<String>,
    /// HTTP status, if there was an answer.
    pub http_status: Option<u16>,
    /// The vendor's own code or reason.
    pub vendor_code: Option<String>,
    /// How long the vendor asks to wait.
    pub retry_after: Option<SignedDuration>,
    /// The fault lies with the vendor or the way to it (5xx, time-out, refused connection), not
    /// with this connection: such failures shared by many open the vendor's circuit.
    pub outage: bool,
}

impl Failure {
    /// A failure of that class, described.
    #[must_use]
    pub fn new(class: FailureClass, detail: impl Into<String>) -> Self {
        Self {
            class,
            detail: detail.into(),
            remedy: None,
            http_status: None,
            vendor_code: None,
            retry_after: None,
            outage: false,
        }
    }

    /// With the HTTP status of the answer.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.http_status = Some(status);
        self
    }

    /// With the vendor's code.
    #[must_use]
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.vendor_code = Some(code.into());
        self
    }

    /// With the wait that the vendor asks for.
    #[must_use]
    pub fn retry_after(mut self, wait: Option<SignedDuration>) -> Self {
        self.retry_after = wait;
        self
    }

    /// With a step for the person.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// Marked as the vendor's own trouble.
    #[must_use]
    pub fn outage(mut self) -> Self {
        self.outage = true;
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Failure {}
