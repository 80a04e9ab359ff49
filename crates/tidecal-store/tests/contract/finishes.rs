//! The end of a run.

use crate::fixture::{claim, connect, failure, home, later, now, success, system};
use crate::harness::{Db, on_both};
use tidecal_core::remote::Cursor;
use tidecal_store::{FinishRow, Hold, ProgressMove, RunOutcome, RunRecord, RunStats};

on_both!(
    a_quiet_run_writes_one_row_and_inserts_none,
    a_run_that_did_something_is_recorded,
    a_failure_keeps_the_last_success,
    a_backoff_set_during_the_run_stays,
    a_run_that_was_called_off_says_nothing_about_health,
    a_brake_is_put_on_and_released,
    a_finish_may_move_the_cursor,
    many_runs_end_in_one_transaction,
);

async fn a_quiet_run_writes_one_row_and_inserts_none(db: Db) {
    let home = home(&db.store, "ada").await;
    let claimed = claim(&db.store, &home.connection.id, now()).await.unwrap();
    assert!(system(&db.store).finish(&claimed.lease, &success(&claimed, later(1))).await.unwrap());
    let stored = db.store.tenant(&home.scope).get_connection(&home.connection.id).await.unwrap();
    assert_eq!((stored.last_synced_at, stored.last_polled_at), (Some(later(1)), Some(later(1))));
    assert_eq!((stored.lease_until, stored.next_sync_at), (None, Some(later(16))));
    for table in ["sync_runs", "sync_journal", "audit_log", "notifications", "change_feed", "sync_seen"] {
        assert_eq!(db.raw.count(table).await, 0, "{table}");
    }
    assert_eq!(db.raw.value("SELECT noop_runs FROM external_calendar_connections").await.as_deref(), Some("1"));
}

async fn a_run_that_did_something_is_recorded(db: Db) {
    let home = home(&db.store, "ada").await;
    let claimed = claim(&db.store, &home.connection.id, now()).await.unwrap();
    let stats = RunStats { synced: 40, updated: 2, skipped: 7, deleted: 1, total: 49, pushed: 3 };
    let record = RunRecord { kind: "full", started_at: now(), pages: 3, calls: 4 };
    let row = FinishRow {
        stats,
        duration_ms: 1_234,
        events_synced: Some(42),
        sync_duration_ms: Some(1_234),
        record: Some(record),
        ..success(&claimed, later(1))
    };
    assert!(system(&db.store).finish(&claimed.lease, &row).await.unwrap());
    let tenant = db.store.tenant(&home.scope);
    let runs = tenant.list_runs(&home.connection.id, 10).await.unwrap();
    assert_eq!(runs.len(), 1);
    let run = &runs[0];
    assert_eq!((run.id.as_str(), run.trigger.as_str(), run.kind.as_str()), ("run-1", "schedule", "full"));
    assert_eq!((run.stats, run.pages, run.calls, run.duration_ms), (stats, 3, 4, 1_234));
    assert_eq!((run.outcome, run.started_at, run.finished_at), (RunOutcome::Success, now(), Some(later(1))));
    let health = &tenant.health().await.unwrap()[0];
    assert_eq!((health.events_synced, health.sync_duration_ms), (42, 1_234));
    assert_eq!(health.calendar_name.as_deref(), Some("Calendar primary"));
    assert_eq!(system(&db.store).health().await.unwrap()[0].calendar_name, None);
}

async fn a_failure_keeps_the_last_success(db: Db) {
    let home = home(&db.store, "ada").await;
    let claimed = claim(&db.store, &home.connection.id, now()).await.unwrap();
    let row = FinishRow { events_synced: Some(5), ..success(&claimed, now()) };
    assert!(system(&db.store).finish(&claimed.lease, &row).await.unwrap());
    let claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    assert!(system(&db.store).finish(&claimed.lease, &failure(&claimed, later(20), 1)).await.unwrap());
    let stored = db.store.tenant(&home.scope).get_connection(&home.connection.id).await.unwrap();
    assert_eq!((stored.last_synced_at, stored.last_failed_at), (Some(now()), Some(later(20))));
    assert_eq!((stored.error_count, stored.last_error.as_deref()), (1, Some("google: 503")));
    assert_eq!((stored.backoff_until, stored.events_synced), (Some(later(25)), 5));
    let claimed = claim(&db.store, &home.connection.id, later(40)).await.unwrap();
    assert!(system(&db.store).finish(&claimed.lease, &success(&claimed, later(40))).await.unwrap());
    let stored = db.store.tenant(&home.scope).get_connection(&home.connection.id).await.unwrap();
    assert_eq!((stored.error_count, stored.last_error, stored.backoff_until), (0, None, None));
    assert_eq!(stored.last_synced_at, Some(later(40)));
}

