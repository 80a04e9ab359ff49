//! What a person would see of an entry, as plain text: the one form in which the vendor's truth and
//! the local rows are compared.

use tidecal_core::model::{Event, Response, Status};
use tidecal_ical::When;

use super::truth::{Body, Clock, What, rule_text, slot_text};

/// Fields in which a person edits here; each is one line of [`Shown`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Field {
    Title,
    Place,
    Text,
    /// Start, end, zone and rule together.
    Time,
}

impl Field {
    pub(super) const ALL: [Self; 4] = [Self::Title, Self::Place, Self::Text, Self::Time];
}

/// An entry as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) title: String,
    pub(super) place: String,
    /// White space folded: servers rewrite it.
    pub(super) text: String,
    pub(super) time: String,
    pub(super) status: &'static str,
    pub(super) guests: String,
}

impl Shown {
    pub(super) fn get(&self, field: Field) -> &str {
        match field {
            Field::Title => &self.title,
            Field::Place => &self.place,
            Field::Text => &self.text,
            Field::Time => &self.time,
        }
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.status == "cancelled"
    }

    /// Where the two differ, but for the fields that were edited here.
    pub(super) fn differs(&self, other: &Self, edited: &[Field]) -> Option<String> {
        if self.is_cancelled() && other.is_cancelled() {
            return None;
        }
        for field in Field::ALL {
            if !edited.contains(&field) && self.get(field) != other.get(field) {
                return Some(format!("{field:?}: {:?} instead of {:?}", self.get(field), other.get(field)));
            }
        }
        if self.status != other.status {
            return Some(format!("status: {} instead of {}", self.status, other.status));
        }
        (self.guests != other.guests).then(|| format!("guests: {} instead of {}", self.guests, other.guests))
    }
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the vendor's entry shows; `excluded`: keys of occurrences that the master itself leaves out.
pub(super) fn of_truth(what: &What, excluded: &[String]) -> Shown {
    let body = match what {
        What::Takes(body) => body,
        What::Cancelled => {
            let none = String::new;
            return Shown {
                title: none(),
                place: none(),
                text: none(),
                time: none(),
                status: "cancelled",
                guests: none(),
            };
        }
    };
    let guests = body.guests.iter().map(|(address, comes)| format!("{address}{}", if *comes { "+" } else { "" }));
    Shown {
        title: body.title.clone(),
        place: body.place.clone(),
        text: folded(&body.text),
        time: time_text(body, excluded),
        status: if body.tentative { "tentative" } else { "confirmed" },
        guests: guests.collect::<Vec<_>>().join(" "),
    }
}

fn time_text(body: &Body, excluded: &[String]) -> String {
    let (start, end) = (body.start, body.end());
    let clock = match body.clock {
        Clock::Days => "days",
        Clock::Floating => "floating",
        Clock::Zone(name) => name,
    };
    format!("{start}..{end} {clock} {}{}", rule_text(body), left_out(excluded))
}

fn left_out(excluded: &[String]) -> String {
    excluded.iter().map(|key| format!(" -{key}")).collect()
}

/// What a local row shows.
pub(super) fn of_row(event: &Event) -> Shown {
    let zone = match &event.when {
        When::AllDay { .. } => "days".to_owned(),
        When::Timed { start, .. } => start.zone.as_ref().map_or("floating".to_owned(), |zone| zone.name().to_owned()),
    };
    let (rules, excluded) = event.recurrence.as_ref().map_or((String::new(), Vec::new()), |recurrence| {
        (recurrence.rules.join("|"), recurrence.excluded.iter().map(ToString::to_string).collect())
    });
    let guests = event
        .attendees
        .iter()
        .map(|guest| format!("{}{}", guest.email, if guest.response == Response::Accepted { "+" } else { "" }));
    Shown {
        title: event.title.clone(),
        place: event.location.clone(),
        text: folded(&event.description),
        time: format!("{}..{} {zone} {rules}{}", event.when.start_local(), event.when.end_local(), left_out(&excluded)),
        status: match event.status {
            Status::Confirmed => "confirmed",
            Status::Tentative => "tentative",
            Status::Cancelled => "cancelled",
        },
        guests: guests.collect::<Vec<_>>().join(" "),
    }
}

/// The key of an occurrence as a mapping row spells it; empty for masters and single events.
pub(super) fn key_text(slot: Option<jiff::civil::DateTime>, clock: Clock) -> String {
    slot.map_or_else(String::new, |slot| slot_text(slot, clock))
}
