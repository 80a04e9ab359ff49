//! Both sides change one event: what survives, what waits for a person, how a person settles it, and
//! that it is quiet afterwards. And that a plan tells what the next run does.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tidecal_core::model::Event;
use tidecal_core::sync::{EventKind, Field, Side, span_of};
use tidecal_engine::{Clock as _, PlanAction, PlanSide, Resolve, SyncStatus};
use tidecal_ical::Zone;
use tidecal_store::{ConflictChoice, ConflictRow, Connection, ConnectionPatch, LocalOp, LocalWrite, SyncDirection};

use crate::app::{App, Options};
use crate::harness::{Db, on_both};

on_both!(
    the_local_side_wins_and_all_is_quiet,
    the_remote_side_wins_and_all_is_quiet,
    field_by_field_and_all_is_quiet,
    a_reset_conflict_comes_up_again_while_both_sides_differ,
    a_local_deletion_gives_way_to_a_remote_edit,
    a_local_deletion_wins_over_a_remote_edit,
    a_local_edit_wins_over_a_remote_deletion,
    a_local_edit_gives_way_to_a_remote_deletion,
    a_plan_says_what_the_next_run_does,
    a_first_plan_changes_nothing_and_holds_true,
    a_change_of_filters_is_worked_off_within_one_run_on_both_sides,
);

const PRIMARY: &str = "ada@example.com";

struct Desk {
    app: App,
    connection: Connection,
    /// The vendor's id of the one event.
    item: String,
}

impl Desk {
    /// One event that both sides agree on.
    async fn open(db: Db) -> Self {
        let app = App::with(db, Options { filled: false, ..Options::default() }).await;
        let connection = app.connect_google(PRIMARY).await;
        let patch =
            ConnectionPatch { sync_direction: Some(SyncDirection::Bidirectional), ..ConnectionPatch::default() };
        app.engine.update_connection(&app.ada, &connection.id, &patch).await.unwrap();
        let made = app.control("POST", &format!("events/{PRIMARY}"), meeting("Review")).await;
        let desk = Self { app, connection, item: made["id"].as_str().unwrap().to_owned() };
        assert_eq!(desk.sync().await, 0);
        desk
    }

    /// Writes of a run at the vendor.
    async fn sync(&self) -> usize {
        self.app.control("DELETE", "ledger", json!({})).await;
        let result = self.app.sync(&self.connection).await;
        assert_eq!((result.status, result.error), (SyncStatus::Success, None));
        let written = self.app.control("GET", "ledger?writes=true", json!({})).await;
        written["items"].as_array().unwrap().len()
    }

    async fn local(&self) -> (String, i64, Event) {
        let sql = "SELECT id FROM calendar_events WHERE deleted_at IS NULL";
        let id = self.app.value(sql).await.unwrap();
        let detail = self.app.store().tenant(&self.app.ada).get_event(&id).await.unwrap();
        (id, detail.row.version, detail.row.event)
    }

    async fn write(&self, id: &str, op: LocalOp) {
        let write = LocalWrite { id: id.into(), series_id: id.into(), recurrence_id: None, op, answer: None };
        let tenant = self.app.store().tenant(&self.app.ada);
        tenant.write_local(&self.connection.calendar_id, &[write], false, self.app.clock.now()).await.unwrap();
    }

    async fn edit(&self, change: impl FnOnce(&mut Event)) {
        let (id, version, mut event) = self.local().await;
        change(&mut event);
        let span = span_of(&event, &Zone::utc());
        let op = LocalOp::Update { expected: version, kind: EventKind::Single, event: Box::new(event), span };
        self.write(&id, op).await;
    }

    async fn edit_there(&self, change: Value) {
        self.app.control("PATCH", &format!("events/{PRIMARY}/{}", self.item), change).await;
    }

    async fn theirs(&self) -> Vec<Value> {
        let stored = self.app.control("GET", &format!("events/{PRIMARY}"), json!({})).await;
        let items = stored["items"].as_array().cloned().unwrap_or_default();
        items.into_iter().filter(|item| item["status"] != "cancelled").collect()
    }

    async fn conflict(&self) -> ConflictRow {
        let tenant = self.app.store().tenant(&self.app.ada);
        let mut open = tenant.list_conflicts(true, None, None, 9).await.unwrap();
        assert_eq!(open.len(), 1);
        open.remove(0)
    }

    /// Both sides give the event another title; only the vendor another place.
    async fn quarrel(&self) -> ConflictRow {
        self.edit(|event| event.title = "Mine".into()).await;
        self.edit_there(json!({ "summary": "Theirs", "location": "Room 4" })).await;
        assert_eq!(self.sync().await, 0, "nothing goes out while a person decides");
        let conflict = self.conflict().await;
        assert_eq!(conflict.fields, ["title"]);
        conflict
    }

