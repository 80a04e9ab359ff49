//! People's hands at the places of a scenario: seeded edits by the means of each place.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tidecal_core::model::{Event, Status};
use tidecal_core::sync::{EventKind, span_of};
use tidecal_engine::Clock as _;
use tidecal_ical::{Moment, Recurrence, RecurrenceId, When, Zone};
use tidecal_store::{Connection, LocalOp, LocalWrite};

use crate::app::App;
use crate::seen::{Piece, name_of, slots_of};

/// Where a person sits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    Home,
    Google,
    Outlook,
    Dav,
}

/// Numbers that a seed decides (SplitMix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % below
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        (!from.is_empty()).then(|| self.roll(from.len() as u64) as usize).map(|at| &from[at])
    }
}

/// What a person does.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    Create {
        title: String,
        start: Timestamp,
        rule: Option<(i64, i64)>,
        guests: bool,
    },
    Retitle(String),
    Place(String),
    Move(Timestamp),
    Delete,
    /// One time of a series is moved, or does not take place.
    MoveOne(Timestamp, Timestamp),
    CancelOne(Timestamp),
}

impl Deed {
    /// The part of the meeting that it touches; two people at the same part disagree.
    pub(crate) fn part(&self) -> String {
        match self {
            Self::Create { .. } | Self::Delete => "all".into(),
            Self::Retitle(_) => "title".into(),
            Self::Place(_) => "place".into(),
            Self::Move(_) => "time".into(),
            Self::MoveOne(slot, _) | Self::CancelOne(slot) => slot.to_string(),
        }
    }
}

/// Who edits what, from a seed.
pub(crate) struct Script {
    pub(crate) dice: Dice,
    made: u32,
    /// Parts that were touched in this round, by meeting.
    touched: BTreeMap<String, BTreeSet<String>>,
    /// Meetings that two people edited at the same part: those may wait for a person.
    pub(crate) clashed: BTreeSet<String>,
    /// Meetings with guests whose organiser is at Outlook, where every change is mailed.
    loud: BTreeSet<String>,
    /// Those that somebody edited elsewhere: the write waits for consent.
    pub(crate) held: BTreeSet<String>,
}

const WORDS: [&str; 8] = ["Review", "Planning", "Lunch", "Call", "Größe", "Standup", "Demo", "Retro"];

impl Script {
    pub(crate) fn new(seed: u64) -> Self {
        let (clashed, loud, held) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        Self { dice: Dice(seed), made: 0, touched: BTreeMap::new(), clashed, loud, held }
    }

    pub(crate) fn new_round(&mut self) {
        self.touched.clear();
    }

    fn time(&mut self) -> Timestamp {
        let start: Timestamp = "2026-12-01T08:00:00Z".parse().unwrap();
        let hours = 24 * self.dice.roll(20) + self.dice.roll(9);
        start + SignedDuration::from_hours(hours as i64)
    }

