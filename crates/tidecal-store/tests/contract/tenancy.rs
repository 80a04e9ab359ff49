//! Another tenant's objects, and for a member other people's, do not exist.

use crate::fixture::{
    at, commit_once, event, grant, home, mapping, mirrored, now, person, remote_calendar, single, system,
};
use crate::harness::{Db, on_both};
use tidecal_core::sync::{ConflictWrite, Direction, JournalEntry, MappingWrite, Verdict, Writes};
use tidecal_store::{
    CalendarChoice, CalendarPatch, ConflictChoice, ConnectionPatch, Deed, FinishRow, Hold, JournalOf, NewNotification,
    Resolution, Role, RunRef, Store, StoreError, TenantScope,
};

on_both!(
    nothing_of_another_tenant_is_found,
    a_member_sees_the_own_rows_and_an_admin_the_tenants,
    a_lease_reaches_no_further_than_its_tenant,
    rows_cannot_point_into_another_tenant,
);

#[expect(clippy::needless_pass_by_value, reason = "reads better where it is called")]
fn assert_hidden<T: std::fmt::Debug>(answer: Result<T, StoreError>, what: &str) {
    assert!(matches!(&answer, Err(StoreError::NotFound(_))), "{what}: {answer:?}");
}

/// Every method that takes an id, with ids that belong to somebody else.
async fn assert_blind(store: &Store, scope: &TenantScope, victim: &crate::fixture::Home) {
    let tenant = store.tenant(scope);
    let (account, connection) = (&victim.account.id, &victim.connection.id);
    let (calendar, patch) = (victim.connection.calendar_id.clone(), ConnectionPatch::default());
    assert_hidden(tenant.get_account(account).await, "get_account");
    assert_hidden(tenant.disconnect_account(account, now()).await, "disconnect_account");
    assert_hidden(tenant.delete_account(account, now()).await, "delete_account");
    let mut again = grant("ada");
    again.reconnect = Some(account.clone());
    assert_hidden(tenant.insert_or_reconnect_account(&again, now()).await, "insert_or_reconnect_account");
    assert_hidden(tenant.insert_connection(&remote_calendar(account, "x"), now()).await, "insert_connection");
    assert_hidden(tenant.get_connection(connection).await, "get_connection");
    assert_hidden(tenant.update_connection(connection, &patch, now()).await, "update_connection");
    assert_hidden(tenant.delete_connection(connection, now()).await, "delete_connection");
    assert_hidden(tenant.count_mappings(connection).await, "count_mappings");
    assert_hidden(tenant.request_sync(connection, true, "r", now()).await, "request_sync");
    assert_hidden(tenant.release_hold(connection, now()).await, "release_hold");
    assert_hidden(tenant.list_mappings(connection, None, None, 10).await, "list_mappings");
    assert_hidden(tenant.verdict_counts(connection).await, "verdict_counts");
    assert_hidden(tenant.list_runs(connection, 10).await, "list_runs");
    assert_hidden(tenant.get_event("e1").await, "get_event");
    let edit = [crate::local::update_local("e1", 1, &event("mine now", "2026-11-23T09:00:00Z"))];
    assert_hidden(tenant.write_local(&calendar, &edit, true, now()).await, "write_local");
    assert_hidden(tenant.write_local(&calendar, &[], true, now()).await, "write_local of nothing");
    assert_hidden(tenant.get_calendar(&calendar).await, "get_calendar");
    assert_hidden(tenant.update_calendar(&calendar, &CalendarPatch::default(), now()).await, "update_calendar");
    assert_hidden(tenant.delete_calendar(&calendar).await, "delete_calendar");
    assert_hidden(tenant.get_series("e1").await, "get_series");
    assert_hidden(tenant.get_series_by_id("e1").await, "get_series_by_id");
    assert_hidden(tenant.event_facts("e1", 10).await, "event_facts");
    assert_hidden(tenant.event_facts("ext-e1", 10).await, "event_facts of an item");
    assert_hidden(tenant.discard_hold(connection, now()).await, "discard_hold");
    let waiting = waiting_rows(store, victim).await;
    let choice = Resolution { choice: ConflictChoice::Local, write: None, consent: true };
    assert_hidden(tenant.get_conflict(&waiting.conflict).await, "get_conflict");
    assert_hidden(tenant.resolve_conflict(&waiting.conflict, &choice, now()).await, "resolve_conflict");
    assert_hidden(tenant.reset_conflict(&waiting.conflict, now()).await, "reset_conflict");
    assert_hidden(tenant.release_held_event(&waiting.mapping, now()).await, "release_held_event");
    assert_hidden(tenant.discard_held_event(&waiting.mapping, now()).await, "discard_held_event");
    assert_eq!(tenant.list_conflicts(false, None, None, 10).await.unwrap(), []);
    assert_eq!(tenant.list_held_events(None, None, 10).await.unwrap(), []);
    assert_eq!(tenant.list_held_connections().await.unwrap(), []);
    assert_eq!(tenant.find_events_by_title("plan", 10).await.unwrap(), []);
    for of in
        [JournalOf::Event("e1"), JournalOf::Series("e1"), JournalOf::Run("run-1"), JournalOf::Connection(connection)]
    {
        assert_eq!(tenant.list_journal(of, None, 10).await.unwrap(), [], "{of:?}");
    }
    assert_eq!(tenant.list_audit(None, None, 10).await.unwrap(), []);
    assert_eq!(tenant.list_notifications(false, None, 10).await.unwrap(), []);
    assert_eq!(tenant.mark_notifications_read(None, now()).await.unwrap(), 0);
    assert!(tenant.connections_of_events(&["e1".into()]).await.unwrap().is_empty());
    let window = (at("2026-11-01T00:00:00Z"), at("2026-12-01T00:00:00Z"));
    for choice in [CalendarChoice::All, CalendarChoice::Only(std::slice::from_ref(&calendar))] {
        let found = tenant.find_events_in_window(choice, window.0, window.1, 10).await.unwrap();
        assert!(found.rows.is_empty(), "find_events_in_window");
    }
    assert!(tenant.list_calendars().await.unwrap().iter().all(|it| it.id != calendar));
    assert!(tenant.list_accounts().await.unwrap().iter().all(|it| it.id != *account));
    assert!(tenant.list_connections().await.unwrap().iter().all(|it| it.id != *connection));
    assert!(tenant.health().await.unwrap().iter().all(|it| it.connection_id != *connection));
}

