//! Reproducible chance.

/// SplitMix64: small, and the same everywhere.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        i64::try_from((z ^ (z >> 31)) % sides.unsigned_abs()).unwrap()
    }

    pub(crate) fn one_in(&mut self, sides: i64) -> bool {
        self.roll(sides) == 0
    }

    pub(crate) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[usize::try_from(self.roll(i64::try_from(from.len()).unwrap())).unwrap()]
    }

    /// From `-most` to `most` without 0, mostly positive.
    pub(crate) fn signed(&mut self, most: i64) -> i64 {
        let number = self.roll(most) + 1;
        if self.one_in(4) { -number } else { number }
    }

    pub(crate) fn list(&mut self, name: &str, mut number: impl FnMut(&mut Self) -> String) -> String {
        let length = 1 + self.roll(3);
        let items: Vec<String> = (0..length).map(|_| number(self)).collect();
        format!(";{name}={}", items.join(","))
    }
}
