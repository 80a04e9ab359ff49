//! Edits on both sides, from a seed. The two sides touch different events: conflicts are another test.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use jiff::ToSpan as _;
use jiff::civil::date;
use serde_json::{Value, json};

use super::items::Item;
use super::kills::now;
use super::world::World;
use crate::sim::rng::Rng;

/// What local edits have to come to.
#[derive(Clone, Default)]
pub(super) struct Expected {
    /// Title of each event that was written here, by id; none: deleted.
    pub(super) local: BTreeMap<String, Option<String>>,
    /// Titles of events that were deleted here.
    pub(super) deleted: BTreeSet<String>,
    number: usize,
}

/// Another person's edits at the vendor: some new events, some changed, one deleted.
pub(super) fn at_the_vendor(world: &World, rng: &mut Rng, count: usize, number: usize) -> Result<()> {
    let stored = world.vendor.items(now())?;
    let singles: Vec<&Item> = stored.iter().filter(|it| it.plain && !it.title.starts_with("Ours")).collect();
    for at in 0..count {
        let item = rng.pick(&singles).copied().context("nothing to edit")?;
        let title = format!("Theirs {number}-{at}");
        if rng.chance(350) {
            let (start, end) = hour(rng);
            world.vendor.create(&title, &start, &end)?;
        } else {
            // An event that went with an earlier edit of this turn is gone already.
            world.vendor.change(item, (at > 0).then_some(title.as_str()))?;
        }
    }
    Ok(())
}

/// The person's own edits, by the API: each is acknowledged before the next.
pub(super) fn at_home(world: &World, rng: &mut Rng, expected: &mut Expected, count: usize) -> Result<()> {
    for _ in 0..count {
        expected.number += 1;
        let title = format!("Ours {}", expected.number);
        let living: Vec<(String, String)> =
            expected.local.iter().filter_map(|(id, title)| Some((id.clone(), title.clone()?))).collect();
        let chosen = rng.pick(&living).cloned().filter(|_| rng.chance(450));
        match chosen {
            Some((id, old)) if rng.chance(300) => {
                world.app.call("DELETE", &format!("/api/calendar/events/{id}"), &Value::Null)?;
                expected.local.insert(id, None);
                expected.deleted.insert(old);
            }
            Some((id, old)) => {
                world.app.call("PATCH", &format!("/api/calendar/events/{id}"), &json!({ "title": title }))?;
                expected.local.insert(id, Some(title));
                expected.deleted.insert(old);
            }
            None => {
                let (start, end) = hour(rng);
                let body = json!({ "calendarId": world.calendar, "title": title, "start": start, "end": end });
                let made = world.app.call("POST", "/api/calendar/events", &body)?;
                expected.local.insert(made["id"].as_str().context("no id")?.to_owned(), Some(title));
            }
        }
    }
    Ok(())
}

/// Some hour within the window.
fn hour(rng: &mut Rng) -> (String, String) {
    let day = date(2026, 12, 1).saturating_add(rng.between(0, 120).days());
    let start = rng.between(6, 18);
    (format!("{day}T{start:02}:00:00Z"), format!("{day}T{:02}:00:00Z", start + 1))
}