struct WaitingRows {
    conflict: String,
    mapping: String,
}

/// Of the victim: a conflict, a held write, a held run, a journal, a deed and a notification.
async fn waiting_rows(store: &Store, victim: &crate::fixture::Home) -> WaitingRows {
    let tenant = store.tenant(&victim.scope);
    let content = event("secret plan", "2026-11-23T09:00:00Z");
    let conflict = ConflictWrite {
        external_event_id: "ext-e1".into(),
        recurrence_id: None,
        event_id: Some("e1".into()),
        fields: vec!["title".into()],
        base: None,
        local: Some(Box::new(content.clone())),
        remote: None,
    };
    let entry = JournalEntry {
        event_id: "e1".into(),
        action: "update",
        direction: Direction::In,
        before: Some(Box::new(content.clone())),
        after: None,
    };
    let held = MappingWrite { verdict: Verdict::Held, ..mapping(single("e1"), 1, &content) };
    let writes = Writes { conflicts: vec![conflict], journal: vec![entry], mappings: vec![held], ..Writes::default() };
    tenant.request_sync(&victim.connection.id, false, "r", now()).await.unwrap();
    let mut claimed = crate::fixture::claim(store, &victim.connection.id, now()).await.unwrap();
    let step = crate::fixture::advance("c2");
    system(store).commit(&mut claimed.lease, &writes, &step, now(), &crate::fixture::run_ref()).await.unwrap();
    let hold = Hold::Set { reason: "many".into(), deletions: 9 };
    let row = FinishRow { hold, ..crate::fixture::success(&claimed, now()) };
    system(store).finish(&claimed.lease, &row).await.unwrap();
    tenant.insert_audit(&Deed { action: "x".into(), ..Deed::default() }, now()).await.unwrap();
    let notification = NewNotification {
        tenant_id: victim.scope.tenant_id.clone(),
        profile_id: victim.scope.user_id.clone(),
        connection_id: None,
        kind: "conflict".into(),
        dedupe_key: "k".into(),
        title: "secret".into(),
        body: String::new(),
        now: now(),
    };
    system(store).insert_notification(&notification).await.unwrap();
    WaitingRows {
        conflict: tenant.list_conflicts(true, None, None, 10).await.unwrap().remove(0).id,
        mapping: tenant.list_held_events(None, None, 10).await.unwrap().remove(0).mapping.id,
    }
}

async fn victim(db: &Db) -> crate::fixture::Home {
    let victim = home(&db.store, "ada").await;
    let writes = mirrored(&[(single("e1"), event("secret plan", "2026-11-23T09:00:00Z"))]);
    commit_once(&db.store, &victim.connection.id, &writes, "c1", now()).await;
    victim
}

