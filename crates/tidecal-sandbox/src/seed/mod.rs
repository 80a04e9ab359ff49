//! Seed data: lifelike calendars, made anew from the sandbox's seed and its time at the start.

mod draft;

use crate::config::Person;
use crate::data::calendar::{Calendar, Role};
use crate::data::listing::Entry;
use crate::data::moment::zone_named;
use crate::state::World;

/// Fills a fresh world: accounts with their calendars, and events when the configuration asks for them.
pub(crate) fn fill(world: &mut World) {
    world.switches.strict = world.config.strict;
    for person in world.config.people.clone() {
        add_primary(world, &person);
    }
}

fn add_primary(world: &mut World, person: &Person) {
    let etag = world.next_etag();
    let mut calendar = Calendar::new(&person.email, &person.email, zone_named(&person.time_zone), etag);
    calendar.holder = Some(person.email.clone());
    world.calendars.insert(person.email.clone(), calendar);
    let mut entry = Entry::new(Role::Owner);
    entry.primary = true;
    entry.reminders = vec![("popup", 10)];
    world.listings.entry(person.email.clone()).or_default().put(&person.email, entry, etag);
}
