//! Occurrences of the events in files, changed ones in place of those they replace.

use std::collections::HashMap;

use serde_json::{Value, json};
use tidecal_ical::{
    Budget, Component, Range, ReadLimits, Recurrence, RecurrenceId, Replacement, VEvent, When, Zone, expand,
    expand_replaced, read,
};

/// What one calendar holds.
pub(crate) fn of_text(bytes: &[u8], range: Range) -> Value {
    match read(bytes, &ReadLimits::default()) {
        Ok(calendar) => of_events(calendar.components, range),
        Err(error) => json!({ "error": error.to_string() }),
    }
}

pub(crate) fn print(from: &str, to: &str, paths: &[&str]) {
    let at = |day: &str| format!("{day}T00:00:00Z").parse().unwrap();
    let range = Range { start: at(from), end: at(to) };
    for path in paths {
        let result = of_text(&std::fs::read(path).unwrap(), range);
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
    let (masters, changed): (Vec<VEvent>, Vec<VEvent>) =
        events.into_iter().partition(|event| event.recurrence_id.is_none());
    let utc = Zone::utc();
    let mut starts: Vec<Value> = Vec::new();
    for event in &masters {
        let own = changed.iter().filter(|change| !event.uid.is_empty() && change.uid == event.uid);
        let replacements: Vec<Replacement> = own.filter_map(replacement).collect();
        let found =
            expand_replaced(&event.when, &event.recurrence, &replacements, range, &utc, Budget::default()).unwrap();
        starts.extend(found.0.iter().map(|one| shown(&event.uid, &one.when)));
    }
    // A changed occurrence of a series that is not here is one, even if it repeats the rule.
    for event in changed.iter().filter(|change| masters.iter().all(|event| event.uid != change.uid)) {
        let found = expand(&event.when, &Recurrence::default(), range, &utc, Budget::default()).unwrap();
        starts.extend(found.occurrences.iter().map(|one| shown(&event.uid, &one.when)));
    }
    json!({ "starts": starts, "unreadable": unreadable })
}

fn replacement(event: &VEvent) -> Option<Replacement> {
    let slot = event.recurrence_id?;
    Some(Replacement { slot, when: event.when.clone(), and_future: event.this_and_future })
}

/// UID, start, and seconds until the end.
fn shown(uid: &str, when: &When) -> Value {
    let (start, end) = when.span(&Zone::utc());
    json!([uid, when.recurrence_id().to_string(), end.duration_since(start).as_secs()])
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
