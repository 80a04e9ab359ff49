//! The stored cursor: one opaque, versioned text.

use jiff::Timestamp;

use crate::remote::Cursor;

/// An adapter's cursor together with the lower bound of the reading that made it (a vendor that
/// takes a bound goes on using it, and comparisons must not mistake older events for deleted ones).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCursor {
    /// Lower bound of the full reading.
    pub lower: Timestamp,
    /// The adapter's cursor.
    pub token: Cursor,
}

impl StoredCursor {
    /// The text for column `sync_cursor`.
    #[must_use]
    pub fn encode(&self) -> String {
        format!("1|{}|{}", self.lower, self.token.0)
    }

    /// Reads the text; `None` (another version, damaged) means: compare everything.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        let (lower, token) = text.strip_prefix("1|")?.split_once('|')?;
        Some(Self { lower: lower.parse().ok()?, token: Cursor(token.to_owned()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_a_damaged_one_is_none() {
        let cursor = StoredCursor { lower: "2026-08-21T10:00:00Z".parse().unwrap(), token: Cursor("a|b=c".into()) };
        assert_eq!(StoredCursor::decode(&cursor.encode()), Some(cursor));
        for damaged in ["", "1|", "2|2026-08-21T10:00:00Z|x", "1|yesterday|x", "token"] {
            assert_eq!(StoredCursor::decode(damaged), None, "{damaged:?}");
        }
    }
}
