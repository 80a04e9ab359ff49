//! The way out: what a run is told of local changes, and what its commits leave for other
//! connections.

use crate::fixture::{
    Home, advance, claim, commit_once, connect, delete, event, home, insert, later, mapping, mirrored, now, run_ref,
    single, success, system, update,
};
use crate::harness::{Db, on_both};
use tidecal_core::remote::{Answer, Mark};
use tidecal_core::sync::{
    Direction, Echo, Identity, JournalEntry, KeptEvent, LocalBatch, MappingStatus, MappingWrite, Role, SeriesState,
    Twin, TwinKind, Verdict, Writes,
};
use tidecal_store::{Advance, Claim, CommitError, FinishRow, LocalSide};

on_both!(
    local_changes_come_in_their_order_and_in_batches,
    what_a_connection_knows_already_is_not_told_again,
    rows_that_wait_are_told_once,
    a_series_is_told_whole,
    deletions_on_their_way_out_are_counted,
    what_is_remembered_of_a_copy_reads_back,
    an_item_that_got_another_id_has_one_row,
    older_bases_are_left_alone,
    an_event_that_a_row_rests_on_is_checked,
    a_change_wakes_the_connections_that_write,
    a_twin_is_looked_at_again_when_the_first_one_goes,
    a_meeting_that_is_here_already_is_known_by_its_uid,
    a_marked_copy_leads_to_its_original,
    an_answer_waits_until_it_has_arrived,
    a_finish_moves_the_local_cursor,
    a_comparison_misses_confirmed_copies_too,
);

const DAY: &str = "2026-11-23T09:00:00Z";

async fn sql(db: &Db, text: &str) {
    db.raw.execute(text).await;
}

/// A second connection on the calendar of the first, which writes.
async fn sibling(db: &Db, home: &Home, name: &str) -> String {
    let other = connect(&db.store, &home.scope, &home.account.id, name).await;
    let calendar = &home.connection.calendar_id;
    sql(
        db,
        &format!(
            "UPDATE external_calendar_connections SET calendar_id = '{calendar}', sync_direction = 'bidirectional' \
             WHERE id = '{}'",
            other.id
        ),
    )
    .await;
    other.id
}

async fn claim_now(db: &Db, connection: &str) -> Claim {
    sql(db, &format!("UPDATE external_calendar_connections SET sync_needed = TRUE WHERE id = '{connection}'")).await;
    claim(&db.store, connection, later(60)).await.unwrap()
}

async fn local(db: &Db, connection: &str, after: i64, waiting: bool, limit: i64) -> LocalBatch {
    let lease = claim_now(db, connection).await;
    let batch =
        system(&db.store).load_local(&lease.lease, after, waiting.then(crate::fixture::window), limit).await.unwrap();
    let row = FinishRow { next_sync_at: Some(later(60)), ..success(&lease, later(60)) };
    system(&db.store).finish(&lease.lease, &row).await.unwrap();
    batch
}

fn series(batch: &LocalBatch) -> Vec<&str> {
    batch.series.iter().map(|state| state.series_id.as_deref().unwrap()).collect()
}

async fn states(db: &Db, connection: &str, ids: &[&str]) -> Vec<SeriesState> {
    let claimed = claim_now(db, connection).await;
    let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    let states = system(&db.store).load_series(&claimed.lease, &ids).await.unwrap();
    let row = FinishRow { next_sync_at: Some(later(60)), ..success(&claimed, later(60)) };
    system(&db.store).finish(&claimed.lease, &row).await.unwrap();
    states
}

async fn three_events(db: &Db) -> (Home, String) {
    let home = home(&db.store, "ada").await;
    let other = sibling(db, &home, "team").await;
    let rows: Vec<_> = ["e1", "e2", "e3"].map(|id| (single(id), event(id, DAY))).into();
    commit_once(&db.store, &home.connection.id, &mirrored(&rows), "c1", now()).await;
    (home, other)
}

