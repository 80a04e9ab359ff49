//! The comparison: every event that the vendor holds against every row that the database holds.
//!
//! Deliberately simple, and without Tidecal's own code: ids, titles, instants of the start, states.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};

use super::edits::Expected;
use super::world::{ADA, World};

/// Nearer than this to an end of the window, an event may be in or out.
const DAYS_IN: i64 = 80;
const DAYS_AHEAD: i64 = 340;

/// What the vendor says of one event.
struct Theirs<'a> {
    id: &'a str,
    title: &'a str,
    start: String,
    cancelled: bool,
    series: Option<&'a str>,
    /// Certainly within the window.
    within: bool,
}

/// Everything that is wrong; empty is good.
pub(super) fn differences(world: &World, expected: &Expected, now: Timestamp) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    if let Some(damage) = world.database.damage()? {
        wrong.push(format!("the database is damaged: {damage}"));
    }
    let stored = world.control("GET", &format!("/events/{ADA}"), &Value::Null)?;
    let none = Vec::new();
    let theirs: Vec<Theirs<'_>> =
        stored["items"].as_array().unwrap_or(&none).iter().map(|item| read(item, now)).collect();
    let mappings = world.database.rows(&format!(
        "SELECT m.external_event_id, m.verdict, m.sync_status, m.reason, e.id AS event_id, e.title, e.start_at, e.all_day, \
         e.start_local, e.status, e.deleted_at FROM external_calendar_events m \
         LEFT JOIN calendar_events e ON e.id = m.event_id WHERE m.connection_id = '{}'",
        world.connection
    ))?;
    let rows = world.database.rows(&format!(
        "SELECT id, title, kind, status, deleted_at FROM calendar_events WHERE calendar_id = '{}'",
        world.calendar
    ))?;
    let asked: BTreeSet<&str> = theirs.iter().filter_map(|it| asks_a_person(it, &mappings, expected)).collect();
    compare_mapped(&theirs, &mappings, &asked, &mut wrong);
    compare_local(&rows, &mappings, &mut wrong);
    compare_expected(&without(expected.clone(), &theirs, &asked, &mappings), &theirs, &rows, &mut wrong);
    for list in ["violations", "mails"] {
        let items = world.control("GET", &format!("/{list}"), &Value::Null)?;
        if items["items"] != json!([]) {
            wrong.push(format!("{list}: {}", items["items"]));
        }
    }
    Ok(wrong)
}

fn read(item: &Value, now: Timestamp) -> Theirs<'_> {
    let text = |name: &str| item[name].as_str();
    let date = item["start"]["date"].as_str();
    let instant: Option<Timestamp> = match date {
        Some(date) => format!("{date}T12:00:00Z").parse().ok(),
        None => item["start"]["dateTime"].as_str().and_then(|text| text.parse().ok()),
    };
    let edge = |days: i64| now.checked_add((days * 24).hours()).unwrap_or(now);
    Theirs {
        id: text("id").unwrap_or_default(),
        title: text("summary").unwrap_or_default(),
        start: date.map_or_else(|| instant.map_or_else(String::new, millis), ToOwned::to_owned),
        cancelled: text("status") == Some("cancelled"),
        series: text("recurringEventId"),
        within: instant.is_some_and(|at| at > edge(-DAYS_IN) && at < edge(DAYS_AHEAD)),
    }
}

fn millis(at: Timestamp) -> String {
    format!("{at:.3}")
}

fn is_live(row: &Value) -> bool {
    row["event_id"].is_string() && row["deleted_at"].is_null()
}

