//! The sentences that scenarios are written in, and what they do to the world.
//!
//! `here` is the local calendar and its person; every other name is a connected calendar.

use tidecal_core::model::{Attendee, Event, Person, Rights, Status};
use tidecal_core::sync::{ConflictPolicy, MappingWrite, SyncDirection, Verdict};
use tidecal_ical::{Moment, Recurrence, RecurrenceId, When, Zone};

use crate::vendor::Vendor;
use crate::world::{Connection, World};

/// A sentence with its quoted words taken out: `google renames _ to _`.
struct Sentence<'a> {
    words: Vec<&'a str>,
    quoted: Vec<String>,
}

impl<'a> Sentence<'a> {
    fn read(line: &'a str) -> Self {
        let quoted = line.split('"').skip(1).step_by(2).map(str::to_owned).collect();
        let words = line.split('"').step_by(2).flat_map(str::split_whitespace);
        let words = words.map(|word| word.trim_end_matches(':')).collect();
        Self { words, quoted }
    }

    /// `Dec 1`, wherever it stands.
    fn day(&self) -> Option<i8> {
        let at = self.words.iter().position(|word| *word == "Dec")?;
        self.words.get(at + 1)?.parse().ok()
    }

    fn hour(&self) -> Option<i8> {
        self.words.iter().find_map(|word| word.split_once(':')?.0.parse().ok())
    }

    fn says(&self, phrase: &str) -> bool {
        format!(" {} ", self.words.join(" ")).contains(&format!(" {phrase} "))
    }

    fn number(&self) -> Option<usize> {
        self.words.iter().find_map(|word| match *word {
            "once" => Some(1),
            "twice" => Some(2),
            "never" => Some(0),
            word => word.parse().ok(),
        })
    }
}

/// Plays a scenario; a sentence that does not hold is reported with its line.
pub(crate) fn play(text: &str) {
    let mut world = World::default();
    let mut stage = Stage::default();
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    for (number, line) in lines {
        let sentence = Sentence::read(line.trim());
        if let Err(why) = stage.act(&mut world, &sentence) {
            panic!("line {}: {line}\n  {why}", number + 1);
        }
    }
}

#[derive(Default)]
struct Stage {
    rows: usize,
    items: usize,
    /// What was written before the last look.
    before: std::collections::BTreeMap<String, usize>,
}

type Held = Result<(), String>;

impl Stage {
    fn act(&mut self, world: &mut World, it: &Sentence<'_>) -> Held {
        match it.words.as_slice() {
            ["connect", name, ..] => connect(world, name, it),
            ["sync"] => {
                self.before = world.written();
                // Until a whole round changes nothing, as the scheduler would.
                for _ in 0..8 {
                    let before = world.written();
                    (0..world.connections.len()).for_each(|at| world.run(at));
                    if world.written() == before {
                        return Ok(());
                    }
                }
                Err("it does not come to rest".to_owned())
            }
            ["sync", name] => {
                self.before = world.written();
                let at = find(world, name)?;
                world.run(at);
                Ok(())
            }
            ["the", "database", "is", "copied"] => {
                world.copy = Some(world.store.clone());
                Ok(())
            }
            ["the", "database", "is", "restored"] => {
                let copy = world.copy.clone().ok_or("there is no copy")?;
                world.store = copy;
                Ok(())
            }
            ["nothing", "was", "written"] => equal(&world.written(), &self.before),
            ["nobody", "was", "mailed"] => {
                equal(&world.connections.iter().map(|it| it.vendor.mailed).sum::<usize>(), &0)
            }
            ["people", "were", "mailed"] => {
                let mailed = world.connections.iter().map(|it| it.vendor.mailed).sum::<usize>();
                if mailed > 0 { Ok(()) } else { Err("nobody was".to_owned()) }
            }
            ["here", rest @ ..] => self.here(world, rest, it),
            [name, rest @ ..] => {
                let at = find(world, name)?;
                self.there(world, at, rest, it)
            }
            [] => Ok(()),
        }
    }

