//! `colors.get`: the two palettes. The numbers are the vendor's; the shades are the sandbox's own.

use serde_json::{Map, Value, json};

use super::Reply;
use super::call::Call;
use super::errors::ApiError;
use super::fields;
use crate::state::World;

/// Colours of events, `colorId` 1 to 11.
const OF_EVENTS: u32 = 11;
/// Colours of calendars, `colorId` 1 to 24.
pub(crate) const OF_CALENDARS: u32 = 24;

pub(crate) fn get(_world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    let body = json!({
        "kind": "calendar#colors",
        "updated": "2012-02-14T00:00:00.000Z",
        "calendar": palette(OF_CALENDARS),
        "event": palette(OF_EVENTS),
    });
    Ok(Reply::Json { text: fields::apply(&call.query, body)?.to_string(), etag: None })
}

fn palette(count: u32) -> Map<String, Value> {
    (1..=count)
        .map(|number| (number.to_string(), json!({"background": shade(number, count), "foreground": "#1d1d1d"})))
        .collect()
}

/// Evenly spread light shades as `#rrggbb`.
pub(crate) fn shade(number: u32, count: u32) -> String {
    let step = number * 255 / count.max(1);
    format!("#{:02x}{:02x}{:02x}", 255 - step / 2, 128 + step / 2, 160 + (number * 37) % 96)
}
