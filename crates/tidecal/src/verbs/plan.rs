//! `tidecal connections sync --dry-run`: what the next sync would do, without doing it.

use serde_json::{Value, json};
use tidecal_engine::{Plan, PlanSide, PlannedChange};

use crate::output;

/// One calendar's forecast, for programs.
pub(super) fn as_json(name: &str, id: &str, plan: &Plan) -> Value {
    let change = |it: &PlannedChange| {
        let fields = it
            .fields
            .iter()
            .map(|field| json!({ "field": field.field.as_str(), "before": field.before, "after": field.after }));
        json!({
            "side": side(it.side), "action": it.action.as_str(), "eventId": it.event_id, "title": it.title,
            "start": it.start, "recurrenceId": it.recurrence_id, "fields": fields.collect::<Vec<_>>(), "mails": it.mails,
        })
    };
    let stops = plan.stops.iter().map(|it| json!({ "title": it.title, "verdict": it.verdict, "reason": it.reason }));
    json!({
        "connectionId": id, "name": name, "kind": plan.kind.as_str(), "brake": plan.brake,
        "changes": plan.changes.iter().map(change).collect::<Vec<_>>(), "moreChanges": plan.more_changes,
        "waiting": stops.collect::<Vec<_>>(), "keptOut": plan.kept_out, "callsToCome": plan.calls_to_come,
    })
}

/// The same for people.
pub(super) fn print(name: &str, plan: &Plan) {
    if let Some(reason) = &plan.brake {
        output::say(&format!("{name}: the sync would stop and wait for you: {reason}"));
    }
    let rows = plan.changes.iter().map(|it| {
        let fields: Vec<String> = it.fields.iter().map(|field| field.field.as_str().to_owned()).collect();
        let mails = if it.mails.is_empty() { String::new() } else { format!("mails {}", it.mails.join(", ")) };
        vec![
            side(it.side).to_owned(),
            it.action.as_str().to_owned(),
            it.title.clone(),
            it.start.clone(),
            fields.join(", "),
            mails,
        ]
    });
    let empty = format!("{name}: nothing would change.");
    output::table(&["Side", "", "Event", "Start", "Fields", ""], rows.collect(), &empty);
    for it in &plan.stops {
        let title = it.title.as_deref().unwrap_or(&it.external_event_id);
        output::say(&format!("{title}: {}: {}", it.verdict, it.reason));
    }
    if plan.more_changes > 0 {
        output::say(&format!("and {} more changes", plan.more_changes));
    }
}

fn side(side: PlanSide) -> &'static str {
    match side {
        PlanSide::Here => "here",
        PlanSide::There => "there",
    }
}
