use super::*;

fn at(minute: i64) -> Timestamp {
    let begin: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
    begin + jiff::SignedDuration::from_mins(minute)
}

fn event() -> WhyEvent {
    WhyEvent { title: "Review".into(), deleted: false, version: 2, created_at: at(0), updated_at: at(1) }
}

fn mapping(verdict: Verdict, status: MappingStatus, reason: &str) -> WhyMapping {
    WhyMapping {
        connection: "Work".into(),
        direction: SyncDirection::Bidirectional,
        role: Role::Origin,
        recurrence_id: String::new(),
        verdict,
        reason: reason.into(),
        status,
        last_error: None,
        base_version: 1,
        updated_at: at(9),
    }
}

fn change(minute: i64, direction: &str, action: &str) -> WhyChange {
    let fields = if action == "update" { vec!["title"] } else { vec![] };
    let (direction, action) = (direction.into(), action.into());
    WhyChange { at: at(minute), connection: Some("Work".into()), direction, action, fields, run_id: None }
}

fn told(facts: &WhyFacts) -> String {
    let why = explain(facts);
    let steps: Vec<String> = why.steps.iter().map(|step| format!("  [{}] {}", step.kind, step.text)).collect();
    let next = why.next.map_or_else(String::new, |next| format!("\n  next: {next}"));
    format!("{}\n  => {}{next}\n", steps.join("\n"), why.verdict)
}

/// The stories that a person may read, one after the other.
#[test]
fn each_verdict_is_explained_in_words() {
    let table = [
        (true, Verdict::Mirrored, MappingStatus::Synced, ""),
        (true, Verdict::Mirrored, MappingStatus::Updated, ""),
        (false, Verdict::Filtered, MappingStatus::Synced, "left out: private events"),
        (false, Verdict::OutOfWindow, MappingStatus::Synced, "outside the window"),
        (false, Verdict::Quarantined, MappingStatus::Failed, "start: no such date"),
        (true, Verdict::Quarantined, MappingStatus::Failed, "only the organiser can change time"),
        (true, Verdict::Conflicted, MappingStatus::Conflict, "changed on both sides"),
        (true, Verdict::Held, MappingStatus::Updated, "would mail 3 people"),
        (false, Verdict::Mirrored, MappingStatus::Deleted, "deleted remotely"),
    ];
    let mut stories = String::new();
    for (here, verdict, status, reason) in table {
        let facts = WhyFacts {
            event: here.then(event),
            mappings: vec![mapping(verdict, status, reason)],
            ..WhyFacts::default()
        };
        stories += &format!("{} {} {here}\n{}", verdict.as_str(), status.as_str(), told(&facts));
    }
    insta::assert_snapshot!("verdicts", stories);
}

#[test]
fn every_chain_of_two_changes_is_told_in_order() {
    let kinds = [
        ("in", "update"),
        ("out", "update"),
        ("in", "delete"),
        ("out", "delete"),
        ("out", "create"),
        ("in", "overrule"),
        ("out", "answer"),
    ];
    let mut stories = String::new();
    for first in kinds {
        for second in kinds {
            let gone = second.1 == "delete";
            let status = if gone { MappingStatus::Deleted } else { MappingStatus::Synced };
            let facts = WhyFacts {
                event: (!gone).then(event),
                mappings: vec![mapping(Verdict::Mirrored, status, if gone { "deleted" } else { "" })],
                // Newest first, as the store tells them.
                journal: vec![change(3, second.0, second.1), change(2, first.0, first.1)],
                ..WhyFacts::default()
            };
            stories += &format!("{} {}, then {} {}\n{}", first.0, first.1, second.0, second.1, told(&facts));
        }
    }
    insta::assert_snapshot!("chains", stories);
}

#[test]
fn a_settled_conflict_says_who_won_and_when() {
    for choice in ["local", "remote", "fields", "reset"] {
        let conflict = WhyConflict { at: at(2), fields: vec!["title".into()], settled: Some((choice.into(), at(4))) };
        let facts = WhyFacts { event: Some(event()), conflicts: vec![conflict], ..WhyFacts::default() };
        let steps = explain(&facts).steps;
        let kinds: Vec<_> = steps.iter().map(|step| step.kind).collect();
        assert_eq!(kinds, ["observation", "observation", "decision"]);
        assert_eq!(steps[2].details["resolution"], choice);
    }
}

#[test]
fn what_is_known_nowhere_is_said_so() {
    assert_eq!(explain(&WhyFacts::default()).verdict, "Nothing is known of it.");
}
