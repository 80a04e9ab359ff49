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
    let mut patch = against(former, sent);
    patch.retain(|name, value| {
        let stays = READ_ONLY.contains(&name.as_str()) || KEPT.contains(&name.as_str());
        !(stays && value.is_null())
    });
    if patch.get("reminders").is_some_and(Value::is_null) {
        patch.insert("reminders".to_owned(), json!({"useDefault": true, "overrides": null}));
    }
    patch
}

/// What was sent, with a null for every member of `former` that was not: a patch merges objects at every depth.
fn against(former: &Body, mut sent: Body) -> Body {
    for (name, old) in former {
        match (old, sent.get_mut(name)) {
            (Value::Object(old), Some(Value::Object(new))) => *new = against(old, std::mem::take(new)),
            (_, None) => {
                sent.insert(name.clone(), Value::Null);
            }
            _ => {}
        }
    }
    sent
}
