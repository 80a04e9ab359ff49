//! Prints the bodies of all writes that the Outlook adapter sends, one JSON object `{"operation", "body"}` a line: events
//! of every kind are created, changed, excepted and answered at a sandbox, and its ledger says what arrived.
//! `judge/types.mjs` compares them with Microsoft's own types.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

#[path = "../tests/outlook/peer.rs"]
#[allow(dead_code)]
mod peer;

use jiff::civil::date;
use serde_json::{Value, json};
use tidecal_core::model::{
    Attendee, AttendeeKind, AttendeeRole, Conference, Event, EventType, Reminder, ReminderMethod, Reminders, Response,
    Status, Transparency, Visibility,
};
use tidecal_core::remote::{
    Answer, ComponentWrite, Content, ItemRef, Mail, Mark, RemoteChange, RemoteComponent, RemoteSeries, RemoteWrite,
    WriteAction,
};
use tidecal_core::sync::{Field, differing};
use tidecal_ical::{Moment, Recurrence, RecurrenceId, When, Zone};
use tidecal_providers::Access;

use peer::{ADA, BEN, Peer, timed};

#[tokio::main]
async fn main() {
    let peer = Peer::empty().await;
    let access = peer.connect(ADA).await;
    let calendar = peer.main_calendar(&access).await;
    let desk = Desk { peer, access, calendar };
    for (number, event) in events().into_iter().enumerate() {
        desk.lives(number, event).await;
    }
    desk.answers().await;
    let ledger = desk.peer.control("GET", "ledger?operation=graph.*&writes=true", Value::Null).await;
    for line in ledger["items"].as_array().unwrap() {
        assert!(line["status"].as_u64().unwrap() < 300, "{line}");
        if !line["body"].is_null() {
            println!("{}", json!({"operation": line["operation"], "body": line["body"]}));
        }
    }
}

struct Desk {
    peer: Peer,
    access: Access,
    calendar: String,
}

impl Desk {
    /// Created, changed in every field, with an exception and a gap if it is a series.
    async fn lives(&self, number: usize, event: Event) {
        let guests = if event.attendees.is_empty() { Mail::Nobody } else { Mail::Guests };
        let (before, after) = self.peer.adapter().new_item(&self.calendar);
        let whole = ComponentWrite {
            item: None,
            recurrence_id: None,
            before: None,
            after: Some(Box::new(event.clone())),
            fields: Field::ALL.to_vec(),
        };
        let mark = Mark { calendar_id: "calendar".into(), event_id: format!("event-{number}") };
        let action = WriteAction::Create { mark, components: vec![whole] };
        let series = self.write(format!("{before}key{number}ag0{after}"), action, guests).await;
        let shown = series.components[0].clone();
        let was = content(&shown).clone();
        let now = Event {
            title: format!("{}, changed", was.title),
            description: "<p>Another <b>text</b></p>".into(),
            location: "Elsewhere".into(),
            transparency: Transparency::Transparent,
            visibility: Visibility::Private,
            categories: vec!["Green category".into()],
            reminders: Reminders::Own(vec![]),
            recurrence: was.recurrence.clone().map(|own| Recurrence { rules: vec!["FREQ=WEEKLY".into()], ..own }),
            ..was.clone()
        };
        let item = ItemRef { id: shown.id.clone(), version: shown.version.clone() };
        let series = self.write(shown.id.clone(), update(Some(item), None, &was, &now), guests).await;
        if now.recurrence.is_some() {
            let shown = content(&series.components[0]).clone();
            let slot = shown.when.start_local().checked_add(jiff::Span::new().weeks(1)).unwrap();
            let slot: RecurrenceId = match shown.when.is_all_day() {
                true => slot.date().strftime("%Y%m%d").to_string().parse().unwrap(),
                false => {
                    let utc = slot.to_zoned(jiff::tz::TimeZone::get("Europe/Berlin").unwrap()).unwrap().timestamp();
                    utc.strftime("%Y%m%dT%H%M%SZ").to_string().parse().unwrap()
                }
            };
            let before = Event { recurrence: None, when: moved(&shown.when), ..shown.clone() };
            let after = Event { title: "This one".into(), ..before.clone() };
            self.write(series.id.clone(), update(None, Some(slot), &before, &after), guests).await;
        }
    }

    /// Invitations of Ada's, answered by Ben.
    async fn answers(&self) {
        let ben = self.peer.connect(BEN).await;
        let bens = self.peer.main_calendar(&ben).await;
        for (response, notify) in [(Response::Accepted, false), (Response::Tentative, true), (Response::Declined, true)]
        {
            let known: Vec<String> = ids(&self.peer.stored(&bens).await);
            let mut body = timed("Lunch", "2026-12-08T12:00", "2026-12-08T13:00");
            body["attendees"] = json!([{"type": "required", "emailAddress": {"address": BEN, "name": "Ben"}}]);
            self.peer.add(&self.calendar, body).await;
            let id = ids(&self.peer.stored(&bens).await).into_iter().find(|id| !known.contains(id)).unwrap();
            let answer = Answer { response, comment: "On my way".into(), notify };
            let item = ItemRef { id: id.clone(), version: String::new() };
            let action = WriteAction::Answer { item, recurrence_id: None, answer };
            let mail = if notify { Mail::Guests } else { Mail::Nobody };
            let write = RemoteWrite { series_id: id, action, mail };
            self.peer.adapter().write(&ben, &bens, &write).await.unwrap();
        }
    }

