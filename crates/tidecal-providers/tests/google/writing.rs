//! What the adapter writes, as the vendor has it afterwards.

use serde_json::{Value, json};
use tidecal_core::model::{Attendee, Event, Response, Rights, Status};
use tidecal_core::remote::{
    Answer, ComponentWrite, Content, FailureClass, ItemRef, Mail, Mark, PermanentScope, RemoteChange, RemoteComponent,
    RemoteWrite, WriteAction,
};
use tidecal_core::sync::{Field, differing};
use tidecal_ical::{Moment, Recurrence, When, Zone};
use tidecal_providers::Access;

use crate::peer::{ADA, Peer};

const ID: &str = "01a1fd8c69007000800000000000000ag0";

fn mark() -> Mark {
    Mark {
        calendar_id: "01a1fd8c-6900-7000-8000-000000000001".into(),
        event_id: "01a1fd8c-6900-7000-8000-000000000002".into(),
    }
}

fn vienna() -> Zone {
    Zone::iana("Europe/Vienna").unwrap()
}

fn event(title: &str, hour: i8) -> Event {
    let at = |hour| Moment::zoned(jiff::civil::date(2026, 12, 1).at(hour, 0, 0, 0), vienna());
    Event { title: title.into(), ..Event::at(When::Timed { start: at(hour), end: at(hour + 1) }) }
}

fn weekly(title: &str) -> Event {
    let recurrence = Recurrence { rules: vec!["FREQ=WEEKLY;COUNT=5".into()], ..Recurrence::default() };
    Event { recurrence: Some(recurrence), ..event(title, 9) }
}

fn created(event: &Event) -> RemoteWrite {
    let component = ComponentWrite {
        item: None,
        recurrence_id: None,
        before: None,
        after: Some(Box::new(event.clone())),
        fields: Field::ALL.to_vec(),
    };
    let action = WriteAction::Create { mark: mark(), components: vec![component] };
    RemoteWrite { series_id: ID.into(), action, mail: Mail::Nobody }
}

fn changed(shown: &RemoteComponent, after: &Event, mail: Mail) -> RemoteWrite {
    let before = content(shown).clone();
    let component = ComponentWrite {
        item: Some(ItemRef { id: shown.id.clone(), version: shown.version.clone() }),
        recurrence_id: shown.recurrence_id,
        fields: differing(&before, after),
        before: Some(Box::new(before)),
        after: Some(Box::new(after.clone())),
    };
    RemoteWrite { series_id: ID.into(), action: WriteAction::Update(vec![component]), mail }
}

fn content(component: &RemoteComponent) -> &Event {
    match &component.content {
        Content::Event(event) => event,
        other => panic!("{other:?}"),
    }
}

struct Desk {
    peer: Peer,
    access: Access,
}

impl Desk {
    async fn open() -> Self {
        let peer = Peer::start().await;
        let access = peer.connect().await;
        Self { peer, access }
    }

    async fn write(&self, write: &RemoteWrite) -> RemoteComponent {
        let mut changes = self.peer.adapter().write(&self.access, ADA, write).await.unwrap();
        let Some(RemoteChange::Series(series)) = changes.pop() else { panic!("no series") };
        assert_eq!(series.id, ID);
        series.components.into_iter().next().unwrap()
    }

    async fn refused(&self, write: &RemoteWrite) -> FailureClass {
        self.peer.adapter().write(&self.access, ADA, write).await.unwrap_err().class
    }

    async fn stored(&self, id: &str) -> Value {
        self.peer.edit(&self.access, "GET", &format!("/{id}"), Value::Null).await
    }

    async fn mails(&self) -> usize {
        let (_, answer) = self.peer.call("GET", "/_sandbox/mails", None, Value::Null).await;
        answer["items"].as_array().unwrap().len()
    }

    async fn violations(&self) -> Value {
        let (_, answer) = self.peer.call("GET", "/_sandbox/violations", None, Value::Null).await;
        answer["items"].clone()
    }
}