async fn a_backoff_set_during_the_run_stays(db: Db) {
    let home = home(&db.store, "ada").await;
    let claimed = claim(&db.store, &home.connection.id, now()).await.unwrap();
    db.raw.execute("UPDATE external_calendar_connections SET backoff_until = '2026-11-21T11:00:00.000Z'").await;
    assert!(system(&db.store).finish(&claimed.lease, &success(&claimed, later(1))).await.unwrap());
    let stored = db.store.tenant(&home.scope).get_connection(&home.connection.id).await.unwrap();
    assert_eq!(stored.backoff_until, Some(later(60)), "an operator's word outlasts a success");
    // One from before the claim is over and goes.
    db.raw.execute("UPDATE external_calendar_connections SET backoff_until = '2026-11-21T10:19:00.000Z'").await;
    let claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    assert!(system(&db.store).finish(&claimed.lease, &success(&claimed, later(21))).await.unwrap());
    let stored = db.store.tenant(&home.scope).get_connection(&home.connection.id).await.unwrap();
    assert_eq!(stored.backoff_until, None);
}

async fn a_run_that_was_called_off_says_nothing_about_health(db: Db) {
    let home = home(&db.store, "ada").await;
    let claimed = claim(&db.store, &home.connection.id, now()).await.unwrap();
    assert!(system(&db.store).finish(&claimed.lease, &failure(&claimed, now(), 2)).await.unwrap());
    let claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    let row = FinishRow {
        outcome: RunOutcome::Stopped,
        last_synced_at: None,
        last_polled_at: None,
        ..success(&claimed, later(20))
    };
    assert!(system(&db.store).finish(&claimed.lease, &row).await.unwrap());
    let stored = db.store.tenant(&home.scope).get_connection(&home.connection.id).await.unwrap();
    assert_eq!((stored.error_count, stored.last_error.as_deref()), (2, Some("google: 503")));
    assert_eq!((stored.backoff_until, stored.lease_until), (Some(later(5)), None));
}

async fn a_brake_is_put_on_and_released(db: Db) {
    let home = home(&db.store, "ada").await;
    let claimed = claim(&db.store, &home.connection.id, now()).await.unwrap();
    let hold = Hold::Set { reason: "60 deletions".into(), deletions: 60 };
    let row = FinishRow { hold, outcome: RunOutcome::Stopped, ..success(&claimed, now()) };
    assert!(system(&db.store).finish(&claimed.lease, &row).await.unwrap());
    let tenant = db.store.tenant(&home.scope);
    let held = tenant.get_connection(&home.connection.id).await.unwrap();
    assert_eq!((held.held_reason.as_deref(), held.held_deletions), (Some("60 deletions"), 60));
    tenant.release_hold(&home.connection.id, later(1)).await.unwrap();
    let claimed = claim(&db.store, &home.connection.id, later(1)).await.expect("released means due");
    assert_eq!((claimed.connection.held_deletions, claimed.connection.released_at), (60, Some(later(1))));
    let row = FinishRow { hold: Hold::Clear, ..success(&claimed, later(2)) };
    assert!(system(&db.store).finish(&claimed.lease, &row).await.unwrap());
    let free = tenant.get_connection(&home.connection.id).await.unwrap();
    assert_eq!((free.held_reason, free.held_deletions, free.released_at), (None, 0, None));
}

async fn a_finish_may_move_the_cursor(db: Db) {
    let home = home(&db.store, "ada").await;
    let claimed = claim(&db.store, &home.connection.id, now()).await.unwrap();
    let row =
        FinishRow { cursor: Some(Cursor("c1".into())), progress: ProgressMove::Clear, ..success(&claimed, now()) };
    assert!(system(&db.store).finish(&claimed.lease, &row).await.unwrap());
    let claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    assert_eq!(claimed.lease.cursor, Some(Cursor("c1".into())));
    assert!(system(&db.store).finish(&claimed.lease, &success(&claimed, later(20))).await.unwrap());
    let stored = db.store.tenant(&home.scope).get_connection(&home.connection.id).await.unwrap();
    assert_eq!(stored.sync_cursor, Some(Cursor("c1".into())), "without a new one the old one stays");
}

async fn many_runs_end_in_one_transaction(db: Db) {
    let home = home(&db.store, "ada").await;
    connect(&db.store, &home.scope, &home.account.id, "team").await;
    let claims = system(&db.store).claim_due(crate::fixture::claim_query("node-1", now())).await.unwrap();
    assert_eq!(claims.len(), 2);
    let mut runs: Vec<_> = claims.iter().map(|claim| (claim.lease.clone(), success(claim, now()))).collect();
    runs[0].0.epoch -= 1;
    assert_eq!(system(&db.store).finish_many(&runs).await.unwrap(), [false, true]);
    assert_eq!(db.raw.count("external_calendar_connections WHERE lease_owner IS NULL").await, 1);
}
