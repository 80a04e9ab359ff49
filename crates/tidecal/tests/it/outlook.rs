//! Outlook calendars: from the consent to the quiet day, out and back, and as one of three.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tidecal_core::model::{Event, Provider, Status};
use tidecal_core::sync::{EventKind, span_of};
use tidecal_engine::{Clock as _, ConnectCalendar, SyncStatus};
use tidecal_ical::{Moment, Recurrence, RecurrenceId, When, Zone};
use tidecal_store::{AccountStatus, Connection, LocalOp, LocalWrite};

use crate::app::{App, Options};
use crate::harness::{Db, on_both};

on_both!(
    a_first_sync_brings_the_calendar_and_a_second_one_costs_one_call,
    a_lost_cursor_is_compared_without_a_write,
    a_secret_that_expired_disconnects_nobody,
    a_refresh_token_is_replaced_before_it_is_needed,
    local_events_reach_outlook_once_and_edits_come_back,
    a_series_goes_out_with_its_exceptions,
    a_lost_answer_makes_no_second_event,
    an_event_of_google_appears_in_outlook_once_and_mails_nobody,
);

const GOOGLE: &str = "ada@example.com";
const ID: &str = "01a1fd8c-6900-7000-8000-00000000000a";

struct Desk {
    app: App,
    connection: Connection,
}

impl Desk {
    async fn filled(db: Db) -> Self {
        Self::with(db, true).await
    }

    async fn both_ways(db: Db) -> Self {
        let desk = Self::with(db, false).await;
        desk.write_out(&desk.connection).await;
        assert_eq!(desk.sync().await, 0);
        desk
    }

    async fn with(db: Db, filled: bool) -> Self {
        let app = App::with(db, Options { filled, ..Options::default() }).await;
        let account = app.consent_to(Provider::Outlook, None).await;
        let connection = app.connect(&account, "calendar").await;
        assert_ne!(connection.external_calendar_id, "calendar", "an alias is never stored");
        Self { app, connection }
    }

    async fn write_out(&self, connection: &Connection) {
        let sql = format!(
            "UPDATE external_calendar_connections SET sync_direction = 'bidirectional' WHERE id = '{}'",
            connection.id
        );
        self.app.db.raw.execute(&sql).await;
    }

    /// Writes of the run at the vendor.
    async fn sync(&self) -> usize {
        self.sync_of(&self.connection).await
    }

    async fn sync_of(&self, connection: &Connection) -> usize {
        self.app.control("DELETE", "ledger", json!({})).await;
        let result = self.app.sync(connection).await;
        assert_eq!((result.status, result.error), (SyncStatus::Success, None));
        let asked = self.app.calls().await;
        let writes = |call: &&String| {
            let verb = call.rsplit('.').next().unwrap_or_default();
            matches!(verb, "create" | "patch" | "delete" | "insert" | "update") && !call.contains("oauth")
        };
        asked.iter().filter(writes).count()
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
        let span = span_of(event, &Zone::utc());
        let op = LocalOp::Update { expected: version, kind: EventKind::Single, event: Box::new(event.clone()), span };
        self.write(vec![row(id, id, None, op)]).await;
    }

    fn path(&self) -> String {
        let id: String =
            url::form_urlencoded::byte_serialize(self.connection.external_calendar_id.as_bytes()).collect();
        format!("graph/events/{id}")
    }

    /// What Outlook has.
    async fn theirs(&self) -> Vec<Value> {
        let stored = self.app.control("GET", &self.path(), json!({})).await;
        stored["items"].as_array().cloned().unwrap_or_default()
    }

    async fn edit(&self, id: &str, body: Value) {
        let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
        self.app.control("PATCH", &format!("{}/{id}", self.path()), body).await;
    }

    /// No mail, and a quiet day writes nothing.
    async fn clean(&self) {
        assert_eq!(self.app.control("GET", "mails", json!({})).await["items"], json!([]));
        assert_eq!(self.sync().await, 0, "a quiet day writes nothing");
    }
}

fn row(id: &str, series: &str, slot: Option<RecurrenceId>, op: LocalOp) -> LocalWrite {
    LocalWrite { id: id.into(), series_id: series.into(), recurrence_id: slot, op, answer: None }
}

