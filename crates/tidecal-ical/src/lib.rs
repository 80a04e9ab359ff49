//! iCalendar text and calendar time: pure values, no clock, no I/O.
//!
//! Here: calendar time as people write it ([`When`], [`Moment`], [`Zone`]), recurrence as data
//! ([`Recurrence`], [`RecurrenceId`]), reading and writing iCalendar text (RFC 5545, 7986),
//! changing stored text in place ([`edit`]), resolving zone names (IANA, Windows, embedded VTIMEZONE)
//! and expanding series under a budget.
//!
//! Deliberately not here: what an event *means* to a sync (that is `tidecal-core`), fetching text.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod civil;
pub mod edit;
mod event;
mod expand;
mod line;
mod lines;
mod read;
mod recurrence;
mod rule;
mod stamp;
mod time;
mod write;
mod zone;

pub use event::{
    Alarm, AlarmAction, Attachment, Attendee, AttendeeKind, Class, PartStat, Person, Role, Trigger, VEvent, VStatus,
};
pub use expand::{
    Budget, Expansion, Occurrence, Placed, Range, Replacement, expand, expand_replaced, one_bound, series_end,
};
pub use lines::{recurrence_from_lines, rekey};
pub use read::{Calendar, Component, ReadError, ReadLimits, read};
pub use recurrence::{ParseRecurrenceIdError, Period, Recurrence, RecurrenceId};
pub use rule::{RuleError, normalize_rule};
pub use time::{Moment, When, Zone};
pub use write::write;
pub use zone::{ResolvedZone, resolve_zone, windows_zone};