async fn nothing_of_another_tenant_is_found(db: Db) {
    let victim = victim(&db).await;
    let stranger = home(&db.store, "ben").await;
    assert_blind(&db.store, &stranger.scope, &victim).await;
    // A local calendar of the other tenant cannot be the target of a connection either.
    let mut new = remote_calendar(&stranger.account.id, "x");
    new.calendar_id = Some(victim.connection.calendar_id.clone());
    assert_hidden(db.store.tenant(&stranger.scope).insert_connection(&new, now()).await, "calendar");
    let after = db.store.tenant(&victim.scope).get_connection(&victim.connection.id).await.unwrap();
    assert!(after.sync_enabled && after.sync_cursor.is_some() && !after.sync_needed);
    assert_eq!(db.raw.count("calendar_events").await, 1);
}

async fn a_member_sees_the_own_rows_and_an_admin_the_tenants(db: Db) {
    let victim = victim(&db).await;
    let tenant_id = &victim.scope.tenant_id;
    let add = |email: &'static str, role| {
        let (store, tenant_id) = (db.store.clone(), tenant_id.clone());
        async move { system(&store).add_member(&tenant_id, &person(email, role), now()).await.unwrap() }
    };
    let (member, admin) = (add("ben@example.com", Role::Member).await, add("cleo@example.com", Role::Admin).await);
    assert_blind(&db.store, &member, &victim).await;
    let tenant = db.store.tenant(&admin);
    assert_eq!(tenant.get_event("e1").await.unwrap().row.event.title, "secret plan");
    assert_eq!(tenant.list_connections().await.unwrap().len(), 1);
    tenant.request_sync(&victim.connection.id, false, "r", now()).await.unwrap();
    // The person itself, also as a plain member.
    let own = TenantScope { role: Role::Member, ..victim.scope.clone() };
    assert_eq!(db.store.tenant(&own).get_connection(&victim.connection.id).await.unwrap().id, victim.connection.id);
    assert_eq!(db.store.tenant(&own).get_event("e1").await.unwrap().row.id, "e1");
}

async fn a_lease_reaches_no_further_than_its_tenant(db: Db) {
    let (victim, stranger) = (victim(&db).await, home(&db.store, "ben").await);
    let mut claimed = crate::fixture::claim(&db.store, &stranger.connection.id, now()).await.unwrap();
    let run = RunRef { id: "r".into(), trigger: "schedule".into() };
    let changed = event("mine now", "2026-11-23T09:00:00Z");
    let steal = tidecal_core::sync::Writes {
        events: vec![crate::fixture::update(single("e1"), 1, &changed)],
        ..Default::default()
    };
    let step = crate::fixture::advance("c1");
    let refused = system(&db.store).commit(&mut claimed.lease, &steal, &step, now(), &run).await.unwrap_err();
    assert!(matches!(refused, tidecal_store::CommitError::EventsMoved(_)), "{refused}");
    // The same id in another tenant is another row.
    let same = mirrored(&[(single("e1"), changed)]);
    system(&db.store).commit(&mut claimed.lease, &same, &step, now(), &run).await.unwrap();
    assert_eq!(db.store.tenant(&victim.scope).get_event("e1").await.unwrap().row.event.title, "secret plan");
    let mut forged = claimed.lease.clone();
    forged.connection_id = victim.connection.id.clone();
    let states = system(&db.store).load_series(&forged, &["ext-e1".into()]).await.unwrap();
    assert!(states[0].components.is_empty());
}

async fn rows_cannot_point_into_another_tenant(db: Db) {
    let (victim, stranger) = (victim(&db).await, home(&db.store, "ben").await);
    for sql in [
        format!(
            "UPDATE external_calendar_connections SET calendar_id = '{}' WHERE id = '{}'",
            victim.connection.calendar_id, stranger.connection.id
        ),
        format!(
            "UPDATE external_calendar_connections SET account_id = '{}' WHERE id = '{}'",
            victim.account.id, stranger.connection.id
        ),
        format!("UPDATE calendar_events SET tenant_id = '{}'", stranger.scope.tenant_id),
        format!(
            "UPDATE calendars SET owner_id = '{}' WHERE id = '{}'",
            stranger.scope.user_id, victim.connection.calendar_id
        ),
    ] {
        assert!(db.raw.try_execute(&sql).await.is_err(), "{sql}");
    }
}
