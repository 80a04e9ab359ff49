//! Connecting, reconnecting, disconnecting, refreshing.

use crate::fixture::{
    claim, commit_once, connect, event, failure, grant, home, later, mirrored, now, remote_calendar, single, system,
};
use crate::harness::{Db, on_both};
use jiff::SignedDuration;
use secrecy::{ExposeSecret as _, SecretString};
use tidecal_core::model::Provider;
use tidecal_core::remote::Cursor;
use tidecal_store::{
    AccountStatus, ConnectionPatch, FinishRow, NewAccount, RefreshTurn, Secrets, StoreError, SyncDirection,
    TokenGrantRow,
};

on_both!(
    reconnecting_keeps_everything_but_the_credentials,
    a_reconnect_keeps_a_running_rate_limit,
    another_identity_cannot_take_an_account_over,
    one_identity_of_two_people_is_two_accounts,
    disconnecting_wipes_credentials_and_keeps_the_rest,
    deleting_an_account_deletes_its_connections,
    a_calendar_is_connected_once,
    a_connection_can_be_changed,
    one_refresh_at_a_time_and_losers_adopt,
    a_refresh_never_overwrites_a_reconnect,
    the_end_of_a_grant_is_kept_moved_and_forgotten,
    expiring_accounts_are_listed,
    a_dead_grant_is_the_accounts_state,
);

async fn reconnecting_keeps_everything_but_the_credentials(db: Db) {
    let home = home(&db.store, "ada").await;
    let writes = mirrored(&[(single("e1"), event("Review", "2026-11-23T09:00:00Z"))]);
    commit_once(&db.store, &home.connection.id, &writes, "c1", now()).await;
    let claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    let row = FinishRow {
        stopped_reason: Some("gone".into()),
        failure_class: Some("auth".into()),
        ..failure(&claimed, later(20), 5)
    };
    assert!(system(&db.store).finish(&claimed.lease, &row).await.unwrap());
    let version = claimed.account.credentials_version;
    let status = AccountStatus::ReauthRequired;
    let (scope, id) = (&home.scope, &home.account.id);
    assert!(
        system(&db.store)
            .mark_account(&scope.tenant_id, id, version, status, Some("revoked"), later(20))
            .await
            .unwrap()
    );
    assert!(claim(&db.store, &home.connection.id, later(60)).await.is_none());
    let mappings = db.raw.rows("SELECT id, event_id FROM external_calendar_events").await;

    let mut again = grant("ada");
    again.secrets.access_token = Some(SecretString::from("access-2"));
    again.secrets.refresh_token = None;
    again.email = "ada.new@example.com".into();
    again.token_expiry = Some(later(120));
    let (account, reconnected) = db.store.tenant(scope).insert_or_reconnect_account(&again, later(60)).await.unwrap();
    assert!(reconnected);
    assert_eq!((&account.id, account.status, account.connections), (id, AccountStatus::Active, 1));
    assert_eq!((account.status_reason, account.credentials_version), (None, version + 1));
    let secrets = system(&db.store).account_secrets(&scope.tenant_id, id).await.unwrap();
    assert_eq!(secrets.access_token.unwrap().expose_secret(), "access-2");
    assert_eq!(secrets.refresh_token.unwrap().expose_secret(), "refresh-canary", "vendors send it once");

    let claimed = claim(&db.store, &home.connection.id, later(60)).await.expect("due at once");
    assert_eq!(claimed.lease.cursor, Some(Cursor("c1".into())));
    assert!(claimed.connection.is_active() && claimed.connection.error_count == 0);
    assert_eq!(
        (claimed.connection.token_expiry, claimed.connection.email.as_str()),
        (Some(later(120)), "ada.new@example.com")
    );
    assert_eq!(db.raw.rows("SELECT id, event_id FROM external_calendar_events").await, mappings);
    assert_eq!(db.raw.count("calendar_accounts").await, 1);
}

async fn a_reconnect_keeps_a_running_rate_limit(db: Db) {
    let home = home(&db.store, "ada").await;
    for (class, left) in [("rate_limited", Some(later(5))), ("auth", None)] {
        db.raw.execute("UPDATE external_calendar_connections SET backoff_until = NULL, next_sync_at = NULL").await;
        let claimed = claim(&db.store, &home.connection.id, now()).await.unwrap();
        let row = FinishRow { failure_class: Some(class.into()), ..failure(&claimed, now(), 1) };
        assert!(system(&db.store).finish(&claimed.lease, &row).await.unwrap());
        db.store.tenant(&home.scope).insert_or_reconnect_account(&grant("ada"), later(1)).await.unwrap();
        let stored = db.store.tenant(&home.scope).get_connection(&home.connection.id).await.unwrap();
        assert_eq!(stored.backoff_until, left, "{class}");
    }
}

