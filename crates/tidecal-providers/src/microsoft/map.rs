//! Events as Graph sends them to changes.
//!
//! A page of a delta or a view holds single events whole, but of series only pieces: occurrences
//! without content, exceptions, masters perhaps. So a page only names the series that something
//! happened to ([`Piece::OfSeries`]); the series is read by the id of its master, with exceptions
//! and cancelled occurrences, and is whole then.

use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};
use tidecal_core::model::Event;
use tidecal_core::remote::{Content, Mark, RemoteChange, RemoteComponent, RemoteSeries, SeriesScope};
use tidecal_ical::{Recurrence, When};

use super::wire::{Head, Item};
use super::{body, fields, pattern, time};

/// Extended property that holds the mark of a copy. The GUID is Tidecal's own.
pub(super) const MARK: &str = "String {6f1c2a44-93f0-4ff1-9d39-7a5f3d2f5c1e} Name tidecalMark";
/// Extended property that holds the key by which a copy that was not confirmed is found again.
pub(super) const KEY: &str = "String {6f1c2a44-93f0-4ff1-9d39-7a5f3d2f5c1e} Name tidecalKey";
/// Beginning of the transaction ids that Tidecal makes.
pub(super) const OWN_TRANSACTION: &str = "7dec0000-";

/// What one entry of a page says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    /// All that it says.
    Change(RemoteChange),
    /// Something of the series with that master.
    OfSeries(String),
    /// An item that must be asked for by its id, for what pages leave out.
    ById(String),
}

/// Reads one entry of a page. Never fails: what cannot be read is reported as such.
pub(super) fn piece(raw: &str, own: Option<&str>) -> Piece {
    let head: Head = match serde_json::from_str(raw) {
        Ok(head) => head,
        Err(wrong) => return Piece::Change(unreadable(raw, &wrong.to_string())),
    };
    let Some(id) = head.id.clone().filter(|id| !id.is_empty()) else {
        return Piece::Change(unreadable(raw, "id: missing"));
    };
    if head.removed.is_some() {
        // Also said of events outside the window that were added or changed.
        return Piece::Change(RemoteChange::Gone { id, proven: false });
    }
    match (head.kind.as_deref(), head.series_master_id.clone().filter(|id| !id.is_empty())) {
        (Some("seriesMaster"), _) => Piece::OfSeries(id),
        (Some("occurrence" | "exception"), Some(master)) | (None, Some(master)) => Piece::OfSeries(master),
        (Some("occurrence" | "exception"), None) => {
            Piece::Change(unreadable(raw, "seriesMasterId: missing in an occurrence"))
        }
        // A copy of ours: its mark is no part of pages.
        _ if head.transaction_id.as_deref().is_some_and(|id| id.starts_with(OWN_TRANSACTION)) => Piece::ById(id),
        _ => Piece::Change(item(raw, own)),
    }
}

/// The id of the master, if the item is an occurrence or exception.
pub(super) fn master_of(raw: &str) -> Option<String> {
    let head: Head = serde_json::from_str(raw).ok()?;
    let part = matches!(head.kind.as_deref(), Some("occurrence" | "exception"));
    head.series_master_id.filter(|id| part && !id.is_empty())
}

/// Version of an event, from its text.
pub(super) fn version_of(raw: &str) -> String {
    serde_json::from_str::<Head>(raw).unwrap_or_default().version()
}

/// Whether a master says what its exceptions and cancelled occurrences are; others need not.
pub(super) fn names_exceptions(raw: &str) -> bool {
    let head: Head = serde_json::from_str(raw).unwrap_or_default();
    head.kind.as_deref() != Some("seriesMaster")
        || raw.contains("\"exceptionOccurrences\"") && raw.contains("\"cancelledOccurrences\"")
}

/// Reads a single event, or a master with everything that belongs to it.
pub(super) fn item(raw: &str, own: Option<&str>) -> RemoteChange {
    match whole(raw, own) {
        Ok(series) => RemoteChange::Series(series),
        Err(reason) => unreadable(raw, &reason),
    }
}

