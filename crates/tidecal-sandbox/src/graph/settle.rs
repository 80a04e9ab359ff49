//! What the vendor still does to an event after it has answered a write.

use serde_json::Value;

use crate::state::World;

/// By switch the change key moves on without a change, as it does when the meeting's link arrives.
pub(crate) fn after_write(world: &mut World, account: &str, key: u64) {
    if !world.switches.graph.late_change_key {
        return;
    }
    let now = world.now();
    let found = world.graph.mailbox(account).and_then(|own| {
        let calendar = own.home_of(key)?;
        Some((calendar.key, calendar.events.get(&key)?.clone()))
    });
    if let Some((calendar, mut event)) = found {
        for exception in event.exceptions.values_mut() {
            exception.version = world.graph.next_version();
        }
        world.graph.store(account, calendar, event, now);
    }
}

/// By switch the answer to the write does not have the meeting's link yet.
pub(crate) fn hide_late_link(world: &World, body: &mut Value) {
    if world.switches.graph.late_join_url && body.get("onlineMeeting").is_some() {
        body["onlineMeeting"] = Value::Null;
    }
}
