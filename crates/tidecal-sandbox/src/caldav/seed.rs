//! Seed data of the CalDAV side: what the same people keep on a server of their own, relative to the present week.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime, Weekday};
use jiff::{Span, ToSpan as _};

use super::store::Home;
use super::write;
use super::zones;
use crate::config::Person;
use crate::data::moment::zone_named;
use crate::ics::line::{escaped, folded};
use crate::random::Random;
use crate::state::World;

/// Makes the homes, each with one calendar, and fills them when the configuration asks for it.
pub(crate) fn fill(world: &mut World) {
    let people = world.config.people.clone();
    let password = world.config.caldav_password.clone();
    for person in &people {
        let home = Home { name: person.name.clone(), password: password.clone(), calendars: BTreeMap::new() };
        world.dav.homes.insert(person.email.clone(), home);
        add(world, person, "personal", "Personal", "#3A87ADFF");
    }
    if !world.config.filled {
        return;
    }
    for (index, person) in people.iter().take(2).enumerate() {
        personal(world, person, index);
        team(world, person);
        tasks(world, person);
        school(world, person);
    }
}

fn add(world: &mut World, person: &Person, segment: &str, name: &str, color: &str) {
    if let Some(calendar) = world.dav.add_calendar(&person.email, segment, name) {
        color.clone_into(&mut calendar.color);
        calendar.zone.clone_from(&person.time_zone);
    }
}

/// Puts objects into one calendar.
pub(super) struct Planter<'a> {
    world: &'a mut World,
    account: String,
    calendar: String,
    zone: String,
    monday: Date,
    number: usize,
}

impl<'a> Planter<'a> {
    pub(super) fn new(world: &'a mut World, person: &Person, calendar: &str) -> Self {
        let zone = zone_named(&person.time_zone);
        let today = zone.to_datetime(world.now()).date();
        let back = i64::from(today.weekday().since(Weekday::Monday));
        let monday = today.checked_sub(back.days()).unwrap_or(today);
        let calendar = calendar.to_owned();
        Self { world, account: person.email.clone(), calendar, zone: person.time_zone.clone(), monday, number: 0 }
    }

    fn day(&self, week: i64, day: i64) -> Date {
        let span = Span::new().try_days(week * 7 + day).unwrap_or_default();
        self.monday.checked_add(span).unwrap_or(self.monday)
    }

    /// A moment of this person's zone, as a property with its name.
    fn at(&self, name: &str, local: DateTime) -> String {
        zones::moment(name, &self.zone, local)
    }

    /// The lines of a timed event of so many minutes.
    fn timed(&self, summary: &str, date: Date, at: (i8, i8), minutes: i64) -> Vec<String> {
        let start = date.at(at.0, at.1, 0, 0);
        let end = start.checked_add(minutes.minutes()).unwrap_or(start);
        vec![format!("SUMMARY:{}", escaped(summary)), self.at("DTSTART", start), self.at("DTEND", end)]
    }

    fn whole(summary: &str, date: Date, days: i64) -> Vec<String> {
        let end = date.checked_add(days.days()).unwrap_or(date);
        let day = |date: Date| date.strftime("%Y%m%d").to_string();
        vec![
            format!("SUMMARY:{}", escaped(summary)),
            format!("DTSTART;VALUE=DATE:{}", day(date)),
            format!("DTEND;VALUE=DATE:{}", day(end)),
            "TRANSP:TRANSPARENT".to_owned(),
        ]
    }

    /// Stores one object of these components, each given by its lines; a broken one is a mistake here, and left out.
    fn plant(&mut self, kind: &str, components: &[Vec<String>]) {
        self.number += 1;
        let uid = format!("{}-{}@sandbox.example.com", self.calendar, self.number);
        let stamp = self.world.now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let mut lines = vec!["BEGIN:VCALENDAR".to_owned(), "VERSION:2.0".to_owned()];
        lines.push("PRODID:-//Example//Sandbox//EN".to_owned());
        if components.iter().flatten().any(|line| line.contains(";TZID=")) {
            lines.extend(zones::definition(&self.zone));
        }
        for own in components {
            lines.extend([format!("BEGIN:{kind}"), format!("UID:{uid}"), format!("DTSTAMP:{stamp}")]);
            lines.extend(own.iter().cloned());
            lines.push(format!("END:{kind}"));
        }
        lines.push("END:VCALENDAR".to_owned());
        let text = folded(&lines);
        let file = format!("{}-{}.ics", self.calendar, self.number);
        let place = (self.account.clone(), self.calendar.clone(), file);
        let sound = write::stored(self.world, &place, &text);
        debug_assert!(sound.is_ok(), "{sound:?}\n{text}");
        if let Ok(sound) = sound {
            let now = self.world.now();
            self.world.dav.store(&place.0, &place.1, &place.2, (sound.uid, text), now);
        }
    }

    fn event(&mut self, mut lines: Vec<String>, more: &[&str]) {
        lines.extend(more.iter().map(|line| (*line).to_owned()));
        self.plant("VEVENT", &[lines]);
    }
}