    fn words(&mut self) -> &'static str {
        WORDS[self.dice.roll(WORDS.len() as u64) as usize]
    }

    fn create(&mut self, at: At) -> Deed {
        self.made += 1;
        let word = self.words();
        let title = format!("m{} {word}", self.made);
        let rule = match self.dice.roll(4) {
            0 => Some((7, 3 + self.dice.roll(3) as i64)),
            1 => Some((1, 2 + self.dice.roll(4) as i64)),
            _ => None,
        };
        let guests = matches!(at, At::Google | At::Outlook) && self.dice.roll(4) == 0;
        if guests && at == At::Outlook {
            self.loud.insert(name_of(&title));
        }
        Deed::Create { title, start: self.time(), rule, guests }
    }

    /// The next deed at a place that shows these pieces, with the master that it is about.
    pub(crate) fn next(&mut self, at: At, pieces: &[(String, Piece)]) -> (Option<String>, Deed) {
        let masters: Vec<&(String, Piece)> =
            pieces.iter().filter(|(_, it)| it.slot.is_none() && !it.cancelled).collect();
        let Some((id, master)) = self.dice.pick(&masters).copied() else { return (None, self.create(at)) };
        let name = name_of(&master.title);
        let choice = self.dice.roll(if masters.len() > 25 { 10 } else { 14 });
        let deed = match (choice, master.rule) {
            (10.., _) => return (None, self.create(at)),
            (0..3, _) => Deed::Retitle(format!("{name} {} {}", self.words(), self.dice.roll(1000))),
            (3..5, _) => Deed::Place(format!("Room {}", self.dice.roll(1000))),
            (5 | 6, _) if self.dice.roll(3) == 0 => Deed::Delete,
            (_, None) => Deed::Move(self.time()),
            (_, Some(_)) if at == At::Outlook => Deed::Place(format!("Hall {}", self.dice.roll(1000))),
            (_, Some(_)) => self.occurrence(pieces, master),
        };
        let part = deed.part();
        let parts = self.touched.entry(name.clone()).or_default();
        let same = parts.contains(&part) || parts.contains("all") || (part == "all" && !parts.is_empty());
        let waits = self.clashed.contains(&name) || self.held.contains(&name);
        let asks = self.loud.contains(&name) && at != At::Outlook;
        if waits || ((same || asks) && self.dice.roll(6) != 0) {
            return (None, self.create(at));
        }
        if asks {
            self.held.insert(name.clone());
        }
        parts.insert(part);
        if same {
            self.clashed.insert(name);
        }
        (Some(id.clone()), deed)
    }

    fn occurrence(&mut self, pieces: &[(String, Piece)], master: &Piece) -> Deed {
        let replaced: Vec<Timestamp> = pieces
            .iter()
            .filter(|(_, piece)| piece.series == master.series)
            .flat_map(|(_, piece)| piece.slot.into_iter().chain(piece.excluded.clone()))
            .collect();
        let free: Vec<Timestamp> = slots_of(master).into_iter().filter(|slot| !replaced.contains(slot)).collect();
        // The last one stays, so that a series never empties itself.
        match self.dice.pick(&free[..free.len().saturating_sub(1)]).copied() {
            None => Deed::Place(format!("Hall {}", self.dice.roll(1000))),
            Some(slot) if self.dice.roll(2) == 0 => Deed::CancelOne(slot),
            Some(slot) => Deed::MoveOne(slot, slot + SignedDuration::from_mins(15 * (1 + self.dice.roll(8) as i64))),
        }
    }
}

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn rule_text((days, count): (i64, i64)) -> String {
    format!("FREQ={};COUNT={count}", if days == 1 { "DAILY" } else { "WEEKLY" })
}

fn google_span(start: Timestamp) -> Value {
    let at = |time: Timestamp| json!({ "dateTime": time.to_string(), "timeZone": "UTC" });
    json!({ "start": at(start), "end": at(start + HOUR) })
}

/// A deed in Google's calendar.
pub(crate) async fn at_google(app: &App, calendar: &str, id: Option<&str>, deed: &Deed) {
    let path = |more: &str| format!("events/{calendar}/{}{more}", id.unwrap_or_default());
    let one = |slot: &Timestamp| path(&format!("_{}", slot.strftime("%Y%m%dT%H%M%SZ")));
    match deed {
        Deed::Create { title, start, rule, guests } => {
            let mut body = google_span(*start);
            body["summary"] = json!(title);
            if let Some(rule) = rule {
                body["recurrence"] = json!([format!("RRULE:{}", rule_text(*rule))]);
            }
            if *guests {
                body["attendees"] = json!([{ "email": "cleo@example.com" }, { "email": calendar }]);
            }
            app.control("POST", &format!("events/{calendar}"), body).await;
        }
        Deed::Retitle(title) => drop(app.control("PATCH", &path(""), json!({ "summary": title })).await),
        Deed::Place(place) => drop(app.control("PATCH", &path(""), json!({ "location": place })).await),
        Deed::Move(start) => drop(app.control("PATCH", &path(""), google_span(*start)).await),
        Deed::MoveOne(slot, start) => drop(app.control("PATCH", &one(slot), google_span(*start)).await),
        Deed::Delete => drop(app.control("DELETE", &path(""), json!({})).await),
        Deed::CancelOne(slot) => drop(app.control("DELETE", &one(slot), json!({})).await),
    }
}

fn outlook_span(start: Timestamp) -> Value {
    let at = |time: Timestamp| json!({ "dateTime": time.strftime("%Y-%m-%dT%H:%M:%S").to_string(), "timeZone": "UTC" });
    json!({ "start": at(start), "end": at(start + HOUR) })
}

