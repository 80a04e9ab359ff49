//! What a component says, as numbers: a field is equal where its number is. From here to the
//! core's events it goes one way only; back, a row is asked whether it shows a face.

use std::sync::LazyLock;

use jiff::civil::DateTime;
use tidecal_core::model::{Attendee, Event, Response, Status};
use tidecal_ical::{Moment, Recurrence, When, Zone};

/// A field that a person edits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Title,
    Place,
    Text,
    Time,
    Status,
}

impl Field {
    pub(super) const ALL: [Self; 5] = [Self::Title, Self::Place, Self::Text, Self::Time, Self::Status];
}

/// A component's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Face {
    pub(super) title: u8,
    pub(super) place: u8,
    pub(super) text: u8,
    pub(super) time: u8,
    pub(super) tentative: bool,
    /// One bit for each of eight guests.
    pub(super) guests: u8,
    /// White space of the text: says nothing.
    pub(super) spaces: bool,
}

static UTC: LazyLock<Zone> = LazyLock::new(Zone::utc);

impl Face {
    pub(super) fn get(&self, field: Field) -> u8 {
        match field {
            Field::Title => self.title,
            Field::Place => self.place,
            Field::Text => self.text,
            Field::Time => self.time,
            Field::Status => u8::from(self.tentative),
        }
    }

    pub(super) fn set(&mut self, field: Field, value: u8) {
        match field {
            Field::Title => self.title = value,
            Field::Place => self.place = value,
            Field::Text => self.text = value,
            Field::Time => self.time = value,
            Field::Status => self.tentative = value % 2 == 1,
        }
    }

    /// Whether both say the same.
    pub(super) fn same(&self, other: &Self) -> bool {
        self.guests == other.guests && Field::ALL.into_iter().all(|field| self.get(field) == other.get(field))
    }

    /// As an adapter would deliver it; `master`: it repeats.
    pub(super) fn event(&self, master: bool, cancelled: bool) -> Event {
        let at = |minute: i8| Moment { local: self.start(minute), zone: Some(UTC.clone()) };
        let when = When::Timed { start: at(0), end: at(30) };
        let rules = || vec![if self.time.is_multiple_of(2) { "FREQ=WEEKLY" } else { "FREQ=DAILY" }.to_owned()];
        let guest = |number: u8| Attendee {
            email: format!("guest{number}@example.com"),
            response: Response::NeedsAction,
            ..Attendee::default()
        };
        let status = match (cancelled, self.tentative) {
            (true, _) => Status::Cancelled,
            (false, true) => Status::Tentative,
            (false, false) => Status::Confirmed,
        };
        Event {
            title: format!("title {}", self.title),
            location: format!("place {}", self.place),
            description: format!("text{}{}", if self.spaces { "\n  " } else { " " }, self.text),
            recurrence: master.then(|| Recurrence { rules: rules(), ..Recurrence::default() }),
            attendees: (0..8).filter(|number| self.has(*number)).map(guest).collect(),
            status,
            ..Event::at(when)
        }
    }

    fn has(&self, guest: u8) -> bool {
        self.guests & (1 << guest) != 0
    }

    fn start(&self, minute: i8) -> DateTime {
        let (day, hour) = (1 + self.time % 28, 8 + self.time / 28);
        jiff::civil::date(2026, 12, i8::try_from(day).unwrap_or(1)).at(i8::try_from(hour).unwrap_or(8), minute, 0, 0)
    }

    /// Whether a row shows that field of the face.
    pub(super) fn is_shown(&self, field: Field, row: &Event) -> bool {
        let number = |text: &str| text.rsplit([' ', '\n']).next().and_then(|word| word.parse::<u8>().ok());
        match field {
            Field::Title => number(&row.title) == Some(self.title),
            Field::Place => number(&row.location) == Some(self.place),
            Field::Text => number(&row.description) == Some(self.text),
            Field::Time => row.when.start_local() == self.start(0),
            Field::Status => (row.status == Status::Tentative) == self.tentative && row.status != Status::Cancelled,
        }
    }

    /// Whether a row shows all of it, guests included.
    pub(super) fn is_all_shown(&self, row: &Event) -> bool {
        Field::ALL.into_iter().all(|field| self.is_shown(field, row)) && guests_of(row) == self.guests
    }
}

/// The guests of a row, as bits.
pub(super) fn guests_of(row: &Event) -> u8 {
    let number = |guest: &Attendee| guest.email.strip_prefix("guest")?.get(..1)?.parse::<u8>().ok();
    row.attendees.iter().filter_map(number).fold(0, |bits, number| bits | 1 << (number % 8))
}
