//! One event: a single one, the master of a series, or one changed occurrence of it.
//!
//! Empty text means "none". Fields that no two vendors share stay in the raw copy that the store
//! keeps beside the event; nothing here is a vendor's spelling.

use serde::{Deserialize, Serialize};
use tidecal_ical::{Recurrence, When};

use super::{EventType, Rights};
use crate::policy::event_type;

/// What a calendar entry says.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// iCalendar UID: the same in every calendar that shows this meeting. Empty if unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub uid: String,
    /// One line.
    #[serde(default)]
    pub title: String,
    /// Plain text or HTML as the vendor gave it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Free text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub location: String,
    /// Local text and zone.
    pub when: When,
    /// The zone was derived from something other than its name; shown, never silent.
    #[serde(default, skip_serializing_if = "is_false")]
    pub zone_guessed: bool,
    /// Rules of a series; only a master has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recurrence: Option<Recurrence>,
    /// Whether it takes place.
    #[serde(default)]
    pub status: Status,
    /// Who may see it.
    #[serde(default)]
    pub visibility: Visibility,
    /// Whether it blocks time.
    #[serde(default)]
    pub transparency: Transparency,
    /// Meeting, call, task, …: derived from vendor type, title and description.
    #[serde(default)]
    pub event_type: EventType,
    /// Whose meeting it is; `None` for an entry without guests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organizer: Option<Person>,
    /// Guests, sorted by address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attendees: Vec<Attendee>,
    /// The vendor did not send all guests: such a list is never written back.
    #[serde(default, skip_serializing_if = "is_false")]
    pub attendees_omitted: bool,
    /// Alarms of the calendar's owner.
    #[serde(default, skip_serializing_if = "Reminders::is_default")]
    pub reminders: Reminders,
    /// How to join.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conference: Option<Conference>,
    /// Free labels, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// Attachments and sources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// How far it may be changed where it comes from.
    #[serde(default, skip_serializing_if = "Rights::is_full")]
    pub rights: Rights,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

impl Event {
    /// An event that says only when it is.
    #[must_use]
    pub fn at(when: When) -> Self {
        Self {
            uid: String::new(),
            title: String::new(),
            description: String::new(),
            location: String::new(),
            when,
            zone_guessed: false,
            recurrence: None,
            status: Status::default(),
            visibility: Visibility::default(),
            transparency: Transparency::default(),
            event_type: EventType::default(),
            organizer: None,
            attendees: Vec::new(),
            attendees_omitted: false,
            reminders: Reminders::default(),
            conference: None,
            categories: Vec::new(),
            links: Vec::new(),
            rights: Rights::default(),
        }
    }

    /// The same event in the one spelling that comparisons use: line ends as `\n`, no control
    /// characters, no surrounding white space, addresses in lower case, lists sorted and without
    /// repeats; the kind derived where the vendor names none. Adapters call it on everything they read.
    #[must_use]
    pub fn canonical(mut self) -> Self {
        for text in [&mut self.title, &mut self.description, &mut self.location] {
            clean(text);
        }
        for attendee in &mut self.attendees {
            attendee.email = attendee.email.trim().to_lowercase();
            clean(&mut attendee.name);
            clean(&mut attendee.comment);
        }
        if let Some(organizer) = &mut self.organizer {
            organizer.email = organizer.email.trim().to_lowercase();
            clean(&mut organizer.name);
        }
        self.attendees.sort_by(|a, b| a.email.cmp(&b.email).then_with(|| a.name.cmp(&b.name)));
        self.attendees.dedup_by(|later, first| !later.email.is_empty() && later.email == first.email);
        self.categories.iter_mut().for_each(clean);
        self.categories.retain(|category| !category.is_empty());
        self.categories.sort_unstable();
        self.categories.dedup();
        if let Reminders::Own(reminders) = &mut self.reminders {
            reminders.sort_unstable();
            reminders.dedup();
        }
        if let Some(recurrence) = &mut self.recurrence {
            for dates in [&mut recurrence.dates, &mut recurrence.excluded] {
                dates.sort_unstable();
                dates.dedup();
            }
        }
        self.recurrence = self.recurrence.filter(|recurrence| !recurrence.is_empty());
        let hint = (self.event_type != EventType::Other).then_some(self.event_type);
        self.event_type = event_type::derive(hint, &self);
        self
    }
}

/// In place and only when needed: most texts are clean already.
fn clean(text: &mut String) {
    let dirty = |c: char| c.is_control() && c != '\n' && c != '\t';
    if text.contains(dirty) {
        *text = text.replace("\r\n", "\n").replace('\r', "\n");
        text.retain(|c| !dirty(c));
    }
    let kept = text.trim();
    if kept.len() != text.len() {
        *text = kept.to_owned();
    }
}

