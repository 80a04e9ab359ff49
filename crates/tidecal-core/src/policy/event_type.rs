//! Rules for the kind of an event (requirement R3.3), documented in `docs/event-types.md`.
//!
//! In this order: what the vendor says; a word of the title; a word of the description; guests or
//! a conference make a meeting; else other. Words match whole, whatever their case; where several
//! rows match, the earlier row counts.

use crate::model::{Event, EventType};

/// Words and phrases per kind: English, German, French, Spanish, Italian, Dutch, Portuguese.
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
            "férias",
            "ausente",
            "fora do escritório",
            "fuera de la oficina",
            "fuori ufficio",
            "krankenstand",
            "resturlaub",
            "ziek",
            "malattia",
        ],
    ),
    (
        EventType::Birthday,
        &["birthday", "geburtstag", "anniversaire", "cumpleaños", "compleanno", "verjaardag", "aniversário"],
    ),
    (
        EventType::Holiday,
        &[
            "holiday",
            "public holiday",
            "bank holiday",
            "feiertag",
            "jour férié",
            "festivo",
            "feestdag",
            "feriado",
            "giorno festivo",
            "día festivo",
        ],
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
            "voo",
            "viagem",
            "comboio",
            "tren",
            "treno",
            "trein",
            "bahnfahrt",
            "déplacement",
            "zakenreis",
        ],
    ),
    (
        EventType::Deadline,
        &[
            "deadline",
            "due",
            "due date",
            "abgabe",
            "frist",
            "échéance",
            "fecha límite",
            "scadenza",
            "prazo",
            "vencimiento",
            "vervaldatum",
            "fällig",
        ],
    ),
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
            "chamada",
            "telefonema",
            "ligação",
            "telefonkonferenz",
            "coup de fil",
            "llamar a",
            "bellen",
        ],
    ),
    (
        EventType::Focus,
        &[
            "focus",
            "focus time",
            "deep work",
            "no meetings",
            "fokuszeit",
            "concentration",
            "focustijd",
            "foco",
            "concentración",
            "concentrazione",
            "concentratie",
        ],
    ),
    (
        EventType::Task,
        &[
            "task",
            "todo",
            "to-do",
            "to do",
            "reminder",
            "aufgabe",
            "erinnerung",
            "tâche",
            "tarea",
            "compito",
            "taak",
            "tarefa",
            "lembrete",
            "recordatorio",
            "promemoria",
            "herinnering",
            "rappel",
        ],
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
            "reunião",
            "entrevista",
            "colloquio",
            "entretien",
            "vorstellungsgespräch",
            "jour fixe",
            "sitzung",
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
    let text = text.to_lowercase();
    let row_of = |at: usize| rows.iter().position(|(_, words)| words.iter().any(|word| is_word(&text[at..], word)));
    word_starts(&text).filter_map(row_of).min().map(|row| rows[row].0)
}

/// Where something begins that has no letter or digit before it.
fn word_starts(text: &str) -> impl Iterator<Item = usize> {
    let mut in_word = false;
    text.char_indices().filter_map(move |(at, letter)| {
        let was_in_word = std::mem::replace(&mut in_word, letter.is_alphanumeric());
        (!was_in_word).then_some(at)
    })
}

/// Whether `text` begins with `word` and no letter or digit follows.
fn is_word(text: &str, word: &str) -> bool {
    // The first byte settles most of them: the words are many.
    text.as_bytes().first() == word.as_bytes().first()
        && text.strip_prefix(word).is_some_and(|rest| !rest.chars().next().is_some_and(char::is_alphanumeric))
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

    /// English, German, French, Spanish, Italian, Dutch, Portuguese.
    #[test]
    fn the_obvious_words_are_known_in_seven_languages() {
        let rows = [
            (
                EventType::Meeting,
                [
                    "Team meeting",
                    "Besprechung Q4",
                    "Réunion d’équipe",
                    "Reunión semanal",
                    "Riunione",
                    "Vergadering",
                    "Reunião",
                ],
            ),
            (
                EventType::Call,
                ["Phone call", "Anruf Ben", "Appel client", "Llamada con Ana", "Chiamata", "Bellen met Jan", "Chamada"],
            ),
            (
                EventType::Task,
                ["To-do: tax", "Aufgabe", "Tâche", "Tarea", "Compito: bilancio", "Taak", "Tarefa de casa"],
            ),
            (
                EventType::Deadline,
                ["Deadline offer", "Abgabe", "Échéance", "Fecha límite", "Scadenza IVA", "Vervaldatum", "Prazo final"],
            ),
            (
                EventType::Focus,
                ["Focus time", "Fokuszeit", "Concentration", "Concentración", "Concentrazione", "Focustijd", "Foco"],
            ),
            (EventType::OutOfOffice, ["Vacation", "Urlaub", "Congés", "Vacaciones", "Ferie", "Vakantie", "Férias"]),
            (
                EventType::Travel,
                ["Flight OS 101", "Flug nach Wien", "Vol AF 12", "Vuelo a Lima", "Volo AZ 1", "Vlucht", "Voo TP 5"],
            ),
            (
                EventType::Birthday,
                [
                    "Ada’s birthday",
                    "Geburtstag Oma",
                    "Anniversaire",
                    "Cumpleaños",
                    "Compleanno",
                    "Verjaardag",
                    "Aniversário",
                ],
            ),
            (
                EventType::Holiday,
                ["Public holiday", "Feiertag", "Jour férié", "Día festivo", "Giorno festivo", "Feestdag", "Feriado"],
            ),
        ];
        for (kind, titles) in rows {
            for title in titles {
                assert_eq!(derive(None, &event(title, "")), kind, "{title}");
                assert_eq!(derive(None, &event(&title.to_uppercase(), "")), kind, "{title} in capitals");
            }
        }
    }

    #[test]
    fn words_inside_other_words_say_nothing() {
        for title in ["Recall", "Meetings", "Trainer", "Overdue", "Volume", "Reisekosten", "Bootcall2"] {
            assert_eq!(derive(None, &event(title, "")), EventType::Other, "{title}");
        }
    }

    #[test]
    fn every_word_of_the_table_makes_its_kind_or_a_kind_above_it() {
        for (at, (kind, words)) in WORDS.iter().enumerate() {
            for word in *words {
                let derived = derive(None, &event(word, ""));
                let above = WORDS[..=at].iter().any(|(other, _)| *other == derived);
                assert!(derived == *kind || above, "{word}: {derived:?}");
                assert_eq!(*word, word.to_lowercase(), "compared in lower case");
            }
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
