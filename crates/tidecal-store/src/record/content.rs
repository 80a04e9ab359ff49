//! Contents that are kept but not searched: bases, raw copies, journal entries. One byte says how
//! they are packed, then follow the bytes (LZ4 where that is shorter).

use tidecal_core::model::Event;

use crate::StoreError;
use crate::database::decode_error;

const PLAIN: u8 = 0;
const LZ4: u8 = 1;
/// Below this, packing gains nothing.
const WORTH_PACKING: usize = 96;
/// No content is larger; a damaged length must not ask for all memory.
const MOST: u32 = 256 << 20;

/// Packs bytes.
pub(crate) fn pack(content: &[u8]) -> Vec<u8> {
    if content.len() >= WORTH_PACKING {
        let packed = lz4_flex::block::compress_prepend_size(content);
        if packed.len() < content.len() {
            return [&[LZ4], packed.as_slice()].concat();
        }
    }
    [&[PLAIN], content].concat()
}

/// Reads what [`pack`] made.
pub(crate) fn unpack(column: &str, packed: &[u8]) -> Result<Vec<u8>, StoreError> {
    match packed.split_first() {
        Some((&PLAIN, content)) => Ok(content.to_vec()),
        Some((&LZ4, content)) => {
            let length = content.first_chunk().map_or(u32::MAX, |prefix| u32::from_le_bytes(*prefix));
            if length > MOST {
                return Err(decode_error(column, "is damaged"));
            }
            lz4_flex::block::decompress_size_prepended(content)
                .map_err(|error| decode_error(column, &error.to_string()))
        }
        _ => Err(decode_error(column, "has an unknown format")),
    }
}

/// Packs an event (JSON).
pub(crate) fn pack_event(event: &Event) -> Result<Vec<u8>, StoreError> {
    let json = serde_json::to_vec(event).map_err(|error| decode_error("event", &error.to_string()))?;
    Ok(pack(&json))
}

/// Reads what [`pack_event`] made.
pub(crate) fn unpack_event(column: &str, packed: &[u8]) -> Result<Event, StoreError> {
    let json = unpack(column, packed)?;
    serde_json::from_slice(&json).map_err(|error| decode_error(column, &error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_come_back_as_they_went_in() {
        let long = "BEGIN:VEVENT\r\nSUMMARY:Review\r\n".repeat(50);
        for content in ["", "short", long.as_str(), "\u{0}\u{1}"] {
            assert_eq!(unpack("raw", &pack(content.as_bytes())).unwrap(), content.as_bytes());
        }
        assert!(pack(long.as_bytes()).len() < long.len() / 4);
    }

    #[test]
    fn damaged_contents_are_refused() {
        for damaged in [&[][..], &[9, 1], &[1], &[1, 255, 255, 255, 255, 0], &[1, 5, 0, 0, 0, 0xf0]] {
            assert!(unpack("raw", damaged).is_err(), "{damaged:?}");
        }
    }
}
