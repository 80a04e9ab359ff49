//! Cursors of the event list: the position behind the last instance of a page. They stay good when
//! events come and go in between.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

/// A position in the order of start, then id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) start: Timestamp,
    pub(super) id: String,
}

impl Position {
    /// As text that nobody needs to understand.
    pub(super) fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}|{}", self.start.as_nanosecond(), self.id))
    }

    /// `None` for anything that [`Position::encode`] did not make.
    pub(super) fn decode(text: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (start, id) = text.split_once('|')?;
        Some(Self { start: Timestamp::from_nanosecond(start.parse().ok()?).ok()?, id: id.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_reads_back_and_nothing_else_does() {
        let position = Position { start: "2026-11-21T10:00:00Z".parse().unwrap(), id: "e1_20261121".to_owned() };
        assert_eq!(Position::decode(&position.encode()), Some(position));
        for text in ["", "x", "!!", &URL_SAFE_NO_PAD.encode("5"), &URL_SAFE_NO_PAD.encode("x|y")] {
            assert_eq!(Position::decode(text), None, "{text}");
        }
    }
}
