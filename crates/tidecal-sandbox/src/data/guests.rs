//! Copies of a meeting in the calendars of its guests, as far as they have accounts here.
//!
//! A copy has the organiser's iCalUID and usually event id, its own `self` marks, reminders and private properties. Nothing is
//! mailed; other guests are names only.

use serde_json::{Value, json};

use super::complete::{link, normalise, party};
use super::copies;
use super::event::Body;
use super::instance::find;
use super::moment::text;
use super::series;
use crate::config::Person;
use crate::state::World;

/// Members that belong to one copy alone.
pub(crate) const OWN: [&str; 6] = ["reminders", "colorId", "transparency", "visibility", "htmlLink", "hangoutLink"];

/// Brings the guests' copies in step with the organiser's event: new, changed, or cancelled.
pub(crate) fn spread(world: &mut World, calendar_id: &str, body: &Body) {
    let organised_here = body.get("organizer").is_some_and(|own| own["self"] == json!(true));
    if !organised_here {
        return;
    }
    for person in world.config.people.clone() {
        if person.email == calendar_id {
            continue;
        }
        let theirs = copies::translated(world, &person.email, body);
        let Some(copy) = copy_or_gap(world, &person, &theirs) else { continue };
        let id = text(&copy, "id").unwrap_or_default().to_owned();
        let etag = world.next_etag();
        let gone = text(&copy, "status") == Some("cancelled");
        let Some(calendar) = world.calendars.get_mut(&person.email) else { continue };
        let former = calendar.events.get(&id).map(super::event::Stored::body);
        calendar.put(copy.clone(), etag);
        match former {
            _ if gone => series::end(world, &person.email, &id),
            Some(former) => series::follow(world, &person.email, &former, &copy),
            None => {}
        }
    }
}

/// What the guest's calendar is to hold now; `None` when it stays as it is.
fn copy_or_gap(world: &World, person: &Person, body: &Body) -> Option<Body> {
    let id = text(body, "id").unwrap_or_default();
    let calendar = world.calendars.get(&person.email)?;
    let former = calendar.events.get(id).map(super::event::Stored::body);
    let cancelled = |mut body: Body| {
        body.insert("status".to_owned(), json!("cancelled"));
        body
    };
    let invited = is_guest(body, &person.email) && text(body, "status") != Some("cancelled");
    match (invited, former) {
        (true, former) => copy_for(world, person, body, former.as_ref()),
        (false, Some(former)) if text(&former, "status") != Some("cancelled") => {
            let mut gone = cancelled(former);
            gone.insert("updated".to_owned(), body.get("updated").cloned().unwrap_or_default());
            Some(gone)
        }
        // an occurrence cancelled, or without this guest: a gap in the guest's copy of the series
        (false, None) if has_live_series(world, &person.email, body) => {
            copy_for(world, person, body, None).map(cancelled)
        }
        (false, _) => None,
    }
}

fn has_live_series(world: &World, email: &str, body: &Body) -> bool {
    text(body, "recurringEventId")
        .and_then(|master| world.calendars.get(email)?.events.get(master))
        .is_some_and(|master| !master.cancelled)
}

fn is_guest(body: &Body, email: &str) -> bool {
    attendees(body).iter().any(|attendee| attendee["email"] == json!(email))
}

/// The guests of an event.
pub(crate) fn attendees(body: &Body) -> &[Value] {
    body.get("attendees").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn copy_for(world: &World, person: &Person, body: &Body, former: Option<&Body>) -> Option<Body> {
    let calendar = world.calendars.get(&person.email)?;
    let people = &world.config.people;
    let mut copy = body.clone();
    for name in OWN {
        copy.remove(name);
    }
    copy.insert("reminders".to_owned(), json!({"useDefault": true}));
    if let Some(extended) = copy.get_mut("extendedProperties").and_then(Value::as_object_mut) {
        extended.remove("private");
    }
    if let Some(former) = former {
        for name in OWN {
            if let Some(value) = former.get(name) {
                copy.insert(name.to_owned(), value.clone());
            }
        }
        if let Some(private) = former.get("extendedProperties").and_then(|all| all.get("private")) {
            copy.entry("extendedProperties").or_insert_with(|| json!({}))["private"] = private.clone();
        }
    }
    let id = text(body, "id").unwrap_or_default();
    copy.insert("htmlLink".to_owned(), json!(link(id, &person.email)));
    for role in ["organizer", "creator"] {
        if let Some(email) = body.get(role).and_then(|own| own["email"].as_str()) {
            copy.insert(role.to_owned(), party(email, calendar, people));
        }
    }
    normalise(&mut copy, calendar);
    Some(copy)
}

/// Carries a guest's answer (`responseStatus`, comment, additional guests) to the organiser's event and from there to
/// the other copies.
pub(crate) fn answer_back(world: &mut World, guest: &str, copy: &Body) {
    let id = copies::original(world, guest, text(copy, "id").unwrap_or_default());
    let organizer = copy.get("organizer").and_then(|own| own["email"].as_str());
    let Some(calendar_id) = organizer.filter(|email| *email != guest).map(ToOwned::to_owned) else {
        return;
    };
    let own = attendees(copy).iter().find(|attendee| attendee["email"] == json!(guest));
    let answer = match (text(copy, "status"), own) {
        // removing one's copy declines
        (Some("cancelled"), _) => json!({"responseStatus": "declined"}),
        (_, Some(own)) => own.clone(),
        (_, None) => return,
    };
    let etag = world.next_etag();
    let Some(calendar) = world.calendars.get_mut(&calendar_id) else {
        return;
    };
    let Some(mut body) = find(calendar, &id).map(|found| found.body()) else {
        return;
    };
    let Some(entry) = body
        .get_mut("attendees")
        .and_then(Value::as_array_mut)
        .and_then(|all| all.iter_mut().find(|attendee| attendee["email"] == json!(guest)))
    else {
        return;
    };
    let mut changed = false;
    for name in ["responseStatus", "comment", "additionalGuests"] {
        if let Some(value) = answer.get(name)
            && entry.get(name) != Some(value)
        {
            entry[name] = value.clone();
            changed = true;
        }
    }
    if changed {
        calendar.put(body, etag);
    }
}
