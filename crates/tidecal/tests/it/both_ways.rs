//! Local edits reach Google, edits there come back, and nothing is doubled, lost or mailed on the way.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tidecal_core::model::Event;
use tidecal_core::sync::{EventKind, span_of};
use tidecal_engine::{Clock as _, SyncStatus};
use tidecal_ical::{Moment, Recurrence, RecurrenceId, When, Zone};
use tidecal_store::{Connection, LocalOp, LocalWrite};

use crate::app::{App, Options};
use crate::harness::{Db, on_both};

on_both!(
    a_local_event_reaches_google_once_and_then_all_is_quiet,
    edits_of_different_fields_on_both_sides_both_survive,
    an_edit_of_one_field_on_both_sides_waits_for_a_person,
    a_lost_answer_makes_no_second_event,
    a_deletion_here_is_a_deletion_there,
    an_occurrence_is_moved_and_cancelled_there_as_it_was_here,
    what_the_vendor_refuses_is_said_once_and_not_tried_again,
    a_calendar_that_takes_no_writes_is_read_all_the_same,
);

const PRIMARY: &str = "ada@example.com";

/// A person at the CRM's calendar.
struct Desk {
    app: App,
    connection: Connection,
}

impl Desk {
    async fn open(db: Db) -> Self {
        let app = App::with(db, Options { filled: false, ..Options::default() }).await;
        let connection = app.connect_google(PRIMARY).await;
        let desk = Self { app, connection };
        desk.both_ways(&desk.connection).await;
        assert_eq!(desk.sync().await, 0);
        desk
    }

    async fn both_ways(&self, connection: &Connection) {
        let sql = format!(
            "UPDATE external_calendar_connections SET sync_direction = 'bidirectional' WHERE id = '{}'",
            connection.id
        );
        self.app.db.raw.execute(&sql).await;
    }

    /// Writes of the run at the vendor.
    async fn sync(&self) -> usize {
        self.app.control("DELETE", "ledger", json!({})).await;
        let result = self.app.sync(&self.connection).await;
        assert_eq!((result.status, result.error), (SyncStatus::Success, None));
        let written = self.app.control("GET", "ledger?writes=true", json!({})).await;
        written["items"].as_array().unwrap().len()
    }

    async fn write(&self, writes: Vec<LocalWrite>) {
        let tenant = self.app.store().tenant(&self.app.ada);
        let now = self.app.clock.now();
        tenant.write_local(&self.connection.calendar_id, &writes, false, now).await.unwrap();
    }

    async fn insert(&self, id: &str, event: &Event) {
        let kind = if event.recurrence.is_some() { EventKind::Master } else { EventKind::Single };
        let op = LocalOp::Insert { kind, event: Box::new(event.clone()), span: span_of(event, &Zone::utc()) };
        self.write(vec![row(id, id, None, op)]).await;
    }

    async fn change(&self, id: &str, version: i64, event: &Event) {
        let kind = if event.recurrence.is_some() { EventKind::Master } else { EventKind::Single };
        let span = span_of(event, &Zone::utc());
        let op = LocalOp::Update { expected: version, kind, event: Box::new(event.clone()), span };
        self.write(vec![row(id, id, None, op)]).await;
    }

    async fn local(&self, id: &str) -> (i64, Event) {
        let detail = self.app.store().tenant(&self.app.ada).get_event(id).await.unwrap();
        (detail.row.version, detail.row.event)
    }

    /// Live events in Google's calendar.
    async fn theirs(&self) -> Vec<Value> {
        let stored = self.app.control("GET", &format!("events/{PRIMARY}"), json!({})).await;
        let items = stored["items"].as_array().cloned().unwrap_or_default();
        items.into_iter().filter(|item| item["status"] != "cancelled").collect()
    }

    /// No mail, no request that the vendor would not take.
    async fn clean(&self) {
        for list in ["mails", "violations"] {
            assert_eq!(self.app.control("GET", list, json!({})).await["items"], json!([]), "{list}");
        }
        assert_eq!(self.sync().await, 0, "a quiet day writes nothing");
    }
}

fn row(id: &str, series: &str, slot: Option<RecurrenceId>, op: LocalOp) -> LocalWrite {
    LocalWrite { id: id.into(), series_id: series.into(), recurrence_id: slot, op, answer: None }
}