fn event(title: &str, day: i8, hour: i8) -> Event {
    let zone = Zone::iana("Europe/Vienna").unwrap();
    let at = |hour| Moment::zoned(jiff::civil::date(2026, 12, day).at(hour, 0, 0, 0), zone.clone());
    Event { title: title.into(), ..Event::at(When::Timed { start: at(hour), end: at(hour + 1) }) }
}

async fn a_first_sync_brings_the_calendar_and_a_second_one_costs_one_call(db: Db) {
    let desk = Desk::filled(db).await;
    let first = desk.app.sync(&desk.connection).await;
    assert_eq!((first.status, first.error), (SyncStatus::Success, None));
    assert!(first.stats.synced >= 15, "{:?}", first.stats);
    desk.app.calls().await;
    let events = desk.app.value("SELECT SUM(version) FROM calendar_events").await;
    let second = desk.app.sync(&desk.connection).await;
    assert_eq!((second.status, second.stats.total()), (SyncStatus::Success, 0));
    assert_eq!(desk.app.calls().await, ["graph.delta"], "one call for an unchanged calendar");
    assert_eq!(desk.app.value("SELECT SUM(version) FROM calendar_events").await, events);
    let made = json!({"subject": "Budget", "start": {"dateTime": "2026-12-01T10:00:00", "timeZone": "UTC"},
        "end": {"dateTime": "2026-12-01T11:00:00", "timeZone": "UTC"}});
    desk.app.control("POST", &desk.path(), made).await;
    assert_eq!(desk.app.sync(&desk.connection).await.stats.synced, 1);
    assert!(desk.app.titles(&desk.connection).await.contains(&"Budget".to_owned()));
}

async fn a_lost_cursor_is_compared_without_a_write(db: Db) {
    let desk = Desk::filled(db).await;
    desk.app.sync(&desk.connection).await;
    let titles = desk.app.titles(&desk.connection).await;
    let events = desk.app.value("SELECT SUM(version) FROM calendar_events").await;
    desk.app.control("POST", "graph/expire-delta-tokens", json!({})).await;
    let result = desk.app.sync(&desk.connection).await;
    assert_eq!((result.status, result.stats.synced, result.stats.updated), (SyncStatus::Success, 0, 0));
    assert_eq!(desk.app.titles(&desk.connection).await, titles);
    assert_eq!(desk.app.value("SELECT SUM(version) FROM calendar_events").await, events);
}

async fn a_secret_that_expired_disconnects_nobody(db: Db) {
    let desk = Desk::filled(db).await;
    desk.app.sync(&desk.connection).await;
    let body = json!({"error": "invalid_client", "error_description": "AADSTS7000222: The secret has expired.",
        "error_codes": [7_000_222]})
    .to_string();
    let fault = json!({"operation": "entra.refresh", "status": 401, "body": body, "times": 100});
    desk.app.control("POST", "faults", fault).await;
    desk.app.advance(SignedDuration::from_hours(3)).await;
    let result = desk.app.sync(&desk.connection).await;
    assert_eq!(result.status, SyncStatus::Error);
    assert!(result.error.unwrap().contains("invalid_client"));
    let accounts = desk.app.store().tenant(&desk.app.ada).list_accounts().await.unwrap();
    assert_eq!(accounts[0].status, AccountStatus::Active, "it is the operator's matter");
    desk.app.control("DELETE", "faults", json!({})).await;
    desk.app.advance(SignedDuration::from_hours(3)).await;
    assert_eq!(desk.app.sync(&desk.connection).await.status, SyncStatus::Success);
}

async fn a_refresh_token_is_replaced_before_it_is_needed(db: Db) {
    let desk = Desk::filled(db).await;
    desk.app.control("PATCH", "switches", json!({"graph": {"oldRefreshTokensDie": true}})).await;
    for _ in 0..4 {
        desk.app.advance(SignedDuration::from_hours(3)).await;
        assert_eq!(desk.app.sync(&desk.connection).await.status, SyncStatus::Success);
    }
}

