//! A guest's answers: `accept`, `tentativelyAccept`, `decline`; and reminders, of which nothing is kept.

use serde_json::{Value, json};

use super::Reply;
use super::call::Call;
use super::errors::{GraphError, Result};
use super::event::{Body, Event};
use super::ids::EventRef;
use super::times::{self, stamp};
use super::{meetings, schema};
use crate::state::World;

pub(super) fn accept(world: &mut World, call: &Call) -> Result<Reply> {
    respond(world, call, "accepted")
}

pub(super) fn tentatively(world: &mut World, call: &Call) -> Result<Reply> {
    respond(world, call, "tentativelyAccepted")
}

pub(super) fn decline(world: &mut World, call: &Call) -> Result<Reply> {
    respond(world, call, "declined")
}

/// `dismissReminder`.
pub(super) fn dismiss(world: &mut World, call: &Call) -> Result<Reply> {
    call.event(world)?;
    Ok(Reply::Accepted)
}

/// `snoozeReminder`.
pub(super) fn snooze(world: &mut World, call: &Call) -> Result<Reply> {
    let sent = call.parameters()?;
    schema::check(&sent, schema::SNOOZE, "event", call.strict)?;
    call.event(world)?;
    times::read(sent.get("newReminderTime").unwrap_or(&Value::Null))?;
    Ok(Reply::Accepted)
}

fn respond(world: &mut World, call: &Call, answer: &'static str) -> Result<Reply> {
    let sent = call.parameters()?;
    schema::check(&sent, schema::ANSWER, "event", call.strict)?;
    let (home, event, named) = call.event(world)?;
    let tells = sent.get("sendResponse").and_then(Value::as_bool).unwrap_or(true);
    check(call, event, &sent, answer, tells)?;
    let (calendar, mut copy) = (home.key, event.clone());
    let now = world.now();
    mark(world, &mut copy, named, answer);
    if tells {
        meetings::answer_back(world, &call.hand(), &copy, named.slot, answer);
    }
    match (answer, named.slot) {
        // declining takes the meeting, or the occurrence, out of the calendar
        ("declined", None) => {
            world.graph.drop_event(&call.account, named.key);
        }
        ("declined", Some(slot)) => {
            copy.exceptions.remove(&slot);
            copy.cancelled.insert(slot);
            world.graph.store(&call.account, calendar, copy, now);
        }
        _ => world.graph.store(&call.account, calendar, copy, now),
    }
    Ok(Reply::Accepted)
}

/// Only guests answer, and a new time is proposed only to somebody who hears of it.
fn check(call: &Call, event: &Event, sent: &Body, answer: &str, tells: bool) -> Result<()> {
    if event.organizer.1.eq_ignore_ascii_case(&call.account) {
        return Err(GraphError::invalid(
            "Your request can't be completed. You can't respond to this meeting because you're the meeting organizer.",
        ));
    }
    let proposes = sent.get("proposedNewTime").is_some_and(|value| !value.is_null());
    let allowed = event.field("allowNewTimeProposals") == &json!(true);
    if proposes && (answer == "accepted" || !tells || !allowed) {
        return Err(GraphError::invalid("A new time cannot be proposed with this response."));
    }
    Ok(())
}

/// Writes the answer into the guest's own copy.
fn mark(world: &mut World, copy: &mut Event, named: EventRef, answer: &str) {
    let now = world.now();
    let status = json!({"response": answer, "time": stamp(now)});
    match named.slot {
        None => {
            copy.fields.insert("responseStatus".to_owned(), status);
            let shown = if answer == "accepted" { "busy" } else { "tentative" };
            copy.fields.insert("showAs".to_owned(), json!(shown));
        }
        Some(slot) => {
            let version = world.graph.next_version();
            let exception = meetings::exception_of(copy, slot, version, now);
            exception.fields.insert("responseStatus".to_owned(), status);
        }
    }
}
