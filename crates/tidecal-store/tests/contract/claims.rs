//! Claims: what is due, once each.

use std::collections::HashSet;

use crate::fixture::{claim, claim_query, connect, failure, grant, home, later, now, success, system};
use crate::harness::{Db, key_ring, on_both};
use tidecal_store::{ClaimQuery, ConnectionPatch, FinishRow, Listed, RunRef, Store};

on_both!(
    a_new_connection_is_due_at_once_and_claimed_once,
    everything_that_stands_in_the_way_is_tested,
    a_claim_can_be_narrowed,
    the_most_overdue_comes_first,
    what_is_due_soon_counts_for_who_asks_seldom,
    a_request_during_a_run_is_not_lost,
    a_full_request_resets_and_closes_the_circuit,
    a_request_never_shortens_a_rate_limit,
    four_workers_never_claim_the_same,
    a_lease_that_ran_out_is_taken_over,
    a_node_that_comes_back_gives_up_what_it_held,
);

async fn ids(store: &Store, query: ClaimQuery<'_>) -> Vec<String> {
    system(store).claim_due(query).await.unwrap().into_iter().map(|claim| claim.connection.id).collect()
}

async fn a_new_connection_is_due_at_once_and_claimed_once(db: Db) {
    let home = home(&db.store, "ada").await;
    let claims = system(&db.store).claim_due(claim_query("node-1", now())).await.unwrap();
    assert_eq!(claims.len(), 1);
    let claimed = &claims[0];
    assert_eq!(claimed.connection.id, home.connection.id);
    assert_eq!(claimed.account.id, home.account.id);
    assert_eq!(claimed.lease.tenant_id, home.scope.tenant_id);
    assert_eq!(claimed.calendar_zone.as_deref(), Some("Europe/Vienna"));
    assert_eq!(claimed.run, None);
    assert!(claimed.connection.is_syncing(now()));
    assert_eq!(ids(&db.store, claim_query("node-2", later(0))).await, Vec::<String>::new());
}

async fn everything_that_stands_in_the_way_is_tested(db: Db) {
    let home = home(&db.store, "ada").await;
    let connections = "UPDATE external_calendar_connections SET";
    let (past, future) = ("'2026-11-21T09:59:59.000Z'", "'2026-11-21T10:00:01.000Z'");
    let clean = format!(
        "{connections} sync_enabled = TRUE, sync_needed = FALSE, next_sync_at = {past}, backoff_until = NULL, \
         lease_until = NULL, stopped_reason = NULL, error_count = 0, consecutive_failures = 0"
    );
    for (change, due) in [
        (format!("{connections} sync_enabled = FALSE"), false),
        (format!("{connections} next_sync_at = {future}"), false),
        (format!("{connections} next_sync_at = {future}, sync_needed = TRUE"), true),
        (format!("{connections} next_sync_at = NULL"), true),
        (format!("{connections} backoff_until = {future}"), false),
        (format!("{connections} backoff_until = {future}, sync_needed = TRUE"), false),
        (format!("{connections} backoff_until = {past}"), true),
        (format!("{connections} lease_until = {future}"), false),
        (format!("{connections} lease_until = {past}"), true),
        (format!("{connections} stopped_reason = 'gone', error_count = 1"), false),
        (format!("{connections} stopped_reason = 'gone', error_count = 0"), true),
        // An open circuit: waits for its probe, and runs when the operator clears the wait.
        (format!("{connections} error_count = 5, consecutive_failures = 5, backoff_until = {future}"), false),
        (format!("{connections} error_count = 5, consecutive_failures = 5, backoff_until = {past}"), true),
        (format!("{connections} error_count = 5, consecutive_failures = 5, backoff_until = NULL"), true),
        ("UPDATE calendar_accounts SET status = 'reauth_required'".to_owned(), false),
        ("UPDATE calendar_accounts SET status = 'disconnected'".to_owned(), false),
    ] {
        db.raw.execute(&clean).await;
        db.raw.execute("UPDATE calendar_accounts SET status = 'active'").await;
        db.raw.execute(&change).await;
        let claimed = claim(&db.store, &home.connection.id, now()).await;
        assert_eq!(claimed.is_some(), due, "{change}");
    }
}

