//! From the truth to what an adapter would deliver: the only place that knows both.

use jiff::civil::DateTime;
use tidecal_core::model::{Attendee, Event, Person, Response, Status};
use tidecal_core::remote::{Content, RemoteChange, RemoteComponent, RemoteSeries, SeriesScope};
use tidecal_ical::{Moment, Recurrence, RecurrenceId, When, Zone};

use super::truth::{Body, Broken, Clock, Piece, What, rule_text, slot_text};

/// Content of an entry, as an adapter reads it.
pub(super) fn event(body: &Body, uid: &str, excluded: &[RecurrenceId]) -> Event {
    let when = when(body);
    let recurrence = body.rule.map(|_| Recurrence {
        rules: vec![rule_text(body)],
        excluded: excluded.to_vec(),
        ..Recurrence::default()
    });
    let attendees: Vec<Attendee> = body
        .guests
        .iter()
        .map(|(address, comes)| Attendee {
            email: address.clone(),
            response: if *comes { Response::Accepted } else { Response::NeedsAction },
            ..Attendee::default()
        })
        .collect();
    let event = Event {
        uid: uid.to_owned(),
        title: body.title.clone(),
        description: body.text.clone(),
        location: body.place.clone(),
        recurrence,
        status: if body.tentative { Status::Tentative } else { Status::Confirmed },
        organizer: (!attendees.is_empty()).then(|| Person { email: "ada@example.com".to_owned(), ..Person::default() }),
        attendees,
        ..Event::at(when)
    };
    event.canonical()
}

fn when(body: &Body) -> When {
    let zone = match body.clock {
        Clock::Days => return When::AllDay { start: body.start.date(), end: body.end().date() },
        Clock::Floating => None,
        Clock::Zone(name) => Zone::iana(name),
    };
    let moment = |local: DateTime| Moment { local, zone: zone.clone() };
    When::Timed { start: moment(body.start), end: moment(body.end()) }
}

/// Key of an occurrence.
pub(super) fn recurrence_id(slot: DateTime, clock: Clock) -> Option<RecurrenceId> {
    slot_text(slot, clock).parse().ok()
}

/// What an entry says; `cancelled_as_event`: a cancelled one comes whole, with its status.
pub(super) fn content(piece: &Piece, uid: &str, excluded: &[RecurrenceId]) -> Content {
    if piece.broken != Broken::No {
        return Content::Unreadable(format!("{}: not readable", piece.id));
    }
    said(&piece.what, uid, excluded)
}

pub(super) fn said(what: &What, uid: &str, excluded: &[RecurrenceId]) -> Content {
    match what {
        What::Takes(body) => Content::Event(Box::new(event(body, uid, excluded))),
        What::Cancelled => Content::Cancelled,
    }
}

pub(super) fn component(id: &str, slot: Option<RecurrenceId>, version: String, content: Content) -> RemoteComponent {
    RemoteComponent { id: id.to_owned(), recurrence_id: slot, version, content, ..RemoteComponent::default() }
}

pub(super) fn series(id: &str, scope: SeriesScope, components: Vec<RemoteComponent>) -> RemoteChange {
    RemoteChange::Series(RemoteSeries { id: id.to_owned(), scope, components })
}

pub(super) fn gone(id: &str, proven: bool) -> RemoteChange {
    RemoteChange::Gone { id: id.to_owned(), proven }
}

pub(super) fn unreadable(id: &str, version: String) -> RemoteChange {
    RemoteChange::Unreadable {
        id: id.to_owned(),
        version,
        reason: format!("{id}: not readable"),
        raw: id.as_bytes().to_vec(),
    }
}

pub(super) fn tag(number: u64) -> String {
    format!("\"{number}\"")
}
