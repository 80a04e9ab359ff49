//! Random events, with everything that an event can say.
#![allow(dead_code, unreachable_pub)]

use jiff::civil::{DateTime, date};
use jiff::{Timestamp, ToSpan};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use tidecal_ical::{
    Alarm, AlarmAction, Attachment, Attendee, AttendeeKind, Class, Moment, PartStat, Period, Person, Recurrence,
    RecurrenceId, Role, Trigger, VEvent, VStatus, When, Zone,
};

use crate::random;
use crate::support::zone;

const ZONES: [&str; 8] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Asia/Jerusalem",
    "Asia/Kolkata",
    "UTC",
];

pub fn local() -> impl Strategy<Value = DateTime> {
    let day = (-10_000..40_000_i32).prop_map(|days| date(1990, 1, 1).checked_add(days.days()).unwrap());
    (day, 0..24_i8, 0..60_i8, 0..60_i8).prop_map(|(day, hour, minute, second)| day.at(hour, minute, second, 0))
}

pub fn instant() -> impl Strategy<Value = Timestamp> {
    (0..4_000_000_000_i64).prop_map(|second| Timestamp::from_second(second).unwrap())
}

pub fn when() -> impl Strategy<Value = When> {
    let days = (local(), 1..40_i32).prop_map(|(start, days)| {
        let start = start.date();
        When::AllDay { start, end: start.checked_add(days.days()).unwrap() }
    });
    let floating = (local(), 0..100_000_i64).prop_map(|(start, seconds)| When::Timed {
        start: Moment { local: start, zone: None },
        end: Moment { local: start.checked_add(seconds.seconds()).unwrap(), zone: None },
    });
    let zoned = (local(), 0..100_000_i64, 0..ZONES.len(), 0..ZONES.len()).prop_map(|(start, seconds, from, to)| {
        let start = Moment::zoned(start, zone(ZONES[from]));
        let to = zone(ZONES[to]);
        let at = start.instant(&to).checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap();
        let mut end = Moment::zoned(to.rules().to_datetime(at), to.clone());
        // The second run of a repeated hour cannot be written as local time.
        if end.instant(&to) != at {
            end = Moment::zoned(end.local.checked_add(2.hours()).unwrap(), to);
        }
        When::Timed { start, end }
    });
    prop_oneof![days, floating, zoned]
}

pub fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[ -~]{1,90}",
        "[a-zà-ž€😀,;:\\\\\"^\n]{1,120}",
        "(BEGIN:VEVENT\n|END:VCALENDAR\n| fold|\n ){1,4}x",
    ]
}

pub fn name() -> impl Strategy<Value = String> {
    "[a-zA-Zé,;:\"^.' -]{0,30}".prop_map(|name| name.trim().to_owned())
}

pub fn link() -> impl Strategy<Value = String> {
    "https://[a-z]{1,9}\\.example\\.com/[a-zA-Z0-9?=&%,;_./-]{0,90}"
}

pub fn email() -> impl Strategy<Value = String> {
    prop_oneof![1 => Just(String::new()), 9 => "[a-z0-9._+-]{1,12}@example\\.org"]
}

pub fn attendee() -> impl Strategy<Value = Attendee> {
    let role = prop::sample::select(vec![Role::Chair, Role::Required, Role::Optional, Role::NonParticipant]);
    let kind = prop::sample::select(vec![
        AttendeeKind::Individual,
        AttendeeKind::Group,
        AttendeeKind::Resource,
        AttendeeKind::Room,
        AttendeeKind::Unknown,
    ]);
    let partstat = prop::sample::select(vec![
        PartStat::NeedsAction,
        PartStat::Accepted,
        PartStat::Declined,
        PartStat::Tentative,
        PartStat::Delegated,
    ]);
    let agent = option::of(prop::sample::select(vec!["SERVER".to_owned(), "CLIENT".to_owned()]));
    let comment = option::of("[a-z,;:\"^\né]{1,40}");
    ((email(), name(), role, kind), (partstat, any::<bool>(), comment, agent)).prop_map(
        |((email, name, role, kind), (partstat, rsvp, comment, schedule_agent))| {
            let comment = comment.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
            Attendee { email, name, role, kind, partstat, rsvp, comment, schedule_agent }
        },
    )
}