async fn a_claim_can_be_narrowed(db: Db) {
    let (ada, ben) = (home(&db.store, "ada").await, home(&db.store, "ben").await);
    let team = connect(&db.store, &ada.scope, &ada.account.id, "team").await;
    let release = "UPDATE external_calendar_connections SET lease_until = NULL";
    let sorted = |mut ids: Vec<String>| {
        ids.sort();
        ids
    };
    let query = ClaimQuery { tenant_id: Some(&ben.scope.tenant_id), ..claim_query("n", now()) };
    assert_eq!(ids(&db.store, query).await, std::slice::from_ref(&ben.connection.id));
    db.raw.execute(release).await;
    let (people, connections) = ([ben.scope.user_id.clone()], [team.id.clone()]);
    let listed = Some(Listed { people: &people, connections: &connections });
    let query = ClaimQuery { listed, ..claim_query("n", now()) };
    let both = sorted(vec![ben.connection.id.clone(), team.id.clone()]);
    assert_eq!(sorted(ids(&db.store, query).await), both);
    db.raw.execute(release).await;
    let nobody = Some(Listed { people: &[], connections: &[] });
    assert_eq!(ids(&db.store, ClaimQuery { listed: nobody, ..claim_query("n", now()) }).await, Vec::<String>::new());
    let only = [ada.connection.id.clone(), team.id.clone()];
    let query = ClaimQuery { only: Some(&only), listed, ..claim_query("n", now()) };
    assert_eq!(ids(&db.store, query).await, [team.id]);
    let none = ClaimQuery { only: Some(&[]), ..claim_query("n", now()) };
    assert_eq!(ids(&db.store, none).await, Vec::<String>::new());
}

async fn the_most_overdue_comes_first(db: Db) {
    let home = home(&db.store, "ada").await;
    let mut names = vec![home.connection.id.clone()];
    for id in ["b", "c", "d"] {
        names.push(connect(&db.store, &home.scope, &home.account.id, id).await.id);
    }
    for (id, due) in [
        (0, "'2026-11-21T09:30:00.000Z'"),
        (1, "'2026-11-21T09:10:00.000Z'"),
        (2, "NULL"),
        (3, "'2026-11-21T09:20:00.000Z'"),
    ] {
        let id = &names[id];
        db.raw
            .execute(&format!("UPDATE external_calendar_connections SET next_sync_at = {due} WHERE id = '{id}'"))
            .await;
    }
    let mut order = Vec::new();
    for _ in 0..4 {
        order.extend(ids(&db.store, ClaimQuery { limit: 1, ..claim_query("n", now()) }).await);
    }
    assert_eq!(order, [&names[2], &names[1], &names[3], &names[0]].map(String::clone));
}

async fn what_is_due_soon_counts_for_who_asks_seldom(db: Db) {
    let home = home(&db.store, "ada").await;
    let claimed = claim(&db.store, &home.connection.id, now()).await.unwrap();
    assert!(system(&db.store).finish(&claimed.lease, &success(&claimed, now())).await.unwrap());
    let soon = ClaimQuery { due_by: later(14), ..claim_query("n", later(11)) };
    assert_eq!(ids(&db.store, soon).await, Vec::<String>::new());
    let soon = ClaimQuery { due_by: later(15), ..claim_query("n", later(11)) };
    assert_eq!(ids(&db.store, soon).await, [home.connection.id]);
}

async fn a_request_during_a_run_is_not_lost(db: Db) {
    let home = home(&db.store, "ada").await;
    let tenant = db.store.tenant(&home.scope);
    let asked = tenant.request_sync(&home.connection.id, false, "asked-1", now()).await.unwrap();
    let again = tenant.request_sync(&home.connection.id, false, "asked-2", now()).await.unwrap();
    assert_eq!((asked.as_str(), again.as_str()), ("asked-1", "asked-1"), "a request that waits is shared");
    let first = claim(&db.store, &home.connection.id, now()).await.unwrap();
    assert_eq!(first.run, Some(RunRef { id: "asked-1".into(), trigger: "manual".into() }));
    assert_eq!(first.connection.run_id.as_deref(), Some("asked-1"));
    let during = tenant.request_sync(&home.connection.id, true, "asked-3", later(1)).await.unwrap();
    assert_eq!(during, "asked-3", "the run that is under way began too early to answer");
    assert!(system(&db.store).finish(&first.lease, &success(&first, later(2))).await.unwrap());
    let stored = tenant.get_connection(&home.connection.id).await.unwrap();
    assert!(stored.sync_needed);
    let second = claim(&db.store, &home.connection.id, later(2)).await.expect("still due");
    assert_eq!(second.run, Some(RunRef { id: "asked-3".into(), trigger: "resync".into() }));
    assert!(system(&db.store).finish(&second.lease, &success(&second, later(3))).await.unwrap());
    let stored = tenant.get_connection(&home.connection.id).await.unwrap();
    assert!(!stored.sync_needed && stored.run_id.is_none());
    assert!(claim(&db.store, &home.connection.id, later(3)).await.is_none());
}

async fn a_full_request_resets_and_closes_the_circuit(db: Db) {
    let home = home(&db.store, "ada").await;
    crate::fixture::commit_once(&db.store, &home.connection.id, &crate::fixture::mirrored(&[]), "c1", now()).await;
    let claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    let row = FinishRow { stopped_reason: Some("gone".into()), ..failure(&claimed, later(20), 5) };
    assert!(system(&db.store).finish(&claimed.lease, &row).await.unwrap());
    let tenant = db.store.tenant(&home.scope);
    tenant.request_sync(&home.connection.id, false, "r1", later(21)).await.unwrap();
    assert!(claim(&db.store, &home.connection.id, later(21)).await.is_none(), "an ordinary request waits");
    tenant.request_sync(&home.connection.id, true, "r2", later(21)).await.unwrap();
    let claimed = claim(&db.store, &home.connection.id, later(21)).await.expect("a full one does not");
    let read = &claimed.connection;
    assert_eq!((read.error_count, read.consecutive_failures), (0, 0));
    assert_eq!((read.stopped_reason.as_deref(), &read.sync_cursor, read.backoff_until), (None, &None, None));
}

