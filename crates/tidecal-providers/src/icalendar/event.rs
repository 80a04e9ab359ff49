//! One VEVENT to the model.

use tidecal_core::model::{
    Attendee, AttendeeKind, AttendeeRole, Conference, Event, EventType, Link, Person, Reminder, ReminderMethod,
    Reminders, Response, Rights, Status, Transparency, Visibility,
};
use tidecal_ical as ical;
use tidecal_ical::{Class, PartStat, Role, Trigger, VEvent, VStatus, When, Zone};

/// What the event says, canonical. `own`: the owner's mail address, or empty.
pub(super) fn event(event: VEvent, own: &str) -> Event {
    let is_master = event.recurrence_id.is_none();
    let is_free = event.transparent || event.busy_status.as_deref() == Some("FREE");
    let hint = (event.busy_status.as_deref() == Some("OOF")).then_some(EventType::OutOfOffice);
    let meeting = !event.attendees.is_empty();
    let rights = rights(&event, own);
    let conference = conference(&event.conference_urls);
    let mapped = Event {
        uid: event.uid,
        title: event.summary,
        description: if event.description.is_empty() {
            event.html_description.unwrap_or_default()
        } else {
            event.description
        },
        location: event.location,
        zone_guessed: event.zone_guessed,
        recurrence: is_master.then_some(event.recurrence).filter(|recurrence| !recurrence.is_empty()),
        status: status(event.status),
        visibility: visibility(event.class),
        transparency: if is_free { Transparency::Transparent } else { Transparency::Opaque },
        organizer: event.organizer.filter(|_| meeting).map(|person| organizer(person, own)),
        attendees: event.attendees.into_iter().map(|guest| attendee(guest, own)).collect(),
        reminders: Reminders::Own(event.alarms.iter().map(|alarm| reminder(alarm, &event.when)).collect()),
        links: links(event.attachments, event.url, conference.as_ref()),
        conference,
        categories: event.categories,
        rights,
        event_type: hint.unwrap_or_default(),
        ..Event::at(event.when)
    };
    mapped.canonical()
}

/// Somebody else's meeting is somebody else's to change (RFC 6638 3.2.2).
fn rights(event: &VEvent, own: &str) -> Rights {
    let organizer = event.organizer.as_ref().filter(|_| !event.attendees.is_empty() && !own.is_empty());
    if organizer.is_some_and(|organizer| !is_own(&organizer.email, own)) { Rights::Own } else { Rights::Full }
}

fn status(status: Option<VStatus>) -> Status {
    match status {
        Some(VStatus::Tentative) => Status::Tentative,
        Some(VStatus::Cancelled) => Status::Cancelled,
        Some(VStatus::Confirmed) | None => Status::Confirmed,
    }
}

fn visibility(class: Option<Class>) -> Visibility {
    match class {
        None => Visibility::Default,
        Some(Class::Public) => Visibility::Public,
        Some(Class::Private) => Visibility::Private,
        Some(Class::Confidential) => Visibility::Confidential,
    }
}

fn is_own(email: &str, own: &str) -> bool {
    !own.is_empty() && email.eq_ignore_ascii_case(own)
}

fn organizer(person: ical::Person, own: &str) -> Person {
    Person { is_self: is_own(&person.email, own), email: person.email, name: person.name }
}

fn attendee(guest: ical::Attendee, own: &str) -> Attendee {
    Attendee {
        is_self: is_own(&guest.email, own),
        email: guest.email,
        name: guest.name,
        role: match guest.role {
            Role::Chair => AttendeeRole::Chair,
            Role::Required => AttendeeRole::Required,
            Role::Optional => AttendeeRole::Optional,
            Role::NonParticipant => AttendeeRole::Informed,
        },
        kind: match guest.kind {
            ical::AttendeeKind::Individual | ical::AttendeeKind::Unknown => AttendeeKind::Individual,
            ical::AttendeeKind::Group => AttendeeKind::Group,
            ical::AttendeeKind::Resource => AttendeeKind::Resource,
            ical::AttendeeKind::Room => AttendeeKind::Room,
        },
        response: match guest.partstat {
            PartStat::NeedsAction => Response::NeedsAction,
            PartStat::Accepted => Response::Accepted,
            PartStat::Declined => Response::Declined,
            PartStat::Tentative => Response::Tentative,
            PartStat::Delegated => Response::Delegated,
        },
        comment: guest.comment.unwrap_or_default(),
    }
}

/// Sound is a way to appear on the screen.
fn reminder(alarm: &ical::Alarm, when: &When) -> Reminder {
    let minutes_before = match alarm.trigger {
        Trigger::BeforeStart(minutes) => minutes,
        // Minutes are kept, so an instant is measured from the start; a floating start counts as UTC.
        Trigger::At(at) => when.span(&Zone::utc()).0.duration_since(at).as_mins(),
    };
    let method = match alarm.action {
        ical::AlarmAction::Display | ical::AlarmAction::Audio => ReminderMethod::Popup,
        ical::AlarmAction::Email => ReminderMethod::Email,
    };
    Reminder { minutes_before, method }
}

fn conference(urls: &[String]) -> Option<Conference> {
    let is_phone = |url: &&String| url.to_ascii_lowercase().starts_with("tel:");
    let phone = urls.iter().find(is_phone).cloned().unwrap_or_default();
    let url = urls.iter().find(|url| !is_phone(url)).cloned().unwrap_or_default();
    (!phone.is_empty() || !url.is_empty()).then(|| Conference { url, name: String::new(), phone })
}

fn links(attachments: Vec<ical::Attachment>, url: Option<String>, conference: Option<&Conference>) -> Vec<Link> {
    let attached = attachments.into_iter().map(|it| Link { url: it.url, title: it.name });
    let own = url.map(|url| Link { url, title: String::new() });
    let mut links: Vec<Link> = Vec::new();
    for link in attached.chain(own) {
        let known = links.iter().any(|known| known.url == link.url);
        if !known && conference.is_none_or(|conference| conference.url != link.url) {
            links.push(link);
        }
    }
    links
}