fn personal(world: &mut World, person: &Person, index: usize) {
    const TITLES: [[&str; 6]; 2] = [
        ["Bouldern mit Lena", "Bücherei", "Nachhilfe Emil", "Massage", "Kino, Filmcasino", "Marktamt"],
        ["Haircut", "Board games at Kofi's", "Dentist", "Call Mum", "Laundry", "Guitar lesson"],
    ];
    let mut p = Planter::new(world, person, "personal");
    let lesson = p.day(-9, 2);
    let alarm = ["BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:Reminder", "TRIGGER:-PT30M", "END:VALARM"];
    let swim = p.timed(if index == 0 { "Schwimmkurs Emil" } else { "Swimming" }, lesson, (17, 30), 45);
    let skipped = p.at("EXDATE", p.day(1, 2).at(17, 30, 0, 0));
    let mut later = p.timed("Swimming, other pool", p.day(2, 3), (18, 0), 60);
    later.push(p.at("RECURRENCE-ID", p.day(2, 2).at(17, 30, 0, 0)));
    let mut master = swim;
    master.extend(["RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=40".to_owned(), skipped, "LOCATION:Pool\\, hall 2".to_owned()]);
    master.extend(alarm.map(str::to_owned));
    p.plant("VEVENT", &[master, later]);
    let start = p.day(-10, 0);
    p.event(p.timed("Run", start, (6, 45), 40), &["RRULE:FREQ=WEEKLY;BYDAY=MO,TH", "CLASS:PRIVATE"]);
    p.event(Planter::whole("Grandma's birthday", p.day(3, 1), 1), &["RRULE:FREQ=YEARLY"]);
    p.event(
        Planter::whole("Weekend at the lake", p.day(5, 4), 3),
        &["LOCATION:Neusiedl", "DESCRIPTION:Bring:\\n- boots\\n- cards"],
    );
    let mut random = Random::new(p.world.config.seed, &format!("caldav {}", person.email));
    for week in -12..40 {
        let title = *random.pick(&TITLES[index.min(1)]);
        let day = i64::try_from(random.below(7)).unwrap_or(0);
        let hour = i8::try_from(16 + random.below(4)).unwrap_or(18);
        let more: &[&str] = if random.chance(25) { &["STATUS:TENTATIVE"] } else { &[] };
        p.event(p.timed(title, p.day(week, day), (hour, 15), 75), more);
    }
}

/// What the team keeps apart from the office's calendars.
fn team(world: &mut World, person: &Person) {
    add(world, person, "team", "Team", "#7BD148FF");
    let mut p = Planter::new(world, person, "team");
    p.event(p.timed("Board games night", p.day(1, 3), (19, 0), 180), &["LOCATION:Office kitchen"]);
    p.event(p.timed("Community meetup", p.day(2, 2), (18, 30), 120), &["DESCRIPTION:Talks: <sync> & \"time\""]);
    p.event(Planter::whole("Open source day", p.day(6, 4), 1), &[]);
}

/// Nothing for a calendar of events.
fn tasks(world: &mut World, person: &Person) {
    add(world, person, "tasks", "Tasks", "#FAD165FF");
    if let Some(calendar) = world.dav.calendar_mut(&person.email, "tasks") {
        calendar.components = vec!["VTODO".to_owned()];
    }
    let mut p = Planter::new(world, person, "tasks");
    p.plant("VTODO", &[vec!["SUMMARY:Descale the kettle".to_owned(), "STATUS:NEEDS-ACTION".to_owned()]]);
}

/// A calendar that the school keeps: to be read only.
fn school(world: &mut World, person: &Person) {
    add(world, person, "school", "School", "#B99AFFFF");
    let mut p = Planter::new(world, person, "school");
    p.event(Planter::whole("Open day", p.day(2, 4), 1), &[]);
    p.event(Planter::whole("No classes", p.day(7, 0), 5), &[]);
    p.event(p.timed("Parents' evening", p.day(4, 1), (18, 0), 90), &["LOCATION:Room 12"]);
    if let Some(calendar) = world.dav.calendar_mut(&person.email, "school") {
        calendar.writable = false;
    }
}

/// Adds so many generated events over two years around now, one in twenty a series; answers how many.
pub(super) fn populate(world: &mut World, person: &Person, calendar: &str, count: usize, seed: u64) -> usize {
    let mut random = Random::new(world.config.seed ^ seed, &format!("caldav bulk {} {calendar}", person.email));
    let there = |world: &World| world.dav.calendar(&person.email, calendar).map_or(0, |own| own.objects.len());
    let before = there(world);
    let mut p = Planter::new(world, person, calendar);
    p.number = usize::try_from(seed).unwrap_or(0).saturating_mul(1_000_000) + before + 1000;
    for number in 0..count {
        let day = i64::try_from(random.below(730)).unwrap_or(0) - 365;
        let hour = i8::try_from(7 + random.below(12)).unwrap_or(7);
        let more: &[&str] = if random.chance(5) { &["RRULE:FREQ=WEEKLY;COUNT=20"] } else { &[] };
        p.event(p.timed(&format!("Generated {number}"), p.day(0, day), (hour, 0), 30), more);
    }
    there(world) - before
}

#[cfg(test)]
mod tests {
    use crate::SandboxConfig;
    use crate::clock::ClockStart;
    use crate::state::World;

    #[test]
    fn both_people_have_calendars_full_of_sound_objects() {
        // also on the days when clocks change
        for now in ["2026-11-21T10:00:00Z", "2026-03-29T01:00:00Z", "2027-01-01T00:00:00Z"] {
            let start = ClockStart::At(now.parse().unwrap());
            let world = World::new(SandboxConfig { start, ..SandboxConfig::default() });
            for home in world.dav.homes.values() {
                let counts: Vec<(&str, usize)> =
                    home.calendars.iter().map(|(name, own)| (name.as_str(), own.objects.len())).collect();
                assert_eq!(counts, [("personal", 56), ("school", 3), ("tasks", 1), ("team", 3)], "{now}");
            }
        }
    }
}
