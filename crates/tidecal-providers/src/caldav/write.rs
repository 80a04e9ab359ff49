//! Writing calendar objects: a new one under a name of our making, changes edited into the text
//! that the server holds, removals.
//!
//! What a change does not name survives byte for byte. Every write rests on the `ETag` that was
//! read; what the server made of it is read back.

use http::HeaderMap;
use http::header::{DATE, ETAG};
use jiff::Timestamp;
use tidecal_core::model::{Event, Status};
use tidecal_core::remote::{
    Answer, ComponentWrite, Failure, FailureClass, ItemRef, Mark, PermanentScope, RemoteChange, RemoteWrite,
    WriteAction,
};
use tidecal_core::sync::Field;
use tidecal_ical::edit::{AttendeeFields, Change, Edit, apply, changes};
use tidecal_ical::{Component, ReadLimits, Recurrence, RecurrenceId, VEvent, read, write as text_of};
use url::Url;

use super::requests::{self, Guard};
use super::session::{Answer as Reply, Session};
use super::{NAME, href, items};
use crate::icalendar::{MARK, hash, overlaid, partstat};

const LIMITS: ReadLimits = ReadLimits { bytes: 16 << 20, components: 20_000, component_bytes: 4 << 20, depth: 16 };

/// Writes to one calendar.
pub(super) struct Writer<'a> {
    pub(super) session: &'a Session<'a>,
    pub(super) calendar: &'a Url,
}

/// A resource as the server holds it.
struct Stored {
    body: Vec<u8>,
    /// `None`: the server sends none, nothing guards the write.
    etag: Option<String>,
    /// The server's clock.
    now: Option<Timestamp>,
}

impl Writer<'_> {
    pub(super) async fn write(&self, write: &RemoteWrite) -> Result<Vec<RemoteChange>, Failure> {
        let path = write.series_id.as_str();
        match &write.action {
            WriteAction::Create { mark, components } => {
                let body = new_text(path, mark, components)?;
                self.put(path, body, Guard::New).await
            }
            WriteAction::Update(components) => {
                let stored = self.stored(path, components.iter().find_map(|it| it.item.as_ref())).await?;
                let edits = edits(&stored, components)?;
                self.edit(path, stored, &edits).await
            }
            WriteAction::Delete { version } => self.delete(path, version).await.map(|()| Vec::new()),
            WriteAction::Answer { item, recurrence_id, answer } => {
                let stored = self.stored(path, Some(item)).await?;
                let edits = answered(&stored, *recurrence_id, answer, self.session.own_address())?;
                self.edit(path, stored, &edits).await
            }
        }
    }

    /// The text to be edited: of the version that the write rests on, or the write has to be
    /// thought over.
    async fn stored(&self, path: &str, rests_on: Option<&ItemRef>) -> Result<Stored, Failure> {
        let reply = self.session.send(&requests::get(href::at_path(self.calendar, path))).await?;
        match reply.status {
            200..=299 => {}
            404 | 410 => return Err(moved_on()),
            _ => return Err(self.session.refused(&reply, PermanentScope::Item)),
        }
        let etag = header(&reply.headers, &ETAG);
        let version = etag.clone().unwrap_or_else(|| hash(&reply.body));
        if rests_on.is_some_and(|item| !item.version.is_empty() && item.version != version) {
            return Err(moved_on());
        }
        Ok(Stored { body: reply.body.to_vec(), etag, now: clock(&reply.headers) })
    }

    async fn edit(&self, path: &str, stored: Stored, edits: &[Edit]) -> Result<Vec<RemoteChange>, Failure> {
        let edited = apply(&stored.body, edits).map_err(|wrong| unwritable(&wrong.to_string()))?;
        if edited == stored.body {
            return self.read_back(path).await;
        }
        let stamp = stored.now.map(|now| touched(&edited, now));
        let edited = stamp.and_then(|stamp| apply(&edited, &stamp).ok()).unwrap_or(edited);
        let body = String::from_utf8(edited).map_err(|_| unwritable("the stored text is not in UTF-8"))?;
        self.put(path, body, stored.etag.map_or(Guard::None, Guard::Version)).await
    }

    async fn put(&self, path: &str, body: String, guard: Guard) -> Result<Vec<RemoteChange>, Failure> {
        let reply = self.session.send(&requests::put(href::at_path(self.calendar, path), body, guard)).await?;
        if !(200..300).contains(&reply.status) {
            return Err(self.refused(&reply));
        }
        self.read_back(path).await
    }

    async fn read_back(&self, path: &str) -> Result<Vec<RemoteChange>, Failure> {
        let item = ItemRef { id: path.to_owned(), version: String::new() };
        items::fetch(self.session, self.calendar, &[item]).await
    }

    /// Gone already is success.
    async fn delete(&self, path: &str, version: &str) -> Result<(), Failure> {
        // A version of our own making is no guard: the text is compared first.
        let own = version.starts_with("sha256:");
        if own {
            let item = ItemRef { id: path.to_owned(), version: version.to_owned() };
            match self.stored(path, Some(&item)).await {
                Err(failure) if failure.class == FailureClass::Conflict && !self.is_there(path).await? => return Ok(()),
                other => other?,
            };
        }
        let guard = if own || version.is_empty() { Guard::None } else { Guard::Version(version.to_owned()) };
        let reply = self.session.send(&requests::delete(href::at_path(self.calendar, path), guard)).await?;
        match reply.status {
            200..=299 | 404 | 410 => Ok(()),
            412 if !self.is_there(path).await? => Ok(()),
            _ => Err(self.refused(&reply)),
        }
    }

    async fn is_there(&self, path: &str) -> Result<bool, Failure> {
        let reply = self.session.send(&requests::get(href::at_path(self.calendar, path))).await?;
        match reply.status {
            200..=299 => Ok(true),
            404 | 410 => Ok(false),
            _ => Err(self.session.refused(&reply, PermanentScope::Item)),
        }
    }

    /// Why a write was refused (RFC 4791 5.3.2.1, RFC 6638 3.2.4).
    fn refused(&self, reply: &Reply) -> Failure {
        let mut failure = self.session.refused(reply, PermanentScope::Item);
        let condition = failure.vendor_code.clone().unwrap_or_default();
        let (class, remedy) = match (condition.as_str(), reply.status) {
            ("no-uid-conflict", _) => (FailureClass::Conflict, None),
            ("need-privileges", _) | (_, 403 | 405) if condition.is_empty() || condition == "need-privileges" => (
                FailureClass::Permanent(PermanentScope::Item),
                Some("The server does not let this login write to the calendar. Ask its owner for the right to."),
            ),
            ("allowed-attendee-scheduling-object-change" | "allowed-organizer-scheduling-object-change", _) => (
                FailureClass::Permanent(PermanentScope::Item),
                Some("Only the organiser can change this meeting. Undo the change here, or ask the organiser."),
            ),
            ("quota-not-exceeded", _) | (_, 507) => (
                FailureClass::Permanent(PermanentScope::Item),
                Some("The calendar's storage is full. Make room there, then try again."),
            ),
            (named, 409) if !named.is_empty() => (FailureClass::Permanent(PermanentScope::Item), None),
            _ => return failure,
        };
        failure.class = class;
        failure.remedy = remedy.map(str::to_owned).or(failure.remedy);
        failure
    }
}

