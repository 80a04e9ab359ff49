//! Telling subscribers: one array per receiver, several subscriptions mixed, tried again when the receiver is slow.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::ids::{EventRef, IdKind, etag, event_id};
use super::mailbox::Graph;
use super::post;
use super::subscriptions::{Notice, Subscription};
use super::times::stamp;
use crate::clock;
use crate::entra::tenant;
use crate::state::{SandboxState, World};

/// A change as it happened; made into notices when the request is over.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    account: String,
    calendar: u64,
    key: u64,
    folder: u32,
    version: u64,
    kind: &'static str,
}

/// Remembers a change for the subscribers.
pub(super) fn note(graph: &mut Graph, account: &str, calendar: u64, key: u64, kind: &'static str) {
    let event = graph.mailbox(account).and_then(|own| own.event(key));
    let (folder, version) = event.map_or((0, 0), |own| (own.folder, own.version));
    let watched = graph.subscriptions.values().any(|own| own.account == account);
    if watched {
        graph.changed.push(Change { account: account.to_owned(), calendar, key, folder, version, kind });
    }
}

/// Notices for the changes since the last call.
fn gather(world: &mut World) {
    let changes = std::mem::take(&mut world.graph.changed);
    let now = world.now();
    let every = u64::from(world.switches.lose_notifications);
    for change in changes {
        let listening = |own: &&Subscription| {
            own.account == change.account
                && own.lives(now)
                && own.calendar.is_none_or(|key| key == change.calendar)
                && own.change_types.iter().any(|kind| kind == change.kind)
        };
        let all: Vec<Subscription> = world.graph.subscriptions.values().filter(listening).cloned().collect();
        for subscription in all {
            world.graph.notices += 1;
            if every > 0 && world.graph.notices.is_multiple_of(every) {
                continue;
            }
            let entry = entry(world, &subscription, &change);
            world.graph.outbox.push(Notice { url: subscription.url.clone(), entry });
        }
    }
}

fn entry(world: &World, subscription: &Subscription, change: &Change) -> Value {
    let seed = world.config.seed;
    let kind = if subscription.immutable { IdKind::Immutable } else { IdKind::Default(change.folder) };
    let id = event_id(seed, EventRef::whole(change.key), kind);
    let path = format!("Users/{}/Events/{id}", tenant::object_id(world, &change.account));
    let secret = if world.switches.graph.wrong_client_state {
        Some("not-the-secret")
    } else {
        subscription.client_state.as_deref()
    };
    json!({
        "subscriptionId": subscription.id,
        "subscriptionExpirationDateTime": stamp(subscription.expires),
        "changeType": change.kind,
        "resource": path,
        "resourceData": {
            "@odata.type": "#Microsoft.Graph.Event",
            "@odata.id": path,
            "@odata.etag": etag(seed, change.version),
            "id": id,
        },
        "clientState": secret,
        "tenantId": tenant::of_account(world, &change.account),
    })
}

/// A lifecycle notice to a subscription's own address for those.
pub(crate) fn lifecycle(world: &mut World, id: &str, event: &str) -> bool {
    let Some(subscription) = world.graph.subscriptions.get(id).cloned() else {
        return false;
    };
    let Some(url) = subscription.lifecycle_url.clone() else {
        return false;
    };
    if event == "subscriptionRemoved" {
        world.graph.subscriptions.remove(id);
    }
    let entry = json!({
        "subscriptionId": subscription.id,
        "subscriptionExpirationDateTime": stamp(subscription.expires),
        "clientState": subscription.client_state,
        "tenantId": tenant::of_account(world, &subscription.account),
        "lifecycleEvent": event,
    });
    world.graph.outbox.push(Notice { url, entry });
    true
}

/// Sends what is due after a request; the answers are not waited for.
pub(crate) fn flush(state: &SandboxState) {
    let (notices, pause, twice) = {
        let mut world = state.lock();
        gather(&mut world);
        let twice = world.switches.graph.repeat_notifications;
        (std::mem::take(&mut world.graph.outbox), world.switches.push_retry_milliseconds, twice)
    };
    let mut by_url: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for notice in notices {
        let entries = by_url.entry(notice.url).or_default();
        if twice {
            entries.push(notice.entry.clone());
        }
        entries.push(notice.entry);
    }
    for (url, entries) in by_url {
        tokio::spawn(async move {
            let body = json!({"value": entries}).to_string();
            for attempt in 0..4_u32 {
                if post::deliver(&url, &body).await {
                    return;
                }
                clock::wait(pause << attempt).await;
            }
        });
    }
}