async fn local_events_reach_outlook_once_and_edits_come_back(db: Db) {
    let desk = Desk::both_ways(db).await;
    desk.insert(ID, &event("Review", 1, 9)).await;
    assert_eq!(desk.sync().await, 1);
    let theirs = desk.theirs().await;
    assert_eq!((theirs.len(), theirs[0]["subject"].as_str()), (1, Some("Review")));
    desk.clean().await;

    desk.change(ID, 1, &Event { location: "Room 2".into(), ..event("Review, part 2", 1, 9) }).await;
    assert_eq!(desk.sync().await, 1);
    let theirs = desk.theirs().await;
    assert_eq!(theirs[0]["location"]["displayName"], json!("Room 2"));

    desk.edit(theirs[0]["id"].as_str().unwrap(), json!({"subject": "Edited in Outlook"})).await;
    assert_eq!(desk.sync().await, 0);
    assert_eq!(desk.app.titles(&desk.connection).await, ["Edited in Outlook"]);
    desk.clean().await;

    let version = desk.app.store().tenant(&desk.app.ada).get_event(ID).await.unwrap().row.version;
    desk.write(vec![row(ID, ID, None, LocalOp::Delete { expected: version })]).await;
    assert_eq!(desk.sync().await, 1);
    assert!(desk.theirs().await.is_empty());
    desk.clean().await;
}

async fn a_series_goes_out_with_its_exceptions(db: Db) {
    let desk = Desk::both_ways(db).await;
    let recurrence = Some(Recurrence { rules: vec!["FREQ=WEEKLY;COUNT=5".into()], ..Recurrence::default() });
    desk.insert(ID, &Event { recurrence, ..event("Weekly", 1, 9) }).await;
    desk.sync().await;
    let exception = |number: u8, slot: &str, event: Event| {
        let id = format!("01a1fd8c-6900-7000-8000-00000000001{number}");
        let span = span_of(&event, &Zone::utc());
        let op = LocalOp::Insert { kind: EventKind::Override, event: Box::new(event), span };
        row(&id, ID, Some(slot.parse().unwrap()), op)
    };
    let cancelled = Event { status: Status::Cancelled, ..event("Weekly", 15, 9) };
    desk.write(vec![
        exception(1, "20261208T080000Z", event("Weekly, later", 8, 15)),
        exception(2, "20261215T080000Z", cancelled),
    ])
    .await;
    assert_eq!(desk.sync().await, 2);
    let theirs = desk.theirs().await;
    assert_eq!(theirs[0]["exceptionOccurrences"][0]["subject"], json!("Weekly, later"));
    assert!(theirs[0]["cancelledOccurrences"][0].as_str().unwrap().ends_with("2026-12-15"), "{theirs:?}");
    desk.clean().await;
}

async fn a_lost_answer_makes_no_second_event(db: Db) {
    let desk = Desk::both_ways(db).await;
    for number in 0..4 {
        let id = format!("01a1fd8c-6900-7000-8000-0000000000{number:02}");
        let fault = json!({"operation": "graph.events.create", "dropConnection": "after", "times": 1 + number});
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

async fn an_event_of_google_appears_in_outlook_once_and_mails_nobody(db: Db) {
    let desk = Desk::both_ways(db).await;
    let account = desk.app.consent(None).await;
    let request = ConnectCalendar {
        account_id: account.id.clone(),
        external_calendar_id: GOOGLE.to_owned(),
        name: None,
        calendar_id: Some(desk.connection.calendar_id.clone()),
        enabled: true,
    };
    let google = desk.app.engine.connect_calendar(&desk.app.ada, request).await.unwrap();
    desk.write_out(&google).await;
    let body = json!({ "summary": "Made at Google", "start": { "dateTime": "2026-12-01T10:00:00Z" },
        "end": { "dateTime": "2026-12-01T11:00:00Z" },
        "attendees": [{ "email": "cleo@example.com" }, { "email": GOOGLE }] });
    desk.app.control("POST", &format!("events/{GOOGLE}"), body).await;
    desk.app.control("DELETE", "mails", json!({})).await;
    for _ in 0..3 {
        desk.sync_of(&google).await;
        desk.sync().await;
    }
    let copies = desk.theirs().await;
    assert_eq!((copies.len(), copies[0]["subject"].as_str()), (1, Some("Made at Google")));
    assert_eq!(copies[0]["attendees"], json!([]));
    desk.edit(copies[0]["id"].as_str().unwrap(), json!({"subject": "Edited in the copy"})).await;
    for _ in 0..3 {
        desk.sync().await;
        desk.sync_of(&google).await;
    }
    let stored = desk.app.control("GET", &format!("events/{GOOGLE}"), json!({})).await;
    let titles: Vec<_> = stored["items"].as_array().unwrap().iter().map(|item| item["summary"].as_str()).collect();
    assert_eq!(titles, [Some("Edited in the copy")]);
    desk.clean().await;
}