async fn another_identity_cannot_take_an_account_over(db: Db) {
    let home = home(&db.store, "ada").await;
    let tenant = db.store.tenant(&home.scope);
    let mut other = grant("ben");
    other.reconnect = Some(home.account.id.clone());
    let refused = tenant.insert_or_reconnect_account(&other, now()).await.unwrap_err();
    assert!(matches!(&refused, StoreError::DifferentAccount { email } if email == "ada@example.com"), "{refused}");
    other.reconnect = Some("unknown".into());
    let refused = tenant.insert_or_reconnect_account(&other, now()).await.unwrap_err();
    assert!(matches!(refused, StoreError::NotFound("account")), "{refused}");
    let mut same = grant("ada");
    same.reconnect = Some(home.account.id.clone());
    assert!(tenant.insert_or_reconnect_account(&same, now()).await.unwrap().1);
}

async fn one_identity_of_two_people_is_two_accounts(db: Db) {
    let home = home(&db.store, "ada").await;
    let ben = crate::fixture::person("ben@example.com", tidecal_store::Role::Member);
    let ben = system(&db.store).add_member(&home.scope.tenant_id, &ben, now()).await.unwrap();
    let (account, reconnected) = db.store.tenant(&ben).insert_or_reconnect_account(&grant("ada"), now()).await.unwrap();
    assert!(!reconnected && account.id != home.account.id && account.owner_id == ben.user_id);
}

async fn disconnecting_wipes_credentials_and_keeps_the_rest(db: Db) {
    let home = home(&db.store, "ada").await;
    let writes = mirrored(&[(single("e1"), event("Review", "2026-11-23T09:00:00Z"))]);
    commit_once(&db.store, &home.connection.id, &writes, "c1", now()).await;
    let running = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    let account = db.store.tenant(&home.scope).disconnect_account(&home.account.id, later(20)).await.unwrap();
    assert_eq!((account.status, account.token_expiry), (AccountStatus::Disconnected, None));
    let wiped = "calendar_accounts WHERE access_token IS NULL AND refresh_token IS NULL AND password IS NULL";
    assert_eq!(db.raw.count(wiped).await, 1);
    assert!(!system(&db.store).renew_lease(&running.lease, later(30)).await.unwrap(), "the run is cut off");
    assert!(claim(&db.store, &home.connection.id, later(60)).await.is_none());
    let stored = db.store.tenant(&home.scope).get_connection(&home.connection.id).await.unwrap();
    assert!(!stored.is_active());
    assert_eq!(stored.sync_cursor, Some(Cursor("c1".into())));
    assert_eq!(db.raw.count("external_calendar_events").await, 1);
    let turn = system(&db.store)
        .begin_refresh(&home.scope.tenant_id, &home.account.id, "n", later(20), SignedDuration::from_secs(30))
        .await
        .unwrap();
    assert!(matches!(turn, RefreshTurn::NotActive(AccountStatus::Disconnected)), "{turn:?}");
}

async fn deleting_an_account_deletes_its_connections(db: Db) {
    let home = home(&db.store, "ada").await;
    connect(&db.store, &home.scope, &home.account.id, "team").await;
    let writes = mirrored(&[(single("e1"), event("Review", "2026-11-23T09:00:00Z"))]);
    commit_once(&db.store, &home.connection.id, &writes, "c1", now()).await;
    db.store.tenant(&home.scope).delete_account(&home.account.id, now()).await.unwrap();
    for table in ["calendar_accounts", "external_calendar_connections", "external_calendar_events", "calendar_events"] {
        assert_eq!(db.raw.count(table).await, 0, "{table}");
    }
    let gone = db.store.tenant(&home.scope).get_account(&home.account.id).await.unwrap_err();
    assert!(matches!(gone, StoreError::NotFound("account")));
}

async fn a_calendar_is_connected_once(db: Db) {
    let home = home(&db.store, "ada").await;
    let tenant = db.store.tenant(&home.scope);
    let refused = tenant.insert_connection(&remote_calendar(&home.account.id, "primary"), now()).await.unwrap_err();
    assert!(matches!(&refused, StoreError::AlreadyConnected { connection_id } if *connection_id == home.connection.id));
    assert_eq!(tenant.list_calendars().await.unwrap().len(), 1, "no calendar is left over");
    let mut new = remote_calendar(&home.account.id, "team");
    new.calendar_id = Some(home.connection.calendar_id.clone());
    let shared = tenant.insert_connection(&new, now()).await.unwrap();
    assert_eq!(shared.calendar_id, home.connection.calendar_id);
    assert_eq!((shared.token_expiry, shared.provider), (home.account.token_expiry, Provider::Google));
    new.external_calendar_id = "third".into();
    new.calendar_id = Some("unknown".into());
    let refused = tenant.insert_connection(&new, now()).await.unwrap_err();
    assert!(matches!(refused, StoreError::NotFound("calendar")), "{refused}");
}

