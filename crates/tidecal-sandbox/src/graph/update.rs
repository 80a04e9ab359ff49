//! `PATCH /me/events/{id}`: of a single event, a whole series, or one occurrence.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::Value;

use super::Reply;
use super::call::Call;
use super::create::Hand;
use super::errors::{GraphError, Result};
use super::event::{Body, Event, Exception};
use super::fields::{self, Desk};
use super::ids::EventRef;
use super::{meetings, schema, settle};
use crate::entra::tenant;
use crate::state::World;

pub(super) fn patch(world: &mut World, call: &Call) -> Result<Reply> {
    call.query.only(&[], call.operation, call.strict)?;
    let (_, event, named) = call.event(world)?;
    call.check_version(world, version_of(event, named))?;
    let sent = call.json()?;
    apply(world, &call.hand(), named, &sent)?;
    let event = call.mailbox(world)?.event(named.key).ok_or_else(GraphError::not_found)?;
    let seen = match named.slot {
        Some(slot) => event.occurrence(slot).ok_or_else(GraphError::not_found)?,
        None => event.whole(),
    };
    let mut body = call.view().event(&seen);
    if sent.contains_key("isOnlineMeeting") {
        settle::hide_late_link(world, &mut body);
    }
    settle::after_write(world, &call.account, named.key);
    Ok(Reply::json(body, call))
}

pub(super) fn version_of(event: &Event, named: EventRef) -> u64 {
    named.slot.and_then(|slot| event.exceptions.get(&slot)).map_or(event.version, |own| own.version)
}

/// Changes an event or one of its occurrences.
pub(crate) fn apply(world: &mut World, hand: &Hand, named: EventRef, sent: &Body) -> Result<()> {
    schema::check(sent, schema::EVENT, "event", hand.strict)?;
    let is_personal = tenant::is_personal(world, &hand.account);
    let mailbox = world.graph.mailbox(&hand.account).ok_or_else(GraphError::not_found)?;
    let home = mailbox.home_of(named.key).ok_or_else(GraphError::not_found)?;
    fields::writable(home)?;
    let (calendar, former) = (home.key, home.events.get(&named.key).cloned().ok_or_else(GraphError::not_found)?);
    if sent.get("transactionId").is_some_and(|id| id.as_str() != former.transaction_id.as_deref()) {
        return Err(GraphError::invalid("The transactionId of an event cannot be changed."));
    }
    let switches = world.switches.graph.clone();
    let desk = Desk {
        switches: &switches,
        providers: fields::providers(is_personal),
        seed: world.config.seed,
        key: named.key,
    };
    let mut event = former.clone();
    match named.slot {
        None => whole(&mut event, sent, &desk)?,
        Some(slot) => {
            let version = world.graph.next_version();
            occurrence(&mut event, slot, sent, &desk, (version, world.now()))?;
        }
    }
    let now = world.now();
    world.graph.store(&hand.account, calendar, event, now);
    meetings::follow(world, hand, &former, named, sent);
    Ok(())
}

fn whole(event: &mut Event, sent: &Body, desk: &Desk<'_>) -> Result<()> {
    let new = fields::changed(&event.fields, sent, desk)?;
    event.fields.extend(new);
    fields::extend(&mut event.extended, sent)?;
    let times = fields::times(Some(&event.times), sent, desk.switches)?;
    let moved = times.as_ref().is_some_and(|times| *times != event.times);
    let recurrence = match sent.get("recurrence") {
        // without a recurrence of its own, a moved series repeats from its new start
        None => event.recurrence.clone().filter(|_| moved).map(|own| {
            let mut json = own.to_json();
            let start = times.as_ref().map_or(event.times.start, |times| times.start);
            json["range"]["startDate"] = Value::String(start.date().to_string());
            json["range"]["recurrenceTimeZone"] = Value::String(String::new());
            json
        }),
        Some(value) => Some(value.clone()),
    };
    let times = times.unwrap_or_else(|| event.times.clone());
    let (recurrence, times) = match recurrence {
        None => (event.recurrence.clone(), times),
        Some(Value::Null) => (None, times),
        Some(value) => fields::series(&value, times, desk.switches).map(|(own, times)| (Some(own), times))?,
    };
    // another pattern or time drops exceptions and gaps
    if recurrence != event.recurrence || times != event.times {
        event.exceptions.clear();
        event.cancelled.clear();
    }
    event.recurrence = recurrence;
    event.times = times;
    Ok(())
}

fn occurrence(
    event: &mut Event,
    slot: Date,
    sent: &Body,
    desk: &Desk<'_>,
    stamp: (u64, jiff::Timestamp),
) -> Result<()> {
    if sent.get("recurrence").is_some_and(|value| !value.is_null()) {
        return Err(GraphError::property());
    }
    let seen = event.occurrence(slot).ok_or_else(GraphError::not_found)?;
    let mut present = event.fields.clone();
    present.extend(seen.exception.map(|own| own.fields.clone()).unwrap_or_default());
    let mut exception = seen.exception.cloned().unwrap_or_else(|| Exception {
        version: 0,
        modified: stamp.1,
        fields: Body::new(),
        times: None,
        extended: BTreeMap::new(),
    });
    if let Some(times) = fields::times(Some(&seen.times), sent, desk.switches)? {
        let day = event.times.zone.tz.to_datetime(times.start_instant()).date();
        let day_of = |slot: Date| {
            let start = event.occurrence(slot).map(|own| own.times.start_instant());
            start.map(|start| event.times.zone.tz.to_datetime(start).date())
        };
        let (before, after) = event.neighbours(slot);
        let early = before.and_then(day_of).is_some_and(|other| day <= other);
        let late = after.and_then(day_of).is_some_and(|other| day >= other);
        if early || late {
            return Err(GraphError::crossing());
        }
        exception.times = Some(times);
    }
    exception.fields.extend(fields::changed(&present, sent, desk)?);
    fields::extend(&mut exception.extended, sent)?;
    (exception.version, exception.modified) = stamp;
    event.exceptions.insert(slot, exception);
    Ok(())
}
