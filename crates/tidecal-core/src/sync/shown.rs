//! Fields of events as people compare them: one JSON value per field.
//!
//! Deliberately not here: words and layout; those are the interface's.

use serde_json::{Map, Value, json};
use tidecal_ical::{Moment, When};

use super::Field;
use crate::model::Event;

/// One field in which two states of an event differ.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    /// Which.
    pub field: Field,
    /// Value before; null for none.
    pub before: Value,
    /// Value after; null for none.
    pub after: Value,
}

/// The fields in which two states differ, with both values.
#[must_use]
pub fn field_changes(before: &Event, after: &Event) -> Vec<FieldChange> {
    let differing = Field::ALL.into_iter().filter(|field| !field.equal(before, after));
    differing.map(|field| FieldChange { field, before: field.shown(before), after: field.shown(after) }).collect()
}

/// All fields of an event, by their words.
#[must_use]
pub fn shown_fields(event: &Event) -> Value {
    let fields = Field::ALL.into_iter().map(|field| (field.as_str().to_owned(), field.shown(event)));
    Value::Object(fields.collect::<Map<_, _>>())
}

impl Field {
    /// The value of this field: a text, a list, or an object for what belongs together.
    #[must_use]
    pub fn shown(self, event: &Event) -> Value {
        match self {
            Self::Title => json!(event.title),
            Self::Description => json!(event.description),
            Self::Location => json!(event.location),
            Self::Time => time(event),
            Self::Status => json!(event.status),
            Self::Visibility => json!(event.visibility),
            Self::Transparency => json!(event.transparency),
            Self::Attendees => {
                let guests = event.attendees.iter().map(|it| json!({"email": it.email, "response": it.response}));
                Value::Array(guests.collect())
            }
            Self::Reminders => json!(event.reminders),
            Self::Conference => json!(event.conference.as_ref().map(|it| it.url.clone())),
            Self::Categories => json!(event.categories),
            Self::Links => Value::Array(event.links.iter().map(|it| json!(it.url)).collect()),
        }
    }
}

fn time(event: &Event) -> Value {
    let text = |moment: &Moment| moment.local.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let (start, end) = match &event.when {
        When::AllDay { start, end } => (start.to_string(), end.to_string()),
        When::Timed { start, end } => (text(start), text(end)),
    };
    let zone = event.when.zone().map(|zone| zone.name().to_owned());
    let rules = event.recurrence.as_ref().map(|recurrence| {
        let dates = |dates: &[_]| dates.iter().map(ToString::to_string).collect::<Vec<String>>();
        json!({"rules": recurrence.rules, "dates": dates(&recurrence.dates), "excluded": dates(&recurrence.excluded)})
    });
    json!({"start": start, "end": end, "timeZone": zone, "recurrence": rules})
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidecal_ical::Zone;

    #[test]
    fn a_change_shows_the_local_time_and_zone_on_both_sides() {
        let at = |hour| Moment::zoned(jiff::civil::date(2026, 11, 21).at(hour, 0, 0, 0), Zone::utc());
        let before = Event { title: "Review".into(), ..Event::at(When::Timed { start: at(9), end: at(10) }) };
        let after = Event { when: When::Timed { start: at(11), end: at(12) }, ..before.clone() };
        let changes = field_changes(&before, &after);
        let fields: Vec<Field> = changes.iter().map(|change| change.field).collect();
        assert_eq!(fields, [Field::Time]);
        assert_eq!(changes[0].before["start"], "2026-11-21T09:00:00");
        assert_eq!(
            (&changes[0].after["end"], &changes[0].after["timeZone"]),
            (&json!("2026-11-21T12:00:00"), &json!("UTC"))
        );
        assert_eq!(shown_fields(&before)["title"], "Review");
    }
}