/// A whole new resource. Its UID is the event's own, as long as it was never used here before.
fn new_text(path: &str, mark: &Mark, components: &[ComponentWrite]) -> Result<String, Failure> {
    let name = path.rsplit('/').next().unwrap_or_default().trim_end_matches(".ics");
    let master = components.iter().find(|it| it.recurrence_id.is_none()).and_then(|it| it.after.as_deref());
    let own = master.map(|master| master.uid.clone()).filter(|uid| !uid.is_empty() && name.ends_with("g0"));
    let uid = own.unwrap_or_else(|| name.to_owned());
    let mut events = Vec::with_capacity(components.len());
    let mut excluded = Vec::new();
    for component in components {
        let Some(after) = &component.after else { continue };
        if let (Some(slot), Status::Cancelled) = (component.recurrence_id, after.status) {
            excluded.push(slot);
            continue;
        }
        let blank =
            VEvent { uid: uid.clone(), recurrence_id: component.recurrence_id, ..VEvent::at(after.when.clone()) };
        events.push(overlaid(&blank, None, after, &Field::ALL));
    }
    let text = text_of(None, &events);
    let mut edits: Vec<Edit> = excluded.into_iter().map(Edit::Exclude).collect();
    let value = Some(mark.encode());
    edits.push(Edit::Change { slot: None, change: Change::Property { name: MARK.to_owned(), value } });
    let text = apply(text.as_bytes(), &edits).map_err(|wrong| unwritable(&wrong.to_string()))?;
    String::from_utf8(text).map_err(|_| unwritable("the text is not in UTF-8"))
}

