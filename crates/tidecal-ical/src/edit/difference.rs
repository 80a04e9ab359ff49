//! From two readings of an event to the changes between them.

use super::{AttendeeFields, Change, Edit};
use crate::{Attachment, Attendee, Recurrence, VEvent};

/// The edits that turn one series into another: components are matched by their keys, the master
/// (or single event) first. Exceptions that the new one lacks are removed, those that the base lacks
/// are added. UIDs, stamps and SEQUENCE are not compared.
#[must_use]
pub fn edits(base: &[VEvent], new: &[VEvent]) -> Vec<Edit> {
    let find = |events: &[VEvent], slot| events.iter().position(|event| event.recurrence_id == slot);
    let mut edits = Vec::new();
    let master = find(new, None).map(|at| &new[at]);
    if let (Some(master), Some(at)) = (master, find(base, None)) {
        edits.extend(changes(&base[at], master).into_iter().map(|change| Edit::Change { slot: None, change }));
    }
    let gone = base.iter().filter_map(|event| event.recurrence_id);
    edits.extend(gone.filter(|slot| find(new, Some(*slot)).is_none()).map(Edit::RemoveOverride));
    for event in new {
        let Some(slot) = event.recurrence_id else { continue };
        let changed = match (find(base, Some(slot)), master) {
            (Some(at), _) => changes(&base[at], event),
            (None, Some(master)) => {
                edits.push(Edit::AddOverride(slot));
                let copy =
                    VEvent { when: master.when.at_slot(slot), recurrence: Recurrence::default(), ..master.clone() };
                changes(&copy, event)
            }
            (None, None) => continue,
        };
        edits.extend(changed.into_iter().map(|change| Edit::Change { slot: Some(slot), change }));
    }
    edits
}

/// The changes that turn one event into another, in the order in which they are to be applied. UID,
/// key, stamps, SEQUENCE, busy status and HTML description are not compared; of attendees what
/// [`AttendeeFields`] names.
#[must_use]
pub fn changes(base: &VEvent, new: &VEvent) -> Vec<Change> {
    let mut list = Vec::new();
    let mut push = |differs: bool, change: fn(&VEvent) -> Change| {
        if differs {
            list.push(change(new));
        }
    };
    push(base.when != new.when, |new| Change::When(new.when.clone()));
    push(base.recurrence != new.recurrence, |new| Change::Recurrence(new.recurrence.clone()));
    push(base.summary != new.summary, |new| Change::Summary(new.summary.clone()));
    push(base.description != new.description, |new| Change::Description(new.description.clone()));
    push(base.location != new.location, |new| Change::Location(new.location.clone()));
    push(base.status != new.status, |new| Change::Status(new.status));
    push(base.class != new.class, |new| Change::Class(new.class));
    push(base.transparent != new.transparent, |new| Change::Transparent(new.transparent));
    push(base.categories != new.categories, |new| Change::Categories(new.categories.clone()));
    push(base.url != new.url, |new| Change::Url(new.url.clone()));
    push(base.conference_urls != new.conference_urls, |new| Change::Conferences(new.conference_urls.clone()));
    push(base.attachments != new.attachments, |new| Change::Links(links(new)));
    push(base.color != new.color, |new| Change::Color(new.color.clone()));
    push(base.organizer != new.organizer, |new| Change::Organizer(new.organizer.clone()));
    people(base, new, &mut list);
    if base.alarms != new.alarms {
        list.push(Change::Alarms(new.alarms.clone()));
    }
    list
}

fn links(event: &VEvent) -> Vec<Attachment> {
    let own = event.url.iter().map(|url| Attachment { url: url.clone(), name: String::new() });
    event.attachments.iter().cloned().chain(own).collect()
}

/// Attendees by address; those without one are left alone.
fn people(base: &VEvent, new: &VEvent, list: &mut Vec<Change>) {
    let find = |people: &[Attendee], email: &str| {
        people.iter().find(|person| person.email.eq_ignore_ascii_case(email)).cloned()
    };
    for old in base.attendees.iter().filter(|old| !old.email.is_empty()) {
        if find(&new.attendees, &old.email).is_none() {
            list.push(Change::RemoveAttendee(old.email.clone()));
        }
    }
    for person in new.attendees.iter().filter(|person| !person.email.is_empty()) {
        let old = find(&base.attendees, &person.email);
        let fields = fields(old.as_ref(), person);
        if old.is_none() || fields != AttendeeFields::default() {
            list.push(Change::Attendee { email: person.email.clone(), fields });
        }
    }
}

/// What differs; everything of a new one.
fn fields(old: Option<&Attendee>, new: &Attendee) -> AttendeeFields {
    let comment = |person: &Attendee| person.comment.clone().unwrap_or_default();
    let other = |differs: fn(&Attendee, &Attendee) -> bool| old.is_none_or(|old| differs(old, new));
    AttendeeFields {
        name: other(|old, new| old.name != new.name).then(|| new.name.clone()),
        role: other(|old, new| old.role != new.role).then_some(new.role),
        kind: other(|old, new| old.kind != new.kind).then_some(new.kind),
        partstat: other(|old, new| old.partstat != new.partstat).then_some(new.partstat),
        rsvp: other(|old, new| old.rsvp != new.rsvp).then_some(new.rsvp),
        comment: old.is_none_or(|old| comment(old) != comment(new)).then(|| comment(new)),
        schedule_agent: new.schedule_agent.clone().filter(|_| old.is_none()),
    }
}
