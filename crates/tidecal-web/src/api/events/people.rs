//! Guests and organizers.

use serde::Serialize;
use tidecal_core::model::{Attendee, AttendeeRole, Person, Response};
use utoipa::ToSchema;

/// A guest.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attendee)]
pub(crate) struct AttendeeOut {
    email: String,
    name: String,
    /// `needsAction`, `accepted`, `declined`, `tentative` or `delegated`.
    response: &'static str,
    /// `required`, `optional`, `chair` or `informed`.
    role: &'static str,
    /// The owner of the calendar.
    #[serde(rename = "self")]
    is_self: bool,
}

/// Whose meeting it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Organizer)]
pub(crate) struct OrganizerOut {
    email: String,
    name: String,
    /// The owner of the calendar.
    #[serde(rename = "self")]
    is_self: bool,
}

impl From<&Attendee> for AttendeeOut {
    fn from(attendee: &Attendee) -> Self {
        Self {
            email: attendee.email.clone(),
            name: attendee.name.clone(),
            response: match attendee.response {
                Response::NeedsAction => "needsAction",
                Response::Accepted => "accepted",
                Response::Declined => "declined",
                Response::Tentative => "tentative",
                Response::Delegated => "delegated",
            },
            role: match attendee.role {
                AttendeeRole::Required => "required",
                AttendeeRole::Optional => "optional",
                AttendeeRole::Chair => "chair",
                AttendeeRole::Informed => "informed",
            },
            is_self: attendee.is_self,
        }
    }
}

impl From<&Person> for OrganizerOut {
    fn from(person: &Person) -> Self {
        Self { email: person.email.clone(), name: person.name.clone(), is_self: person.is_self }
    }
}
