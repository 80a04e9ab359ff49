//! The fields of an event as requests write them: absent keeps, null clears, a value sets.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tidecal_core::model::{Conference, EventType, Reminder, ReminderMethod, Reminders, Status};
use tidecal_engine::{EventChange, GuestChange, RecurrenceChange, TimeText};
use tidecal_ical::{RecurrenceId, Zone, resolve_zone};
use url::Url;
use utoipa::ToSchema;

use crate::api::connections::patch::{clearable, settable};
use crate::problem::Problem;

const LONGEST_TITLE: usize = 1000;
const LONGEST_DESCRIPTION: usize = 8000;
const LONGEST_NAME: usize = 200;
const LONGEST_ADDRESS: usize = 254;
const LONGEST_LINK: usize = 2000;
const MOST_GUESTS: usize = 200;
const MOST_CATEGORIES: usize = 50;
const MOST_REMINDERS: usize = 5;

/// Four weeks, as the calendars allow.
const MINUTES_BEFORE: std::ops::RangeInclusive<i64> = 0..=40_320;

/// Fields of an event. In a change an absent field stays as it is and null clears it.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = EventFields)]
pub(crate) struct EventFields {
    /// At most 1000 characters.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>)]
    title: Option<Option<String>>,
    /// At most 8000 characters.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>)]
    description: Option<Option<String>>,
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>)]
    location: Option<Option<String>>,
    /// Whole days: `start` and `end` are dates.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = bool, required = false)]
    all_day: Option<bool>,
    /// A date, a wall-clock time in `timeZone`, or a time with offset.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = String, required = false, example = "2026-11-21T10:00:00")]
    start: Option<String>,
    /// Exclusive. Absent: the length stays; of a new event one hour, or one day.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = String, required = false, example = "2026-11-21T11:00:00")]
    end: Option<String>,
    /// IANA name; null: the same wall-clock time wherever the reader is. Of a new event the calendar's.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>, example = "Europe/Vienna")]
    time_zone: Option<Option<String>>,
    /// Null: it happens once.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<RecurrenceIn>)]
    recurrence: Option<Option<RecurrenceIn>>,
    /// `confirmed` or `tentative`.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = String, required = false)]
    status: Option<String>,
    /// `default`, `public`, `private` or `confidential`.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>)]
    visibility: Option<Option<String>>,
    /// `opaque`: busy; `transparent`: free.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = String, required = false)]
    transparency: Option<String>,
    /// `meeting`, `call`, …; null: derived from what the event says.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>)]
    event_type: Option<Option<String>>,
    /// All guests. Nobody is mailed unless `notify` is true.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<Vec<AttendeeIn>>)]
    attendees: Option<Option<Vec<AttendeeIn>>>,
    /// Null: as the calendar's settings say.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<Vec<ReminderIn>>)]
    reminders: Option<Option<Vec<ReminderIn>>>,
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<ConferenceIn>)]
    conference: Option<Option<ConferenceIn>>,
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<Vec<String>>)]
    categories: Option<Option<Vec<String>>>,
    /// The guests may be mailed about this very change; nobody is otherwise.
    #[serde(default)]
    pub(super) notify: bool,
    /// Only for a new event: into which calendar.
    pub(super) calendar_id: Option<String>,
}

/// How a series repeats; of a change an absent part stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = RecurrenceChange)]
pub(crate) struct RecurrenceIn {
    /// RRULE values (RFC 5545 3.3.10).
    #[schema(example = json!(["FREQ=WEEKLY;BYDAY=MO"]))]
    rules: Option<Vec<String>>,
    /// Additional occurrences, by their start: `20261121T090000Z`, `20261121` of whole days,
    /// `20261121T090000` where the time floats.
    dates: Option<Vec<String>>,
    /// Occurrences that do not take place, by their original start.
    excluded: Option<Vec<String>>,
}

/// A guest.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = AttendeeChange)]
pub(crate) struct AttendeeIn {
    email: String,
    name: Option<String>,
    /// `required`, `optional`, `chair` or `informed`.
    role: Option<String>,
}

/// An alarm.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ReminderChange)]
pub(crate) struct ReminderIn {
    /// 0 to 40320.
    minutes_before: i64,
    /// `popup` or `email`; `popup` if absent.
    method: Option<String>,
}

/// How to join.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ConferenceChange)]
pub(crate) struct ConferenceIn {
    /// http or https.
    url: String,
    name: Option<String>,
}

