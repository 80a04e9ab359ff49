//! Commits: all or nothing, with the cursor, behind the fence.

use crate::fixture::{
    Part, advance, claim, commit_once, connect, delete, event, home, insert, later, mapping, mirrored, now, run_ref,
    single, success, system, update,
};
use crate::harness::{Db, on_both};
use jiff::SignedDuration;
use tidecal_core::remote::Cursor;
use tidecal_core::sync::{
    ConflictWrite, Direction, EventKind, JournalEntry, MappingStatus, MappingWrite, Progress, Writes,
};
use tidecal_store::{Advance, Claim, ClaimQuery, CommitError, ProgressMove};

on_both!(
    changes_and_cursor_arrive_together,
    another_holder_of_the_lease_fences_a_commit_off,
    a_reset_during_the_run_wins,
    a_local_event_that_moved_is_decided_again,
    a_refused_commit_leaves_no_trace,
    changes_are_numbered_in_their_order,
    another_connection_keeps_its_base,
    a_deletion_reaches_the_feed_and_the_other_connection,
    the_journal_counts_a_series_once,
    a_mapping_has_one_open_conflict,
    a_conflict_is_told_once_and_read_when_it_is_over,
    the_raw_copy_stays_unless_a_new_one_comes,
    progress_counts_under_its_cursor_only,
    five_thousand_rows_in_one_commit,
    a_deleted_connection_ends_its_run,
);

pub(crate) fn progress(reading: &str, token: Option<&str>) -> Progress {
    Progress {
        reading_id: reading.to_owned(),
        lower: crate::fixture::at("2026-08-21T10:00:00Z"),
        comparing: false,
        token: token.map(str::to_owned),
        seen: 0,
    }
}

async fn commit(db: &Db, claim: &mut Claim, writes: &Writes, step: &Advance) -> Result<(), CommitError> {
    system(&db.store).commit(&mut claim.lease, writes, step, later(1), &run_ref()).await.map(drop)
}

async fn changes_and_cursor_arrive_together(db: Db) {
    let home = home(&db.store, "ada").await;
    let mut claimed = claim(&db.store, &home.connection.id, now()).await.unwrap();
    let review = event("Review", "2026-11-23T09:00:00Z");
    commit(&db, &mut claimed, &mirrored(&[(single("e1"), review.clone())]), &advance("c1")).await.unwrap();
    assert_eq!(claimed.lease.cursor, Some(Cursor("c1".into())), "the lease follows");
    let detail = db.store.tenant(&home.scope).get_event("e1").await.unwrap();
    assert_eq!((detail.row.event, detail.row.version), (review, 1));
    assert_eq!(detail.external_event_id.as_deref(), Some("ext-e1"));
    assert_eq!(detail.connection_ids, std::slice::from_ref(&home.connection.id));
    let user = "SELECT user_id FROM calendar_events";
    assert_eq!(db.raw.value(user).await, Some(home.scope.user_id.clone()));
    // The next commit of the same run goes on from there.
    let changed = event("Review 2", "2026-11-23T10:00:00Z");
    let next = Writes {
        events: vec![update(single("e1"), 1, &changed)],
        mappings: vec![mapping(single("e1"), 2, &changed)],
        ..Writes::default()
    };
    commit(&db, &mut claimed, &next, &advance("c2")).await.unwrap();
    let detail = db.store.tenant(&home.scope).get_event("e1").await.unwrap();
    assert_eq!((detail.row.event.title.as_str(), detail.row.version), ("Review 2", 2));
    let stored = db.store.tenant(&home.scope).get_connection(&home.connection.id).await.unwrap();
    assert_eq!(stored.sync_cursor, Some(Cursor("c2".into())));
}