    async fn resolve(&self, id: &str, choice: ConflictChoice, fields: &[(Field, Side)]) {
        let fields: BTreeMap<Field, Side> = fields.iter().copied().collect();
        let resolve = Resolve { choice, fields, local_version: None, notify: false, request_id: None };
        let row = self.app.engine.resolve_conflict(&self.app.ada, id, &resolve).await.unwrap();
        assert!(!row.open);
        let audit = self.app.store().tenant(&self.app.ada).list_audit(Some(id), None, 9).await.unwrap();
        assert_eq!(audit[0].action, "conflict.resolve");
    }

    /// Both sides say that, nothing waits, nobody was mailed, and two more runs write nothing.
    async fn settled(&self, title: &str, location: &str) {
        for _ in 0..2 {
            assert_eq!(self.sync().await, 0, "a quiet day writes nothing");
        }
        let (_, _, event) = self.local().await;
        assert_eq!((event.title.as_str(), event.location.as_str()), (title, location));
        let theirs = self.theirs().await;
        assert_eq!((theirs.len(), theirs[0]["summary"].as_str()), (1, Some(title)));
        assert_eq!(theirs[0]["location"].as_str().unwrap_or_default(), location);
        self.calm().await;
    }

    async fn calm(&self) {
        let open = "SELECT COUNT(*) FROM conflicts WHERE status = 'open'";
        assert_eq!(self.app.value(open).await.as_deref(), Some("0"));
        let restless = "SELECT COUNT(*) FROM external_calendar_events \
            WHERE sync_status NOT IN ('SYNCED', 'DELETED') OR verdict <> 'mirrored'";
        assert_eq!(self.app.value(restless).await.as_deref(), Some("0"));
        for list in ["mails", "violations"] {
            assert_eq!(self.app.control("GET", list, json!({})).await["items"], json!([]), "{list}");
        }
    }
}

fn meeting(title: &str) -> Value {
    json!({
        "summary": title,
        "start": { "dateTime": "2026-12-01T10:00:00+01:00", "timeZone": "Europe/Vienna" },
        "end": { "dateTime": "2026-12-01T11:00:00+01:00", "timeZone": "Europe/Vienna" },
    })
}

async fn the_local_side_wins_and_all_is_quiet(db: Db) {
    let desk = Desk::open(db).await;
    let conflict = desk.quarrel().await;
    let view = desk.app.engine.get_conflict(&desk.app.ada, &conflict.id).await.unwrap();
    assert_eq!(view.differing, [Field::Title, Field::Location]);
    desk.resolve(&conflict.id, ConflictChoice::Local, &[]).await;
    assert_eq!(desk.sync().await, 1);
    desk.settled("Mine", "").await;
}

async fn the_remote_side_wins_and_all_is_quiet(db: Db) {
    let desk = Desk::open(db).await;
    let conflict = desk.quarrel().await;
    desk.resolve(&conflict.id, ConflictChoice::Remote, &[]).await;
    assert_eq!(desk.sync().await, 0);
    desk.settled("Theirs", "Room 4").await;
}

async fn field_by_field_and_all_is_quiet(db: Db) {
    let desk = Desk::open(db).await;
    let conflict = desk.quarrel().await;
    let fields = BTreeMap::new();
    let nothing =
        Resolve { choice: ConflictChoice::Fields, fields, local_version: None, notify: false, request_id: None };
    let refused = desk.app.engine.resolve_conflict(&desk.app.ada, &conflict.id, &nothing).await.unwrap_err();
    assert_eq!(refused.to_string(), "fields: choose a side for title");
    // The place changed at the vendor alone: it stays.
    desk.resolve(&conflict.id, ConflictChoice::Fields, &[(Field::Title, Side::Local)]).await;
    assert_eq!(desk.sync().await, 1);
    desk.settled("Mine", "Room 4").await;
}

async fn a_reset_conflict_comes_up_again_while_both_sides_differ(db: Db) {
    let desk = Desk::open(db).await;
    let first = desk.quarrel().await;
    desk.app.engine.reset_conflict(&desk.app.ada, &first.id, None).await.unwrap();
    assert_eq!(desk.sync().await, 0);
    let second = desk.conflict().await;
    assert_ne!(first.id, second.id);
    desk.resolve(&second.id, ConflictChoice::Remote, &[]).await;
    desk.settled("Theirs", "Room 4").await;
}

impl Desk {
    async fn deleted_here_edited_there(db: Db) -> (Self, ConflictRow) {
        let desk = Self::open(db).await;
        let (id, version, _) = desk.local().await;
        desk.write(&id, LocalOp::Delete { expected: version }).await;
        desk.edit_there(json!({ "summary": "Theirs" })).await;
        assert_eq!(desk.sync().await, 0);
        let conflict = desk.conflict().await;
        assert!(conflict.fields.is_empty());
        (desk, conflict)
    }

