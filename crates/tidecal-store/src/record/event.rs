//! Local events: the columns that operators and indexes need, and the rest as JSON. An event reads
//! back exactly as it was written.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};
use tidecal_core::model::{
    Attendee, Conference, Event, EventType, Link, Person, Reminders, Rights, Status, Transparency, Visibility,
};
use tidecal_core::sync::{EventKind, Span};
use tidecal_ical::{Moment, Recurrence, RecurrenceId, When, Zone};

use crate::StoreError;
use crate::database::{Row, Value, decode_error, values};

/// A local event as views need it.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRow {
    /// Its id.
    pub id: String,
    /// Calendar.
    pub calendar_id: String,
    /// Shared by all rows of a series.
    pub series_id: String,
    /// Single, master or override.
    pub kind: EventKind,
    /// Which occurrence an override replaces.
    pub recurrence_id: Option<RecurrenceId>,
    /// Counts its changes.
    pub version: i64,
    /// First instant.
    pub start_at: Timestamp,
    /// Exclusive end of the first or only occurrence.
    pub end_at: Timestamp,
    /// Exclusive end of the last occurrence; `None`: endless.
    pub series_end_at: Option<Timestamp>,
    /// What it says.
    pub event: Event,
}

/// A local event with what only its own page shows.
#[derive(Clone, Debug, PartialEq)]
pub struct EventDetail {
    /// The event.
    pub row: EventRow,
    /// Id at its origin.
    pub external_event_id: Option<String>,
    /// Connections that show it.
    pub connection_ids: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
}

/// Columns of a content, of a table called `e`.
macro_rules! event_content {
    () => {
        "e.uid, e.title, e.description, e.location, e.start_local, e.end_local, e.start_zone, e.end_zone, e.all_day, \
         e.status, e.visibility, e.transparency, e.event_type, e.details"
    };
}
pub(crate) use event_content;

/// Columns of an [`EventRow`], of a table called `e`.
macro_rules! event_row {
    () => {
        concat!(
            "e.id, e.calendar_id, e.series_id, e.kind, e.recurrence_id, e.version, e.start_at, e.end_at, \
             e.series_end_at, ",
            $crate::record::event_content!()
        )
    };
}
pub(crate) use event_row;

pub(crate) fn read_event_row(row: &Row) -> Result<EventRow, StoreError> {
    Ok(EventRow {
        id: row.text("id")?,
        calendar_id: row.text("calendar_id")?,
        series_id: row.text("series_id")?,
        kind: read_kind(row.str("kind")?)?,
        recurrence_id: recurrence_id(row.str("recurrence_id")?)?,
        version: row.int("version")?,
        start_at: row.time("start_at")?,
        end_at: row.time("end_at")?,
        series_end_at: row.opt_time("series_end_at")?,
        event: read_event(row)?,
    })
}

/// The column is empty for a master or a single event.
pub(crate) fn recurrence_id(text: &str) -> Result<Option<RecurrenceId>, StoreError> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|error| decode_error("recurrence_id", &format!("{error}")))
}

/// Reads the columns of `event_content!`.
pub(crate) fn read_event(row: &Row) -> Result<Event, StoreError> {
    let details: Details =
        serde_json::from_str(row.str("details")?).map_err(|error| decode_error("details", &error.to_string()))?;
    Ok(Event {
        uid: row.text("uid")?,
        title: row.text("title")?,
        description: row.text("description")?,
        location: row.text("location")?,
        when: read_when(row)?,
        zone_guessed: details.zone_guessed,
        recurrence: details.recurrence,
        status: read_status(row.str("status")?)?,
        visibility: read_visibility(row.str("visibility")?)?,
        transparency: read_transparency(row.str("transparency")?)?,
        event_type: read_event_type(row.str("event_type")?)?,
        organizer: details.organizer,
        attendees: details.attendees,
        attendees_omitted: details.attendees_omitted,
        reminders: details.reminders,
        conference: details.conference,
        categories: details.categories,
        links: details.links,
        rights: details.rights,
    })
}

/// Values for `uid` to `details` in the order of the insert statement (see `system/commit`).
pub(crate) fn event_values<'a>(event: &'a Event, span: &Span) -> Result<Vec<Value<'a>>, StoreError> {
    let (start_local, end_local, start_zone, end_zone) = write_when(&event.when);
    let details =
        serde_json::to_string(&DetailsRef::of(event)).map_err(|error| decode_error("details", &error.to_string()))?;
    Ok(values![
        &event.uid,
        &event.title,
        &event.description,
        &event.location,
        start_local,
        end_local,
        start_zone,
        end_zone,
        event.when.is_all_day(),
        span.start,
        span.end,
        span.series_end,
        event.recurrence.is_some(),
        status_word(event.status),
        visibility_word(event.visibility),
        transparency_word(event.transparency),
        event.event_type.as_str(),
        event.organizer.as_ref().map(|organizer| organizer.email.as_str()),
        details,
    ])
}

