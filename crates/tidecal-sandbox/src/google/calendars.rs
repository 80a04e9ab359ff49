//! `calendars.get`: one calendar's own properties.

use serde_json::json;

use super::Reply;
use super::call::Call;
use super::errors::ApiError;
use super::fields;
use crate::data::event::etag_text;
use crate::data::moment::zone_name;
use crate::state::World;

pub(crate) fn get(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    let (calendar, _) = call.calendar(world)?;
    let etag = etag_text(calendar.etag);
    if call.has_version(&etag) {
        return Ok(Reply::NotModified { etag });
    }
    let mut body = json!({
        "kind": "calendar#calendar",
        "etag": etag,
        "id": calendar.id,
        "summary": calendar.summary,
        "timeZone": zone_name(&calendar.zone),
        "conferenceProperties": {"allowedConferenceSolutionTypes": ["hangoutsMeet"]},
    });
    if let Some(description) = &calendar.description {
        body["description"] = json!(description);
    }
    if let Some(owner) = &calendar.data_owner {
        body["dataOwner"] = json!(owner);
    }
    let text = fields::apply(&call.query, body)?.to_string();
    Ok(Reply::Json { text, etag: Some(etag) })
}