    async fn edited_here_deleted_there(db: Db) -> (Self, ConflictRow) {
        let desk = Self::open(db).await;
        desk.edit(|event| event.title = "Mine".into()).await;
        desk.app.control("DELETE", &format!("events/{PRIMARY}/{}", desk.item), json!({})).await;
        assert_eq!(desk.sync().await, 0);
        let conflict = desk.conflict().await;
        (desk, conflict)
    }
}

async fn a_local_deletion_gives_way_to_a_remote_edit(db: Db) {
    let (desk, conflict) = Desk::deleted_here_edited_there(db).await;
    desk.resolve(&conflict.id, ConflictChoice::Remote, &[]).await;
    desk.settled("Theirs", "").await;
}

async fn a_local_deletion_wins_over_a_remote_edit(db: Db) {
    let (desk, conflict) = Desk::deleted_here_edited_there(db).await;
    desk.resolve(&conflict.id, ConflictChoice::Local, &[]).await;
    assert_eq!(desk.sync().await, 1);
    assert_eq!((desk.sync().await, desk.theirs().await.len()), (0, 0));
    desk.calm().await;
}

async fn a_local_edit_wins_over_a_remote_deletion(db: Db) {
    let (desk, conflict) = Desk::edited_here_deleted_there(db).await;
    desk.resolve(&conflict.id, ConflictChoice::Local, &[]).await;
    assert_eq!(desk.sync().await, 1);
    desk.settled("Mine", "").await;
}

async fn a_local_edit_gives_way_to_a_remote_deletion(db: Db) {
    let (desk, conflict) = Desk::edited_here_deleted_there(db).await;
    desk.resolve(&conflict.id, ConflictChoice::Remote, &[]).await;
    assert_eq!((desk.sync().await, desk.app.titles(&desk.connection).await), (0, Vec::new()));
    desk.calm().await;
}

/// Everything that a plan must not touch.
async fn rows(app: &App) -> Vec<Option<String>> {
    let mut rows = Vec::new();
    for sql in [
        "SELECT COUNT(*) || '/' || COALESCE(SUM(version), 0) FROM calendar_events",
        "SELECT COUNT(*) || '/' || COALESCE(SUM(base_version), 0) FROM external_calendar_events",
        "SELECT COUNT(*) FROM sync_runs",
        "SELECT COUNT(*) FROM sync_journal",
        "SELECT sync_cursor || '/' || lease_epoch || '/' || local_cursor FROM external_calendar_connections",
        "SELECT seq FROM calendars",
    ] {
        rows.push(app.value(&sql.replace("SELECT seq", "SELECT CAST(seq AS TEXT)")).await);
    }
    rows
}

async fn a_plan_says_what_the_next_run_does(db: Db) {
    let desk = Desk::open(db).await;
    let other = desk.app.control("POST", &format!("events/{PRIMARY}"), meeting("Goes")).await;
    assert_eq!(desk.sync().await, 0);
    // One edited here and there, one deleted there, one new there, one new here.
    let id = desk.item.clone();
    let ours = format!("SELECT event_id FROM external_calendar_events WHERE external_event_id = '{id}'");
    let ours = desk.app.value(&ours).await.unwrap();
    let detail = desk.app.store().tenant(&desk.app.ada).get_event(&ours).await.unwrap().row;
    let edited = Event { title: "Review, moved".into(), ..detail.event.clone() };
    let span = span_of(&edited, &Zone::utc());
    let op = LocalOp::Update { expected: detail.version, kind: EventKind::Single, event: Box::new(edited), span };
    desk.write(&ours, op).await;
    desk.edit_there(json!({ "location": "Room 4" })).await;
    desk.app.control("DELETE", &format!("events/{PRIMARY}/{}", other["id"].as_str().unwrap()), json!({})).await;
    desk.app.control("POST", &format!("events/{PRIMARY}"), meeting("New there")).await;
    let new = Event { title: "New here".into(), ..detail.event };
    let op = LocalOp::Insert { kind: EventKind::Single, span: span_of(&new, &Zone::utc()), event: Box::new(new) };
    desk.write("01a1fd8c-6900-7000-8000-0000000000aa", op).await;

    let before = rows(&desk.app).await;
    let plan = desk.app.engine.plan(&desk.app.ada, &desk.connection.id, None).await.unwrap();
    assert_eq!(rows(&desk.app).await, before, "a plan changes no row");
    let mut told: Vec<(bool, &str, &str)> = plan
        .changes
        .iter()
        .map(|change| (change.side == PlanSide::Here, change.action.as_str(), change.title.as_str()))
        .collect();
    told.sort_unstable();
    let expected = [
        (false, "create", "New here"),
        (false, "update", "Review, moved"),
        (true, "create", "New there"),
        (true, "delete", "Goes"),
        (true, "update", "Review, moved"),
    ];
    assert_eq!(told, expected);
    let out = plan.changes.iter().find(|it| it.side == PlanSide::There && it.action == PlanAction::Update).unwrap();
    let fields: Vec<_> = out.fields.iter().map(|it| (it.field, it.before.clone(), it.after.clone())).collect();
    assert_eq!(fields, [(Field::Title, json!("Review"), json!("Review, moved"))]);
    assert!(plan.changes.iter().all(|change| change.mails.is_empty()) && plan.stops.is_empty());

    // The run does what was said.
    desk.app.control("DELETE", "ledger", json!({})).await;
    let result = desk.app.sync(&desk.connection).await;
    assert_eq!((result.status, result.stats), (SyncStatus::Success, plan.stats));
    let written = desk.app.control("GET", "ledger?writes=true", json!({})).await;
    assert_eq!(written["items"].as_array().unwrap().len() as u64, plan.pushed);
    let mut titles: Vec<String> =
        desk.theirs().await.iter().map(|it| it["summary"].as_str().unwrap().to_owned()).collect();
    titles.sort_unstable();
    assert_eq!(titles, ["New here", "New there", "Review, moved"]);
    assert_eq!(desk.app.titles(&desk.connection).await, titles);

    let after = desk.app.engine.plan(&desk.app.ada, &desk.connection.id, None).await.unwrap();
    assert_eq!((after.changes.len(), after.pushed, after.calls_made), (0, 0, 1));
}

