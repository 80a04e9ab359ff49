//! The operators' runbook, statement by statement, as it is printed. On SQLite those run whose
//! dialect allows it (no NOW(), no INTERVAL).

use crate::fixture::{
    Part, claim, commit_once, event, failure, home, later, mapping, mirrored, now, run_ref, single, success, system,
};
use crate::harness::{Db, Raw, on_both};
use jiff::{SignedDuration, Timestamp};
use tidecal_core::remote::Cursor;
use tidecal_core::sync::{MappingStatus, Verdict, Writes};
use tidecal_store::{Advance, FinishRow};

on_both!(
    check_sync_status,
    stuck_and_waiting_connections_are_listed,
    errors_are_listed,
    a_manual_backoff_holds_and_clearing_it_makes_the_connection_due,
    people_are_found_by_address,
    expired_tokens_are_listed,
    resetting_the_sync_state_makes_the_next_run_a_comparison,
    clearing_failed_events_makes_them_retried,
);

const STATUS: &str = "SELECT 
     provider_id,
     provider,
     sync_enabled,
     last_synced_at,
     error_count,
     last_error,
     backoff_until
   FROM external_calendar_connections
   WHERE provider_id = '<provider_id>';";

const RECENT: &str = "SELECT 
     provider_id,
     provider,
     last_synced_at,
     error_count,
     last_error
   FROM external_calendar_connections
   WHERE last_synced_at > NOW() - INTERVAL '24 hours'
   ORDER BY last_synced_at DESC;";

const STUCK: &str = "SELECT 
     id,
     provider_id,
     provider,
     last_synced_at,
     sync_enabled,
     backoff_until
   FROM external_calendar_connections
   WHERE sync_enabled = true
     AND (last_synced_at IS NULL OR last_synced_at < NOW() - INTERVAL '1 hour')
     AND (backoff_until IS NULL OR backoff_until < NOW())
   ORDER BY last_synced_at ASC NULLS FIRST;";

const IN_BACKOFF: &str = "SELECT 
     id,
     provider_id,
     provider,
     backoff_until,
     error_count,
     last_error
   FROM external_calendar_connections
   WHERE backoff_until > NOW()
   ORDER BY backoff_until DESC;";

const ERRORS: &str = "SELECT 
     provider_id,
     provider,
     error_count,
     last_error,
     last_synced_at
   FROM external_calendar_connections
   WHERE error_count > 0
   ORDER BY error_count DESC, last_synced_at DESC
   LIMIT 50;";

const SET_BACKOFF: &str = "UPDATE external_calendar_connections
   SET backoff_until = NOW() + INTERVAL '1 hour'
   WHERE id = '<connection_id>';";

const CLEAR_BACKOFF: &str = "UPDATE external_calendar_connections
   SET backoff_until = NULL
   WHERE id = '<connection_id>';";

const FIND_PERSON: &str = "SELECT id, email FROM profiles WHERE email = '<provider_email>';";

const EXPIRED: &str = "SELECT id, provider_id, token_expiry, NOW() as current_time
   FROM external_calendar_connections
   WHERE token_expiry < NOW();";

const RATE_LIMITED: &str = "SELECT id, provider_id, backoff_until, error_count
   FROM external_calendar_connections
   WHERE backoff_until > NOW();";

const VENDOR: &str = "SELECT provider FROM external_calendar_connections WHERE id = '<connection_id>';";

const RESET: &str = "UPDATE external_calendar_connections
   SET 
     sync_cursor = NULL,
     last_synced_at = NULL,
     error_count = 0,
     last_error = NULL,
     backoff_until = NULL
   WHERE id = '<connection_id>';";

const CLEAR_FAILED: &str = "UPDATE external_calendar_events
   SET sync_status = 'CREATED', last_error = NULL
   WHERE sync_status = 'FAILED'
     AND provider_id = '<provider_id>';";

/// The database's own clock decides what NOW() is: on PostgreSQL the tests stand in its time.
async fn database_now(db: &Db) -> Timestamp {
    match db.raw {
        Raw::Sqlite(_) => now(),
        Raw::Postgres(_) => {
            let text = db.raw.value("SELECT (EXTRACT(EPOCH FROM NOW()) * 1000)::bigint").await.unwrap();
            Timestamp::from_millisecond(text.parse().unwrap()).unwrap()
        }
    }
}

