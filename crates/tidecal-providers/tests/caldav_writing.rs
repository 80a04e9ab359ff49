//! What the CalDAV adapter writes, as a real Radicale has it afterwards.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "support/radicale.rs"]
mod radicale;

use std::sync::OnceLock;

use radicale::Radicale;
use secrecy::SecretString;
use tidecal_core::model::{Attendee, Event, Person, Response, Rights, Status};
use tidecal_core::remote::{
    Answer, ComponentWrite, Content, FailureClass, ItemRef, Mail, Mark, RemoteChange, RemoteComponent, RemoteWrite,
    WriteAction,
};
use tidecal_core::sync::{Field, differing};
use tidecal_http::{Guard, Transport, TransportConfig};
use tidecal_ical::{Moment, Recurrence, When, Zone};
use tidecal_providers::caldav::Caldav;
use tidecal_providers::{Access, Adapter as _};
use url::Url;

const PEOPLE: [&str; 6] = ["ada", "ben", "cleo", "dora", "emil", "fay@example.com"];
const KEY: &str = "01a1fd8c69007000800000000000000ag0";

fn server() -> &'static Radicale {
    static SERVER: OnceLock<Radicale> = OnceLock::new();
    SERVER.get_or_init(|| Radicale::start(&PEOPLE))
}

struct Desk {
    adapter: Caldav,
    access: Access,
    calendar: String,
    id: String,
}

impl Desk {
    fn of(user: &str) -> Self {
        let origin = &server().origin;
        let guard = Guard { allow_private: false, allowed_origins: vec![origin.clone()] };
        let transport = Transport::new(TransportConfig { guard, ..TransportConfig::default() }).unwrap();
        let base = Url::parse(&format!("{origin}/{user}/")).unwrap();
        let password = SecretString::from(format!("pw-{user}"));
        let access = Access::Password { base, username: user.to_owned(), password };
        let adapter = Caldav::new(transport);
        let calendar = server().calendar(user, "work");
        let (prefix, suffix) = adapter.new_item(&calendar);
        Self { adapter, access, id: format!("{prefix}{KEY}{suffix}"), calendar }
    }

    async fn write(&self, action: WriteAction) -> Vec<RemoteComponent> {
        let write = RemoteWrite { series_id: self.id.clone(), action, mail: Mail::Nobody };
        let mut changes = self.adapter.write(&self.access, &self.calendar, &write).await.unwrap();
        match changes.pop() {
            Some(RemoteChange::Series(series)) => series.components,
            other => panic!("{other:?}"),
        }
    }

    async fn refused(&self, action: WriteAction) -> FailureClass {
        let write = RemoteWrite { series_id: self.id.clone(), action, mail: Mail::Nobody };
        self.adapter.write(&self.access, &self.calendar, &write).await.unwrap_err().class
    }

    async fn fetch(&self) -> Vec<RemoteComponent> {
        let item = ItemRef { id: self.id.clone(), version: String::new() };
        let mut found = self.adapter.fetch_items(&self.access, &self.calendar, &[item]).await.unwrap();
        match found.pop() {
            Some(RemoteChange::Series(series)) => series.components,
            other => panic!("{other:?}"),
        }
    }
}

fn content(component: &RemoteComponent) -> &Event {
    match &component.content {
        Content::Event(event) => event,
        other => panic!("{other:?}"),
    }
}

fn event(title: &str, day: i8, hour: i8) -> Event {
    let zone = Zone::iana("Europe/Vienna").unwrap();
    let at = |hour| Moment::zoned(jiff::civil::date(2026, 12, day).at(hour, 0, 0, 0), zone.clone());
    Event {
        title: title.into(),
        reminders: tidecal_core::model::Reminders::Own(Vec::new()),
        ..Event::at(When::Timed { start: at(hour), end: at(hour + 1) })
    }
}

fn weekly(title: &str) -> Event {
    let recurrence = Recurrence { rules: vec!["FREQ=WEEKLY;COUNT=5".into()], ..Recurrence::default() };
    Event { recurrence: Some(recurrence), ..event(title, 1, 9) }
}

