//! The fields of an event, one function each. Unknown words of the vendor become the more careful
//! choice; the raw copy keeps what was said.

use tidecal_core::model::{
    Attendee, AttendeeKind, AttendeeRole, Conference, EventType, Link, Person, Reminder, ReminderMethod, Reminders,
    Response, Rights, Status, Transparency, Visibility,
};

use super::wire::{Guest, Item, Recipient};

pub(super) fn status(item: &Item<'_>) -> Status {
    if item.is_cancelled == Some(true) {
        Status::Cancelled
    } else if item.show_as.as_deref() == Some("tentative") {
        Status::Tentative
    } else {
        Status::Confirmed
    }
}

/// `personal` is Outlook's older word for private.
pub(super) fn visibility(word: Option<&str>) -> Visibility {
    match word {
        None | Some("normal") => Visibility::Default,
        Some("confidential") => Visibility::Confidential,
        Some(_) => Visibility::Private,
    }
}

/// `workingElsewhere` leaves the time free, as in free/busy.
pub(super) fn transparency(word: Option<&str>) -> Transparency {
    match word {
        Some("free" | "workingElsewhere") => Transparency::Transparent,
        _ => Transparency::Opaque,
    }
}

pub(super) fn event_type(show_as: Option<&str>) -> Option<EventType> {
    (show_as == Some("oof")).then_some(EventType::OutOfOffice)
}

/// An entry without guests is its owner's; of a meeting only the organiser's copy is.
pub(super) fn rights(item: &Item<'_>) -> Rights {
    if item.is_organizer == Some(false) { Rights::Own } else { Rights::Full }
}

pub(super) fn reminders(item: &Item<'_>) -> Reminders {
    let minutes = item.reminder_minutes_before_start.filter(|_| item.is_reminder_on == Some(true));
    let own = minutes.map(|minutes_before| Reminder { minutes_before, method: ReminderMethod::Popup });
    Reminders::Own(own.into_iter().collect())
}

pub(super) fn person(recipient: Recipient, is_self: bool) -> Person {
    let address = recipient.email_address.unwrap_or_default();
    Person { email: address.address.unwrap_or_default(), name: address.name.unwrap_or_default(), is_self }
}

fn response(word: Option<&str>) -> Response {
    match word {
        Some("organizer" | "accepted") => Response::Accepted,
        Some("declined") => Response::Declined,
        Some("tentativelyAccepted") => Response::Tentative,
        _ => Response::NeedsAction,
    }
}

/// The guests. `own`: the mailbox's address; its own answer stands beside the list.
pub(super) fn attendees(guests: Vec<Guest>, own: Option<&str>, own_answer: Option<&str>) -> Vec<Attendee> {
    let attendee = |guest: Guest| {
        let address = guest.email_address.unwrap_or_default();
        let email = address.address.unwrap_or_default();
        let is_self = own.is_some_and(|own| own.eq_ignore_ascii_case(&email));
        let said = guest.status.and_then(|status| status.response);
        let said = if is_self { own_answer.or(said.as_deref()) } else { said.as_deref() };
        Attendee {
            name: address.name.filter(|name| !name.eq_ignore_ascii_case(&email)).unwrap_or_default(),
            role: if guest.kind.as_deref() == Some("optional") {
                AttendeeRole::Optional
            } else {
                AttendeeRole::Required
            },
            kind: if guest.kind.as_deref() == Some("resource") {
                AttendeeKind::Resource
            } else {
                AttendeeKind::Individual
            },
            response: response(said),
            is_self,
            email,
            comment: String::new(),
        }
    };
    guests.into_iter().map(attendee).collect()
}

pub(super) fn conference(item: &mut Item<'_>) -> Option<Conference> {
    let meeting = item.online_meeting.take().unwrap_or_default();
    let url = meeting.join_url.filter(|url| !url.is_empty()).or_else(|| item.online_meeting_url.take());
    let phones = meeting.phones.into_iter().flatten().filter_map(|phone| phone.number);
    let number = meeting.toll_number.into_iter().chain(phones).next();
    let phone = number.filter(|number| !number.is_empty()).map(|number| format!("tel:{}", number.replace(' ', "")));
    let name = match item.online_meeting_provider.as_deref() {
        Some("teamsForBusiness") => "Microsoft Teams",
        Some("skypeForBusiness") => "Skype for Business",
        Some("skypeForConsumer") => "Skype",
        _ => "",
    };
    let (url, phone) = (url.unwrap_or_default(), phone.unwrap_or_default());
    let known = !url.is_empty() || !phone.is_empty();
    known.then(|| Conference { url, name: name.to_owned(), phone })
}

/// Attached files open only in Outlook: the link leads to the event there.
pub(super) fn links(item: &mut Item<'_>) -> Vec<Link> {
    let url = item.web_link.take().filter(|url| item.has_attachments == Some(true) && !url.is_empty());
    url.into_iter().map(|url| Link { url, title: "Attachments in Outlook".to_owned() }).collect()
}
