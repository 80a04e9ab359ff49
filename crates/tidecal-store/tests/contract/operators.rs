//! What operators do: people, sweeping, notifications, logs.

use crate::fixture::{home, later, now, person, system};
use crate::harness::{Db, on_both};
use tidecal_store::{NewAudit, NewJobRun, NewNotification, NewSession, Role, StoreError};

on_both!(
    people_are_added_once,
    a_change_of_state_is_told_once,
    jobs_and_deeds_are_recorded,
    what_has_expired_is_swept,
    connections_are_listed_across_tenants,
);

async fn people_are_added_once(db: Db) {
    let home = home(&db.store, "ada@example.com").await;
    let tenant = &home.scope.tenant_id;
    let ben = system(&db.store).add_member(tenant, &person(" Ben@Example.com ", Role::Member), now()).await.unwrap();
    assert_eq!(ben.role, Role::Member);
    let twice = system(&db.store).add_member(tenant, &person("ben@example.com", Role::Admin), now()).await.unwrap_err();
    assert!(matches!(twice, StoreError::Exists("member")), "{twice}");
    let nowhere =
        system(&db.store).add_member("unknown", &person("x@example.com", Role::Admin), now()).await.unwrap_err();
    assert!(matches!(nowhere, StoreError::NotFound("tenant")), "{nowhere}");
    // The same person in a second tenant keeps the profile.
    let second = system(&db.store)
        .create_tenant_with_owner("Second", &person("ben@example.com", Role::Owner), later(1))
        .await
        .unwrap();
    assert_eq!(second.user_id, ben.user_id);
    let names: Vec<String> = system(&db.store).list_tenants().await.unwrap().into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["Example", "Second"]);
    let found = db.store.sign_in().find_user_by_email("BEN@example.com").await.unwrap().unwrap();
    assert_eq!(found.identities.len(), 2);
    assert_eq!((&found.identities[0].scope, found.identities[1].scope.role), (&ben, Role::Owner));
}

async fn a_change_of_state_is_told_once(db: Db) {
    let home = home(&db.store, "ada").await;
    let new = |key: &str| NewNotification {
        tenant_id: home.scope.tenant_id.clone(),
        profile_id: home.scope.user_id.clone(),
        connection_id: Some(home.connection.id.clone()),
        kind: "sync_disabled".into(),
        dedupe_key: key.into(),
        title: "Sync is paused".into(),
        body: "Sign in again".into(),
        now: now(),
    };
    assert!(system(&db.store).insert_notification(&new("a")).await.unwrap());
    assert!(!system(&db.store).insert_notification(&new("a")).await.unwrap());
    assert!(system(&db.store).insert_notification(&new("b")).await.unwrap());
    assert_eq!(db.raw.count("notifications").await, 2);
}

async fn jobs_and_deeds_are_recorded(db: Db) {
    let home = home(&db.store, "ada").await;
    let audit = NewAudit {
        tenant_id: home.scope.tenant_id.clone(),
        actor_id: Some(home.scope.user_id.clone()),
        action: "account.connect".into(),
        target_kind: "account".into(),
        target_id: home.account.id.clone(),
        details: "{}".into(),
        request_id: None,
        now: now(),
    };
    system(&db.store).insert_audit(&audit).await.unwrap();
    let job = NewJobRun {
        tenant_id: None,
        job: "calendar-sync".into(),
        started_at: now(),
        finished_at: later(1),
        outcome: "success".into(),
        summary: r#"{"connections_processed":3}"#.into(),
    };
    let id = system(&db.store).insert_job_run(&job).await.unwrap();
    assert_eq!(db.raw.value("SELECT id FROM job_runs WHERE tenant_id = ''").await, Some(id));
    assert_eq!(db.raw.value("SELECT action FROM audit_log").await.as_deref(), Some("account.connect"));
}

async fn what_has_expired_is_swept(db: Db) {
    let home = home(&db.store, "ada").await;
    let session = |hash: &str, minutes| NewSession {
        token_hash: hash.into(),
        tenant_id: home.scope.tenant_id.clone(),
        profile_id: home.scope.user_id.clone(),
        now: now(),
        expires_at: later(minutes),
        user_agent: String::new(),
    };
    for (hash, minutes) in [("a", 5), ("b", 60)] {
        db.store.sign_in().insert_session(&session(hash, minutes)).await.unwrap();
        db.store.sign_in().insert_signin_link(&session(hash, minutes)).await.unwrap();
    }
    let orphan = format!(
        "INSERT INTO sync_seen (tenant_id, connection_id, reading_id, external_event_id) VALUES ('{}', '{}', 'r', 'x')",
        home.scope.tenant_id, home.connection.id
    );
    db.raw.execute(&orphan).await;
    let swept = system(&db.store).sweep(later(10)).await.unwrap();
    assert_eq!((swept.sessions, swept.signin_links, swept.oauth_states, swept.seen), (1, 1, 0, 1));
    assert_eq!(system(&db.store).sweep(later(10)).await.unwrap(), tidecal_store::Swept::default());
}

async fn connections_are_listed_across_tenants(db: Db) {
    let (ada, ben) = (home(&db.store, "ada").await, home(&db.store, "ben").await);
    let first = system(&db.store).list_connections(None, 1).await.unwrap();
    let rest = system(&db.store).list_connections(Some(&first[0].id), 10).await.unwrap();
    let mut ids = vec![first[0].id.clone(), rest[0].id.clone()];
    let mut expected = vec![ada.connection.id.clone(), ben.connection.id];
    ids.sort();
    expected.sort();
    assert_eq!((rest.len(), ids), (1, expected));
    let scope = system(&db.store).scope_of_connection(&ada.connection.id).await.unwrap();
    assert_eq!((scope.tenant_id, scope.user_id), (ada.scope.tenant_id, ada.scope.user_id));
    let health = system(&db.store).health().await.unwrap();
    assert_eq!((health.len(), health[0].calendar_name.as_ref()), (2, None), "no names for the deployment");
}
