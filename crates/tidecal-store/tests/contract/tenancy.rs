//! Another tenant's objects, and for a member other people's, do not exist.

use crate::fixture::{at, commit_once, event, grant, home, mirrored, now, person, remote_calendar, single, system};
use crate::harness::{Db, on_both};
use tidecal_store::{CalendarChoice, ConnectionPatch, Role, RunRef, Store, StoreError, TenantScope};

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
