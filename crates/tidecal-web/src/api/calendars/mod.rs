//! Local calendars.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod update;

use tidecal_ical::resolve_zone;

use crate::problem::Problem;

/// Longest name of a calendar.
const LONGEST_NAME: usize = 200;

/// An IANA name, as the database of zones spells it.
fn time_zone(name: &str) -> Result<String, Problem> {
    let known = resolve_zone(name).filter(|found| !found.guessed).map(|found| found.zone.name().to_owned());
    known.ok_or_else(|| Problem::field("timeZone", "is unknown; write an IANA name such as Europe/Vienna"))
}

/// `#rrggbb`.
fn color(text: &str) -> Result<String, Problem> {
    let hex = text.strip_prefix('#').filter(|hex| hex.len() == 6 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
    hex.map(|_| text.to_ascii_lowercase()).ok_or_else(|| Problem::field("color", "must be a colour such as #2f6fed"))
}