const ID: &str = "01a1fd8c-6900-7000-8000-00000000000a";

fn event(title: &str, day: i8, hour: i8) -> Event {
    let zone = Zone::iana("Europe/Vienna").unwrap();
    let at = |hour| Moment::zoned(jiff::civil::date(2026, 12, day).at(hour, 0, 0, 0), zone.clone());
    Event { title: title.into(), ..Event::at(When::Timed { start: at(hour), end: at(hour + 1) }) }
}

async fn a_local_event_reaches_google_once_and_then_all_is_quiet(db: Db) {
    let desk = Desk::open(db).await;
    desk.insert(ID, &event("Review", 1, 9)).await;
    assert_eq!(desk.sync().await, 1);
    let theirs = desk.theirs().await;
    assert_eq!((theirs.len(), theirs[0]["summary"].as_str()), (1, Some("Review")));
    assert_eq!(desk.local(ID).await.0, 1, "the confirmation is no edit");
    desk.clean().await;

    desk.change(ID, 1, &Event { location: "Room 2".into(), ..event("Review, part 2", 1, 9) }).await;
    assert_eq!(desk.sync().await, 1);
    let theirs = desk.theirs().await;
    assert_eq!(
        (theirs[0]["summary"].as_str(), theirs[0]["location"].as_str()),
        (Some("Review, part 2"), Some("Room 2"))
    );
    desk.clean().await;
}

async fn edits_of_different_fields_on_both_sides_both_survive(db: Db) {
    let desk = Desk::open(db).await;
    desk.insert(ID, &event("Review", 1, 9)).await;
    desk.sync().await;
    let id = desk.theirs().await[0]["id"].as_str().unwrap().to_owned();

    desk.app.control("PATCH", &format!("events/{PRIMARY}/{id}"), json!({ "location": "Room 2" })).await;
    desk.change(ID, 1, &event("Planning", 1, 9)).await;
    assert_eq!(desk.sync().await, 1);
    let theirs = desk.theirs().await;
    assert_eq!((theirs[0]["summary"].as_str(), theirs[0]["location"].as_str()), (Some("Planning"), Some("Room 2")));
    let (_, mine) = desk.local(ID).await;
    assert_eq!((mine.title.as_str(), mine.location.as_str()), ("Planning", "Room 2"));
    desk.clean().await;
}

async fn an_edit_of_one_field_on_both_sides_waits_for_a_person(db: Db) {
    let desk = Desk::open(db).await;
    desk.insert(ID, &event("Review", 1, 9)).await;
    desk.sync().await;
    let id = desk.theirs().await[0]["id"].as_str().unwrap().to_owned();

    desk.app.control("PATCH", &format!("events/{PRIMARY}/{id}"), json!({ "summary": "Theirs" })).await;
    desk.change(ID, 1, &event("Mine", 1, 9)).await;
    assert_eq!(desk.sync().await, 0);
    assert_eq!(desk.theirs().await[0]["summary"], "Theirs");
    assert_eq!(desk.local(ID).await.1.title, "Mine");
    assert_eq!(desk.app.db.raw.count("conflicts").await, 1);
    desk.clean().await;
}

async fn a_lost_answer_makes_no_second_event(db: Db) {
    let desk = Desk::open(db).await;
    for number in 0..4 {
        let id = format!("01a1fd8c-6900-7000-8000-0000000000{number:02}");
        let times = 1 + number;
        let fault = json!({ "operation": "events.insert", "dropConnection": "after", "times": times });
        desk.app.control("POST", "faults", fault).await;
        desk.insert(&id, &event(&format!("Review {number}"), 1, 9)).await;
        desk.app.sync(&desk.connection).await;
        desk.app.control("DELETE", "faults", json!({})).await;
        desk.app.advance(SignedDuration::from_hours(2)).await;
        desk.sync().await;
        assert_eq!(desk.theirs().await.len(), number + 1);
    }
    desk.clean().await;
}

async fn a_deletion_here_is_a_deletion_there(db: Db) {
    let desk = Desk::open(db).await;
    desk.insert(ID, &event("Review", 1, 9)).await;
    desk.sync().await;
    desk.write(vec![row(ID, ID, None, LocalOp::Delete { expected: 1 })]).await;
    assert_eq!(desk.sync().await, 1);
    assert_eq!(desk.theirs().await.len(), 0);
    assert_eq!(desk.app.db.raw.count("calendar_events").await, 0, "nothing is left to be remembered");
    desk.clean().await;
}

