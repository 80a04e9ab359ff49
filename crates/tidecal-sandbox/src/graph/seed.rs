//! Seed data of the Microsoft side: the same people with lives of their own there, relative to the present week.

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan as _};
use serde_json::{Value, json};

use super::create::{self, Hand};
use super::event::Body;
use super::ids::EventRef;
use super::mailbox::{Calendar, Mailbox};
use super::zones::Zone;
use super::{remove, update};
use crate::config::Person;
use crate::random::Random;
use crate::state::World;

/// Makes the mailboxes, and fills them when the configuration asks for it.
pub(crate) fn fill(world: &mut World) {
    let people = world.config.people.clone();
    for person in &people {
        let zone = Zone::read(&person.time_zone).map_or_else(Zone::utc, Zone::in_windows_words);
        world.graph.mailboxes.insert(person.email.clone(), Mailbox::new(&person.email, &person.name, zone));
        add(world, person, "Calendar", |calendar| calendar.is_default = true);
    }
    if !world.config.filled {
        return;
    }
    for (index, person) in people.iter().take(2).enumerate() {
        let other = people.get(1 - index).map(|other| other.email.clone());
        let mut p = Planter::new(world, person);
        meetings(&mut p, other.as_deref());
        routine(&mut p);
        days(&mut p);
        weeks(&mut p);
        side_calendars(world, person);
    }
    // what has always been there has mailed nobody now
    world.mails.clear();
    world.graph.changed.clear();
}

fn add(world: &mut World, person: &Person, name: &str, change: impl FnOnce(&mut Calendar)) -> u64 {
    let key = world.graph.next_key();
    let version = world.graph.next_version();
    let mut calendar = Calendar::new(key, name, (person.name.clone(), person.email.clone()), version);
    change(&mut calendar);
    if let Some(mailbox) = world.graph.mailboxes.get_mut(&person.email) {
        mailbox.calendars.insert(key, calendar);
    }
    key
}

/// Puts events into one calendar.
struct Planter<'a> {
    world: &'a mut World,
    hand: Hand,
    calendar: u64,
    zone: String,
    monday: Date,
    random: Random,
}

impl<'a> Planter<'a> {
    fn new(world: &'a mut World, person: &Person) -> Self {
        let mailbox = world.graph.mailbox(&person.email);
        let calendar = mailbox.and_then(Mailbox::default_calendar).map_or(0, |own| own.key);
        Self::on(world, &person.email, calendar, 0)
    }

    fn on(world: &'a mut World, account: &str, calendar: u64, seed: u64) -> Self {
        let zone = world.graph.mailbox(account).map_or_else(Zone::utc, |own| own.zone.clone());
        let today = zone.tz.to_datetime(world.now()).date();
        let back = i64::from(today.weekday().since(Weekday::Monday));
        let monday = today.checked_sub(back.days()).unwrap_or(today);
        let random = Random::new(world.config.seed ^ seed, &format!("graph {account} {calendar}"));
        let hand = Hand { account: account.to_owned(), operation: "control", strict: true };
        Self { world, hand, calendar, zone: zone.name, monday, random }
    }

    fn day(&self, week: i64, day: i64) -> Date {
        let span = Span::new().try_days(week * 7 + day).unwrap_or_default();
        self.monday.checked_add(span).unwrap_or(self.monday)
    }

    fn plant(&mut self, body: Value) -> Option<u64> {
        let Value::Object(body) = body else { return None };
        create::apply(self.world, &self.hand, self.calendar, &body).ok()
    }

    fn change(&mut self, key: Option<u64>, slot: Date, body: &Value) {
        if let (Some(key), Some(body)) = (key, body.as_object()) {
            // a slot that the series does not have stays as it is
            let _ = update::apply(self.world, &self.hand, EventRef::occurrence(key, slot), body);
        }
    }

    fn cancel(&mut self, key: Option<u64>, slot: Date) {
        if let Some(key) = key {
            let _ = remove::apply(self.world, &self.hand, EventRef::occurrence(key, slot));
        }
    }

    /// A timed event of so many minutes.
    fn timed(&self, subject: &str, date: Date, at: (i8, i8), minutes: i64) -> Body {
        let start = date.at(at.0, at.1, 0, 0);
        let end = start.checked_add(minutes.minutes()).unwrap_or(start);
        object(json!({
            "subject": subject,
            "start": {"dateTime": start.to_string(), "timeZone": self.zone},
            "end": {"dateTime": end.to_string(), "timeZone": self.zone},
        }))
    }

