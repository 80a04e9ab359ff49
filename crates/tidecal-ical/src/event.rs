//! A VEVENT as data: what it says, in our own types, whatever spelled it.

use jiff::Timestamp;

use crate::{Recurrence, RecurrenceId, When};

/// One VEVENT. Empty text means that it says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VEvent {
    /// UID; empty if it has none (against RFC 5545 3.6.1, but common in feeds).
    pub uid: String,
    /// Which occurrence of its series this one replaces; `None` for a single event or a master.
    /// In the form of the master's keys if the master is in the same text.
    pub recurrence_id: Option<RecurrenceId>,
    /// RANGE=THISANDFUTURE: it replaces that occurrence and shifts all later ones.
    pub this_and_future: bool,
    /// SEQUENCE; 0 if missing.
    pub sequence: u32,
    /// DTSTAMP.
    pub stamp: Option<Timestamp>,
    /// CREATED.
    pub created: Option<Timestamp>,
    /// LAST-MODIFIED.
    pub last_modified: Option<Timestamp>,
    /// DTSTART with DTEND or DURATION.
    pub when: When,
    /// The zone was not named but derived: from the rules of a VTIMEZONE, an offset, a city, or the
    /// calendar's zone.
    pub zone_guessed: bool,
    /// RRULE, EXRULE, RDATE, EXDATE.
    pub recurrence: Recurrence,
    /// SUMMARY, one line.
    pub summary: String,
    /// DESCRIPTION, plain text.
    pub description: String,
    /// X-ALT-DESC of type HTML.
    pub html_description: Option<String>,
    /// LOCATION.
    pub location: String,
    /// STATUS.
    pub status: Option<VStatus>,
    /// CLASS.
    pub class: Option<Class>,
    /// TRANSP:TRANSPARENT: it does not block time.
    pub transparent: bool,
    /// X-MICROSOFT-CDO-BUSYSTATUS in upper case: `FREE`, `TENTATIVE`, `BUSY`, `OOF`, `WORKINGELSEWHERE`.
    pub busy_status: Option<String>,
    /// ORGANIZER.
    pub organizer: Option<Person>,
    /// ATTENDEEs in their order.
    pub attendees: Vec<Attendee>,
    /// VALARMs, those that do nothing left out.
    pub alarms: Vec<Alarm>,
    /// URL.
    pub url: Option<String>,
    /// Where to join: CONFERENCE (RFC 7986) and what vendors use instead, without repeats.
    pub conference_urls: Vec<String>,
    /// CATEGORIES in their order.
    pub categories: Vec<String>,
    /// ATTACHes that are links; embedded ones stay in `raw`.
    pub attachments: Vec<Attachment>,
    /// COLOR (RFC 7986), a CSS name.
    pub color: Option<String>,
    /// The component's own text as read, from BEGIN to END. Empty if it was not read from text;
    /// writing does not look at it.
    pub raw: String,
}

/// STATUS of an event (RFC 5545 3.8.1.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VStatus {
    /// Not settled.
    Tentative,
    /// Settled.
    Confirmed,
    /// Does not take place.
    Cancelled,
}

/// CLASS (RFC 5545 3.8.1.3). Unknown values mean [`Class::Private`], as the RFC asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Anybody may see it.
    Public,
    /// Only its owner.
    Private,
    /// Only its owner; stricter in some programs.
    Confidential,
}

/// Somebody with an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Address without `mailto:`; empty if the text has none.
    pub email: String,
    /// CN.
    pub name: String,
}

/// ATTENDEE (RFC 5545 3.8.4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attendee {
    /// Address without `mailto:`; empty if the text has none.
    pub email: String,
    /// CN.
    pub name: String,
    /// ROLE.
    pub role: Role,
    /// CUTYPE.
    pub kind: AttendeeKind,
    /// PARTSTAT.
    pub partstat: PartStat,
    /// RSVP.
    pub rsvp: bool,
    /// X-RESPONSE-COMMENT, what the guest wrote with the answer.
    pub comment: Option<String>,
    /// SCHEDULE-AGENT (RFC 6638) in upper case.
    pub schedule_agent: Option<String>,
}

/// ROLE.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// CHAIR.
    Chair,
    /// REQ-PARTICIPANT, also for unknown ones.
    #[default]
    Required,
    /// OPT-PARTICIPANT.
    Optional,
    /// NON-PARTICIPANT: for information only.
    NonParticipant,
}

/// CUTYPE.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AttendeeKind {
    /// INDIVIDUAL, also if it is not said.
    #[default]
    Individual,
    /// GROUP.
    Group,
    /// RESOURCE.
    Resource,
    /// ROOM.
    Room,
    /// UNKNOWN, also for unknown ones.
    Unknown,
}

/// PARTSTAT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PartStat {
    /// NEEDS-ACTION, also for unknown ones.
    #[default]
    NeedsAction,
    /// ACCEPTED.
    Accepted,
    /// DECLINED.
    Declined,
    /// TENTATIVE.
    Tentative,
    /// DELEGATED.
    Delegated,
}

/// VALARM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// When it goes off.
    pub trigger: Trigger,
    /// What it does.
    pub action: AlarmAction,
}

/// TRIGGER.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// Minutes before the start; negative: after it. A trigger related to the end is converted.
    BeforeStart(i64),
    /// At an instant.
    At(Timestamp),
}

/// ACTION.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmAction {
    /// DISPLAY, also for unknown ones.
    Display,
    /// AUDIO.
    Audio,
    /// EMAIL.
    Email,
}

/// ATTACH with a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Where it is.
    pub url: String,
    /// FILENAME; empty if there is none.
    pub name: String,
}

impl VEvent {
    /// An event that says only when it is.
    #[must_use]
    pub fn at(when: When) -> Self {
        Self {
            uid: String::new(),
            recurrence_id: None,
            this_and_future: false,
            sequence: 0,
            stamp: None,
            created: None,
            last_modified: None,
            when,
            zone_guessed: false,
            recurrence: Recurrence::default(),
            summary: String::new(),
            description: String::new(),
            html_description: None,
            location: String::new(),
            status: None,
            class: None,
            transparent: false,
            busy_status: None,
            organizer: None,
            attendees: Vec::new(),
            alarms: Vec::new(),
            url: None,
            conference_urls: Vec::new(),
            categories: Vec::new(),
            attachments: Vec::new(),
            color: None,
            raw: String::new(),
        }
    }
}
