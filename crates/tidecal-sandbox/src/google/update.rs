//! `events.update`: the whole event anew. Members not sent go back to their defaults, guests included.

use serde_json::{Value, json};

use super::Reply;
use super::call::Call;
use super::errors::ApiError;
use super::patch;
use super::write::{self, READ_ONLY, Writer};
use crate::data::event::Body;
use crate::data::instance::find;
use crate::state::World;

/// Members that stay as they are when not sent.
const KEPT: [&str; 5] = ["id", "iCalUID", "eventType", "sequence", "status"];

pub(crate) fn update(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    let writer = Writer::of(world, call)?;
    let calendar = write::calendar(world, &call.calendar_id)?;
    let former = find(calendar, &call.event_id).ok_or_else(ApiError::not_found)?.body();
    let patch = replacement(&former, call.json()?);
    let if_match = call.if_match.as_deref();
    let json = patch::apply(world, &writer, &call.calendar_id, &call.event_id, patch, if_match)?;
    write::reply(world, call, &json)
}

/// The patch that makes of `former` exactly what was sent.
pub(crate) fn replacement(former: &Body, sent: Body) -> Body {
    let mut patch = Body::new();
    for (name, value) in former {
        if READ_ONLY.contains(&name.as_str()) || KEPT.contains(&name.as_str()) {
            continue;
        }
        match (value, sent.get(name)) {
            // objects merge: members not sent are cleared one by one
            (Value::Object(old), Some(Value::Object(_))) => {
                let cleared: Body = old.keys().map(|key| (key.clone(), Value::Null)).collect();
                patch.insert(name.clone(), Value::Object(cleared));
            }
            (_, None) if name == "reminders" => {
                patch.insert(name.clone(), json!({"useDefault": true, "overrides": null}));
            }
            _ => {
                patch.insert(name.clone(), Value::Null);
            }
        }
    }
    for (name, value) in sent {
        match (patch.get_mut(&name), value) {
            (Some(Value::Object(cleared)), Value::Object(members)) => cleared.extend(members),
            (_, value) => {
                patch.insert(name, value);
            }
        }
    }
    patch
}
