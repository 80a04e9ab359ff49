//! The brake on mass deletion (invariant 5).

/// Limits; a series counts once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guard {
    /// More deletions than this within 24 h are held.
    pub most: u64,
    /// From this many deletions on the share counts as well.
    pub share_from: u64,
    /// More than this share of the mapped live events, in percent, is held.
    pub share_percent: u64,
}

impl Default for Guard {
    fn default() -> Self {
        Self { most: 50, share_from: 5, share_percent: 20 }
    }
}

/// Whether deletions may go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GuardVerdict {
    /// Yes.
    Go,
    /// A person must look: what would happen, in words.
    Hold(String),
}

impl Guard {
    /// Judges `deletions` (of the last 24 h and now, together) out of `live` events that were
    /// mapped before them.
    #[must_use]
    pub fn judge(&self, deletions: u64, live: u64) -> GuardVerdict {
        let many = deletions > self.most;
        let large = deletions >= self.share_from && deletions * 100 > live * self.share_percent;
        if many || large {
            GuardVerdict::Hold(format!("{deletions} of {live} events would be deleted within 24 h"))
        } else {
            GuardVerdict::Go
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifty_pass_and_fifty_one_are_held() {
        let guard = Guard::default();
        for (deletions, live, held) in [
            (50, 10_000, false),
            (51, 10_000, true),
            (4, 4, false),
            (5, 25, false),
            (5, 24, true),
            (20, 100, false),
            (21, 100, true),
            (0, 0, false),
        ] {
            let verdict = guard.judge(deletions, live);
            assert_eq!(matches!(verdict, GuardVerdict::Hold(_)), held, "{deletions} of {live}");
        }
    }
}