/// RFC 5545 3.8.1.11.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Takes place.
    #[default]
    Confirmed,
    /// May take place.
    Tentative,
    /// Does not take place.
    Cancelled,
}

/// RFC 5545 3.8.1.3 CLASS, with the vendor's default kept apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// As the calendar's sharing says.
    #[default]
    Default,
    /// Everyone who sees the calendar.
    Public,
    /// The owner.
    Private,
    /// The owner and named people.
    Confidential,
}

/// RFC 5545 3.8.2.7: whether the event blocks time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transparency {
    /// Busy.
    #[default]
    Opaque,
    /// Free.
    Transparent,
}

/// Somebody with an address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Person {
    /// E-mail address in lower case; may be empty if the vendor hides it.
    pub email: String,
    /// Display name, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// It is the owner of the calendar that was read.
    #[serde(default, rename = "self", skip_serializing_if = "is_false")]
    pub is_self: bool,
}

/// A guest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Attendee {
    /// E-mail address in lower case.
    pub email: String,
    /// Display name, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Whether the guest is needed.
    #[serde(default)]
    pub role: AttendeeRole,
    /// Person, group, resource, room.
    #[serde(default)]
    pub kind: AttendeeKind,
    /// The guest's answer; always the remote side's to say.
    #[serde(default)]
    pub response: Response,
    /// It is the owner of the calendar that was read.
    #[serde(default, rename = "self", skip_serializing_if = "is_false")]
    pub is_self: bool,
    /// A note that came with the answer.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub comment: String,
}

/// RFC 5545 3.2.16 ROLE.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AttendeeRole {
    /// REQ-PARTICIPANT.
    #[default]
    Required,
    /// OPT-PARTICIPANT.
    Optional,
    /// CHAIR.
    Chair,
    /// NON-PARTICIPANT: for information.
    Informed,
}

/// RFC 5545 3.2.3 CUTYPE.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AttendeeKind {
    /// One person.
    #[default]
    Individual,
    /// Several people behind one address.
    Group,
    /// Equipment.
    Resource,
    /// A room.
    Room,
}

/// RFC 5545 3.2.12 PARTSTAT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Response {
    /// No answer yet.
    #[default]
    NeedsAction,
    /// Comes.
    Accepted,
    /// Does not come.
    Declined,
    /// May come.
    Tentative,
    /// Sends somebody else.
    Delegated,
}

/// Alarms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reminders {
    /// As the calendar's settings say.
    #[default]
    CalendarDefault,
    /// Exactly these, possibly none.
    Own(Vec<Reminder>),
}

impl Reminders {
    fn is_default(&self) -> bool {
        *self == Self::CalendarDefault
    }
}

/// One alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reminder {
    /// Minutes before the start; negative: after it.
    pub minutes_before: i64,
    /// How.
    pub method: ReminderMethod,
}

/// How an alarm reaches its person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReminderMethod {
    /// On the screen.
    #[default]
    Popup,
    /// By mail.
    Email,
}

/// How to join a meeting from afar.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Conference {
    /// Address of the video meeting; empty if there is only a telephone.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// The service's name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// `tel:` address, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub phone: String,
}

/// An attachment or a source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Link {
    /// Address.
    pub url: String,
    /// Name, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidecal_ical::{Moment, Zone};

    fn event() -> Event {
        let at = |hour| Moment::zoned(jiff::civil::date(2026, 11, 21).at(hour, 0, 0, 0), Zone::utc());
        Event::at(When::Timed { start: at(9), end: at(10) })
    }

    #[test]
    fn two_spellings_of_one_event_have_one_canonical_form() {
        let mut windows = event();
        windows.title = " Review\u{0} ".into();
        windows.description = "one\r\ntwo\r\n".into();
        windows.categories = vec!["b".into(), " a".into(), "b".into()];
        windows.attendees = vec![
            Attendee { email: "Ben@Example.com".into(), ..Attendee::default() },
            Attendee { email: "ada@example.com".into(), ..Attendee::default() },
        ];
        let mut unix = event();
        unix.title = "Review".into();
        unix.description = "one\ntwo".into();
        unix.categories = vec!["a".into(), "b".into()];
        unix.attendees = vec![
            Attendee { email: "ada@example.com".into(), ..Attendee::default() },
            Attendee { email: "ben@example.com".into(), ..Attendee::default() },
        ];
        assert_eq!(windows.canonical(), unix.canonical());
    }

    #[test]
    fn an_event_survives_json() {
        let mut full = event();
        full.title = "Review".into();
        full.reminders = Reminders::Own(vec![Reminder { minutes_before: 10, method: ReminderMethod::Popup }]);
        full.recurrence = Some(tidecal_ical::Recurrence {
            rules: vec!["FREQ=DAILY".into()],
            excluded: vec!["20261122T090000Z".parse().unwrap()],
            ..Default::default()
        });
        let text = serde_json::to_string(&full).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), full);
    }
}
