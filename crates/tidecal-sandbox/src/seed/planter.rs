//! Putting drafts into a calendar, and changing or cancelling single occurrences.

use jiff::civil::{Date, Weekday};
use jiff::{SignedDuration, Span, Timestamp};
use serde_json::json;

use super::draft::Draft;
use crate::data::complete::{complete, normalise};
use crate::data::event::Body;
use crate::data::guests;
use crate::data::instance::Series;
use crate::data::moment::{Moment, stamp, text, zone_named};
use crate::random::Random;
use crate::state::World;

/// A hand that plants events in one calendar as one person.
pub(super) struct Planter<'a> {
    pub(super) world: &'a mut World,
    pub(super) random: Random,
    calendar_id: String,
    creator: String,
    /// Monday of the sandbox's present week, in the calendar's zone.
    monday: Date,
}

impl<'a> Planter<'a> {
    pub(super) fn new(world: &'a mut World, calendar_id: &str, creator: &str) -> Self {
        let zone = world.calendars.get(calendar_id).map_or_else(|| zone_named("UTC"), |c| c.zone.clone());
        let today = zone.to_datetime(world.now()).date();
        let back = today.weekday().since(Weekday::Monday);
        Self {
            random: Random::new(world.config.seed, &format!("{calendar_id} {creator}")),
            calendar_id: calendar_id.to_owned(),
            creator: creator.to_owned(),
            monday: today.saturating_sub(Span::new().days(back)),
            world,
        }
    }

    /// A day counted from the Monday of the present week: week 0 day 0 is that Monday.
    pub(super) fn day(&self, week: i64, day: i64) -> Date {
        self.monday.saturating_add(Span::new().days(week * 7 + day))
    }

    /// The n-th weekday (from the end when negative) of the month that `week` begins in.
    pub(super) fn nth(&self, week: i64, nth: i8, weekday: Weekday) -> Date {
        let day = self.day(week, 0);
        day.nth_weekday_of_month(nth, weekday).unwrap_or(day)
    }

    /// The first or last day of the month that `week` begins in.
    pub(super) fn month_end(&self, week: i64, last: bool) -> Date {
        let day = self.day(week, 0);
        if last { day.last_of_month() } else { day.first_of_month() }
    }

    /// The next time the calendar shows this month and day, from the present week on.
    pub(super) fn next(&self, month: i8, day: i8) -> Date {
        (0..2)
            .filter_map(|years| Date::new(self.monday.year() + years, month, day).ok())
            .find(|date| *date >= self.monday)
            .unwrap_or(self.monday)
    }

    /// Plants an event; answers its id.
    pub(super) fn plant(&mut self, draft: Draft) -> String {
        let id = self.random.event_id();
        self.plant_as(&id, draft);
        id
    }

    /// Plants an event under a given id.
    pub(super) fn plant_as(&mut self, id: &str, draft: Draft) {
        let mut body = draft.0;
        body.insert("id".to_owned(), json!(id));
        let made = self.made_at(&body);
        let Some(calendar) = self.world.calendars.get(&self.calendar_id) else {
            return;
        };
        if body.contains_key("attendees") {
            self.add_organizer(&mut body);
        }
        complete(&mut body, calendar, &self.creator, &self.world.config.people, made);
        self.put(body);
    }

    /// The organiser stands among the guests of a meeting, having accepted.
    fn add_organizer(&self, body: &mut Body) {
        let Some(person) = self.world.person(&self.creator) else {
            return;
        };
        if let Some(list) = body.get_mut("attendees").and_then(|list| list.as_array_mut()) {
            list.insert(0, json!({"email": person.email, "displayName": person.name, "responseStatus": "accepted"}));
        }
    }

    /// Events were made some days before they begin, and not in the future.
    fn made_at(&mut self, body: &Body) -> Timestamp {
        let now = self.world.now();
        let zone = zone_named("UTC");
        let hours = 24 * (3 + self.random.below(40)) + self.random.below(9);
        let before = SignedDuration::from_hours(i64::try_from(hours).unwrap_or(72));
        Moment::read(body.get("start"), "start", &zone)
            .ok()
            .and_then(|start| start.instant(&zone).checked_sub(before).ok())
            .map_or(now, |made| made.min(now))
    }

    fn put(&mut self, body: Body) {
        let etag = self.world.next_etag();
        let copy = body.clone();
        if let Some(calendar) = self.world.calendars.get_mut(&self.calendar_id) {
            calendar.put(body, etag);
        }
        guests::spread(self.world, &self.calendar_id, &copy);
    }

    /// Changes the occurrence of a series on a day; nothing happens when it has none there.
    pub(super) fn change(&mut self, master: &str, day: Date, change: impl FnOnce(&mut Body)) {
        let Some(calendar) = self.world.calendars.get(&self.calendar_id) else {
            return;
        };
        let instance = calendar.events.get(master).and_then(|stored| {
            let series = Series::read(&stored.body(), &calendar.zone)?;
            let from = day.to_datetime(jiff::civil::Time::midnight());
            let before = from.checked_add(Span::new().days(1)).ok();
            let slot = series.recurrence.slots(&series.start, Some(from), before, 1).pop()?;
            series.instance(slot, &calendar.zone)
        });
        let Some(mut body) = instance else {
            return;
        };
        change(&mut body);
        normalise(&mut body, calendar);
        self.put(body);
    }

    /// Moves the occurrence of a day to another day and time.
    pub(super) fn move_to(&mut self, master: &str, day: Date, to: (Date, &str, i64), zone: &str) {
        let times = Draft::new("").at(to.0, to.1, to.2, zone).0;
        self.change(master, day, |body| {
            for name in ["start", "end"] {
                if let Some(value) = times.get(name) {
                    body.insert(name.to_owned(), value.clone());
                }
            }
        });
    }

    /// Cancels the occurrence of a day.
    pub(super) fn cancel(&mut self, master: &str, day: Date) {
        self.change(master, day, |body| {
            body.insert("status".to_owned(), json!("cancelled"));
        });
    }

    /// Splits a series at a day as "this and following" does: the old one ends before it, a new one goes on under the id
    /// `<old>_R<start>`. Answers the new id.
    pub(super) fn split(&mut self, master: &str, day: Date, draft: Draft) -> Option<String> {
        let calendar = self.world.calendars.get(&self.calendar_id)?;
        let mut old = calendar.events.get(master)?.body();
        let start = Moment::read(draft.0.get("start"), "start", &calendar.zone).ok()?;
        let until = start.instant(&calendar.zone).checked_sub(SignedDuration::from_secs(1)).ok()?;
        let until = Moment::At { instant: until, zone: calendar.zone.clone() }.suffix();
        let rule = old.get("recurrence")?.get(0)?.as_str()?.to_owned();
        old.insert("recurrence".to_owned(), json!([format!("{rule};UNTIL={until}")]));
        old.insert("updated".to_owned(), json!(stamp(self.world.now())));
        let uid = text(&old, "iCalUID")?.replace('@', &format!("_R{}@", start.suffix()));
        let id = format!("{master}_R{}", start.suffix().trim_end_matches('Z'));
        self.put(old);
        self.plant_as(&id, draft.with("iCalUID", json!(uid)));
        self.world.calendars.get(&self.calendar_id)?.events.contains_key(&id).then_some(())?;
        debug_assert!(day <= start.local().date());
        Some(id)
    }
}
