//! Ids for new rows: UUID version 7 (RFC 9562 5.7), from a time and a seed that are arguments.

use jiff::Timestamp;

/// A source of ids. Ids of one source ascend; the seed makes sources differ.
#[derive(Clone, Debug)]
pub struct Ids {
    millis: u64,
    count: u64,
    state: u64,
}

impl Ids {
    /// A source at that time. `seed` is random in production and fixed in tests.
    #[must_use]
    pub fn new(now: Timestamp, seed: u64) -> Self {
        Self { millis: u64::try_from(now.as_millisecond()).unwrap_or(0), count: 0, state: seed }
    }

    /// The next id, as text.
    pub fn next_id(&mut self) -> String {
        // 12 bits of counter keep one source's ids in order; beyond them the millisecond moves on.
        let count = self.count & 0xfff;
        let millis = self.millis + (self.count >> 12);
        self.count += 1;
        let high = (millis << 16) | 0x7000 | count;
        let low = (self.random() >> 2) | (0b10 << 62);
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        )
    }

    /// `SplitMix64` (Steele, Lea, Flood 2014): enough to keep sources apart, not for secrets.
    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_version_7_ascend_and_differ_between_seeds() {
        let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        let mut source = Ids::new(now, 1);
        let ids: Vec<String> = (0..10_000).map(|_| source.next_id()).collect();
        assert!(ids.is_sorted() && ids.iter().all(|id| id.len() == 36 && &id[14..15] == "7"));
        assert!(ids.iter().all(|id| matches!(&id[19..20], "8" | "9" | "a" | "b")));
        assert_ne!(Ids::new(now, 2).next_id(), ids[0]);
        assert!(ids[0].starts_with("01a1fd8c-6900-7000"), "{}", ids[0]);
    }
}