fn mark() -> Mark {
    Mark {
        calendar_id: "01a1fd8c-6900-7000-8000-000000000001".into(),
        event_id: "01a1fd8c-6900-7000-8000-000000000002".into(),
    }
}

fn created(slot: Option<&str>, event: &Event) -> ComponentWrite {
    ComponentWrite {
        item: None,
        recurrence_id: slot.map(|slot| slot.parse().unwrap()),
        before: None,
        after: Some(Box::new(event.clone())),
        fields: Field::ALL.to_vec(),
    }
}

fn changed(shown: &RemoteComponent, after: &Event) -> ComponentWrite {
    let before = content(shown).clone();
    ComponentWrite {
        item: Some(ItemRef { id: shown.id.clone(), version: shown.version.clone() }),
        recurrence_id: shown.recurrence_id,
        fields: differing(&before, after),
        before: Some(Box::new(before)),
        after: Some(Box::new(after.clone())),
    }
}

#[tokio::test]
async fn what_is_created_reads_back_as_it_was_and_carries_its_mark() {
    let desk = Desk::of("ada");
    let moved = event("Weekly, later", 8, 15);
    let components = vec![created(None, &weekly("Weekly")), created(Some("20261208T080000Z"), &moved)];
    let action = WriteAction::Create { mark: mark(), components };
    let shown = desk.write(action.clone()).await;
    assert_eq!(differing(content(&shown[0]), &weekly("Weekly")), []);
    assert_eq!(differing(content(&shown[1]), &moved), []);
    assert_eq!(shown[0].mark, Some(mark()));
    assert_eq!(desk.refused(action).await, FailureClass::Conflict, "the name is taken");
}

#[tokio::test]
async fn a_change_leaves_every_line_that_it_does_not_name() {
    let desk = Desk::of("ben");
    let text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\nBEGIN:VEVENT\r\nUID:kept\r\n\
        DTSTAMP:20261101T000000Z\r\nDTSTART:20261201T090000Z\r\nDTEND:20261201T100000Z\r\nSUMMARY:Review\r\n\
        X-EXAMPLE-ROOM;X-FLOOR=2:Blue\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Soon\r\nTRIGGER:-PT10M\r\n\
        END:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let file = format!("{KEY}.ics");
    server().put("ben", &format!("{}{file}", desk.calendar), text);
    let shown = desk.fetch().await;
    let after = Event { title: "Planning".into(), location: "Room 2".into(), ..content(&shown[0]).clone() };
    let change = changed(&shown[0], &after);
    let shown = desk.write(WriteAction::Update(vec![change.clone()])).await;
    assert_eq!(differing(content(&shown[0]), &after), []);
    let stored = String::from_utf8(shown[0].raw.clone()).unwrap();
    for line in ["X-EXAMPLE-ROOM;X-FLOOR=2:Blue", "TRIGGER:-PT10M", "UID:kept", "SUMMARY:Planning"] {
        assert!(stored.contains(line), "{line}: {stored}");
    }
    assert_eq!(desk.refused(WriteAction::Update(vec![change])).await, FailureClass::Conflict, "it rests on a version");
}

#[tokio::test]
async fn occurrences_are_moved_cancelled_and_given_back_to_their_series() {
    let desk = Desk::of("cleo");
    let components = vec![created(None, &weekly("Weekly"))];
    let series = desk.write(WriteAction::Create { mark: mark(), components }).await;
    let rule = Event { recurrence: None, ..event("Weekly", 8, 9) };
    let moved = event("Weekly, later", 8, 15);
    let exception = ComponentWrite {
        item: None,
        recurrence_id: Some("20261208T080000Z".parse().unwrap()),
        fields: differing(&rule, &moved),
        before: Some(Box::new(rule)),
        after: Some(Box::new(moved.clone())),
    };
    let gone = Event { status: Status::Cancelled, ..event("Weekly", 15, 9) };
    let cancelled = created(Some("20261215T080000Z"), &gone);
    let shown = desk.write(WriteAction::Update(vec![exception, cancelled])).await;
    let master = shown.iter().find(|it| it.recurrence_id.is_none()).unwrap();
    let other = shown.iter().find(|it| it.recurrence_id.is_some()).unwrap();
    assert_eq!((shown.len(), differing(content(other), &moved)), (2, vec![]));
    let excluded = &content(master).recurrence.as_ref().unwrap().excluded;
    assert_eq!(excluded.iter().map(ToString::to_string).collect::<Vec<_>>(), ["20261215T080000Z"]);
    let back = ComponentWrite { after: None, ..changed(other, &moved) };
    assert_eq!(desk.write(WriteAction::Update(vec![back])).await.len(), 1);
    assert_ne!(series[0].version, shown[0].version);
}