/// The vendor's events against the mapped rows, both ways.
fn compare_mapped(theirs: &[Theirs<'_>], mappings: &[Value], asked: &BTreeSet<&str>, wrong: &mut Vec<String>) {
    let mut mapped: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for row in mappings {
        mapped.entry(row["external_event_id"].as_str().unwrap_or_default()).or_default().push(row);
    }
    let masters: BTreeMap<&str, &Theirs<'_>> = theirs.iter().map(|it| (it.id, it)).collect();
    for event in theirs {
        let rows = mapped.remove(event.id).unwrap_or_default();
        if rows.len() > 1 {
            wrong.push(format!("doubled: {} has {} mappings", event.id, rows.len()));
        }
        let row = rows.first().copied().filter(|row| is_live(row));
        let series = event.series.and_then(|id| masters.get(id));
        let gone = event.cancelled && event.series.is_none() || series.is_some_and(|it| it.cancelled);
        match row {
            Some(row) if gone => wrong.push(format!("not deleted here: {} {row}", event.id)),
            Some(_) if asked.contains(event.id) => {}
            Some(row) => compare_one(event, row, wrong),
            None if gone || event.cancelled => {}
            None if event.within && series.is_none_or(|it| it.within) => {
                wrong.push(format!("lost: {} {:?} {}; mapping {rows:?}", event.id, event.title, event.start));
            }
            None => {}
        }
    }
    let strange = mapped.values().flatten().filter(|row| is_live(row));
    wrong.extend(strange.map(|row| format!("the vendor never had {row}")));
}

fn compare_one(event: &Theirs<'_>, row: &Value, wrong: &mut Vec<String>) {
    if row["verdict"] != "mirrored" || row["sync_status"] != "SYNCED" {
        wrong.push(format!("not in step: {} {row}", event.id));
    }
    if event.cancelled != (row["status"] == "cancelled") {
        wrong.push(format!("cancelled on one side only: {} {row}", event.id));
    }
    if event.cancelled {
        return;
    }
    let all_day = row["all_day"] == true || row["all_day"] == 1;
    let start = row[if all_day { "start_local" } else { "start_at" }].as_str().unwrap_or_default();
    let same_start = if all_day { start.get(..10) == Some(&event.start) } else { start == event.start };
    if row["title"] != event.title || !same_start {
        wrong.push(format!("different: {} {:?} {} {row}", event.id, event.title, event.start));
    }
}

/// Every local event that lives has a mapping.
fn compare_local(rows: &[Value], mappings: &[Value], wrong: &mut Vec<String>) {
    let mapped: BTreeSet<&str> = mappings.iter().filter_map(|row| row["event_id"].as_str()).collect();
    for row in rows.iter().filter(|row| row["deleted_at"].is_null()) {
        if !row["id"].as_str().is_some_and(|id| mapped.contains(id)) {
            wrong.push(format!("unknown to the connection: {row}"));
        }
    }
}

/// What was written here and confirmed to the person is there once, on both sides.
fn compare_expected(expected: &Expected, theirs: &[Theirs<'_>], rows: &[Value], wrong: &mut Vec<String>) {
    for (id, title) in &expected.local {
        let there = theirs.iter().filter(|it| !it.cancelled && Some(it.title) == title.as_deref()).count();
        let here = rows.iter().find(|row| row["id"] == id.as_str() && row["deleted_at"].is_null());
        let right = match title {
            Some(title) => there == 1 && here.is_some_and(|row| row["title"] == title.as_str()),
            None => here.is_none(),
        };
        if !right {
            wrong.push(format!("a local edit: {id} ought to be {title:?}; here {here:?}, {there} times there"));
        }
    }
    for title in &expected.deleted {
        if theirs.iter().any(|it| !it.cancelled && it.title == title) {
            wrong.push(format!("deleted here, alive there: {title}"));
        }
    }
}

/// The vendor's id of an event that waits for a person although nobody else touched it: an edit was sent, its
/// confirmation was lost in the kill, and the person edited the event again meanwhile. What the vendor holds cannot be
/// told from another person's edit then. Both texts are kept, so nothing is lost; docs/SOAK.md names it.
fn asks_a_person<'a>(event: &Theirs<'a>, mappings: &[Value], expected: &Expected) -> Option<&'a str> {
    let row = mappings.iter().find(|row| row["external_event_id"] == event.id)?;
    let ours = expected.local.get(row["event_id"].as_str()?)?.as_deref();
    let kept = ours.is_some() && row["title"].as_str() == ours && expected.deleted.contains(event.title);
    (kept && row["sync_status"] == "CONFLICT").then_some(event.id)
}

/// Leaves out what waits for a person.
fn without(mut expected: Expected, theirs: &[Theirs<'_>], asked: &BTreeSet<&str>, mappings: &[Value]) -> Expected {
    for event in theirs.iter().filter(|it| asked.contains(it.id)) {
        let row = mappings.iter().find(|row| row["external_event_id"] == event.id);
        if let Some(id) = row.and_then(|row| row["event_id"].as_str()) {
            expected.local.remove(id);
        }
        expected.deleted.remove(event.title);
    }
    expected
}
