//! An old copy of the database is put back: nothing is lost, nothing that was deleted since comes
//! back, and nothing goes out before somebody has seen what would.

use serde_json::{Value, json};
use tidecal_core::model::Event;
use tidecal_core::policy::is_hold_after_restore;
use tidecal_core::sync::{EventKind, span_of};
use tidecal_engine::{Clock as _, PlanSide, SyncStatus};
use tidecal_ical::{Moment, When, Zone};
use tidecal_store::{Connection, ConnectionPatch, LocalOp, LocalWrite, SyncDirection, SystemScope};

use crate::app::{App, Options};
use crate::harness::{Db, Raw, on_both};

on_both!(
    an_old_copy_of_the_database_loses_nothing_and_brings_nothing_back,
    a_copy_with_nothing_to_send_goes_on_by_itself,
);

const PRIMARY: &str = "ada@example.com";

struct Desk {
    app: App,
    connection: Connection,
}

impl Desk {
    async fn open(db: Db) -> Self {
        let app = App::with(db, Options { filled: false, ..Options::default() }).await;
        let connection = app.connect_google(PRIMARY).await;
        let direction = Some(SyncDirection::Bidirectional);
        let patch = ConnectionPatch { sync_direction: direction, ..ConnectionPatch::default() };
        app.engine.update_connection(&app.ada, &connection.id, &patch).await.unwrap();
        Self { app, connection }
    }

    /// Writes of a run at the vendor, and why it was held.
    async fn run(&self) -> (usize, Option<String>) {
        self.app.control("DELETE", "ledger", json!({})).await;
        let result = self.app.sync(&self.connection).await;
        let written = self.app.control("GET", "ledger?writes=true", json!({})).await;
        let held = self.app.connection(&self.connection).await.held_reason;
        assert_eq!(result.status == SyncStatus::Success, held.is_none(), "{:?}", result.error);
        (written["items"].as_array().unwrap().len(), held)
    }

    async fn write(&self, id: &str, op: LocalOp) {
        let write = LocalWrite { id: id.into(), series_id: id.into(), recurrence_id: None, op, answer: None };
        let tenant = self.app.store().tenant(&self.app.ada);
        tenant.write_local(&self.connection.calendar_id, &[write], false, self.app.clock.now()).await.unwrap();
    }

    async fn make(&self, id: &str, title: &str) {
        let event = event(title);
        let span = span_of(&event, &Zone::utc());
        self.write(id, LocalOp::Insert { kind: EventKind::Single, event: Box::new(event), span }).await;
    }

    /// Id and version of the local event of that title.
    async fn find(&self, title: &str) -> (String, i64) {
        let sql = format!("SELECT id FROM calendar_events WHERE title = '{title}' AND deleted_at IS NULL");
        let id = self.app.value(&sql).await.unwrap();
        let version = self.app.store().tenant(&self.app.ada).get_event(&id).await.unwrap().row.version;
        (id, version)
    }

    async fn retitle(&self, title: &str, to: &str) {
        let (id, expected) = self.find(title).await;
        let event = event(to);
        let span = span_of(&event, &Zone::utc());
        self.write(&id, LocalOp::Update { expected, kind: EventKind::Single, event: Box::new(event), span }).await;
    }

    async fn delete(&self, title: &str) {
        let (id, expected) = self.find(title).await;
        self.write(&id, LocalOp::Delete { expected }).await;
    }

    async fn theirs(&self) -> Vec<Value> {
        let stored = self.app.control("GET", &format!("events/{PRIMARY}"), json!({})).await;
        let items = stored["items"].as_array().cloned().unwrap_or_default();
        items.into_iter().filter(|item| item["status"] != "cancelled").collect()
    }

    async fn titles_there(&self) -> Vec<String> {
        let theirs = self.theirs().await;
        let mut titles: Vec<String> = theirs.iter().map(|it| it["summary"].as_str().unwrap().to_owned()).collect();
        titles.sort_unstable();
        titles
    }

    async fn at_vendor(&self, method: &str, title: &str, change: Value) {
        let theirs = self.theirs().await;
        let id = theirs.iter().find(|it| it["summary"] == title).unwrap()["id"].as_str().unwrap().to_owned();
        self.app.control(method, &format!("events/{PRIMARY}/{id}"), change).await;
    }

    async fn new_at_vendor(&self, title: &str) {
        let body = json!({ "summary": title, "start": { "dateTime": "2026-12-02T10:00:00Z" },
            "end": { "dateTime": "2026-12-02T11:00:00Z" } });
        self.app.control("POST", &format!("events/{PRIMARY}"), body).await;
    }

    /// Both sides show these, and two more runs write nothing.
    async fn agree(&self, titles: &[&str]) {
        for _ in 0..2 {
            assert_eq!(self.run().await, (0, None), "a quiet day writes nothing");
        }
        assert_eq!(self.app.titles(&self.connection).await, titles);
        assert_eq!(self.titles_there().await, titles);
        assert_eq!(self.app.control("GET", "mails", json!({})).await["items"], json!([]));
    }

    async fn migrate_restored(&self) {
        let system = self.app.store().system(SystemScope::for_workers());
        assert_eq!(system.begin_after_restore(self.app.clock.now()).await.unwrap(), 1);
    }
}

fn event(title: &str) -> Event {
    let at = |hour| Moment::zoned(jiff::civil::date(2026, 12, 1).at(hour, 0, 0, 0), Zone::utc());
    Event { title: title.into(), ..Event::at(When::Timed { start: at(9), end: at(10) }) }
}

fn id(number: u8) -> String {
    format!("01a1fd8c-6900-7000-8000-0000000000{number:02}")
}

