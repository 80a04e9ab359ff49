//! Settings of a connection that decide about events: direction, filters, privacy.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::UnknownWord;
use crate::model::{Event, EventType, Response, Transparency, Visibility};

/// Which way changes go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SyncDirection {
    /// From the vendor to the local calendar.
    #[default]
    Inbound,
    /// From the local calendar to the vendor. What is changed there stays there until the same
    /// field changes here; what is deleted there is not made again.
    Outbound,
    /// Both ways.
    Bidirectional,
}

impl SyncDirection {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Inbound, Self::Outbound, Self::Bidirectional];

    /// The word in SQL and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
            Self::Bidirectional => "bidirectional",
        }
    }

    /// Whether changes at the vendor come in.
    #[must_use]
    pub fn reads(self) -> bool {
        self != Self::Outbound
    }

    /// Whether local changes go out.
    #[must_use]
    pub fn writes(self) -> bool {
        self != Self::Inbound
    }
}

impl fmt::Display for SyncDirection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SyncDirection {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|it| it.as_str() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// Which events a connection leaves out, in both directions. The default leaves out none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Filters {
    /// Kinds of events.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub event_types: Vec<EventType>,
    /// Invitations that the calendar's owner has declined.
    pub declined: bool,
    /// Private and confidential events.
    pub private: bool,
    /// Events of whole days.
    pub all_day: bool,
    /// Events that block no time.
    pub free: bool,
    /// Events whose title contains one of these words, in any case.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
}

impl Filters {
    /// Whether nothing is left out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Why an event is left out, naming the rule; without its content.
    #[must_use]
    pub fn rule_against(&self, event: &Event) -> Option<String> {
        self.rule(event).map(|rule| format!("left out: {rule}"))
    }

    fn rule(&self, event: &Event) -> Option<String> {
        let declined = || event.attendees.iter().any(|it| it.is_self && it.response == Response::Declined);
        if self.event_types.contains(&event.event_type) {
            Some(format!("events of type {}", event.event_type.as_str()))
        } else if self.private && matches!(event.visibility, Visibility::Private | Visibility::Confidential) {
            Some("private events".to_owned())
        } else if self.all_day && event.when.is_all_day() {
            Some("events of whole days".to_owned())
        } else if self.free && event.transparency == Transparency::Transparent {
            Some("events that block no time".to_owned())
        } else if self.declined && declined() {
            Some("declined invitations".to_owned())
        } else {
            let title = event.title.to_lowercase();
            let word = self.words.iter().find(|word| !word.is_empty() && title.contains(&word.to_lowercase()));
            word.map(|word| format!("titles with \"{word}\""))
        }
    }
}

/// How much of an event reaches the local calendar; applied before anything is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Privacy {
    /// All of it.
    #[default]
    Full,
    /// Title and time.
    Title,
    /// That the time is taken.
    Busy,
}

impl Privacy {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Full, Self::Title, Self::Busy];

    /// The word in SQL and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Title => "title",
            Self::Busy => "busy",
        }
    }

    /// What is left of an event. Master and exceptions alike; what is private stays hidden also
    /// where titles are shown.
    #[must_use]
    pub fn reduce(self, event: Event) -> Event {
        if self == Self::Full {
            return event;
        }
        let hidden =
            self == Self::Busy || event.visibility != Visibility::Default && event.visibility != Visibility::Public;
        let title = if hidden { "Busy".to_owned() } else { event.title };
        Event {
            uid: event.uid,
            title,
            zone_guessed: event.zone_guessed,
            recurrence: event.recurrence,
            status: event.status,
            visibility: event.visibility,
            transparency: event.transparency,
            event_type: if hidden { EventType::Other } else { event.event_type },
            rights: event.rights,
            ..Event::at(event.when)
        }
    }
}

impl FromStr for Privacy {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|it| it.as_str() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Attendee;
    use tidecal_ical::{Moment, When, Zone};

    fn event(title: &str) -> Event {
        let at = |hour| Moment::zoned(jiff::civil::date(2026, 11, 21).at(hour, 0, 0, 0), Zone::utc());
        Event { title: title.into(), ..Event::at(When::Timed { start: at(9), end: at(10) }) }
    }

    #[test]
    fn each_filter_names_itself_and_says_nothing_of_the_event() {
        let me = Attendee { is_self: true, response: Response::Declined, ..Attendee::default() };
        let table = [
            (Filters { private: true, ..Filters::default() }, Event { visibility: Visibility::Private, ..event("x") }),
            (Filters { declined: true, ..Filters::default() }, Event { attendees: vec![me], ..event("x") }),
            (
                Filters { free: true, ..Filters::default() },
                Event { transparency: Transparency::Transparent, ..event("x") },
            ),
            (
                Filters { event_types: vec![EventType::Task], ..Filters::default() },
                Event { event_type: EventType::Task, ..event("x") },
            ),
            (Filters { words: vec!["LUNCH".into()], ..Filters::default() }, event("Our lunch with Ada")),
        ];
        for (filters, out) in table {
            let rule = filters.rule_against(&out);
            assert!(rule.as_ref().is_some_and(|rule| !rule.contains("Ada")), "{filters:?} {rule:?}");
            assert_eq!(filters.rule_against(&event("Review")), None, "{filters:?}");
            assert_eq!(Filters::default().rule_against(&out), None);
        }
    }

    #[test]
    fn below_full_nothing_but_time_and_title_is_left() {
        let full = Event { description: "secret".into(), location: "secret".into(), ..event("Review") };
        let private = Event { visibility: Visibility::Private, ..full.clone() };
        let title = Privacy::Title.reduce(full.clone());
        assert_eq!((title.title.as_str(), title.description.as_str(), title.location.as_str()), ("Review", "", ""));
        for hidden in [Privacy::Busy.reduce(full.clone()), Privacy::Title.reduce(private)] {
            assert_eq!((hidden.title.as_str(), hidden.description.as_str()), ("Busy", ""));
            assert_eq!(hidden.when, full.when);
        }
        assert_eq!(Privacy::Full.reduce(full.clone()), full);
    }
}
