//! Zones that are nothing but an offset from UTC.

use super::ResolvedZone;
use crate::Zone;
use crate::stamp::parse_offset;

/// `GMT+0200`, `UTC-5`, `+05:30`, `Etc/GMT+0200` and the like: east is plus, other than in the IANA
/// names `Etc/GMT-2`, which never get here.
pub(super) fn named_offset(name: &str) -> Option<ResolvedZone> {
    let upper = name.to_ascii_uppercase();
    let rest = ["GMT", "UTC", "Z"].iter().find_map(|prefix| upper.strip_prefix(prefix)).unwrap_or(&upper).trim();
    fixed_zone(parse_offset(&rest.replace(' ', ""))?.seconds())
}

/// The zone that always has that offset (seconds east of UTC): exact for whole hours, otherwise one
/// that has it today and does not change its clocks.
pub(crate) fn fixed_zone(seconds: i32) -> Option<ResolvedZone> {
    const OTHERS: [(i32, &str); 8] = [
        (-34_200, "Pacific/Marquesas"),
        (12_600, "Asia/Tehran"),
        (16_200, "Asia/Kabul"),
        (19_800, "Asia/Kolkata"),
        (20_700, "Asia/Kathmandu"),
        (23_400, "Asia/Yangon"),
        (31_500, "Australia/Eucla"),
        (34_200, "Australia/Darwin"),
    ];
    if seconds == 0 {
        return Some(ResolvedZone::sure(Zone::utc()));
    }
    if seconds % 3_600 == 0 {
        // The sign of these names is the reverse of everybody else's.
        return Zone::iana(&format!("Etc/GMT{:+}", -seconds / 3_600)).map(ResolvedZone::sure);
    }
    let (_, name) = OTHERS.iter().find(|(offset, _)| *offset == seconds)?;
    Zone::iana(name).map(ResolvedZone::guess)
}
