//! `….watch` and `channels.stop`: opening and ending push channels.

use jiff::Timestamp;
use serde_json::{Value, json};
use url::Url;

use super::Reply;
use super::call::Call;
use super::errors::ApiError;
use super::list_query::ListQuery;
use crate::data::event::Body;
use crate::data::moment::text;
use crate::push::{self, Opening, Resource};
use crate::random::digest;
use crate::state::World;

/// Longest id of a channel, in characters.
const LONGEST_ID: usize = 64;
/// Longest token of a channel, in characters.
const LONGEST_TOKEN: usize = 256;
/// Calendars that the vendor generates and that tell nobody of changes.
const GENERATED: [&str; 4] = ["#holiday@", "#contacts@", "#weeknum@", "#birthday"];

pub(crate) fn events(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    call.calendar(world)?;
    ListQuery::read(&call.query)?;
    if GENERATED.iter().any(|mark| call.calendar_id.contains(mark)) {
        let message = "Push notifications are not supported by this resource.";
        return Err(ApiError::new(400, "global", "pushNotSupportedForRequestedResource", message));
    }
    let path = format!("calendars/{}/events", call.calendar_id.replace('@', "%40").replace('#', "%23"));
    open(world, call, Resource::Events(call.calendar_id.clone()), &path)
}

pub(crate) fn calendar_list(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    open(world, call, Resource::CalendarList, "users/me/calendarList")
}

pub(crate) fn settings(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    open(world, call, Resource::Other, "users/me/settings")
}

pub(crate) fn acl(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    call.calendar(world)?;
    open(world, call, Resource::Other, &format!("calendars/{}/acl", call.calendar_id))
}

fn open(world: &mut World, call: &Call, resource: Resource, path: &str) -> Result<Reply, ApiError> {
    let body = call.json()?;
    let id = text(&body, "id").unwrap_or_default().to_owned();
    let address = text(&body, "address").unwrap_or_default().to_owned();
    let token = text(&body, "token").map(ToOwned::to_owned);
    check(world, &body, &id, &address, token.as_deref())?;
    let expires_ms = expiration(world, &body)?;
    let resource_id = digest(&format!("{} {path}", call.account));
    let resource_uri = format!("https://www.googleapis.com/calendar/v3/{path}?alt=json");
    let mut answer = json!({
        "kind": "api#channel",
        "id": id,
        "resourceId": resource_id,
        "resourceUri": resource_uri,
        "expiration": expires_ms.to_string(),
    });
    if let Some(token) = &token {
        answer["token"] = json!(token);
    }
    let account = call.account.clone();
    push::open(world, Opening { id, account, resource, resource_id, resource_uri, address, token, expires_ms });
    Ok(Reply::Json { text: answer.to_string(), etag: None })
}

fn check(world: &World, body: &Body, id: &str, address: &str, token: Option<&str>) -> Result<(), ApiError> {
    let legal = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_+/=".contains(&byte));
    if id.is_empty() {
        return Err(ApiError::required("Missing channel id."));
    }
    if !legal || id.len() > LONGEST_ID || token.is_some_and(|token| token.chars().count() > LONGEST_TOKEN) {
        return Err(ApiError::invalid("Invalid channel."));
    }
    if !matches!(text(body, "type"), Some("web_hook" | "webhook")) {
        return Err(refused("channelTypeNotSupported", "Channel type not supported."));
    }
    let url = Url::parse(address).map_err(|_| ApiError::required("Missing or invalid address."))?;
    let plain = push::is_loopback(address) && !world.switches.https_webhooks_only;
    if url.scheme() != "https" && !plain {
        return Err(refused("push.webhookUrlNotHttps", &format!("WebHook callback must be HTTPS: {address}")));
    }
    if world.channels.contains_key(id) {
        return Err(refused("channelIdNotUnique", &format!("Channel id {id} not unique")));
    }
    Ok(())
}

fn refused(reason: &str, message: &str) -> ApiError {
    ApiError::new(400, "global", reason, message)
}

/// End of the channel in ms: the asked time or life, never more than the vendor's.
fn expiration(world: &World, body: &Body) -> Result<i64, ApiError> {
    let now_ms = world.now().as_millisecond();
    let longest = now_ms + world.switches.channel_lifetime_seconds * 1000;
    let wrong = || ApiError::invalid("Invalid channel expiration.");
    // the contract says text, clients send numbers as well
    let whole = |value: &Value| value.as_i64().or_else(|| value.as_str()?.parse().ok());
    let asked = match (body.get("expiration"), body.get("params").and_then(|params| params.get("ttl"))) {
        (Some(ms), _) => Some(whole(ms).ok_or_else(wrong)?),
        (None, Some(ttl)) => Some(now_ms + whole(ttl).ok_or_else(wrong)? * 1000),
        (None, None) => None,
    };
    match asked {
        Some(ms) if ms <= now_ms || Timestamp::from_millisecond(ms).is_err() => Err(wrong()),
        Some(ms) => Ok(ms.min(longest)),
        None => Ok(longest),
    }
}

pub(crate) fn stop(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    let body = call.json()?;
    let (Some(id), Some(resource_id)) = (text(&body, "id"), text(&body, "resourceId")) else {
        return Err(ApiError::required("Missing channel id or resource id."));
    };
    let now_ms = world.now().as_millisecond();
    let channel = world.channels.get_mut(id).filter(|channel| channel.lives(now_ms));
    let channel = channel.filter(|own| own.resource_id == resource_id && own.account == call.account);
    match channel {
        Some(channel) => {
            channel.stopped = true;
            Ok(Reply::NoContent)
        }
        None => Err(ApiError::new(404, "global", "notFound", format!("Channel '{id}' not found for project"))),
    }
}
