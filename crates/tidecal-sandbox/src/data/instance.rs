//! Occurrences of a series as events of their own, and the look-up of an event id that may be such an occurrence.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use serde_json::{Value, json};

use super::calendar::Calendar;
use super::event::{Body, Stored};
use super::moment::{Moment, text};
use super::rule::{Recurrence, basic_date, basic_date_time};

/// Occurrences looked at when the end of a counted series is computed.
const LONGEST: usize = 20_000;

/// A master with its times and rules read.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    body: Body,
    pub(crate) start: Moment,
    end: Moment,
    pub(crate) recurrence: Recurrence,
}

impl Series {
    /// `None` when the body is not a series or its times or rules do not parse.
    pub(crate) fn read(body: &Body, zone: &TimeZone) -> Option<Self> {
        let lines = body.get("recurrence")?.as_array()?;
        let start = Moment::read(body.get("start"), "start", zone).ok()?;
        let end = Moment::read(body.get("end"), "end", zone).ok()?;
        let recurrence = Recurrence::parse(lines.iter().filter_map(Value::as_str), &start).ok()?;
        Some(Self { body: body.clone(), start, end, recurrence })
    }

    fn end_of(&self, slot: &Moment, zone: &TimeZone) -> Option<Moment> {
        match (&self.start, &self.end, slot) {
            (Moment::Day(first), Moment::Day(last), Moment::Day(day)) => {
                let days = first.until(*last).ok()?.get_days();
                Some(Moment::Day(day.checked_add(Span::new().days(days)).ok()?))
            }
            (start, Moment::At { zone: end_zone, .. }, slot) => {
                let length = self.end.instant(zone).duration_since(start.instant(zone));
                let instant = slot.instant(zone).checked_add(length).ok()?;
                Some(Moment::At { instant, zone: end_zone.clone() })
            }
            _ => None,
        }
    }

    /// End of the last occurrence in ms since the epoch, `i64::MAX` for a series without one.
    pub(crate) fn last_end_ms(&self, zone: &TimeZone) -> i64 {
        if !self.recurrence.is_bounded() {
            return i64::MAX;
        }
        let slots = self.recurrence.slots(&self.start, None, None, LONGEST);
        slots
            .last()
            .and_then(|slot| self.end_of(&self.start.with_local(*slot)?, zone))
            .map_or(0, |end| end.instant(zone).as_millisecond())
    }

    /// Slots whose occurrence overlaps (`time_min`, `time_max`), ascending.
    pub(crate) fn slots_between(
        &self,
        time_min: Option<Timestamp>,
        time_max: Option<Timestamp>,
        cap: usize,
        zone: &TimeZone,
    ) -> Vec<DateTime> {
        let own_zone = match &self.start {
            Moment::At { zone, .. } => zone,
            Moment::Day(_) => zone,
        };
        let length = self.end.instant(zone).duration_since(self.start.instant(zone));
        let from = time_min
            .and_then(|min| min.checked_sub(length + SignedDuration::from_hours(24)).ok())
            .map(|min| own_zone.to_datetime(min));
        let before = time_max.map(|max| own_zone.to_datetime(max));
        let mut slots = self.recurrence.slots(&self.start, from, before, cap);
        if let Some(min) = time_min {
            slots.retain(|slot| {
                let end = self.start.with_local(*slot).and_then(|start| self.end_of(&start, zone));
                end.is_some_and(|end| end.instant(zone) > min)
            });
        }
        slots
    }

    /// The occurrence at a local time as an event.
    pub(crate) fn instance(&self, slot: DateTime, zone: &TimeZone) -> Option<Body> {
        let start = self.start.with_local(slot)?;
        let end = self.end_of(&start, zone)?;
        let master = text(&self.body, "id")?;
        let mut body = self.body.clone();
        body.remove("recurrence");
        body.insert("id".to_owned(), json!(format!("{master}_{}", start.suffix())));
        body.insert("recurringEventId".to_owned(), json!(master));
        body.insert("originalStartTime".to_owned(), start.to_json(zone));
        body.insert("start".to_owned(), start.to_json(zone));
        body.insert("end".to_owned(), end.to_json(zone));
        Some(body)
    }

    /// The slot that an instance id's suffix names, when the series has it.
    pub(crate) fn slot_of(&self, suffix: &str) -> Option<DateTime> {
        let slot = match &self.start {
            Moment::Day(_) => basic_date(suffix)?.to_datetime(jiff::civil::Time::midnight()),
            Moment::At { zone, .. } => {
                let utc = basic_date_time(suffix.strip_suffix('Z')?)?;
                zone.to_datetime(TimeZone::UTC.to_zoned(utc).ok()?.timestamp())
            }
        };
        self.recurrence.has(&self.start, slot).then_some(slot)
    }
}

/// What an event id names in a calendar.
#[derive(Debug)]
pub(crate) enum Found<'a> {
    /// A stored event: single, master or exception.
    Stored(&'a Stored),
    /// An occurrence that nobody has changed yet, made from its master.
    Instance { master: &'a Stored, body: Body },
}

impl Found<'_> {
    pub(crate) fn body(&self) -> Body {
        match self {
            Self::Stored(stored) => stored.body(),
            Self::Instance { body, .. } => body.clone(),
        }
    }

    pub(crate) fn etag_text(&self) -> String {
        match self {
            Self::Stored(stored) => stored.etag_text(),
            Self::Instance { master, .. } => master.etag_text(),
        }
    }

    /// Deleted, or an occurrence of a deleted series.
    pub(crate) fn is_cancelled(&self) -> bool {
        match self {
            Self::Stored(stored) => stored.cancelled,
            Self::Instance { master, .. } => master.cancelled,
        }
    }
}

/// Finds the event or occurrence of that id.
pub(crate) fn find<'a>(calendar: &'a Calendar, event_id: &str) -> Option<Found<'a>> {
    if let Some(stored) = calendar.events.get(event_id) {
        return Some(Found::Stored(stored));
    }
    let (master_id, suffix) = event_id.rsplit_once('_')?;
    let master = calendar.events.get(master_id).filter(|master| master.recurring)?;
    let series = Series::read(&master.body(), &calendar.zone)?;
    let slot = series.slot_of(suffix)?;
    // a split-off series keeps moved occurrences under the ids of the series it was split from
    let slot_ms = series.start.with_local(slot)?.instant(&calendar.zone).as_millisecond();
    let kept = calendar.exceptions(master_id).find(|(_, own)| own.original_ms == Some(slot_ms));
    if let Some((_, stored)) = kept {
        return Some(Found::Stored(stored));
    }
    let body = series.instance(slot, &calendar.zone)?;
    Some(Found::Instance { master, body })
}
