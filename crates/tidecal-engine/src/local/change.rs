//! What a person changes of an event, field by field.

use tidecal_core::model::{
    Attendee, AttendeeRole, Conference, Event, EventType, Reminders, Status, Transparency, Visibility,
};
use tidecal_core::sync::Field;
use tidecal_ical::{RecurrenceId, When, Zone};

use super::{EditError, TimeChange, TimeText};

/// A change: `None` keeps a field; of those that may be empty the empty value clears it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventChange {
    /// Title.
    pub title: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// Location.
    pub location: Option<String>,
    /// Whole days.
    pub all_day: Option<bool>,
    /// Start.
    pub start: Option<TimeText>,
    /// Exclusive end.
    pub end: Option<TimeText>,
    /// Zone; `Some(None)`: the time floats.
    pub zone: Option<Option<Zone>>,
    /// How it repeats; `Some(None)`: it does not.
    pub recurrence: Option<Option<RecurrenceChange>>,
    /// Confirmed or tentative.
    pub status: Option<Status>,
    /// Who may see it.
    pub visibility: Option<Visibility>,
    /// Busy or free.
    pub transparency: Option<Transparency>,
    /// Kind of entry; `Other`: derived anew.
    pub event_type: Option<EventType>,
    /// All guests.
    pub attendees: Option<Vec<GuestChange>>,
    /// Alarms.
    pub reminders: Option<Reminders>,
    /// How to join.
    pub conference: Option<Option<Conference>>,
    /// Labels.
    pub categories: Option<Vec<String>>,
}

/// A guest, as the organiser writes one; the answer stays what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestChange {
    /// Address.
    pub email: String,
    /// Name; `None` keeps it.
    pub name: Option<String>,
    /// Whether needed; `None` keeps it.
    pub role: Option<AttendeeRole>,
}

/// How a series repeats; `None` keeps that part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecurrenceChange {
    /// RRULE values.
    pub rules: Option<Vec<String>>,
    /// Additional occurrences.
    pub dates: Option<Vec<RecurrenceId>>,
    /// Occurrences that do not take place.
    pub excluded: Option<Vec<RecurrenceId>>,
}

impl EventChange {
    /// What changes about the time.
    #[must_use]
    pub fn time(&self) -> TimeChange<'_> {
        TimeChange {
            all_day: self.all_day,
            start: self.start,
            end: self.end,
            zone: self.zone.as_ref().map(Option::as_ref),
        }
    }

    /// The event with everything changed but its time and how it repeats; those are given.
    pub(super) fn applied(&self, event: &Event, when: When) -> Event {
        let mut event = Event { zone_guessed: event.zone_guessed && self.time().is_empty(), when, ..event.clone() };
        set(&mut event.title, self.title.as_ref());
        set(&mut event.description, self.description.as_ref());
        set(&mut event.location, self.location.as_ref());
        set(&mut event.status, self.status.as_ref());
        set(&mut event.visibility, self.visibility.as_ref());
        set(&mut event.transparency, self.transparency.as_ref());
        set(&mut event.event_type, self.event_type.as_ref());
        set(&mut event.reminders, self.reminders.as_ref());
        set(&mut event.conference, self.conference.as_ref());
        set(&mut event.categories, self.categories.as_ref());
        if let Some(guests) = &self.attendees {
            event.attendees = guests.iter().map(|guest| guest.among(&event.attendees)).collect();
        }
        event.canonical()
    }
}

fn set<T: Clone>(field: &mut T, value: Option<&T>) {
    if let Some(value) = value {
        field.clone_from(value);
    }
}

impl GuestChange {
    fn among(&self, known: &[Attendee]) -> Attendee {
        let email = self.email.trim().to_lowercase();
        let mut guest = known.iter().find(|guest| guest.email == email).cloned().unwrap_or_default();
        guest.email = email;
        set(&mut guest.name, self.name.as_ref());
        set(&mut guest.role, self.role.as_ref());
        guest
    }
}

/// What an exception takes over when its series changes: all that it had in common with it.
pub(super) fn inherited(exception: &Event, before: &Event, after: &Event) -> Event {
    let mut event = exception.clone();
    let same = |field: Field| field.equal(exception, before);
    let pairs = Field::ALL.into_iter().filter(|field| same(*field) && !field.equal(before, after));
    for field in pairs {
        match field {
            Field::Title => event.title.clone_from(&after.title),
            Field::Description => event.description.clone_from(&after.description),
            Field::Location => event.location.clone_from(&after.location),
            Field::Time => event.when.clone_from(&after.when),
            Field::Status => event.status = after.status,
            Field::Visibility => event.visibility = after.visibility,
            Field::Transparency => event.transparency = after.transparency,
            Field::Attendees => event.attendees.clone_from(&after.attendees),
            Field::Reminders => event.reminders.clone_from(&after.reminders),
            Field::Conference => event.conference.clone_from(&after.conference),
            Field::Categories => event.categories.clone_from(&after.categories),
            Field::Links => event.links.clone_from(&after.links),
        }
    }
    if exception.event_type == before.event_type {
        event.event_type = after.event_type;
    }
    event
}

/// The name of a field in requests.
pub(super) fn request_name(field: Field) -> &'static str {
    match field {
        Field::Time => "start",
        other => other.as_str(),
    }
}

/// A new event.
pub(super) fn new_event(change: &EventChange, zone: &Zone) -> Result<Event, EditError> {
    let when = super::time::resolve(None, &change.time(), zone)?;
    Ok(change.applied(&Event::at(when.clone()), when))
}
