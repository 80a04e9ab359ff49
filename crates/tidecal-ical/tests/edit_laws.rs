//! What holds for every edit of every text.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "support/random.rs"]
#[allow(unreachable_pub)]
mod random;
#[path = "support/says.rs"]
mod says;
mod support;

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use says::{event, key, local};
use tidecal_ical::edit::{Change, Edit, apply, changes, edits};
use tidecal_ical::{
    Component, ReadLimits, Recurrence, RecurrenceId, Trigger, VEvent, Zone, normalize_rule, read, write,
};

fn config() -> ProptestConfig {
    let fixed = ProptestConfig {
        cases: 300,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(3),
        ..ProptestConfig::default()
    };
    proptest::test_runner::contextualize_config(fixed)
}

/// How a text of other people's making differs from what this crate writes.
#[derive(Clone, Copy, Debug)]
struct Habits {
    line_feeds: bool,
    fold_at: usize,
    extra: bool,
}

fn habits() -> impl Strategy<Value = Habits> {
    (any::<bool>(), prop::sample::select(vec![20_usize, 60, 998]), any::<bool>())
        .prop_map(|(line_feeds, fold_at, extra)| Habits { line_feeds, fold_at, extra })
}

fn foreign(events: &[VEvent], habits: Habits) -> String {
    let text = write(None, events).replace("\r\n ", "");
    let mut out = String::new();
    for line in text.split_terminator("\r\n") {
        let mut width = 0;
        for c in line.chars() {
            if width >= habits.fold_at {
                out += "\r\n ";
                width = 0;
            }
            out.push(c);
            width += 1;
        }
        out += "\r\n";
        if habits.extra && line.starts_with("DTSTAMP") {
            out += "X-KEEP;X-P=\"a:b;c\":1\\,2\r\n";
        }
        if habits.extra && line == "BEGIN:VALARM" {
            out += "X-WR-ALARMUID:1\r\n";
        }
    }
    if habits.line_feeds { out.replace("\r\n", "\n") } else { out }
}

fn read_back(text: &[u8]) -> Vec<VEvent> {
    let components = read(text, &ReadLimits::default()).unwrap().components;
    let events = components.into_iter().map(|component| match component {
        Component::Event(event) => *event,
        Component::Unreadable { reason, raw, .. } => panic!("{reason}\n{raw}"),
    });
    events.collect()
}

/// What edits can set, lists in one order, as sync adapters see it.
fn seen(event: &VEvent) -> VEvent {
    let mut event = VEvent { raw: String::new(), zone_guessed: false, html_description: None, ..event.clone() };
    (event.stamp, event.created, event.last_modified, event.sequence) = (None, None, None, 0);
    event.transparent |= event.busy_status.as_deref() == Some("FREE");
    event.busy_status = None;
    event.this_and_future = false;
    event.attendees.retain(|guest| !guest.email.is_empty());
    event.attendees.sort_by(|a, b| a.email.cmp(&b.email));
    event.attendees.dedup_by(|later, first| later.email == first.email);
    event.attendees.iter_mut().for_each(|guest| guest.schedule_agent = None);
    event.categories.sort_unstable();
    event.categories.dedup();
    event.conference_urls.sort_unstable();
    event.attachments.extend(event.url.take().map(|url| tidecal_ical::Attachment { url, name: String::new() }));
    event.attachments.sort_by(|a, b| a.url.cmp(&b.url).then(b.name.cmp(&a.name)));
    event.attachments.dedup_by(|later, first| later.url == first.url);
    let start = event.when.span(&Zone::utc()).0;
    for alarm in &mut event.alarms {
        if let Trigger::At(at) = alarm.trigger {
            alarm.trigger = Trigger::BeforeStart(start.duration_since(at).as_mins());
        }
        if alarm.action == tidecal_ical::AlarmAction::Audio {
            alarm.action = tidecal_ical::AlarmAction::Display;
        }
    }
    event.alarms.sort_by_key(|alarm| format!("{alarm:?}"));
    for rules in [&mut event.recurrence.rules, &mut event.recurrence.exclusion_rules] {
        rules.iter_mut().for_each(|rule| *rule = normalize_rule(rule).unwrap());
        rules.sort_unstable();
    }
    event
}

/// A master, or a single event.
fn single() -> impl Strategy<Value = VEvent> {
    event().prop_map(|event| {
        let mut event = VEvent { recurrence_id: None, this_and_future: false, uid: "a@example.com".into(), ..event };
        let mut known = BTreeSet::new();
        event.attendees.retain(|guest| known.insert(guest.email.clone()));
        let mut urls: BTreeSet<String> = event.url.iter().cloned().collect();
        event.attachments.retain(|link| urls.insert(link.url.clone()));
        event
    })
}

