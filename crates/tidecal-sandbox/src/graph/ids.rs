//! Ids of items: the default kind names the folder as well and changes when an item moves; the immutable kind does not.
//!
//! Default ids use the ordinary base64 alphabet, so they may hold `/`, `+` and `=` and have to be encoded in paths;
//! immutable ids are URL-safe. An occurrence's id is its master's with the date of its slot.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Span;
use jiff::civil::Date;
use sha2::{Digest, Sha256};

const CALENDAR: &str = "AQMkADCa";
const DEFAULT: &str = "AAMkADIt";
const IMMUTABLE: &str = "AAkALgIm";
const EPOCH: Date = Date::constant(1970, 1, 1);

/// What an event id names: the stored event, and the slot when it is an occurrence or exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EventRef {
    pub(crate) key: u64,
    pub(crate) slot: Option<Date>,
}

impl EventRef {
    pub(crate) fn whole(key: u64) -> Self {
        Self { key, slot: None }
    }

    pub(crate) fn occurrence(key: u64, slot: Date) -> Self {
        Self { key, slot: Some(slot) }
    }
}

/// The two kinds of event ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdKind {
    /// With the number of the folder that the item was put into.
    Default(u32),
    Immutable,
}

fn payload(seed: u64, kind: u8, key: u64, folder: u32, slot: Option<Date>) -> Vec<u8> {
    let days = slot.map_or(0, |slot| (slot - EPOCH).get_days() + 1);
    let mut bytes = vec![kind];
    bytes.extend_from_slice(&key.to_be_bytes());
    bytes.extend_from_slice(&folder.to_be_bytes());
    bytes.extend_from_slice(&days.to_be_bytes());
    let digest = Sha256::new().chain_update(seed.to_be_bytes()).chain_update(&bytes).finalize();
    bytes.extend_from_slice(&digest[..5]);
    bytes
}

/// The text of an event's id.
pub(crate) fn event_id(seed: u64, event: EventRef, kind: IdKind) -> String {
    match kind {
        IdKind::Default(folder) => {
            format!("{DEFAULT}{}", STANDARD.encode(payload(seed, b'E', event.key, folder, event.slot)))
        }
        IdKind::Immutable => {
            format!("{IMMUTABLE}{}", URL_SAFE_NO_PAD.encode(payload(seed, b'I', event.key, 0, event.slot)))
        }
    }
}

/// The text of a calendar's id.
pub(crate) fn calendar_id(seed: u64, key: u64) -> String {
    format!("{CALENDAR}{}", STANDARD.encode(payload(seed, b'C', key, 0, None)))
}

fn parts(bytes: &[u8], seed: u64, kind: u8) -> Option<(EventRef, u32)> {
    let key = u64::from_be_bytes(bytes.get(1..9)?.try_into().ok()?);
    let folder = u32::from_be_bytes(bytes.get(9..13)?.try_into().ok()?);
    let days = i32::from_be_bytes(bytes.get(13..17)?.try_into().ok()?);
    let slot = match days {
        0 => None,
        days => Some(EPOCH.checked_add(Span::new().try_days(days - 1).ok()?).ok()?),
    };
    (bytes == payload(seed, kind, key, folder, slot)).then_some((EventRef { key, slot }, folder))
}

/// Reads an event id; `None` when the sandbox never made it.
pub(crate) fn read_event(seed: u64, text: &str) -> Option<(EventRef, IdKind)> {
    if let Some(rest) = text.strip_prefix(IMMUTABLE) {
        let (event, _) = parts(&URL_SAFE_NO_PAD.decode(rest).ok()?, seed, b'I')?;
        return Some((event, IdKind::Immutable));
    }
    let (event, folder) = parts(&STANDARD.decode(text.strip_prefix(DEFAULT)?).ok()?, seed, b'E')?;
    Some((event, IdKind::Default(folder)))
}

/// Reads a calendar id.
pub(crate) fn read_calendar(seed: u64, text: &str) -> Option<u64> {
    let (event, _) = parts(&STANDARD.decode(text.strip_prefix(CALENDAR)?).ok()?, seed, b'C')?;
    Some(event.key)
}

/// A change key: opaque, another for every version.
pub(crate) fn change_key(seed: u64, version: u64) -> String {
    let digest = Sha256::new().chain_update(seed.to_be_bytes()).chain_update(version.to_be_bytes()).finalize();
    let mut bytes = digest[..4].to_vec();
    bytes.extend_from_slice(&version.to_be_bytes());
    format!("DwAAABYAAAB{}", STANDARD.encode(bytes))
}

/// `W/"<changeKey>"`.
pub(crate) fn etag(seed: u64, version: u64) -> String {
    format!("W/\"{}\"", change_key(seed, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_round_trip_and_made_up_ones_do_not_open() {
        let day = Date::constant(2026, 12, 1);
        for event in [EventRef::whole(7), EventRef::occurrence(7, day)] {
            for kind in [IdKind::Immutable, IdKind::Default(3)] {
                let text = event_id(1, event, kind);
                assert_eq!(read_event(1, &text), Some((event, kind)));
                assert_eq!(read_event(2, &text), None);
            }
        }
        assert_eq!(read_calendar(1, &calendar_id(1, 9)), Some(9));
        assert_eq!(read_event(1, "AAMkADItAAAA"), None);
        assert_ne!(
            event_id(1, EventRef::whole(7), IdKind::Default(3)),
            event_id(1, EventRef::whole(7), IdKind::Default(4))
        );
    }
}
