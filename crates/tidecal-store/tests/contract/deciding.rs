//! What waits for a person, and what people are told: conflicts, held writes, journal, audit log,
//! notifications, facts, keys of requests.

use crate::fixture::{Home, advance, claim, commit_once, event, later, mapping, now, run_ref, single, success, system};
use crate::harness::{Db, on_both};
use crate::local::{delete_local, update_local, writing};
use jiff::SignedDuration;
use tidecal_core::sync::{
    ConflictWrite, Direction, JournalEntry, MappingStatus, MappingWrite, SeriesState, Verdict, Writes,
};
use tidecal_store::{
    ConflictChoice, Deed, FinishRow, Hold, JournalOf, KnownRequest, NewNotification, Resolution, RunOutcome, RunRecord,
    StoreError,
};

on_both!(
    a_conflict_shows_all_three_sides,
    the_local_side_of_a_conflict_goes_out,
    the_remote_side_of_a_conflict_comes_in,
    a_conflict_is_resolved_field_by_field,
    a_deletion_at_the_vendor_can_be_followed,
    a_reset_conflict_is_decided_anew,
    a_held_write_is_released_with_consent,
    a_held_write_can_be_given_up,
    a_held_run_can_be_given_up,
    the_journal_is_read_from_every_side_and_ages,
    deeds_are_told_to_those_who_may_know,
    notifications_are_read_once,
    facts_tell_where_an_event_is,
    a_request_with_a_key_is_answered_once,
);

const DAY: &str = "2026-11-23T09:00:00Z";

/// An event that both sides have changed, and the conflict about it.
async fn conflicted(db: &Db, remote: Option<&str>) -> (Home, String) {
    let home = writing(db).await;
    let tenant = db.store.tenant(&home.scope);
    let calendar = &home.connection.calendar_id;
    tenant.write_local(calendar, &[update_local("e1", 1, &event("mine", DAY))], false, later(1)).await.unwrap();
    let theirs = remote.map(|title| Box::new(event(title, DAY)));
    let conflict = ConflictWrite {
        external_event_id: "ext-e1".into(),
        recurrence_id: None,
        event_id: Some("e1".into()),
        fields: vec!["title".into()],
        base: Some(Box::new(event("Review", DAY))),
        local: Some(Box::new(event("mine", DAY))),
        remote: theirs,
    };
    let row = MappingWrite {
        version: if remote.is_some() { "etag-theirs".into() } else { String::new() },
        verdict: Verdict::Conflicted,
        status: MappingStatus::Conflict,
        reason: "changed on both sides".into(),
        local_base: Some(Box::new(event("Review", DAY))),
        ..mapping(single("e1"), 1, &event("Review", DAY))
    };
    let writes = Writes { conflicts: vec![conflict], mappings: vec![row], ..Writes::default() };
    commit_once(&db.store, &home.connection.id, &writes, "c2", later(2)).await;
    let id = tenant.list_conflicts(true, None, None, 10).await.unwrap().remove(0).id;
    (home, id)
}

async fn state(db: &Db, home: &Home) -> SeriesState {
    let claimed = claim(&db.store, &home.connection.id, later(20)).await.expect("it is due");
    let mut states = system(&db.store).load_series(&claimed.lease, &["ext-e1".into()]).await.unwrap();
    system(&db.store).finish(&claimed.lease, &success(&claimed, later(20))).await.unwrap();
    states.remove(0)
}

async fn a_conflict_shows_all_three_sides(db: Db) {
    let (home, id) = conflicted(&db, Some("theirs")).await;
    let tenant = db.store.tenant(&home.scope);
    let detail = tenant.get_conflict(&id).await.unwrap();
    let title = |event: &Option<tidecal_core::model::Event>| event.as_ref().map(|it| it.title.clone()).unwrap();
    assert_eq!([title(&detail.base), title(&detail.local), title(&detail.remote)], ["Review", "mine", "theirs"]);
    assert_eq!((detail.local_version, detail.series_id.as_str()), (Some(2), "e1"));
    assert_eq!(detail.calendar_id, home.connection.calendar_id);
    assert_eq!((detail.row.title.as_deref(), detail.row.open), (Some("mine"), true));
    assert_eq!(detail.row.fields, ["title"]);
    assert_eq!(tenant.list_conflicts(true, Some("other"), None, 10).await.unwrap(), []);
    assert_eq!(tenant.list_conflicts(true, None, Some(&id), 10).await.unwrap(), []);
}