fn whole(raw: &str, own: Option<&str>) -> Result<RemoteSeries, String> {
    let head: Head = serde_json::from_str(raw).map_err(|wrong| wrong.to_string())?;
    let mut item: Item<'_> = serde_json::from_str(raw).map_err(|wrong| wrong.to_string())?;
    let id = head.id.clone().filter(|id| !id.is_empty()).ok_or("id: missing")?;
    let exceptions = item.exception_occurrences.take().unwrap_or_default();
    let cancelled = item.cancelled_occurrences.take().unwrap_or_default();
    let mark = mark(&item);
    let updated = item.last_modified_date_time.as_deref().and_then(|text| text.parse().ok());
    let event = master(item, own);
    let mut components = vec![RemoteComponent {
        id: id.clone(),
        version: head.version(),
        raw: without_exceptions(raw),
        updated,
        mark,
        content: match &event {
            Ok(event) => Content::Event(Box::new(event.clone())),
            Err(reason) => Content::Unreadable(reason.clone()),
        },
        ..RemoteComponent::default()
    }];
    // Without the series there is nothing to place an exception in; nothing is said of them then.
    let scope = if event.is_ok() { SeriesScope::Whole } else { SeriesScope::Part };
    if let Ok(event) = &event {
        components.extend(exceptions.iter().map(|raw| exception(raw.get(), event, own)));
        let taken: Vec<_> = components.iter().filter_map(|component| component.recurrence_id).collect();
        let gone = cancelled.iter().map(|text| cancelled_occurrence(text, &event.when));
        components.extend(gone.filter(|gone| gone.recurrence_id.is_none_or(|slot| !taken.contains(&slot))));
    }
    Ok(RemoteSeries { id, scope, components })
}

/// A single event or the master of a series.
fn master(mut item: Item<'_>, own: Option<&str>) -> Result<Event, String> {
    let recurrence = item.recurrence.as_ref().map(pattern::pattern).transpose()?;
    let (mut when, zone_guessed) = time::when(&item, recurrence.is_some())?;
    let rules = time::own_zone(&item).rules;
    let mut rule = None;
    if let Some((pattern, end)) = recurrence {
        let start = when.start_local();
        // The first event is the first date that the pattern names.
        let first = pattern.first_from(start.date()).ok_or("recurrence.pattern: names no date")?;
        if first != start.date() {
            when = when.shifted_to(first.to_datetime(start.time()));
        }
        let zone = (!when.is_all_day()).then_some(&rules);
        rule = Some(Recurrence { rules: vec![pattern::rule(&pattern, end, zone)?], ..Recurrence::default() });
    }
    let uid = item.i_cal_u_id.take().unwrap_or_default();
    Ok(event(item, when, zone_guessed, rule, uid, own))
}

/// One changed occurrence of a series.
pub(super) fn exception(text: &str, series: &Event, own: Option<&str>) -> RemoteComponent {
    let head: Head = serde_json::from_str(text).unwrap_or_default();
    let mut component = RemoteComponent {
        id: head.id.clone().filter(|id| !id.is_empty()).unwrap_or_else(|| made_up_id(text)),
        version: head.version(),
        raw: text.as_bytes().to_vec(),
        ..RemoteComponent::default()
    };
    let read = serde_json::from_str::<Item<'_>>(text).map_err(|wrong| wrong.to_string()).and_then(|item| {
        component.updated = item.last_modified_date_time.as_deref().and_then(|text| text.parse().ok());
        component.recurrence_id = Some(time::slot(&item, &series.when)?);
        let (when, guessed) = time::when(&item, false)?;
        Ok(event(item, when, guessed, None, series.uid.clone(), own))
    });
    component.content = match read {
        Ok(event) => Content::Event(Box::new(event)),
        Err(reason) => Content::Unreadable(reason),
    };
    component
}

/// Version of an occurrence that does not take place: there is no item that could have one.
pub(super) const CANCELLED: &str = "cancelled";