    async fn write(&self, series_id: String, action: WriteAction, mail: Mail) -> RemoteSeries {
        let write = RemoteWrite { series_id, action, mail };
        let changes = self.peer.adapter().write(&self.access, &self.calendar, &write).await.unwrap();
        let series = changes.into_iter().find_map(|change| match change {
            RemoteChange::Series(series) => Some(series),
            _ => None,
        });
        series.unwrap()
    }
}

fn ids(events: &[Value]) -> Vec<String> {
    events.iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect()
}

fn update(item: Option<ItemRef>, slot: Option<RecurrenceId>, before: &Event, after: &Event) -> WriteAction {
    WriteAction::Update(vec![ComponentWrite {
        item,
        recurrence_id: slot,
        fields: differing(before, after),
        before: Some(Box::new(before.clone())),
        after: Some(Box::new(after.clone())),
    }])
}

fn content(component: &RemoteComponent) -> &Event {
    match &component.content {
        Content::Event(event) => event,
        other => panic!("{other:?}"),
    }
}

/// A week later.
fn moved(when: &When) -> When {
    let week = jiff::Span::new().weeks(1);
    match when {
        When::AllDay { start, end } => {
            When::AllDay { start: start.checked_add(week).unwrap(), end: end.checked_add(week).unwrap() }
        }
        When::Timed { start, end } => {
            let later = |at: &Moment| Moment { local: at.local.checked_add(week).unwrap(), ..at.clone() };
            When::Timed { start: later(start), end: later(end) }
        }
    }
}

fn plain(title: &str) -> Event {
    let zone = Zone::iana("Europe/Berlin").unwrap();
    let at = |hour| Moment::zoned(date(2026, 12, 1).at(hour, 0, 0, 0), zone.clone());
    Event {
        title: title.into(),
        reminders: Reminders::Own(vec![]),
        ..Event::at(When::Timed { start: at(9), end: at(10) })
    }
}

/// Events of every kind that Outlook has a place for.
fn events() -> Vec<Event> {
    let rules = [
        "FREQ=DAILY;INTERVAL=3;COUNT=4",
        "FREQ=WEEKLY;INTERVAL=2;UNTIL=20270401T215959Z;BYDAY=TU,SU;WKST=SU",
        "FREQ=MONTHLY;BYMONTHDAY=1",
        "FREQ=MONTHLY;BYDAY=1TU",
        "FREQ=MONTHLY;BYDAY=TU,WE;BYSETPOS=1",
        "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=1",
        "FREQ=YEARLY;BYMONTH=12;BYDAY=1TU",
    ];
    let series = rules.into_iter().map(|rule| {
        let recurrence = Recurrence { rules: vec![rule.into()], ..Recurrence::default() };
        Event { recurrence: Some(recurrence), ..plain(rule) }
    });
    let visibilities = [Visibility::Public, Visibility::Private, Visibility::Confidential];
    let hidden = visibilities.into_iter().map(|visibility| Event { visibility, ..plain("Hidden") });
    let popup = |minutes_before| Reminder { minutes_before, method: ReminderMethod::Popup };
    let days = When::AllDay { start: date(2026, 12, 24), end: date(2026, 12, 27) };
    let guest = |email: &str, role, kind| Attendee { email: email.into(), role, kind, ..Attendee::default() };
    let attendees = vec![
        guest(BEN, AttendeeRole::Required, AttendeeKind::Individual),
        guest("cleo@example.com", AttendeeRole::Optional, AttendeeKind::Individual),
        guest("room@example.com", AttendeeRole::Required, AttendeeKind::Room),
    ];
    let conference =
        Conference { url: "https://meet.example.com/x".into(), name: "Meet".into(), ..Conference::default() };
    let others = [
        Event { description: "Agenda:\n1 < 2 & more".into(), location: "Room 2".into(), ..plain("Described") },
        Event { categories: vec!["Blue category".into(), "Own".into()], ..plain("Coloured") },
        Event { reminders: Reminders::Own(vec![popup(20), popup(5)]), ..plain("Reminded") },
        Event { reminders: Reminders::CalendarDefault, ..plain("Reminded as usual") },
        Event { status: Status::Tentative, ..plain("Perhaps") },
        Event { transparency: Transparency::Transparent, ..plain("Free") },
        Event { event_type: EventType::OutOfOffice, ..plain("Away") },
        Event { conference: Some(conference), ..plain("Elsewhere by video") },
        Event { attendees, ..plain("Meeting") },
        Event { title: "Holidays".into(), reminders: Reminders::Own(vec![]), ..Event::at(days) },
    ];
    series.chain(hidden).chain(others).collect()
}