pub fn alarm() -> impl Strategy<Value = Alarm> {
    let trigger = prop_oneof![(-2_000..50_000_i64).prop_map(Trigger::BeforeStart), instant().prop_map(Trigger::At)];
    let action = prop::sample::select(vec![AlarmAction::Display, AlarmAction::Audio, AlarmAction::Email]);
    (trigger, action).prop_map(|(trigger, action)| Alarm { trigger, action })
}

/// A key in the form of the series.
pub fn key(when: &When, at: DateTime) -> RecurrenceId {
    match (when, when.zone()) {
        (When::AllDay { .. }, _) => RecurrenceId::Date(at.date()),
        (_, None) => RecurrenceId::Floating(at),
        (_, Some(zone)) => RecurrenceId::Utc(Moment::zoned(at, Zone::utc()).instant(zone)),
    }
}

pub fn sorted(when: &When, dates: &[DateTime]) -> Vec<RecurrenceId> {
    let mut keys: Vec<RecurrenceId> = dates.iter().map(|at| key(when, *at)).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Every other date lasts ten times its day of the month in minutes.
fn periods(dates: &[RecurrenceId]) -> Vec<Period> {
    let lasting = dates.iter().step_by(2).map(|id| {
        let day: u32 = id.to_string()[6..8].parse().unwrap();
        Period { start: *id, seconds: day * 600 }
    });
    lasting.collect()
}

pub fn says() -> impl Strategy<Value = VEvent> {
    let states = (
        option::of(prop::sample::select(vec![VStatus::Tentative, VStatus::Confirmed, VStatus::Cancelled])),
        option::of(prop::sample::select(vec![Class::Public, Class::Private, Class::Confidential])),
        any::<bool>(),
        option::of(prop::sample::select(vec!["FREE".to_owned(), "OOF".to_owned()])),
        option::of(prop::sample::select(vec!["tomato".to_owned(), "navy".to_owned()])),
    );
    let people = (option::of((email(), name())), vec(attendee(), 0..4), vec(alarm(), 0..3));
    let links = (
        option::of(link()),
        prop::collection::btree_set(link(), 0..3),
        vec("[a-z,; \\\\]{1,12}", 0..4),
        vec((link(), name()), 0..3),
    );
    let texts = (text(), text(), option::of(text()), text());
    (texts, states, people, links).prop_map(|(texts, states, people, links)| {
        let mut event = VEvent::at(When::AllDay { start: date(2026, 1, 1), end: date(2026, 1, 2) });
        (event.summary, event.description, event.html_description, event.location) = texts;
        event.html_description = event.html_description.filter(|html| !html.is_empty());
        (event.status, event.class, event.transparent, event.busy_status, event.color) = states;
        let (organizer, attendees, alarms) = people;
        let organizer = organizer.map(|(email, name)| Person { email, name });
        event.organizer = organizer.filter(|person| *person != Person::default());
        (event.attendees, event.alarms) = (attendees, alarms);
        let (url, conferences, categories, attachments) = links;
        event.url = url;
        event.conference_urls = conferences.into_iter().collect();
        let categories = categories.iter().map(|category| category.trim().to_owned());
        event.categories = categories.filter(|category| !category.is_empty()).collect();
        event.attachments = attachments.into_iter().map(|(url, name)| Attachment { url, name }).collect();
        event
    })
}

pub fn event() -> impl Strategy<Value = VEvent> {
    let stamps = (instant(), option::of(instant()), option::of(instant()), 0..5_u32);
    let recurrence = (vec(random::rule(), 0..3), vec(random::rule(), 0..2), vec(local(), 0..4), vec(local(), 0..4));
    let place = (option::of(local()), any::<bool>());
    (when(), says(), "[a-zA-Z0-9@.-]{0,90}", stamps, recurrence, place).prop_map(
        |(
            when,
            mut event,
            uid,
            (stamp, created, last_modified, sequence),
            (rules, exrules, dates, excluded),
            place,
        )| {
            event.uid = uid;
            (event.stamp, event.created, event.last_modified, event.sequence) =
                (Some(stamp), created, last_modified, sequence);
            event.recurrence_id = place.0.map(|at| key(&when, at));
            event.this_and_future = place.1 && event.recurrence_id.is_some();
            event.recurrence = Recurrence {
                rules,
                exclusion_rules: exrules,
                dates: sorted(&when, &dates),
                excluded: sorted(&when, &excluded),
                periods: Vec::new(),
            };
            if !when.is_all_day() {
                event.recurrence.periods = periods(&event.recurrence.dates);
            }
            event.when = when;
            event
        },
    )
}