#[tokio::test]
async fn what_is_created_reads_back_as_it_was_and_carries_its_mark() {
    let desk = Desk::open().await;
    let mine = Event { description: "Agenda".into(), location: "Room 2".into(), ..event("Review", 9) };
    let shown = desk.write(&created(&mine)).await;
    assert_eq!(differing(content(&shown), &mine), []);
    assert_eq!((shown.id.as_str(), shown.mark.as_ref()), (ID, Some(&mark())));
    assert_eq!(content(&shown).rights, Rights::Full);
    assert_eq!(desk.refused(&created(&mine)).await, FailureClass::Conflict, "the id is taken");
    assert_eq!(desk.violations().await, json!([]));
}

#[tokio::test]
async fn a_change_writes_its_fields_alone_and_rests_on_a_version() {
    let desk = Desk::open().await;
    let shown = desk.write(&created(&event("Review", 9))).await;
    let colored = desk.peer.edit(&desk.access, "PATCH", &format!("/{ID}"), json!({"colorId": "7"})).await;
    let after = Event { title: "Planning".into(), ..content(&shown).clone() };
    assert_eq!(desk.refused(&changed(&shown, &after, Mail::Nobody)).await, FailureClass::Conflict);
    let version = colored["etag"].as_str().unwrap().to_owned();
    let shown = desk.write(&changed(&RemoteComponent { version, ..shown }, &after, Mail::Nobody)).await;
    assert_eq!(content(&shown).title, "Planning");
    assert_eq!(desk.stored(ID).await["colorId"], "7", "what was not read survives");
    let days = When::AllDay { start: jiff::civil::date(2026, 12, 1), end: jiff::civil::date(2026, 12, 3) };
    let shown = desk.write(&changed(&shown, &Event { when: days.clone(), ..after }, Mail::Nobody)).await;
    assert_eq!(content(&shown).when, days);
    assert_eq!(desk.violations().await, json!([]));
}

#[tokio::test]
async fn guests_are_added_and_removed_without_touching_the_others_and_mailed_only_when_told() {
    let desk = Desk::open().await;
    let guest = |email: &str| Attendee { email: email.into(), ..Attendee::default() };
    let with = |emails: &[&str], of: &Event| Event {
        attendees: emails.iter().map(|email| guest(email)).collect(),
        ..of.clone()
    };
    let mine = with(&["cleo@example.com", "dan@example.com"], &event("Review", 9));
    let shown = desk.write(&created(&mine)).await;
    let body = json!({"attendees": [{"email": "cleo@example.com", "comment": "late", "additionalGuests": 2},
        {"email": "dan@example.com"}]});
    let edited = desk.peer.edit(&desk.access, "PATCH", &format!("/{ID}"), body).await;
    let version = edited["etag"].as_str().unwrap().to_owned();
    let shown = RemoteComponent { version, ..shown };
    let after = with(&["cleo@example.com", "eve@example.com"], content(&shown));
    let shown = desk.write(&changed(&shown, &after, Mail::Nobody)).await;
    let stored = desk.stored(ID).await;
    let emails: Vec<_> =
        stored["attendees"].as_array().unwrap().iter().map(|it| it["email"].as_str().unwrap()).collect();
    assert_eq!(emails, ["cleo@example.com", "eve@example.com"]);
    assert_eq!(stored["attendees"][0]["additionalGuests"], 2);
    assert_eq!(desk.mails().await, 0);
    let moved = Event { title: "Moved".into(), ..content(&shown).clone() };
    desk.write(&changed(&shown, &moved, Mail::Guests)).await;
    assert!(desk.mails().await > 0);
    assert_eq!(desk.violations().await, json!([]));
}