async fn a_connection_can_be_changed(db: Db) {
    let home = home(&db.store, "ada").await;
    let tenant = db.store.tenant(&home.scope);
    let patch = ConnectionPatch {
        name: Some("Work".into()),
        sync_enabled: Some(false),
        window_past_days: Some(Some(30)),
        sync_interval_minutes: Some(Some(60)),
        ..ConnectionPatch::default()
    };
    let changed = tenant.update_connection(&home.connection.id, &patch, now()).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.sync_enabled), ("Work", false));
    assert_eq!((changed.window_past_days, changed.window_future_days), (Some(30), None));
    let patch = ConnectionPatch {
        window_past_days: Some(None),
        sync_direction: Some(SyncDirection::Bidirectional),
        ..ConnectionPatch::default()
    };
    let changed = tenant.update_connection(&home.connection.id, &patch, now()).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.window_past_days), ("Work", None));
    assert_eq!((changed.sync_interval_minutes, changed.sync_direction), (Some(60), SyncDirection::Bidirectional));
    let patch = ConnectionPatch { sync_enabled: Some(true), ..ConnectionPatch::default() };
    let changed = tenant.update_connection(&home.connection.id, &patch, later(5)).await.unwrap();
    assert_eq!(changed.next_sync_at, Some(later(5)), "switched on means due");
}

async fn turn(db: &Db, home: &crate::fixture::Home, owner: &str, minutes: i64) -> RefreshTurn {
    let turn_for = SignedDuration::from_secs(30);
    system(&db.store)
        .begin_refresh(&home.scope.tenant_id, &home.account.id, owner, later(minutes), turn_for)
        .await
        .unwrap()
}

fn tokens(access: &str, refresh: Option<&str>) -> TokenGrantRow {
    TokenGrantRow {
        access_token: SecretString::from(access),
        refresh_token: refresh.map(SecretString::from),
        expiry: Some(later(180)),
        grant_ends_at: None,
    }
}

async fn one_refresh_at_a_time_and_losers_adopt(db: Db) {
    let home = home(&db.store, "ada").await;
    connect(&db.store, &home.scope, &home.account.id, "team").await;
    let (tenant, id) = (&home.scope.tenant_id, &home.account.id);
    let RefreshTurn::Mine { credentials_version, secrets } = turn(&db, &home, "node-1", 0).await else { panic!() };
    assert_eq!(secrets.refresh_token.unwrap().expose_secret(), "refresh-canary");
    assert!(matches!(turn(&db, &home, "node-2", 0).await, RefreshTurn::Theirs { .. }));
    let done = system(&db.store)
        .finish_refresh(tenant, id, credentials_version, &tokens("access-2", Some("refresh-2")), now())
        .await;
    assert!(done.unwrap());
    let adopted = system(&db.store).get_account(tenant, id).await.unwrap();
    assert_eq!((adopted.token_expiry, adopted.credentials_version), (Some(later(180)), credentials_version + 1));
    let secrets = system(&db.store).account_secrets(tenant, id).await.unwrap();
    assert_eq!(secrets.refresh_token.unwrap().expose_secret(), "refresh-2");
    let copies = db.store.tenant(&home.scope).list_connections().await.unwrap();
    assert!(copies.iter().all(|it| it.token_expiry == Some(later(180))), "copied in the same transaction");
    // Free again; given back without a grant it is free at once, and else when the turn is over.
    assert!(matches!(turn(&db, &home, "node-2", 1).await, RefreshTurn::Mine { .. }));
    system(&db.store).abandon_refresh(tenant, id, "node-2").await.unwrap();
    assert!(matches!(turn(&db, &home, "node-3", 1).await, RefreshTurn::Mine { .. }));
    assert!(matches!(turn(&db, &home, "node-4", 2).await, RefreshTurn::Mine { .. }));
}