fn write_when(when: &When) -> (String, String, Option<&str>, Option<&str>) {
    match when {
        When::AllDay { start, end } => (start.to_string(), end.to_string(), None, None),
        When::Timed { start, end } => (
            start.local.to_string(),
            end.local.to_string(),
            start.zone.as_ref().map(Zone::name),
            end.zone.as_ref().map(Zone::name),
        ),
    }
}

pub(super) fn read_when(row: &Row) -> Result<When, StoreError> {
    let (start, end) = (row.str("start_local")?, row.str("end_local")?);
    if row.bool("all_day")? {
        return Ok(When::AllDay { start: read_date("start_local", start)?, end: read_date("end_local", end)? });
    }
    let start = Moment { local: read_local("start_local", start)?, zone: read_zone(row, "start_zone")? };
    let end = Moment { local: read_local("end_local", end)?, zone: read_zone(row, "end_zone")? };
    Ok(When::Timed { start, end })
}

fn read_date(column: &str, text: &str) -> Result<Date, StoreError> {
    text.parse().map_err(|error: jiff::Error| decode_error(column, &error.to_string()))
}

fn read_local(column: &str, text: &str) -> Result<DateTime, StoreError> {
    text.parse().map_err(|error: jiff::Error| decode_error(column, &error.to_string()))
}

/// The name as it was written: a zone that the tz database has dropped since is still the truth.
fn read_zone(row: &Row, column: &str) -> Result<Option<Zone>, StoreError> {
    use serde::de::IntoDeserializer as _;
    let Some(name) = row.opt_str(column)? else { return Ok(None) };
    let name: serde::de::value::StrDeserializer<'_, serde::de::value::Error> = name.into_deserializer();
    Zone::deserialize(name).map(Some).map_err(|error| decode_error(column, &error.to_string()))
}

/// Everything that has no column of its own.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Details {
    zone_guessed: bool,
    recurrence: Option<Recurrence>,
    organizer: Option<Person>,
    attendees: Vec<Attendee>,
    attendees_omitted: bool,
    reminders: Reminders,
    conference: Option<Conference>,
    categories: Vec<String>,
    links: Vec<Link>,
    rights: Rights,
}

/// The same, borrowed; what is empty is left out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DetailsRef<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    zone_guessed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recurrence: Option<&'a Recurrence>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organizer: Option<&'a Person>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    attendees: &'a [Attendee],
    #[serde(skip_serializing_if = "Option::is_none")]
    attendees_omitted: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reminders: Option<&'a Reminders>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conference: Option<&'a Conference>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    categories: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    links: &'a [Link],
    #[serde(skip_serializing_if = "Option::is_none")]
    rights: Option<Rights>,
}

impl<'a> DetailsRef<'a> {
    fn of(event: &'a Event) -> Self {
        Self {
            zone_guessed: event.zone_guessed.then_some(true),
            recurrence: event.recurrence.as_ref(),
            organizer: event.organizer.as_ref(),
            attendees: &event.attendees,
            attendees_omitted: event.attendees_omitted.then_some(true),
            reminders: Some(&event.reminders).filter(|reminders| **reminders != Reminders::default()),
            conference: event.conference.as_ref(),
            categories: &event.categories,
            links: &event.links,
            rights: Some(event.rights).filter(|rights| !rights.is_full()),
        }
    }
}

/// A word in SQL for each value of an enum, both ways.
macro_rules! words {
    ($column:literal, $type:ty, $write:ident, $read:ident, { $($value:path => $word:literal),* $(,)? }) => {
        fn $write(value: $type) -> &'static str {
            match value {
                $($value => $word,)*
            }
        }

        pub(super) fn $read(word: &str) -> Result<$type, StoreError> {
            match word {
                $($word => Ok($value),)*
                _ => Err(decode_error($column, &format!("unknown word {word:?}"))),
            }
        }
    };
}

words!("status", Status, status_word, read_status, {
    Status::Confirmed => "confirmed",
    Status::Tentative => "tentative",
    Status::Cancelled => "cancelled",
});
words!("visibility", Visibility, visibility_word, read_visibility, {
    Visibility::Default => "default",
    Visibility::Public => "public",
    Visibility::Private => "private",
    Visibility::Confidential => "confidential",
});
words!("transparency", Transparency, transparency_word, read_transparency, {
    Transparency::Opaque => "opaque",
    Transparency::Transparent => "transparent",
});

pub(super) fn read_kind(word: &str) -> Result<EventKind, StoreError> {
    [EventKind::Single, EventKind::Master, EventKind::Override]
        .into_iter()
        .find(|kind| kind.as_str() == word)
        .ok_or_else(|| decode_error("kind", &format!("unknown word {word:?}")))
}

fn read_event_type(word: &str) -> Result<EventType, StoreError> {
    EventType::ALL
        .into_iter()
        .find(|kind| kind.as_str() == word)
        .ok_or_else(|| decode_error("event_type", &format!("unknown word {word:?}")))
}