fn is_sqlite(db: &Db) -> bool {
    matches!(db.raw, Raw::Sqlite(_))
}

async fn check_sync_status(db: Db) {
    let home = home(&db.store, "ada").await;
    let at = database_now(&db).await;
    commit_once(&db.store, &home.connection.id, &mirrored(&[]), "c1", at.max(now())).await;
    let rows = db.raw.rows(&STATUS.replace("<provider_id>", &home.scope.user_id)).await;
    assert_eq!((rows.len(), rows[0][1].as_deref(), rows[0][4].as_deref()), (1, Some("google"), Some("0")));
    let vendor = db.raw.value(&VENDOR.replace("<connection_id>", &home.connection.id)).await;
    assert_eq!(vendor.as_deref(), Some("google"));
    if !is_sqlite(&db) {
        assert_eq!(db.raw.rows(RECENT).await.len(), 1);
    }
}

async fn stuck_and_waiting_connections_are_listed(db: Db) {
    if is_sqlite(&db) {
        return;
    }
    let home = home(&db.store, "ada").await;
    let at = database_now(&db).await;
    assert_eq!(db.raw.rows(STUCK).await.len(), 1, "never synced");
    let claimed = claim(&db.store, &home.connection.id, at.max(now())).await.unwrap();
    let row = FinishRow { last_synced_at: Some(at), ..success(&claimed, at) };
    assert!(system(&db.store).finish(&claimed.lease, &row).await.unwrap());
    assert_eq!(db.raw.rows(STUCK).await.len(), 0, "just synced");
    db.raw.execute("UPDATE external_calendar_connections SET last_synced_at = NOW() - INTERVAL '2 hours'").await;
    let rows = db.raw.rows(STUCK).await;
    assert_eq!((rows.len(), rows[0][0].as_deref()), (1, Some(home.connection.id.as_str())));
    assert_eq!((db.raw.rows(IN_BACKOFF).await.len(), db.raw.rows(RATE_LIMITED).await.len()), (0, 0));
    db.raw.execute(&SET_BACKOFF.replace("<connection_id>", &home.connection.id)).await;
    assert_eq!((db.raw.rows(IN_BACKOFF).await.len(), db.raw.rows(RATE_LIMITED).await.len()), (1, 1));
    assert_eq!(db.raw.rows(STUCK).await.len(), 0, "in backoff it is not stuck");
}

async fn errors_are_listed(db: Db) {
    let home = home(&db.store, "ada").await;
    assert_eq!(db.raw.rows(ERRORS).await.len(), 0);
    let claimed = claim(&db.store, &home.connection.id, now()).await.unwrap();
    assert!(system(&db.store).finish(&claimed.lease, &failure(&claimed, now(), 3)).await.unwrap());
    let rows = db.raw.rows(ERRORS).await;
    assert_eq!((rows[0][2].as_deref(), rows[0][3].as_deref()), (Some("3"), Some("google: 503")));
}

async fn a_manual_backoff_holds_and_clearing_it_makes_the_connection_due(db: Db) {
    let home = home(&db.store, "ada").await;
    let at = database_now(&db).await;
    db.raw.execute("UPDATE external_calendar_connections SET next_sync_at = NULL").await;
    let set = SET_BACKOFF.replace("<connection_id>", &home.connection.id);
    let set = if is_sqlite(&db) { set.replace("NOW() + INTERVAL '1 hour'", "'2026-11-21T11:00:00.000Z'") } else { set };
    assert_eq!(db.raw.execute(&set).await, 1);
    assert!(claim(&db.store, &home.connection.id, at).await.is_none());
    assert!(claim(&db.store, &home.connection.id, at + SignedDuration::from_mins(50)).await.is_none());
    assert_eq!(db.raw.execute(&CLEAR_BACKOFF.replace("<connection_id>", &home.connection.id)).await, 1);
    assert!(claim(&db.store, &home.connection.id, at).await.is_some());
}