async fn a_request_never_shortens_a_rate_limit(db: Db) {
    let home = home(&db.store, "ada").await;
    let claimed = claim(&db.store, &home.connection.id, now()).await.unwrap();
    let row = FinishRow { failure_class: Some("rate_limited".into()), ..failure(&claimed, now(), 6) };
    assert!(system(&db.store).finish(&claimed.lease, &row).await.unwrap());
    let tenant = db.store.tenant(&home.scope);
    tenant.request_sync(&home.connection.id, true, "r1", later(1)).await.unwrap();
    let stored = tenant.get_connection(&home.connection.id).await.unwrap();
    assert_eq!(stored.backoff_until, Some(later(5)));
    assert!(claim(&db.store, &home.connection.id, later(4)).await.is_none());
    assert!(claim(&db.store, &home.connection.id, later(5)).await.is_some());
}

async fn four_workers_never_claim_the_same(db: Db) {
    let home = home(&db.store, "ada").await;
    for number in 0..3 {
        let (account, _) = db
            .store
            .tenant(&home.scope)
            .insert_or_reconnect_account(&grant(&format!("s{number}")), now())
            .await
            .unwrap();
        for calendar in 0..40 {
            connect(&db.store, &home.scope, &account.id, &format!("cal-{calendar}")).await;
        }
    }
    let mut workers = Vec::new();
    for number in 0..4 {
        // A node of its own: nothing is shared but the database.
        let store = db.reopen(key_ring(crate::harness::KEY, &[])).await;
        workers.push(tokio::spawn(async move {
            let owner = format!("node-{number}");
            let mut claimed = Vec::new();
            loop {
                let query = ClaimQuery { limit: 5, ..claim_query(&owner, now()) };
                let claims = system(&store).claim_due(query).await.unwrap();
                if claims.is_empty() {
                    return claimed;
                }
                claimed.extend(claims.into_iter().map(|claim| claim.connection.id));
            }
        }));
    }
    let mut all = Vec::new();
    for worker in workers {
        all.extend(worker.await.unwrap());
    }
    let distinct: HashSet<&String> = all.iter().collect();
    // Who skips what another has locked may leave early: what is left is still there to claim.
    let left = ids(&db.store, ClaimQuery { limit: 1_000, ..claim_query("last", now()) }).await;
    assert_eq!(distinct.len(), all.len(), "nothing twice");
    assert!(left.iter().all(|id| !distinct.contains(id)));
    assert_eq!(all.len() + left.len(), 121);
}

async fn a_lease_that_ran_out_is_taken_over(db: Db) {
    let home = home(&db.store, "ada").await;
    let first = claim(&db.store, &home.connection.id, now()).await.unwrap();
    assert!(system(&db.store).renew_lease(&first.lease, later(10)).await.unwrap());
    assert!(claim(&db.store, &home.connection.id, later(9)).await.is_none(), "renewed");
    let second = claim(&db.store, &home.connection.id, later(10)).await.unwrap();
    assert!(second.lease.epoch > first.lease.epoch);
    let nobody = ConnectionPatch { sync_enabled: Some(false), ..ConnectionPatch::default() };
    db.store.tenant(&home.scope).update_connection(&home.connection.id, &nobody, now()).await.unwrap();
    assert!(system(&db.store).renew_lease(&second.lease, later(30)).await.unwrap(), "a switch does not cut a run");
    assert!(claim(&db.store, &home.connection.id, later(60)).await.is_none());
}

async fn a_node_that_comes_back_gives_up_what_it_held(db: Db) {
    let home = home(&db.store, "ada").await;
    let first = claim(&db.store, &home.connection.id, now()).await.unwrap();
    let turn = jiff::SignedDuration::from_secs(60);
    let (tenant, account) = (&home.scope.tenant_id, &home.account.id);
    system(&db.store).begin_refresh(tenant, account, &first.lease.owner, now(), turn).await.unwrap();

    assert_eq!(system(&db.store).release_leases_of("somebody else").await.unwrap(), 0);
    assert!(claim(&db.store, &home.connection.id, now()).await.is_none(), "others keep theirs");

    assert_eq!(system(&db.store).release_leases_of(&first.lease.owner).await.unwrap(), 1);
    let second = claim(&db.store, &home.connection.id, now()).await.unwrap();
    assert!(second.lease.epoch > first.lease.epoch);
    assert!(!system(&db.store).renew_lease(&first.lease, later(60)).await.unwrap(), "the former process is fenced off");
    let turn = system(&db.store).begin_refresh(tenant, account, "node-2", now(), turn).await.unwrap();
    assert!(matches!(turn, tidecal_store::RefreshTurn::Mine { .. }));
}
