//! One VEVENT block to an event.

use jiff::Timestamp;

use super::gather::Block;
use super::people::{attendee, person};
use super::when::{parse_duration, read_when};
use super::zones::Zones;
use crate::line::{Property, text_list};
use crate::lines::{from_properties, is_recurrence};
use crate::stamp::{Stamp, parse_stamp};
use crate::{Alarm, AlarmAction, Attachment, Class, Trigger, VEvent, VStatus, When, Zone};

/// An event whose place in its series is not settled yet.
pub(super) struct Draft {
    pub(super) event: Box<VEvent>,
    /// RECURRENCE-ID as written.
    pub(super) slot: Option<Slot>,
}

pub(super) struct Slot {
    pub(super) stamp: Stamp,
    /// The instant, if its zone is known.
    pub(super) at: Option<Timestamp>,
    pub(super) as_date: bool,
}

/// The event, or why it cannot be understood.
pub(super) fn read_event(block: &Block<'_>, zones: &mut Zones) -> Result<Draft, String> {
    if let Some(broken) = &block.broken {
        return Err(broken.clone());
    }
    let properties: Vec<Property<'_>> = block.properties().collect();
    let (when, zone_guessed) = read_when(&properties, zones)?;
    let mut event = Box::new(VEvent { zone_guessed, ..VEvent::at(when) });
    let rules: Vec<&Property<'_>> = properties.iter().filter(|property| is_recurrence(&property.name)).collect();
    event.recurrence = read_recurrence(&rules, &event.when, zones)?;
    let mut slot = None;
    for property in &properties {
        if property.name == "RECURRENCE-ID" && !property.value.trim().is_empty() {
            event.this_and_future = property.param_is("RANGE", "THISANDFUTURE");
            slot = Some(read_slot(property, zones)?);
        } else {
            set_field(&mut event, property);
        }
    }
    event.alarms = block
        .inner
        .iter()
        .filter(|(name, _)| name == "VALARM")
        .filter_map(|(_, lines)| {
            let properties: Vec<Property<'_>> = lines.iter().filter_map(|line| Property::parse(&line.text)).collect();
            alarm(&properties, &event.when)
        })
        .collect();
    Ok(Draft { event, slot })
}

