//! What people write: calendars, events, settings of connections.

use crate::fixture::{
    Home, claim, commit_once, connect, event, home, later, mapping, mirrored, now, single, span_of, success, system,
};
use crate::harness::{Db, on_both};
use tidecal_core::model::{Event, EventType, Response};
use tidecal_core::remote::Answer;
use tidecal_core::sync::{
    ConflictPolicy, EventKind, Filters, MappingStatus, MappingWrite, Privacy, Role, SyncDirection, Writes,
};
use tidecal_store::{CalendarPatch, ConnectionPatch, FinishRow, LocalOp, LocalVersion, LocalWrite, StoreError};

on_both!(
    a_calendar_of_ones_own_is_made_changed_and_deleted,
    a_connected_calendar_stays,
    an_edit_is_numbered_and_wakes_who_writes,
    an_edit_of_another_version_changes_nothing,
    a_series_is_written_in_one_transaction,
    what_no_vendor_shows_is_gone_at_once,
    what_a_vendor_shows_stays_until_it_knows,
    an_edit_keeps_what_both_sides_agreed_on,
    consent_and_answers_are_kept_with_their_version,
    new_rules_have_everything_looked_at_again,
    a_deleted_connection_leaves_no_waiting_deletions,
);

const DAY: &str = "2026-11-23T09:00:00Z";

pub(crate) fn insert_local(id: &str, series: &str, content: &Event) -> LocalWrite {
    let kind = if content.recurrence.is_some() { EventKind::Master } else { EventKind::Single };
    let op = LocalOp::Insert { kind, event: Box::new(content.clone()), span: span_of(content) };
    LocalWrite { id: id.into(), series_id: series.into(), recurrence_id: None, op, answer: None }
}

pub(crate) fn update_local(id: &str, expected: i64, content: &Event) -> LocalWrite {
    let (event, span) = (Box::new(content.clone()), span_of(content));
    let op = LocalOp::Update { expected, kind: EventKind::Single, event, span };
    LocalWrite { op, ..insert_local(id, id, content) }
}

pub(crate) fn delete_local(id: &str, expected: i64) -> LocalWrite {
    LocalWrite { op: LocalOp::Delete { expected }, ..insert_local(id, id, &event("", DAY)) }
}

/// A person with a calendar that one connection writes from, and one event in it from there.
pub(crate) async fn writing(db: &Db) -> Home {
    let home = home(&db.store, "ada").await;
    db.raw.execute("UPDATE external_calendar_connections SET sync_direction = 'bidirectional'").await;
    let review = event("Review", DAY);
    commit_once(&db.store, &home.connection.id, &mirrored(&[(single("e1"), review)]), "c1", now()).await;
    home
}

async fn write(db: &Db, home: &Home, writes: &[LocalWrite]) -> Result<Vec<LocalVersion>, StoreError> {
    db.store.tenant(&home.scope).write_local(&home.connection.calendar_id, writes, false, later(5)).await
}

fn version(id: &str, version: Option<i64>) -> LocalVersion {
    LocalVersion { id: id.into(), version }
}

async fn a_calendar_of_ones_own_is_made_changed_and_deleted(db: Db) {
    let home = home(&db.store, "ada").await;
    let tenant = db.store.tenant(&home.scope);
    let calendar = tenant.insert_calendar("Own", None, Some("Europe/Vienna"), now()).await.unwrap();
    let patch = CalendarPatch { name: Some("Mine".into()), color: Some(Some("#112233".into())), time_zone: None };
    let changed = tenant.update_calendar(&calendar.id, &patch, later(1)).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.color.as_deref()), ("Mine", Some("#112233")));
    assert_eq!(changed.time_zone.as_deref(), Some("Europe/Vienna"));
    let patch = CalendarPatch { time_zone: Some(None), ..CalendarPatch::default() };
    assert_eq!(tenant.update_calendar(&calendar.id, &patch, later(2)).await.unwrap().time_zone, None);
    tenant.write_local(&calendar.id, &[insert_local("l1", "l1", &event("x", DAY))], false, now()).await.unwrap();
    assert_eq!(tenant.get_calendar(&calendar.id).await.unwrap().seq, 1);
    assert_eq!(tenant.delete_calendar(&calendar.id).await.unwrap().events, 1);
    assert!(matches!(tenant.get_calendar(&calendar.id).await, Err(StoreError::NotFound("calendar"))));
    assert_eq!(db.raw.count("calendar_events").await, 0);
}

