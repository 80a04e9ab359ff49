//! Subscriptions to changes: created after a handshake with the receiver, renewed, deleted.

use axum::response::{IntoResponse, Response};
use http::request::Parts;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::call::Call;
use super::errors::{GraphError, Result};
use super::routes::Found;
use super::times::{read_instant, stamp};
use super::{Reply, ids, post, schema};
use crate::entra::tenant;
use crate::push::is_loopback;
use crate::random::{opaque, opaque_guid};
use crate::state::{SandboxState, World};

const LEAST: SignedDuration = SignedDuration::from_mins(45);
const MOST: SignedDuration = SignedDuration::from_mins(10_080);

/// A live subscription.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) account: String,
    pub(crate) resource: String,
    /// Key of the calendar watched; `None` = the whole mailbox.
    pub(crate) calendar: Option<u64>,
    pub(crate) change_types: Vec<String>,
    pub(crate) url: String,
    pub(crate) lifecycle_url: Option<String>,
    pub(crate) client_state: Option<String>,
    pub(crate) expires: Timestamp,
    /// Created with immutable ids preferred: notices hold them.
    pub(crate) immutable: bool,
}

/// A notice that waits to be delivered: the receiver's address and one entry of `value`.
#[derive(Debug, Clone)]
pub(crate) struct Notice {
    pub(crate) url: String,
    pub(crate) entry: Value,
}

impl Subscription {
    pub(crate) fn lives(&self, now: Timestamp) -> bool {
        self.expires > now
    }

    pub(crate) fn to_json(&self, world: &World) -> Value {
        json!({
            "id": self.id,
            "resource": self.resource,
            "applicationId": world.config.outlook_client_id,
            "changeType": self.change_types.join(","),
            "clientState": self.client_state,
            "notificationUrl": self.url,
            "lifecycleNotificationUrl": self.lifecycle_url,
            "expirationDateTime": stamp(self.expires),
            "creatorId": tenant::object_id(world, &self.account),
            "includeResourceData": null,
            "latestSupportedTlsVersion": "v1_2",
            "encryptionCertificate": null,
            "encryptionCertificateId": null,
            "notificationQueryOptions": null,
            "notificationUrlAppId": null,
        })
    }
}

/// `POST /subscriptions`: reads, calls the receivers, remembers. The lock is free while they are called.
pub(super) async fn create(state: &SandboxState, found: Found, parts: &Parts, body: &[u8]) -> Response {
    let read = {
        let world = state.lock();
        Call::read(&world, found, parts, body).and_then(|call| wanted(&world, &call).map(|own| (call, own)))
    };
    let (call, wanted) = match read {
        Ok(read) => read,
        Err(error) => return super::refuse(state, parts, error),
    };
    for url in [Some(&wanted.url), wanted.lifecycle_url.as_ref()].into_iter().flatten() {
        let token = format!("Validation: {}", opaque(call.seed, &wanted.id, 1));
        if !post::shakes_hands(url, &token).await {
            let text = "Subscription validation request failed. Notification endpoint must respond with 200 OK to validation request.";
            return super::refuse(state, parts, GraphError::new(400, "ValidationError", text));
        }
    }
    let mut world = state.lock();
    let body = wanted.to_json(&world);
    let at = format!("{}/v1.0/subscriptions/{}", call.origin, wanted.id);
    world.graph.made += 1;
    world.graph.subscriptions.insert(wanted.id.clone(), wanted);
    let mut response = Reply::created(body, &at, &call).into_response();
    drop(world);
    super::add_request_id(state, parts, &mut response);
    response
}

/// The subscription that a request describes.
fn wanted(world: &World, call: &Call) -> Result<Subscription> {
    let sent = call.json()?;
    schema::check(&sent, schema::SUBSCRIPTION, "subscription", call.strict)?;
    let text = |name: &str| sent.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let missing = |name: &str| GraphError::new(400, "InvalidRequest", format!("A subscription needs {name}."));
    let needed = |name: &str| text(name).ok_or_else(|| missing(name));
    let change_types: Vec<String> = needed("changeType")?.split(',').map(|one| one.trim().to_owned()).collect();
    if change_types.iter().any(|one| !matches!(one.as_str(), "created" | "updated" | "deleted")) {
        return Err(GraphError::new(400, "InvalidRequest", "Unsupported change type."));
    }
    let url = needed("notificationUrl")?.to_owned();
    let lifecycle_url = text("lifecycleNotificationUrl").map(ToOwned::to_owned);
    for url in std::iter::once(&url).chain(&lifecycle_url) {
        check_address(url, world.switches.https_webhooks_only)?;
    }
    if text("clientState").is_some_and(|state| state.len() > 128) {
        return Err(GraphError::new(400, "InvalidRequest", "The clientState can have at most 128 characters."));
    }
    let resource = needed("resource")?.to_owned();
    let calendar = watched(call, world, &resource)?;
    let expires = expiry(needed("expirationDateTime")?, world.now())?;
    let wanted = Subscription {
        id: opaque_guid(call.seed, &format!("subscription {} {}", call.account, world.graph.made)),
        account: call.account.clone(),
        resource,
        calendar,
        change_types,
        url,
        lifecycle_url,
        client_state: text("clientState").map(ToOwned::to_owned),
        expires,
        immutable: call.prefer.immutable,
    };
    check_new(world, &wanted).map(|()| wanted)
}

