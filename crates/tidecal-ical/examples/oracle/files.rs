//! Occurrences of the events in files, changed ones in place of those they replace.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};
use tidecal_ical::{Budget, Component, Range, ReadLimits, Recurrence, RecurrenceId, VEvent, When, Zone, expand, read};

pub(crate) fn print(from: &str, to: &str, paths: &[&str]) {
    let at = |day: &str| format!("{day}T00:00:00Z").parse().unwrap();
    let range = Range { start: at(from), end: at(to) };
    for path in paths {
        let bytes = std::fs::read(path).unwrap();
        let result = match read(&bytes, &ReadLimits::default()) {
            Ok(calendar) => of_events(calendar.components, range),
            Err(error) => json!({ "error": error.to_string() }),
        };
        println!("{}", json!({ "file": path, "result": result }));
    }
}

fn of_events(components: Vec<Component>, range: Range) -> Value {
    let mut unreadable = Vec::new();
    let mut events: Vec<VEvent> = Vec::new();
    for component in components {
        match component {
            Component::Event(event) => events.push(*event),
            Component::Unreadable { reason, .. } => unreadable.push(reason),
        }
    }
    newest_only(&mut events);
    let changed = events.iter().filter_map(|event| event.recurrence_id.map(|id| (event.uid.as_str(), id)));
    let changed: HashSet<(&str, RecurrenceId)> = changed.collect();
    let mut starts = Vec::new();
    for event in &events {
        let utc = Zone::utc();
        // A changed occurrence is one, even if it repeats the rule of its series.
        let alone = Recurrence::default();
        let recurrence = if event.recurrence_id.is_some() { &alone } else { &event.recurrence };
        let found = expand(&event.when, recurrence, range, &utc, Budget::default()).unwrap();
        for occurrence in found.occurrences {
            let replaced = event.recurrence_id.is_none() && changed.contains(&(event.uid.as_str(), occurrence.id));
            if !replaced {
                starts.push(json!([event.uid, start(&occurrence.when)]));
            }
        }
    }
    json!({ "starts": starts, "unreadable": unreadable })
}

/// Of several versions of one event the one with the highest SEQUENCE, the last one among equals.
fn newest_only(events: &mut Vec<VEvent>) {
    let newest: HashMap<(String, Option<RecurrenceId>), (u32, usize)> = events
        .iter()
        .enumerate()
        .filter(|(_, event)| !event.uid.is_empty())
        .fold(HashMap::new(), |mut newest, (at, event)| {
            let entry = newest.entry((event.uid.clone(), event.recurrence_id)).or_insert((0, 0));
            *entry = (*entry).max((event.sequence, at));
            newest
        });
    let mut at = 0;
    events.retain(|event| {
        at += 1;
        newest.get(&(event.uid.clone(), event.recurrence_id)).is_none_or(|(_, kept)| *kept == at - 1)
    });
}

/// A date, a wall-clock time, or an instant.
fn start(when: &When) -> String {
    when.recurrence_id().to_string()
}
