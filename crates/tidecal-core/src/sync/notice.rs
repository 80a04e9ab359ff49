//! What a person is told when a sync needs a decision: words that say what happened, and what to
//! do next.

use super::ConflictWrite;

/// A notification in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// One line.
    pub title: String,
    /// What to do next.
    pub body: String,
}

/// What the owner is told when a conflict opens; `connection`: its name.
#[must_use]
pub fn conflict_notice(connection: &str, conflict: &ConflictWrite) -> Notice {
    let event = conflict.local.as_deref().or(conflict.remote.as_deref()).or(conflict.base.as_deref());
    let title = event.map(|event| event.title.as_str()).filter(|title| !title.is_empty()).unwrap_or("an event");
    let occurrence = if conflict.recurrence_id.is_some() { "One time of it" } else { "It" };
    let happened = match (&conflict.local, &conflict.remote) {
        (None, _) => format!("{occurrence} was deleted here and changed in {connection}"),
        (_, None) => format!("{occurrence} was changed here and deleted in {connection}"),
        _ => format!("{occurrence} was changed here and in {connection}: {}", conflict.fields.join(", ")),
    };
    Notice {
        title: format!("{title}: both sides changed it"),
        body: format!(
            "{happened}. Neither side is overwritten, and all other events go on. Choose a side, or field by field, \
             under Calendar Settings, Conflicts."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Event;
    use tidecal_ical::{Moment, When, Zone};

    fn event(title: &str) -> Option<Box<Event>> {
        let at = |hour| Moment::zoned(jiff::civil::date(2026, 11, 21).at(hour, 0, 0, 0), Zone::utc());
        Some(Box::new(Event { title: title.into(), ..Event::at(When::Timed { start: at(9), end: at(10) }) }))
    }

    #[test]
    fn a_conflict_is_told_with_what_happened_and_what_to_do() {
        let both = ConflictWrite {
            external_event_id: "x".into(),
            recurrence_id: None,
            event_id: None,
            fields: vec!["title".into(), "time".into()],
            base: None,
            local: event("Mine"),
            remote: event("Theirs"),
        };
        let told = |conflict: &ConflictWrite| conflict_notice("Work", conflict);
        assert_eq!(told(&both).title, "Mine: both sides changed it");
        assert!(told(&both).body.starts_with("It was changed here and in Work: title, time. Neither side"));
        assert!(told(&both).body.ends_with("under Calendar Settings, Conflicts."));
        let deleted_here = ConflictWrite { local: None, ..both.clone() };
        assert_eq!(told(&deleted_here).title, "Theirs: both sides changed it");
        assert!(told(&deleted_here).body.starts_with("It was deleted here and changed in Work."));
        let one = ConflictWrite { remote: None, recurrence_id: "20261208T080000Z".parse().ok(), ..both };
        assert!(told(&one).body.starts_with("One time of it was changed here and deleted in Work."));
    }
}
