//! Writes to a vendor, as every adapter carries them out.
//!
//! A write names what the vendor was last known to say and what it should say, field by field; an
//! adapter never writes a field that is not named, and keeps whatever it does not understand. Every
//! write is guarded by a version or a fresh id, so that sending it twice does no harm: the second
//! attempt meets [`FailureClass::Conflict`](super::FailureClass), and is looked up.

use tidecal_ical::RecurrenceId;

use super::ItemRef;
use crate::model::{Event, Response};
use crate::sync::Field;

/// Who may be mailed by a write (invariant 9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mail {
    /// Nobody: the vendor is told to keep quiet, or nobody is there to be mailed.
    #[default]
    Nobody,
    /// The guests: a person said so for this very change.
    Guests,
}

/// One write to one series (or single event). One request, or as few as the vendor allows.
#[derive(Clone, Debug, PartialEq)]
pub struct RemoteWrite {
    /// The vendor's id of the series. For a creation: the id that the adapter made of our key
    /// (`Adapter::new_item_id`).
    pub series_id: String,
    /// What is done.
    pub action: WriteAction,
    /// Who may be mailed.
    pub mail: Mail,
}

/// What a write does.
#[derive(Clone, Debug, PartialEq)]
pub enum WriteAction {
    /// A new series or single event; fails with `Conflict` if its id is taken. The first component
    /// is the master; exceptions are there only where the vendor writes whole series.
    Create {
        /// Provenance, stored with the item where people do not see it.
        mark: Mark,
        /// What is created.
        components: Vec<ComponentWrite>,
    },
    /// Changed components. Where the vendor writes item by item, exactly one.
    Update(Vec<ComponentWrite>),
    /// The whole series (or single event) goes; gone already is success.
    Delete {
        /// Guard: version of the master's item when it was last read; empty: unknown, unguarded.
        version: String,
    },
    /// The calendar's owner answers an invitation.
    Answer {
        /// The item.
        item: ItemRef,
        /// Which occurrence; `None`: the whole series, or a single event.
        recurrence_id: Option<RecurrenceId>,
        /// The answer.
        answer: Answer,
    },
}

/// An answer to an invitation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Answer {
    /// Accepted, declined or tentative.
    pub response: Response,
    /// A note to the organiser, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub comment: String,
    /// Whether the organiser is told; otherwise only one's own calendar knows.
    #[serde(default)]
    pub notify: bool,
}

/// One component as it is and as it should be.
#[derive(Clone, Debug, PartialEq)]
pub struct ComponentWrite {
    /// The item and the version that guards it; `None` for what has no item of its own yet: all of
    /// a creation, and an occurrence that becomes an exception.
    pub item: Option<ItemRef>,
    /// Which occurrence; `None` for a master or a single event.
    pub recurrence_id: Option<RecurrenceId>,
    /// What the vendor was last known to say (for a new exception: its master's content at that
    /// occurrence); `None` for a creation.
    pub before: Option<Box<Event>>,
    /// What it should say. Status `cancelled` with a recurrence id: the occurrence does not take
    /// place. `None`: the exception goes, its occurrence follows the rule again.
    pub after: Option<Box<Event>>,
    /// The fields to be written; all of them for a creation.
    pub fields: Vec<Field>,
}

/// Whose copy an item is: stored with what Tidecal writes, so that a copy is known by sight even
/// where no mapping is left (invariant 16). Text form `<calendar id>/<event id>`, both ours.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mark {
    /// Local calendar.
    pub calendar_id: String,
    /// Local event (of a series: its master).
    pub event_id: String,
}

impl Mark {
    /// The text that vendors store.
    #[must_use]
    pub fn encode(&self) -> String {
        format!("{}/{}", self.calendar_id, self.event_id)
    }

    /// Reads the text; `None`: not one of ours.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        let (calendar_id, event_id) = text.trim().split_once('/')?;
        let is_id = |id: &str| id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        (is_id(calendar_id) && is_id(event_id))
            .then(|| Self { calendar_id: calendar_id.to_owned(), event_id: event_id.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_reads_back_and_strange_text_is_none() {
        let mark = Mark {
            calendar_id: "01a1fd8c-6900-7000-8000-000000000001".into(),
            event_id: "01a1fd8c-6900-7000-8000-000000000002".into(),
        };
        assert_eq!(Mark::decode(&mark.encode()), Some(mark));
        for strange in ["", "/", "a/b", "01a1fd8c-6900-7000-8000-000000000001"] {
            assert_eq!(Mark::decode(strange), None, "{strange:?}");
        }
    }
}
