//! A reader of iCalendar texts (RFC 5545) of the sandbox's own: lines, components, what is wrong with them, when they
//! take place. Strict, as a fake has to be: it says what a client sent wrong instead of making the best of it.

pub(crate) mod check;
pub(crate) mod line;
mod lists;
pub(crate) mod span;
pub(crate) mod tree;
