//! `calendarList.get|insert|patch|update|delete`: one calendar as one person sees it.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::Reply;
use super::call::Call;
use super::errors::ApiError;
use super::write::check_match;
use super::{colors, fields};
use crate::data::calendar::Role;
use crate::data::event::{Body, etag_text};
use crate::data::listing::Entry;
use crate::data::moment::text;
use crate::state::World;

/// Calendars that everybody may subscribe to.
const PUBLIC: &str = "#holiday@";

pub(crate) fn get(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    let entry = listed(world, call)?;
    let etag = etag_text(entry.etag);
    if call.has_version(&etag) {
        return Ok(Reply::NotModified { etag });
    }
    reply(world, call, &call.calendar_id)
}

fn listed<'a>(world: &'a World, call: &Call) -> Result<&'a Entry, ApiError> {
    let listing = world.listings.get(&call.account).ok_or_else(ApiError::not_found)?;
    let entry = listing.live(&call.calendar_id).ok_or_else(ApiError::not_found)?;
    check_match(call.if_match.as_deref(), &etag_text(entry.etag))?;
    Ok(entry)
}

fn reply(world: &World, call: &Call, id: &str) -> Result<Reply, ApiError> {
    let entry =
        world.listings.get(&call.account).and_then(|listing| listing.live(id)).ok_or_else(ApiError::not_found)?;
    let calendar = world.calendars.get(id).ok_or_else(ApiError::not_found)?;
    let text = fields::apply(&call.query, entry.json(calendar))?.to_string();
    Ok(Reply::Json { text, etag: Some(etag_text(entry.etag)) })
}

/// Adds a calendar that the person may use to their list.
pub(crate) fn insert(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    let body = call.json()?;
    let id = text(&body, "id").ok_or_else(|| ApiError::required("Missing calendar id."))?.to_owned();
    if !world.calendars.contains_key(&id) {
        return Err(ApiError::not_found());
    }
    let former = world.listings.get(&call.account).and_then(|listing| listing.allowed(&id)).cloned();
    let entry = match former {
        Some(entry) => entry,
        None if id.contains(PUBLIC) => Entry::new(Role::Reader),
        None => return Err(ApiError::not_found()),
    };
    keep(world, call, &id, entry, &body)
}

pub(crate) fn patch(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    let entry = listed(world, call)?.clone();
    keep(world, call, &call.calendar_id, entry, &call.json()?)
}

/// Members not sent go back to their defaults.
pub(crate) fn update(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    let entry = listed(world, call)?;
    let mut fresh = Entry::new(entry.role);
    fresh.primary = entry.primary;
    fresh.selected = false;
    keep(world, call, &call.calendar_id, fresh, &call.json()?)
}

fn keep(world: &mut World, call: &Call, id: &str, mut entry: Entry, body: &Body) -> Result<Reply, ApiError> {
    let rgb = call.query.flag("colorRgbFormat")? == Some(true);
    change(&mut entry, body, rgb)?;
    entry.deleted = false;
    let etag = world.next_etag();
    world.listings.entry(call.account.clone()).or_default().put(id, entry, etag);
    reply(world, call, id)
}

fn change(entry: &mut Entry, body: &Body, rgb: bool) -> Result<(), ApiError> {
    if let Some(name) = body.get("summaryOverride") {
        entry.summary_override = name.as_str().map(ToOwned::to_owned);
    }
    for (name, flag) in [("hidden", &mut entry.hidden), ("selected", &mut entry.selected)] {
        *flag = body.get(name).map_or(*flag, |value| value == &json!(true));
    }
    if let Some(id) = text(body, "colorId") {
        let number = id.parse().ok().filter(|number| (1..=colors::OF_CALENDARS).contains(number));
        let number = number.ok_or_else(|| ApiError::invalid("Invalid color id."))?;
        entry.color_id = id.to_owned().into();
        entry.background = colors::shade(number, colors::OF_CALENDARS).into();
    }
    if rgb {
        for (name, shade) in [("backgroundColor", &mut entry.background), ("foregroundColor", &mut entry.foreground)] {
            if let Some(sent) = text(body, name) {
                *shade = color(sent)?;
            }
        }
    }
    if let Some(reminders) = body.get("defaultReminders") {
        entry.reminders = reminders_of(reminders).ok_or_else(|| ApiError::invalid("Invalid default reminders."))?;
    }
    Ok(())
}

fn color(sent: &str) -> Result<Cow<'static, str>, ApiError> {
    let digits = sent.strip_prefix('#').unwrap_or_default();
    if digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(sent.to_owned().into())
    } else {
        Err(ApiError::invalid("Invalid color."))
    }
}

fn reminders_of(value: &Value) -> Option<Vec<(Cow<'static, str>, u32)>> {
    if value.is_null() {
        return Some(Vec::new());
    }
    let one = |own: &Value| {
        let method = own["method"].as_str().filter(|method| ["email", "popup"].contains(method))?;
        let minutes = own["minutes"].as_u64().and_then(|minutes| u32::try_from(minutes).ok())?;
        (minutes <= 40_320).then(|| (method.to_owned().into(), minutes))
    };
    value.as_array()?.iter().map(one).collect()
}

/// Takes a calendar out of the person's list; the right to use it remains.
pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    let mut entry = listed(world, call)?.clone();
    if entry.primary {
        return Err(ApiError::forbidden());
    }
    entry.deleted = true;
    let etag = world.next_etag();
    world.listings.entry(call.account.clone()).or_default().put(&call.calendar_id, entry, etag);
    Ok(Reply::NoContent)
}
