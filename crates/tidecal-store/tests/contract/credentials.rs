//! Sealed credentials at rest.

use crate::fixture::{grant, home, now, system};
use crate::harness::{Db, KEY, Raw, key_ring, on_both};
use secrecy::{ExposeSecret as _, SecretString};
use tidecal_core::model::Provider;
use tidecal_store::{NewOAuthState, StoreError};

on_both!(
    no_secret_is_in_the_database,
    moved_ciphertext_is_refused,
    a_missing_key_is_named_at_the_start,
    credentials_are_sealed_anew_with_the_first_key,
    a_connect_flow_is_good_once_and_for_its_session,
);

const OTHER: &str = "another key for tests that is long enough too";

async fn no_secret_is_in_the_database(db: Db) {
    let home = home(&db.store, "ada").await;
    let mut login = grant("ben");
    login.secrets.password = Some(SecretString::from("password-canary"));
    db.store.tenant(&home.scope).insert_or_reconnect_account(&login, now()).await.unwrap();
    let secrets = system(&db.store).account_secrets(&home.scope.tenant_id, &home.account.id).await.unwrap();
    assert_eq!(secrets.access_token.as_ref().unwrap().expose_secret(), "access-canary");
    assert!(!format!("{secrets:?}").contains("canary"));
    let canaries = ["access-canary", "refresh-canary", "password-canary"];
    match &db.raw {
        Raw::Sqlite(_) => {
            let bytes = db.file_bytes();
            for canary in canaries {
                assert!(!bytes.windows(canary.len()).any(|part| part == canary.as_bytes()), "{canary}");
            }
            assert!(bytes.windows(15).any(|part| part == b"ada@example.com"), "the files were read");
        }
        Raw::Postgres(_) => {
            let rows = db.raw.rows("SELECT encode(access_token, 'escape') || encode(refresh_token, 'escape') || COALESCE(encode(password, 'escape'), '') FROM calendar_accounts").await;
            assert_eq!(rows.len(), 2);
            for canary in canaries {
                assert!(rows.iter().all(|row| !row[0].as_deref().unwrap().contains(canary)), "{canary}");
            }
        }
    }
}

async fn moved_ciphertext_is_refused(db: Db) {
    let home = home(&db.store, "ada").await;
    let (other, _) = db.store.tenant(&home.scope).insert_or_reconnect_account(&grant("ben"), now()).await.unwrap();
    let (tenant, id) = (&home.scope.tenant_id, &home.account.id);
    let moves = [
        // From another account, from another column.
        format!(
            "UPDATE calendar_accounts SET access_token = (SELECT access_token FROM calendar_accounts WHERE id = '{}') WHERE id = '{id}'",
            other.id
        ),
        format!("UPDATE calendar_accounts SET access_token = refresh_token WHERE id = '{id}'"),
    ];
    for sql in moves {
        db.raw.execute(&sql).await;
        let refused = system(&db.store).account_secrets(tenant, id).await.unwrap_err();
        assert!(matches!(refused, StoreError::SealBroken), "{sql}: {refused}");
        db.store.tenant(&home.scope).insert_or_reconnect_account(&grant("ada"), now()).await.unwrap();
        system(&db.store).account_secrets(tenant, id).await.unwrap();
    }
}

async fn a_missing_key_is_named_at_the_start(db: Db) {
    let home = home(&db.store, "ada").await;
    let wrong = db.reopen(key_ring(OTHER, &[])).await;
    let (tenant, id) = (&home.scope.tenant_id, &home.account.id);
    for refused in
        [system(&wrong).check_keys().await.unwrap_err(), system(&wrong).account_secrets(tenant, id).await.unwrap_err()]
    {
        let expected = key_ring(KEY, &[]).key_ids()[0].clone();
        assert!(matches!(&refused, StoreError::KeyMismatch { key_id } if *key_id == expected), "{refused}");
        assert!(refused.to_string().contains("CALENDAR_OAUTH_ENCRYPTION_KEYS_OLD"));
    }
    let right = db.reopen(key_ring(OTHER, &[KEY])).await;
    system(&right).check_keys().await.unwrap();
    system(&right).account_secrets(tenant, id).await.unwrap();
}

async fn credentials_are_sealed_anew_with_the_first_key(db: Db) {
    let home = home(&db.store, "ada").await;
    for name in ["b", "c", "d", "e"] {
        db.store.tenant(&home.scope).insert_or_reconnect_account(&grant(name), now()).await.unwrap();
    }
    let rotating = db.reopen(key_ring(OTHER, &[KEY])).await;
    let (mut after, mut rounds) = (None, 0);
    while let Some(last) = system(&rotating).reseal_accounts(after.as_deref(), 2).await.unwrap() {
        after = Some(last);
        rounds += 1;
    }
    assert_eq!(rounds, 3);
    let only_new = db.reopen(key_ring(OTHER, &[])).await;
    system(&only_new).check_keys().await.unwrap();
    let secrets = system(&only_new).account_secrets(&home.scope.tenant_id, &home.account.id).await.unwrap();
    assert_eq!(secrets.refresh_token.unwrap().expose_secret(), "refresh-canary");
    assert!(secrets.password.is_none());
}

async fn a_connect_flow_is_good_once_and_for_its_session(db: Db) {
    let home = home(&db.store, "ada").await;
    let new = |hash: &str| NewOAuthState {
        state_hash: hash.to_owned(),
        session_hash: "session".to_owned(),
        provider: Provider::Google,
        account_id: Some(home.account.id.clone()),
        verifier: SecretString::from("verifier-canary"),
        expires_at: crate::fixture::later(10),
    };
    for hash in ["once", "wrong session", "late"] {
        db.store.tenant(&home.scope).insert_oauth_state(&new(hash), now()).await.unwrap();
    }
    let sign_in = db.store.sign_in();
    let taken = sign_in.take_oauth_state("once", "session", now()).await.unwrap().unwrap();
    assert_eq!((&taken.scope, taken.provider), (&home.scope, Provider::Google));
    assert_eq!(
        (taken.verifier.expose_secret(), taken.account_id.as_ref()),
        ("verifier-canary", Some(&home.account.id))
    );
    assert!(sign_in.take_oauth_state("once", "session", now()).await.unwrap().is_none());
    assert!(sign_in.take_oauth_state("wrong session", "other", now()).await.unwrap().is_none());
    assert!(sign_in.take_oauth_state("wrong session", "session", now()).await.unwrap().is_none(), "used up");
    assert!(sign_in.take_oauth_state("late", "session", crate::fixture::later(10)).await.unwrap().is_none());
    assert_eq!(db.raw.count("oauth_states").await, 0);
}
