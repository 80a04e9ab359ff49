//! Meetings: copies in the mailboxes of guests who have accounts here, and the mails that go with every write.
//!
//! The vendor has no quiet way: making, changing and deleting a meeting mails its guests each time.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::create::Hand;
use super::event::{Body, Event, Exception, Seen};
use super::ids::{self, EventRef, IdKind};
use super::times::stamp;
use crate::data::moment;
use crate::mails::{Kind, Mail};
use crate::state::World;

/// Members that belong to one copy alone.
const OWN: [&str; 6] =
    ["categories", "showAs", "isReminderOn", "reminderMinutesBeforeStart", "responseStatus", "sensitivity"];

fn addresses(attendees: &[Value], but: &str) -> Vec<String> {
    let all = attendees.iter().filter_map(|one| one["emailAddress"]["address"].as_str());
    all.filter(|address| !address.eq_ignore_ascii_case(but)).map(ToOwned::to_owned).collect()
}

/// Writes one mail per person into the ledger.
fn mail(world: &mut World, hand: &Hand, seen: &Seen<'_>, to: &[String], kind: Kind) {
    let seed = world.config.seed;
    let home = world.graph.mailbox(&hand.account).and_then(|own| own.home_of(seen.event.key));
    let calendar_id = home.map_or_else(String::new, |own| ids::calendar_id(seed, own.key));
    let event = EventRef { key: seen.event.key, slot: seen.slot };
    for person in to {
        let external = world.person(person).is_none();
        let time = moment::stamp(world.now());
        world.mails.add(Mail {
            number: 0,
            time,
            kind,
            to: person.clone(),
            external,
            account: hand.account.clone(),
            operation: hand.operation,
            calendar_id: calendar_id.clone(),
            event_id: ids::event_id(seed, event, IdKind::Immutable),
            ical_uid: seen.uid(),
            summary: seen.field("subject").as_str().unwrap_or_default().to_owned(),
        });
    }
}

fn event_of(world: &World, account: &str, key: u64) -> Option<Event> {
    world.graph.mailbox(account)?.event(key).cloned()
}

/// After a new event: invitations and copies.
pub(super) fn invite(world: &mut World, hand: &Hand, key: u64) {
    let Some(event) = event_of(world, &hand.account, key) else { return };
    let guests = addresses(event.whole().attendees(), &hand.account);
    mail(world, hand, &event.whole(), &guests, Kind::Invitation);
    spread(world, hand, &event, &guests);
}

/// After a change by the organiser: updates to those who stay, invitations to new guests, cancellations to former ones. A
/// guest's change stays in the guest's own copy.
pub(super) fn follow(world: &mut World, hand: &Hand, former: &Event, named: EventRef, sent: &Body) {
    let Some(event) = event_of(world, &hand.account, named.key) else { return };
    if !event.organizer.1.eq_ignore_ascii_case(&hand.account) {
        return;
    }
    let look = |event: &Event| -> Vec<String> {
        let seen = named.slot.and_then(|slot| event.occurrence(slot)).unwrap_or_else(|| event.whole());
        addresses(seen.attendees(), &hand.account)
    };
    let (before, now) = (look(former), look(&event));
    let has = |list: &[String], one: &String| list.iter().any(|own| own.eq_ignore_ascii_case(one));
    let added: Vec<String> = now.iter().filter(|one| !has(&before, one)).cloned().collect();
    let left: Vec<String> = before.iter().filter(|one| !has(&now, one)).cloned().collect();
    let stay: Vec<String> = now.iter().filter(|one| has(&before, one)).cloned().collect();
    let seen = named.slot.and_then(|slot| event.occurrence(slot)).unwrap_or_else(|| event.whole());
    mail(world, hand, &seen, &added, Kind::Invitation);
    mail(world, hand, &seen, &left, Kind::Cancellation);
    // a change of the guests alone concerns only those who come or go
    if sent.keys().any(|name| name != "attendees" && !name.starts_with('@')) {
        mail(world, hand, &seen, &stay, Kind::Update);
    }
    match named.slot {
        None => call_off_copies(world, &event, &left),
        Some(slot) => call_off_slot(world, &event, slot, &left),
    }
    let guests = addresses(event.whole().attendees(), &hand.account);
    spread(world, hand, &event, &guests);
}

/// After the organiser has taken a meeting or an occurrence away: cancellations, and copies that say so.
pub(super) fn call_off(world: &mut World, hand: &Hand, event: &Event, named: EventRef) {
    if !event.organizer.1.eq_ignore_ascii_case(&hand.account) {
        return;
    }
    let seen = named.slot.and_then(|slot| event.occurrence(slot)).unwrap_or_else(|| event.whole());
    let guests = addresses(seen.attendees(), &hand.account);
    mail(world, hand, &seen, &guests, Kind::Cancellation);
    match named.slot {
        None => call_off_copies(world, event, &guests),
        Some(slot) => call_off_slot(world, event, slot, &guests),
    }
}

/// The copy of a meeting in a guest's mailbox, with its calendar.
fn copy_of(world: &World, person: &str, event: &Event) -> Option<(String, u64, Event)> {
    let email = world.person(person)?.email.clone();
    let mailbox = world.graph.mailbox(&email)?;
    let key = *mailbox.by_uid.get(&event.uid)?;
    let home = mailbox.home_of(key)?;
    Some((email, home.key, home.events.get(&key)?.clone()))
}

