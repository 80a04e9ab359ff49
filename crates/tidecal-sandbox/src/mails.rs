//! Mails that the vendor would have sent about events. Nothing is ever sent: this is the proof of who would have heard.

use std::collections::VecDeque;

use serde::Serialize;

/// Mails kept; older ones are forgotten.
const KEPT: usize = 20_000;

/// Whom a write informs (`sendUpdates`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SendUpdates {
    All,
    /// Only people without an account at the vendor.
    ExternalOnly,
    None,
}

impl SendUpdates {
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "all" => Some(Self::All),
            "externalOnly" => Some(Self::ExternalOnly),
            "none" => Some(Self::None),
            _ => None,
        }
    }
}

/// What a mail is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Kind {
    Invitation,
    Update,
    Cancellation,
    /// A guest's answer, to the organiser.
    Response,
}

/// One mail to one person.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Mail {
    /// Running number since the start or the last reset.
    pub(crate) number: u64,
    /// Sandbox time.
    pub(crate) time: String,
    pub(crate) kind: Kind,
    pub(crate) to: String,
    /// Whether the person has no account here.
    pub(crate) external: bool,
    /// Whose write caused it.
    pub(crate) account: String,
    /// What wrote: an operation such as `events.insert`, or `control`.
    pub(crate) operation: &'static str,
    pub(crate) calendar_id: String,
    pub(crate) event_id: String,
    #[serde(rename = "iCalUID")]
    pub(crate) ical_uid: String,
    pub(crate) summary: String,
}

/// The latest mails, oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mails {
    kept: VecDeque<Mail>,
    last: u64,
}

impl Mails {
    pub(crate) fn add(&mut self, mut mail: Mail) {
        self.last += 1;
        mail.number = self.last;
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(mail);
    }

    pub(crate) fn list(&self) -> impl Iterator<Item = &Mail> {
        self.kept.iter()
    }

    pub(crate) fn clear(&mut self) {
        self.kept.clear();
    }
}