impl EventFields {
    /// The change, every field of it sound by itself.
    pub(super) fn checked(self) -> Result<EventChange, Problem> {
        Ok(EventChange {
            title: line("title", self.title, LONGEST_TITLE)?,
            description: text("description", self.description, LONGEST_DESCRIPTION)?,
            location: line("location", self.location, LONGEST_TITLE)?,
            all_day: self.all_day,
            start: self.start.as_deref().map(|start| time("start", start)).transpose()?,
            end: self.end.as_deref().map(|end| time("end", end)).transpose()?,
            zone: self.time_zone.map(|zone| zone.as_deref().map(time_zone).transpose()).transpose()?,
            recurrence: self.recurrence.map(|it| it.map(RecurrenceIn::checked).transpose()).transpose()?,
            status: self.status.as_deref().map(status).transpose()?,
            visibility: self.visibility.map(|word| cleared_word("visibility", word.as_deref())).transpose()?,
            transparency: self.transparency.as_deref().map(|word| known("transparency", word)).transpose()?,
            event_type: self.event_type.map(|word| event_type(word.as_deref())).transpose()?,
            attendees: self.attendees.map(|guests| attendees(guests.unwrap_or_default())).transpose()?,
            reminders: self.reminders.map(reminders).transpose()?,
            conference: self.conference.map(|it| it.map(ConferenceIn::checked).transpose()).transpose()?,
            categories: self.categories.map(|them| categories(them.unwrap_or_default())).transpose()?,
        })
    }
}

/// Text that may have line breaks.
fn text(field: &str, value: Option<Option<String>>, longest: usize) -> Result<Option<String>, Problem> {
    let Some(value) = value.map(Option::unwrap_or_default) else { return Ok(None) };
    if value.chars().count() > longest {
        return Err(Problem::field(field, format!("is too long; at most {longest} characters")));
    }
    if value.contains(|c: char| c.is_control() && !"\n\r\t".contains(c)) {
        return Err(Problem::field(field, "must not contain control characters"));
    }
    Ok(Some(value))
}

fn line(field: &str, value: Option<Option<String>>, longest: usize) -> Result<Option<String>, Problem> {
    let value = text(field, value, longest)?;
    if value.as_deref().is_some_and(|value| value.contains(['\n', '\r'])) {
        return Err(Problem::field(field, "must not contain line breaks"));
    }
    Ok(value)
}

/// A date, a wall-clock time, or an instant.
fn time(field: &str, text: &str) -> Result<TimeText, Problem> {
    let text = text.trim();
    let wrong = || {
        let message = "is no time; write 2026-11-21T10:00:00, with an offset such as +01:00 or Z, or the date alone \
            for whole days";
        Problem::field(field, message)
    };
    if text.len() == 10 {
        return text.parse::<Date>().map(TimeText::Date).map_err(|_| wrong());
    }
    if !text.is_ascii()
        || text.len() < 16
        || !matches!(text.as_bytes().get(10), Some(b'T' | b't'))
        || text.contains('[')
    {
        return Err(wrong());
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(TimeText::Instant(at));
    }
    // A second try reads no offset: one that is there and cannot be read is no time.
    if text[11..].contains(['Z', 'z', '+', '-']) {
        return Err(wrong());
    }
    text.parse::<DateTime>().map(TimeText::Local).map_err(|_| wrong())
}

fn time_zone(name: &str) -> Result<Zone, Problem> {
    let known = resolve_zone(name).filter(|found| !found.guessed).map(|found| found.zone);
    known.ok_or_else(|| Problem::field("timeZone", "is unknown; write an IANA name such as Europe/Vienna"))
}

impl RecurrenceIn {
    fn checked(self) -> Result<RecurrenceChange, Problem> {
        let keys = |field: &str, texts: Option<Vec<String>>| {
            let key = |(at, text): (usize, &String)| {
                text.trim().parse::<RecurrenceId>().map_err(|_| {
                    Problem::field(format!("{field}[{at}]"), "is no start; write 20261121T090000Z or 20261121")
                })
            };
            texts.map(|texts| texts.iter().enumerate().map(key).collect::<Result<Vec<_>, _>>()).transpose()
        };
        Ok(RecurrenceChange {
            rules: self.rules,
            dates: keys("recurrence.dates", self.dates)?,
            excluded: keys("recurrence.excluded", self.excluded)?,
        })
    }
}

/// One of the words of an enum.
fn known<T: DeserializeOwned>(field: &str, word: &str) -> Result<T, Problem> {
    serde_json::from_value(Value::String(word.to_owned())).map_err(|error| {
        let error = error.to_string();
        let words = error.split_once("expected ").map_or("", |(_, words)| words).trim_start_matches("one of ");
        Problem::field(field, format!("is unknown; write one of {}", words.replace('`', "")))
    })
}

