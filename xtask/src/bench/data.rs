//! The calendar that is measured: 12 % series with rules, 3 % changed occurrences of them, 10 %
//! all-day, up to eight guests, up to 2 kB of description, ten zones, fifteen months. The same seed
//! gives the same calendar.

use jiff::civil::{Date, DateTime, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan as _};
use serde_json::{Value, json};

const ZONES: [&str; 10] = [
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Africa/Johannesburg",
    "UTC",
];
const WORDS: [&str; 24] = [
    "agenda",
    "budget",
    "notes",
    "please",
    "bring",
    "the",
    "latest",
    "figures",
    "for",
    "review",
    "with",
    "team",
    "draft",
    "of",
    "quarter",
    "plan",
    "room",
    "call",
    "open",
    "questions",
    "and",
    "decisions",
    "follow-up",
    "customer",
];
/// First day of the fifteen months.
const BEGINS: Date = date(2026, 8, 24);
const DAYS: u64 = 450;

/// Numbers that look random and never change (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        let at = usize::try_from(self.below(choices.len() as u64)).unwrap_or(0);
        choices[at]
    }

    fn id(&mut self) -> String {
        format!("{:016x}{:010x}", self.next(), self.next() >> 24)
    }

    fn text(&mut self, bytes: u64) -> String {
        let length = usize::try_from(bytes).unwrap_or(0);
        let mut text = String::with_capacity(length + 12);
        while text.len() < length {
            text.push_str(self.of(&WORDS));
            text.push(if self.below(12) == 0 { '\n' } else { ' ' });
        }
        text
    }
}

/// A series that changed occurrences can belong to.
struct Series {
    id: String,
    uid: String,
    start: DateTime,
    zone: &'static str,
}

/// Events as the vendor's JSON, one after the other, without end.
pub(super) struct Events {
    dice: Dice,
    series: Vec<Series>,
    number: usize,
}

impl Events {
    pub(super) fn new() -> Self {
        Self { dice: Dice(0x71de_ca1e), series: Vec::new(), number: 0 }
    }
}

impl Iterator for Events {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        self.number += 1;
        Some(event(&mut self.dice, self.number, &mut self.series))
    }
}

fn event(dice: &mut Dice, number: usize, series: &mut Vec<Series>) -> Value {
    let kind = dice.below(100);
    if kind < 3 && !series.is_empty() {
        return changed_occurrence(dice, number, series);
    }
    let all_day = (15..25).contains(&kind);
    let repeats = (3..15).contains(&kind);
    let zone = dice.of(&ZONES);
    let start = moment(dice, if repeats { DAYS - 90 } else { DAYS });
    let id = dice.id();
    let uid = format!("{id}@example.com");
    let mut event = body(dice, number, &id, &uid);
    if all_day {
        let last = start.date().saturating_add((1 + i64::from(dice.below(5) == 0)).days());
        event["start"] = json!({ "date": start.date().to_string() });
        event["end"] = json!({ "date": last.to_string() });
    } else {
        times(&mut event, start, zone, dice.of(&[15, 30, 45, 60, 90]));
    }
    if repeats {
        event["recurrence"] = json!([rule(dice, start)]);
        series.push(Series { id, uid, start, zone });
    }
    event
}

/// The first occurrence of a series that came before it, an hour later. A series has at most one, as
/// an occurrence has at most one change.
fn changed_occurrence(dice: &mut Dice, number: usize, series: &mut Vec<Series>) -> Value {
    let at = usize::try_from(dice.below(series.len() as u64)).unwrap_or(0);
    let Series { id, uid, start, zone } = series.swap_remove(at);
    let slot = instant(start, zone);
    let name = format!("{id}_{}", slot.strftime("%Y%m%dT%H%M%SZ"));
    let mut event = body(dice, number, &name, &uid);
    event["recurringEventId"] = json!(id);
    event["originalStartTime"] = time(start, zone);
    times(&mut event, start.saturating_add(1.hour()), zone, 45);
    event
}

