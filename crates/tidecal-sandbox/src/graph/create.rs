//! `POST /me/calendars/{id}/events`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Reply;
use super::call::Call;
use super::errors::{DUPLICATE, GraphError, Result};
use super::event::{Body, DEFAULTS, Event};
use super::fields::{self, Desk};
use super::ids::{EventRef, IdKind, event_id};
use super::{meetings, schema, settle};
use crate::entra::tenant;
use crate::state::World;

/// Who writes, and into which mailbox.
#[derive(Debug, Clone)]
pub(crate) struct Hand {
    /// Owner of the mailbox.
    pub(crate) account: String,
    /// The operation for the ledger of mails.
    pub(crate) operation: &'static str,
    pub(crate) strict: bool,
}

impl Call {
    pub(crate) fn hand(&self) -> Hand {
        Hand { account: self.account.clone(), operation: self.operation, strict: self.strict }
    }
}

pub(super) fn create(world: &mut World, call: &Call) -> Result<Reply> {
    call.query.only(&[], call.operation, call.strict)?;
    let calendar = call.calendar(world)?.key;
    let sent = call.json()?;
    let key = apply(world, &call.hand(), calendar, &sent)?;
    let mailbox = call.mailbox(world)?;
    let event = mailbox.event(key).ok_or_else(GraphError::not_found)?;
    let mut body = call.view().event(&event.whole());
    settle::hide_late_link(world, &mut body);
    let at = format!("{}/v1.0/me/events/{}", call.origin, body["id"].as_str().unwrap_or_default());
    settle::after_write(world, &call.account, key);
    Ok(Reply::created(body, &at, call))
}

/// Makes an event; answers its key.
pub(crate) fn apply(world: &mut World, hand: &Hand, calendar: u64, sent: &Body) -> Result<u64> {
    schema::check(sent, schema::EVENT, "event", hand.strict)?;
    let (seed, now) = (world.config.seed, world.now());
    let is_personal = tenant::is_personal(world, &hand.account);
    let mailbox = world.graph.mailbox(&hand.account).ok_or_else(GraphError::not_found)?;
    fields::writable(mailbox.calendars.get(&calendar).ok_or_else(GraphError::not_found)?)?;
    let transaction_id = sent.get("transactionId").and_then(Value::as_str).map(ToOwned::to_owned);
    if let Some((_, existing)) = transaction_id.as_deref().and_then(|id| fields::used(mailbox, id)) {
        return Err(duplicate(world, seed, existing));
    }
    let organizer = (mailbox.name.clone(), mailbox.email.clone());
    let switches = world.switches.graph.clone();
    let key = world.graph.next_key();
    let desk = Desk { switches: &switches, providers: fields::providers(is_personal), seed, key };
    let mut event = described(sent, &desk, organizer, now)?;
    event.folder = world.graph.next_folder();
    world.graph.store(&hand.account, calendar, event, now);
    if let (Some(id), Some(mailbox)) = (transaction_id, world.graph.mailboxes.get_mut(&hand.account)) {
        mailbox.transactions.insert(id, key);
    }
    meetings::invite(world, hand, key);
    Ok(key)
}

/// The event that a body describes, not stored yet.
fn described(sent: &Body, desk: &Desk<'_>, organizer: (String, String), now: Timestamp) -> Result<Event> {
    let members = fields::changed(&DEFAULTS, sent, desk)?;
    let times = fields::times(None, sent, desk.switches)?.ok_or_else(GraphError::property)?;
    let (recurrence, times) = match sent.get("recurrence").filter(|value| !value.is_null()) {
        Some(value) => fields::series(value, times, desk.switches).map(|(own, times)| (Some(own), times))?,
        None => (None, times),
    };
    let mut extended = BTreeMap::new();
    fields::extend(&mut extended, sent)?;
    Ok(Event {
        key: desk.key,
        folder: 0,
        version: 0,
        created: now,
        modified: now,
        uid: format!("0000000010000000{:016X}{:016X}", desk.seed, desk.key),
        transaction_id: sent.get("transactionId").and_then(Value::as_str).map(ToOwned::to_owned),
        organizer,
        fields: members,
        times,
        recurrence,
        exceptions: BTreeMap::new(),
        cancelled: BTreeSet::new(),
        extended,
    })
}

/// The answer to a repeated transaction id.
fn duplicate(world: &World, seed: u64, existing: Option<&Event>) -> GraphError {
    let switches = &world.switches.graph;
    let mut error = GraphError::new(switches.duplicate_transaction_status, "ErrorDuplicateTransactionId", DUPLICATE);
    if let Some(event) = existing.filter(|_| !switches.hide_existing_event_id) {
        let id = event_id(seed, EventRef::whole(event.key), IdKind::Default(event.folder));
        error.extra = Some(Box::new(("@event.existingEventId", json!(id))));
    }
    error
}