/// The master with a few exceptions, whose keys neither series excludes.
fn with_exceptions(master: &VEvent, exceptions: &[(RecurrenceId, VEvent)]) -> Vec<VEvent> {
    let mut all = vec![master.clone()];
    all.extend(exceptions.iter().map(|(slot, event)| VEvent {
        recurrence_id: Some(*slot),
        recurrence: Recurrence::default(),
        ..event.clone()
    }));
    all
}

/// The keys in the form of that series.
fn rekeyed(series: &VEvent, ids: &[RecurrenceId]) -> Vec<RecurrenceId> {
    let keys = ids.iter().map(|id| {
        let local = match id {
            RecurrenceId::Date(date) => date.at(9, 0, 0, 0),
            RecurrenceId::Floating(at) => *at,
            RecurrenceId::Utc(at) => Zone::utc().rules().to_datetime(*at),
        };
        key(&series.when, local)
    });
    keys.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Logical lines as they stand, each with its name and the component it is directly in.
fn raw_lines(text: &str) -> Vec<(String, String, String)> {
    let mut logical: Vec<String> = Vec::new();
    for line in text.split_inclusive('\n') {
        match logical.last_mut().filter(|_| line.starts_with(' ')) {
            Some(whole) => whole.push_str(line),
            None => logical.push(line.to_owned()),
        }
    }
    let mut open: Vec<String> = Vec::new();
    let named = logical.into_iter().map(|line| {
        let unfolded = line.replace("\r\n ", "").replace("\n ", "");
        let (name, value) = unfolded.trim_end().split_once([':', ';']).unwrap_or_default();
        if name == "BEGIN" {
            open.push(value.to_owned());
        }
        let component = open.last().cloned().unwrap_or_default();
        if name == "END" {
            open.pop();
        }
        (component, name.to_owned(), line)
    });
    named.collect()
}

/// Properties and components that a change may touch.
fn touched(change: &Change) -> &'static [&'static str] {
    match change {
        Change::Summary(_) => &["SUMMARY"],
        Change::Description(_) => &["DESCRIPTION", "X-ALT-DESC"],
        Change::Location(_) => &["LOCATION", "GEO"],
        Change::When(_) => &["DTSTART", "DTEND", "DURATION", "VTIMEZONE", "STANDARD", "DAYLIGHT"],
        Change::Recurrence(_) => &["RRULE", "EXRULE", "RDATE", "EXDATE", "VTIMEZONE", "STANDARD", "DAYLIGHT"],
        Change::Status(_) => &["STATUS"],
        Change::Class(_) => &["CLASS"],
        Change::Transparent(_) => &["TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS"],
        Change::Categories(_) => &["CATEGORIES"],
        Change::Url(_) => &["URL"],
        Change::Conferences(_) => &["CONFERENCE"],
        Change::Links(_) => &["ATTACH", "URL"],
        Change::Color(_) => &["COLOR"],
        Change::Organizer(_) => &["ORGANIZER"],
        Change::Attendee { .. } | Change::RemoveAttendee(_) => &["ATTENDEE"],
        Change::Alarms(_) => &["VALARM"],
        Change::Sequence(_) => &["SEQUENCE"],
        Change::Touched(_) => &["DTSTAMP", "LAST-MODIFIED"],
        Change::Property { .. } => &["X-TIDECAL-ID"],
    }
}