async fn local_changes_come_in_their_order_and_in_batches(db: Db) {
    let (home, other) = three_events(&db).await;
    let first = local(&db, &other, 0, true, 2).await;
    assert_eq!((series(&first), first.seq, first.more), (vec!["e1", "e2"], 2, true));
    let second = local(&db, &other, first.seq, false, 2).await;
    assert_eq!((series(&second), second.seq, second.more), (vec!["e3"], 3, false));
    let state = &second.series[0];
    assert_eq!((state.id.as_str(), state.components.len(), state.unmapped.len()), ("", 0, 1));
    assert!(state.foreign, "it came from the other connection");
    assert_eq!(state.unmapped[0].event.title, "e3");
    let none = local(&db, &other, second.seq, true, 2).await;
    assert_eq!(none, LocalBatch { series: vec![], seq: 3, more: false });
    // A deletion that this connection never heard of is no news; the number moves on.
    let writes = Writes { events: vec![delete(single("e1"), 1)], ..Writes::default() };
    commit_once(&db.store, &home.connection.id, &writes, "c2", later(20)).await;
    assert_eq!(local(&db, &other, 3, true, 2).await, LocalBatch { series: vec![], seq: 4, more: false });
}

async fn what_a_connection_knows_already_is_not_told_again(db: Db) {
    let (home, _) = three_events(&db).await;
    let own = &home.connection.id;
    assert_eq!(local(&db, own, 0, true, 10).await, LocalBatch { series: vec![], seq: 3, more: false });
    sql(&db, "UPDATE calendar_events SET version = 2, seq = 4, title = 'mine' WHERE id = 'e2'").await;
    sql(&db, "UPDATE calendars SET seq = 4").await;
    let batch = local(&db, own, 0, true, 10).await;
    assert_eq!((series(&batch), batch.seq), (vec!["e2"], 4));
    let state = &batch.series[0];
    assert_eq!((state.id.as_str(), state.foreign, state.unmapped.len()), ("ext-e2", false, 0));
    assert!(state.components[0].is_dirty());
}

async fn rows_that_wait_are_told_once(db: Db) {
    let (home, _) = three_events(&db).await;
    let own = &home.connection.id;
    sql(&db, "UPDATE external_calendar_events SET sync_status = 'UPDATED' WHERE event_id IN ('e1', 'e2')").await;
    sql(&db, "UPDATE external_calendar_events SET verdict = 'held' WHERE event_id = 'e2'").await;
    sql(&db, "UPDATE external_calendar_events SET sync_status = 'CREATED', role = 'copy' WHERE event_id = 'e3'").await;
    let waiting = local(&db, own, 3, true, 10).await;
    assert_eq!(series(&waiting), ["e1", "e3"], "what is held waits for a person");
    assert_eq!(local(&db, own, 3, false, 10).await.series, []);
    let outside = "UPDATE external_calendar_events SET verdict = 'out_of_window', start_at = '2028-01-01T09:00:00.000Z', \
        end_at = '2028-01-01T10:00:00.000Z' WHERE event_id = 'e3'";
    sql(&db, outside).await;
    assert_eq!(series(&local(&db, own, 3, true, 10).await), ["e1"], "what lies outside waits for the window");
    sql(&db, &outside.replace("2028-01", "2027-01")).await;
    assert_eq!(series(&local(&db, own, 3, true, 10).await), ["e1", "e3"]);
    sql(&db, "UPDATE external_calendar_events SET verdict = 'mirrored' WHERE event_id = 'e3'").await;
    sql(&db, "UPDATE calendar_events SET version = 2, seq = 4 WHERE id = 'e3'").await;
    assert_eq!(series(&local(&db, own, 3, true, 10).await), ["e3", "e1"], "a change and its row are one");
    sql(&db, "UPDATE external_calendar_events SET role = 'origin' WHERE event_id = 'e3'").await;
    let claimed = claim(&db.store, own, later(60)).await.unwrap();
    let retries = system(&db.store).load_retries(&claimed.lease, 10).await.unwrap();
    assert_eq!(retries.iter().map(|it| it.external_event_id.as_str()).collect::<Vec<_>>(), ["ext-e3"]);
}

