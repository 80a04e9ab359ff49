//! An event reads back exactly as it was written, whatever it says.

use crate::fixture::{commit_once, home, later, mapping, mirrored, now, single, update};
use crate::harness::{Db, on_both};
use jiff::civil::{Date, DateTime};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use tidecal_core::model::{
    Attendee, AttendeeKind, AttendeeRole, Conference, Event, EventType, Link, Person, Reminder, ReminderMethod,
    Reminders, Response, Rights, Status, Transparency, Visibility,
};
use tidecal_core::sync::Writes;
use tidecal_ical::{Moment, Recurrence, RecurrenceId, When, Zone};

on_both!(any_event_reads_back_exactly, words_of_other_scripts_and_controls_survive);

const EVENTS: usize = 300;

async fn any_event_reads_back_exactly(db: Db) {
    let home = home(&db.store, "ada").await;
    let mut runner = TestRunner::deterministic();
    let made: Vec<Event> = (0..EVENTS).map(|_| event().new_tree(&mut runner).unwrap().current()).collect();
    let names: Vec<String> = (0..EVENTS).map(|number| format!("e{number:04}")).collect();
    let rows: Vec<_> = names.iter().map(|name| single(name)).zip(made.iter().cloned()).collect();
    commit_once(&db.store, &home.connection.id, &mirrored(&rows), "c1", now()).await;
    for (name, event) in names.iter().zip(&made) {
        let read = db.store.tenant(&home.scope).get_event(name).await.unwrap().row;
        assert_eq!(&read.event, event);
        assert_eq!((read.start_at <= read.end_at, read.series_end_at.is_none()), (true, event.recurrence.is_some()));
    }
    // The same through an update: every event takes the content of its neighbour.
    let turned: Vec<Event> = made.iter().cycle().skip(1).take(EVENTS).cloned().collect();
    let writes = Writes {
        events: names.iter().zip(&turned).map(|(name, event)| update(single(name), 1, event)).collect(),
        mappings: names.iter().zip(&turned).map(|(name, event)| mapping(single(name), 2, event)).collect(),
        ..Writes::default()
    };
    commit_once(&db.store, &home.connection.id, &writes, "c2", later(20)).await;
    for (name, event) in names.iter().zip(&turned) {
        assert_eq!(&db.store.tenant(&home.scope).get_event(name).await.unwrap().row.event, event);
    }
}

