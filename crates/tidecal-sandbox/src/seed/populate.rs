//! Bulk events for benchmarks: any number, reproducible, one in twenty a series and some of those with exceptions.

use jiff::Span;
use serde_json::json;

use super::draft::Draft;
use super::planter::Planter;
use crate::data::moment::zone_name;
use crate::random::Random;
use crate::state::World;

const TITLES: [&str; 12] = [
    "Customer call",
    "Jour fixe",
    "Design review",
    "Point hebdo",
    "Interview",
    "Support rotation",
    "Wartungsfenster",
    "Planning",
    "Déjeuner d'équipe",
    "Training",
    "Site visit",
    "Übergabe",
];

/// Adds `count` items to a calendar, spread over two years around now; answers how many were added.
pub(crate) fn populate(world: &mut World, calendar_id: &str, count: usize, seed: u64) -> usize {
    let Some(calendar) = world.calendars.get(calendar_id) else {
        return 0;
    };
    let zone = zone_name(&calendar.zone);
    let creator = calendar.holder.clone().unwrap_or_else(|| "office@example.com".to_owned());
    let before = calendar.events.len();
    let mut p = Planter::new(world, calendar_id, &creator);
    p.random = Random::new(seed, &format!("populate {calendar_id}"));
    let mut left = count;
    while left > 0 {
        left -= plant_one(&mut p, &zone, left);
    }
    world.calendars.get(calendar_id).map_or(0, |calendar| calendar.events.len() - before)
}

fn plant_one(p: &mut Planter<'_>, zone: &str, left: usize) -> usize {
    let title = *p.random.pick(&TITLES);
    let number = p.random.below(1000);
    let day = i64::try_from(p.random.below(730)).unwrap_or(0) - 365;
    let date = p.day(0, 0).saturating_add(Span::new().days(day));
    let time = format!("{:02}:{:02}", 7 + p.random.below(12), 15 * p.random.below(4));
    let minutes = 15 + 15 * i64::try_from(p.random.below(8)).unwrap_or(0);
    let draft = Draft::new(&format!("{title} {number}")).place("Room 4");
    if p.random.chance(8) {
        p.plant(draft.days(date, 1));
        return 1;
    }
    let draft = draft.at(date, &time, minutes, zone);
    if !p.random.chance(5) || left < 3 {
        p.plant(draft.about("Generated for measurements."));
        return 1;
    }
    let master = p.plant(draft.repeats("RRULE:FREQ=WEEKLY;COUNT=20"));
    let week = |n: i64| date.saturating_add(Span::new().days(7 * n));
    p.cancel(&master, week(2));
    p.change(&master, week(3), |body| {
        body.insert("summary".to_owned(), json!(format!("{title} {number} (changed)")));
    });
    3
}
