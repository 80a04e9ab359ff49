//! What kind of entry an event is.

use serde::{Deserialize, Serialize};

/// Kinds of calendar entries (requirement R3.3); the text form is the word in SQL and JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventType {
    /// Several people meet.
    Meeting,
    /// By telephone or video.
    Call,
    /// Something to do.
    Task,
    /// A point in time by which something is due.
    Deadline,
    /// Time kept free for work.
    Focus,
    /// Away from work.
    OutOfOffice,
    /// Under way.
    Travel,
    /// A birthday.
    Birthday,
    /// A public holiday.
    Holiday,
    /// Anything else.
    #[default]
    Other,
}

impl EventType {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Meeting,
        Self::Call,
        Self::Task,
        Self::Deadline,
        Self::Focus,
        Self::OutOfOffice,
        Self::Travel,
        Self::Birthday,
        Self::Holiday,
        Self::Other,
    ];

    /// The word in SQL and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Meeting => "meeting",
            Self::Call => "call",
            Self::Task => "task",
            Self::Deadline => "deadline",
            Self::Focus => "focus",
            Self::OutOfOffice => "out_of_office",
            Self::Travel => "travel",
            Self::Birthday => "birthday",
            Self::Holiday => "holiday",
            Self::Other => "other",
        }
    }
}
