//! The generated calendar of birthdays: all-day, yearly, of type `birthday`, readable only.

use jiff::civil::Date;
use serde_json::json;

use super::draft::Draft;
use super::enlist;
use super::planter::Planter;
use crate::config::Person;
use crate::data::calendar::{Calendar, Role};
use crate::data::listing::Entry;
use crate::data::moment::zone_named;

use crate::state::World;

const CONTACTS: [(&str, i8, i8, i16); 12] = [
    ("Oma Resi", 1, 6, 1941),
    ("Chidi Obi", 2, 29, 1988),
    ("Mireille Dubois", 3, 14, 1985),
    ("Tomasz Wrona", 4, 2, 1990),
    ("Aunt Ngozi", 5, 21, 1957),
    ("Emil", 6, 30, 2018),
    ("Lena Huber", 7, 7, 1983),
    ("Pr. Laurent", 8, 15, 1962),
    ("Grace Okafor", 9, 9, 1992),
    ("Jonas Keller", 10, 31, 1980),
    ("Yuki Tanaka", 11, 23, 1995),
    ("Zoë Moreau", 12, 24, 2001),
];

pub(super) fn add(world: &mut World, person: &Person) {
    let name = person.email.split('@').next().unwrap_or_default();
    let id = format!("birthdays-{name}@group.calendar.example.com");
    let etag = world.next_etag();
    let calendar = Calendar::new(&id, "Birthdays", zone_named(&person.time_zone), etag);
    world.calendars.insert(id.clone(), calendar);
    let mut entry = Entry::new(Role::Reader);
    (entry.color_id, entry.background) = ("13".into(), "#92e1c0".into());
    enlist(world, person, &id, entry);
    let mut p = Planter::new(world, &id, &person.email);
    for (name, month, day, year) in CONTACTS {
        let Ok(born) = Date::new(year, month, day) else { continue };
        let leap = (month, day) == (2, 29);
        // the vendor's way of keeping a leap day's birthday every year
        let rule = if leap { "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1" } else { "RRULE:FREQ=YEARLY" };

        p.plant(
            Draft::new(&format!("{name}'s birthday"))
                .days(born, 1)
                .repeats(rule)
                .free()
                .with("eventType", json!("birthday"))
                .with("birthdayProperties", json!({"type": "birthday"})),
        );
    }
}
