//! `DELETE /me/events/{id}` and `POST …/cancel`.

use super::Reply;
use super::call::Call;
use super::create::Hand;
use super::errors::{GraphError, Result};
use super::ids::EventRef;
use super::{fields, meetings, schema, update};
use crate::state::World;

pub(super) fn delete(world: &mut World, call: &Call) -> Result<Reply> {
    let (_, event, named) = call.event(world)?;
    call.check_version(world, update::version_of(event, named))?;
    apply(world, &call.hand(), named)?;
    Ok(Reply::NoContent)
}

pub(super) fn cancel(world: &mut World, call: &Call) -> Result<Reply> {
    let sent = call.parameters()?;
    schema::check(&sent, schema::CANCEL, "event.cancel", call.strict)?;
    let (_, event, named) = call.event(world)?;
    if !event.organizer.1.eq_ignore_ascii_case(&call.account) {
        return Err(GraphError::invalid("You need to be an organizer to cancel a meeting."));
    }
    apply(world, &call.hand(), named)?;
    Ok(Reply::Accepted)
}

/// Takes an event or one occurrence away. The organiser's guests are told, a guest's organiser is not.
pub(crate) fn apply(world: &mut World, hand: &Hand, named: EventRef) -> Result<()> {
    let mailbox = world.graph.mailbox(&hand.account).ok_or_else(GraphError::not_found)?;
    let home = mailbox.home_of(named.key).ok_or_else(GraphError::not_found)?;
    fields::writable(home)?;
    let (calendar, event) = (home.key, home.events.get(&named.key).cloned().ok_or_else(GraphError::not_found)?);
    if named.slot.is_some_and(|slot| event.occurrence(slot).is_none()) {
        return Err(GraphError::not_found());
    }
    meetings::call_off(world, hand, &event, named);
    let now = world.now();
    match named.slot {
        None => {
            world.graph.drop_event(&hand.account, named.key);
        }
        Some(slot) => {
            let mut left = event;
            left.exceptions.remove(&slot);
            left.cancelled.insert(slot);
            world.graph.store(&hand.account, calendar, left, now);
        }
    }
    Ok(())
}
