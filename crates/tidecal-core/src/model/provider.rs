//! The vendors. Nobody outside an adapter matches on this: behaviour comes from
//! [`crate::remote::Capabilities`].

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Which kind of server a calendar lives on; its text form is the word in SQL and JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// Google Calendar.
    Google,
    /// Outlook and Microsoft 365.
    Outlook,
    /// Any RFC 4791 server.
    Caldav,
    /// A subscribed iCalendar feed.
    Ics,
}

impl Provider {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Google, Self::Outlook, Self::Caldav, Self::Ics];

    /// The word in SQL, JSON and paths.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Outlook => "outlook",
            Self::Caldav => "caldav",
            Self::Ics => "ics",
        }
    }

    /// The name that people know.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Google => "Google Calendar",
            Self::Outlook => "Outlook Calendar",
            Self::Caldav => "CalDAV",
            Self::Ics => "Calendar feed",
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No provider has that word.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown provider {0:?}: expected google, outlook, caldav or ics")]
pub struct UnknownProvider(pub String);

impl FromStr for Provider {
    type Err = UnknownProvider;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|provider| provider.as_str() == text).ok_or_else(|| UnknownProvider(text.to_owned()))
    }
}