async fn a_series_is_told_whole(db: Db) {
    let (home, other) = three_events(&db).await;
    let copy = MappingWrite { role: Role::Copy, ..mapping(single("e1"), 1, &event("e1", DAY)) };
    let tombstone = MappingWrite {
        external_event_id: "old-e1".into(),
        external_series_id: "old-e1".into(),
        event_id: None,
        status: MappingStatus::Deleted,
        ..copy.clone()
    };
    let writes = Writes { mappings: vec![tombstone, copy], ..Writes::default() };
    commit_once(&db.store, &other, &writes, "d1", later(1)).await;
    // An exception that nobody has sent yet.
    sql(
        &db,
        "UPDATE calendar_events SET series_id = 'e1', kind = 'override', recurrence_id = '20261124T090000Z', \
            deleted_at = updated_at WHERE id = 'e2'",
    )
    .await;
    sql(&db, "DELETE FROM external_calendar_events WHERE event_id = 'e2'").await;
    sql(&db, "UPDATE calendar_events SET version = 2, seq = 4 WHERE id = 'e1'").await;
    let batch = local(&db, &other, 3, true, 10).await;
    let [state] = batch.series.as_slice() else { panic!("{batch:?}") };
    assert_eq!((state.id.as_str(), state.components.len(), state.foreign), ("ext-e1", 2, true));
    let [exception] = state.unmapped.as_slice() else { panic!("{state:?}") };
    assert_eq!((exception.id.as_str(), exception.deleted), ("e2", true));
    assert_eq!(exception.recurrence_id.unwrap().to_string(), "20261124T090000Z");
    let origin = states(&db, &home.connection.id, &["ext-e1", "unknown"]).await;
    assert_eq!((origin[0].foreign, origin[0].unmapped.len(), origin[0].components.len()), (false, 1, 1));
    assert_eq!(origin[1].unmapped, []);
}

async fn deletions_on_their_way_out_are_counted(db: Db) {
    let (home, other) = three_events(&db).await;
    let claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    let count = async || system(&db.store).count_outgoing(&claimed.lease).await.unwrap();
    assert_eq!(count().await, 0);
    sql(&db, "UPDATE calendar_events SET deleted_at = updated_at, version = 2 WHERE id = 'e1'").await;
    assert_eq!(count().await, 1);
    // Deleted by another connection's vendor.
    let mut theirs = claim(&db.store, &other, later(20)).await.unwrap();
    let writes = Writes { events: vec![delete(single("e1"), 2), delete(single("e2"), 1)], ..Writes::default() };
    system(&db.store).commit(&mut theirs.lease, &writes, &advance("d1"), later(20), &run_ref()).await.unwrap();
    assert_eq!(count().await, 2);
    sql(&db, "UPDATE external_calendar_events SET sync_status = 'DELETED' WHERE external_event_id = 'ext-e1'").await;
    assert_eq!(count().await, 1);
}

async fn what_is_remembered_of_a_copy_reads_back(db: Db) {
    let (_, other) = three_events(&db).await;
    let echo = Echo { version: "v7".into(), tried: 3, fields: vec!["title".into()], rewrites: 2, ..Echo::default() };
    let write = MappingWrite {
        role: Role::Copy,
        generation: 4,
        echo,
        base: Some(Box::new(event("theirs", DAY))),
        local_base: Some(Box::new(event("ours", DAY))),
        ..mapping(single("e1"), 1, &event("e1", DAY))
    };
    let writes = Writes {
        mappings: vec![write.clone()],
        journal: vec![JournalEntry {
            event_id: "e1".into(),
            action: "create",
            direction: Direction::Out,
            before: None,
            after: Some(Box::new(event("e1", DAY))),
        }],
        ..Writes::default()
    };
    commit_once(&db.store, &other, &writes, "d1", later(1)).await;
    assert_eq!(states(&db, &other, &["ext-e1"]).await[0].components[0].binding, write.binding());
    assert_eq!(db.raw.value("SELECT direction FROM sync_journal").await.as_deref(), Some("out"));
    // The next write says everything anew.
    let plain = MappingWrite { role: Role::Origin, ..mapping(single("e1"), 1, &event("e1", DAY)) };
    let writes = Writes { mappings: vec![plain.clone()], ..Writes::default() };
    commit_once(&db.store, &other, &writes, "d2", later(60)).await;
    assert_eq!(states(&db, &other, &["ext-e1"]).await[0].components[0].binding, plain.binding());
}