#[tokio::test]
async fn a_deletion_rests_on_a_version_and_gone_already_is_done() {
    let desk = Desk::of("dora");
    let components = vec![created(None, &event("Review", 1, 9))];
    let shown = desk.write(WriteAction::Create { mark: mark(), components }).await;
    let delete = |version: &str| WriteAction::Delete { version: version.into() };
    assert_eq!(desk.refused(delete("\"old\"")).await, FailureClass::Conflict);
    for _ in 0..2 {
        let action = delete(&shown[0].version);
        let write = RemoteWrite { series_id: desk.id.clone(), action, mail: Mail::Nobody };
        assert_eq!(desk.adapter.write(&desk.access, &desk.calendar, &write).await.unwrap(), []);
    }
    let after = Event { title: "late".into(), ..content(&shown[0]).clone() };
    assert_eq!(desk.refused(WriteAction::Update(vec![changed(&shown[0], &after)])).await, FailureClass::Conflict);
}

#[tokio::test]
async fn guests_change_one_by_one() {
    let desk = Desk::of("emil");
    let guest = |email: &str| Attendee { email: email.into(), ..Attendee::default() };
    let organizer = Some(Person { email: "emil@example.com".into(), ..Person::default() });
    let attendees = vec![guest("cleo@example.com"), guest("dan@example.com")];
    let meeting = Event { organizer, attendees, ..event("Review", 1, 9) };
    let components = vec![created(None, &meeting)];
    let shown = desk.write(WriteAction::Create { mark: mark(), components }).await;
    let after =
        Event { attendees: vec![guest("cleo@example.com"), guest("eve@example.com")], ..content(&shown[0]).clone() };
    let shown = desk.write(WriteAction::Update(vec![changed(&shown[0], &after)])).await;
    let emails: Vec<_> = content(&shown[0]).attendees.iter().map(|guest| guest.email.as_str()).collect();
    assert_eq!(emails, ["cleo@example.com", "eve@example.com"]);
}

#[tokio::test]
async fn an_invitation_is_answered_and_nothing_else_of_it_changes() {
    let desk = Desk::of("fay@example.com");
    let text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\nBEGIN:VEVENT\r\nUID:theirs\r\n\
        DTSTAMP:20261101T000000Z\r\nDTSTART:20261201T090000Z\r\nDTEND:20261201T100000Z\r\nSUMMARY:Theirs\r\n\
        ORGANIZER:mailto:cleo@example.com\r\nATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:fay@example.com\r\n\
        ATTENDEE;PARTSTAT=ACCEPTED:mailto:cleo@example.com\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    server().put("fay@example.com", &desk.id, text);
    let shown = desk.fetch().await;
    assert_eq!(content(&shown[0]).rights, Rights::Own);
    let item = ItemRef { id: shown[0].id.clone(), version: shown[0].version.clone() };
    let answer = Answer { response: Response::Accepted, comment: String::new(), notify: false };
    let shown = desk.write(WriteAction::Answer { item, recurrence_id: None, answer }).await;
    let own = content(&shown[0]).attendees.iter().find(|guest| guest.is_self).unwrap();
    assert_eq!(own.response, Response::Accepted);
    let stored = String::from_utf8(shown[0].raw.clone()).unwrap();
    assert!(stored.contains("ATTENDEE;PARTSTAT=ACCEPTED:mailto:cleo@example.com"), "{stored}");
}
