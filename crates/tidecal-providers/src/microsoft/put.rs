//! An event to the fields that are written, as Graph's JSON.
//!
//! Only fields that are named are written. What Outlook has no place for (links, somebody else's
//! conference, several reminders) is left out; what would be written wrongly is refused.

use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};
use tidecal_core::model::{
    Attendee, AttendeeKind, AttendeeRole, Event, EventType, Reminders, Status, Transparency, Visibility,
};
use tidecal_core::sync::Field;
use tidecal_ical::{Moment, When, Zone, windows_zone};

use super::body::content_type;
use super::pattern::{Unmappable, patterned};

/// Minutes of Outlook's own default, for "as the calendar says" where something else was set.
const USUAL_REMINDER: i64 = 15;

/// A body of a request.
pub(super) type Fields = Map<String, Value>;

/// The fields of a write. `before`: as the vendor has them; `None`: nothing is there yet.
///
/// # Errors
/// The series has no counterpart in Outlook.
pub(super) fn fields(before: Option<&Event>, after: &Event, named: &[Field]) -> Result<Fields, Unmappable> {
    let mut out = Fields::new();
    for field in named {
        match field {
            Field::Title => put(&mut out, "subject", json!(after.title)),
            Field::Description => {
                let body = json!({"contentType": content_type(&after.description), "content": after.description});
                put(&mut out, "body", body);
            }
            Field::Location => put(&mut out, "location", json!({"displayName": after.location})),
            Field::Time => time(&mut out, before, after)?,
            Field::Status | Field::Transparency => put(&mut out, "showAs", json!(show_as(after))),
            Field::Visibility => put(&mut out, "sensitivity", json!(sensitivity(after.visibility))),
            Field::Attendees => put(&mut out, "attendees", after.attendees.iter().filter_map(attendee).collect()),
            Field::Reminders => reminders(&mut out, before, after),
            Field::Categories => put(&mut out, "categories", json!(after.categories)),
            Field::Conference | Field::Links => {}
        }
    }
    Ok(out)
}

fn put(out: &mut Fields, name: &str, value: Value) {
    out.insert(name.to_owned(), value);
}

/// Whether people would be mailed of it: guests of one's own meeting.
pub(super) fn has_guests(event: &Event) -> bool {
    let organises = event.organizer.as_ref().is_none_or(|organizer| organizer.is_self);
    organises && event.attendees.iter().any(|guest| !guest.is_self && !guest.email.is_empty())
}

fn show_as(event: &Event) -> &'static str {
    match (event.transparency, event.status, event.event_type) {
        (Transparency::Transparent, ..) => "free",
        (_, Status::Tentative, _) => "tentative",
        (_, _, EventType::OutOfOffice) => "oof",
        _ => "busy",
    }
}

fn sensitivity(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Default | Visibility::Public => "normal",
        Visibility::Private => "private",
        Visibility::Confidential => "confidential",
    }
}

fn attendee(guest: &Attendee) -> Option<Value> {
    let kind = match (guest.kind, guest.role) {
        (AttendeeKind::Resource | AttendeeKind::Room, _) => "resource",
        (_, AttendeeRole::Optional | AttendeeRole::Informed) => "optional",
        _ => "required",
    };
    // One's own entry is the organiser's already.
    let other = !guest.email.is_empty() && !guest.is_self;
    let name = if guest.name.is_empty() { &guest.email } else { &guest.name };
    other.then(|| json!({"type": kind, "emailAddress": {"address": guest.email, "name": name}}))
}

/// Outlook has one reminder: of several the one that comes first is the last to be missed.
fn reminders(out: &mut Fields, before: Option<&Event>, after: &Event) {
    let minutes = match &after.reminders {
        Reminders::CalendarDefault if before.is_none() => return,
        Reminders::CalendarDefault => Some(USUAL_REMINDER),
        Reminders::Own(own) => own.iter().map(|reminder| reminder.minutes_before).filter(|it| *it >= 0).min(),
    };
    put(out, "isReminderOn", json!(minutes.is_some()));
    if let Some(minutes) = minutes {
        put(out, "reminderMinutesBeforeStart", json!(minutes));
    }
}

fn time(out: &mut Fields, before: Option<&Event>, after: &Event) -> Result<(), Unmappable> {
    let (start, end, zone) = match &after.when {
        When::AllDay { start, end } => {
            let midnight =
                |date: &jiff::civil::Date| json!({"dateTime": format!("{date}T00:00:00"), "timeZone": "UTC"});
            (midnight(start), midnight(end), "UTC")
        }
        When::Timed { start, end } => {
            let series = after.recurrence.is_some();
            let zone = windows(start, series)?;
            (moment(start, zone), moment(end, windows(end, series)?), zone.unwrap_or("UTC"))
        }
    };
    put(out, "start", start);
    put(out, "end", end);
    put(out, "isAllDay", json!(after.when.is_all_day()));
    let was = before.and_then(|before| before.recurrence.as_ref());
    match &after.recurrence {
        Some(recurrence) => {
            // A pattern that is written again costs the series its exceptions.
            let same_days = before.is_some_and(|before| {
                before.when.start_local().date() == after.when.start_local().date()
                    && before.when.is_all_day() == after.when.is_all_day()
                    && before.when.zone() == after.when.zone()
            });
            let same_rules = was.is_some_and(|was| was.rules == recurrence.rules);
            let pattern = patterned(&after.when, recurrence, &Zone::utc(), zone)?;
            if !(same_days && same_rules) {
                put(out, "recurrence", pattern);
            }
        }
        None if was.is_some() => put(out, "recurrence", Value::Null),
        None => {}
    }
    Ok(())
}

/// The Windows name of a zone; `None`: it has none, and an instant will do.
fn windows(at: &Moment, series: bool) -> Result<Option<&'static str>, Unmappable> {
    let Some(zone) = &at.zone else { return Ok(Some("UTC")) };
    match windows_zone(zone) {
        None if series => Err(Unmappable(format!("Windows has no zone with the rules of {}", zone.name()))),
        name => Ok(name),
    }
}

fn moment(at: &Moment, zone: Option<&str>) -> Value {
    match zone {
        Some(zone) => json!({"dateTime": at.local.strftime("%Y-%m-%dT%H:%M:%S").to_string(), "timeZone": zone}),
        None => {
            let utc = TimeZone::UTC.to_datetime(at.instant(&Zone::utc()));
            json!({"dateTime": utc.strftime("%Y-%m-%dT%H:%M:%S").to_string(), "timeZone": "UTC"})
        }
    }
}

#[cfg(test)]
#[path = "put_tests.rs"]
mod tests;