async fn another_holder_of_the_lease_fences_a_commit_off(db: Db) {
    let home = home(&db.store, "ada").await;
    let mut first = claim(&db.store, &home.connection.id, now()).await.unwrap();
    let stolen_at = now() + SignedDuration::from_secs(61);
    let query = ClaimQuery { ..crate::fixture::claim_query("node-2", stolen_at) };
    let mut second = system(&db.store).claim_due(query).await.unwrap().pop().unwrap();
    assert_eq!(second.lease.epoch, first.lease.epoch + 1);
    let writes = mirrored(&[(single("e1"), event("Review", "2026-11-23T09:00:00Z"))]);
    let refused = commit(&db, &mut first, &writes, &advance("c1")).await.unwrap_err();
    assert!(matches!(refused, CommitError::LeaseLost), "{refused}");
    assert!(!system(&db.store).renew_lease(&first.lease, later(10)).await.unwrap());
    assert!(!system(&db.store).finish(&first.lease, &success(&first, now())).await.unwrap());
    commit(&db, &mut second, &writes, &advance("c1")).await.unwrap();
    assert_eq!(db.raw.count("calendar_events").await, 1);
}

async fn a_reset_during_the_run_wins(db: Db) {
    let home = home(&db.store, "ada").await;
    commit_once(&db.store, &home.connection.id, &mirrored(&[]), "c1", now()).await;
    let mut claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    db.raw.execute("UPDATE external_calendar_connections SET sync_cursor = NULL").await;
    let writes = mirrored(&[(single("e1"), event("Review", "2026-11-23T09:00:00Z"))]);
    let refused = commit(&db, &mut claimed, &writes, &advance("c2")).await.unwrap_err();
    assert!(matches!(refused, CommitError::CursorMoved), "{refused}");
    // A finish that would move the cursor leaves it alone too.
    let row = tidecal_store::FinishRow { cursor: Some(Cursor("c2".into())), ..success(&claimed, later(20)) };
    assert!(system(&db.store).finish(&claimed.lease, &row).await.unwrap());
    assert_eq!(db.raw.value("SELECT sync_cursor FROM external_calendar_connections").await, None);
    assert_eq!(db.raw.count("calendar_events").await, 0);
}

async fn a_local_event_that_moved_is_decided_again(db: Db) {
    let home = home(&db.store, "ada").await;
    let review = event("Review", "2026-11-23T09:00:00Z");
    let both = mirrored(&[(single("e1"), review.clone()), (single("e2"), review.clone())]);
    commit_once(&db.store, &home.connection.id, &both, "c1", now()).await;
    let mut claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    db.raw.execute("UPDATE calendar_events SET version = 7, title = 'mine' WHERE id = 'e1'").await;
    let writes = Writes {
        events: vec![update(single("e1"), 1, &review), delete(single("e2"), 1), delete(single("e3"), 1)],
        ..Writes::default()
    };
    match commit(&db, &mut claimed, &writes, &advance("c2")).await.unwrap_err() {
        CommitError::EventsMoved(ids) => assert_eq!(ids, ["e1", "e3"]),
        other => panic!("{other}"),
    }
    let detail = db.store.tenant(&home.scope).get_event("e1").await.unwrap();
    assert_eq!((detail.row.event.title.as_str(), detail.row.version), ("mine", 7));
    assert_eq!(db.raw.count("calendar_events").await, 2);
    assert_eq!(claimed.lease.cursor, Some(Cursor("c1".into())), "the lease did not move either");
    let again = Writes { events: vec![update(single("e1"), 7, &review), delete(single("e2"), 1)], ..Writes::default() };
    commit(&db, &mut claimed, &again, &advance("c2")).await.unwrap();
    assert_eq!(db.raw.count("calendar_events").await, 1);
}