/// What every table holds, put aside and put back, as a copy of the database would.
struct Copy(Vec<String>);

impl Copy {
    async fn take(raw: &Raw) -> Self {
        let names = match raw {
            Raw::Sqlite(_) => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
            Raw::Postgres(_) => "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
        };
        let names = raw.rows(names).await.into_iter().filter_map(|row| row[0].clone());
        let tables: Vec<String> = names.filter(|name| !name.starts_with("_sqlx")).collect();
        for table in &tables {
            raw.execute(&format!("CREATE TABLE copy_of_{table} AS SELECT * FROM {table}")).await;
        }
        Self(tables)
    }

    async fn put_back(&self, raw: &Raw) {
        let (before, after) = match raw {
            Raw::Sqlite(_) => ("PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE;", "COMMIT; PRAGMA foreign_keys = ON"),
            Raw::Postgres(_) => ("SET session_replication_role = replica;", "SET session_replication_role = origin"),
        };
        let table = |table: &String| format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM copy_of_{table};");
        let tables: String = self.0.iter().map(table).collect();
        raw.execute(&format!("{before} {tables} {after}")).await;
    }
}

async fn an_old_copy_of_the_database_loses_nothing_and_brings_nothing_back(db: Db) {
    let desk = Desk::open(db).await;
    let before = ["Changed there", "Changed here", "Deleted there", "Deleted here", "Stays", "Taken back"];
    for (number, title) in before.iter().enumerate() {
        desk.make(&id(u8::try_from(number).unwrap()), title).await;
    }
    assert_eq!(desk.run().await, (6, None));
    // On their way out when the copy is taken: a new event, and an edit.
    desk.make(&id(10), "Waited").await;
    desk.retitle("Taken back", "Edited").await;
    let copy = Copy::take(&desk.app.db.raw).await;

    assert_eq!(desk.run().await, (2, None));
    desk.at_vendor("PATCH", "Changed there", json!({ "location": "Room 4" })).await;
    desk.retitle("Changed here", "Changed here, too").await;
    desk.at_vendor("DELETE", "Deleted there", json!({})).await;
    desk.delete("Deleted here").await;
    desk.new_at_vendor("New there").await;
    desk.make(&id(11), "New here").await;
    // What went out was deleted and taken back by people since.
    desk.at_vendor("DELETE", "Waited", json!({})).await;
    desk.at_vendor("PATCH", "Edited", json!({ "summary": "Taken back" })).await;
    assert_eq!(desk.run().await.1, None);
    let all = ["Changed here, too", "Changed there", "New here", "New there", "Stays", "Taken back"];
    desk.agree(&all).await;

    copy.put_back(&desk.app.db.raw).await;
    assert!(desk.app.titles(&desk.connection).await.contains(&"Deleted there".to_owned()), "the old copy is back");
    desk.migrate_restored().await;
    let (written, held) = desk.run().await;
    let held = held.unwrap();
    assert_eq!(written, 0, "nothing goes out by itself");
    assert!(is_hold_after_restore(&held) && held.contains("and 2 events would be written"), "{held}");
    let here = desk.app.titles(&desk.connection).await;
    let expected = ["Changed here, too", "Changed there", "Edited", "New here", "New there", "Stays", "Waited"];
    assert_eq!(here, expected, "what is newer there has come in, and waits are all that differs");
    assert_eq!(desk.titles_there().await, all);

    // It stays so, without another whole comparison, and the plan names what waits.
    let compared = "external_calendar_connections WHERE sync_cursor IS NOT NULL AND sync_progress IS NULL";
    assert_eq!(desk.app.db.raw.count(compared).await, 1);
    assert_eq!(desk.run().await, (0, Some(held.clone())));
    let plan = desk.app.engine.plan(&desk.app.ada, &desk.connection.id, None).await.unwrap();
    assert_eq!(plan.brake, Some(held));
    let there = plan.changes.iter().filter(|change| change.side == PlanSide::There);
    let mut told: Vec<(&str, &str)> = there.map(|change| (change.action.as_str(), change.title.as_str())).collect();
    told.sort_unstable();
    assert_eq!(told, [("create", "Waited"), ("update", "Edited")]);

    // A person settles it: one is not wanted any more, the other is.
    desk.delete("Waited").await;
    desk.app.engine.release_hold(&desk.app.ada, &desk.connection.id, None).await.unwrap();
    assert_eq!(desk.run().await, (1, None));
    desk.agree(&["Changed here, too", "Changed there", "Edited", "New here", "New there", "Stays"]).await;
    // The caution is over: edits go out as ever.
    desk.retitle("Stays", "Stays and goes out").await;
    assert_eq!(desk.run().await, (1, None));
}

async fn a_copy_with_nothing_to_send_goes_on_by_itself(db: Db) {
    let desk = Desk::open(db).await;
    for number in 0..3 {
        desk.make(&id(number), &format!("Event {number}")).await;
    }
    assert_eq!(desk.run().await, (3, None));
    let copy = Copy::take(&desk.app.db.raw).await;
    desk.retitle("Event 1", "Event 1, changed").await;
    desk.delete("Event 2").await;
    desk.make(&id(7), "Later").await;
    assert_eq!(desk.run().await, (3, None));

    copy.put_back(&desk.app.db.raw).await;
    desk.migrate_restored().await;
    desk.agree(&["Event 0", "Event 1, changed", "Later"]).await;
    let restored = "external_calendar_connections WHERE restored_at IS NOT NULL";
    assert_eq!(desk.app.db.raw.count(restored).await, 0);
    desk.make(&id(8), "After it").await;
    assert_eq!(desk.run().await, (1, None));
}