async fn the_end_of_a_grant_is_kept_moved_and_forgotten(db: Db) {
    let home = home(&db.store, "ada").await;
    let (tenant, id) = (&home.scope.tenant_id, &home.account.id);
    let week = jiff::SignedDuration::from_hours(24 * 7);
    let read = || async { system(&db.store).get_account(tenant, id).await.unwrap() };
    system(&db.store).set_grant_lifetime(tenant, id, Some(week), now()).await.unwrap();
    assert_eq!((read().await.grant_ends_at, read().await.grant_lifetime), (Some(now() + week), Some(week)));
    let ending = |days: i64| {
        let until = now() + jiff::SignedDuration::from_hours(24 * days);
        let store = db.store.clone();
        async move { system(&store).list_ending_grants(now(), until, 10).await.unwrap().len() }
    };
    assert_eq!((ending(6).await, ending(7).await), (0, 1));

    let RefreshTurn::Mine { credentials_version, .. } = turn(&db, &home, "n", 0).await else { panic!() };
    let silent = tokens("access-2", None);
    system(&db.store).finish_refresh(tenant, id, credentials_version, &silent, now()).await.unwrap();
    assert_eq!(read().await.grant_ends_at, Some(now() + week), "an answer that does not say keeps it");
    let RefreshTurn::Mine { credentials_version, .. } = turn(&db, &home, "n", 0).await else { panic!() };
    let said = TokenGrantRow { grant_ends_at: Some(later(60)), ..tokens("access-3", None) };
    system(&db.store).finish_refresh(tenant, id, credentials_version, &said, now()).await.unwrap();
    assert_eq!((read().await.grant_ends_at, read().await.grant_lifetime), (Some(later(60)), Some(week)));
    let gone = db.store.tenant(&home.scope).disconnect_account(id, now()).await.unwrap();
    assert_eq!((gone.grant_ends_at, gone.grant_lifetime), (None, None));
}

async fn a_refresh_never_overwrites_a_reconnect(db: Db) {
    let home = home(&db.store, "ada").await;
    let (tenant, id) = (&home.scope.tenant_id, &home.account.id);
    let RefreshTurn::Mine { credentials_version, .. } = turn(&db, &home, "node-1", 0).await else { panic!() };
    let mut again = grant("ada");
    again.secrets.access_token = Some(SecretString::from("reconnected"));
    db.store.tenant(&home.scope).insert_or_reconnect_account(&again, now()).await.unwrap();
    let late =
        system(&db.store).finish_refresh(tenant, id, credentials_version, &tokens("stale", None), now()).await.unwrap();
    assert!(!late);
    let status = AccountStatus::ReauthRequired;
    assert!(!system(&db.store).mark_account(tenant, id, credentials_version, status, None, now()).await.unwrap());
    let secrets = system(&db.store).account_secrets(tenant, id).await.unwrap();
    assert_eq!(secrets.access_token.unwrap().expose_secret(), "reconnected");
    assert_eq!(db.store.tenant(&home.scope).get_account(id).await.unwrap().status, AccountStatus::Active);
}

async fn expiring_accounts_are_listed(db: Db) {
    let home = home(&db.store, "ada").await;
    let scope = &home.scope;
    let caldav = NewAccount {
        provider: Provider::Caldav,
        subject: "https://dav.example.com ada".into(),
        base_url: Some("https://dav.example.com/".into()),
        secrets: Secrets { password: Some(SecretString::from("app-password")), ..Secrets::default() },
        token_expiry: None,
        ..grant("ada")
    };
    db.store.tenant(scope).insert_or_reconnect_account(&caldav, now()).await.unwrap();
    let due = |before: i64, at: i64| {
        let store = db.store.clone();
        async move { system(&store).list_expiring(later(before), later(at), 10).await.unwrap().len() }
    };
    assert_eq!((due(60, 0).await, due(61, 0).await), (0, 1));
    let _turn = turn(&db, &home, "node-1", 0).await;
    assert_eq!((due(61, 0).await, due(61, 1).await), (0, 1), "somebody is at it");
    assert_eq!(system(&db.store).list_draft_accounts(later(1), 10).await.unwrap().len(), 1, "connected, never used");
}

async fn a_dead_grant_is_the_accounts_state(db: Db) {
    let home = home(&db.store, "ada").await;
    let (scope, account) = (&home.scope, &home.account);
    let status = AccountStatus::ReauthRequired;
    let marked = system(&db.store)
        .mark_account(&scope.tenant_id, &account.id, account.credentials_version, status, Some("invalid_grant"), now())
        .await
        .unwrap();
    assert!(marked);
    let read = db.store.tenant(scope).get_account(&account.id).await.unwrap();
    assert_eq!((read.status, read.status_reason.as_deref()), (status, Some("invalid_grant")));
    let connection = db.store.tenant(scope).get_connection(&home.connection.id).await.unwrap();
    assert!(connection.sync_enabled && !connection.is_active(), "the person's wish is not touched");
    assert!(matches!(turn(&db, &home, "n", 0).await, RefreshTurn::NotActive(AccountStatus::ReauthRequired)));
}
