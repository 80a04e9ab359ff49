//! People's edits of the local calendar.
//!
//! An edit is a [`EventChange`] aimed at an event, or at a part of a series ([`Scope`]). It is composed
//! into rows ([`compose`]) by plain functions, held against what may be changed at all ([`standing`]),
//! and written in one transaction; connections that write are due at once.
//!
//! Deliberately not here: how requests spell an edit (the web's part), and how it reaches a vendor (the
//! core's).

mod change;
mod compose;
mod error;
mod rules;
mod service;
mod standing;
mod time;

pub use change::{EventChange, GuestChange, RecurrenceChange};
pub use error::EditError;
pub use service::{Edit, EventAnswer};
pub use standing::{EventStanding, MappingState};
pub use time::{TimeChange, TimeText};

/// How much of a series an edit is about. A single event needs none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One occurrence.
    This,
    /// One occurrence and all later ones: the series is split.
    Following,
    /// The series.
    All,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::This, Self::Following, Self::All];

    /// The word in requests.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::This => "this",
            Self::Following => "following",
            Self::All => "all",
        }
    }
}