async fn the_local_side_of_a_conflict_goes_out(db: Db) {
    let (home, id) = conflicted(&db, Some("theirs")).await;
    let tenant = db.store.tenant(&home.scope);
    let choice = Resolution { choice: ConflictChoice::Local, write: None, consent: false };
    let row = tenant.resolve_conflict(&id, &choice, later(3)).await.unwrap();
    assert_eq!((row.open, row.resolution.as_deref()), (false, Some("local")));
    assert_eq!(row.resolved_by.as_deref(), Some(home.scope.user_id.as_str()));
    let known = &state(&db, &home).await.components[0];
    assert!(known.is_dirty());
    assert_eq!((known.binding.status, known.binding.verdict), (MappingStatus::Updated, Verdict::Mirrored));
    assert_eq!(known.binding.version, "etag-theirs", "guarded by what the conflict saw");
    assert_eq!(
        (known.base().unwrap().title.as_str(), known.local_base().unwrap().title.as_str()),
        ("theirs", "theirs")
    );
    assert_eq!(known.local.as_ref().unwrap().event.title, "mine");
    let again = tenant.resolve_conflict(&id, &choice, later(4)).await.unwrap_err();
    assert!(matches!(again, StoreError::NotFound(_)), "{again}");
    assert_eq!(tenant.list_conflicts(true, None, None, 10).await.unwrap(), []);
    assert_eq!(tenant.list_conflicts(false, None, None, 10).await.unwrap().len(), 1);
}

async fn the_remote_side_of_a_conflict_comes_in(db: Db) {
    let (home, id) = conflicted(&db, Some("theirs")).await;
    let tenant = db.store.tenant(&home.scope);
    let stale = Resolution {
        choice: ConflictChoice::Remote,
        write: Some(update_local("e1", 1, &event("theirs", DAY))),
        consent: false,
    };
    let refused = tenant.resolve_conflict(&id, &stale, later(3)).await.unwrap_err();
    assert!(matches!(refused, StoreError::EventsMoved { .. }), "{refused}");
    assert!(tenant.get_conflict(&id).await.unwrap().row.open, "nothing has happened");
    let fresh = Resolution { write: Some(update_local("e1", 2, &event("theirs", DAY))), ..stale };
    tenant.resolve_conflict(&id, &fresh, later(3)).await.unwrap();
    let known = &state(&db, &home).await.components[0];
    assert!(!known.is_dirty());
    assert_eq!((known.binding.status, known.binding.base_version), (MappingStatus::Synced, 3));
    assert_eq!(known.base().unwrap().title, "theirs");
}

async fn a_conflict_is_resolved_field_by_field(db: Db) {
    let (home, id) = conflicted(&db, Some("theirs")).await;
    let merged = event("ours together", DAY);
    let fields =
        Resolution { choice: ConflictChoice::Fields, write: Some(update_local("e1", 2, &merged)), consent: true };
    db.store.tenant(&home.scope).resolve_conflict(&id, &fields, later(3)).await.unwrap();
    let known = &state(&db, &home).await.components[0];
    let local = known.local.as_ref().unwrap();
    assert_eq!((local.event.clone(), local.version, local.consent), (merged, 3, Some(3)));
    assert!(known.is_dirty());
    assert_eq!(known.base().unwrap().title, "theirs");
}

async fn a_deletion_at_the_vendor_can_be_followed(db: Db) {
    let (home, id) = conflicted(&db, None).await;
    let follow = Resolution { choice: ConflictChoice::Remote, write: Some(delete_local("e1", 2)), consent: false };
    db.store.tenant(&home.scope).resolve_conflict(&id, &follow, later(3)).await.unwrap();
    assert_eq!(db.raw.count("calendar_events").await, 0);
    let known = &state(&db, &home).await.components[0];
    assert_eq!((known.binding.status, known.local.as_ref()), (MappingStatus::Deleted, None));
}