    fn whole(&self, subject: &str, date: Date, days: i64) -> Body {
        let end = date.checked_add(days.days()).unwrap_or(date);
        object(json!({
            "subject": subject, "isAllDay": true, "showAs": "free",
            "start": {"dateTime": format!("{date}T00:00:00"), "timeZone": self.zone},
            "end": {"dateTime": format!("{end}T00:00:00"), "timeZone": self.zone},
        }))
    }
}

fn object(value: Value) -> Body {
    match value {
        Value::Object(body) => body,
        _ => Body::new(),
    }
}

fn with(mut body: Body, more: Value) -> Value {
    body.extend(object(more));
    Value::Object(body)
}

fn weekly(start: Date, days: &[&str], interval: i64) -> Value {
    json!({
        "pattern": {"type": "weekly", "interval": interval, "daysOfWeek": days, "firstDayOfWeek": "monday"},
        "range": {"type": "noEnd", "startDate": start.to_string()},
    })
}

fn guest(address: &str, name: &str, kind: &str) -> Value {
    json!({"type": kind, "emailAddress": {"address": address, "name": name}})
}

fn meetings(p: &mut Planter<'_>, other: Option<&str>) {
    let mut guests = vec![
        guest("chidi@example.org", "Chidi Obi", "required"),
        guest("mireille@example.org", "Mireille Dubois", "optional"),
    ];
    guests.extend(other.map(|address| guest(address, address, "required")));
    let first = p.day(-10, 1);
    let sync = p.plant(with(
        p.timed("Product sync", first, (10, 0), 45),
        json!({
            "recurrence": weekly(first, &["tuesday", "thursday"], 1), "attendees": guests, "isOnlineMeeting": true,
            "body": {"contentType": "html", "content": "<p>Agenda in the <b>notebook</b>.</p>"}, "categories": ["Blue category"],
        }),
    ));
    let moved = p.day(-1, 1);
    let at = |date: Date, hour: i8| json!({"dateTime": date.at(hour, 0, 0, 0).to_string(), "timeZone": p.zone});
    let later = json!({"start": at(moved, 14), "end": at(moved, 15)});
    p.change(sync, moved, &later);
    p.cancel(sync, p.day(0, 3));
    p.change(
        sync,
        p.day(2, 1),
        &json!({"subject": "Product sync (with sales)", "location": {"displayName": "Room Elbe"}}),
    );
    let board = p.day(-12, 2);
    p.plant(with(
        p.timed("Budget round", board, (9, 0), 120),
        json!({
            "recurrence": {
                "pattern": {"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["wednesday"], "index": "second"},
                "range": {"type": "noEnd", "startDate": board.to_string()},
            },
            "sensitivity": "confidential", "importance": "high", "attendees": [guest("tomasz@example.org", "Tomasz Wrona", "required")],
        }),
    ));
    if let Some(other) = other {
        p.plant(with(
            p.timed("Quarterly review", p.day(1, 3), (15, 0), 60),
            json!({"attendees": [guest(other, other, "required")], "isOnlineMeeting": true}),
        ));
    }
}

fn routine(p: &mut Planter<'_>) {
    let focus = p.day(-6, 0);
    let series = p.plant(with(
        p.timed("Focus time", focus, (8, 0), 90),
        json!({"recurrence": weekly(focus, &["monday", "wednesday"], 1), "showAs": "workingElsewhere", "isReminderOn": false}),
    ));
    p.cancel(series, p.day(1, 2));
    let gym = p.day(-8, 4);
    p.plant(with(
        p.timed("Yoga", gym, (18, 30), 60),
        json!({
            "recurrence": {
                "pattern": {"type": "weekly", "interval": 2, "daysOfWeek": ["friday"], "firstDayOfWeek": "sunday"},
                "range": {"type": "numbered", "startDate": gym.to_string(), "numberOfOccurrences": 12},
            },
            "sensitivity": "private",
        }),
    ));
    let rent = Date::new(p.monday.year(), p.monday.month(), 1).unwrap_or(p.monday);
    p.plant(with(
        p.whole("Pay the rent", rent, 1),
        json!({"recurrence": {
            "pattern": {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 1},
            "range": {"type": "endDate", "startDate": rent.to_string(), "endDate": p.day(50, 0).to_string()},
        }}),
    ));
    let stand_up = p.day(-3, 0);
    p.plant(with(
        p.timed("Stand-up", stand_up, (9, 0), 15),
        json!({"recurrence": weekly(stand_up, &["monday", "tuesday", "wednesday", "thursday", "friday"], 1), "reminderMinutesBeforeStart": 5}),
    ));
}

fn days(p: &mut Planter<'_>) {
    p.plant(Value::Object(p.whole("Company outing", p.day(3, 4), 1)));
    p.plant(with(
        p.whole("Holiday in Madeira", p.day(9, 0), 12),
        json!({"showAs": "oof", "categories": ["Green category"]}),
    ));
    p.plant(with(
        p.timed("Flight to Lisbon", p.day(8, 5), (11, 15), 225),
        json!({"end": {"dateTime": p.day(8, 5).at(14, 0, 0, 0).to_string(), "timeZone": "GMT Standard Time"}, "location": {"displayName": "Gate B12"}}),
    ));
}

/// Small events through the weeks, three months back to a year ahead.
fn weeks(p: &mut Planter<'_>) {
    const TITLES: [&str; 8] = [
        "Customer call",
        "Interview",
        "Design review",
        "Retrospektive",
        "Point hebdo",
        "Contract check",
        "Training",
        "Déjeuner d'équipe",
    ];
    for week in -13..52 {
        let title = *p.random.pick(&TITLES);
        let day = i64::try_from(p.random.below(5)).unwrap_or(0);
        let hour = i8::try_from(9 + p.random.below(8)).unwrap_or(9);
        let mut body = p.timed(title, p.day(week, day), (hour, 30), 45);
        if p.random.chance(30) {
            body.extend(object(json!({"location": {"displayName": "Room Spree"}})));
        }
        if p.random.chance(20) {
            body.extend(object(json!({"showAs": "tentative"})));
        }
        if p.random.chance(15) {
            body.extend(object(
                json!({"body": {"contentType": "text", "content": "Where we stand\nOpen points\nNext steps"}}),
            ));
        }
        p.plant(Value::Object(body));
    }
}

fn side_calendars(world: &mut World, person: &Person) {
    let team = add(world, person, "Team", |calendar| calendar.color = "lightGreen".to_owned());
    let mut p = Planter::on(world, &person.email, team, 0);
    p.plant(Value::Object(p.whole("Release 4.2", p.day(2, 2), 1)));
    p.plant(Value::Object(p.timed("Team lunch", p.day(0, 4), (12, 0), 60)));
    for (name, title, days) in [("Birthdays", "Birthday of Mireille", 1), ("Holidays", "Public holiday", 1)] {
        let key = add(world, person, name, |calendar| calendar.is_mine = false);
        let mut p = Planter::on(world, &person.email, key, 0);
        let date = p.day(5, 2);
        p.plant(with(
            p.whole(title, date, days),
            json!({"recurrence": {
                "pattern": {"type": "absoluteYearly", "interval": 1, "dayOfMonth": date.day(), "month": date.month()},
                "range": {"type": "noEnd", "startDate": date.to_string()},
            }}),
        ));
        if let Some(calendar) = world.graph.mailboxes.get_mut(&person.email).and_then(|own| own.calendars.get_mut(&key))
        {
            calendar.can_edit = false;
        }
    }
}

/// Adds so many generated events over two years around now, one in twenty a series; answers how many.
pub(crate) fn populate(world: &mut World, account: &str, calendar: u64, count: usize, seed: u64) -> usize {
    let mut p = Planter::on(world, account, calendar, seed);
    let mut added = 0;
    for number in 0..count {
        let day = i64::try_from(p.random.below(730)).unwrap_or(0) - 365;
        let date = p.day(0, day);
        let hour = i8::try_from(7 + p.random.below(12)).unwrap_or(7);
        let mut body = p.timed(&format!("Generated {number}"), date, (hour, 0), 30);
        if p.random.chance(5) {
            body.extend(object(json!({"recurrence": {
                "pattern": {"type": "daily", "interval": 7},
                "range": {"type": "numbered", "startDate": date.to_string(), "numberOfOccurrences": 20},
            }})));
        }
        added += usize::from(p.plant(Value::Object(body)).is_some());
    }
    added
}
