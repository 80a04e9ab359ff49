//! A team calendar of a third account: one person may write in it, the other only read.

use jiff::civil::Weekday;
use serde_json::json;

use super::draft::Draft;
use super::enlist;
use super::planter::Planter;
use crate::config::Person;
use crate::data::calendar::{Calendar, Role};
use crate::data::listing::Entry;
use crate::data::moment::zone_named;
use crate::state::World;

const OWNER: &str = "office@example.com";
const ID: &str = "team-atlas@group.calendar.example.com";

pub(super) fn add(world: &mut World, writer: &Person, reader: Option<&Person>) {
    let zone = zone_named(&writer.time_zone);
    let etag = world.next_etag();
    let mut calendar = Calendar::new(ID, "Team Atlas", zone, etag);
    calendar.description = Some("Releases, rotations and everything the whole team attends".to_owned());
    calendar.data_owner = Some(OWNER.to_owned());
    world.calendars.insert(ID.to_owned(), calendar);
    let mut entry = Entry::new(Role::Writer);
    (entry.color_id, entry.background) = ("7".into(), "#42d692".into());
    enlist(world, writer, ID, entry.clone());
    if let Some(reader) = reader {
        entry.role = Role::Reader;
        entry.summary_override = Some("Atlas (team)".to_owned());
        enlist(world, reader, ID, entry);
    }
    plant(world, &writer.time_zone);
}

fn plant(world: &mut World, zone: &str) {
    let mut p = Planter::new(world, ID, OWNER);
    let retro = p.plant(
        Draft::new("Retrospective")
            .at(p.day(-12, 4), "14:00", 60, zone)
            .repeats("RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=FR")
            .about("<p>What went <b>well</b>, what did not, one thing to try.</p>")
            .meet("atlas-retro-room"),
    );
    p.cancel(&retro, p.day(2, 4));
    p.plant(
        Draft::new("All hands")
            .at(p.nth(-11, -1, Weekday::Wednesday), "16:00", 45, zone)
            .repeats("RRULE:FREQ=MONTHLY;BYDAY=-1WE")
            .place("Large hall / video")
            .meet("atlas-all-hands"),
    );
    rotation(&mut p);
    releases(&mut p, zone);
    p.plant(Draft::new("Team offsite in Salzburg").days(p.day(9, 2), 3).place("Salzburg"));
    p.plant(
        Draft::new("Salary round (confidential)")
            .at(p.day(3, 3), "10:00", 60, zone)
            .with("visibility", json!("private")),
    );
}

fn rotation(p: &mut Planter<'_>) {
    for (index, name) in ["Ada", "Ben", "Chidi", "Mireille", "Tomasz"].iter().enumerate() {
        let first = p.day(-10 + index as i64, 0);
        p.plant(
            Draft::new(&format!("On call: {name}"))
                .days(first, 7)
                .repeats("RRULE:FREQ=WEEKLY;INTERVAL=5;COUNT=10")
                .free()
                .with("colorId", json!("8")),
        );
    }
}

fn releases(p: &mut Planter<'_>, zone: &str) {
    for (number, week) in (-12..52).step_by(4).enumerate() {
        let version = format!("Release 4.{number}");
        p.plant(Draft::new(&version).days(p.day(week, 1), 1).free());
        p.plant(
            Draft::new(&format!("Go / no-go {version}"))
                .at(p.day(week, 0), "11:00", 30, zone)
                .about("Checklist: tests green, notes translated, rollback rehearsed."),
        );
    }
}