async fn a_reset_conflict_is_decided_anew(db: Db) {
    let (home, id) = conflicted(&db, Some("theirs")).await;
    let row = db.store.tenant(&home.scope).reset_conflict(&id, later(3)).await.unwrap();
    assert_eq!((row.open, row.resolution.as_deref()), (false, Some("reset")));
    let claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    let retries = system(&db.store).load_retries(&claimed.lease, 10).await.unwrap();
    assert_eq!(retries.iter().map(|it| it.external_event_id.as_str()).collect::<Vec<_>>(), ["ext-e1"]);
}

async fn held(db: &Db) -> (Home, String) {
    let home = writing(db).await;
    let tenant = db.store.tenant(&home.scope);
    let calendar = &home.connection.calendar_id;
    tenant.write_local(calendar, &[update_local("e1", 1, &event("mine", DAY))], false, later(1)).await.unwrap();
    let row = MappingWrite {
        verdict: Verdict::Held,
        status: MappingStatus::Updated,
        reason: "would mail 3 people".into(),
        ..mapping(single("e1"), 1, &event("Review", DAY))
    };
    let writes = Writes { mappings: vec![row], ..Writes::default() };
    commit_once(&db.store, &home.connection.id, &writes, "c2", later(2)).await;
    let mut rows = tenant.list_held_events(None, None, 10).await.unwrap();
    assert_eq!((rows.len(), rows[0].mapping.reason.as_str()), (1, "would mail 3 people"));
    assert_eq!(tenant.list_held_events(Some("other"), None, 10).await.unwrap(), []);
    (home, rows.remove(0).mapping.id)
}

async fn a_held_write_is_released_with_consent(db: Db) {
    let (home, id) = held(&db).await;
    let tenant = db.store.tenant(&home.scope);
    tenant.release_held_event(&id, later(3)).await.unwrap();
    let claimed = claim(&db.store, &home.connection.id, later(4)).await.unwrap();
    assert!(claimed.local.waiting);
    let batch = system(&db.store).load_local(&claimed.lease, 2, Some(crate::fixture::window()), 10).await.unwrap();
    let known = &batch.series[0].components[0];
    let local = known.local.as_ref().unwrap();
    assert_eq!((known.binding.verdict, local.consent, local.version), (Verdict::Mirrored, Some(2), 2));
    assert!(matches!(tenant.release_held_event(&id, later(5)).await, Err(StoreError::NotFound(_))));
}

async fn a_held_write_can_be_given_up(db: Db) {
    let (home, id) = held(&db).await;
    let tenant = db.store.tenant(&home.scope);
    tenant.discard_held_event(&id, later(3)).await.unwrap();
    assert_eq!(tenant.list_held_events(None, None, 10).await.unwrap(), []);
    let claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    assert_eq!(
        system(&db.store).load_local(&claimed.lease, 2, Some(crate::fixture::window()), 10).await.unwrap().series,
        []
    );
    let states = system(&db.store).load_series(&claimed.lease, &["ext-e1".into()]).await.unwrap();
    let known = &states[0].components[0];
    assert_eq!((known.binding.status, known.binding.echo.tried), (MappingStatus::Failed, 2));
    assert_eq!(known.local.as_ref().unwrap().event.title, "mine", "what stands here stays");
}

async fn a_held_run_can_be_given_up(db: Db) {
    let home = writing(&db).await;
    let tenant = db.store.tenant(&home.scope);
    let calendar = &home.connection.calendar_id;
    tenant.write_local(calendar, &[delete_local("e1", 1)], false, later(1)).await.unwrap();
    let claimed = claim(&db.store, &home.connection.id, later(2)).await.unwrap();
    let hold = Hold::Set { reason: "1 of 1 events would be deleted".into(), deletions: 1 };
    let row = FinishRow { hold, outcome: RunOutcome::Stopped, ..success(&claimed, later(2)) };
    system(&db.store).finish(&claimed.lease, &row).await.unwrap();
    assert_eq!(tenant.list_held_connections().await.unwrap().len(), 1);
    assert_eq!(tenant.discard_hold(&home.connection.id, later(3)).await.unwrap(), 1);
    assert_eq!(tenant.list_held_connections().await.unwrap(), []);
    let back = tenant.get_event("e1").await.unwrap().row;
    assert_eq!((back.event.title.as_str(), back.version), ("Review", 3));
    let claimed = claim(&db.store, &home.connection.id, later(4)).await.unwrap();
    assert_eq!(system(&db.store).count_outgoing(&claimed.lease).await.unwrap(), 0);
    let again = tenant.discard_hold(&home.connection.id, later(5)).await.unwrap_err();
    assert!(matches!(again, StoreError::NotFound(_)), "{again}");
}