async fn an_item_that_got_another_id_has_one_row(db: Db) {
    let (home, _) = three_events(&db).await;
    let renamed = MappingWrite {
        external_event_id: "/new.ics".into(),
        replaces: Some("ext-e1".into()),
        ..mapping(single("e1"), 1, &event("e1", DAY))
    };
    let writes = Writes { mappings: vec![renamed], ..Writes::default() };
    commit_once(&db.store, &home.connection.id, &writes, "c2", later(20)).await;
    let ids = db.raw.rows("SELECT external_event_id FROM external_calendar_events WHERE event_id = 'e1'").await;
    assert_eq!(ids, [[Some("/new.ics".to_owned())]]);
    assert_eq!(db.raw.count("external_calendar_events").await, 3);
}

async fn older_bases_are_left_alone(db: Db) {
    let (home, other) = three_events(&db).await;
    let shared = Writes { mappings: vec![mapping(single("e1"), 1, &event("e1", DAY))], ..Writes::default() };
    commit_once(&db.store, &other, &shared, "d1", later(1)).await;
    for (version, title) in [(1, "second"), (2, "third")] {
        let content = event(title, DAY);
        let writes = Writes {
            events: vec![update(single("e1"), version, &content)],
            mappings: vec![mapping(single("e1"), version + 1, &content)],
            ..Writes::default()
        };
        commit_once(&db.store, &home.connection.id, &writes, title, later(20 * version)).await;
    }
    let state = &states(&db, &other, &["ext-e1"]).await[0].components[0];
    assert_eq!(state.binding.local_base.as_ref().unwrap().title, "e1", "what both agreed on, not what came between");
    assert_eq!((state.binding.base_version, state.binding.base.as_ref()), (1, None));
    assert_eq!(state.local_base().unwrap().title, "e1");
    let own = &states(&db, &home.connection.id, &["ext-e1"]).await[0].components[0];
    assert_eq!((own.binding.local_base.as_ref(), own.is_dirty()), (None, false));
}

async fn an_event_that_a_row_rests_on_is_checked(db: Db) {
    let (home, _) = three_events(&db).await;
    let mut claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    let kept = |expected| Writes {
        kept: vec![KeptEvent { id: "e1".into(), expected }],
        mappings: vec![mapping(single("e1"), 1, &event("e1", DAY))],
        ..Writes::default()
    };
    let mut commit = async |writes: &Writes| {
        system(&db.store).commit(&mut claimed.lease, writes, &Advance::default(), later(20), &run_ref()).await
    };
    commit(&kept(1)).await.unwrap();
    match commit(&kept(2)).await.unwrap_err() {
        CommitError::EventsMoved(ids) => assert_eq!(ids, ["e1"]),
        other => panic!("{other}"),
    }
    let count = db.raw.count("external_calendar_events WHERE local_base IS NOT NULL").await;
    assert_eq!(count, 0, "what stays as it is needs no copy");
}

async fn needed(db: &Db, connection: &str) -> (bool, i64) {
    let query =
        format!("SELECT poke_seq FROM external_calendar_connections WHERE id = '{connection}' AND sync_needed = TRUE");
    let rows = db.raw.rows(&query).await;
    let poke = format!("SELECT poke_seq FROM external_calendar_connections WHERE id = '{connection}'");
    (rows.len() == 1, db.raw.value(&poke).await.unwrap().parse().unwrap())
}

async fn a_change_wakes_the_connections_that_write(db: Db) {
    let home = home(&db.store, "ada").await;
    let writing = sibling(&db, &home, "team").await;
    let reading = sibling(&db, &home, "holidays").await;
    sql(&db, &format!("UPDATE external_calendar_connections SET sync_direction = 'inbound' WHERE id = '{reading}'"))
        .await;
    let elsewhere = connect(&db.store, &home.scope, &home.account.id, "private").await.id;
    let first = mirrored(&[(single("e1"), event("e1", DAY))]);
    commit_once(&db.store, &home.connection.id, &first, "c1", now()).await;
    assert_eq!(needed(&db, &writing).await, (true, 1));
    for quiet in [&home.connection.id, &reading, &elsewhere] {
        assert_eq!(needed(&db, quiet).await, (false, 0));
    }
    // Rows alone are no local change.
    let rows = Writes { mappings: first.mappings.clone(), ..Writes::default() };
    commit_once(&db.store, &home.connection.id, &rows, "c2", later(20)).await;
    assert_eq!(needed(&db, &writing).await, (true, 1));
}

