//! Why an event is where it is, or is not: facts in, a chain of steps and a sentence out.
//!
//! Deliberately not here: where facts come from, and how a chain is laid out.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{MappingStatus, Role, SyncDirection, Verdict};

/// What is known of an event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WhyFacts {
    /// The local event, if its row is there.
    pub event: Option<WhyEvent>,
    /// Its rows in connections.
    pub mappings: Vec<WhyMapping>,
    /// What syncs did to it.
    pub journal: Vec<WhyChange>,
    /// Its conflicts.
    pub conflicts: Vec<WhyConflict>,
}

/// The local event.
#[derive(Clone, Debug, PartialEq)]
pub struct WhyEvent {
    /// Title.
    pub title: String,
    /// Deleted here; a vendor does not know yet.
    pub deleted: bool,
    /// Counts its changes.
    pub version: i64,
    /// When it was made here.
    pub created_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
}

/// A mapping row.
#[derive(Clone, Debug, PartialEq)]
pub struct WhyMapping {
    /// Name of the connection.
    pub connection: String,
    /// Which way its changes go.
    pub direction: SyncDirection,
    /// Where the item came from.
    pub role: Role,
    /// Which occurrence, or empty.
    pub recurrence_id: String,
    /// Verdict.
    pub verdict: Verdict,
    /// The rule, the error, the brake.
    pub reason: String,
    /// State.
    pub status: MappingStatus,
    /// Words of the last failure.
    pub last_error: Option<String>,
    /// Version of the local event that both sides last agreed on.
    pub base_version: i64,
    /// Last change of the row.
    pub updated_at: Timestamp,
}

/// An entry of the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct WhyChange {
    /// When.
    pub at: Timestamp,
    /// Name of the connection, if it is still there.
    pub connection: Option<String>,
    /// `in` or `out`.
    pub direction: String,
    /// `create`, `update`, `delete`, `overrule`, `answer`.
    pub action: String,
    /// Fields that changed.
    pub fields: Vec<&'static str>,
    /// Run.
    pub run_id: Option<String>,
}

/// A conflict.
#[derive(Clone, Debug, PartialEq)]
pub struct WhyConflict {
    /// When it came up.
    pub at: Timestamp,
    /// Fields; empty: a deletion against an edit.
    pub fields: Vec<String>,
    /// How it was settled, and when.
    pub settled: Option<(String, Timestamp)>,
}

