//! Calendars and calendar groups.

use serde_json::{Value, json};

use super::Reply;
use super::call::Call;
use super::errors::{GraphError, Result};
use super::mailbox::Calendar;
use super::{fields, ids, schema};
use crate::entra::tenant;
use crate::state::World;

const GROUPS: [(&str, &str); 2] = [("AQMkAGroupMine", "My Calendars"), ("AQMkAGroupOther", "Other Calendars")];

/// A calendar as answered to its mailbox's owner.
pub(crate) fn shown(world: &World, account: &str, calendar: &Calendar) -> Value {
    let seed = world.config.seed;
    let providers = fields::providers(tenant::is_personal(world, account));
    let own = calendar.owner.1.eq_ignore_ascii_case(account);
    json!({
        "id": ids::calendar_id(seed, calendar.key),
        "name": calendar.name,
        "color": calendar.color,
        "hexColor": "",
        "changeKey": ids::change_key(seed, calendar.version),
        "canShare": own,
        "canViewPrivateItems": own,
        "canEdit": calendar.can_edit,
        "isDefaultCalendar": calendar.is_default,
        "isRemovable": !calendar.is_default,
        "isTallyingResponses": calendar.is_default,
        "allowedOnlineMeetingProviders": providers,
        "defaultOnlineMeetingProvider": providers.first().unwrap_or(&"unknown"),
        "owner": {"name": calendar.owner.0, "address": calendar.owner.1},
    })
}

fn collection(world: &World, call: &Call, all: Vec<&Calendar>) -> Result<Reply> {
    call.query.only(&["$top", "$skip", "$select", "$count"], call.operation, call.strict)?;
    let size = call.query.number("$top", 1, 1000)?.unwrap_or(10);
    let from = call.query.number("$skip", 0, usize::MAX)?.unwrap_or(0);
    let total = all.len();
    let items: Vec<Value> = all.into_iter().skip(from).take(size).map(|one| shown(world, &call.account, one)).collect();
    let mut body = json!({"@odata.context": format!("{}/v1.0/$metadata#users/calendars", call.origin), "value": items});
    if call.query.counts()? {
        body["@odata.count"] = json!(total);
    }
    if from + size < total {
        let origin = super::list::link_origin(world, call);
        body["@odata.nextLink"] = json!(format!("{origin}{}?$top={size}&$skip={}", call.path, from + size));
    }
    Ok(Reply::json(body, call))
}

pub(super) fn list(world: &mut World, call: &Call) -> Result<Reply> {
    collection(world, call, call.mailbox(world)?.calendars.values().collect())
}

pub(super) fn groups(world: &mut World, call: &Call) -> Result<Reply> {
    call.mailbox(world)?;
    let items: Vec<Value> = GROUPS
        .iter()
        .map(|(id, name)| json!({"id": id, "name": name, "changeKey": "NreqLYgxdE2DpHBBId74XwAAAAAGZw==", "classId": tenant::own(world)}))
        .collect();
    Ok(Reply::json(json!({"value": items}), call))
}

pub(super) fn of_group(world: &mut World, call: &Call) -> Result<Reply> {
    let index = GROUPS.iter().position(|(id, _)| Some(*id) == call.item_id.as_deref());
    let mine = index.ok_or_else(GraphError::not_found)? == 0;
    collection(world, call, call.mailbox(world)?.calendars.values().filter(|one| one.is_mine == mine).collect())
}

pub(super) fn get(world: &mut World, call: &Call) -> Result<Reply> {
    call.query.only(&["$select"], call.operation, call.strict)?;
    let body = shown(world, &call.account, call.calendar(world)?);
    Ok(Reply::json(body, call))
}

fn read(call: &Call) -> Result<super::event::Body> {
    let sent = call.json()?;
    schema::check(&sent, schema::CALENDAR, "calendar", call.strict)?;
    Ok(sent)
}

pub(super) fn create(world: &mut World, call: &Call) -> Result<Reply> {
    let sent = read(call)?;
    let name = sent.get("name").and_then(Value::as_str).filter(|name| !name.is_empty());
    let name = name.ok_or_else(GraphError::property)?;
    let color = sent.get("color").and_then(Value::as_str).unwrap_or("auto");
    let key = add(world, &call.account, name)?;
    let mailbox = world.graph.mailboxes.get_mut(&call.account).ok_or_else(GraphError::not_found)?;
    if let Some(calendar) = mailbox.calendars.get_mut(&key) {
        calendar.color = color.to_owned();
    }
    let calendar = call.mailbox(world)?.calendars.get(&key).ok_or_else(GraphError::not_found)?;
    let body = shown(world, &call.account, calendar);
    let at = format!("{}/v1.0/me/calendars/{}", call.origin, body["id"].as_str().unwrap_or_default());
    Ok(Reply::created(body, &at, call))
}

/// Adds a calendar of that name; a name may be used once.
pub(crate) fn add(world: &mut World, account: &str, name: &str) -> Result<u64> {
    let key = world.graph.next_key();
    let version = world.graph.next_version();
    let mailbox = world.graph.mailboxes.get_mut(account).ok_or_else(GraphError::not_found)?;
    if mailbox.calendars.values().any(|own| own.name.eq_ignore_ascii_case(name)) {
        let text = "A folder with the specified name already exists.";
        return Err(GraphError::new(409, "ErrorFolderExists", text));
    }
    let owner = (mailbox.name.clone(), mailbox.email.clone());
    mailbox.calendars.insert(key, Calendar::new(key, name, owner, version));
    Ok(key)
}

pub(super) fn patch(world: &mut World, call: &Call) -> Result<Reply> {
    let sent = read(call)?;
    let calendar = call.calendar(world)?;
    fields::writable(calendar)?;
    call.check_version(world, calendar.version)?;
    let key = calendar.key;
    let version = world.graph.next_version();
    let mailbox = world.graph.mailboxes.get_mut(&call.account).ok_or_else(GraphError::not_found)?;
    let calendar = mailbox.calendars.get_mut(&key).ok_or_else(GraphError::not_found)?;
    calendar.version = version;
    for (name, member) in [("name", &mut calendar.name), ("color", &mut calendar.color)] {
        if let Some(text) = sent.get(name).and_then(Value::as_str) {
            text.clone_into(member);
        }
    }
    get(world, call)
}

pub(super) fn delete(world: &mut World, call: &Call) -> Result<Reply> {
    let calendar = call.calendar(world)?;
    if calendar.is_default || !calendar.can_edit {
        return Err(GraphError::denied());
    }
    let (key, events) = (calendar.key, calendar.events.keys().copied().collect::<Vec<_>>());
    for event in events {
        world.graph.drop_event(&call.account, event);
    }
    if let Some(mailbox) = world.graph.mailboxes.get_mut(&call.account) {
        mailbox.calendars.remove(&key);
    }
    Ok(Reply::NoContent)
}
