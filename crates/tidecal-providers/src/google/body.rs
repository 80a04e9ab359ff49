//! Fields of an event as the vendor's JSON, for writing: only what is named is there, and what is
//! to be cleared is `null`.

use serde_json::{Map, Value, json};
use tidecal_core::model::{
    Attendee, AttendeeKind, AttendeeRole, Event, ReminderMethod, Reminders, Status, Transparency, Visibility,
};
use tidecal_core::sync::Field;
use tidecal_ical::{Moment, Recurrence, RecurrenceId, When};

/// Most alarms of an event, and the longest time before it, that the API takes.
const MOST_REMINDERS: usize = 5;
const LONGEST_REMINDER: i64 = 40_320;

/// The named fields of `event`. Guests, conference, categories and links are not written here: the
/// first need the vendor's own list, the others have no place that could be written.
pub(super) fn body(event: &Event, fields: &[Field], floating_in: &str, patch: bool) -> Map<String, Value> {
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| {
        body.insert(name.to_owned(), value);
    };
    for field in fields {
        match field {
            Field::Title => put("summary", json!(event.title)),
            Field::Description => put("description", json!(event.description)),
            Field::Location => put("location", json!(event.location)),
            Field::Time => {
                let recurring = event.recurrence.is_some();
                let (start, end) = points(&event.when, floating_in, recurring, patch);
                put("start", start);
                put("end", end);
                match &event.recurrence {
                    Some(recurrence) => put("recurrence", json!(lines(recurrence, &event.when))),
                    None if patch => put("recurrence", Value::Null),
                    None => {}
                }
            }
            Field::Status => put("status", json!(status(event.status))),
            Field::Visibility => put("visibility", json!(visibility(event.visibility))),
            Field::Transparency => put("transparency", json!(transparency(event.transparency))),
            Field::Reminders => put("reminders", reminders(&event.reminders)),
            Field::Attendees | Field::Conference | Field::Categories | Field::Links => {}
        }
    }
    body
}

/// An occurrence has no rule of its own: not even `null` may be said of it.
pub(super) fn without_rule(mut body: Map<String, Value>) -> Map<String, Value> {
    body.remove("recurrence");
    body
}

fn points(when: &When, floating_in: &str, recurring: bool, patch: bool) -> (Value, Value) {
    match when {
        When::AllDay { start, end } => {
            let day = |date: &jiff::civil::Date| match patch {
                true => json!({ "date": date.to_string(), "dateTime": null, "timeZone": null }),
                false => json!({ "date": date.to_string() }),
            };
            (day(start), day(end))
        }
        When::Timed { start, end } => {
            let end_zone = if recurring { start.zone.as_ref() } else { end.zone.as_ref() };
            let moment = |at: &Moment, zone: Option<&tidecal_ical::Zone>| {
                let own = at.zone.as_ref();
                let shown = match (own, zone) {
                    (Some(own), Some(zone)) if own != zone => zone.rules().to_datetime(at.instant(own)),
                    _ => at.local,
                };
                let name = zone.map_or(floating_in, |zone| zone.name());
                let mut point =
                    json!({ "dateTime": shown.strftime("%Y-%m-%dT%H:%M:%S").to_string(), "timeZone": name });
                if patch && let Some(point) = point.as_object_mut() {
                    point.insert("date".to_owned(), Value::Null);
                }
                point
            };
            (moment(start, start.zone.as_ref()), moment(end, end_zone))
        }
    }
}

/// RFC 5545 lines, without DTSTART and DTEND.
fn lines(recurrence: &Recurrence, when: &When) -> Vec<String> {
    let rules = recurrence.rules.iter().map(|rule| format!("RRULE:{rule}"));
    let exclusions = recurrence.exclusion_rules.iter().map(|rule| format!("EXRULE:{rule}"));
    let dated = |name: &'static str, dates: &[RecurrenceId]| {
        dates.iter().map(|date| line(name, *date, when)).collect::<Vec<_>>()
    };
    let dates = dated("RDATE", &recurrence.dates);
    rules.chain(exclusions).chain(dates).chain(dated("EXDATE", &recurrence.excluded)).collect()
}

fn line(name: &str, date: RecurrenceId, when: &When) -> String {
    match (date, when.zone()) {
        (RecurrenceId::Date(_), _) => format!("{name};VALUE=DATE:{date}"),
        (RecurrenceId::Utc(at), Some(zone)) if zone.name() != "UTC" => {
            let local = zone.rules().to_datetime(at).strftime("%Y%m%dT%H%M%S").to_string();
            format!("{name};TZID={}:{local}", zone.name())
        }
        _ => format!("{name}:{date}"),
    }
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Confirmed => "confirmed",
        Status::Tentative => "tentative",
        Status::Cancelled => "cancelled",
    }
}

fn visibility(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Default => "default",
        Visibility::Public => "public",
        Visibility::Private => "private",
        Visibility::Confidential => "confidential",
    }
}

fn transparency(transparency: Transparency) -> &'static str {
    match transparency {
        Transparency::Opaque => "opaque",
        Transparency::Transparent => "transparent",
    }
}

fn reminders(reminders: &Reminders) -> Value {
    let Reminders::Own(own) = reminders else { return json!({ "useDefault": true }) };
    let allowed = own.iter().filter(|it| (0..=LONGEST_REMINDER).contains(&it.minutes_before));
    let overrides: Vec<Value> = allowed
        .take(MOST_REMINDERS)
        .map(|it| {
            let method = if it.method == ReminderMethod::Email { "email" } else { "popup" };
            json!({ "method": method, "minutes": it.minutes_before })
        })
        .collect();
    json!({ "useDefault": false, "overrides": overrides })
}

/// The vendor's list of guests with the difference between `before` and `after` carried out, so
/// that what it says of each guest beyond our model stays.
pub(super) fn guests(theirs: &[Value], before: &[Attendee], after: &[Attendee]) -> Vec<Value> {
    let has = |list: &[Attendee], address: &str| list.iter().any(|it| it.email.eq_ignore_ascii_case(address));
    let address = |guest: &Value| guest.get("email").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut list: Vec<Value> =
        theirs.iter().filter(|guest| !has(before, &address(guest)) || has(after, &address(guest))).cloned().collect();
    for guest in after {
        let old = before.iter().find(|it| it.email == guest.email);
        let place = list.iter_mut().find(|it| address(it).eq_ignore_ascii_case(&guest.email));
        match place {
            None => list.push(described(guest)),
            Some(place) if old.is_none_or(|old| (&old.name, old.role) != (&guest.name, guest.role)) => {
                if let (Some(place), Value::Object(new)) = (place.as_object_mut(), described(guest)) {
                    place.extend(new);
                }
            }
            Some(_) => {}
        }
    }
    list
}

/// A guest as the API takes it; the answer is the guest's own to give.
pub(super) fn described(guest: &Attendee) -> Value {
    let mut value = json!({ "email": guest.email, "optional": guest.role == AttendeeRole::Optional });
    if let Some(value) = value.as_object_mut() {
        if !guest.name.is_empty() {
            value.insert("displayName".to_owned(), json!(guest.name));
        }
        if matches!(guest.kind, AttendeeKind::Resource | AttendeeKind::Room) {
            value.insert("resource".to_owned(), json!(true));
        }
    }
    value
}