fn outlook_rule((days, count): (i64, i64), start: Timestamp) -> Value {
    let weekday = start.strftime("%A").to_string().to_lowercase();
    let pattern = match days {
        1 => json!({ "type": "daily", "interval": 1 }),
        _ => json!({ "type": "weekly", "interval": 1, "daysOfWeek": [weekday] }),
    };
    let first = start.strftime("%Y-%m-%d").to_string();
    json!({ "pattern": pattern, "range": { "type": "numbered", "startDate": first, "numberOfOccurrences": count } })
}

/// A deed in Outlook's calendar at this path of the control API. Occurrences have no id there until
/// they are exceptions, so no script asks for their like.
pub(crate) async fn at_outlook(app: &App, calendar: &str, id: Option<&str>, deed: &Deed) {
    let path = format!("{calendar}/{}", crate::seen::encoded(id.unwrap_or_default()));
    match deed {
        Deed::Create { title, start, rule, guests } => {
            let mut body = outlook_span(*start);
            body["subject"] = json!(title);
            if let Some(rule) = rule {
                body["recurrence"] = outlook_rule(*rule, *start);
            }
            if *guests {
                body["attendees"] = json!([{ "emailAddress": { "address": "cleo@example.com" }, "type": "required" }]);
            }
            app.control("POST", calendar, body).await;
        }
        Deed::Retitle(title) => drop(app.control("PATCH", &path, json!({ "subject": title })).await),
        Deed::Place(place) => drop(app.control("PATCH", &path, json!({ "location": { "displayName": place } })).await),
        Deed::Move(start) => drop(app.control("PATCH", &path, outlook_span(*start)).await),
        Deed::Delete => drop(app.control("DELETE", &path, json!({})).await),
        Deed::MoveOne(..) | Deed::CancelOne(_) => panic!("{deed:?}"),
    }
}

fn when(start: Timestamp) -> When {
    let zone = Zone::iana("Europe/Vienna").unwrap();
    let at = |time: Timestamp| Moment::zoned(zone.rules().to_datetime(time), zone.clone());
    When::Timed { start: at(start), end: at(start + HOUR) }
}

