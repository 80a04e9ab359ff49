//! What can be asked of a text.

use jiff::Timestamp;

use crate::{
    Alarm, Attachment, AttendeeKind, Class, PartStat, Person, ReadError, Recurrence, RecurrenceId, Role, VStatus, When,
};

/// One change of a calendar object (RFC 4791 4.1: one event, or a series with its exceptions).
/// Occurrences are named by the keys that [`crate::read`] gives them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Changes one component.
    Change {
        /// Which occurrence's exception; `None`: the master or single event.
        slot: Option<RecurrenceId>,
        /// What.
        change: Change,
    },
    /// Adds an exception: a copy of the master moved to that occurrence, with the RECURRENCE-ID in the
    /// form of the master's DTSTART, to be changed by further edits. An EXDATE for it goes. Nothing
    /// happens if it is there.
    AddOverride(RecurrenceId),
    /// Removes an exception: the occurrence is as the series has it again.
    RemoveOverride(RecurrenceId),
    /// The occurrence does not take place: EXDATE in the form of the master's DTSTART, its exception
    /// goes.
    Exclude(RecurrenceId),
    /// Takes back an EXDATE.
    Include(RecurrenceId),
    /// Ties an exception to another occurrence, as when the whole series moves.
    MoveOverride {
        /// Present key.
        from: RecurrenceId,
        /// New key.
        to: RecurrenceId,
    },
}

/// One change of one component. Empty text and `None` remove the property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// SUMMARY.
    Summary(String),
    /// DESCRIPTION, plain text with `\n`.
    Description(String),
    /// LOCATION.
    Location(String),
    /// DTSTART with DTEND, or with DURATION as long as that still says the end. Comes before
    /// [`Change::Recurrence`], which is written in its form.
    When(When),
    /// RRULE, EXRULE, RDATE, EXDATE: all of them; lines and items that stay are left alone.
    Recurrence(Recurrence),
    /// STATUS.
    Status(Option<VStatus>),
    /// CLASS.
    Class(Option<Class>),
    /// TRANSP, and Microsoft's mark of the same.
    Transparent(bool),
    /// CATEGORIES: all of them, in any order.
    Categories(Vec<String>),
    /// URL.
    Url(Option<String>),
    /// CONFERENCE and what vendors use instead: all addresses.
    Conferences(Vec<String>),
    /// ATTACHes that are links, and URL: all addresses. New ones become ATTACH; embedded files stay.
    Links(Vec<Attachment>),
    /// COLOR.
    Color(Option<String>),
    /// ORGANIZER.
    Organizer(Option<Person>),
    /// ATTENDEE with that address: changed, or added if there is none.
    Attendee {
        /// Address without `mailto:`, in any case.
        email: String,
        /// What to set.
        fields: AttendeeFields,
    },
    /// ATTENDEE with that address goes.
    RemoveAttendee(String),
    /// VALARMs: all of them. Alarms that go off at the same time in the same way stay as they are,
    /// DISPLAY and AUDIO counting as the same; so do those that this crate does not read.
    Alarms(Vec<Alarm>),
    /// SEQUENCE.
    Sequence(u32),
    /// DTSTAMP and LAST-MODIFIED.
    Touched(Timestamp),
    /// Any other property, such as an `X-` one, with its value as it stands in a line.
    Property {
        /// Name without parameters.
        name: String,
        /// Raw value; `None` removes every line of that name.
        value: Option<String>,
    },
}

/// What to set of an attendee; `None` leaves it, or takes the default for a new one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttendeeFields {
    /// CN; empty removes it.
    pub name: Option<String>,
    /// ROLE.
    pub role: Option<Role>,
    /// CUTYPE.
    pub kind: Option<AttendeeKind>,
    /// PARTSTAT.
    pub partstat: Option<PartStat>,
    /// RSVP.
    pub rsvp: Option<bool>,
    /// X-RESPONSE-COMMENT; empty removes it.
    pub comment: Option<String>,
    /// SCHEDULE-AGENT of a *new* attendee (RFC 6638 3.2.1.2: never touched on one that is there).
    pub schedule_agent: Option<String>,
}

/// Why a text was not edited.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// It cannot be read as a whole.
    #[error("the stored text cannot be edited: {0}")]
    Unreadable(#[from] ReadError),
    /// It is UTF-16, which no CalDAV server should hold.
    #[error("the stored text is not in UTF-8")]
    Encoding,
    /// The exception that an edit names is not there, or cannot be read.
    #[error("the stored text has no exception for {0}")]
    NoOverride(RecurrenceId),
    /// There is no master or single event, or it cannot be read.
    #[error("the stored text has no readable event or series")]
    NoMaster,
    /// An attendee without address.
    #[error("a guest needs an address")]
    NoAddress,
    /// What cannot be the name of a property.
    #[error("{0:?} cannot be the name of a property")]
    Name(String),
    /// A start and end that the text cannot express.
    #[error("{0} cannot be written as calendar time")]
    When(String),
}