async fn a_connected_calendar_stays(db: Db) {
    let home = writing(&db).await;
    let refused = db.store.tenant(&home.scope).delete_calendar(&home.connection.calendar_id).await.unwrap_err();
    assert!(matches!(refused, StoreError::InUse("calendar")), "{refused}");
    assert_eq!(db.raw.count("calendar_events").await, 1);
}

async fn an_edit_is_numbered_and_wakes_who_writes(db: Db) {
    let home = writing(&db).await;
    let reading = connect(&db.store, &home.scope, &home.account.id, "holidays").await;
    let needed = "SELECT id FROM external_calendar_connections WHERE sync_needed = TRUE";
    assert_eq!(db.raw.rows(needed).await.len(), 0);
    let writes = [insert_local("l1", "l1", &event("Lunch", DAY)), update_local("e1", 1, &event("Review 2", DAY))];
    let versions = write(&db, &home, &writes).await.unwrap();
    assert_eq!(versions, [version("l1", Some(1)), version("e1", Some(2))]);
    assert_eq!(db.raw.rows(needed).await, [[Some(home.connection.id.clone())]]);
    assert_ne!(reading.id, home.connection.id);
    let rows = db.raw.rows("SELECT id, version, seq, edited_version FROM calendar_events ORDER BY seq").await;
    let texts: Vec<Vec<&str>> = rows.iter().map(|row| row.iter().map(|it| it.as_deref().unwrap()).collect()).collect();
    assert_eq!(texts, [["l1", "1", "2", "1"], ["e1", "2", "3", "2"]]);
    let series = db.store.tenant(&home.scope).get_series("e1").await.unwrap();
    assert_eq!(
        (series.calendar_id, series.owner_id),
        (home.connection.calendar_id.clone(), home.scope.user_id.clone())
    );
    assert_eq!(series.rows[0].external_event_id.as_deref(), Some("ext-e1"), "an edit keeps where it came from");
    let claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    let batch = system(&db.store).load_local(&claimed.lease, 1, Some(crate::fixture::window()), 10).await.unwrap();
    assert_eq!(batch.series.iter().map(|it| it.series_id.as_deref().unwrap()).collect::<Vec<_>>(), ["l1", "e1"]);
    let taken = write(&db, &home, &[insert_local("l1", "l1", &event("again", DAY))]).await.unwrap_err();
    assert!(matches!(taken, StoreError::Exists("event")), "{taken}");
}

async fn an_edit_of_another_version_changes_nothing(db: Db) {
    let home = writing(&db).await;
    let writes = [
        insert_local("l1", "l1", &event("Lunch", DAY)),
        update_local("e1", 7, &event("old view", DAY)),
        delete_local("nobody", 1),
    ];
    match write(&db, &home, &writes).await.unwrap_err() {
        StoreError::EventsMoved { ids } => assert_eq!(ids, ["e1", "nobody"]),
        other => panic!("{other}"),
    }
    assert_eq!(db.raw.count("calendar_events").await, 1);
    assert_eq!(db.raw.value("SELECT seq FROM calendars").await.as_deref(), Some("1"));
    let needed = db.raw.count("external_calendar_connections WHERE sync_needed = TRUE").await;
    assert_eq!(needed, 0);
}

async fn a_series_is_written_in_one_transaction(db: Db) {
    let home = writing(&db).await;
    let mut daily = event("Daily", DAY);
    daily.recurrence = Some(tidecal_ical::Recurrence { rules: vec!["FREQ=DAILY".into()], ..Default::default() });
    let key = "20261124T090000Z".parse().unwrap();
    let moved = event("Daily, late", "2026-11-24T11:00:00Z");
    let exception = LocalWrite {
        recurrence_id: Some(key),
        op: LocalOp::Insert { kind: EventKind::Override, event: Box::new(moved.clone()), span: span_of(&moved) },
        ..insert_local("o", "m", &moved)
    };
    write(&db, &home, &[insert_local("m", "m", &daily), exception]).await.unwrap();
    let series = db.store.tenant(&home.scope).get_series("o").await.unwrap();
    let ids: Vec<&str> = series.rows.iter().map(|it| it.row.id.as_str()).collect();
    assert_eq!((series.series_id.as_str(), ids), ("m", vec!["m", "o"]));
    assert_eq!(series.rows[1].row.recurrence_id, Some(key));
    assert_eq!(series.rows[0].row.event, daily);
}