async fn people_are_found_by_address(db: Db) {
    let home = home(&db.store, "ada@example.com").await;
    let rows = db.raw.rows(&FIND_PERSON.replace("<provider_email>", "ada@example.com")).await;
    assert_eq!(rows, [[Some(home.scope.user_id), Some("ada@example.com".to_owned())]]);
}

async fn expired_tokens_are_listed(db: Db) {
    if is_sqlite(&db) {
        return;
    }
    let home = home(&db.store, "ada").await;
    db.raw.execute("UPDATE external_calendar_connections SET token_expiry = NOW() + INTERVAL '1 hour'").await;
    // `current_time` is a reserved word: as a label after AS it is allowed.
    assert_eq!(db.raw.rows(EXPIRED).await.len(), 0);
    db.raw.execute("UPDATE external_calendar_connections SET token_expiry = NOW() - INTERVAL '1 hour'").await;
    let rows = db.raw.rows(EXPIRED).await;
    assert_eq!((rows.len(), rows[0][0].as_deref()), (1, Some(home.connection.id.as_str())));
}

async fn resetting_the_sync_state_makes_the_next_run_a_comparison(db: Db) {
    let home = home(&db.store, "ada").await;
    let writes = mirrored(&[(single("e1"), event("Review", "2026-11-23T09:00:00Z"))]);
    commit_once(&db.store, &home.connection.id, &writes, "c1", now()).await;
    // Five failures later, with a reading that was interrupted.
    let mut claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    let progress = crate::commits::progress("reading-1", Some("page-2"));
    let step = Advance { progress: tidecal_store::ProgressMove::Set(progress), ..Advance::default() };
    system(&db.store).commit(&mut claimed.lease, &Writes::default(), &step, later(20), &run_ref()).await.unwrap();
    let row = FinishRow { stopped_reason: Some("gone".into()), ..failure(&claimed, later(20), 5) };
    assert!(system(&db.store).finish(&claimed.lease, &row).await.unwrap());
    let stored = db.store.tenant(&home.scope).get_connection(&home.connection.id).await.unwrap();
    assert!(stored.progress.is_some() && stored.is_circuit_open() && !stored.is_active());
    assert!(claim(&db.store, &home.connection.id, later(120)).await.is_none());

    assert_eq!(db.raw.execute(&RESET.replace("<connection_id>", &home.connection.id)).await, 1);
    let claimed = claim(&db.store, &home.connection.id, later(120)).await.expect("due again");
    assert_eq!((claimed.lease.cursor, claimed.connection.sync_cursor.clone()), (None, None));
    assert_eq!(claimed.connection.progress, None, "the interrupted reading belongs to the old cursor");
    assert!(!claimed.connection.is_circuit_open() && claimed.connection.is_active());
    assert_eq!(db.raw.count("calendar_events").await, 1, "a reset loses nothing");
}

async fn clearing_failed_events_makes_them_retried(db: Db) {
    let home = home(&db.store, "ada").await;
    let good = event("Review", "2026-11-23T09:00:00Z");
    let mut writes = mirrored(&[(single("e1"), good.clone())]);
    let mut bad = mapping(Part { id: "e2", ..single("e2") }, 0, &good);
    (bad.event_id, bad.verdict, bad.status) = (None, Verdict::Quarantined, MappingStatus::Failed);
    bad.last_error = "line 3: no DTSTART".into();
    writes.mappings.push(bad);
    commit_once(&db.store, &home.connection.id, &writes, "c1", now()).await;
    let claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    assert_eq!(system(&db.store).load_retries(&claimed.lease, 10).await.unwrap(), []);

    assert_eq!(db.raw.execute(&CLEAR_FAILED.replace("<provider_id>", &home.scope.user_id)).await, 1);
    let retries = system(&db.store).load_retries(&claimed.lease, 10).await.unwrap();
    assert_eq!((retries.len(), retries[0].external_event_id.as_str()), (1, "ext-e2"));
    assert_eq!(claimed.lease.cursor, Some(Cursor("c1".into())), "the cursor stays");
}