fn edits(stored: &Stored, components: &[ComponentWrite]) -> Result<Vec<Edit>, Failure> {
    let events = events_of(&stored.body)?;
    let find = |slot| events.iter().find(|event| event.recurrence_id == slot);
    // A new exception is a copy of the master as this very write leaves it.
    let mut master = find(None).cloned();
    let mut edits = Vec::new();
    for component in components {
        let slot = component.recurrence_id;
        let (Some(after), found) = (component.after.as_deref(), find(slot)) else {
            edits.extend(slot.map(Edit::RemoveOverride));
            continue;
        };
        if let (Some(slot), Status::Cancelled) = (slot, after.status) {
            edits.push(Edit::Exclude(slot));
            continue;
        }
        let copied;
        let base = match (found, slot, &master) {
            (Some(found), ..) => found,
            (None, Some(slot), Some(master)) => {
                edits.push(Edit::AddOverride(slot));
                let before = component.before.as_deref().map_or_else(|| after.when.clone(), |it| it.when.clone());
                let recurrence = Recurrence::default();
                copied = VEvent { when: before, recurrence, recurrence_id: Some(slot), ..master.clone() };
                &copied
            }
            (None, ..) => return Err(moved_on()),
        };
        let new = overlaid(base, component.before.as_deref(), after, &component.fields);
        let sequence = base.sequence.saturating_add(1);
        edits.extend(changes(base, &new).into_iter().map(|change| Edit::Change { slot, change }));
        if reschedules(&component.fields, after) {
            edits.push(Edit::Change { slot, change: Change::Sequence(sequence) });
        }
        if slot.is_none() {
            master = Some(new);
        }
    }
    Ok(edits)
}

/// RFC 5546 2.1.4: what guests have to know of.
fn reschedules(fields: &[Field], after: &Event) -> bool {
    !after.attendees.is_empty() && fields.iter().any(|field| matches!(field, Field::Time | Field::Status))
}

fn answered(stored: &Stored, slot: Option<RecurrenceId>, answer: &Answer, own: &str) -> Result<Vec<Edit>, Failure> {
    let events = events_of(&stored.body)?;
    let event = events.iter().find(|event| event.recurrence_id == slot).ok_or_else(moved_on)?;
    let guest = event.attendees.iter().find(|guest| !own.is_empty() && guest.email.eq_ignore_ascii_case(own));
    let Some(guest) = guest else {
        return Err(unwritable("the owner of this calendar is not among the guests, so there is nothing to answer"));
    };
    let fields = AttendeeFields {
        partstat: Some(partstat(answer.response)),
        rsvp: Some(false),
        comment: (!answer.comment.is_empty()).then(|| answer.comment.clone()),
        ..AttendeeFields::default()
    };
    Ok(vec![Edit::Change { slot, change: Change::Attendee { email: guest.email.clone(), fields } }])
}

fn events_of(body: &[u8]) -> Result<Vec<VEvent>, Failure> {
    let calendar = read(body, &LIMITS).map_err(|wrong| unwritable(&wrong.to_string()))?;
    let events = calendar.components.into_iter().filter_map(|component| match component {
        Component::Event(event) => Some(*event),
        Component::Unreadable { .. } => None,
    });
    Ok(events.collect())
}

/// DTSTAMP and LAST-MODIFIED of everything, by the server's clock.
fn touched(body: &[u8], now: Timestamp) -> Vec<Edit> {
    let events = events_of(body).unwrap_or_default();
    events.iter().map(|event| Edit::Change { slot: event.recurrence_id, change: Change::Touched(now) }).collect()
}

fn clock(headers: &HeaderMap) -> Option<Timestamp> {
    let date = header(headers, &DATE)?;
    jiff::fmt::rfc2822::parse(&date).ok().map(|zoned| zoned.timestamp())
}

fn header(headers: &HeaderMap, name: &http::HeaderName) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

fn moved_on() -> Failure {
    Failure::new(FailureClass::Conflict, format!("{NAME}: the object is not as it was when it was last read"))
}

fn unwritable(why: &str) -> Failure {
    Failure::new(FailureClass::Permanent(PermanentScope::Item), format!("{NAME}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidecal_core::model::Event;

    const TEXT: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\nBEGIN:VEVENT\r\nUID:a@example.com\r\n\
        DTSTAMP:20261101T000000Z\r\nDTSTART:20261201T090000Z\r\nDTEND:20261201T100000Z\r\nSUMMARY:Weekly\r\n\
        RRULE:FREQ=WEEKLY;COUNT=4\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    #[test]
    fn a_new_exception_beside_a_change_of_its_series_keeps_what_it_says_itself() {
        let stored = Stored { body: TEXT.as_bytes().to_vec(), etag: None, now: None };
        let when = events_of(&stored.body).unwrap()[0].when.clone();
        let before = Event { title: "Weekly".into(), ..Event::at(when) };
        let moved = Event { location: "Room 2".into(), ..before.clone() };
        let part = |slot: Option<&str>, before: &Event, after: &Event| ComponentWrite {
            item: None,
            recurrence_id: slot.map(|slot| slot.parse().unwrap()),
            before: Some(Box::new(before.clone())),
            after: Some(Box::new(after.clone())),
            fields: vec![Field::Location],
        };
        let parts = [part(None, &before, &moved), part(Some("20261208T090000Z"), &moved, &before)];
        let text = apply(&stored.body, &edits(&stored, &parts).unwrap()).unwrap();
        let places: Vec<String> = events_of(&text).unwrap().into_iter().map(|event| event.location).collect();
        assert_eq!(places, ["Room 2", ""]);
    }
}