async fn an_occurrence_is_moved_and_cancelled_there_as_it_was_here(db: Db) {
    let desk = Desk::open(db).await;
    let recurrence = Some(Recurrence { rules: vec!["FREQ=WEEKLY;COUNT=5".into()], ..Recurrence::default() });
    desk.insert(ID, &Event { recurrence, ..event("Weekly", 1, 9) }).await;
    desk.sync().await;
    let exception = |number: u8, slot: &str, event: Event| {
        let id = format!("01a1fd8c-6900-7000-8000-00000000001{number}");
        let span = span_of(&event, &Zone::utc());
        let op = LocalOp::Insert { kind: EventKind::Override, event: Box::new(event), span };
        row(&id, ID, Some(slot.parse().unwrap()), op)
    };
    let cancelled = Event { status: tidecal_core::model::Status::Cancelled, ..event("Weekly", 15, 9) };
    desk.write(vec![
        exception(1, "20261208T080000Z", event("Weekly, later", 8, 15)),
        exception(2, "20261215T080000Z", cancelled),
    ])
    .await;
    assert_eq!(desk.sync().await, 2);
    let stored = desk.app.control("GET", &format!("events/{PRIMARY}"), json!({})).await;
    let items = stored["items"].as_array().unwrap();
    let moved = items.iter().find(|item| item["summary"] == "Weekly, later").unwrap();
    assert!(moved["originalStartTime"].is_object());
    let gone = items.iter().filter(|item| item["status"] == "cancelled").count();
    assert_eq!((items.len(), gone), (3, 1));
    desk.clean().await;
}

async fn what_the_vendor_refuses_is_said_once_and_not_tried_again(db: Db) {
    let desk = Desk::open(db).await;
    let planted = json!({ "id": "theirs0", "summary": "Theirs", "start": { "dateTime": "2026-12-01T09:00:00Z" },
        "end": { "dateTime": "2026-12-01T10:00:00Z" }, "organizer": { "email": "cleo@example.com" },
        "attendees": [{ "email": "cleo@example.com", "organizer": true }, { "email": PRIMARY, "self": true }] });
    desk.app.control("POST", &format!("plant/{PRIMARY}"), planted).await;
    desk.sync().await;
    let id = desk.app.value("SELECT id FROM calendar_events").await.unwrap();
    let (version, mine) = desk.local(&id).await;
    desk.change(&id, version, &Event { title: "Mine now".into(), ..mine }).await;
    assert_eq!(desk.sync().await, 0);
    let row = "SELECT sync_status || ' ' || verdict || ' ' || reason FROM external_calendar_events";
    let said = desk.app.value(row).await.unwrap();
    assert!(said.starts_with("FAILED quarantined only the organiser can change title"), "{said}");
    desk.clean().await;
    assert_eq!(desk.theirs().await[0]["summary"], "Theirs");
}

async fn a_calendar_that_takes_no_writes_is_read_all_the_same(db: Db) {
    let desk = Desk::open(db).await;
    for operation in ["events.insert", "events.patch", "events.update", "events.delete"] {
        let fault = json!({ "operation": operation, "times": 1_000, "status": 403, "reason": "requiredAccessLevel" });
        desk.app.control("POST", "faults", fault).await;
    }
    desk.insert(ID, &event("Mine", 1, 9)).await;
    desk.app.sync(&desk.connection).await;
    let planted = json!({ "id": "theirs0", "summary": "Theirs", "start": { "dateTime": "2026-12-01T09:00:00Z" },
        "end": { "dateTime": "2026-12-01T10:00:00Z" } });
    desk.app.control("POST", &format!("plant/{PRIMARY}"), planted).await;
    assert_eq!(desk.sync().await, 0, "the refused event is not tried again");
    assert_eq!(desk.app.titles(&desk.connection).await, ["Mine", "Theirs"]);
    let row = desk.app.connection(&desk.connection).await;
    assert!(row.is_active() && row.stopped_reason.is_none(), "{row:?}");
    let said = desk.app.value("SELECT reason FROM external_calendar_events WHERE verdict = 'quarantined'").await;
    assert!(said.is_some_and(|said| said.contains("requiredAccessLevel")));
}
