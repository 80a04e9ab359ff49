//! Copies: what of an event goes out into another calendar, and what of a copy comes back.
//!
//! A copy carries no guests, organiser, alarms or conference of its own: nobody is invited to a
//! copy, and a copy made of a copy would grow without end (invariants 9, 16).

use tidecal_ical::RecurrenceId;

use super::merge::{Bases, Field};
use super::{ComponentState, Role};
use crate::model::{Event, Person, Reminders, Rights, Status};
use crate::remote::{Content, RemoteComponent};

/// The fields of a bare copy.
pub(super) const COPIED: [Field; 8] = [
    Field::Title,
    Field::Description,
    Field::Location,
    Field::Time,
    Field::Status,
    Field::Visibility,
    Field::Transparency,
    Field::Categories,
];

/// What the vendor is to say of a local event. `bare`: as a copy.
pub(super) fn outward(event: &Event, bare: bool) -> Event {
    let mut out = Event { rights: Rights::Full, ..event.clone() };
    if bare {
        out.uid.clear();
        out.organizer = None;
        out.attendees.clear();
        out.attendees_omitted = false;
        out.reminders = Reminders::CalendarDefault;
        out.conference = None;
        out.links.clear();
    }
    out
}

/// What a bare copy says, in the terms of the local event that it is a copy of.
pub(super) fn inward(theirs: &Event, mine: &Event) -> Event {
    let mut event = mine.clone();
    COPIED.into_iter().for_each(|field| field.copy(theirs, &mut event));
    event
}

/// Whether a mapping is of a bare copy.
pub(super) fn is_bare(known: &ComponentState) -> bool {
    known.binding.role == Role::Copy && known.binding.echo.bare
}

/// The sides of a bare copy, all in the terms of the local event.
pub(super) struct View {
    pub(super) theirs: Event,
    base: Option<Event>,
}

impl View {
    /// `None`: the item is no bare copy, or there is nothing to compare it with.
    pub(super) fn of(known: Option<&ComponentState>, theirs: &Event) -> Option<Self> {
        let known = known.filter(|known| is_bare(known))?;
        let mine = known.local.as_ref().map(|local| &local.event).or(known.local_base())?;
        let base = known.base().map(|base| inward(base, known.local_base().unwrap_or(mine)));
        Some(Self { theirs: inward(theirs, mine), base })
    }

    pub(super) fn bases<'a>(&'a self, known: &'a ComponentState) -> Bases<'a> {
        Bases { local: known.local_base(), remote: self.base.as_ref() }
    }
}

/// How many people a write about this event would mail where the vendor cannot be quiet: the guests
/// of the owner's own meeting. `own`: the owner's address.
pub(super) fn guests_of<'a>(event: &'a Event, own: &str) -> impl Iterator<Item = &'a str> {
    let is_own = |organizer: &Person| organizer.is_self || organizer.email == own;
    let organised = event.organizer.as_ref().is_none_or(is_own);
    let guests = event.attendees.iter().filter(move |_| organised);
    guests.filter(|guest| !guest.is_self && !guest.email.is_empty()).map(|guest| guest.email.as_str())
}

/// What a series says of one of its occurrences, as an event of its own.
pub(super) fn occurrence_of(master: &Event, slot: RecurrenceId) -> Event {
    Event { when: master.when.at_slot(slot), recurrence: None, ..master.clone() }
}

/// Whether a series leaves that occurrence out by itself.
pub(super) fn excludes(master: &Event, slot: RecurrenceId) -> bool {
    master.recurrence.as_ref().is_some_and(|recurrence| recurrence.excluded.contains(&slot))
}

/// The master that leaves out an occurrence which is cancelled here: it says so in its own way, and
/// has no component for it.
pub(super) fn excluding<'a>(latest: &[&'a RemoteComponent], known: &ComponentState) -> Option<&'a RemoteComponent> {
    let local = known.local.as_ref().filter(|local| !local.deleted && local.event.status == Status::Cancelled);
    let slot = known.binding.recurrence_id.filter(|_| local.is_some())?;
    latest.iter().copied().find(|it| match &it.content {
        Content::Event(event) => it.recurrence_id.is_none() && excludes(event, slot),
        Content::Cancelled | Content::Unreadable(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Attendee;
    use tidecal_ical::{Moment, When, Zone};

    fn meeting() -> Event {
        let at = |hour| Moment::zoned(jiff::civil::date(2026, 11, 21).at(hour, 0, 0, 0), Zone::utc());
        let guest = |email: &str, is_self| Attendee { email: email.into(), is_self, ..Attendee::default() };
        Event {
            title: "Review".into(),
            organizer: Some(Person { email: "ada@example.com".into(), is_self: true, ..Person::default() }),
            attendees: vec![guest("ada@example.com", true), guest("ben@example.com", false)],
            ..Event::at(When::Timed { start: at(9), end: at(10) })
        }
    }

    #[test]
    fn a_copy_invites_nobody_and_its_changes_come_back_without_touching_the_guests() {
        let mine = meeting();
        let copy = outward(&mine, true);
        assert!(copy.attendees.is_empty() && copy.organizer.is_none() && copy.uid.is_empty());
        let edited = Event { title: "Moved".into(), ..copy };
        let back = inward(&edited, &mine);
        assert_eq!((back.title.as_str(), &back.attendees), ("Moved", &mine.attendees));
    }

    #[test]
    fn only_guests_of_ones_own_meeting_would_be_mailed() {
        let own = meeting();
        assert_eq!(guests_of(&own, "ada@example.com").collect::<Vec<_>>(), ["ben@example.com"]);
        let organizer = Some(Person { email: "cleo@example.com".into(), ..Person::default() });
        let invited = Event { organizer, ..own };
        assert_eq!(guests_of(&invited, "ada@example.com").count(), 0);
    }
}
