//! `settings.list` and `settings.get`: a person's settings, which never change here.

use serde_json::{Value, json};

use super::Reply;
use super::call::Call;
use super::cursor::{self, SyncToken};
use super::errors::ApiError;
use super::fields;
use crate::data::event::etag_text;
use crate::state::World;

/// What tokens of this list are of.
const OF: &str = "settings";

fn all(world: &World, call: &Call) -> Vec<Value> {
    let zone = world.person(&call.account).map_or("UTC", |person| person.time_zone.as_str()).to_owned();
    let own = [
        ("autoAddHangouts", "true"),
        ("dateFieldOrder", "DMY"),
        ("defaultEventLength", "60"),
        ("format24HourTime", "true"),
        ("hideInvitations", "false"),
        ("locale", "en"),
        ("timezone", zone.as_str()),
        ("weekStart", "1"),
    ];
    own.into_iter()
        .map(|(id, value)| json!({"kind": "calendar#setting", "etag": etag_text(0), "id": id, "value": value}))
        .collect()
}

pub(crate) fn list(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    if call.query.get("pageToken").is_some() {
        return Err(ApiError::invalid("Invalid page token value.").at_parameter("pageToken"));
    }
    let items = match call.query.get("syncToken") {
        None => all(world, call),
        Some(text) => {
            cursor::open::<SyncToken>(world.config.seed, text)
                .filter(|token| token.of == OF && token.account == call.account)
                .ok_or_else(ApiError::bad_sync_token)?;
            Vec::new()
        }
    };
    let token = SyncToken {
        of: OF.to_owned(),
        account: call.account.clone(),
        bound: String::new(),
        seq: 0,
        generation: 0,
        issued: world.now().as_second(),
        time_min: None,
        time_max: None,
    };
    let body = json!({
        "kind": "calendar#settings", "etag": etag_text(0),
        "nextSyncToken": cursor::seal(world.config.seed, &token), "items": items,
    });
    answer(call, body)
}

pub(crate) fn get(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    let wanted = call.value("setting");
    let found = all(world, call).into_iter().find(|one| one["id"] == json!(wanted));
    answer(call, found.ok_or_else(ApiError::not_found)?)
}

fn answer(call: &Call, body: Value) -> Result<Reply, ApiError> {
    let etag = etag_text(0);
    if call.has_version(&etag) {
        return Ok(Reply::NotModified { etag });
    }
    Ok(Reply::Json { text: fields::apply(&call.query, body)?.to_string(), etag: Some(etag) })
}