async fn a_refused_commit_leaves_no_trace(db: Db) {
    let home = home(&db.store, "ada").await;
    let mut claimed = claim(&db.store, &home.connection.id, now()).await.unwrap();
    let review = event("Review", "2026-11-23T09:00:00Z");
    let mut writes = mirrored(&[(single("e1"), review.clone())]);
    // A mapping to an event that does not exist: the last thing that a commit would notice.
    writes.mappings.push(mapping(single("nowhere"), 1, &review));
    writes.seen.push("ext-e1".into());
    let step = Advance { progress: ProgressMove::Set(progress("r1", None)), ..advance("c1") };
    let refused = commit(&db, &mut claimed, &writes, &step).await.unwrap_err();
    assert!(matches!(refused, CommitError::Store(_)), "{refused}");
    for table in ["calendar_events", "external_calendar_events", "sync_seen"] {
        assert_eq!(db.raw.count(table).await, 0, "{table}");
    }
    assert_eq!(db.raw.value("SELECT sync_cursor FROM external_calendar_connections").await, None);
    assert_eq!(db.raw.value("SELECT seq FROM calendars").await.as_deref(), Some("0"));
}

async fn changes_are_numbered_in_their_order(db: Db) {
    let home = home(&db.store, "ada").await;
    let other = connect(&db.store, &home.scope, &home.account.id, "team").await;
    db.raw
        .execute(&format!("UPDATE external_calendar_connections SET calendar_id = '{}'", home.connection.calendar_id))
        .await;
    let review = event("Review", "2026-11-23T09:00:00Z");
    let writes = mirrored(&[(single("e1"), review.clone()), (single("e2"), review.clone())]);
    commit_once(&db.store, &home.connection.id, &writes, "c1", now()).await;
    commit_once(&db.store, &other.id, &mirrored(&[(single("e3"), review.clone())]), "d1", now()).await;
    let rows = db.raw.rows("SELECT id, seq FROM calendar_events ORDER BY seq").await;
    let expected = [("e1", "1"), ("e2", "2"), ("e3", "3")];
    for (row, (id, seq)) in rows.iter().zip(expected) {
        assert_eq!((row[0].as_deref(), row[1].as_deref()), (Some(id), Some(seq)));
    }
    let mut claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    let change = Writes { events: vec![update(single("e1"), 1, &review)], ..Writes::default() };
    let done =
        system(&db.store).commit(&mut claimed.lease, &change, &advance("c2"), later(20), &run_ref()).await.unwrap();
    assert_eq!(done.seq, Some(4));
    let nothing = system(&db.store)
        .commit(&mut claimed.lease, &Writes::default(), &advance("c3"), later(20), &run_ref())
        .await
        .unwrap();
    assert_eq!(nothing.seq, None);
}

/// Two connections that share a calendar, both mapping one event.
async fn hub(db: &Db) -> (crate::fixture::Home, String) {
    let home = home(&db.store, "ada").await;
    let other = connect(&db.store, &home.scope, &home.account.id, "team").await;
    db.raw
        .execute(&format!("UPDATE external_calendar_connections SET calendar_id = '{}'", home.connection.calendar_id))
        .await;
    let review = event("Review", "2026-11-23T09:00:00Z");
    commit_once(&db.store, &home.connection.id, &mirrored(&[(single("e1"), review.clone())]), "c1", now()).await;
    let shared = Writes { mappings: vec![mapping(single("e1"), 1, &review)], ..Writes::default() };
    commit_once(&db.store, &other.id, &shared, "d1", now()).await;
    (home, other.id)
}

async fn another_connection_keeps_its_base(db: Db) {
    let (home, other) = hub(&db).await;
    let changed = event("Review, moved", "2026-11-24T09:00:00Z");
    let writes = Writes {
        events: vec![update(single("e1"), 1, &changed)],
        mappings: vec![mapping(single("e1"), 2, &changed)],
        ..Writes::default()
    };
    commit_once(&db.store, &home.connection.id, &writes, "c2", later(20)).await;
    let twice =
        Writes { events: vec![update(single("e1"), 2, &event("Third", "2026-11-25T09:00:00Z"))], ..Writes::default() };
    commit_once(&db.store, &home.connection.id, &twice, "c3", later(40)).await;

    let claimed = claim(&db.store, &other, later(60)).await.unwrap();
    let state = system(&db.store).load_series(&claimed.lease, &["ext-e1".into()]).await.unwrap();
    let component = &state[0].components[0];
    assert!(component.is_dirty());
    let base = component.base().expect("the base is known");
    assert_eq!(base.title, "Review", "what both sides agreed on, not what came between");
    assert_eq!(component.local.as_ref().unwrap().event.title, "Third");
}