fn filtered_twin(id: &str, reason: &str) -> MappingWrite {
    let content = tidecal_core::model::Event { uid: "uid-1".into(), ..event("same", DAY) };
    MappingWrite {
        external_event_id: format!("twin-{id}"),
        external_series_id: format!("twin-{id}"),
        event_id: None,
        base_version: 0,
        base: Some(Box::new(content.clone())),
        verdict: Verdict::Filtered,
        reason: reason.into(),
        ..mapping(single(id), 0, &content)
    }
}

async fn a_twin_is_looked_at_again_when_the_first_one_goes(db: Db) {
    let home = home(&db.store, "ada").await;
    let other = sibling(&db, &home, "team").await;
    sql(&db, &format!("UPDATE external_calendar_connections SET sync_direction = 'inbound' WHERE id = '{other}'"))
        .await;
    let meeting = tidecal_core::model::Event { uid: "uid-1".into(), ..event("Review", DAY) };
    commit_once(&db.store, &home.connection.id, &mirrored(&[(single("e1"), meeting)]), "c1", now()).await;
    let twins =
        vec![filtered_twin("a", "the same meeting is here from Calendar primary"), filtered_twin("b", "declined")];
    let writes = Writes { mappings: twins, ..Writes::default() };
    commit_once(&db.store, &other, &writes, "d1", later(1)).await;
    assert!(!needed(&db, &other).await.0);
    let writes = Writes { events: vec![delete(single("e1"), 1)], ..Writes::default() };
    commit_once(&db.store, &home.connection.id, &writes, "c2", later(20)).await;
    assert!(needed(&db, &other).await.0);
    let rows =
        db.raw.rows("SELECT external_event_id FROM external_calendar_events WHERE sync_status = 'CREATED'").await;
    assert_eq!(rows, [[Some("twin-a".to_owned())]]);
}

async fn twin_of(db: &Db, connection: &str, uid: &str, mark: Option<Mark>) -> SeriesState {
    let claimed = claim_now(db, connection).await;
    let ids = ["new".to_owned(), "ext-e1".to_owned()];
    let identities = ids.clone().map(|series| Identity { series, uid: uid.into(), mark: mark.clone() });
    let mut states = system(&db.store).load_identified(&claimed.lease, &ids, &identities).await.unwrap();
    let row = FinishRow { next_sync_at: Some(later(60)), ..success(&claimed, later(60)) };
    system(&db.store).finish(&claimed.lease, &row).await.unwrap();
    states.remove(0)
}

async fn a_meeting_that_is_here_already_is_known_by_its_uid(db: Db) {
    let home = home(&db.store, "ada").await;
    let other = sibling(&db, &home, "team").await;
    let meeting = tidecal_core::model::Event { uid: "uid-1".into(), ..event("Review", DAY) };
    commit_once(&db.store, &home.connection.id, &mirrored(&[(single("e1"), meeting)]), "c1", now()).await;
    let twin = Twin { series_id: "e1".into(), kind: TwinKind::Meeting("Calendar primary".into()) };
    assert_eq!(twin_of(&db, &other, "uid-1", None).await.twin, Some(twin));
    assert_eq!(twin_of(&db, &other, "uid-2", None).await.twin, None);
    assert_eq!(twin_of(&db, &other, "", None).await.twin, None);
    // An own item with that UID is no twin of another one of the same connection.
    assert_eq!(twin_of(&db, &home.connection.id, "uid-1", None).await.twin, None);
    let elsewhere = connect(&db.store, &home.scope, &home.account.id, "private").await.id;
    assert_eq!(twin_of(&db, &elsewhere, "uid-1", None).await.twin, None, "another local calendar shows it too");
    sql(&db, "UPDATE calendar_events SET deleted_at = updated_at").await;
    assert_eq!(twin_of(&db, &other, "uid-1", None).await.twin, None);
}