/// Zones of EXDATE and RDATE are looked up first, since that remembers what it finds.
fn read_recurrence(properties: &[&Property<'_>], when: &When, zones: &mut Zones) -> Result<crate::Recurrence, String> {
    for tzid in properties.iter().filter_map(|property| property.param("TZID")) {
        zones.look_up(tzid, when.start_local());
    }
    from_properties(properties, when, &|tzid, local| zones.instant(tzid, local)).map_err(|error| error.to_string())
}

fn read_slot(property: &Property<'_>, zones: &mut Zones) -> Result<Slot, String> {
    let stamp = parse_stamp(property.value)
        .ok_or_else(|| format!("RECURRENCE-ID {:?} is not a date or time", property.value.trim()))?;
    let at = match (stamp, property.param("TZID")) {
        (Stamp::Local(local), Some(tzid)) => {
            zones.look_up(tzid, local);
            zones.instant(tzid, local)
        }
        _ => None,
    };
    Ok(Slot { stamp, at, as_date: property.param_is("VALUE", "DATE") })
}

fn set_field(event: &mut VEvent, property: &Property<'_>) {
    let value = property.value.trim();
    let text = || property.text();
    let link = || link_of(property);
    match property.name.as_str() {
        "UID" if event.uid.is_empty() => text().trim().clone_into(&mut event.uid),
        "SEQUENCE" => event.sequence = value.parse().unwrap_or(0),
        "DTSTAMP" => event.stamp = instant(value),
        "CREATED" => event.created = instant(value),
        "LAST-MODIFIED" => event.last_modified = instant(value),
        "SUMMARY" if event.summary.is_empty() => event.summary = text(),
        "DESCRIPTION" if event.description.is_empty() => {
            event.description = text();
            if event.html_description.is_none() {
                event.html_description = property.param("ALTREP").and_then(inline_html);
            }
        }
        "X-ALT-DESC" if property.param_is("FMTTYPE", "text/html") => event.html_description = Some(text()),
        "LOCATION" if event.location.is_empty() => event.location = text(),
        "STATUS" => event.status = status(value),
        "CLASS" => event.class = class(value),
        "TRANSP" => event.transparent = value.eq_ignore_ascii_case("TRANSPARENT"),
        "X-MICROSOFT-CDO-BUSYSTATUS" if !value.is_empty() => event.busy_status = Some(value.to_ascii_uppercase()),
        "ORGANIZER" => event.organizer = Some(person(property)).filter(|person| *person != crate::Person::default()),
        "ATTENDEE" => event.attendees.push(attendee(property)),
        "URL" => event.url = link(),
        "CATEGORIES" => event.categories.extend(text_list(value)),
        "COLOR" => event.color = link(),
        "ATTACH" => event.attachments.extend(attachment(property)),
        name if is_conference(name) => {
            let new = link().filter(|link| link.contains(':') && !event.conference_urls.contains(link));
            event.conference_urls.extend(new);
        }
        _ => {}
    }
}

/// A link; `None` if it is empty.
pub(crate) fn link_of(property: &Property<'_>) -> Option<String> {
    Some(property.text().trim().to_owned()).filter(|link| !link.is_empty())
}

/// HTML in a `data:` link, as Thunderbird writes it beside the plain text.
fn inline_html(link: &str) -> Option<String> {
    let escaped = link.strip_prefix("data:text/html,")?.as_bytes();
    let mut bytes = Vec::with_capacity(escaped.len());
    let mut at = 0;
    while at < escaped.len() {
        let digits = escaped.get(at + 1..at + 3).and_then(|two| std::str::from_utf8(two).ok());
        let byte = digits.filter(|_| escaped[at] == b'%').and_then(|two| u8::from_str_radix(two, 16).ok());
        bytes.push(byte.unwrap_or(escaped[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8(bytes).ok()
}

pub(crate) fn is_conference(name: &str) -> bool {
    const NAMES: [&str; 6] = [
        "CONFERENCE",
        "X-GOOGLE-CONFERENCE",
        "X-GOOGLE-HANGOUT",
        "X-MICROSOFT-SKYPETEAMSMEETINGURL",
        "X-MICROSOFT-ONLINEMEETINGEXTERNALLINK",
        "X-MICROSOFT-ONLINEMEETINGCONFLINK",
    ];
    NAMES.contains(&name)
}

/// An instant; what is written without zone counts as UTC.
fn instant(value: &str) -> Option<Timestamp> {
    match parse_stamp(value)? {
        Stamp::Utc(at) => Some(at),
        Stamp::Local(at) => jiff::tz::TimeZone::UTC.to_timestamp(at).ok(),
        Stamp::Date(date) => jiff::tz::TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok(),
    }
}

pub(crate) fn status(value: &str) -> Option<VStatus> {
    match value.to_ascii_uppercase().as_str() {
        "TENTATIVE" => Some(VStatus::Tentative),
        "CONFIRMED" => Some(VStatus::Confirmed),
        "CANCELLED" | "CANCELED" => Some(VStatus::Cancelled),
        _ => None,
    }
}

pub(crate) fn class(value: &str) -> Option<Class> {
    match value.to_ascii_uppercase().as_str() {
        "" => None,
        "PUBLIC" | "DEFAULT" => Some(Class::Public),
        "CONFIDENTIAL" => Some(Class::Confidential),
        _ => Some(Class::Private),
    }
}

pub(crate) fn attachment(property: &Property<'_>) -> Option<Attachment> {
    let url = property.value.trim();
    if property.param_is("VALUE", "BINARY") || property.param("ENCODING").is_some() || !url.contains(':') {
        return None;
    }
    let names = ["FILENAME", "X-FILENAME", "X-APPLE-FILENAME", "X-LABEL"];
    let name = names.iter().find_map(|name| property.param(name)).unwrap_or_default();
    Some(Attachment { url: url.to_owned(), name: name.to_owned() })
}

/// `None` for alarms that do nothing or cannot be read: the event itself is none the worse.
pub(crate) fn alarm(properties: &[Property<'_>], when: &When) -> Option<Alarm> {
    let find = |name: &str| properties.iter().find(|property| property.name == name);
    let action = match find("ACTION").map(|action| action.value.trim().to_ascii_uppercase()).as_deref() {
        Some("NONE") => return None,
        Some("AUDIO") => AlarmAction::Audio,
        Some("EMAIL") => AlarmAction::Email,
        _ => AlarmAction::Display,
    };
    let trigger = find("TRIGGER")?;
    let trigger = match parse_duration(trigger.value) {
        Some(length) => {
            let after = length.days * 1_440 + length.seconds.div_euclid(60);
            let from_end = if trigger.param_is("RELATED", "END") { minutes(when) } else { 0 };
            Trigger::BeforeStart(-(after + from_end))
        }
        None => Trigger::At(instant(trigger.value)?),
    };
    Some(Alarm { trigger, action })
}

/// Length of the event in minutes.
fn minutes(when: &When) -> i64 {
    let (start, end) = when.span(&Zone::utc());
    end.duration_since(start).as_secs() / 60
}
