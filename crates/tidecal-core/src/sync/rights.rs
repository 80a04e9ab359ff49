//! What may be changed of an event where it comes from: the one judgement, for the moment of the edit
//! and for the way out.

use super::merge::Field;
use crate::model::{Event, Rights};

/// What the vendor would refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BeyondRights {
    /// The fields that may not be changed.
    pub fields: Vec<Field>,
    /// For the person, naming the fields; a remedy may follow after a semicolon.
    pub reason: String,
}

/// What is a guest's own in somebody else's meeting.
const OWN: [Field; 4] = [Field::Reminders, Field::Transparency, Field::Visibility, Field::Categories];

/// Judges a change of `fields`; `before`: the event as it comes from there.
#[must_use]
pub fn beyond_rights(before: &Event, fields: &[Field]) -> Option<BeyondRights> {
    let names = |fields: &[Field]| fields.iter().map(|field| field.as_str()).collect::<Vec<_>>().join(", ");
    let foreign: Vec<Field> = fields.iter().copied().filter(|field| !OWN.contains(field)).collect();
    match before.rights {
        Rights::Read if !fields.is_empty() => {
            let reason = format!("{} cannot be changed where this event comes from", names(fields));
            Some(BeyondRights { fields: fields.to_vec(), reason })
        }
        Rights::Own if !foreign.is_empty() => {
            let reason = format!("only the organiser can change {}", names(&foreign));
            Some(BeyondRights { fields: foreign, reason })
        }
        _ if before.attendees_omitted && fields.contains(&Field::Attendees) => {
            let reason =
                "the vendor did not send all guests, so the list cannot be written; change it there".to_owned();
            Some(BeyondRights { fields: vec![Field::Attendees], reason })
        }
        Rights::Read | Rights::Own | Rights::Full => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidecal_ical::{Moment, When, Zone};

    #[test]
    fn each_right_lets_through_what_is_ones_own_and_names_the_rest() {
        let at = |hour| Moment::zoned(jiff::civil::date(2026, 11, 21).at(hour, 0, 0, 0), Zone::utc());
        let event = Event::at(When::Timed { start: at(9), end: at(10) });
        let fields = [Field::Title, Field::Reminders];
        for (rights, omitted, fields, refused) in [
            (Rights::Full, false, &fields[..], vec![]),
            (Rights::Own, false, &fields[..], vec![Field::Title]),
            (Rights::Own, false, &fields[1..], vec![]),
            (Rights::Read, false, &fields[1..], vec![Field::Reminders]),
            (Rights::Read, false, &[], vec![]),
            (Rights::Full, true, &[Field::Attendees], vec![Field::Attendees]),
            (Rights::Full, true, &fields[..], vec![]),
        ] {
            let before = Event { rights, attendees_omitted: omitted, ..event.clone() };
            let found = beyond_rights(&before, fields).map(|it| it.fields).unwrap_or_default();
            assert_eq!(found, refused, "{rights:?} {omitted} {fields:?}");
        }
    }
}
