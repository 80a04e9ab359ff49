//! Changing stored iCalendar text in place: every line that no edit names survives byte for byte,
//! with its folding, line end, order, unknown properties and components.
//!
//! Here: a list of [`Edit`]s, as plain data, carried out by [`apply`]; [`edits`] and [`changes`] find
//! them from two readings. An edit that asks for what the text already says changes nothing, so
//! applying the same edits twice is applying them once.
//!
//! A line that is changed keeps its other parameters. What restates the changed field in another
//! form goes with it, or programs would show the old one: `X-ALT-DESC` and `ALTREP` beside DESCRIPTION;
//! `GEO`, `X-APPLE-STRUCTURED-LOCATION`, `X-MICROSOFT-LOCATIONS` and `ALTREP` beside LOCATION; Microsoft's
//! marks of whole days and of busy time are kept in step. Dates take the form of the master's DTSTART
//! (RFC 5545 3.8.4.4) and a TZID that the text already defines for the zone; a zone that is new to
//! the text brings its VTIMEZONE. New lines take the line ends of the text.
//!
//! Deliberately not here: which fields differ between two sides, who may change what, and scheduling
//! parameters of guests that are there already (RFC 6638 3.2.1.2: changing them makes servers mail).

mod change;
mod difference;
mod document;
mod entries;
mod links;
mod people;
mod places;
mod repeats;
mod simple;
mod times;

pub use change::{AttendeeFields, Change, Edit, EditError};
pub use difference::{changes, edits};

use document::Document;

/// The text with the edits carried out in their order.
///
/// # Errors
/// The text cannot be read, an edit names a component that is not there or a value that a calendar
/// cannot express. Nothing is changed then.
pub fn apply(text: &[u8], edits: &[Edit]) -> Result<Vec<u8>, EditError> {
    let mut document = Document::open(text)?;
    for edit in edits {
        document.edit(edit)?;
    }
    Ok(document.into_text())
}