fn cleared_word<T: DeserializeOwned + Default>(field: &str, word: Option<&str>) -> Result<T, Problem> {
    word.map_or_else(|| Ok(T::default()), |word| known(field, word))
}

fn status(word: &str) -> Result<Status, Problem> {
    match known("status", word)? {
        Status::Cancelled => Err(Problem::field("status", "must be confirmed or tentative; to cancel it, delete it")),
        status => Ok(status),
    }
}

fn event_type(word: Option<&str>) -> Result<EventType, Problem> {
    cleared_word("eventType", word)
}

fn attendees(guests: Vec<AttendeeIn>) -> Result<Vec<GuestChange>, Problem> {
    if guests.len() > MOST_GUESTS {
        return Err(Problem::field("attendees", format!("are too many; at most {MOST_GUESTS}")));
    }
    let checked = |(at, guest): (usize, AttendeeIn)| {
        let email = guest.email.trim().to_lowercase();
        if !is_address(&email) {
            return Err(Problem::field(format!("attendees[{at}].email"), "is no e-mail address"));
        }
        let name = line(&format!("attendees[{at}].name"), guest.name.map(Some), LONGEST_NAME)?;
        let role = guest.role.as_deref().map(|role| known(&format!("attendees[{at}].role"), role)).transpose()?;
        Ok(GuestChange { email, name, role })
    };
    let guests = guests.into_iter().enumerate().map(checked).collect::<Result<Vec<_>, _>>()?;
    for (at, guest) in guests.iter().enumerate() {
        if guests.iter().take(at).any(|other| other.email == guest.email) {
            return Err(Problem::field(format!("attendees[{at}].email"), "is in the list twice"));
        }
    }
    Ok(guests)
}

/// What every calendar takes as an address; whether somebody reads mail there is not ours to know.
pub(super) fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let strange = |c: char| c.is_whitespace() || c.is_control() || "<>()[],;:\\\"".contains(c);
    let dotted = !domain.starts_with(['.', '-']) && !domain.ends_with(['.', '-']) && !domain.contains("..");
    text.len() <= LONGEST_ADDRESS
        && !local.is_empty()
        && local.len() <= 64
        && !domain.is_empty()
        && !domain.contains('@')
        && dotted
        && !text.contains(strange)
}

fn reminders(own: Option<Vec<ReminderIn>>) -> Result<Reminders, Problem> {
    let Some(own) = own else { return Ok(Reminders::CalendarDefault) };
    if own.len() > MOST_REMINDERS {
        return Err(Problem::field("reminders", format!("are too many; at most {MOST_REMINDERS}")));
    }
    let checked = |(at, reminder): (usize, ReminderIn)| {
        if !MINUTES_BEFORE.contains(&reminder.minutes_before) {
            let message = format!("must be a whole number from {} to {}", MINUTES_BEFORE.start(), MINUTES_BEFORE.end());
            return Err(Problem::field(format!("reminders[{at}].minutesBefore"), message));
        }
        let method: ReminderMethod = cleared_word(&format!("reminders[{at}].method"), reminder.method.as_deref())?;
        Ok(Reminder { minutes_before: reminder.minutes_before, method })
    };
    own.into_iter().enumerate().map(checked).collect::<Result<_, _>>().map(Reminders::Own)
}

impl ConferenceIn {
    fn checked(self) -> Result<Conference, Problem> {
        let url = self.url.trim().to_owned();
        let web = url.parse::<Url>().is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !web || url.len() > LONGEST_LINK {
            return Err(Problem::field("conference.url", "must be an address that begins with https:// or http://"));
        }
        let name = line("conference.name", self.name.map(Some), LONGEST_NAME)?.unwrap_or_default();
        Ok(Conference { url, name, phone: String::new() })
    }
}

fn categories(them: Vec<String>) -> Result<Vec<String>, Problem> {
    if them.len() > MOST_CATEGORIES {
        return Err(Problem::field("categories", format!("are too many; at most {MOST_CATEGORIES}")));
    }
    for (at, category) in them.iter().enumerate() {
        crate::input::text("categories", category, LONGEST_NAME).map_err(|problem| {
            let message = problem.detail().trim_start_matches("categories: ").to_owned();
            Problem::field(format!("categories[{at}]"), message)
        })?;
    }
    Ok(them)
}

#[cfg(test)]
#[path = "fields_tests.rs"]
mod tests;