async fn a_deletion_reaches_the_feed_and_the_other_connection(db: Db) {
    let (home, other) = hub(&db).await;
    let writes = Writes { events: vec![delete(single("e1"), 1)], ..Writes::default() };
    commit_once(&db.store, &home.connection.id, &writes, "c2", later(20)).await;
    assert_eq!(db.raw.count("calendar_events").await, 0);
    let feed = db.raw.rows("SELECT event_id, seq, action FROM change_feed").await;
    assert_eq!(feed, [[Some("e1".to_owned()), Some("2".to_owned()), Some("delete".to_owned())]]);
    let claimed = claim(&db.store, &other, later(60)).await.unwrap();
    let state = system(&db.store).load_series(&claimed.lease, &["ext-e1".into()]).await.unwrap();
    let component = &state[0].components[0];
    assert_eq!((component.local.as_ref(), component.binding.status), (None, MappingStatus::Updated));
    assert_eq!(component.base().unwrap().title, "Review");
}

async fn the_journal_counts_a_series_once(db: Db) {
    let home = home(&db.store, "ada").await;
    let mut master = event("Daily", "2026-11-23T09:00:00Z");
    master.recurrence = Some(tidecal_ical::Recurrence { rules: vec!["FREQ=DAILY".into()], ..Default::default() });
    let key = "20261124T090000Z".parse().unwrap();
    let parts = [
        Part { id: "m", series: "m", kind: EventKind::Master, recurrence_id: None },
        Part { id: "o", series: "m", kind: EventKind::Override, recurrence_id: Some(key) },
    ];
    let moved = event("Daily, late", "2026-11-24T11:00:00Z");
    let all = mirrored(&[(parts[0], master.clone()), (parts[1], moved.clone()), (single("e"), moved.clone())]);
    commit_once(&db.store, &home.connection.id, &all, "c1", now()).await;
    let mut claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    assert_eq!(system(&db.store).count_mapped_live(&claimed.lease).await.unwrap(), 2);
    assert!(system(&db.store).has_mappings(&claimed.lease).await.unwrap());
    let entry = |id: &str| JournalEntry {
        event_id: id.to_owned(),
        action: "delete",
        direction: Direction::In,
        before: Some(Box::new(master.clone())),
        after: None,
    };
    let writes = Writes {
        events: vec![delete(parts[1], 1), delete(parts[0], 1)],
        journal: vec![entry("m"), entry("o")],
        ..Writes::default()
    };
    commit(&db, &mut claimed, &writes, &advance("c2")).await.unwrap();
    assert_eq!(system(&db.store).deletions_since(&claimed.lease, now()).await.unwrap(), 1);
    assert_eq!(system(&db.store).deletions_since(&claimed.lease, later(2)).await.unwrap(), 0);
    assert_eq!(system(&db.store).count_mapped_live(&claimed.lease).await.unwrap(), 1);
    assert_eq!(db.raw.count("sync_journal WHERE run_id = 'run-1'").await, 2);
}

