//! `calendarView` and `instances`: everything in a window, series expanded.

use super::Reply;
use super::call::Call;
use super::errors::{GraphError, Result};
use super::list::page;
use crate::state::World;

const OPTIONS: [&str; 9] =
    ["startDateTime", "endDateTime", "$select", "$expand", "$filter", "$orderby", "$top", "$skip", "$count"];

/// `GET …/calendarView`.
pub(super) fn view(world: &mut World, call: &Call) -> Result<Reply> {
    call.query.only(&OPTIONS, call.operation, call.strict)?;
    let (from, to) = call.query.window()?;
    let calendar = call.calendar(world)?;
    let seen = calendar.events.values().flat_map(|event| event.between(from, to)).collect();
    page(world, call, seen)
}

/// `GET …/events/{id}/instances`.
pub(super) fn instances(world: &mut World, call: &Call) -> Result<Reply> {
    call.query.only(&OPTIONS, call.operation, call.strict)?;
    let (from, to) = call.query.window()?;
    let (_, event, named) = call.event(world)?;
    if named.slot.is_some() || !event.is_series() {
        return Err(GraphError::new(400, "ErrorInvalidRequest", "Instances exist only for a series master."));
    }
    page(world, call, event.between(from, to))
}
