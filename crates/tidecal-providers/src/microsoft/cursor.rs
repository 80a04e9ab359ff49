//! Cursors and page tokens: texts that only this adapter reads.
//!
//! Graph's delta is bound to a stretch of time, which is frozen in its links. A cursor therefore
//! holds the *live* stretch with its link. When the window that is kept locally comes near its end,
//! a *successor* is read beside it, one page per run, and takes over once it has been asked for its
//! first changes. Both are read meanwhile, so that nothing which changes or goes in between is
//! missed. Where delta is refused a cursor holds the sum of a listing instead.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tidecal_core::policy::Window;

/// A cursor is only good for the way of reading it was made with: changing that changes this.
const VERSION: &str = "1:";

const DAY: i64 = 86_400;
/// How far beyond the local window a new stretch reaches.
const AHEAD: i64 = 90 * DAY;
/// How much of that may be used up before a successor is begun.
const SPENT: i64 = 60 * DAY;
/// Longest stretch that calendar views take.
const LONGEST: i64 = 1825 * DAY;

/// A stretch of time that a reading is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stretch {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

impl Stretch {
    /// What a reading that begins now covers: whole days, with room to the end.
    pub(super) fn wanted(window: &Window) -> Self {
        let floor = |at: Timestamp| at.as_second().div_euclid(DAY) * DAY;
        let from = floor(window.from).max(floor(LEAST));
        let to = (floor(window.to) + DAY + AHEAD).min(floor(MOST)).max(from + DAY).min(from + LONGEST);
        let at = |second| Timestamp::from_second(second).unwrap_or(Timestamp::MAX);
        Self { from: at(from), to: at(to) }
    }

    /// Whether it is time for a successor.
    pub(super) fn is_spent(&self, window: &Window) -> bool {
        let wanted = Self::wanted(window);
        self.from > wanted.from || self.to.as_second() < wanted.to.as_second() - SPENT
    }
}

/// Dates beyond these are in no calendar, and in no request.
const LEAST: Timestamp = Timestamp::constant(-2_208_988_800, 0); // 1900
const MOST: Timestamp = Timestamp::constant(4_102_444_800, 0); // 2100

/// A reading of one stretch, and where it goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Strand {
    #[serde(flatten)]
    pub(super) stretch: Stretch,
    /// As Graph sent it: `@odata.nextLink` or `@odata.deltaLink`.
    pub(super) link: String,
}

/// The successor of a live strand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Successor {
    #[serde(flatten)]
    pub(super) stretch: Stretch,
    /// `None`: not begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) link: Option<String>,
    /// Its first reading is over; the link brings changes.
    #[serde(default)]
    pub(super) whole: bool,
}

/// Where a reading begins next time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Mark {
    /// By delta.
    Delta {
        live: Strand,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<Successor>,
    },
    /// By listing: nothing is news while the sum is the same.
    Listing {
        #[serde(flatten)]
        stretch: Stretch,
        sum: Sum,
    },
}

/// Where the next page of a running reading begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) stage: Stage,
    /// Series of which this reading has told already, by a hash of their ids.
    #[serde(default, skip_serializing_if = "Told::is_empty")]
    pub(super) told: Told,
}

/// What the next page belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Stage {
    /// The first reading of a stretch by delta.
    Full(Strand),
    /// The first reading by listing.
    List { strand: Strand, sum: Sum },
    /// Changes of the live strand.
    Live { live: Strand, next: Option<Successor> },
    /// The successor, after the changes of the live strand.
    Next { live: Strand, next: Successor },
}

/// An order-independent sum over the versions of what a listing names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sum(u64, u64, u64);

impl Sum {
    pub(super) fn add(&mut self, digest: &[u8]) {
        let word = |at: usize| {
            let bytes = digest.get(at..at + 8).and_then(|bytes| bytes.try_into().ok());
            bytes.map_or(0, u64::from_le_bytes)
        };
        self.0 = self.0.wrapping_add(1);
        self.1 = self.1.wrapping_add(word(0));
        self.2 = self.2.wrapping_add(word(8));
    }
}

/// Hashes of ids. A page token carries those of all series that a reading has told of, so they are kept
/// short: eight bytes each, in base64, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", from = "Written")]
pub(super) struct Told(HashSet<u64>);

impl Told {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether that is news.
    pub(super) fn insert(&mut self, id: &str) -> bool {
        let digest = Sha256::digest(id);
        self.0.insert(digest.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes)))
    }
}

impl From<Told> for String {
    fn from(told: Told) -> Self {
        let mut hashes: Vec<u64> = told.0.into_iter().collect();
        hashes.sort_unstable();
        STANDARD_NO_PAD.encode(hashes.into_iter().flat_map(u64::to_be_bytes).collect::<Vec<u8>>())
    }
}

/// As it may stand in a token.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Packed(String),
    /// One text of hex digits each: tokens of readings that began before an update.
    Hex(Vec<String>),
}

