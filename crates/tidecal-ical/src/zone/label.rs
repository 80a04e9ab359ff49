//! Labels such as `(UTC+01:00) Amsterdam, Berlin, Bern, Rom, Stockholm, Wien`: from other versions or
//! languages of Windows than the table's, by the offset and the places they name.

use jiff::Timestamp;

use super::{ResolvedZone, fixed_zone, table};
use crate::Zone;
use crate::stamp::parse_offset;

/// The zone a label means; always a guess unless the table has the label word for word.
pub(super) fn resolve(name: &str) -> Option<ResolvedZone> {
    let Some((offset, places)) = split(name) else {
        return by_places(name, None).map(ResolvedZone::guess);
    };
    by_places(places, Some(offset))
        .map(ResolvedZone::guess)
        .or_else(|| fixed_zone(offset).map(|fixed| ResolvedZone { guessed: true, ..fixed }))
}

/// Offset in seconds and the rest of the label.
fn split(name: &str) -> Option<(i32, &str)> {
    let (head, places) = name.strip_prefix('(')?.split_once(')')?;
    let offset = head.trim().trim_start_matches("UTC").trim_start_matches("GMT").replace(' ', "");
    // Word processors like real minus signs and dashes.
    let offset = offset.replace(['\u{2212}', '\u{2013}'], "-");
    let seconds = if offset.is_empty() { 0 } else { parse_offset(&offset)?.seconds() };
    Some((seconds, places))
}

/// The Windows zone with most of the places, else a zone that is called like one of them; of the
/// given standard offset, or for a label without one only if all places agree.
fn by_places(text: &str, offset: Option<i32>) -> Option<Zone> {
    let wanted = places(text);
    let fits = |zone: &Zone| offset.is_none_or(|offset| standard_offset(zone) == offset);
    let common = |label: &str| {
        let known = places(label.split_once(')').map_or(label, |(_, rest)| rest));
        wanted.iter().filter(|place| known.contains(place)).count()
    };
    let enough = if offset.is_some() { 1 } else { wanted.len().max(1) };
    let mut best: Option<(usize, Zone)> = None;
    for entry in table::entries() {
        let count = common(entry.label);
        if count >= enough && best.as_ref().is_none_or(|(most, _)| count > *most) {
            best = Zone::iana(entry.iana).filter(&fits).map(|zone| (count, zone)).or(best);
        }
    }
    if let Some((_, zone)) = best {
        return Some(zone);
    }
    offset?;
    let city = |name: &str| name.rsplit('/').next().unwrap_or(name).replace('_', " ").to_lowercase();
    let named = |name: &&str| wanted.contains(&city(name));
    table::known_zones().filter(named).filter_map(super::iana).find(fits)
}

fn places(text: &str) -> Vec<String> {
    let parts = text.split([',', ';', ':', '/']).map(|place| place.trim().to_lowercase());
    parts.filter(|place| !place.is_empty()).collect()
}

/// The smaller of the offsets in a January and a July.
fn standard_offset(zone: &Zone) -> i32 {
    const DAYS: [i64; 2] = [1_767_225_600, 1_782_864_000];
    let rules = zone.rules();
    let offsets = DAYS.iter().filter_map(|second| Timestamp::from_second(*second).ok());
    offsets.map(|at| rules.to_offset(at).seconds()).min().unwrap_or(0)
}

/// Abbreviations and short names that are no IANA names. Several stand for more than one zone: the
/// one with most people who write calendars in it.
const NAMES: [(&str, &str); 33] = [
    ("cest", "Europe/Berlin"),
    ("mez", "Europe/Berlin"),
    ("mesz", "Europe/Berlin"),
    ("central european time", "Europe/Berlin"),
    ("central european summer time", "Europe/Berlin"),
    // Lotus Notes.
    ("western/central europe", "Europe/Berlin"),
    ("eest", "Europe/Athens"),
    ("west", "Europe/Lisbon"),
    ("bst", "Europe/London"),
    ("greenwich mean time", "UTC"),
    ("msk", "Europe/Moscow"),
    ("ist", "Asia/Kolkata"),
    ("jst", "Asia/Tokyo"),
    ("kst", "Asia/Seoul"),
    ("sgt", "Asia/Singapore"),
    ("hkt", "Asia/Hong_Kong"),
    ("aest", "Australia/Sydney"),
    ("aedt", "Australia/Sydney"),
    ("awst", "Australia/Perth"),
    ("nzst", "Pacific/Auckland"),
    ("nzdt", "Pacific/Auckland"),
    ("edt", "America/New_York"),
    ("eastern time", "America/New_York"),
    ("eastern", "America/New_York"),
    ("cst", "America/Chicago"),
    ("cdt", "America/Chicago"),
    ("central time", "America/Chicago"),
    ("mdt", "America/Denver"),
    ("mountain time", "America/Denver"),
    ("pst", "America/Los_Angeles"),
    ("pdt", "America/Los_Angeles"),
    ("pacific time", "America/Los_Angeles"),
    ("brt", "America/Sao_Paulo"),
];

/// The zone of an abbreviation or short name.
pub(super) fn abbreviation(name: &str) -> Option<Zone> {
    let name = name.to_lowercase();
    let (_, zone) = NAMES.iter().find(|(known, _)| *known == name)?;
    Zone::iana(zone)
}
