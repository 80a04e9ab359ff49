//! The model to VEVENTs: the named fields of an event laid over what a text says, so that the
//! difference can be edited into it.

use tidecal_core::model::{
    Attendee, AttendeeKind, AttendeeRole, Event, Person, ReminderMethod, Reminders, Response, Status, Transparency,
    Visibility,
};
use tidecal_core::sync::Field;
use tidecal_ical as ical;
use tidecal_ical::{Alarm, AlarmAction, Class, PartStat, Role, Trigger, VEvent, VStatus};

/// The event with these fields as `after` says them. Guests are compared with `before`: those that
/// the text has and the model does not know stay.
pub(crate) fn overlaid(text: &VEvent, before: Option<&Event>, after: &Event, fields: &[Field]) -> VEvent {
    let mut event = text.clone();
    for field in fields {
        match field {
            Field::Title => event.summary.clone_from(&after.title),
            Field::Description => event.description.clone_from(&after.description),
            Field::Location => event.location.clone_from(&after.location),
            Field::Time => {
                event.when = after.when.clone();
                if text.recurrence_id.is_none() {
                    event.recurrence = after.recurrence.clone().unwrap_or_default();
                }
            }
            Field::Status => event.status = status(after.status, text.status),
            Field::Visibility => event.class = class(after.visibility),
            Field::Transparency => event.transparent = after.transparency == Transparency::Transparent,
            Field::Attendees => guests(&mut event, before, after),
            Field::Reminders => event.alarms = alarms(&after.reminders),
            Field::Conference => {
                let urls = after.conference.iter().flat_map(|it| [it.url.clone(), it.phone.clone()]);
                event.conference_urls = urls.filter(|url| !url.is_empty()).collect();
            }
            Field::Categories => event.categories.clone_from(&after.categories),
            Field::Links => {
                event.url = None;
                let link =
                    |it: &tidecal_core::model::Link| ical::Attachment { url: it.url.clone(), name: it.title.clone() };
                event.attachments = after.links.iter().map(link).collect();
            }
        }
    }
    event
}

/// Confirmed is what a text means that says nothing.
fn status(status: Status, said: Option<VStatus>) -> Option<VStatus> {
    match status {
        Status::Confirmed if said.is_none() => None,
        Status::Confirmed => Some(VStatus::Confirmed),
        Status::Tentative => Some(VStatus::Tentative),
        Status::Cancelled => Some(VStatus::Cancelled),
    }
}

fn class(visibility: Visibility) -> Option<Class> {
    match visibility {
        Visibility::Default => None,
        Visibility::Public => Some(Class::Public),
        Visibility::Private => Some(Class::Private),
        Visibility::Confidential => Some(Class::Confidential),
    }
}

fn alarms(reminders: &Reminders) -> Vec<Alarm> {
    let Reminders::Own(own) = reminders else { return Vec::new() };
    own.iter()
        .map(|reminder| Alarm {
            trigger: Trigger::BeforeStart(reminder.minutes_before),
            action: match reminder.method {
                ReminderMethod::Popup => AlarmAction::Display,
                ReminderMethod::Email => AlarmAction::Email,
            },
        })
        .collect()
}

fn guests(event: &mut VEvent, before: Option<&Event>, after: &Event) {
    let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    let before = before.map(|before| before.attendees.as_slice()).unwrap_or_default();
    let gone = |email: &str| {
        before.iter().any(|guest| same(&guest.email, email))
            && !after.attendees.iter().any(|guest| same(&guest.email, email))
    };
    event.attendees.retain(|guest| guest.email.is_empty() || !gone(&guest.email));
    for guest in after.attendees.iter().filter(|guest| !guest.email.is_empty()) {
        match event.attendees.iter_mut().find(|known| same(&known.email, &guest.email)) {
            Some(known) => {
                (known.name, known.role, known.kind) = (guest.name.clone(), role(guest.role), kind(guest.kind));
            }
            None => event.attendees.push(attendee(guest)),
        }
    }
    if event.organizer.is_none() && !event.attendees.is_empty() {
        event.organizer = after.organizer.as_ref().map(organizer);
    }
}

pub(crate) fn organizer(person: &Person) -> ical::Person {
    ical::Person { email: person.email.clone(), name: person.name.clone() }
}

fn attendee(guest: &Attendee) -> ical::Attendee {
    ical::Attendee {
        email: guest.email.clone(),
        name: guest.name.clone(),
        role: role(guest.role),
        kind: kind(guest.kind),
        partstat: partstat(guest.response),
        rsvp: guest.response == Response::NeedsAction,
        comment: None,
        schedule_agent: None,
    }
}

fn role(role: AttendeeRole) -> Role {
    match role {
        AttendeeRole::Required => Role::Required,
        AttendeeRole::Optional => Role::Optional,
        AttendeeRole::Chair => Role::Chair,
        AttendeeRole::Informed => Role::NonParticipant,
    }
}

fn kind(kind: AttendeeKind) -> ical::AttendeeKind {
    match kind {
        AttendeeKind::Individual => ical::AttendeeKind::Individual,
        AttendeeKind::Group => ical::AttendeeKind::Group,
        AttendeeKind::Resource => ical::AttendeeKind::Resource,
        AttendeeKind::Room => ical::AttendeeKind::Room,
    }
}

pub(crate) fn partstat(response: Response) -> PartStat {
    match response {
        Response::NeedsAction => PartStat::NeedsAction,
        Response::Accepted => PartStat::Accepted,
        Response::Declined => PartStat::Declined,
        Response::Tentative => PartStat::Tentative,
        Response::Delegated => PartStat::Delegated,
    }
}
