//! Chance from a seed: `SplitMix64` (Steele, Lea, Flood 2014). The same seed, the same simulation.

/// A stream of chance.
#[derive(Clone, Debug)]
pub(crate) struct Rng(u64);

impl Rng {
    /// The stream of a seed; `stream` keeps several of one seed apart.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut rng = Self(seed ^ stream.wrapping_mul(0xd134_2543_de82_ef95));
        rng.next();
        rng
    }

    /// 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// `0..bound`; 0 if there is no room.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let wide = self.next() >> 11;
        usize::try_from(wide % (bound.max(1) as u64)).unwrap_or(0)
    }

    /// `from..to`.
    pub(crate) fn between(&mut self, from: i64, to: i64) -> i64 {
        let room = usize::try_from(to.saturating_sub(from)).unwrap_or(1);
        from + i64::try_from(self.below(room)).unwrap_or(0)
    }

    /// True in so many of 1 000 cases.
    pub(crate) fn chance(&mut self, per_mille: usize) -> bool {
        self.below(1000) < per_mille
    }

    /// One of them.
    pub(crate) fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let at = self.below(all.len());
        all.get(at)
    }

    /// One of them, by weight.
    pub(crate) fn weighted<T: Copy>(&mut self, all: &[(T, usize)]) -> Option<T> {
        let total: usize = all.iter().map(|(_, weight)| weight).sum();
        let mut at = self.below(total);
        for (item, weight) in all {
            if at < *weight {
                return Some(*item);
            }
            at -= weight;
        }
        None
    }

    /// Shuffles in place (Fisher, Yates).
    pub(crate) fn shuffle<T>(&mut self, all: &mut [T]) {
        for last in (1..all.len()).rev() {
            let other = self.below(last + 1);
            all.swap(last, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Rng;

    #[test]
    fn one_seed_one_stream() {
        let draw = |seed, stream| {
            let mut rng = Rng::new(seed, stream);
            (0..8).map(|_| rng.next()).collect::<Vec<_>>()
        };
        assert_eq!(draw(7, 1), draw(7, 1));
        assert_ne!(draw(7, 1), draw(7, 2));
        assert_ne!(draw(7, 1), draw(8, 1));
    }

    #[test]
    fn draws_stay_in_bounds() {
        let mut rng = Rng::new(1, 1);
        assert!((0..1000).all(|_| rng.below(3) < 3 && (-2..5).contains(&rng.between(-2, 5))));
        assert_eq!(rng.below(0), 0);
        assert!(!rng.chance(0) && rng.chance(1000));
        assert_eq!(rng.weighted(&[("never", 0), ("always", 1)]), Some("always"));
    }
}