fn dav_stamp(time: Timestamp) -> String {
    time.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn dav_event(uid: &str, more: &[String], title: &str, start: Timestamp) -> String {
    let mut lines = vec!["BEGIN:VEVENT".to_owned(), format!("UID:{uid}"), "DTSTAMP:20261101T000000Z".to_owned()];
    lines.push(format!("DTSTART:{}", dav_stamp(start)));
    lines.push(format!("DTEND:{}", dav_stamp(start + HOUR)));
    lines.push(format!("SUMMARY:{title}"));
    lines.extend_from_slice(more);
    lines.push("END:VEVENT\r\n".to_owned());
    lines.join("\r\n")
}

/// The object's text after a deed by an editor who changes lines; `None`: it is deleted.
pub(crate) fn dav_text(text: &str, name: &str, deed: &Deed) -> Option<String> {
    let text = text.replace("\r\n ", "").replace("\r\n\t", "");
    let uid = text.lines().find_map(|line| line.strip_prefix("UID:")).unwrap_or(name).to_owned();
    let title = text.lines().rfind(|line| line.starts_with("SUMMARY:")).map(|line| line[8..].to_owned());
    Some(match deed {
        Deed::Delete => return None,
        Deed::Create { title, start, rule, .. } => {
            let rules: Vec<String> = rule.iter().map(|rule| format!("RRULE:{}", rule_text(*rule))).collect();
            let event = dav_event(&format!("{title}@example.org").replace(' ', "-"), &rules, title, *start);
            format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Editor//EN\r\n{event}END:VCALENDAR\r\n")
        }
        Deed::Retitle(title) => in_master(&text, &["SUMMARY"], &[format!("SUMMARY:{title}")]),
        Deed::Place(place) => in_master(&text, &["LOCATION"], &[format!("LOCATION:{place}")]),
        Deed::Move(start) => {
            let lines = [format!("DTSTART:{}", dav_stamp(*start)), format!("DTEND:{}", dav_stamp(*start + HOUR))];
            in_master(&text, &["DTSTART", "DTEND", "DURATION"], &lines)
        }
        Deed::CancelOne(slot) => in_master(&text, &[], &[format!("EXDATE:{}", dav_stamp(*slot))]),
        Deed::MoveOne(slot, start) => {
            let which = [format!("RECURRENCE-ID:{}", dav_stamp(*slot))];
            let event = dav_event(&uid, &which, &title.unwrap_or_default(), *start);
            text.replace("END:VCALENDAR", &format!("{event}END:VCALENDAR"))
        }
    })
}

/// Replaces the properties of the event that is no exception.
fn in_master(text: &str, gone: &[&str], new: &[String]) -> String {
    let mut all: Vec<String> = Vec::new();
    let mut block: Option<Vec<String>> = None;
    for line in text.lines().map(ToOwned::to_owned) {
        match (line.as_str(), block.as_mut()) {
            ("BEGIN:VEVENT", _) => block = Some(vec![line]),
            ("END:VEVENT", _) => {
                let mut lines = block.take().unwrap_or_default();
                if !lines.iter().any(|line| line.starts_with("RECURRENCE-ID")) {
                    lines.retain(|line| !gone.contains(&line.split([';', ':']).next().unwrap_or_default()));
                    lines.extend_from_slice(new);
                }
                all.append(&mut lines);
                all.push(line);
            }
            (_, Some(lines)) => lines.push(line),
            (_, None) => all.push(line),
        }
    }
    all.join("\r\n") + "\r\n"
}

/// A deed in the local calendar of the connection. `number` makes ids of new rows.
pub(crate) async fn at_home(app: &App, connection: &Connection, number: &mut u32, id: Option<&str>, deed: &Deed) {
    *number += 1;
    let new_id = format!("01a1fd8c-6900-7000-8000-{:012x}", *number);
    let tenant = app.store().tenant(&app.ada);
    let now = app.clock.now();
    let kind = |event: &Event| if event.recurrence.is_some() { EventKind::Master } else { EventKind::Single };
    let insert = |kind: EventKind, event: Event| {
        let span = span_of(&event, &Zone::utc());
        LocalOp::Insert { kind, event: Box::new(event), span }
    };
    let write = match (id, deed) {
        (None, Deed::Create { title, start, rule, .. }) => {
            let rules = |rule| Recurrence { rules: vec![rule_text(rule)], ..Recurrence::default() };
            let event = Event { title: title.clone(), recurrence: rule.map(rules), ..Event::at(when(*start)) };
            row(&new_id, &new_id, None, insert(kind(&event), event))
        }
        (Some(id), deed) => {
            let found = tenant.get_event(id).await.unwrap().row;
            let (version, mut event) = (found.version, found.event);
            match deed {
                Deed::Delete => row(id, id, None, LocalOp::Delete { expected: version }),
                Deed::MoveOne(slot, start) => {
                    let moved = Event { recurrence: None, when: when(*start), ..event };
                    row(&new_id, id, Some(RecurrenceId::Utc(*slot)), insert(EventKind::Override, moved))
                }
                Deed::CancelOne(slot) => {
                    let gone = Event { recurrence: None, status: Status::Cancelled, when: when(*slot), ..event };
                    row(&new_id, id, Some(RecurrenceId::Utc(*slot)), insert(EventKind::Override, gone))
                }
                other => {
                    match other {
                        Deed::Retitle(title) => event.title.clone_from(title),
                        Deed::Place(place) => event.location.clone_from(place),
                        Deed::Move(start) => event.when = when(*start),
                        _ => {}
                    }
                    let span = span_of(&event, &Zone::utc());
                    let kind = kind(&event);
                    row(id, id, None, LocalOp::Update { expected: version, kind, event: Box::new(event), span })
                }
            }
        }
        (None, other) => panic!("{other:?} without an event"),
    };
    tenant.write_local(&connection.calendar_id, &[write], false, now).await.unwrap();
}

fn row(id: &str, series: &str, slot: Option<RecurrenceId>, op: LocalOp) -> LocalWrite {
    LocalWrite { id: id.into(), series_id: series.into(), recurrence_id: slot, op, answer: None }
}