async fn journaled(db: &Db) -> Home {
    let home = writing(db).await;
    let mut claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    for (minute, action) in [(20, "update"), (40, "delete")] {
        let entry = JournalEntry {
            event_id: "e1".into(),
            action,
            direction: Direction::Out,
            before: Some(Box::new(event("before", DAY))),
            after: None,
        };
        let writes = Writes {
            journal: vec![entry],
            mappings: vec![mapping(single("e1"), 1, &event("Review", DAY))],
            ..Writes::default()
        };
        let step = advance("c2");
        system(&db.store).commit(&mut claimed.lease, &writes, &step, later(minute), &run_ref()).await.unwrap();
    }
    let record = RunRecord { kind: "delta", started_at: later(20), pages: 1, calls: 2 };
    let row = FinishRow { record: Some(record), ..success(&claimed, later(41)) };
    system(&db.store).finish(&claimed.lease, &row).await.unwrap();
    home
}

async fn the_journal_is_read_from_every_side_and_ages(db: Db) {
    let home = journaled(&db).await;
    let tenant = db.store.tenant(&home.scope);
    for of in [
        JournalOf::Event("e1"),
        JournalOf::Series("e1"),
        JournalOf::Run("run-1"),
        JournalOf::Connection(&home.connection.id),
    ] {
        let entries = tenant.list_journal(of, None, 10).await.unwrap();
        let actions: Vec<&str> = entries.iter().map(|it| it.action.as_str()).collect();
        assert_eq!(actions, ["delete", "update"], "newest first: {of:?}");
        let older = tenant.list_journal(of, Some(&entries[0].id), 10).await.unwrap();
        assert_eq!((older.len(), older[0].direction.as_str()), (1, "out"));
        assert_eq!(older[0].before.as_ref().unwrap().title, "before");
    }
    assert_eq!(tenant.list_journal(JournalOf::Event("e2"), None, 10).await.unwrap(), []);
    assert_eq!(system(&db.store).purge_journal(later(40), 10).await.unwrap(), 1);
    assert_eq!(system(&db.store).purge_journal(later(40), 10).await.unwrap(), 0);
    assert_eq!(tenant.list_journal(JournalOf::Event("e1"), None, 10).await.unwrap().len(), 1);
}

async fn deeds_are_told_to_those_who_may_know(db: Db) {
    let home = writing(&db).await;
    let tenant = db.store.tenant(&home.scope);
    for (minute, target) in [(1, "a"), (2, "b")] {
        let deed = Deed {
            action: "event.update".into(),
            target_kind: "event".into(),
            target_id: target.into(),
            details: String::new(),
            request_id: Some("req-1".into()),
        };
        tenant.insert_audit(&deed, later(minute)).await.unwrap();
    }
    let all = tenant.list_audit(None, None, 10).await.unwrap();
    assert_eq!(all.iter().map(|it| it.target_id.as_str()).collect::<Vec<_>>(), ["b", "a"]);
    assert_eq!((all[0].details.as_str(), all[0].actor_id.as_deref()), ("{}", Some(home.scope.user_id.as_str())));
    assert!(all[0].actor_email.is_some());
    assert_eq!(tenant.list_audit(Some("a"), None, 10).await.unwrap().len(), 1);
    assert_eq!(tenant.list_audit(None, Some(&all[0].id), 10).await.unwrap().len(), 1);
    let other = crate::fixture::person("ben@example.com", tidecal_store::Role::Member);
    let member = system(&db.store).add_member(&home.scope.tenant_id, &other, now()).await.unwrap();
    assert_eq!(db.store.tenant(&member).list_audit(None, None, 10).await.unwrap(), []);
}