/// One step of the chain.
#[derive(Clone, Debug, PartialEq)]
pub struct WhyStep {
    /// When.
    pub at: Timestamp,
    /// `observation`, `rule`, `write` or `decision`.
    pub kind: &'static str,
    /// For people.
    pub text: String,
    /// For programs.
    pub details: Value,
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Why {
    /// Oldest first.
    pub steps: Vec<WhyStep>,
    /// The present state in one sentence.
    pub verdict: String,
    /// What to do next, if anything.
    pub next: Option<String>,
}

/// Explains the present state of an event.
#[must_use]
pub fn explain(facts: &WhyFacts) -> Why {
    let mut steps = Vec::new();
    if let Some(event) = &facts.event {
        let text = format!("\"{}\" came into the local calendar", event.title);
        steps.push(step(event.created_at, "observation", text, json!({"version": 1})));
    }
    steps.extend(facts.journal.iter().map(change));
    for conflict in &facts.conflicts {
        steps.extend(conflict_steps(conflict));
    }
    steps.extend(facts.mappings.iter().map(rule));
    if let Some(event) = facts.event.as_ref().filter(|event| event.deleted) {
        let text = "it was deleted here; the calendars that show it are told next".to_owned();
        steps.push(step(event.updated_at, "decision", text, json!({"version": event.version})));
    }
    steps.sort_by_key(|step| step.at);
    let (verdict, next) = judge(facts);
    Why { steps, verdict, next }
}

fn step(at: Timestamp, kind: &'static str, text: String, details: Value) -> WhyStep {
    WhyStep { at, kind, text, details }
}

fn change(entry: &WhyChange) -> WhyStep {
    let place = entry.connection.as_deref().unwrap_or("a connection that is gone");
    let fields = if entry.fields.is_empty() { String::new() } else { format!(" ({})", entry.fields.join(", ")) };
    let text = match (entry.direction.as_str(), entry.action.as_str()) {
        (_, "overrule") => {
            format!("a change gave way to the connection's conflict policy{fields}; both are kept in the journal")
        }
        ("in", "delete") => format!("it was deleted in {place}, so it was deleted here"),
        ("in", _) => format!("it changed in {place}, so it changed here{fields}"),
        (_, "create") => format!("it was written to {place}"),
        (_, "delete") => format!("it was deleted here, so it was deleted in {place}"),
        (_, "answer") => format!("the answer to the invitation was sent to {place}"),
        _ => format!("it changed here, so it changed in {place}{fields}"),
    };
    let details = json!({
        "direction": entry.direction, "action": entry.action, "fields": entry.fields, "connection": entry.connection,
        "runId": entry.run_id,
    });
    step(entry.at, "write", text, details)
}

fn conflict_steps(conflict: &WhyConflict) -> Vec<WhyStep> {
    let what = if conflict.fields.is_empty() {
        "one side deleted what the other changed".to_owned()
    } else {
        format!("both sides changed {}", conflict.fields.join(", "))
    };
    let mut steps = vec![step(conflict.at, "observation", what, json!({"fields": conflict.fields}))];
    if let Some((choice, at)) = &conflict.settled {
        let text = match choice.as_str() {
            "local" => "a person chose the local side".to_owned(),
            "remote" => "a person chose the calendar provider's side".to_owned(),
            "fields" => "a person chose field by field".to_owned(),
            "reset" => "a person had it decided anew".to_owned(),
            "agreed" => "both sides came to say the same by themselves".to_owned(),
            other => format!("the conflict ended: {other}"),
        };
        steps.push(step(*at, "decision", text, json!({"resolution": choice})));
    }
    steps
}

fn rule(mapping: &WhyMapping) -> WhyStep {
    let (name, reason) = (&mapping.connection, &mapping.reason);
    let origin = match mapping.role {
        Role::Origin => "it comes from",
        Role::Copy => "Tidecal made a copy of it in",
    };
    let text = match (mapping.verdict, mapping.status) {
        (_, MappingStatus::Deleted) => format!("{name} no longer has it: {reason}"),
        (Verdict::Mirrored, MappingStatus::Synced) => format!("{origin} {name}, and both sides agree"),
        (Verdict::Mirrored, MappingStatus::Updated) => format!("{origin} {name}; a change here is on its way there"),
        (Verdict::Mirrored, MappingStatus::Created) => format!("{name} is looked at again by the next sync"),
        (Verdict::Mirrored, _) => format!("{origin} {name}; {reason}"),
        (Verdict::Filtered, _) => format!("a rule of {name} keeps it out: {reason}"),
        (Verdict::OutOfWindow, _) => format!("it lies outside the window of {name}"),
        (Verdict::Quarantined, _) => format!("{name}: {reason}"),
        (Verdict::Conflicted, _) => format!("{name} waits for a person: {reason}"),
        (Verdict::Held, _) => format!("a brake of {name} holds it: {reason}"),
    };
    let details = json!({
        "connection": name, "verdict": mapping.verdict.as_str(), "status": mapping.status.as_str(), "reason": reason,
        "direction": mapping.direction.as_str(), "role": mapping.role.as_str(), "recurrenceId": mapping.recurrence_id,
        "baseVersion": mapping.base_version, "lastError": mapping.last_error,
    });
    step(mapping.updated_at, "rule", text, details)
}

/// The mapping that most needs words decides.
fn judge(facts: &WhyFacts) -> (String, Option<String>) {
    let live = |it: &&WhyMapping| it.status != MappingStatus::Deleted;
    let worst = facts.mappings.iter().filter(live).max_by_key(|it| weight(it));
    let here = facts.event.as_ref().is_some_and(|event| !event.deleted);
    let Some(mapping) = worst else {
        return match (&facts.event, facts.mappings.is_empty()) {
            (Some(event), _) if event.deleted => ("It was deleted here.".to_owned(), None),
            (Some(_), _) => {
                let next = "Connect a calendar that writes to have it appear elsewhere, too.";
                ("It is in the local calendar alone.".to_owned(), Some(next.to_owned()))
            }
            (None, false) => ("It is gone on both sides.".to_owned(), None),
            (None, true) => ("Nothing is known of it.".to_owned(), None),
        };
    };
    let (name, reason) = (&mapping.connection, mapping.reason.trim_end_matches('.'));
    let place = if here { "It is in the local calendar" } else { "It is not in the local calendar" };
    match (mapping.verdict, mapping.status) {
        (Verdict::Conflicted, _) => (
            format!("{place}, and {name} says something else: {reason}."),
            Some("Look at both sides under Conflicts and choose.".to_owned()),
        ),
        (Verdict::Held, _) => (
            format!("{place}; writing it to {name} waits for you: {reason}."),
            Some("Release it if these people may be mailed, or discard it.".to_owned()),
        ),
        (Verdict::Quarantined, _) => (
            if here {
                format!("{place}, but not in step with {name}: {reason}.")
            } else {
                format!("{place}: what {name} has of it could not be used: {reason}.")
            },
            Some("Change the event on either side; it is tried again then.".to_owned()),
        ),
        (Verdict::Filtered, _) => {
            (format!("{place}: {reason}."), Some(format!("Change the filters of {name} if it should be here.")))
        }
        (Verdict::OutOfWindow, _) => (
            format!("{place}: it lies outside the window of {name}."),
            Some("It appears by itself when the window reaches it; widen the window to see it now.".to_owned()),
        ),
        (Verdict::Mirrored, MappingStatus::Updated | MappingStatus::Created) => {
            (format!("{place}; {name} learns of the last change with the next sync."), None)
        }
        (Verdict::Mirrored, _) => (format!("{place} and in {name}, and both agree."), None),
    }
}

fn weight(mapping: &WhyMapping) -> u8 {
    match (mapping.verdict, mapping.status) {
        (Verdict::Conflicted, _) => 7,
        (Verdict::Held, _) => 6,
        (Verdict::Quarantined, _) => 5,
        (Verdict::Mirrored, MappingStatus::Updated | MappingStatus::Created) => 4,
        (Verdict::Mirrored, _) => 3,
        (Verdict::OutOfWindow, _) => 2,
        (Verdict::Filtered, _) => 1,
    }
}

#[cfg(test)]
#[path = "why_tests.rs"]
mod tests;
