//! After a restore of the database from a backup: nothing goes out before a person has seen what would.
//!
//! What the database says may be older than what the vendors say. A comparison brings in what is newer
//! there; what it leaves to be written there may be as old as the backup (an event that people have
//! deleted since, an edit that was taken back), and only a person can tell.

/// Begins every hold after a restore.
const WORDS: &str = "the database was restored from a backup";

/// Why such a run is held; `outgoing`: series that would be written or deleted at the vendor.
#[must_use]
pub fn hold_after_restore(outgoing: u64) -> String {
    let events = if outgoing == 1 { "1 event" } else { &format!("{outgoing} events") };
    format!("{WORDS}, and {events} would be written or deleted at the vendor; the plan names them")
}

/// Whether a hold is of that kind: its release ends the caution after the restore, and no other brake.
#[must_use]
pub fn is_hold_after_restore(reason: &str) -> bool {
    reason.starts_with(WORDS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Guard, GuardVerdict};

    #[test]
    fn the_hold_after_a_restore_is_told_from_the_other_brakes() {
        assert!(hold_after_restore(1).contains("and 1 event would be written"));
        assert!(hold_after_restore(12).contains("and 12 events would be written"));
        assert!(is_hold_after_restore(&hold_after_restore(3)));
        let GuardVerdict::Hold(deletions) = Guard::default().judge(60, 100) else { panic!("it holds") };
        assert!(!is_hold_after_restore(&deletions));
    }
}
