//! Sessions, one-time links, API keys.

use crate::fixture::{home, later, now, person, system};
use crate::harness::{Db, on_both};
use tidecal_store::{NewApiKey, NewSession, Role};

on_both!(
    a_session_lives_until_it_ends,
    a_link_signs_in_once,
    an_api_key_has_its_own_role_but_never_more_than_its_person,
    who_leaves_a_tenant_loses_its_sessions,
);

fn session(home: &crate::fixture::Home, hash: &str) -> NewSession {
    NewSession {
        token_hash: hash.into(),
        tenant_id: home.scope.tenant_id.clone(),
        profile_id: home.scope.user_id.clone(),
        now: now(),
        expires_at: later(60),
        user_agent: "Browser".into(),
    }
}

async fn a_session_lives_until_it_ends(db: Db) {
    let home = home(&db.store, "ada@example.com").await;
    let sign_in = db.store.sign_in();
    sign_in.insert_session(&session(&home, "hash")).await.unwrap();
    let found = sign_in.find_session("hash", later(59)).await.unwrap().unwrap();
    assert_eq!(found.scope, home.scope);
    assert_eq!((found.profile.email.as_str(), found.tenant_name.as_str()), ("ada@example.com", "Example"));
    assert!(sign_in.find_session("hash", later(60)).await.unwrap().is_none());
    assert!(sign_in.find_session("other", now()).await.unwrap().is_none());
    sign_in.delete_session("hash").await.unwrap();
    assert!(sign_in.find_session("hash", now()).await.unwrap().is_none());
}

async fn a_link_signs_in_once(db: Db) {
    let home = home(&db.store, "ada").await;
    let sign_in = db.store.sign_in();
    for hash in ["once", "late"] {
        sign_in.insert_signin_link(&session(&home, hash)).await.unwrap();
    }
    assert_eq!(sign_in.take_signin_link("once", now()).await.unwrap().unwrap().scope, home.scope);
    assert!(sign_in.take_signin_link("once", now()).await.unwrap().is_none());
    assert!(sign_in.take_signin_link("late", later(60)).await.unwrap().is_none());
    assert!(sign_in.find_user_by_email("nobody@example.com").await.unwrap().is_none());
}

async fn an_api_key_has_its_own_role_but_never_more_than_its_person(db: Db) {
    let home = home(&db.store, "ada").await;
    let member = person("ben@example.com", Role::Member);
    let ben = system(&db.store).add_member(&home.scope.tenant_id, &member, now()).await.unwrap();
    let sign_in = db.store.sign_in();
    for (profile, hash, role) in [(&home.scope.user_id, "k1", Role::Member), (&ben.user_id, "k2", Role::Owner)] {
        let key = NewApiKey {
            tenant_id: home.scope.tenant_id.clone(),
            profile_id: profile.clone(),
            name: "integration".into(),
            key_hash: hash.into(),
            role,
            now: now(),
            expires_at: Some(later(60)),
        };
        sign_in.insert_api_key(&key).await.unwrap();
        let found = sign_in.find_api_key(hash, now()).await.unwrap().unwrap();
        assert_eq!((found.scope.role, &found.scope.user_id), (Role::Member, profile));
        assert!(sign_in.find_api_key(hash, later(60)).await.unwrap().is_none());
    }
    db.raw.execute("UPDATE api_keys SET revoked_at = created_at").await;
    assert!(sign_in.find_api_key("k1", now()).await.unwrap().is_none());
}

async fn who_leaves_a_tenant_loses_its_sessions(db: Db) {
    let home = home(&db.store, "ada").await;
    let ben = system(&db.store)
        .add_member(&home.scope.tenant_id, &person("ben@example.com", Role::Member), now())
        .await
        .unwrap();
    let new = NewSession { profile_id: ben.user_id.clone(), ..session(&home, "hash") };
    db.store.sign_in().insert_session(&new).await.unwrap();
    db.raw.execute(&format!("DELETE FROM memberships WHERE profile_id = '{}'", ben.user_id)).await;
    assert!(db.store.sign_in().find_session("hash", now()).await.unwrap().is_none());
    assert_eq!(db.raw.count("sessions").await, 0);
    let gone = db.store.sign_in().find_identity(&home.scope.tenant_id, &ben.user_id).await.unwrap();
    assert!(gone.is_none());
}
