//! Zone names as calendars write them, resolved to IANA zones, and IANA zones to Windows names.
//!
//! Here: names alone. Not here: the rules of an embedded VTIMEZONE, which [`crate::read`] compares
//! with those of known zones when the name says nothing.

mod label;
mod offset;
mod table;

use crate::Zone;

pub(crate) use offset::fixed_zone;
pub(crate) use table::known_zones;

/// A zone found from a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedZone {
    /// The zone, under its present IANA name (`Asia/Calcutta` becomes `Asia/Kolkata`).
    pub zone: Zone,
    /// The name did not name a zone: it was derived from an offset, a city or an abbreviation.
    pub guessed: bool,
}

impl ResolvedZone {
    fn sure(zone: Zone) -> Self {
        Self { zone, guessed: false }
    }

    fn guess(zone: Zone) -> Self {
        Self { zone, guessed: true }
    }
}

/// The zone that a TZID means: an IANA name in any case, also behind a path
/// (`/freeassociation.sourceforge.net/Europe/Vienna`), a Windows name, a label as Windows shows it
/// (`(UTC+01:00) Amsterdam, Berlin, …`, also translated ones if they name a known city), an offset
/// (`GMT+0200`), `tzone://Microsoft/Utc`, a usual abbreviation. `None` if it says nothing, such as
/// `Customized Time Zone` or `tzone://Microsoft/Custom`.
#[must_use]
pub fn resolve_zone(tzid: &str) -> Option<ResolvedZone> {
    let name = tzid.replace(['"', '\\'], "");
    let name = name.trim().trim_matches('\'').trim();
    if name.is_empty() || name.len() > 255 {
        return None;
    }
    iana(name)
        .or_else(|| table::by_windows_name(name))
        .or_else(|| utc(name))
        .map(ResolvedZone::sure)
        .or_else(|| behind_path(name).map(ResolvedZone::sure))
        .or_else(|| offset::named_offset(name))
        .or_else(|| label::resolve(name))
        .or_else(|| respelled(name))
}

/// The Windows name of a zone; `None` if Windows has no zone with those rules.
#[must_use]
pub fn windows_zone(zone: &Zone) -> Option<&'static str> {
    table::windows_name(zone.name())
}

/// The zone of an IANA name under its present spelling.
fn iana(name: &str) -> Option<Zone> {
    let zone = Zone::iana(name)?;
    // Names of the database that are no places: placeholders, this machine's own zone, second copies.
    let no_place = matches!(zone.name(), "Etc/Unknown" | "Factory" | "localtime" | "posixrules");
    if no_place || zone.name().starts_with("posix/") || zone.name().starts_with("right/") {
        return None;
    }
    match table::present_name(zone.name()) {
        Some(present) => Zone::iana(present),
        None => Some(zone),
    }
}

fn utc(name: &str) -> Option<Zone> {
    const NAMES: [&str; 6] = [
        "tzone://Microsoft/Utc",
        "Coordinated Universal Time",
        "(UTC)",
        "(GMT)",
        "Universal Coordinated Time",
        "UTC/GMT",
    ];
    NAMES.iter().any(|known| known.eq_ignore_ascii_case(name)).then(Zone::utc)
}

/// `/mozilla.org/20050126_1/America/Denver`: the longest tail that is a name.
fn behind_path(name: &str) -> Option<Zone> {
    name.match_indices('/').find_map(|(at, _)| iana(&name[at + 1..]))
}

/// Near misses: a number or remark behind the name, spaces for underscores, daylight names.
fn respelled(name: &str) -> Option<ResolvedZone> {
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ' || c == '-');
    let before_remark = name.split_once(" (").map_or(name, |(before, _)| before);
    let standard = name.replace("Daylight", "Standard").replace("Summer", "Standard");
    let underscored = name.replace(' ', "_");
    [bare, before_remark, &standard, &underscored]
        .into_iter()
        .filter(|other| *other != name && !other.is_empty())
        .find_map(|other| iana(other).or_else(|| table::by_windows_name(other)))
        .or_else(|| label::abbreviation(name))
        .map(ResolvedZone::guess)
}