async fn a_mapping_has_one_open_conflict(db: Db) {
    let home = home(&db.store, "ada").await;
    let mine = event("mine", "2026-11-23T09:00:00Z");
    commit_once(&db.store, &home.connection.id, &mirrored(&[(single("e1"), mine.clone())]), "c1", now()).await;
    let mut claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    for title in ["theirs", "theirs again"] {
        let conflict = ConflictWrite {
            external_event_id: "ext-e1".into(),
            recurrence_id: None,
            event_id: Some("e1".into()),
            fields: vec!["title".into(), title.into()],
            base: None,
            local: Some(Box::new(mine.clone())),
            remote: Some(Box::new(event(title, "2026-11-23T09:00:00Z"))),
        };
        let writes = Writes { conflicts: vec![conflict], ..Writes::default() };
        commit(&db, &mut claimed, &writes, &Advance::default()).await.unwrap();
    }
    let fields = db.raw.value("SELECT fields FROM conflicts WHERE status = 'open'").await;
    assert_eq!(fields.as_deref(), Some(r#"["title","theirs again"]"#));
    let told = "SELECT kind || ' ' || title FROM notifications";
    assert_eq!(db.raw.value(told).await.as_deref(), Some("conflict mine: both sides changed it"));
    assert_eq!(db.raw.count("notifications").await, 1, "each conflict is told once");
    db.raw.execute("UPDATE conflicts SET status = 'resolved'").await;
    assert_eq!(db.raw.count("conflicts").await, 1);
}

async fn a_conflict_is_told_once_and_read_when_it_is_over(db: Db) {
    let home = home(&db.store, "ada").await;
    let mine = event("mine", "2026-11-23T09:00:00Z");
    commit_once(&db.store, &home.connection.id, &mirrored(&[(single("e1"), mine.clone())]), "c1", now()).await;
    let mut claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    let conflict = ConflictWrite {
        external_event_id: "ext-e1".into(),
        recurrence_id: None,
        event_id: Some("e1".into()),
        fields: vec!["title".into()],
        base: None,
        local: Some(Box::new(mine.clone())),
        remote: None,
    };
    let unread = "notifications WHERE kind = 'conflict' AND read_at IS NULL";
    let both = |status| {
        let row = MappingWrite { status, ..mapping(single("e1"), 1, &mine) };
        Writes { mappings: vec![row], ..Writes::default() }
    };
    let opening = Writes { conflicts: vec![conflict], ..both(MappingStatus::Conflict) };
    let told =
        system(&db.store).commit(&mut claimed.lease, &opening, &Advance::default(), now(), &run_ref()).await.unwrap();
    assert_eq!(told.told.len(), 1);
    assert!(told.told[0].body.contains("deleted in Calendar primary"), "{}", told.told[0].body);
    assert_eq!(db.raw.count(unread).await, 1);

    // Still in conflict, by whatever news: open, and not told again.
    commit(&db, &mut claimed, &both(MappingStatus::Conflict), &Advance::default()).await.unwrap();
    assert_eq!(db.raw.count("conflicts WHERE status = 'open'").await, 1);
    commit(&db, &mut claimed, &both(MappingStatus::Synced), &Advance::default()).await.unwrap();
    assert_eq!(db.raw.count("conflicts WHERE resolution = 'agreed'").await, 1);
    assert_eq!(db.raw.count(unread).await, 0, "what is over needs no reading");

    commit(&db, &mut claimed, &opening, &Advance::default()).await.unwrap();
    assert_eq!(db.raw.count(unread).await, 1, "another conflict is told anew");
}

async fn the_raw_copy_stays_unless_a_new_one_comes(db: Db) {
    let home = home(&db.store, "ada").await;
    let review = event("Review", "2026-11-23T09:00:00Z");
    commit_once(&db.store, &home.connection.id, &mirrored(&[(single("e1"), review.clone())]), "c1", now()).await;
    let ids = "SELECT id FROM external_calendar_events";
    let id = db.raw.value(ids).await;
    let mut again = mapping(single("e1"), 1, &review);
    again.raw = None;
    let writes = Writes { mappings: vec![again], ..Writes::default() };
    commit_once(&db.store, &home.connection.id, &writes, "c2", later(20)).await;
    assert_eq!(db.raw.count("external_calendar_events WHERE raw IS NOT NULL").await, 1);
    assert_eq!(db.raw.value(ids).await, id, "a row that is replaced keeps its id");
}

async fn progress_counts_under_its_cursor_only(db: Db) {
    let home = home(&db.store, "ada").await;
    commit_once(&db.store, &home.connection.id, &mirrored(&[]), "c1", now()).await;
    let mut claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    let stands = progress("r1", Some("page-2"));
    let step = Advance { progress: ProgressMove::Set(stands.clone()), ..Advance::default() };
    let writes = Writes { seen: vec!["a".into(), "b".into(), "a".into()], ..Writes::default() };
    commit(&db, &mut claimed, &writes, &step).await.unwrap();
    commit(&db, &mut claimed, &writes, &step).await.unwrap();
    assert_eq!(db.raw.count("sync_seen WHERE reading_id = 'r1'").await, 2);
    let tenant = db.store.tenant(&home.scope);
    assert_eq!(tenant.get_connection(&home.connection.id).await.unwrap().progress, Some(stands));
    let end = Advance { progress: ProgressMove::Clear, ..advance("c2") };
    commit(&db, &mut claimed, &Writes::default(), &end).await.unwrap();
    assert_eq!(tenant.get_connection(&home.connection.id).await.unwrap().progress, None);
    assert_eq!(db.raw.count("sync_seen").await, 0, "forgotten at the end of the reading");
}

async fn five_thousand_rows_in_one_commit(db: Db) {
    let home = home(&db.store, "ada").await;
    let names: Vec<String> = (0..5_000).map(|number| format!("e{number:05}")).collect();
    let rows: Vec<_> =
        names.iter().map(|name| (single(name), event(&format!("Event {name}"), "2026-11-23T09:00:00Z"))).collect();
    let mut writes = mirrored(&rows);
    writes.seen = names.iter().map(|name| format!("ext-{name}")).collect();
    let mut claimed = claim(&db.store, &home.connection.id, now()).await.unwrap();
    let step = Advance { progress: ProgressMove::Set(progress("r1", None)), ..advance("c1") };
    commit(&db, &mut claimed, &writes, &step).await.unwrap();
    assert_eq!(db.raw.count("calendar_events").await, 5_000);
    assert_eq!(db.raw.count("sync_seen").await, 5_000);
    let ids: Vec<String> = names.iter().map(|name| format!("ext-{name}")).collect();
    let states = system(&db.store).load_series(&claimed.lease, &ids).await.unwrap();
    assert!(states.iter().all(|state| state.components.len() == 1));
    assert_eq!(states[4_321].components[0].local.as_ref().unwrap().event.title, "Event e04321");
    let writes = Writes {
        events: rows.iter().map(|(part, event)| update(*part, 1, event)).collect(),
        mappings: rows.iter().map(|(part, event)| mapping(*part, 2, event)).collect(),
        ..Writes::default()
    };
    commit(&db, &mut claimed, &writes, &advance("c2")).await.unwrap();
    assert_eq!(db.raw.count("calendar_events WHERE version = 2").await, 5_000);
    assert_eq!(db.raw.value("SELECT seq FROM calendars").await.as_deref(), Some("10000"));
}

async fn a_deleted_connection_ends_its_run(db: Db) {
    let home = home(&db.store, "ada").await;
    let mut claimed = claim(&db.store, &home.connection.id, now()).await.unwrap();
    db.store.tenant(&home.scope).delete_connection(&home.connection.id, now()).await.unwrap();
    let review = event("Review", "2026-11-23T09:00:00Z");
    let writes = Writes { events: vec![insert(single("e1"), &review)], ..Writes::default() };
    let refused = commit(&db, &mut claimed, &writes, &advance("c1")).await.unwrap_err();
    assert!(matches!(refused, CommitError::LeaseLost), "{refused}");
    assert!(!system(&db.store).finish(&claimed.lease, &success(&claimed, now())).await.unwrap());
}