async fn notifications_are_read_once(db: Db) {
    let home = writing(&db).await;
    let tenant = db.store.tenant(&home.scope);
    for key in ["one", "two", "three"] {
        let notification = NewNotification {
            tenant_id: home.scope.tenant_id.clone(),
            profile_id: home.scope.user_id.clone(),
            connection_id: None,
            kind: "conflict".into(),
            dedupe_key: key.into(),
            title: key.into(),
            body: String::new(),
            now: later(1),
        };
        system(&db.store).insert_notification(&notification).await.unwrap();
    }
    let all = tenant.list_notifications(true, None, 2).await.unwrap();
    assert_eq!((all.len(), tenant.count_unread().await.unwrap()), (2, 3));
    let first = [all[0].id.clone()];
    assert_eq!(tenant.mark_notifications_read(Some(&first), later(2)).await.unwrap(), 1);
    assert_eq!(tenant.mark_notifications_read(Some(&first), later(3)).await.unwrap(), 0);
    assert_eq!(tenant.mark_notifications_read(None, later(4)).await.unwrap(), 2);
    assert_eq!(tenant.list_notifications(true, None, 10).await.unwrap(), []);
    let read = tenant.list_notifications(false, None, 10).await.unwrap();
    assert_eq!((read.len(), read[0].read_at), (3, Some(later(2))));
}

async fn facts_tell_where_an_event_is(db: Db) {
    let home = journaled(&db).await;
    let tenant = db.store.tenant(&home.scope);
    let facts = tenant.event_facts("e1", 1).await.unwrap();
    assert_eq!((facts.series_id.as_str(), facts.rows.len(), facts.conflicts.len()), ("e1", 1, 0));
    assert_eq!((facts.journal.len(), facts.runs.len()), (1, 1));
    assert_eq!(facts.runs[0].id, "run-1");
    let [mapped] = facts.mappings.as_slice() else { panic!("{facts:?}") };
    assert_eq!(mapped.connection_name, home.connection.name);
    assert_eq!((mapped.base_version, mapped.mapping.title.as_deref()), (1, Some("Review")));
    for name in [mapped.mapping.id.as_str(), "ext-e1"] {
        assert_eq!(tenant.event_facts(name, 5).await.unwrap().series_id, "e1", "{name}");
    }
    assert!(matches!(tenant.event_facts("e2", 5).await, Err(StoreError::NotFound("event"))));
    let found = tenant.find_events_by_title("REV", 10).await.unwrap();
    assert_eq!(found, [("e1".to_owned(), "Review".to_owned())]);
    let (conflicted, _) = conflicted_facts(&db, &home).await;
    assert_eq!(conflicted, 1);
}

async fn conflicted_facts(db: &Db, home: &Home) -> (usize, usize) {
    let conflict = ConflictWrite {
        external_event_id: "ext-e1".into(),
        recurrence_id: None,
        event_id: Some("e1".into()),
        fields: vec![],
        base: None,
        local: None,
        remote: None,
    };
    let writes = Writes { conflicts: vec![conflict], ..Writes::default() };
    commit_once(&db.store, &home.connection.id, &writes, "c9", later(90)).await;
    let facts = db.store.tenant(&home.scope).event_facts("e1", 5).await.unwrap();
    (facts.conflicts.len(), facts.mappings.len())
}

async fn a_request_with_a_key_is_answered_once(db: Db) {
    let home = writing(&db).await;
    let tenant = db.store.tenant(&home.scope);
    let begin = async |key: &'static str, hash: &'static str| tenant.begin_request(key, hash, now()).await.unwrap();
    assert_eq!(begin("k1", "h1").await, KnownRequest::New);
    assert_eq!(begin("k1", "h1").await, KnownRequest::Running);
    assert_eq!(begin("k1", "h2").await, KnownRequest::Different);
    tenant.finish_request("k1", 201, "{\"id\":1}").await.unwrap();
    assert_eq!(begin("k1", "h1").await, KnownRequest::Answered { status: 201, body: "{\"id\":1}".into() });
    tenant.abandon_request("k1").await.unwrap();
    assert!(matches!(begin("k1", "h1").await, KnownRequest::Answered { .. }), "an answer stays");
    assert_eq!(begin("k2", "h1").await, KnownRequest::New);
    tenant.abandon_request("k2").await.unwrap();
    assert_eq!(begin("k2", "h3").await, KnownRequest::New);
    let stranger = crate::fixture::tenant(&db.store, "ben").await;
    let theirs = db.store.tenant(&stranger).begin_request("k1", "h1", now()).await.unwrap();
    assert_eq!(theirs, KnownRequest::New, "keys are a person's own");
    let swept = system(&db.store).sweep(now() + SignedDuration::from_hours(24)).await.unwrap();
    assert_eq!(swept.answers, 3);
}
