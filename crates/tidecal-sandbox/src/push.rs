//! Push channels: who wants to hear of changes, and the posts that tell them. Only loopback addresses are ever called.
//!
//! A channel watches one resource of one person. After every request the changes since the last post are looked up and one
//! post per channel goes out, without a body, as the vendor's do.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Serialize;
use url::Url;

use crate::state::{SandboxState, World};

mod post;

/// What a channel watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Resource {
    /// Events of the calendar of that id.
    Events(String),
    /// The person's calendar list.
    CalendarList,
    /// Accepted, and never heard of again: nothing of it changes here.
    Other,
}

/// One channel.
#[derive(Debug, Clone)]
pub(crate) struct Channel {
    pub(crate) id: String,
    pub(crate) account: String,
    pub(crate) resource: Resource,
    pub(crate) resource_id: String,
    pub(crate) resource_uri: String,
    pub(crate) address: String,
    pub(crate) token: Option<String>,
    /// End in ms since the epoch.
    pub(crate) expires_ms: i64,
    /// Stopped by its owner; the id stays taken.
    pub(crate) stopped: bool,
    /// Number of the last change told.
    told: u64,
    /// Number of the last message.
    messages: u64,
    /// The first message has gone out.
    synced: bool,
    pub(crate) deliveries: Vec<Delivery>,
}

/// One post as it went.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Delivery {
    pub(crate) message: u64,
    /// `sync`, `exists` or `not_exists`.
    pub(crate) state: &'static str,
    /// Status of the last attempt; absent without an answer.
    pub(crate) status: Option<u16>,
    pub(crate) attempts: u32,
    /// Not sent at all: lost on purpose, or no loopback address.
    pub(crate) lost: bool,
}

/// Deliveries remembered of one channel.
const DELIVERIES_KEPT: usize = 200;

/// All channels by id, ended ones included.
pub(crate) type Channels = BTreeMap<String, Channel>;

/// What `watch` opens.
#[derive(Debug)]
pub(crate) struct Opening {
    pub(crate) id: String,
    pub(crate) account: String,
    pub(crate) resource: Resource,
    pub(crate) resource_id: String,
    pub(crate) resource_uri: String,
    pub(crate) address: String,
    pub(crate) token: Option<String>,
    pub(crate) expires_ms: i64,
}

/// Remembers a channel; its first message goes out with the request that opens it.
pub(crate) fn open(world: &mut World, opening: Opening) {
    let told = last_change(world, &opening.account, &opening.resource);
    let channel = Channel {
        id: opening.id.clone(),
        account: opening.account,
        resource: opening.resource,
        resource_id: opening.resource_id,
        resource_uri: opening.resource_uri,
        address: opening.address,
        token: opening.token,
        expires_ms: opening.expires_ms,
        stopped: false,
        told,
        messages: 0,
        synced: false,
        deliveries: Vec::new(),
    };
    world.channels.insert(opening.id, channel);
}

fn last_change(world: &World, account: &str, resource: &Resource) -> u64 {
    match resource {
        Resource::Events(id) => world.calendars.get(id).map_or(0, |calendar| calendar.seq),
        Resource::CalendarList => world.listings.get(account).map_or(0, |listing| listing.seq),
        Resource::Other => 0,
    }
}

impl Channel {
    /// Whether it still tells anything at this moment.
    pub(crate) fn lives(&self, now_ms: i64) -> bool {
        !self.stopped && self.expires_ms > now_ms
    }
}

/// Whether an address is on this machine: the only ones that are called.
pub(crate) fn is_loopback(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else {
        return false;
    };
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    url.scheme() == "http" && (host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()))
}

/// A message that is due.
#[derive(Debug)]
struct Message {
    channel_id: String,
    number: u64,
    state: &'static str,
    is_lost: bool,
    letter: post::Letter,
}

/// Sends what is due after a request: the first message of a new channel before its answer (or behind it, by switch), all
/// others on their own.
pub(crate) async fn deliver(state: &SandboxState) {
    let (messages, behind, pause_ms) = {
        let mut world = state.lock();
        if world.channels.is_empty() {
            return;
        }
        let messages = due(&mut world);
        (messages, world.switches.sync_message_late, world.switches.push_retry_milliseconds)
    };
    for message in messages {
        if message.is_lost || !is_loopback(&message.letter.address) {
            record(state, &message, None, 0, true);
            continue;
        }
        if message.state == "sync" && !behind {
            attempt(state, &message, pause_ms, 1).await;
        } else {
            let state = state.clone();
            tokio::spawn(async move { attempt(&state, &message, pause_ms, post::MOST_ATTEMPTS).await });
        }
    }
}

async fn attempt(state: &SandboxState, message: &Message, pause_ms: u64, most: u32) {
    let (status, attempts) = post::send(&message.letter, pause_ms, most).await;
    record(state, message, status, attempts, false);
}

fn record(state: &SandboxState, message: &Message, status: Option<u16>, attempts: u32, lost: bool) {
    let mut world = state.lock();
    // the sandbox may have been reset in between
    if let Some(channel) = world.channels.get_mut(&message.channel_id) {
        channel.deliveries.truncate(DELIVERIES_KEPT);
        channel.deliveries.push(Delivery { message: message.number, state: message.state, status, attempts, lost });
    }
}

/// A revoked grant or a lost right silences its channels.
fn may_hear(world: &World, channel: &Channel) -> bool {
    let granted = world.grants.consents.contains_key(&channel.account);
    granted
        && match &channel.resource {
            Resource::Events(id) => world.role(&channel.account, id).is_some(),
            Resource::CalendarList | Resource::Other => true,
        }
}

/// The messages due now; counts them as told.
fn due(world: &mut World) -> Vec<Message> {
    let now_ms = world.now().as_millisecond();
    let every = u64::from(world.switches.lose_notifications);
    let changes: Vec<(String, u64)> = world
        .channels
        .values()
        .filter(|channel| channel.lives(now_ms) && may_hear(world, channel))
        .map(|channel| (channel.id.clone(), last_change(world, &channel.account, &channel.resource)))
        .filter(|(id, change)| world.channels.get(id).is_some_and(|own| !own.synced || own.told < *change))
        .collect();
    let mut messages = Vec::new();
    for (id, change) in changes {
        let Some(channel) = world.channels.get_mut(&id) else { continue };
        let state = if channel.synced { "exists" } else { "sync" };
        channel.synced = true;
        channel.told = change;
        channel.messages += 1;
        let number = channel.messages;
        let is_lost = state != "sync" && every > 0 && number.is_multiple_of(every);
        messages.push(Message {
            channel_id: id,
            number,
            state,
            is_lost,
            letter: post::Letter::of(channel, number, state),
        });
    }
    messages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_addresses_on_this_machine_are_called() {
        for fine in ["http://127.0.0.1:80/x", "http://localhost:9/", "http://[::1]:9/"] {
            assert!(is_loopback(fine), "{fine}");
        }
        for other in
            ["https://127.0.0.1/", "http://192.0.2.1/", "http://example.com/", "http://127.0.0.1.example.com/", "x"]
        {
            assert!(!is_loopback(other), "{other}");
        }
    }
}