    fn here(&mut self, world: &mut World, rest: &[&str], it: &Sentence<'_>) -> Held {
        let title = it.quoted.first().cloned().unwrap_or_default();
        match rest {
            ["shows", ..] => shows(&here_shown(world), it),
            ["has", ..] => {
                self.rows += 1;
                let id = format!("01a1fd8c-6900-7000-8000-0000000000{:02}", self.rows);
                world.store.add(&id, &id, None, event(it)?);
                Ok(())
            }
            ["cancels" | "moves", "of", ..] => {
                let (series, row) = row_of(world, &title)?;
                let slot = slot(&row, it.day().ok_or("which day?")?);
                self.rows += 1;
                let id = format!("01a1fd8c-6900-7000-8000-0000000001{:02}", self.rows);
                world.store.add(&id, &series, Some(slot), exception(&row, slot, rest[0] == "cancels", it));
                Ok(())
            }
            ["deletes"] => {
                let (id, _) = row_of(world, &title)?;
                world.store.edit(&id, |row| row.deleted = true);
                Ok(())
            }
            ["deletes", "everything"] => {
                let ids: Vec<String> = world.store.events.keys().cloned().collect();
                ids.iter().for_each(|id| world.store.edit(id, |row| row.deleted = true));
                Ok(())
            }
            ["agrees", "to", "mail", ..] => {
                let (id, _) = row_of(world, &title)?;
                world.store.edit(&id, |row| row.consent = Some(row.version + 1));
                Ok(())
            }
            [verb, ..] => {
                let title = if *verb == "invites" { it.quoted[1].clone() } else { title };
                let (id, mut event) = row_of(world, &title)?;
                change(&mut event, verb, it)?;
                world.store.edit(&id, |row| row.event = event);
                Ok(())
            }
            [] => Err("what happens here?".to_owned()),
        }
    }

    fn there(&mut self, world: &mut World, at: usize, rest: &[&str], it: &Sentence<'_>) -> Held {
        let title = it.quoted.first().cloned().unwrap_or_default();
        let Connection { vendor, released, .. } = &mut world.connections[at];
        match rest {
            ["shows", "nothing", "for", "once"] => vendor.habits.shows_nothing = true,
            ["shows", "everything", "again"] => vendor.habits.shows_nothing = false,
            ["loses", "its", "sync", "token"] => vendor.habits.token_lost = true,
            ["loses", "the", "next", ..] => vendor.habits.answers_lost = it.number().unwrap_or(1),
            ["breaks", "off", "the", "next", "answer"] => vendor.habits.breaks_off = true,
            ["refuses", "every", "write"] => vendor.habits.refuses = true,
            ["rewrites", "every", "title", ..] => vendor.habits.shouts = true,
            ["is", "released", "by", "a", "person"] => *released = true,
            ["was", "written", ..] => {
                let now = vendor.writes - self.before.get(&world.connections[at].name).copied().unwrap_or_default();
                return equal(&now, &it.number().ok_or("how often?")?);
            }
            ["created", "only", ..] => return equal(&vendor.created, &it.number().ok_or("how many?")?),
            ["waits", "for", "a", "person", ..] => return holds(world.store.sides[at].held.as_ref(), &title),
            ["failed", "with"] => return holds(world.store.sides[at].error.as_ref(), &title),
            ["has", "a", "conflict", "about", ..] => return conflict(world, at, &title, &it.quoted[1..]),
            ["has", "no", "conflict"] => return equal(&world.store.sides[at].conflicts.len(), &0),
            ["says", "of", "that", "it", "is", "held" | "quarantined" | "filtered" | "conflicted", ..] => {
                return verdict(world, at, rest[5], &it.quoted);
            }
            ["shows", ..] => return shows(&there_shown(vendor), it),
            ["has", ..] => {
                self.items += 1;
                let event = Event { uid: format!("uid-{title}"), ..event(it)? };
                vendor.put(&format!("item{}", self.items), None, event);
            }
            ["cannot", "be", "read", "at"] => {
                let (id, event) = item_of(vendor, &title)?;
                vendor.touch(&id, |item| item.broken = true);
                vendor.put(&id, None, Event { description: "changed".into(), ..event });
            }
            ["cancels" | "moves", "of", ..] => {
                let (id, series) = item_of(vendor, &title)?;
                let slot = slot(&series, it.day().ok_or("which day?")?);
                vendor.put(&id, Some(slot), exception(&series, slot, rest[0] == "cancels", it));
            }
            ["deletes"] => {
                let (id, _) = item_of(vendor, &title)?;
                vendor.touch(&id, |item| item.deleted = true);
            }
            ["deletes", "everything"] => {
                let ids: Vec<String> = vendor.items.keys().cloned().collect();
                ids.iter().for_each(|id| vendor.touch(id, |item| item.deleted = true));
            }
            [verb, ..] => {
                let title = if *verb == "invites" { it.quoted[1].clone() } else { title };
                let (id, mut event) = item_of(vendor, &title)?;
                change(&mut event, verb, it)?;
                vendor.put(&id, None, event);
            }
            [] => return Err("what happens there?".to_owned()),
        }
        Ok(())
    }
}

