//! One event to its lines.

use jiff::Timestamp;

use super::{Text, escape, param, trigger};
use crate::stamp::Stamp;
use crate::{
    Alarm, AlarmAction, Attendee, AttendeeKind, Class, Moment, PartStat, Person, RecurrenceId, Role, VEvent, VStatus,
    When, Zone,
};

pub(super) fn write_event(text: &mut Text, event: &VEvent) {
    text.line("BEGIN:VEVENT");
    text.optional("UID", &event.uid);
    write_times(text, event);
    write_recurrence(text, event);
    text.optional("SUMMARY", &event.summary);
    text.optional("DESCRIPTION", &event.description);
    if let Some(html) = &event.html_description {
        text.text("X-ALT-DESC;FMTTYPE=text/html", html);
    }
    text.optional("LOCATION", &event.location);
    write_states(text, event);
    if let Some(Person { email, name }) = &event.organizer {
        text.line(&format!("ORGANIZER{}:{}", cn(name), address(email)));
    }
    for attendee in &event.attendees {
        text.line(&attendee_line(attendee));
    }
    write_links(text, event);
    for alarm in &event.alarms {
        alarm_lines(alarm, &event.summary).iter().for_each(|line| text.line(line));
    }
    text.line("END:VEVENT");
}

/// A VALARM that shows the event's title.
pub(crate) fn alarm_lines(alarm: &Alarm, summary: &str) -> [String; 5] {
    let action = match alarm.action {
        AlarmAction::Display => "ACTION:DISPLAY",
        AlarmAction::Audio => "ACTION:AUDIO",
        AlarmAction::Email => "ACTION:EMAIL",
    };
    let description = escape(if summary.is_empty() { "-" } else { summary });
    [
        "BEGIN:VALARM".to_owned(),
        action.to_owned(),
        trigger(alarm.trigger),
        format!("DESCRIPTION:{description}"),
        "END:VALARM".to_owned(),
    ]
}

fn write_times(text: &mut Text, event: &VEvent) {
    let stamp = event.stamp.or(event.last_modified).or(event.created).unwrap_or(Timestamp::UNIX_EPOCH);
    text.line(&format!("DTSTAMP:{}", Stamp::Utc(stamp)));
    for (name, at) in [("CREATED", event.created), ("LAST-MODIFIED", event.last_modified)] {
        if let Some(at) = at {
            text.line(&format!("{name}:{}", Stamp::Utc(at)));
        }
    }
    if event.sequence != 0 {
        text.line(&format!("SEQUENCE:{}", event.sequence));
    }
    match &event.when {
        When::AllDay { start, end } => {
            text.line(&format!("DTSTART;VALUE=DATE:{}", Stamp::Date(*start)));
            text.line(&format!("DTEND;VALUE=DATE:{}", Stamp::Date(*end)));
        }
        When::Timed { start, end } => {
            text.line(&format!("DTSTART{}", time(start)));
            text.line(&format!("DTEND{}", time(end)));
        }
    }
}

/// Parameters and value of a time.
fn time(moment: &Moment) -> String {
    match &moment.zone {
        None => format!(":{}", Stamp::Local(moment.local)),
        Some(zone) if *zone == Zone::utc() => format!(":{}Z", Stamp::Local(moment.local)),
        Some(zone) => format!("{}:{}", param("TZID", zone.name()), Stamp::Local(moment.local)),
    }
}

/// Parameters and value of a key, in the form of DTSTART where that can say it (RFC 5545 3.8.4.4).
fn key(id: RecurrenceId, when: &When) -> String {
    match (id, when.zone()) {
        (RecurrenceId::Date(date), _) => format!(";VALUE=DATE:{}", Stamp::Date(date)),
        (RecurrenceId::Floating(at), _) => format!(":{}", Stamp::Local(at)),
        (RecurrenceId::Utc(at), Some(zone)) => {
            let local = Moment::zoned(zone.rules().to_datetime(at), zone.clone());
            let exact = local.instant(zone) == at;
            if exact { time(&local) } else { format!(":{}", Stamp::Utc(at)) }
        }
        (RecurrenceId::Utc(at), None) => format!(":{}", Stamp::Utc(at)),
    }
}

/// The key, given as parameters and value, as the start of a PERIOD.
pub(crate) fn period_tail(key: &str, seconds: u32) -> String {
    format!(";VALUE=PERIOD{key}/PT{seconds}S")
}