/// Any quarter of an hour of working days and evenings.
fn moment(dice: &mut Dice, days: u64) -> DateTime {
    let day = BEGINS.saturating_add(i64::try_from(dice.below(days)).unwrap_or(0).days());
    let quarter = i64::try_from(dice.below(48)).unwrap_or(0);
    day.at(7, 0, 0, 0).saturating_add((quarter * 15).minutes())
}

fn rule(dice: &mut Dice, start: DateTime) -> String {
    let ends = start.date().saturating_add(180.days());
    let day = &start.strftime("%A").to_string().to_uppercase()[..2];
    match dice.below(8) {
        0 => "RRULE:FREQ=DAILY;COUNT=20".to_owned(),
        1 => format!("RRULE:FREQ=WEEKLY;BYDAY={day}"),
        2 => format!("RRULE:FREQ=WEEKLY;UNTIL={}T000000Z;BYDAY={day}", ends.strftime("%Y%m%d")),
        3 => format!("RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY={day}"),
        4 => "RRULE:FREQ=WEEKLY;COUNT=12".to_owned(),
        5 => format!("RRULE:FREQ=MONTHLY;BYDAY={}{day}", (start.day() - 1) / 7 + 1),
        6 => "RRULE:FREQ=MONTHLY;COUNT=12".to_owned(),
        _ => "RRULE:FREQ=YEARLY".to_owned(),
    }
}

fn instant(local: DateTime, zone: &str) -> jiff::Timestamp {
    let rules = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    rules.to_timestamp(local).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}

fn time(local: DateTime, zone: &str) -> Value {
    let rules = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let offset = rules.to_offset(instant(local, zone));
    let text = instant(local, zone).display_with_offset(offset).to_string();
    json!({ "dateTime": text, "timeZone": zone })
}

fn times(event: &mut Value, start: DateTime, zone: &str, minutes: i64) {
    let end = start.saturating_add(SignedDuration::from_mins(minutes));
    event["start"] = time(start, zone);
    event["end"] = time(end, zone);
}

/// What all kinds have in common.
fn body(dice: &mut Dice, number: usize, id: &str, uid: &str) -> Value {
    let guests = dice.below(9);
    let attendees: Vec<Value> = (0..guests).map(|_| guest(dice)).collect();
    let size = dice.below(2_000);
    let mut event = json!({
        "kind": "calendar#event",
        "etag": format!("\"{}\"", 3_500_000_000_000_000 + dice.below(1_000_000_000_000)),
        "id": id,
        "status": "confirmed",
        "htmlLink": format!("https://calendar.example.com/event?eid={}", dice.id()),
        "created": "2026-06-01T09:00:00.000Z",
        "updated": "2026-11-20T09:00:00.000Z",
        "summary": format!("{} {number}", dice.text(20).trim()),
        "description": dice.text(size),
        "creator": { "email": "ada@example.com", "self": true },
        "organizer": { "email": "ada@example.com", "self": true },
        "iCalUID": uid,
        "sequence": 0,
        "reminders": { "useDefault": true },
        "eventType": "default",
    });
    if !attendees.is_empty() {
        event["attendees"] = json!(attendees);
    }
    if dice.below(3) == 0 {
        event["location"] = json!(format!("Room {}", dice.below(40)));
    }
    event
}

fn guest(dice: &mut Dice) -> Value {
    let number = dice.below(500);
    let response = dice.of(&["needsAction", "accepted", "declined", "tentative"]);
    json!({ "email": format!("guest-{number}@example.com"), "displayName": format!("Guest {number}"), "responseStatus": response })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_is_the_one_that_the_page_describes_and_always_the_same() {
        let events: Vec<Value> = Events::new().take(5_000).collect();
        let share = |has: &dyn Fn(&Value) -> bool| events.iter().filter(|event| has(event)).count() / 50;
        assert!((11..=13).contains(&share(&|event| event.get("recurrence").is_some())));
        assert!((2..=4).contains(&share(&|event| event.get("recurringEventId").is_some())));
        assert!((9..=11).contains(&share(&|event| event["start"].get("date").is_some())));
        assert_eq!(Some(&events[4_999]), Events::new().nth(4_999).as_ref());
    }
}