async fn words_of_other_scripts_and_controls_survive(db: Db) {
    let home = home(&db.store, "ada").await;
    let mut odd = crate::fixture::event("Ünïcödé 会議 👩‍💻 ' \" \\ % ; -- $1 ?", "2026-11-23T09:00:00Z");
    odd.description = "tab\tline\nquote ''; DROP TABLE profiles; --".into();
    // A null byte outside the cleaned fields: PostgreSQL refuses it in text, JSON escapes it.
    odd.links = vec![Link { url: "https://example.com/\u{0}".into(), title: String::new() }];
    commit_once(&db.store, &home.connection.id, &mirrored(&[(single("e1"), odd.clone())]), "c1", now()).await;
    assert_eq!(db.store.tenant(&home.scope).get_event("e1").await.unwrap().row.event, odd);
    let mut null = odd.clone();
    null.uid = "a\u{0}b".into();
    let writes = Writes { events: vec![update(single("e1"), 1, &null)], ..Writes::default() };
    commit_once(&db.store, &home.connection.id, &writes, "c2", later(20)).await;
    let read = db.store.tenant(&home.scope).get_event("e1").await.unwrap().row.event;
    assert_eq!(read.uid, "a\u{fffd}b", "both databases store the same replacement");
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[^\\p{Cc}]{1,40}", "[a-zA-Z '\"\\\\\n]{1,80}"]
}

fn date() -> impl Strategy<Value = Date> {
    (1900_i16..2200, 1_i8..=12, 1_i8..=28).prop_map(|(year, month, day)| jiff::civil::date(year, month, day))
}

fn local() -> impl Strategy<Value = DateTime> {
    (date(), 0_i8..24, 0_i8..60, 0_i8..60).prop_map(|(date, hour, minute, second)| date.at(hour, minute, second, 0))
}

fn zone() -> impl Strategy<Value = Zone> {
    prop::sample::select(vec!["UTC", "Europe/Vienna", "America/New_York", "Asia/Kolkata", "Pacific/Apia"])
        .prop_map(|name| Zone::iana(name).unwrap())
}

fn when() -> impl Strategy<Value = When> {
    let days = (date(), 1_i64..20).prop_map(|(start, days)| {
        let end = start.checked_add(jiff::Span::new().days(days)).unwrap();
        When::AllDay { start, end }
    });
    let moved = |local: DateTime, minutes: i64| local.checked_add(jiff::Span::new().minutes(minutes)).unwrap();
    let floating = (local(), 0_i64..5_000).prop_map(move |(start, minutes)| When::Timed {
        start: Moment { local: start, zone: None },
        end: Moment { local: moved(start, minutes), zone: None },
    });
    let zoned = (local(), 0_i64..5_000, zone(), zone()).prop_map(move |(start, minutes, from, to)| When::Timed {
        start: Moment::zoned(start, from),
        end: Moment::zoned(moved(start, minutes), to),
    });
    prop_oneof![days, floating, zoned]
}

fn recurrence_id() -> impl Strategy<Value = RecurrenceId> {
    prop_oneof![
        date().prop_map(RecurrenceId::Date),
        local().prop_map(RecurrenceId::Floating),
        local().prop_map(|at| RecurrenceId::Utc(at.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp())),
    ]
}

fn recurrence() -> impl Strategy<Value = Recurrence> {
    (vec("FREQ=(DAILY|WEEKLY);COUNT=[1-9]", 0..2), vec(recurrence_id(), 0..4), vec(recurrence_id(), 0..4))
        .prop_map(|(rules, dates, excluded)| Recurrence { rules, dates, excluded, ..Recurrence::default() })
}

fn attendee() -> impl Strategy<Value = Attendee> {
    let role = prop::sample::select(vec![AttendeeRole::Required, AttendeeRole::Optional, AttendeeRole::Informed]);
    let kind = prop::sample::select(vec![AttendeeKind::Individual, AttendeeKind::Room, AttendeeKind::Resource]);
    let response = prop::sample::select(vec![Response::NeedsAction, Response::Accepted, Response::Delegated]);
    ("[a-z]{1,8}@example\\.com", text(), role, kind, response, any::<bool>(), text()).prop_map(
        |(email, name, role, kind, response, is_self, comment)| Attendee {
            email,
            name,
            role,
            kind,
            response,
            is_self,
            comment,
        },
    )
}

fn reminders() -> impl Strategy<Value = Reminders> {
    let method = prop::sample::select(vec![ReminderMethod::Popup, ReminderMethod::Email]);
    let one = (-600_i64..50_000, method).prop_map(|(minutes_before, method)| Reminder { minutes_before, method });
    prop_oneof![Just(Reminders::CalendarDefault), vec(one, 0..4).prop_map(Reminders::Own)]
}

fn event() -> impl Strategy<Value = Event> {
    let words = (text(), text(), text(), text());
    let states = (
        prop::sample::select(vec![Status::Confirmed, Status::Tentative, Status::Cancelled]),
        prop::sample::select(vec![
            Visibility::Default,
            Visibility::Public,
            Visibility::Private,
            Visibility::Confidential,
        ]),
        prop::sample::select(vec![Transparency::Opaque, Transparency::Transparent]),
        prop::sample::select(EventType::ALL.to_vec()),
    );
    let people = (
        prop::option::of((text(), text(), any::<bool>()).prop_map(|(email, name, is_self)| Person {
            email,
            name,
            is_self,
        })),
        vec(attendee(), 0..5),
        any::<bool>(),
    );
    let rest = (
        reminders(),
        prop::option::of((text(), text(), text()).prop_map(|(url, name, phone)| Conference { url, name, phone })),
        vec(text(), 0..4),
        vec((text(), text()).prop_map(|(url, title)| Link { url, title }), 0..3),
        prop::sample::select(vec![Rights::Full, Rights::Own, Rights::Read]),
    );
    (words, when(), any::<bool>(), prop::option::of(recurrence()), states, people, rest).prop_map(
        |(words, when, zone_guessed, recurrence, states, people, rest)| Event {
            uid: words.0,
            title: words.1,
            description: words.2,
            location: words.3,
            when,
            zone_guessed,
            recurrence,
            status: states.0,
            visibility: states.1,
            transparency: states.2,
            event_type: states.3,
            organizer: people.0,
            attendees: people.1,
            attendees_omitted: people.2,
            reminders: rest.0,
            conference: rest.1,
            categories: rest.2,
            links: rest.3,
            rights: rest.4,
        },
    )
}