async fn a_marked_copy_leads_to_its_original(db: Db) {
    let (home, other) = three_events(&db).await;
    let mark = |calendar: &str| Some(Mark { calendar_id: calendar.into(), event_id: "e1".into() });
    let own = mark(&home.connection.calendar_id);
    let state = twin_of(&db, &other, "", own.clone()).await;
    assert_eq!(state.twin, Some(Twin { series_id: "e1".into(), kind: TwinKind::Original }));
    assert_eq!((state.series_id, state.unmapped.len(), state.foreign), (None, 1, true));
    // It has its own item there already.
    let copied = twin_of(&db, &home.connection.id, "", own.clone()).await.twin.unwrap();
    assert_eq!(copied, Twin { series_id: "e1".into(), kind: TwinKind::Copy });
    // An event of another local calendar, and of a deployment that nobody knows.
    let elsewhere = connect(&db.store, &home.scope, &home.account.id, "private").await;
    let state = twin_of(&db, &elsewhere.id, "", own).await;
    assert_eq!((state.twin.unwrap().kind, state.unmapped.len()), (TwinKind::Copy, 0));
    assert_eq!(twin_of(&db, &other, "", mark("nobody")).await.twin, None);
}

async fn an_answer_waits_until_it_has_arrived(db: Db) {
    let (home, _) = three_events(&db).await;
    let answer = Answer { response: tidecal_core::model::Response::Declined, comment: "ill".into(), notify: true };
    let json = serde_json::to_string(&answer).unwrap();
    let set = format!(
        "UPDATE calendar_events SET pending_answer = '{json}', consent_version = 1, edited_version = 1 WHERE id = 'e1'"
    );
    sql(&db, &set).await;
    let batch = local(&db, &home.connection.id, 0, true, 10).await;
    assert_eq!(series(&batch), ["e1"]);
    let event = batch.series[0].components[0].local.as_ref().unwrap();
    assert_eq!((event.answer.as_ref(), event.consent, event.edited), (Some(&answer), Some(1), 1));
    let writes = Writes { answered: vec!["e1".into()], ..Writes::default() };
    commit_once(&db.store, &home.connection.id, &writes, "c2", later(60)).await;
    assert_eq!(local(&db, &home.connection.id, 0, true, 10).await.series, []);
}

async fn a_finish_moves_the_local_cursor(db: Db) {
    let (home, other) = three_events(&db).await;
    let claimed = claim(&db.store, &other, later(20)).await.unwrap();
    let expected = LocalSide { seq: 3, cursor: 0, waiting: false, retries: false, shared: true, home: true };
    assert_eq!((claimed.local, claimed.local.has_news()), (expected, true));
    let row = FinishRow { local_cursor: Some(3), ..success(&claimed, later(20)) };
    system(&db.store).finish(&claimed.lease, &row).await.unwrap();
    sql(&db, "UPDATE external_calendar_events SET sync_status = 'UPDATED' WHERE event_id = 'e1'").await;
    let claimed = claim(&db.store, &other, later(60)).await.unwrap();
    assert_eq!((claimed.local.cursor, claimed.local.has_news()), (3, false));
    system(&db.store).finish(&claimed.lease, &success(&claimed, later(60))).await.unwrap();
    let claimed = claim(&db.store, &other, later(90)).await.unwrap();
    assert_eq!(claimed.local.cursor, 3, "a run that looked at nothing leaves it");
    let third = sibling(&db, &home, "more").await;
    let newest = claim(&db.store, &third, later(20)).await.unwrap();
    assert_eq!(newest.local.home, third < other, "a calendar has one home");
    let origin = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    assert!(origin.local.waiting && origin.local.has_news());
}

async fn a_comparison_misses_confirmed_copies_too(db: Db) {
    let home = home(&db.store, "ada").await;
    let copy =
        |id: &'static str, status| MappingWrite { role: Role::Copy, status, ..mapping(single(id), 1, &event(id, DAY)) };
    let writes = Writes {
        events: ["sent", "unsent"].map(|id| insert(single(id), &event(id, DAY))).into(),
        mappings: vec![copy("sent", MappingStatus::Synced), copy("unsent", MappingStatus::Created)],
        ..Writes::default()
    };
    commit_once(&db.store, &home.connection.id, &writes, "c1", now()).await;
    let claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    let missing = system(&db.store).unseen(&claimed.lease, "r1", None, None, 10).await.unwrap();
    assert_eq!(missing.iter().map(|it| it.external_event_id.as_str()).collect::<Vec<_>>(), ["ext-sent"]);
}