/// `OID.<master id>.<date>`: an occurrence that does not take place; there is nothing else of it.
fn cancelled_occurrence(text: &str, series: &When) -> RemoteComponent {
    let day = text.rsplit('.').next().and_then(|day| day.parse().ok());
    RemoteComponent {
        id: text.to_owned(),
        recurrence_id: day.map(|day| time::slot_on(day, series)),
        version: CANCELLED.to_owned(),
        content: match day {
            Some(_) => Content::Cancelled,
            None => Content::Unreadable(format!("cancelledOccurrences: {text:?}")),
        },
        ..RemoteComponent::default()
    }
}

fn event(
    mut item: Item<'_>,
    when: When,
    zone_guessed: bool,
    recurrence: Option<Recurrence>,
    uid: String,
    own: Option<&str>,
) -> Event {
    let guests = item.attendees.take().unwrap_or_default();
    let organizes = item.is_organizer == Some(true);
    let answer = item.response_status.take().and_then(|status| status.response);
    let organizer = item.organizer.take().filter(|_| !guests.is_empty());
    let hint = fields::event_type(item.show_as.as_deref());
    let body = item.body.take().unwrap_or_default();
    let event = Event {
        uid,
        title: item.subject.take().unwrap_or_default(),
        description: body::description(body.content_type.as_deref(), &body.content.unwrap_or_default()),
        location: item.location.take().and_then(|place| place.display_name).unwrap_or_default(),
        zone_guessed,
        recurrence,
        status: fields::status(&item),
        visibility: fields::visibility(item.sensitivity.as_deref()),
        transparency: fields::transparency(item.show_as.as_deref()),
        organizer: organizer.map(|organizer| fields::person(organizer, organizes)),
        attendees: fields::attendees(guests, own, answer.as_deref()),
        attendees_omitted: item.hide_attendees == Some(true) && !organizes,
        reminders: fields::reminders(&item),
        categories: item.categories.take().unwrap_or_default(),
        rights: fields::rights(&item),
        conference: fields::conference(&mut item),
        links: fields::links(&mut item),
        event_type: hint.unwrap_or_default(),
        ..Event::at(when)
    };
    event.canonical()
}

fn mark(item: &Item<'_>) -> Option<Mark> {
    let properties = item.single_value_extended_properties.as_deref()?;
    let own = |id: &str| id.eq_ignore_ascii_case(MARK);
    let property = properties.iter().find(|property| property.id.as_deref().is_some_and(own))?;
    Mark::decode(property.value.as_deref()?)
}

/// The master's own text; its exceptions keep theirs.
fn without_exceptions(raw: &str) -> Vec<u8> {
    if !raw.contains("\"exceptionOccurrences\"") {
        return raw.as_bytes().to_vec();
    }
    let mut fields: std::collections::BTreeMap<String, &RawValue> = serde_json::from_str(raw).unwrap_or_default();
    fields.remove("exceptionOccurrences");
    serde_json::to_vec(&fields).unwrap_or_default()
}

/// For the quarantine. An item without a readable id gets one made of its text, so that two of
/// them do not meet.
pub(super) fn unreadable(raw: &str, reason: &str) -> RemoteChange {
    #[derive(Default, serde::Deserialize)]
    #[serde(default)]
    struct Names<'a> {
        #[serde(borrow)]
        id: Option<&'a RawValue>,
        #[serde(borrow, rename = "@odata.etag")]
        etag: Option<&'a RawValue>,
    }
    let names: Names<'_> = serde_json::from_str(raw).unwrap_or_default();
    let text = |value: Option<&RawValue>| value.and_then(|it| serde_json::from_str::<String>(it.get()).ok());
    RemoteChange::Unreadable {
        id: text(names.id).filter(|id| !id.is_empty()).unwrap_or_else(|| made_up_id(raw)),
        version: text(names.etag).unwrap_or_default(),
        reason: reason.to_owned(),
        raw: raw.as_bytes().to_vec(),
    }
}

fn made_up_id(raw: &str) -> String {
    let digest = Sha256::digest(raw.as_bytes());
    digest.iter().take(12).fold("unreadable-".to_owned(), |id, byte| format!("{id}{byte:02x}"))
}

#[cfg(test)]
#[path = "map_tests.rs"]
mod tests;