/// The lines that the change must leave alone.
fn untouched(text: &str, change: &Change) -> String {
    let names = touched(change);
    let in_event = |component: &str| matches!(component, "VEVENT");
    let lines = raw_lines(text).into_iter().filter(|(component, name, _)| {
        !(names.contains(&component.as_str()) || in_event(component) && names.contains(&name.as_str()))
    });
    lines.map(|(.., line)| line).collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_set_is_read_back_and_nothing_else_changes(base in single(), new in single(), habits in habits()) {
        let text = foreign(std::slice::from_ref(&base), habits);
        let base = read_back(text.as_bytes()).remove(0);
        let mut present = text.clone();
        for change in changes(&seen(&base), &seen(&new)) {
            let edit = Edit::Change { slot: None, change: change.clone() };
            let after = String::from_utf8(apply(present.as_bytes(), std::slice::from_ref(&edit)).unwrap()).unwrap();
            prop_assert_eq!(untouched(&present, &change), untouched(&after, &change), "{:?}", change);
            let ends = if habits.line_feeds { after.matches('\r').count() } else { after.replace("\r\n", "").matches('\n').count() };
            prop_assert_eq!(ends, 0);
            let once_more = apply(after.as_bytes(), &[edit]).unwrap();
            prop_assert_eq!(String::from_utf8(once_more).unwrap(), after.clone(), "{:?}", change);
            present = after;
        }
        let read = read_back(present.as_bytes()).remove(0);
        prop_assert_eq!(seen(&read), seen(&new), "{}", present);
        let events = [seen(&base), seen(&new)];
        let at_once = apply(text.as_bytes(), &edits(&events[..1], &events[1..])).unwrap();
        prop_assert_eq!(String::from_utf8(at_once).unwrap(), present);
    }

    #[test]
    fn a_series_becomes_the_other_with_its_exceptions(
        base in single(),
        new in single(),
        exceptions in vec((local(), single(), single(), 0..3_u8), 0..4),
        habits in habits(),
    ) {
        let mut new = new;
        new.when = base.when.clone();
        new.recurrence.dates = rekeyed(&base, &new.recurrence.dates);
        new.recurrence.excluded = rekeyed(&base, &new.recurrence.excluded);
        new.recurrence.periods.clear();
        let mut slots = BTreeSet::new();
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for (at, old, changed, fate) in exceptions {
            let slot = key(&base.when, at);
            if !slots.insert(slot) {
                continue;
            }
            if fate != 0 { before.push((slot, old)); }
            if fate != 1 { after.push((slot, changed)); }
        }
        let mut base = base;
        for event in [&mut base, &mut new] {
            event.recurrence.excluded.retain(|id| !slots.contains(id));
        }
        let text = foreign(&with_exceptions(&base, &before), habits);
        let base: Vec<VEvent> = read_back(text.as_bytes()).iter().map(seen).collect();
        let new: Vec<VEvent> = with_exceptions(&new, &after).iter().map(seen).collect();
        let edits = edits(&base, &new);
        let present = apply(text.as_bytes(), &edits).unwrap();
        let mut read: Vec<VEvent> = read_back(&present).iter().map(seen).collect();
        read.sort_by_key(|event| event.recurrence_id);
        let mut wanted = new;
        wanted.sort_by_key(|event| event.recurrence_id);
        prop_assert_eq!(read, wanted, "{:#?}\n{}", edits, String::from_utf8_lossy(&present));
        prop_assert_eq!(apply(&present, &edits).unwrap(), present);
    }
}

const FIXTURES: [&[u8]; 7] = [
    include_bytes!("fixtures/exchange.ics"),
    include_bytes!("fixtures/google.ics"),
    include_bytes!("fixtures/apple.ics"),
    include_bytes!("fixtures/junk.ics"),
    include_bytes!("fixtures/custom-zones.ics"),
    include_bytes!("fixtures/latin1.ics"),
    include_bytes!("fixtures/folded-in-character.ics"),
];

/// Texts of other people's making: no edit leaves them as they are, to the byte; an edit changes
/// nothing beyond its lines.
#[test]
fn the_fixtures_survive_every_edit_but_for_its_lines() {
    for text in FIXTURES {
        assert_eq!(apply(text, &[]).unwrap(), text);
        let change = Change::Property { name: "X-TIDECAL-ID".into(), value: Some("e1".into()) };
        let edit = |value: Option<&str>| Edit::Change {
            slot: None,
            change: Change::Property { name: "X-TIDECAL-ID".into(), value: value.map(str::to_owned) },
        };
        let marked = apply(text, &[edit(Some("e1"))]).unwrap();
        assert_eq!(marked.len(), text.len() + "X-TIDECAL-ID:e1".len() + line_end(text));
        assert_eq!(apply(&marked, &[edit(None)]).unwrap(), text);
        if let (Ok(old), Ok(new)) = (std::str::from_utf8(text), std::str::from_utf8(&marked)) {
            assert_eq!(untouched(old, &change), untouched(new, &change));
        }
        for own in read_back_lenient(text) {
            let slot = own.recurrence_id;
            let same: Vec<Edit> = changes(&VEvent { raw: String::new(), ..VEvent::at(own.when.clone()) }, &own)
                .into_iter()
                .map(|change| Edit::Change { slot, change })
                .collect();
            if own.uid == read_back_lenient(text)[0].uid {
                assert_eq!(apply(text, &same).map(|new| new == text), Ok(true), "{same:#?}");
            }
        }
    }
}

fn line_end(text: &[u8]) -> usize {
    if text.windows(2).any(|pair| pair == b"\r\n") { 2 } else { 1 }
}

fn read_back_lenient(text: &[u8]) -> Vec<VEvent> {
    let components = read(text, &ReadLimits::default()).unwrap().components;
    let events = components.into_iter().filter_map(|component| match component {
        Component::Event(event) => Some(*event),
        Component::Unreadable { .. } => None,
    });
    events.collect()
}