fn connect(world: &mut World, name: &str, it: &Sentence<'_>) -> Held {
    let direction = if it.says("both ways") {
        SyncDirection::Bidirectional
    } else if it.says("outwards") {
        SyncDirection::Outbound
    } else {
        SyncDirection::Inbound
    };
    let policies = [("the local side wins", ConflictPolicy::Local), ("the remote side wins", ConflictPolicy::Remote)];
    let policy = policies.into_iter().find(|(words, _)| it.says(words)).map_or(ConflictPolicy::Ask, |(_, it)| it);
    let vendor = Vendor { whole: name.starts_with("caldav"), ..Vendor::default() };
    world.connections.push(Connection { name: name.to_owned(), vendor, direction, policy, released: false });
    world.store.sides.push(crate::store::Side::default());
    Ok(())
}

fn find(world: &World, name: &str) -> Result<usize, String> {
    world.connections.iter().position(|it| it.name == name).ok_or_else(|| format!("nobody is called {name}"))
}

/// `has "Review" on Dec 1 at 09:00 weekly with "ben@example.com" by "cleo@example.com"`.
fn event(it: &Sentence<'_>) -> Result<Event, String> {
    let day = it.day().ok_or("which day?")?;
    let when = match it.hour() {
        Some(hour) => timed(day, hour),
        None => {
            let start = jiff::civil::date(2026, 12, day);
            When::AllDay { start, end: start.tomorrow().map_err(|wrong| wrong.to_string())? }
        }
    };
    let mut event = Event { title: it.quoted[0].clone(), ..Event::at(when) };
    if it.says("weekly") {
        event.recurrence = Some(Recurrence { rules: vec!["FREQ=WEEKLY;COUNT=5".into()], ..Recurrence::default() });
    }
    let guests = it.quoted.iter().skip(1).filter(|word| word.contains('@'));
    let organizer = it.says("by").then(|| it.quoted.last().cloned().unwrap_or_default());
    let guest = |email: &String| Attendee { email: email.clone(), ..Attendee::default() };
    event.attendees = guests.filter(|email| Some(*email) != organizer.as_ref()).map(guest).collect();
    if let Some(email) = organizer {
        event.rights = Rights::Own;
        event.attendees.push(Attendee { email: "ada@example.com".into(), is_self: true, ..Attendee::default() });
        event.organizer = Some(Person { email, ..Person::default() });
    } else if !event.attendees.is_empty() {
        event.organizer = Some(Person { email: "ada@example.com".into(), is_self: true, ..Person::default() });
    }
    Ok(event.canonical())
}

fn vienna() -> Zone {
    Zone::iana("Europe/Vienna").unwrap()
}

fn timed(day: i8, hour: i8) -> When {
    let at = |hour: i8| Moment::zoned(jiff::civil::date(2026, 12, day).at(hour, 0, 0, 0), vienna());
    When::Timed { start: at(hour), end: at(hour + 1) }
}

fn slot(series: &Event, day: i8) -> RecurrenceId {
    let date = jiff::civil::date(2026, 12, day);
    match &series.when {
        When::AllDay { .. } => RecurrenceId::Date(date),
        When::Timed { start, .. } => {
            RecurrenceId::Utc(Moment::zoned(date.to_datetime(start.local.time()), vienna()).instant(&vienna()))
        }
    }
}

fn exception(series: &Event, slot: RecurrenceId, cancelled: bool, it: &Sentence<'_>) -> Event {
    let mut event = Event { when: series.when.at_slot(slot), recurrence: None, ..series.clone() };
    if cancelled {
        event.status = Status::Cancelled;
    } else if let (Some(day), Some(hour)) = (it.day(), it.hour()) {
        event.when = timed(day, hour);
    }
    event
}

fn change(event: &mut Event, verb: &str, it: &Sentence<'_>) -> Held {
    let second = it.quoted.get(1).cloned();
    match (verb, second) {
        ("renames", Some(title)) => event.title = title,
        ("places", Some(room)) => event.location = room,
        ("describes", Some(text)) => event.description = text,
        ("invites", Some(_)) => {
            let email = it.quoted[0].clone();
            event.attendees.push(Attendee { email, ..Attendee::default() });
        }
        ("moves", None) => event.when = timed(it.day().ok_or("which day?")?, it.hour().ok_or("which hour?")?),
        _ => return Err(format!("nobody knows how to {verb}")),
    }
    Ok(())
}