async fn what_no_vendor_shows_is_gone_at_once(db: Db) {
    let home = writing(&db).await;
    write(&db, &home, &[insert_local("l1", "l1", &event("Lunch", DAY))]).await.unwrap();
    assert_eq!(write(&db, &home, &[delete_local("l1", 1)]).await.unwrap(), [version("l1", None)]);
    assert_eq!(db.raw.count("calendar_events WHERE id = 'l1'").await, 0);
    let feed = db.raw.rows("SELECT event_id, seq FROM change_feed").await;
    assert_eq!(feed, [[Some("l1".to_owned()), Some("3".to_owned())]]);
}

async fn what_a_vendor_shows_stays_until_it_knows(db: Db) {
    let home = writing(&db).await;
    let tenant = db.store.tenant(&home.scope);
    assert_eq!(write(&db, &home, &[delete_local("e1", 1)]).await.unwrap(), [version("e1", Some(2))]);
    assert!(matches!(tenant.get_event("e1").await, Err(StoreError::NotFound("event"))), "people see it gone");
    assert!(tenant.get_series("e1").await.unwrap().rows[0].deleted);
    assert_eq!(db.raw.count("change_feed WHERE event_id = 'e1' AND seq = 2").await, 1);
    let mut claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    assert_eq!(system(&db.store).count_outgoing(&claimed.lease).await.unwrap(), 1);
    let batch = system(&db.store).load_local(&claimed.lease, 1, Some(crate::fixture::window()), 10).await.unwrap();
    assert!(batch.series[0].components[0].local.as_ref().unwrap().deleted);
    assert_eq!(batch.series[0].components[0].base().unwrap().title, "Review");
    // The vendor has confirmed it.
    let writes = Writes {
        events: vec![crate::fixture::delete(single("e1"), 2)],
        mappings: vec![MappingWrite {
            event_id: None,
            status: MappingStatus::Deleted,
            ..mapping(single("e1"), 2, &event("Review", DAY))
        }],
        ..Writes::default()
    };
    let step = crate::fixture::advance("c2");
    system(&db.store).commit(&mut claimed.lease, &writes, &step, later(20), &crate::fixture::run_ref()).await.unwrap();
    assert_eq!(db.raw.count("calendar_events").await, 0);
    assert_eq!(system(&db.store).count_outgoing(&claimed.lease).await.unwrap(), 0);
}

async fn an_edit_keeps_what_both_sides_agreed_on(db: Db) {
    let home = writing(&db).await;
    write(&db, &home, &[update_local("e1", 1, &event("second", DAY))]).await.unwrap();
    write(&db, &home, &[update_local("e1", 2, &event("third", DAY))]).await.unwrap();
    let claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    let states = system(&db.store).load_series(&claimed.lease, &["ext-e1".into()]).await.unwrap();
    let component = &states[0].components[0];
    assert!(component.is_dirty());
    assert_eq!(component.binding.local_base.as_ref().unwrap().title, "Review");
    assert_eq!(component.base().unwrap().title, "Review");
    let local = component.local.as_ref().unwrap();
    assert_eq!((local.event.title.as_str(), local.version, local.edited), ("third", 3, 3));
}

