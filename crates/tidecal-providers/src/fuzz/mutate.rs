//! A small mutator: the same seed gives the same inputs, as long as the readers say the same.

/// Longest input.
const LONGEST: usize = 64 * 1024;

pub(super) struct Mutator {
    state: u64,
    words: &'static [&'static str],
}

impl Mutator {
    pub(super) fn new(seed: u64, words: &'static [&'static str]) -> Self {
        Self { state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1, words }
    }

    /// One of `kept`, changed in a few places.
    pub(super) fn next(&mut self, kept: &[Vec<u8>]) -> Vec<u8> {
        let mut input = kept[self.below(kept.len())].clone();
        for _ in 0..=self.below(4) {
            self.change(&mut input, kept);
        }
        input.truncate(LONGEST);
        input
    }

    /// Xorshift (Marsaglia, 2003).
    fn random(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.random() % limit.max(1) as u64).unwrap_or(0)
    }

    fn span(&mut self, input: &[u8]) -> std::ops::Range<usize> {
        let start = self.below(input.len() + 1);
        let length = 1 << self.below(8);
        start..(start + self.below(length + 1)).min(input.len())
    }

    fn change(&mut self, input: &mut Vec<u8>, kept: &[Vec<u8>]) {
        let span = self.span(input);
        match self.below(10) {
            0 if !span.is_empty() => input[span.start] ^= 1 << self.below(8),
            1 if !span.is_empty() => input[span.start] = self.random().to_le_bytes()[0],
            2 => drop(input.drain(span)),
            3 => {
                let piece = input[span.clone()].to_vec();
                input.splice(span.end..span.end, piece);
            }
            4 => {
                let piece = input[span.clone()].repeat(self.below(200));
                input.splice(span.end..span.end, piece.into_iter().take(LONGEST));
            }
            5 => {
                let other = &kept[self.below(kept.len())];
                let from = self.span(other);
                input.splice(span, other[from].to_vec());
            }
            6 => input.truncate(span.start),
            7 => {
                let digits = ["0", "-1", "99999999999999999999", "4294967296", "00010101", "99991231", "1e999"];
                input.splice(span.start..span.start, digits[self.below(digits.len())].bytes());
            }
            _ => {
                let word = self.words[self.below(self.words.len())];
                // Instead of what is there, or before it.
                let end = if self.below(2) == 0 { span.end } else { span.start };
                input.splice(span.start..end, word.bytes());
            }
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_inputs() {
    let inputs = |seed| {
        let mut mutator = Mutator::new(seed, &["word"]);
        let kept = [b"BEGIN:VEVENT".to_vec(), b"END:VEVENT".to_vec()];
        (0..50).map(|_| mutator.next(&kept)).collect::<Vec<_>>()
    };
    assert_eq!(inputs(7), inputs(7));
    assert_ne!(inputs(7), inputs(8));
}