fn here_shown(world: &World) -> Vec<Event> {
    world.store.events.values().filter(|row| !row.deleted).map(|row| row.event.clone()).collect()
}

fn there_shown(vendor: &Vendor) -> Vec<Event> {
    let live = vendor.items.values().filter(|item| !item.deleted);
    live.flat_map(|item| item.parts.values().map(|part| part.event.clone())).collect()
}

/// `shows "Review" once`, `… on Dec 1 at 09:00`, `… in "Room 2"`, `… with 2 guests`.
fn shows(events: &[Event], it: &Sentence<'_>) -> Held {
    let title = it.quoted.first().ok_or("which event?")?;
    let of_title = || events.iter().filter(|event| event.title == *title && event.status != Status::Cancelled);
    let said = || format!("it shows {:?}", events.iter().map(|event| (&event.title, &event.when)).collect::<Vec<_>>());
    if it.says("cancelled") {
        // A vendor often names nothing of a cancelled occurrence but its slot.
        let named = |event: &Event| event.title == *title || event.title.is_empty();
        let gone = events.iter().any(|event| named(event) && event.status == Status::Cancelled);
        return if gone { Ok(()) } else { Err(said()) };
    }
    let fits = |event: &&Event| {
        let room = it.quoted.get(1).is_none_or(|room| event.location == *room);
        let when = match (it.day(), it.hour()) {
            (Some(day), Some(hour)) => event.when == timed(day, hour),
            (Some(day), None) => event.when.start_local().date() == jiff::civil::date(2026, 12, day),
            _ => true,
        };
        let guests = !it.says("guests") || it.number() == Some(event.attendees.len());
        room && when && guests
    };
    let found = of_title().filter(fits).count();
    let counts = it.says("once") || it.says("twice") || it.says("never");
    let wanted = it.number().filter(|_| counts);
    if wanted.map_or(found > 0, |wanted| found == wanted) { Ok(()) } else { Err(said()) }
}

fn row_of(world: &World, title: &str) -> Result<(String, Event), String> {
    let found =
        world.store.events.iter().find(|(_, row)| row.event.title == title && !row.deleted && row.slot.is_none());
    found.map(|(id, row)| (id.clone(), row.event.clone())).ok_or_else(|| format!("here is no {title:?}"))
}

fn item_of(vendor: &Vendor, title: &str) -> Result<(String, Event), String> {
    let live = vendor.items.iter().filter(|(_, item)| !item.deleted);
    let mut masters = live.filter_map(|(id, item)| Some((id.clone(), item.parts.get(&None)?.event.clone())));
    masters.find(|(_, event)| event.title == title).ok_or_else(|| format!("there is no {title:?}"))
}

fn mapping<'a>(world: &'a World, at: usize, title: &str) -> Option<&'a MappingWrite> {
    let here = world.store.events.iter().find(|(_, row)| row.event.title == title).map(|(id, _)| id.as_str());
    let items = &world.connections[at].vendor.items;
    let there = items.iter().find(|(_, item)| item.parts.values().any(|part| part.event.title == title));
    let there = there.map(|(id, _)| id.as_str());
    world.store.sides[at].mappings.values().find(|row| {
        row.event_id.is_some() && row.event_id.as_deref() == here || Some(row.external_event_id.as_str()) == there
    })
}

fn verdict(world: &World, at: usize, word: &str, quoted: &[String]) -> Held {
    let row = mapping(world, at, &quoted[0]).ok_or("nothing is known of it")?;
    let wanted: Verdict = word.parse().map_err(|_| "no such verdict")?;
    equal(&row.verdict, &wanted)?;
    quoted.get(1).map_or(Ok(()), |reason| holds(Some(&row.reason), reason))
}

fn conflict(world: &World, at: usize, title: &str, fields: &[String]) -> Held {
    let named = |event: &Option<Box<Event>>| event.as_ref().is_some_and(|event| event.title == title);
    let found =
        world.store.sides[at].conflicts.iter().find(|it| named(&it.local) || named(&it.remote) || named(&it.base));
    let conflict = found.ok_or("there is none")?;
    equal(&conflict.fields, &fields.to_vec())
}

fn holds(text: Option<&String>, wanted: &str) -> Held {
    match text {
        Some(text) if text.contains(wanted) => Ok(()),
        other => Err(format!("it says {other:?}")),
    }
}

fn equal<T: PartialEq + std::fmt::Debug>(found: &T, wanted: &T) -> Held {
    if found == wanted { Ok(()) } else { Err(format!("{found:?} instead of {wanted:?}")) }
}