async fn consent_and_answers_are_kept_with_their_version(db: Db) {
    let home = writing(&db).await;
    let tenant = db.store.tenant(&home.scope);
    let calendar = &home.connection.calendar_id;
    let second = [update_local("e1", 1, &event("second", DAY))];
    tenant.write_local(calendar, &second, true, later(1)).await.unwrap();
    let row = tenant.get_series("e1").await.unwrap().rows.remove(0);
    assert_eq!((row.row.version, row.consent), (2, Some(2)));
    let answer = Answer { response: Response::Accepted, comment: String::new(), notify: false };
    let third = [LocalWrite { answer: Some(answer.clone()), ..update_local("e1", 2, &event("third", DAY)) }];
    tenant.write_local(calendar, &third, false, later(2)).await.unwrap();
    let row = tenant.get_series("e1").await.unwrap().rows.remove(0);
    assert_eq!((row.row.version, row.consent, row.answer), (3, Some(2), Some(answer)), "said of the second version");
    tenant.write_local(calendar, &[delete_local("e1", 3)], true, later(3)).await.unwrap();
    let row = tenant.get_series("e1").await.unwrap().rows.remove(0);
    assert_eq!((row.row.version, row.consent, row.answer), (4, Some(4), None));
}

async fn new_rules_have_everything_looked_at_again(db: Db) {
    let home = writing(&db).await;
    let tenant = db.store.tenant(&home.scope);
    let id = &home.connection.id;
    let stored = tenant.get_connection(id).await.unwrap();
    assert_eq!((stored.privacy, stored.conflict_policy), (Privacy::Full, ConflictPolicy::Ask));
    assert!(stored.filters.is_empty() && stored.sync_cursor.is_some());
    let same = ConnectionPatch {
        privacy: Some(Privacy::Full),
        conflict_policy: Some(ConflictPolicy::Newest),
        filters: Some(Filters::default()),
        ..ConnectionPatch::default()
    };
    let stored = tenant.update_connection(id, &same, later(1)).await.unwrap();
    assert_eq!(stored.conflict_policy, ConflictPolicy::Newest);
    assert!(stored.sync_cursor.is_some() && !stored.sync_needed, "who wins needs no new look");
    let wider = ConnectionPatch { window_past_days: Some(Some(400)), ..ConnectionPatch::default() };
    let stored = tenant.update_connection(id, &wider, later(2)).await.unwrap();
    assert!(stored.sync_cursor.is_none() && stored.sync_needed);
    assert_eq!(db.raw.count("external_calendar_events WHERE sync_status = 'CREATED'").await, 0);
    let filters = Filters { event_types: vec![EventType::Task], words: vec!["it's".into()], ..Filters::default() };
    let rules = ConnectionPatch {
        privacy: Some(Privacy::Busy),
        filters: Some(filters.clone()),
        sync_direction: Some(SyncDirection::Inbound),
        ..ConnectionPatch::default()
    };
    let stored = tenant.update_connection(id, &rules, later(3)).await.unwrap();
    assert_eq!((stored.filters, stored.privacy), (filters, Privacy::Busy));
    assert_eq!(db.raw.count("external_calendar_events WHERE sync_status = 'CREATED' AND raw IS NULL").await, 1);
    let claimed = claim(&db.store, id, later(4)).await.unwrap();
    assert_eq!(claimed.connection.privacy, Privacy::Busy);
    assert_eq!(system(&db.store).load_retries(&claimed.lease, 10).await.unwrap().len(), 1);
}

async fn a_deleted_connection_leaves_no_waiting_deletions(db: Db) {
    let home = writing(&db).await;
    write(&db, &home, &[insert_local("l1", "l1", &event("Lunch", DAY))]).await.unwrap();
    let copy = MappingWrite { role: Role::Copy, ..mapping(single("l1"), 1, &event("Lunch", DAY)) };
    let mut claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    let writes = Writes { mappings: vec![copy], ..Writes::default() };
    let step = crate::fixture::advance("c2");
    system(&db.store).commit(&mut claimed.lease, &writes, &step, later(20), &crate::fixture::run_ref()).await.unwrap();
    system(&db.store).finish(&claimed.lease, &FinishRow { ..success(&claimed, later(20)) }).await.unwrap();
    write(&db, &home, &[delete_local("l1", 1)]).await.unwrap();
    assert_eq!(db.raw.count("calendar_events WHERE id = 'l1'").await, 1);
    db.store.tenant(&home.scope).delete_connection(&home.connection.id, later(30)).await.unwrap();
    assert_eq!(db.raw.count("calendar_events").await, 0);
}