/// One subscription for each person, resource and set of changes.
fn check_new(world: &World, wanted: &Subscription) -> Result<()> {
    let mut living = world.graph.subscriptions.values().filter(|own| own.lives(world.now()));
    let is_taken = living.any(|own| {
        own.account == wanted.account && own.calendar == wanted.calendar && own.change_types == wanted.change_types
    });
    if is_taken {
        let text = "Subscription already exists for the specified combination of application and resource.";
        return Err(GraphError::new(409, "Conflict", text));
    }
    Ok(())
}

fn check_address(url: &str, https_only: bool) -> Result<()> {
    if https_only && !url.starts_with("https://") {
        return Err(GraphError::new(400, "InvalidRequest", "The notification URL must use https."));
    }
    // nothing leaves this machine
    if !https_only && !is_loopback(url) {
        let text = "The sandbox calls loopback addresses by http only.";
        return Err(GraphError::own(400, "sandboxNotLoopback", text));
    }
    Ok(())
}

/// `/me/events`, `/me/calendars/{id}/events`, and the same below `/users/{id}`: the calendar's key, or the whole mailbox.
fn watched(call: &Call, world: &World, resource: &str) -> Result<Option<u64>> {
    let words: Vec<&str> = resource.trim_matches('/').split('/').collect();
    let own =
        |person: &str| person.eq_ignore_ascii_case(&call.account) || person == tenant::object_id(world, &call.account);
    let rest = match words.as_slice() {
        ["me", rest @ ..] => rest,
        ["users", person, rest @ ..] if own(person) => rest,
        ["users", ..] => return Err(GraphError::denied()),
        _ => return Err(GraphError::new(400, "InvalidRequest", format!("Resource '{resource}' is not supported."))),
    };
    match rest {
        ["events"] => Ok(None),
        ["calendar", "events"] => Ok(call.mailbox(world)?.default_calendar().map(|own| own.key)),
        // an id may hold slashes that nobody has encoded
        ["calendars", id @ .., "events"] => {
            let id = id.join("/");
            let id = crate::google::routes::decoded(&id).unwrap_or(id);
            let key = ids::read_calendar(call.seed, &id).ok_or_else(GraphError::malformed_id)?;
            call.mailbox(world)?.calendars.contains_key(&key).then_some(Some(key)).ok_or_else(GraphError::not_found)
        }
        _ => Err(GraphError::new(400, "InvalidRequest", format!("Resource '{resource}' is not supported."))),
    }
}

/// Too short is raised, too long refused.
fn expiry(text: &str, now: Timestamp) -> Result<Timestamp> {
    let wrong = |text: &str| GraphError::new(400, "InvalidRequest", text.to_owned());
    let asked = read_instant(text).ok_or_else(|| wrong("The expirationDateTime is not valid."))?;
    let ahead = asked.duration_since(now);
    if ahead <= SignedDuration::ZERO {
        return Err(wrong("Subscription expirationDateTime must be in the future."));
    }
    if ahead > MOST {
        return Err(wrong("Subscription expiration can only be 10080 minutes in the future."));
    }
    Ok(if ahead < LEAST { now.checked_add(LEAST).unwrap_or(asked) } else { asked })
}

fn own<'a>(world: &'a World, call: &Call) -> Result<&'a Subscription> {
    let id = call.item_id.as_deref().unwrap_or_default();
    let found = world.graph.subscriptions.get(id).filter(|own| own.account == call.account && own.lives(world.now()));
    found.ok_or_else(|| GraphError::new(404, "ResourceNotFound", "The object was not found."))
}

pub(super) fn list(world: &mut World, call: &Call) -> Result<Reply> {
    let all = world.graph.subscriptions.values();
    let items: Vec<Value> =
        all.filter(|own| own.account == call.account && own.lives(world.now())).map(|own| own.to_json(world)).collect();
    Ok(Reply::json(json!({"value": items}), call))
}

pub(super) fn get(world: &mut World, call: &Call) -> Result<Reply> {
    Ok(Reply::json(own(world, call)?.to_json(world), call))
}

pub(super) fn renew(world: &mut World, call: &Call) -> Result<Reply> {
    let id = own(world, call)?.id.clone();
    let sent = call.json()?;
    schema::check(&sent, schema::SUBSCRIPTION, "subscription", call.strict)?;
    if let Some(name) = sent
        .keys()
        .find(|name| !matches!(name.as_str(), "expirationDateTime" | "notificationUrl") && !name.starts_with('@'))
    {
        return Err(GraphError::new(400, "InvalidRequest", format!("The {name} of a subscription cannot be changed.")));
    }
    let text = sent.get("expirationDateTime").and_then(Value::as_str).unwrap_or_default();
    let expires = expiry(text, world.now())?;
    if let Some(subscription) = world.graph.subscriptions.get_mut(&id) {
        subscription.expires = expires;
    }
    get(world, call)
}

pub(super) fn delete(world: &mut World, call: &Call) -> Result<Reply> {
    let id = own(world, call)?.id.clone();
    world.graph.subscriptions.remove(&id);
    Ok(Reply::NoContent)
}

pub(super) fn reauthorize(world: &mut World, call: &Call) -> Result<Reply> {
    own(world, call)?;
    Ok(Reply::NoContent)
}
