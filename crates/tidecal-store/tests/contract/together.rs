//! Two connections of one calendar and a person, all at once.

use crate::fixture::{
    advance, claim, commit_once, connect, event, home, later, mapping, mirrored, now, run_ref, single, success, system,
    update,
};
use crate::harness::{Db, on_both};
use crate::local::{delete_local, insert_local};
use tidecal_core::sync::{KeptEvent, Writes};
use tidecal_store::{Store, TenantScope};

on_both!(commits_and_edits_of_one_calendar_do_not_lock_each_other_out);

const DAY: &str = "2026-11-23T09:00:00Z";
const ROUNDS: i64 = 15;

/// A run after the other: each changes the connection's own event and relies upon the other's.
async fn sync(store: Store, connection: String, own: &'static str, other: &'static str) {
    for round in 1..=ROUNDS {
        // A row that somebody makes due in this very moment is passed over, as by any worker.
        let mut claimed = loop {
            match claim(&store, &connection, later(20 * round)).await {
                Some(claimed) => break claimed,
                None => tokio::task::yield_now().await,
            }
        };
        let content = event("changed", DAY);
        let changes = Writes {
            events: vec![update(single(own), round, &content)],
            mappings: vec![mapping(single(own), round + 1, &content)],
            ..Writes::default()
        };
        let step = advance(&format!("c{round}"));
        system(&store).commit(&mut claimed.lease, &changes, &step, later(20 * round), &run_ref()).await.unwrap();
        let rests = Writes { kept: vec![KeptEvent { id: other.into(), expected: -1 }], ..Writes::default() };
        let refused = system(&store).commit(&mut claimed.lease, &rests, &step, later(20 * round), &run_ref()).await;
        assert!(matches!(refused, Err(tidecal_store::CommitError::EventsMoved(_))), "{refused:?}");
        assert!(system(&store).finish(&claimed.lease, &success(&claimed, later(20 * round))).await.unwrap());
    }
}

async fn edit(store: Store, scope: TenantScope, calendar: String) {
    for round in 1..=ROUNDS {
        let id = format!("l{round}");
        let tenant = store.tenant(&scope);
        tenant.write_local(&calendar, &[insert_local(&id, &id, &event("x", DAY))], false, later(round)).await.unwrap();
        tenant.write_local(&calendar, &[delete_local(&id, 1)], false, later(round)).await.unwrap();
    }
}

async fn commits_and_edits_of_one_calendar_do_not_lock_each_other_out(db: Db) {
    let home = home(&db.store, "ada").await;
    let other = connect(&db.store, &home.scope, &home.account.id, "team").await.id;
    let calendar = home.connection.calendar_id.clone();
    db.raw
        .execute(&format!(
            "UPDATE external_calendar_connections SET sync_direction = 'bidirectional', calendar_id = '{calendar}'"
        ))
        .await;
    commit_once(&db.store, &home.connection.id, &mirrored(&[(single("e1"), event("a", DAY))]), "c0", now()).await;
    commit_once(&db.store, &other, &mirrored(&[(single("e2"), event("b", DAY))]), "c0", now()).await;
    let tasks = [
        tokio::spawn(sync(db.store.clone(), home.connection.id.clone(), "e1", "e2")),
        tokio::spawn(sync(db.store.clone(), other, "e2", "e1")),
        tokio::spawn(edit(db.store.clone(), home.scope.clone(), calendar)),
    ];
    for task in tasks {
        task.await.unwrap();
    }
    let changes = 2 + 2 * ROUNDS + 2 * ROUNDS;
    let last = format!("SELECT seq FROM calendars WHERE id = '{}'", home.connection.calendar_id);
    assert_eq!(db.raw.value(&last).await, Some(changes.to_string()), "no number is lost");
    let numbers = "SELECT COUNT(DISTINCT seq) FROM (SELECT seq FROM calendar_events UNION ALL \
        SELECT seq FROM change_feed) AS numbers";
    assert_eq!(db.raw.value(numbers).await, Some((2 + ROUNDS).to_string()), "none is given twice");
}