#[tokio::test]
async fn occurrences_are_moved_and_cancelled_by_themselves() {
    let desk = Desk::open().await;
    let series = desk.write(&created(&weekly("Weekly"))).await;
    assert_eq!(content(&series).recurrence, weekly("Weekly").recurrence);
    let exception = |slot: &str, after: Event| {
        let before = Event { recurrence: None, ..content(&series).clone() };
        let component = ComponentWrite {
            item: None,
            recurrence_id: Some(slot.parse().unwrap()),
            fields: differing(&before, &after),
            before: Some(Box::new(before)),
            after: Some(Box::new(after)),
        };
        RemoteWrite { series_id: ID.into(), action: WriteAction::Update(vec![component]), mail: Mail::Nobody }
    };
    let moved = desk.write(&exception("20261208T080000Z", event("Weekly, later", 15))).await;
    assert_eq!(moved.recurrence_id.unwrap().to_string(), "20261208T080000Z");
    assert_eq!(content(&moved).title, "Weekly, later");
    let gone = Event { status: Status::Cancelled, ..event("Weekly", 9) };
    let cancelled = desk.write(&exception("20261215T080000Z", gone)).await;
    assert_eq!((&cancelled.content, cancelled.recurrence_id.is_some()), (&Content::Cancelled, true));
    let nowhere = exception("20261209T080000Z", event("x", 15));
    assert_eq!(desk.refused(&nowhere).await, FailureClass::Permanent(PermanentScope::Item));
    assert_eq!(desk.violations().await, json!([]));
}

#[tokio::test]
async fn a_deletion_rests_on_a_version_and_gone_already_is_done() {
    let desk = Desk::open().await;
    let shown = desk.write(&created(&event("Review", 9))).await;
    let delete = |version: &str| RemoteWrite {
        series_id: ID.into(),
        action: WriteAction::Delete { version: version.into() },
        mail: Mail::Nobody,
    };
    assert_eq!(desk.refused(&delete("\"old\"")).await, FailureClass::Conflict);
    for version in [shown.version.as_str(), ""] {
        assert_eq!(desk.peer.adapter().write(&desk.access, ADA, &delete(version)).await.unwrap(), []);
    }
    let after = Event { title: "late".into(), ..content(&shown).clone() };
    assert_eq!(desk.refused(&changed(&shown, &after, Mail::Nobody)).await, FailureClass::Conflict);
}

#[tokio::test]
async fn an_invitation_is_answered_and_its_other_guests_stay() {
    let desk = Desk::open().await;
    let planted = json!({"id": ID, "summary": "Theirs", "start": {"dateTime": "2026-12-01T09:00:00Z"},
        "end": {"dateTime": "2026-12-01T10:00:00Z"}, "organizer": {"email": "cleo@example.com"},
        "attendees": [{"email": "cleo@example.com", "organizer": true, "responseStatus": "accepted"},
            {"email": ADA, "self": true, "responseStatus": "needsAction"}]});
    desk.peer.control(&format!("plant/{ADA}"), planted).await;
    let item = ItemRef { id: ID.into(), version: String::new() };
    let found = desk.peer.adapter().fetch_items(&desk.access, ADA, std::slice::from_ref(&item)).await.unwrap();
    let [RemoteChange::Series(series)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(content(&series.components[0]).rights, Rights::Own);
    let answer = Answer { response: Response::Accepted, comment: "With pleasure".into(), notify: false };
    let item = ItemRef { version: series.components[0].version.clone(), ..item };
    let action = WriteAction::Answer { item, recurrence_id: None, answer };
    let shown = desk.write(&RemoteWrite { series_id: ID.into(), action, mail: Mail::Nobody }).await;
    let own = content(&shown).attendees.iter().find(|it| it.is_self).unwrap();
    assert_eq!((own.response, own.comment.as_str()), (Response::Accepted, "With pleasure"));
    assert_eq!(content(&shown).attendees.len(), 2);
}

#[tokio::test]
async fn without_an_etag_the_event_itself_is_compared_before_anything_is_written() {
    let desk = Desk::open().await;
    let shown = desk.write(&created(&event("Review", 9))).await;
    let after = Event { title: "Planning".into(), ..content(&shown).clone() };
    let unguarded = RemoteComponent { version: format!("sha256:{}", "0".repeat(64)), ..shown };
    assert_eq!(desk.refused(&changed(&unguarded, &after, Mail::Nobody)).await, FailureClass::Conflict);
    let action = WriteAction::Delete { version: unguarded.version.clone() };
    let delete = RemoteWrite { series_id: ID.into(), action, mail: Mail::Nobody };
    assert_eq!(desk.refused(&delete).await, FailureClass::Conflict);
    assert_eq!(desk.stored(ID).await["summary"], "Review");
}
