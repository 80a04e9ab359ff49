//! One item of the vendor's JSON to a change: what it is about, then field by field.

use sha2::{Digest as _, Sha256};
use tidecal_core::model::Event;
use tidecal_core::remote::{Content, Mark, RemoteChange, RemoteComponent, RemoteSeries, SeriesScope};
use tidecal_ical::{Recurrence, RecurrenceId, When, recurrence_from_lines};

use super::fields;
use super::time::{Zones, instance_of, recurrence_id, when};
use super::wire::{Item, Names};
use crate::icalendar::hash;

/// Reads one item. Never fails: what cannot be read is reported as such, with its text.
pub(super) fn change(raw: &str, zones: &mut Zones) -> RemoteChange {
    let item: Item<'_> = match serde_json::from_str(raw) {
        Ok(item) => item,
        Err(wrong) => return unreadable(raw, &wrong.to_string()),
    };
    if item.id.as_deref().is_none_or(str::is_empty) {
        return unreadable(raw, "id: missing");
    }
    read(item, raw, zones)
}

fn read(mut item: Item<'_>, raw: &str, zones: &mut Zones) -> RemoteChange {
    let id = item.id.take().unwrap_or_default();
    let cancelled = item.status.as_deref() == Some("cancelled");
    let slot = match slot(&item, &id, cancelled, zones) {
        Ok(slot) => slot,
        Err(reason) => return unreadable(raw, &reason),
    };
    let Some((series, recurrence_id)) = slot.or_else(|| (!cancelled).then(|| (id.clone(), None))) else {
        return RemoteChange::Gone { id, proven: true };
    };
    // Every answer has one; without it equal texts are all that there is to go by.
    let version = item.etag.take().filter(|etag| !etag.is_empty()).unwrap_or_else(|| hash(raw.as_bytes()));
    let updated = item.updated.as_deref().and_then(|text| text.parse().ok());
    let own = item.extended_properties.as_ref().and_then(|it| it.private.as_ref());
    let mark = own.and_then(|own| own.tidecal.as_deref()).and_then(Mark::decode);
    let content = if cancelled {
        Content::Cancelled
    } else {
        match event(item, recurrence_id.is_none(), zones) {
            Ok(event) => Content::Event(Box::new(event)),
            Err(reason) => Content::Unreadable(reason),
        }
    };
    let raw = raw.as_bytes().to_vec();
    let component = RemoteComponent { id, recurrence_id, version, content, raw, updated, mark };
    RemoteChange::Series(RemoteSeries { id: series, scope: SeriesScope::Part, components: vec![component] })
}

/// The series and occurrence that an exception belongs to; `None` for a master, a single event or
/// their removal. Cancelled occurrences may come with nothing but their id.
fn slot(
    item: &Item<'_>,
    id: &str,
    cancelled: bool,
    zones: &mut Zones,
) -> Result<Option<(String, Option<RecurrenceId>)>, String> {
    let by_id = || instance_of(id);
    let Some(series) = item.recurring_event_id.as_deref().filter(|series| !series.is_empty()) else {
        let bare = by_id().filter(|_| cancelled);
        return Ok(bare.map(|(series, slot)| (series.to_owned(), Some(slot))));
    };
    let slot = match &item.original_start_time {
        Some(original) => recurrence_id(original, zones)?,
        None => by_id().map(|(_, slot)| slot).ok_or("originalStartTime: missing")?,
    };
    Ok(Some((series.to_owned(), Some(slot))))
}

fn event(item: Item<'_>, may_recur: bool, zones: &mut Zones) -> Result<Event, String> {
    let rights = fields::rights(&item);
    let lines = item.recurrence.filter(|lines| may_recur && !lines.is_empty());
    let (when, zone_guessed) = when(item.start.as_ref(), item.end.as_ref(), lines.is_some(), zones)?;
    let recurrence = lines.map(|lines| recurrence(&lines, &when)).transpose()?;
    let attendees: Vec<_> = item.attendees.into_iter().flatten().map(fields::attendee).collect();
    let vendor_type = fields::event_type(item.event_type.as_deref());
    let attendees_omitted = item.attendees_omitted.unwrap_or_default();
    let meeting = attendees_omitted || !attendees.is_empty();
    let event = Event {
        uid: item.ical_uid.unwrap_or_default(),
        title: item.summary.unwrap_or_default(),
        description: item.description.unwrap_or_default(),
        location: item.location.unwrap_or_default(),
        zone_guessed,
        recurrence,
        status: fields::status(item.status.as_deref()),
        visibility: fields::visibility(item.visibility.as_deref()),
        transparency: fields::transparency(item.transparency.as_deref()),
        organizer: item.organizer.filter(|_| meeting).map(fields::organizer),
        attendees,
        attendees_omitted,
        reminders: fields::reminders(item.reminders),
        conference: fields::conference(item.conference_data, item.hangout_link),
        links: fields::links(item.attachments, item.source),
        rights,
        event_type: vendor_type.unwrap_or_default(),
        ..Event::at(when)
    };
    Ok(event.canonical())
}

fn recurrence(lines: &[String], when: &When) -> Result<Recurrence, String> {
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    recurrence_from_lines(&lines, when).map_err(|wrong| format!("recurrence: {wrong}"))
}

/// For the quarantine. An item without a readable id gets one made of its text, so that two of
/// them do not meet.
pub(super) fn unreadable(raw: &str, reason: &str) -> RemoteChange {
    let names = Names::of(raw);
    let id = if names.id.is_empty() {
        let digest = Sha256::digest(raw.as_bytes());
        digest.iter().take(12).fold("unreadable-".to_owned(), |id, byte| format!("{id}{byte:02x}"))
    } else {
        names.id
    };
    RemoteChange::Unreadable { id, version: names.etag, reason: reason.to_owned(), raw: raw.as_bytes().to_vec() }
}

#[cfg(test)]
#[path = "map_tests.rs"]
mod tests;
