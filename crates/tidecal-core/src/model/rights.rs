//! How far the owner of a calendar may change one of its events there.

use serde::{Deserialize, Serialize};

/// Computed by the adapter for every event that it reads, so that what the vendor would refuse is
/// refused before anything is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rights {
    /// Everything: the owner's own entry, or a meeting that the owner organises.
    #[default]
    Full,
    /// Somebody else's meeting: the answer, reminders, labels, and whether it blocks time.
    Own,
    /// Nothing: locked, made by the vendor (birthdays, mail), or of a calendar that is only read.
    Read,
}

impl Rights {
    /// Whether nothing is restricted.
    #[must_use]
    pub fn is_full(&self) -> bool {
        *self == Self::Full
    }

    /// Whether an invitation may be answered.
    #[must_use]
    pub fn may_answer(self) -> bool {
        self != Self::Read
    }
}
