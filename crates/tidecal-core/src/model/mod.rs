//! The event model: one vocabulary for all vendors.

mod event;
mod event_type;
mod provider;
mod rights;

pub use event::{
    Attendee, AttendeeKind, AttendeeRole, Conference, Event, Link, Person, Reminder, ReminderMethod, Reminders,
    Response, Status, Transparency, Visibility,
};
pub use event_type::EventType;
pub use provider::{Provider, UnknownProvider};
pub use rights::Rights;
