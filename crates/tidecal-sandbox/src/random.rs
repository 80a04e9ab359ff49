//! Reproducible randomness and opaque texts, all derived from the sandbox's seed.
//!
//! Not for real secrets: tokens of a fake vendor only have to be unique and unguessable by accident.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// SplitMix64 (Steele, Lea, Flood 2014): small, and its sequence never changes with a library's version.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// A stream of its own for each (seed, purpose), so that adding draws to one list leaves the others alone.
    pub(crate) fn new(seed: u64, purpose: &str) -> Self {
        let digest = Sha256::new().chain_update(seed.to_be_bytes()).chain_update(purpose).finalize();
        let mut first = [0_u8; 8];
        first.copy_from_slice(&digest[..8]);
        Self(u64::from_be_bytes(first))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number in `0..bound` (0 when `bound` is 0).
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.next() % bound }
    }

    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let index = self.below(list.len() as u64) as usize;
        &list[index]
    }

    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// An event id as the vendor makes them: 26 characters of lower-case base32hex.
    pub(crate) fn event_id(&mut self) -> String {
        const ALPHABET: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
        (0..26).map(|_| char::from(ALPHABET[self.below(32) as usize])).collect()
    }
}

/// An opaque, reproducible text for (seed, purpose, number): token and code bodies.
pub(crate) fn opaque(seed: u64, purpose: &str, number: u64) -> String {
    let digest = Sha256::new()
        .chain_update(seed.to_be_bytes())
        .chain_update(number.to_be_bytes())
        .chain_update(purpose)
        .finalize();
    URL_SAFE_NO_PAD.encode(digest)
}

/// A reproducible GUID for (seed, purpose), in the usual notation.
pub(crate) fn opaque_guid(seed: u64, purpose: &str) -> String {
    let digest = Sha256::new().chain_update(seed.to_be_bytes()).chain_update("guid ").chain_update(purpose).finalize();
    let hex: String = digest[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}

/// A short digest of a text, for ids that only have to be stable.
pub(crate) fn digest(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(text.as_bytes())[..12])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_ids_and_another_seed_gives_others() {
        let id = |seed| Random::new(seed, "ids").event_id();
        assert_eq!(id(1), id(1));
        assert_ne!(id(1), id(2));
        assert!(id(1).bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'v').contains(&b)));
    }

    #[test]
    fn purposes_have_streams_of_their_own() {
        assert_ne!(opaque(1, "code", 7), opaque(1, "access", 7));
        assert_ne!(opaque(1, "code", 7), opaque(1, "code", 8));
    }
}