fn write_recurrence(text: &mut Text, event: &VEvent) {
    if let Some(id) = event.recurrence_id {
        let range = if event.this_and_future { ";RANGE=THISANDFUTURE" } else { "" };
        text.line(&format!("RECURRENCE-ID{range}{}", key(id, &event.when)));
    }
    for (name, rules) in [("RRULE", &event.recurrence.rules), ("EXRULE", &event.recurrence.exclusion_rules)] {
        for rule in rules {
            text.line(&format!("{name}:{rule}"));
        }
    }
    for (name, dates) in [("RDATE", &event.recurrence.dates), ("EXDATE", &event.recurrence.excluded)] {
        for id in dates {
            let key = key(*id, &event.when);
            let period = event.recurrence.periods.iter().find(|period| period.start == *id && name == "RDATE");
            text.line(&format!("{name}{}", period.map_or(key.clone(), |period| period_tail(&key, period.seconds))));
        }
    }
}

fn write_states(text: &mut Text, event: &VEvent) {
    if let Some(status) = event.status {
        text.line(&format!("STATUS:{}", status_word(status)));
    }
    if let Some(class) = event.class {
        text.line(&format!("CLASS:{}", class_word(class)));
    }
    text.line(if event.transparent { "TRANSP:TRANSPARENT" } else { "TRANSP:OPAQUE" });
    text.optional("X-MICROSOFT-CDO-BUSYSTATUS", event.busy_status.as_deref().unwrap_or_default());
}

fn write_links(text: &mut Text, event: &VEvent) {
    if let Some(url) = &event.url {
        text.line(&format!("URL:{url}"));
    }
    for url in &event.conference_urls {
        text.line(&format!("CONFERENCE;VALUE=URI:{url}"));
    }
    if !event.categories.is_empty() {
        let categories: Vec<String> = event.categories.iter().map(|category| escape(category)).collect();
        text.line(&format!("CATEGORIES:{}", categories.join(",")));
    }
    for attachment in &event.attachments {
        let name = if attachment.name.is_empty() { String::new() } else { param("FILENAME", &attachment.name) };
        text.line(&format!("ATTACH{name}:{}", attachment.url));
    }
    text.optional("COLOR", event.color.as_deref().unwrap_or_default());
}

pub(crate) fn status_word(status: VStatus) -> &'static str {
    match status {
        VStatus::Tentative => "TENTATIVE",
        VStatus::Confirmed => "CONFIRMED",
        VStatus::Cancelled => "CANCELLED",
    }
}

pub(crate) fn class_word(class: Class) -> &'static str {
    match class {
        Class::Public => "PUBLIC",
        Class::Private => "PRIVATE",
        Class::Confidential => "CONFIDENTIAL",
    }
}

pub(crate) fn role_word(role: Role) -> &'static str {
    match role {
        Role::Chair => "CHAIR",
        Role::Required => "REQ-PARTICIPANT",
        Role::Optional => "OPT-PARTICIPANT",
        Role::NonParticipant => "NON-PARTICIPANT",
    }
}

pub(crate) fn kind_word(kind: AttendeeKind) -> &'static str {
    match kind {
        AttendeeKind::Individual => "INDIVIDUAL",
        AttendeeKind::Group => "GROUP",
        AttendeeKind::Resource => "RESOURCE",
        AttendeeKind::Room => "ROOM",
        AttendeeKind::Unknown => "UNKNOWN",
    }
}

pub(crate) fn partstat_word(partstat: PartStat) -> &'static str {
    match partstat {
        PartStat::NeedsAction => "NEEDS-ACTION",
        PartStat::Accepted => "ACCEPTED",
        PartStat::Declined => "DECLINED",
        PartStat::Tentative => "TENTATIVE",
        PartStat::Delegated => "DELEGATED",
    }
}

pub(crate) fn cn(name: &str) -> String {
    if name.is_empty() { String::new() } else { param("CN", name) }
}

/// `invalid:nomail` stands for nobody's address, as some programs write it.
pub(crate) fn address(email: &str) -> String {
    if email.is_empty() { "invalid:nomail".to_owned() } else { format!("mailto:{email}") }
}

pub(crate) fn attendee_line(attendee: &Attendee) -> String {
    // What holds if it is not said is not said.
    let role = Some(attendee.role).filter(|role| *role != Role::Required).map(role_word);
    let kind = Some(attendee.kind).filter(|kind| *kind != AttendeeKind::Individual).map(kind_word);
    let word = |name: &str, word: Option<&str>| word.map_or(String::new(), |word| format!(";{name}={word}"));
    let rsvp = if attendee.rsvp { ";RSVP=TRUE" } else { "" };
    let other = |name: &str, value: &Option<String>| value.as_deref().map_or(String::new(), |value| param(name, value));
    format!(
        "ATTENDEE{}{}{};PARTSTAT={}{rsvp}{}{}:{}",
        cn(&attendee.name),
        word("ROLE", role),
        word("CUTYPE", kind),
        partstat_word(attendee.partstat),
        other("SCHEDULE-AGENT", &attendee.schedule_agent),
        other("X-RESPONSE-COMMENT", &attendee.comment),
        address(&attendee.email)
    )
}
