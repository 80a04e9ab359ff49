//! `acl.*`: who may do what with a calendar. The rules are the people's roles; groups, domains and everybody are not kept.

use serde_json::{Value, json};

use super::Reply;
use super::call::Call;
use super::errors::ApiError;
use super::fields;
use super::write::check_match;
use crate::data::calendar::Role;
use crate::data::event::{Body, etag_text};
use crate::data::listing::Entry;
use crate::data::moment::text;
use crate::state::World;

/// The rules of a calendar by id.
fn rules(world: &World, calendar_id: &str) -> Vec<(String, Role, u64)> {
    let of = |(email, listing): (&String, &crate::data::listing::Listing)| {
        listing.allowed(calendar_id).map(|entry| (email.clone(), entry.role, entry.etag))
    };
    world.listings.iter().filter_map(of).collect()
}

fn rule(email: &str, role: &str, etag: u64) -> Value {
    json!({
        "kind": "calendar#aclRule", "etag": etag_text(etag), "id": format!("user:{email}"), "role": role,
        "scope": {"type": "user", "value": email},
    })
}

/// Refuses those who do not own the calendar.
fn owned(world: &World, call: &Call) -> Result<(), ApiError> {
    let (_, role) = call.calendar(world)?;
    if role < Role::Owner { Err(ApiError::owner_needed()) } else { Ok(()) }
}

fn answer(call: &Call, body: Value) -> Result<Reply, ApiError> {
    let etag = text(body.as_object().unwrap_or(&Body::new()), "etag").map(ToOwned::to_owned);
    Ok(Reply::Json { text: fields::apply(&call.query, body)?.to_string(), etag })
}

pub(crate) fn list(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    owned(world, call)?;
    for name in ["pageToken", "syncToken"] {
        if call.query.get(name).is_some() {
            return Err(ApiError::invalid(format!("Invalid {name} value.")).at_parameter(name));
        }
    }
    let items: Vec<Value> =
        rules(world, &call.calendar_id).iter().map(|(email, role, etag)| rule(email, role.name(), *etag)).collect();
    answer(call, json!({"kind": "calendar#acl", "etag": etag_text(0), "items": items}))
}

fn found(world: &World, call: &Call) -> Result<(String, Role, u64), ApiError> {
    let wanted = call.value("ruleId").strip_prefix("user:").unwrap_or_default();
    let own = rules(world, &call.calendar_id).into_iter().find(|(email, _, _)| email == wanted);
    let own = own.ok_or_else(ApiError::not_found)?;
    check_match(call.if_match.as_deref(), &etag_text(own.2))?;
    Ok(own)
}

pub(crate) fn get(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    owned(world, call)?;
    let (email, role, etag) = found(world, call)?;
    answer(call, rule(&email, role.name(), etag))
}

pub(crate) fn insert(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    owned(world, call)?;
    let body = call.json()?;
    let scope = body.get("scope").ok_or_else(|| ApiError::required("Missing scope."))?;
    let email = scope["value"].as_str().filter(|_| scope["type"] == "user");
    let email = email.ok_or_else(|| ApiError::invalid("Invalid scope value."))?.to_owned();
    set(world, call, &email, &body)
}

pub(crate) fn change(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    owned(world, call)?;
    let (email, _, _) = found(world, call)?;
    set(world, call, &email, &call.json()?)
}

pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    owned(world, call)?;
    let (email, _, _) = found(world, call)?;
    grant(world, &call.calendar_id, &email, None)?;
    Ok(Reply::NoContent)
}

fn set(world: &mut World, call: &Call, email: &str, body: &Body) -> Result<Reply, ApiError> {
    let name = text(body, "role").ok_or_else(|| ApiError::required("Missing role."))?;
    let role = match name {
        "none" => None,
        name => Some(Role::named(name).ok_or_else(|| ApiError::invalid("Invalid role."))?),
    };
    let etag = grant(world, &call.calendar_id, email, role)?;
    answer(call, rule(email, name, etag))
}

/// Gives or takes access. A change of rights ends the calendar's sync tokens.
fn grant(world: &mut World, calendar_id: &str, email: &str, role: Option<Role>) -> Result<u64, ApiError> {
    if world.person(email).is_none() {
        return Err(ApiError::invalid("Invalid scope value."));
    }
    let etag = world.next_etag();
    let calendar = world.calendars.get_mut(calendar_id).ok_or_else(ApiError::not_found)?;
    if calendar.holder.as_deref() == Some(email) {
        return Err(ApiError::new(403, "calendar", "cannotChangeOwnAcl", "Cannot change your own access level."));
    }
    calendar.token_generation += 1;
    let listing = world.listings.entry(email.to_owned()).or_default();
    let mut entry = listing.entries.get(calendar_id).cloned().unwrap_or_else(|| Entry::new(Role::Reader));
    (entry.deleted, entry.lost) = (role.is_none(), role.is_none());
    entry.role = role.unwrap_or(entry.role);
    listing.put(calendar_id, entry, etag);
    Ok(etag)
}
