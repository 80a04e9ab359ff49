//! The comparison: every event that the vendor holds against every row that the database holds.
//!
//! Deliberately simple, and without Tidecal's own code: ids, titles, instants of the start, states.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::Timestamp;
use serde_json::Value;

use super::edits::Expected;
use super::items::Item;
use super::vendor;
use super::world::World;

/// Everything that is wrong; empty is good.
pub(super) fn differences(world: &World, expected: &Expected, now: Timestamp) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    if let Some(damage) = world.database.damage()? {
        wrong.push(format!("the database is damaged: {damage}"));
    }
    let theirs = world.vendor.items(now)?;
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
    compare_mapped(world.vendor.kind, &theirs, &mappings, &mut wrong);
    compare_local(&rows, &mappings, &mut wrong);
    compare_expected(expected, &theirs, &rows, &mut wrong);
    wrong.extend(world.vendor.complaints()?);
    Ok(wrong)
}

fn is_live(row: &Value) -> bool {
    row["event_id"].is_string() && row["deleted_at"].is_null()
}

/// The vendor's events against the mapped rows, both ways.
fn compare_mapped(kind: vendor::Kind, theirs: &[Item], mappings: &[Value], wrong: &mut Vec<String>) {
    let mut mapped: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for row in mappings {
        mapped.entry(row["external_event_id"].as_str().unwrap_or_default()).or_default().push(row);
    }
    let masters: BTreeMap<&str, &Item> = theirs.iter().map(|it| (it.id.as_str(), it)).collect();
    for event in theirs {
        let rows = mapped.remove(event.id.as_str()).unwrap_or_default();
        if rows.len() > 1 {
            wrong.push(format!("doubled: {} has {} mappings", event.id, rows.len()));
        }
        let row = rows.first().copied().filter(|row| is_live(row));
        let series = event.series.as_deref().and_then(|id| masters.get(id));
        let gone = event.cancelled && event.series.is_none() || series.is_some_and(|it| it.cancelled);
        match row {
            Some(row) if gone => wrong.push(format!("not deleted here: {} {row}", event.id)),
            Some(row) => compare_one(event, row, wrong),
            None if gone || event.cancelled => {}
            None if event.within && series.is_none_or(|it| it.within) => {
                wrong.push(format!("lost: {} {:?} {}; mapping {rows:?}", event.id, event.title, event.start));
            }
            None => {}
        }
    }
    // Only Google's dump tells of occurrences that do not take place.
    let told = |row: &Value| kind == vendor::Kind::Google || row["status"] != "cancelled";
    let strange = mapped.values().flatten().filter(|row| is_live(row) && told(row));
    wrong.extend(strange.map(|row| format!("the vendor never had {row}")));
}

fn compare_one(event: &Item, row: &Value, wrong: &mut Vec<String>) {
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
    let same_start =
        if all_day { start.get(..10) == Some(event.start.as_str()) } else { start == event.start.as_str() };
    if row["title"] != event.title.as_str() || !same_start {
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
fn compare_expected(expected: &Expected, theirs: &[Item], rows: &[Value], wrong: &mut Vec<String>) {
    for (id, title) in &expected.local {
        let there = theirs.iter().filter(|it| !it.cancelled && Some(&it.title) == title.as_ref()).count();
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
        if theirs.iter().any(|it| !it.cancelled && it.title == *title) {
            wrong.push(format!("deleted here, alive there: {title}"));
        }
    }
}
