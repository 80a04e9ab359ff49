//! What the fake vendor remembers: calendars, their events with a change sequence, and each person's calendar list.

pub(crate) mod calendar;
pub(crate) mod complete;
pub(crate) mod copies;
pub(crate) mod event;
pub(crate) mod guests;
pub(crate) mod instance;
pub(crate) mod listing;
pub(crate) mod moment;
pub(crate) mod rule;
pub(crate) mod series;
pub(crate) mod split;
