//! The person: profile, mailbox settings, zones, and translation between kinds of ids.

use serde_json::{Value, json};

use super::Reply;
use super::call::Call;
use super::errors::{GraphError, Result};
use super::ids::{IdKind, event_id, read_event};
use super::zones;
use crate::entra::tenant;
use crate::state::World;

/// `GET /me`. A personal account has no `mail`.
pub(super) fn show(world: &mut World, call: &Call) -> Result<Reply> {
    call.query.only(&["$select"], call.operation, call.strict)?;
    let person = world.person(&call.account).ok_or_else(GraphError::not_found)?;
    let mail = (!tenant::is_personal(world, &call.account)).then_some(&person.email);
    let (given, family) = person.name.split_once(' ').unwrap_or((&person.name, ""));
    let mut body = json!({
        "@odata.context": format!("{}/v1.0/$metadata#users/$entity", call.origin),
        "id": tenant::object_id(world, &call.account),
        "displayName": person.name,
        "givenName": given,
        "surname": family,
        "mail": mail,
        "userPrincipalName": person.email,
        "businessPhones": [],
        "jobTitle": null,
        "mobilePhone": null,
        "officeLocation": null,
        "preferredLanguage": null,
    });
    if let (Some(select), Some(members)) = (call.query.get("$select"), body.as_object_mut()) {
        let wanted: Vec<&str> = select.split(',').map(str::trim).collect();
        members.retain(|name, _| name.starts_with('@') || wanted.contains(&name.as_str()));
    }
    Ok(Reply::json(body, call))
}

/// `GET /me/mailboxSettings`.
pub(super) fn settings(world: &mut World, call: &Call) -> Result<Reply> {
    let zone = call.mailbox(world)?.zone.name.clone();
    let body = json!({
        "@odata.context": format!("{}/v1.0/$metadata#users/mailboxSettings", call.origin),
        "timeZone": zone,
        "dateFormat": "dd.MM.yyyy",
        "timeFormat": "HH:mm",
        "workingHours": {
            "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
            "startTime": "08:00:00.0000000",
            "endTime": "17:00:00.0000000",
            "timeZone": {"@odata.type": "#microsoft.graph.timeZoneBase", "name": zone},
        },
    });
    Ok(Reply::json(body, call))
}

/// `GET /me/outlook/supportedTimeZones`.
pub(super) fn zones(world: &mut World, call: &Call) -> Result<Reply> {
    call.mailbox(world)?;
    let as_iana = call.item_id.as_deref().is_some_and(|name| name.contains("Iana"));
    let item = |name: &str| json!({"alias": name, "displayName": name});
    let items: Vec<Value> = zones::windows_names()
        .filter_map(|name| if as_iana { zones::Zone::read(name)?.tz.iana_name().map(item) } else { Some(item(name)) })
        .collect();
    Ok(Reply::json(json!({"value": items}), call))
}

/// `POST /me/translateExchangeIds`.
pub(super) fn translate(world: &mut World, call: &Call) -> Result<Reply> {
    let sent = call.parameters()?;
    let wants_immutable = match sent.get("targetIdType").and_then(Value::as_str) {
        Some("restImmutableEntryId") => true,
        Some("restId") => false,
        _ => return Err(GraphError::invalid("The target id type is not supported here.")),
    };
    let inputs = sent.get("inputIds").and_then(Value::as_array).filter(|all| all.len() <= 1000);
    let inputs = inputs.ok_or_else(|| GraphError::invalid("inputIds needs 1 to 1000 ids."))?;
    let mailbox = call.mailbox(world)?;
    let items: Vec<Value> = inputs
        .iter()
        .filter_map(|one| {
            let text = one.as_str()?;
            let (named, kind) = read_event(call.seed, text)?;
            let event = mailbox.named(named, kind)?;
            let kind = if wants_immutable { IdKind::Immutable } else { IdKind::Default(event.folder) };
            Some(json!({"sourceId": text, "targetId": event_id(call.seed, named, kind)}))
        })
        .collect();
    Ok(Reply::json(json!({"value": items}), call))
}
