//! Seed data: lifelike calendars, made anew from the sandbox's seed and its time at the start.
//!
//! Everything is placed relative to the present week, from three months back to twelve ahead. The first person lives in
//! Vienna's rhythm, the second in New York's; their meetings with each other stand in both calendars.

mod ada;
mod ben;
mod birthdays;
mod draft;
mod holidays;
mod planter;
pub(crate) mod populate;
mod team;
mod weekly;

use crate::config::Person;
use crate::data::calendar::{Calendar, Role};
use crate::data::listing::Entry;
use crate::data::moment::zone_named;
use crate::state::World;

/// Fills a fresh world: accounts with their calendars, and events when the configuration asks for them.
pub(crate) fn fill(world: &mut World) {
    world.switches.strict = world.config.strict;
    crate::graph::seed::fill(world);
    crate::caldav::seed::fill(world);
    let people = world.config.people.clone();
    for person in &people {
        add_primary(world, person);
    }
    if !world.config.filled {
        return;
    }
    // the calendar lists first: meetings put copies into each other's calendars
    if let Some(first) = people.first() {
        team::add(world, first, people.get(1));
    }
    for (index, person) in people.iter().take(2).enumerate() {
        birthdays::add(world, person);
        holidays::add(world, person);
        let other = people.get(1 - index);
        match index {
            0 => ada::plant(world, person, other),
            _ => ben::plant(world, person, other),
        }
    }
}

fn add_primary(world: &mut World, person: &Person) {
    let etag = world.next_etag();
    let mut calendar = Calendar::new(&person.email, &person.email, zone_named(&person.time_zone), etag);
    calendar.holder = Some(person.email.clone());
    world.calendars.insert(person.email.clone(), calendar);
    let mut entry = Entry::new(Role::Owner);
    entry.primary = true;
    entry.reminders = vec![("popup".into(), 10)];
    enlist(world, person, &person.email, entry);
}

/// Puts a calendar into a person's list.
fn enlist(world: &mut World, person: &Person, calendar_id: &str, entry: Entry) {
    let etag = world.next_etag();
    world.listings.entry(person.email.clone()).or_default().put(calendar_id, entry, etag);
}

#[cfg(test)]
mod tests;