async fn a_first_plan_changes_nothing_and_holds_true(db: Db) {
    let app = App::new(db).await;
    let connection = app.connect_google(PRIMARY).await;
    let plan = app.engine.plan(&app.ada, &connection.id, None).await.unwrap();
    assert_eq!(app.titles(&connection).await, Vec::<String>::new());
    let first = app.sync(&connection).await;
    assert_eq!(first.stats, plan.stats);
    assert_eq!(plan.changes.iter().filter(|it| it.action == PlanAction::Create).count() as u64, plan.stats.synced);

    // What a narrower view would take out is told before it is chosen.
    let patch = ConnectionPatch {
        filters: Some(tidecal_core::sync::Filters { all_day: true, ..Default::default() }),
        ..ConnectionPatch::default()
    };
    let narrower = app.engine.plan(&app.ada, &connection.id, Some(&patch)).await.unwrap();
    app.engine.update_connection(&app.ada, &connection.id, &patch).await.unwrap();
    let compared = app.sync(&connection).await;
    assert_eq!(compared.stats.deleted, narrower.changes.len() as u64);
}

async fn a_change_of_filters_is_worked_off_within_one_run_on_both_sides(db: Db) {
    const MANY: usize = 230;
    let desk = Desk::open(db).await;
    for number in 0..MANY {
        desk.app.control("POST", &format!("events/{PRIMARY}"), meeting(&format!("Lunch {number}"))).await;
    }
    assert_eq!(desk.sync().await, 0);
    let filtered = |words: &[&str]| ConnectionPatch {
        filters: Some(tidecal_core::sync::Filters {
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            ..Default::default()
        }),
        ..ConnectionPatch::default()
    };
    let set = async |words: &[&str]| {
        desk.app.engine.update_connection(&desk.app.ada, &desk.connection.id, &filtered(words)).await.unwrap();
        desk.app.calls().await;
        let written = desk.sync().await;
        let calls = desk.app.calls().await;
        assert!(calls.iter().all(|call| call != "events.get"), "the reading brings everything: {calls:?}");
        let waiting = "SELECT COUNT(*) FROM external_calendar_events WHERE sync_status = 'CREATED'";
        assert_eq!(desk.app.value(waiting).await.as_deref(), Some("0"), "nothing is left for the next run");
        written
    };
    assert_eq!(set(&["lunch"]).await, 0);
    assert_eq!(desk.app.titles(&desk.connection).await, ["Review"]);
    // What is left out is left out on the way there, too, until it is not.
    let lunch = Event { title: "Lunch here".into(), ..desk.local().await.2 };
    let op = LocalOp::Insert { kind: EventKind::Single, span: span_of(&lunch, &Zone::utc()), event: Box::new(lunch) };
    desk.write("01a1fd8c-6900-7000-8000-0000000000ab", op).await;
    assert_eq!(desk.sync().await, 0);
    assert_eq!(set(&[]).await, 1);
    assert_eq!(desk.app.titles(&desk.connection).await.len(), MANY + 2);
    assert_eq!(desk.theirs().await.len(), MANY + 2);
    assert_eq!(desk.sync().await, 0);
}
