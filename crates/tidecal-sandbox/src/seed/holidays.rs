//! Public holidays of the person's country as a generated, readable calendar.

use jiff::Span;
use jiff::civil::{Date, Weekday};
use serde_json::json;

use super::draft::Draft;
use super::enlist;
use super::planter::Planter;
use crate::config::Person;
use crate::data::calendar::{Calendar, Role};
use crate::data::listing::Entry;
use crate::data::moment::zone_named;
use crate::state::World;

pub(super) fn add(world: &mut World, person: &Person) {
    let american = person.time_zone.starts_with("America/");
    let (id, name) = if american {
        ("en.usa#holiday@group.v.calendar.google.com", "Holidays in United States")
    } else {
        ("en.austrian#holiday@group.v.calendar.google.com", "Holidays in Austria")
    };
    if !world.calendars.contains_key(id) {
        let etag = world.next_etag();
        let mut calendar = Calendar::new(id, name, zone_named(&person.time_zone), etag);
        calendar.description = Some(format!("{name}: public days off"));
        world.calendars.insert(id.to_owned(), calendar);
        plant(world, id, american);
    }
    let mut entry = Entry::new(Role::Reader);
    (entry.color_id, entry.background) = ("8".into(), "#16a765".into());
    enlist(world, person, id, entry);
}

fn plant(world: &mut World, id: &str, american: bool) {
    let mut p = Planter::new(world, id, "holidays@example.com");
    let year = p.day(0, 0).year();
    for year in year - 1..=year + 1 {
        let days = if american { american_days(year) } else { austrian_days(year) };
        for (date, name) in days {
            p.plant(Draft::new(name).days(date, 1).about("Public holiday").free().with("visibility", json!("public")));
        }
    }
}

fn fixed(year: i16, days: &[(i8, i8, &'static str)]) -> Vec<(Date, &'static str)> {
    days.iter().filter_map(|(month, day, name)| Some((Date::new(year, *month, *day).ok()?, *name))).collect()
}

fn austrian_days(year: i16) -> Vec<(Date, &'static str)> {
    let mut days = fixed(
        year,
        &[
            (1, 1, "New Year's Day"),
            (1, 6, "Epiphany"),
            (5, 1, "Labour Day"),
            (8, 15, "Assumption of Mary"),
            (10, 26, "National Day"),
            (11, 1, "All Saints' Day"),
            (12, 8, "Immaculate Conception"),
            (12, 25, "Christmas Day"),
            (12, 26, "Saint Stephen's Day"),
        ],
    );
    if let Some(easter) = easter(year) {
        for (after, name) in [(1, "Easter Monday"), (39, "Ascension Day"), (50, "Whit Monday"), (60, "Corpus Christi")]
        {
            days.push((easter.saturating_add(Span::new().days(after)), name));
        }
    }
    days
}

fn american_days(year: i16) -> Vec<(Date, &'static str)> {
    let mut days = fixed(
        year,
        &[
            (1, 1, "New Year's Day"),
            (6, 19, "Juneteenth"),
            (7, 4, "Independence Day"),
            (11, 11, "Veterans Day"),
            (12, 25, "Christmas Day"),
        ],
    );
    for (month, nth, weekday, name) in [
        (1, 3, Weekday::Monday, "Martin Luther King Jr. Day"),
        (2, 3, Weekday::Monday, "Presidents' Day"),
        (5, -1, Weekday::Monday, "Memorial Day"),
        (9, 1, Weekday::Monday, "Labor Day"),
        (10, 2, Weekday::Monday, "Columbus Day"),
        (11, 4, Weekday::Thursday, "Thanksgiving Day"),
    ] {
        let first = Date::new(year, month, 1);
        if let Ok(date) = first.and_then(|first| first.nth_weekday_of_month(nth, weekday)) {
            days.push((date, name));
        }
    }
    days
}

/// Easter Sunday by the anonymous Gregorian computus.
fn easter(year: i16) -> Option<Date> {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - b / 4 - g + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 19 * l) / 433;
    let month = (h + l - 7 * m + 90) / 25;
    let day = (h + l - 7 * m + 33 * month + 19) % 32;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_falls_on_its_known_sundays() {
        for (year, date) in [(2025, "2025-04-20"), (2026, "2026-04-05"), (2027, "2027-03-28")] {
            assert_eq!(easter(year).unwrap().to_string(), date);
        }
    }
}
