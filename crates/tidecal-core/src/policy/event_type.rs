//! Rules for the kind of an event (requirement R3.3), documented in `docs/event-types.md`.
//!
//! In this order: what the vendor says; a word of the title; a word of the description; guests or
//! a conference make a meeting; else other. Words match whole, whatever their case; where several
//! rows match, the earlier row counts.

use crate::model::{Event, EventType};

/// Words and phrases per kind: English, German, French, Spanish, Italian, Dutch.
pub const WORDS: [(EventType, &[&str]); 9] = [
    (
        EventType::OutOfOffice,
        &[
            "out of office",
            "ooo",
            "vacation",
            "annual leave",
            "sick leave",
            "pto",
            "day off",
            "urlaub",
            "abwesend",
            "krank",
            "congés",
            "absence",
            "vacaciones",
            "ferie",
            "vakantie",
            "afwezig",
        ],
    ),
    (EventType::Birthday, &["birthday", "geburtstag", "anniversaire", "cumpleaños", "compleanno", "verjaardag"]),
    (
        EventType::Holiday,
        &["holiday", "public holiday", "bank holiday", "feiertag", "jour férié", "festivo", "feestdag"],
    ),
    (
        EventType::Travel,
        &[
            "flight",
            "train",
            "travel",
            "trip",
            "commute",
            "flug",
            "zug",
            "reise",
            "dienstreise",
            "vol",
            "voyage",
            "vuelo",
            "viaje",
            "volo",
            "viaggio",
            "vlucht",
            "reis",
        ],
    ),
    (EventType::Deadline, &["deadline", "due", "due date", "abgabe", "frist", "échéance", "fecha límite", "scadenza"]),
    (
        EventType::Call,
        &[
            "call",
            "phone",
            "phone call",
            "dial-in",
            "telco",
            "telefonat",
            "anruf",
            "appel",
            "llamada",
            "chiamata",
            "telefoongesprek",
        ],
    ),
    (EventType::Focus, &["focus", "focus time", "deep work", "no meetings", "fokuszeit", "concentration", "focustijd"]),
    (
        EventType::Task,
        &["task", "todo", "to-do", "to do", "reminder", "aufgabe", "erinnerung", "tâche", "tarea", "compito", "taak"],
    ),
    (
        EventType::Meeting,
        &[
            "meeting",
            "standup",
            "stand-up",
            "sync",
            "1:1",
            "one-on-one",
            "workshop",
            "review",
            "retro",
            "interview",
            "besprechung",
            "termin",
            "réunion",
            "reunión",
            "riunione",
            "vergadering",
            "overleg",
        ],
    ),
];

/// Words of a description that say something about the kind; titles are clearer, so these are few.
const DESCRIPTION_WORDS: [(EventType, &[&str]); 2] = [
    (EventType::OutOfOffice, &["out of office", "abwesenheitsnotiz"]),
    (EventType::Call, &["dial in", "dial-in number", "einwahlnummer", "conference bridge"]),
];

/// The kind of an event. `hint`: what the vendor says, if it distinguishes kinds.
#[must_use]
pub fn derive(hint: Option<EventType>, event: &Event) -> EventType {
    hint.or_else(|| first_match(&WORDS, &event.title))
        .or_else(|| first_match(&DESCRIPTION_WORDS, &event.description))
        .unwrap_or_else(|| {
            let with_others = event.attendees.iter().any(|attendee| !attendee.is_self);
            if with_others || event.conference.is_some() { EventType::Meeting } else { EventType::Other }
        })
}

fn first_match(rows: &[(EventType, &[&str])], text: &str) -> Option<EventType> {
    if text.is_empty() {
        return None;
    }
    let text = text.to_lowercase();
    rows.iter().find(|(_, words)| words.iter().any(|word| contains_word(&text, word))).map(|(kind, _)| *kind)
}

/// Whether `word` stands in `text` with no letter or digit beside it.
fn contains_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let after = text[at + found.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Attendee;
    use tidecal_ical::When;

    fn event(title: &str, description: &str) -> Event {
        let when = When::AllDay { start: jiff::civil::date(2026, 11, 21), end: jiff::civil::date(2026, 11, 22) };
        Event { title: title.into(), description: description.into(), ..Event::at(when) }
    }

    #[test]
    fn titles_and_descriptions_tell_the_kind() {
        for (title, description, kind) in [
            ("Weekly stand-up", "", EventType::Meeting),
            ("Call Ben", "", EventType::Call),
            ("Recall notice", "", EventType::Other),
            ("Flug nach Wien", "", EventType::Travel),
            ("Geburtstag Oma", "", EventType::Birthday),
            ("Urlaub", "", EventType::OutOfOffice),
            ("Anniversaire de Léa", "", EventType::Birthday),
            ("Report due", "", EventType::Deadline),
            ("Deep work", "", EventType::Focus),
            ("To-do: invoices", "", EventType::Task),
            ("Bank Holiday", "", EventType::Holiday),
            ("Lunch", "Dial-in number +43 1 000", EventType::Call),
            ("Lunch", "", EventType::Other),
            ("", "", EventType::Other),
        ] {
            assert_eq!(derive(None, &event(title, description)), kind, "{title:?} {description:?}");
        }
    }

    #[test]
    fn the_vendor_knows_better_and_guests_make_a_meeting() {
        assert_eq!(derive(Some(EventType::Focus), &event("Call Ben", "")), EventType::Focus);
        let mut lunch = event("Lunch", "");
        lunch.attendees.push(Attendee { email: "ben@example.com".into(), ..Attendee::default() });
        assert_eq!(derive(None, &lunch), EventType::Meeting);
    }
}
