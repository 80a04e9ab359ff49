//! Words and sums of the documented answer. What a sync does is tested where engine and vendors are.

use super::*;

#[test]
fn messages_say_what_happened_to_how_many() {
    for ((all, good, failed, running), words) in [
        ((2, 2, 0, 0), "Synced 2 of 2 calendar(s)"),
        ((3, 2, 1, 0), "Synced 2 of 3 calendar(s), 1 failed"),
        ((3, 1, 1, 1), "Synced 1 of 3 calendar(s), 1 failed, 1 still running"),
        ((0, 0, 0, 0), "No calendars connected"),
    ] {
        assert_eq!(message(all, good, failed, running), words);
    }
}

#[test]
fn deletions_are_part_of_updated_and_total_is_the_sum() {
    let counts = Counts::from(Stats { synced: 10, updated: 2, skipped: 1, deleted: 1 });
    assert_eq!(counts, Counts { synced: 10, updated: 2, skipped: 1, total: 13 });
    assert_eq!(counts.plus(counts).total, 26);
}

/// Partial failures (some calendars fail) are reported.
#[test]
fn partial_failures_are_reported() {
    let result = |status, error: Option<&str>| CalendarResult {
        connection_id: "c1".to_owned(),
        email: "ada@example.com".to_owned(),
        calendar_name: "Primary".to_owned(),
        status,
        counts: Counts { synced: 10, updated: 2, skipped: 1, total: 13 },
        error: error.map(str::to_owned),
    };
    let results = vec![
        result(ResultStatus::Success, None),
        result(ResultStatus::Error, Some("Authentication failed: google: token expired")),
        result(ResultStatus::Running, None),
    ];
    let timestamp = Millis("2024-01-01T12:00:00Z".parse().unwrap());
    insta::assert_json_snapshot!(sum_up(results, timestamp));
}

#[test]
fn all_in_step_is_success_and_nothing_at_all_is_not() {
    let timestamp = Millis("2024-01-01T12:00:00Z".parse().unwrap());
    assert!(!sum_up(Vec::new(), timestamp).success);
}