impl From<Written> for Told {
    /// What cannot be read is told again, which costs a request and no more.
    fn from(written: Written) -> Self {
        Self(match written {
            Written::Packed(text) => {
                let bytes = STANDARD_NO_PAD.decode(text).unwrap_or_default();
                bytes.as_chunks().0.iter().map(|bytes| u64::from_be_bytes(*bytes)).collect()
            }
            Written::Hex(texts) => texts.iter().filter_map(|text| u64::from_str_radix(text, 16).ok()).collect(),
        })
    }
}

fn encode(value: &impl Serialize) -> String {
    // None of these types can fail: no maps with odd keys, no floats.
    format!("{VERSION}{}", serde_json::to_string(value).unwrap_or_default())
}

fn decode<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
    serde_json::from_str(text.strip_prefix(VERSION)?).ok()
}

impl Mark {
    pub(super) fn encode(&self) -> String {
        encode(self)
    }

    pub(super) fn decode(text: &str) -> Option<Self> {
        decode(text)
    }
}

impl Place {
    pub(super) fn encode(&self) -> String {
        encode(self)
    }

    pub(super) fn decode(text: &str) -> Option<Self> {
        decode(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn window(from: &str, to: &str) -> Window {
        Window { from: at(from), to: at(to) }
    }

    #[test]
    fn a_stretch_covers_the_window_and_lasts_for_two_months() {
        let start = window("2026-08-21T10:00:00Z", "2027-11-21T10:00:00Z");
        let stretch = Stretch::wanted(&start);
        assert_eq!((stretch.from, stretch.to), (at("2026-08-21T00:00:00Z"), at("2028-02-20T00:00:00Z")));
        assert!(!stretch.is_spent(&start));
        assert!(!stretch.is_spent(&window("2026-10-19T10:00:00Z", "2028-01-19T10:00:00Z")));
        assert!(stretch.is_spent(&window("2026-10-22T10:00:00Z", "2028-01-22T10:00:00Z")));
        assert!(stretch.is_spent(&window("2026-05-21T10:00:00Z", "2027-11-21T10:00:00Z")), "a wider window");
    }

    #[test]
    fn no_stretch_is_longer_than_views_may_be_or_ever_spent_at_once() {
        for (from, to) in
            [("2016-11-21T10:00:00Z", "2036-11-21T10:00:00Z"), ("1990-01-01T00:00:00Z", "1990-01-01T00:00:00Z")]
        {
            let wide = window(from, to);
            let stretch = Stretch::wanted(&wide);
            assert!(stretch.to.as_second() - stretch.from.as_second() <= LONGEST, "{stretch:?}");
            assert!(stretch.from < stretch.to && !stretch.is_spent(&wide));
        }
        assert!(!Stretch::wanted(&Window::EVERYTHING).is_spent(&Window::EVERYTHING));
    }

    #[test]
    fn marks_and_places_read_back_and_others_are_none() {
        let stretch = Stretch::wanted(&window("2026-08-21T10:00:00Z", "2027-11-21T10:00:00Z"));
        let live = Strand { stretch, link: "https://graph.example.com/x?$deltatoken=a|b".into() };
        let next = Successor { stretch, link: None, whole: false };
        let mut sum = Sum::default();
        sum.add(&[7; 32]);
        let mark = Mark::Delta { live: live.clone(), next: Some(next.clone()) };
        assert_eq!(Mark::decode(&mark.encode()), Some(mark));
        let listing = Mark::Listing { stretch, sum };
        assert_eq!(Mark::decode(&listing.encode()), Some(listing));
        let mut told = Told::default();
        assert!(told.insert("a") && !told.insert("a"));
        for stage in [
            Stage::Full(live.clone()),
            Stage::List { strand: live.clone(), sum },
            Stage::Live { live: live.clone(), next: None },
            Stage::Next { live, next },
        ] {
            let place = Place { stage, told: told.clone() };
            assert_eq!(Place::decode(&place.encode()), Some(place));
        }
        for text in ["", "1:", "2:{}", "1:{}", "token", "1:{\"delta\":{}}"] {
            assert!(Mark::decode(text).is_none() && Place::decode(text).is_none(), "{text}");
        }
    }

    #[test]
    fn what_was_told_is_known_from_tokens_of_this_version_and_of_the_one_before() {
        let mut told = Told::default();
        for number in 0..100 {
            assert!(told.insert(&format!("series-{number}")));
        }
        let text = serde_json::to_string(&told).unwrap();
        assert!(text.len() < 100 * 11, "{} bytes", text.len());
        let read: Told = serde_json::from_str(&text).unwrap();
        assert_eq!(read, told);
        assert_eq!(serde_json::to_string(&read).unwrap(), text, "the order is always the same");
        // The first eight bytes of the SHA-256 of "a".
        let mut before: Told = serde_json::from_str(r#"["ca978112ca1bbdca"]"#).unwrap();
        assert!(!before.insert("a") && before.insert("b"));
    }

    #[test]
    fn a_sum_does_not_look_at_the_order() {
        let (mut one, mut other) = (Sum::default(), Sum::default());
        for byte in 0..10 {
            one.add(&[byte; 32]);
            other.add(&[9 - byte; 32]);
        }
        assert_eq!(one, other);
        other.add(&[1; 32]);
        assert_ne!(one, other);
    }
}
