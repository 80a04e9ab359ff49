//! iCalendar text (RFC 5545, 7986) to events, as the world writes it.
//!
//! Here: finding the components, resolving zones, one bad VEVENT never costing another. The text of
//! every component is kept beside what was understood. Deliberately not here: VTODO, VJOURNAL and
//! VFREEBUSY (skipped), joining changed occurrences with their series, deduplicating UIDs.

mod fields;
mod gather;
mod people;
mod vtimezone;
mod when;
mod zones;

use std::collections::HashMap;
use std::ops::Range;

use crate::lines::{recurrence_id, rekey};
use crate::{RecurrenceId, VEvent, When, Zone};
pub(crate) use fields::{alarm, attachment, class, is_conference, link_of, status};
use gather::Block;
pub(crate) use gather::envelope;
pub(crate) use people::{attendee, email};
pub(crate) use when::{ALL_DAY_MARKS, Length, is_true, parse_duration, read_when};
pub(crate) use zones::Zones;

/// A calendar as read. Several VCALENDARs in one text count as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// NAME (RFC 7986) or X-WR-CALNAME.
    pub name: Option<String>,
    /// X-WR-TIMEZONE: where its floating times are meant.
    pub zone: Option<Zone>,
    /// Its events in their order.
    pub components: Vec<Component>,
}

/// One VEVENT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Component {
    /// Understood.
    Event(Box<VEvent>),
    /// Not understood; to be shown, never to be taken for deleted.
    Unreadable {
        /// Its UID, if it could at least be found.
        uid: Option<String>,
        /// Line of the text where it begins, from 1.
        line: usize,
        /// What is wrong with it, for a person.
        reason: String,
        /// Its text.
        raw: String,
    },
}

/// Sizes from which on a text is refused or an event not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadLimits {
    /// Bytes of the whole text.
    pub bytes: usize,
    /// VEVENTs.
    pub components: usize,
    /// Bytes of one VEVENT.
    pub component_bytes: usize,
    /// Components within components.
    pub depth: usize,
}

impl Default for ReadLimits {
    fn default() -> Self {
        Self { bytes: 16 << 20, components: 50_000, component_bytes: 4 << 20, depth: 16 }
    }
}

/// Why a text as a whole was not read. Nothing about its events follows from it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// There is no BEGIN:VCALENDAR, as in a login page.
    #[error("the text is not a calendar: it has no BEGIN:VCALENDAR{hint}")]
    NotCalendar {
        /// What it looks like instead, or nothing.
        hint: &'static str,
    },
    /// The calendar does not end: an unknown part of it is missing.
    #[error("the calendar is cut off: it has no END:VCALENDAR")]
    Truncated,
    /// A limit is exceeded.
    #[error("the calendar has more than {limit} {unit}")]
    TooLarge {
        /// What was counted: `bytes`, `events` or `nested components`.
        unit: &'static str,
        /// As many are allowed.
        limit: usize,
    },
}

/// Reads a calendar. Tolerates what is common in the wild: byte order marks, any line ends, text that
/// is not UTF-8, lines that are none, missing or contradicting properties.
///
/// # Errors
/// The text is no calendar, is cut off or too large; broken events are no error.
pub fn read(bytes: &[u8], limits: &ReadLimits) -> Result<Calendar, ReadError> {
    if bytes.len() > limits.bytes {
        return Err(ReadError::TooLarge { unit: "bytes", limit: limits.bytes });
    }
    let recoded = gather::from_utf_16(bytes);
    let located = locate(recoded.as_deref().unwrap_or(bytes), limits)?;
    let components = located.components.into_iter().map(|(_, component)| component).collect();
    Ok(Calendar { name: located.name, zone: located.zones.own().cloned(), components })
}

/// Components with the places of their texts, for [`crate::edit`].
pub(crate) struct Located {
    name: Option<String>,
    pub(crate) components: Vec<(Range<usize>, Component)>,
    /// Texts of the VTIMEZONEs and their TZIDs.
    pub(crate) timezones: Vec<(Range<usize>, String)>,
    pub(crate) zones: Zones,
}

pub(crate) fn locate(bytes: &[u8], limits: &ReadLimits) -> Result<Located, ReadError> {
    let gathered = gather::gather(bytes, limits)?;
    let mut zones = Zones::new(&gathered.timezones, gathered.zone);
    let timezones = gathered.timezones.iter().map(|block| (block.bytes.clone(), block.tzid().unwrap_or_default()));
    let timezones = timezones.collect();
    let mut drafts = Vec::with_capacity(gathered.events.len());
    // Block by block, so that what was gathered goes as what is understood comes.
    for block in gathered.events {
        drafts.push((block.bytes.clone(), draft(&block, bytes, &mut zones)));
    }
    let masters = masters(&drafts);
    let finished =
        |draft: Result<fields::Draft, Component>| draft.map_or_else(|bad| bad, |draft| finish(draft, &masters));
    let components = drafts.into_iter().map(|(place, draft)| (place, finished(draft))).collect();
    Ok(Located { name: gathered.name, components, timezones, zones })
}

fn draft(block: &Block<'_>, bytes: &[u8], zones: &mut Zones) -> Result<fields::Draft, Component> {
    let raw = gather::raw_text(&bytes[block.bytes.clone()]);
    match fields::read_event(block, zones) {
        Ok(mut draft) => {
            draft.event.raw = raw;
            Ok(draft)
        }
        Err(reason) => Err(Component::Unreadable { uid: block.uid(), line: block.line, reason, raw }),
    }
}

fn masters(drafts: &[(Range<usize>, Result<fields::Draft, Component>)]) -> HashMap<String, When> {
    let read = drafts.iter().filter_map(|(_, draft)| draft.as_ref().ok());
    let masters = read.filter(|draft| draft.slot.is_none() && !draft.event.uid.is_empty());
    masters.map(|draft| (draft.event.uid.clone(), draft.event.when.clone())).collect()
}

/// Gives a changed occurrence the key that its master's occurrence has.
fn finish(draft: fields::Draft, masters: &HashMap<String, When>) -> Component {
    let mut event = draft.event;
    if let Some(slot) = draft.slot {
        let master = masters.get(&event.uid);
        let when = master.unwrap_or(&event.when);
        let id = recurrence_id(slot.stamp, slot.at, slot.as_date || when.is_all_day());
        event.recurrence_id = Some(match (id, master) {
            // A date in a timed series means the occurrence of that day.
            (RecurrenceId::Date(date), Some(When::Timed { start, .. })) => {
                rekey(RecurrenceId::Floating(date.to_datetime(start.local.time())), when)
            }
            _ => rekey(id, when),
        });
    }
    Component::Event(event)
}
