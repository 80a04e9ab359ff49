//! From the truth to what an adapter would deliver: the only place that knows both.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use tidecal_core::model::{Attendee, Event, Person, Response, Status};
use tidecal_core::remote::{Content, Mark, RemoteChange, RemoteComponent, RemoteSeries, SeriesScope};
use tidecal_ical::{Moment, Recurrence, RecurrenceId, When, Zone};

use super::truth::{Body, Broken, Clock, Item, Piece, Rule, What, rule_text, slot_text, zone};

/// Content of an entry, as an adapter reads it.
pub(super) fn event(body: &Body, uid: &str, excluded: &[RecurrenceId]) -> Event {
    let when = when(body);
    let recurrence = body.rule.map(|_| Recurrence {
        rules: vec![rule_text(body)],
        excluded: excluded.iter().copied().chain(left_out(body)).collect(),
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

fn left_out(body: &Body) -> impl Iterator<Item = RecurrenceId> {
    body.left_out.iter().filter_map(|slot| recurrence_id(*slot, body.clock))
}

/// What an event says, in the words of the truth. What those have no words for is left out.
pub(super) fn body(event: &Event) -> Body {
    let (start, end) = (event.when.start_local(), event.when.end_local());
    let clock = match &event.when {
        When::AllDay { .. } => Clock::Days,
        When::Timed { start, .. } => start.zone.as_ref().map_or(Clock::Floating, |zone| Clock::Zone(name_of(zone))),
    };
    let minutes = start.duration_until(end).as_mins();
    let recurrence = event.recurrence.as_ref();
    let rule = recurrence.and_then(|it| it.rules.first()).map(|text| read_rule(text, clock));
    let left_out = recurrence.into_iter().flat_map(|it| &it.excluded).map(|key| slot_of(*key, clock)).collect();
    let guests = event.attendees.iter().map(|guest| (guest.email.clone(), guest.response == Response::Accepted));
    Body {
        title: event.title.clone(),
        place: event.location.clone(),
        text: event.description.clone(),
        start,
        minutes,
        clock,
        rule,
        tentative: event.status == Status::Tentative,
        guests: guests.collect(),
        left_out,
    }
}

/// The event with everything that the truth has words for as `body` says it.
pub(super) fn overlaid(old: &Event, body: &Body) -> Event {
    let said = event(body, &old.uid, &[]);
    let known = |guest: &Attendee| old.attendees.iter().find(|it| it.email == guest.email).cloned();
    Event {
        title: said.title,
        description: said.description,
        location: said.location,
        when: said.when,
        recurrence: said.recurrence,
        status: if old.status == Status::Cancelled { old.status } else { said.status },
        attendees: said.attendees.into_iter().map(|guest| known(&guest).unwrap_or(guest)).collect(),
        ..old.clone()
    }
    .canonical()
}

/// Names of zones that occur here.
const ZONES: [&str; 7] =
    ["Europe/Vienna", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Asia/Calcutta", "UTC", "Etc/UTC"];

fn name_of(zone: &Zone) -> &'static str {
    ZONES.into_iter().find(|name| *name == zone.name()).unwrap_or("UTC")
}

fn read_rule(text: &str, clock: Clock) -> Rule {
    let mut rule = Rule { days: 1, times: None, until: None };
    let mut every = 1;
    for part in text.split(';') {
        match part.split_once('=') {
            Some(("FREQ", "WEEKLY")) => rule.days = 7,
            Some(("INTERVAL", count)) => every = count.parse().unwrap_or(1),
            Some(("COUNT", count)) => rule.times = count.parse().ok(),
            Some(("UNTIL", at)) => rule.until = at.parse().ok().map(|at| slot_of(at, clock)),
            _ => {}
        }
    }
    Rule { days: rule.days * every, ..rule }
}

/// The start, on the wall, of the occurrence with that key.
pub(super) fn slot_of(key: RecurrenceId, clock: Clock) -> DateTime {
    match (key, clock) {
        (RecurrenceId::Date(date), _) => date.at(0, 0, 0, 0),
        (RecurrenceId::Floating(at), _) => at,
        (RecurrenceId::Utc(at), Clock::Zone(name)) => zone(name).to_datetime(at),
        (RecurrenceId::Utc(at), _) => TimeZone::UTC.to_datetime(at),
    }
}

/// What a series says of one of its occurrences.
pub(super) fn occurrence(master: &Body, slot: DateTime) -> Body {
    Body { rule: None, left_out: std::collections::BTreeSet::new(), start: slot, ..master.clone() }
}

/// A change of an item that carries what its maker wrote beside it.
pub(super) fn marked(mut change: RemoteChange, item: &Item) -> RemoteChange {
    if let (Some(mark), RemoteChange::Series(series)) = (&item.mark, &mut change) {
        let mark = Mark::decode(mark);
        series.components.iter_mut().for_each(|component| component.mark.clone_from(&mark));
    }
    change
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

/// The same, if it takes place.
pub(super) fn what(event: &Event) -> What {
    if event.status == Status::Cancelled { What::Cancelled } else { What::Takes(body(event)) }
}
