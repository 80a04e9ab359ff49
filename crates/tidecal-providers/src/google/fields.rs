//! The fields of an event, one function each. Unknown words of the vendor become the model's
//! default, or the more careful choice where there is one; the raw copy keeps what was said.

use tidecal_core::model::{
    Attendee, AttendeeKind, AttendeeRole, Conference, EventType, Link, Person, Reminder, ReminderMethod, Reminders,
    Response, Rights, Status, Transparency, Visibility,
};

use super::wire::{Alarms, Attachment, ConferenceData, Guest, Item, Organizer, Source};

pub(super) fn status(word: Option<&str>) -> Status {
    if word == Some("tentative") { Status::Tentative } else { Status::Confirmed }
}

pub(super) fn visibility(word: Option<&str>) -> Visibility {
    match word {
        None | Some("default") => Visibility::Default,
        Some("public") => Visibility::Public,
        Some("confidential") => Visibility::Confidential,
        // `private`, and whatever comes to be.
        Some(_) => Visibility::Private,
    }
}

pub(super) fn transparency(word: Option<&str>) -> Transparency {
    if word == Some("transparent") { Transparency::Transparent } else { Transparency::Opaque }
}

/// What the vendor's type says of the kind; most types say nothing.
pub(super) fn event_type(word: Option<&str>) -> Option<EventType> {
    match word? {
        "birthday" => Some(EventType::Birthday),
        "focusTime" => Some(EventType::Focus),
        "outOfOffice" => Some(EventType::OutOfOffice),
        _ => None,
    }
}

/// What the owner of the calendar may change. Types other than `default` (birthdays, mail, focus
/// time) are the vendor's own.
pub(super) fn rights(item: &Item<'_>) -> Rights {
    let special = item.event_type.as_deref().is_some_and(|word| word != "default");
    if special || item.locked == Some(true) {
        return Rights::Read;
    }
    let own = item.organizer.as_ref().is_none_or(|organizer| organizer.is_self == Some(true));
    if own || item.guests_can_modify == Some(true) { Rights::Full } else { Rights::Own }
}

pub(super) fn organizer(organizer: Organizer) -> Person {
    Person {
        email: organizer.email.unwrap_or_default(),
        name: organizer.display_name.unwrap_or_default(),
        is_self: organizer.is_self.unwrap_or_default(),
    }
}

pub(super) fn attendee(guest: Guest<'_>) -> Attendee {
    let flag = |value: Option<bool>| value.unwrap_or_default();
    Attendee {
        email: guest.email.unwrap_or_default(),
        name: guest.display_name.unwrap_or_default(),
        role: if flag(guest.optional) { AttendeeRole::Optional } else { AttendeeRole::Required },
        kind: if flag(guest.resource) { AttendeeKind::Resource } else { AttendeeKind::Individual },
        response: match guest.response_status.as_deref() {
            Some("accepted") => Response::Accepted,
            Some("declined") => Response::Declined,
            Some("tentative") => Response::Tentative,
            _ => Response::NeedsAction,
        },
        is_self: flag(guest.is_self),
        comment: guest.comment.unwrap_or_default(),
    }
}

pub(super) fn reminders(alarms: Option<Alarms<'_>>) -> Reminders {
    let Some(alarms) = alarms.filter(|alarms| alarms.use_default == Some(false)) else {
        return Reminders::CalendarDefault;
    };
    let own = alarms.overrides.into_iter().flatten().filter_map(|alarm| {
        let method =
            if alarm.method.as_deref() == Some("email") { ReminderMethod::Email } else { ReminderMethod::Popup };
        alarm.minutes.map(|minutes_before| Reminder { minutes_before, method })
    });
    Reminders::Own(own.collect())
}

pub(super) fn conference(data: Option<ConferenceData<'_>>, hangout_link: Option<String>) -> Option<Conference> {
    let mut conference = Conference::default();
    if let Some(data) = data {
        conference.name = data.conference_solution.and_then(|solution| solution.name).unwrap_or_default();
        for entry in data.entry_points.into_iter().flatten() {
            let place = match entry.entry_point_type.as_deref() {
                Some("video") => &mut conference.url,
                Some("phone") => &mut conference.phone,
                _ => continue,
            };
            if place.is_empty() {
                *place = entry.uri.unwrap_or_default();
            }
        }
    }
    if conference.url.is_empty() {
        conference.url = hangout_link.unwrap_or_default();
    }
    let known = !conference.url.is_empty() || !conference.phone.is_empty();
    known.then_some(conference)
}

pub(super) fn links(attachments: Option<Vec<Attachment>>, source: Option<Source>) -> Vec<Link> {
    let attached = attachments.into_iter().flatten().map(|file| (file.file_url, file.title));
    let all = attached.chain(source.map(|source| (source.url, source.title)));
    all.filter_map(|(url, title)| {
        let url = url.filter(|url| !url.is_empty())?;
        Some(Link { url, title: title.unwrap_or_default() })
    })
    .collect()
}