fn call_off_copies(world: &mut World, event: &Event, guests: &[String]) {
    let now = world.now();
    for person in guests {
        let Some((email, calendar, mut copy)) = copy_of(world, person, event) else { continue };
        mark_cancelled(&mut copy.fields, event.field("subject"));
        world.graph.store(&email, calendar, copy, now);
    }
}

fn call_off_slot(world: &mut World, event: &Event, slot: Date, guests: &[String]) {
    let now = world.now();
    for person in guests {
        let Some((email, calendar, mut copy)) = copy_of(world, person, event) else { continue };
        if copy.occurrence(slot).is_none() {
            continue;
        }
        let subject = copy.field("subject").clone();
        let version = world.graph.next_version();
        mark_cancelled(&mut exception_of(&mut copy, slot, version, now).fields, &subject);
        world.graph.store(&email, calendar, copy, now);
    }
}

fn mark_cancelled(fields: &mut Body, subject: &Value) {
    let subject = subject.as_str().unwrap_or_default();
    fields.insert("subject".to_owned(), json!(format!("Canceled: {subject}")));
    fields.insert("isCancelled".to_owned(), json!(true));
    fields.insert("showAs".to_owned(), json!("free"));
}

/// The exception of a slot, made when there is none, under a new version.
pub(super) fn exception_of(event: &mut Event, slot: Date, version: u64, now: Timestamp) -> &mut Exception {
    let exception = event.exceptions.entry(slot).or_insert_with(|| Exception {
        version,
        modified: now,
        fields: Body::new(),
        times: None,
        extended: BTreeMap::new(),
    });
    exception.version = version;
    exception.modified = now;
    exception
}

/// Brings the guests' copies in step with the organiser's event; what belongs to a copy alone stays.
fn spread(world: &mut World, hand: &Hand, event: &Event, guests: &[String]) {
    let now = world.now();
    for person in guests {
        let Some(email) = world.person(person).map(|own| own.email.clone()) else { continue };
        if email == hand.account {
            continue;
        }
        let former = copy_of(world, &email, event);
        let Some(home) = world.graph.mailbox(&email).and_then(|own| own.default_calendar()).map(|own| own.key) else {
            continue;
        };
        let mut copy = event.clone();
        strip(&mut copy);
        match &former {
            Some((_, _, old)) => take_over(&mut copy, old),
            None => {
                copy.key = world.graph.next_key();
                copy.folder = world.graph.next_folder();
                copy.created = now;
                invited(&mut copy);
            }
        }
        let calendar = former.map_or(home, |(_, calendar, _)| calendar);
        world.graph.store(&email, calendar, copy, now);
    }
}

/// Takes away what only the organiser's event has.
fn strip(copy: &mut Event) {
    copy.transaction_id = None;
    copy.extended.clear();
    copy.version = 0;
    for exception in copy.exceptions.values_mut() {
        exception.extended.clear();
        exception.fields.retain(|name, _| !OWN.contains(&name.as_str()));
    }
}

/// Gives a copy what the guest's former one has of its own.
fn take_over(copy: &mut Event, old: &Event) {
    (copy.key, copy.folder, copy.created, copy.version) = (old.key, old.folder, old.created, old.version);
    copy.extended.clone_from(&old.extended);
    for name in OWN {
        copy.fields.insert(name.to_owned(), old.field(name).clone());
    }
}

/// Makes a copy a new invitation.
fn invited(copy: &mut Event) {
    for (name, value) in [
        ("categories", json!([])),
        ("showAs", json!("tentative")),
        ("responseStatus", json!({"response": "notResponded", "time": "0001-01-01T00:00:00Z"})),
    ] {
        copy.fields.insert(name.to_owned(), value);
    }
}

/// Carries a guest's answer to the organiser: a mail, and the guest's status in the organiser's event.
pub(super) fn answer_back(world: &mut World, hand: &Hand, copy: &Event, slot: Option<Date>, answer: &str) {
    let organizer = copy.organizer.1.clone();
    let seen = slot.and_then(|slot| copy.occurrence(slot)).unwrap_or_else(|| copy.whole());
    mail(world, hand, &seen, std::slice::from_ref(&organizer), Kind::Response);
    let Some((email, calendar, mut event)) = copy_of(world, &organizer, copy) else { return };
    let now = world.now();
    let list = match slot {
        None => event.field("attendees").clone(),
        Some(slot) => match event.occurrence(slot) {
            Some(seen) => seen.field("attendees").clone(),
            None => return,
        },
    };
    let Value::Array(mut list) = list else { return };
    for one in &mut list {
        if one["emailAddress"]["address"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(&hand.account)) {
            one["status"] = json!({"response": answer, "time": stamp(now)});
        }
    }
    match slot {
        None => {
            event.fields.insert("attendees".to_owned(), json!(list));
        }
        Some(slot) => {
            let version = world.graph.next_version();
            let exception = exception_of(&mut event, slot, version, now);
            exception.fields.insert("attendees".to_owned(), json!(list));
        }
    }
    world.graph.store(&email, calendar, event, now);
}
