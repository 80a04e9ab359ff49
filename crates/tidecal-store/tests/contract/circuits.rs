//! Circuits of vendors: who may call whom, and tenants in turn.

use jiff::SignedDuration;
use tidecal_core::model::Provider;
use tidecal_store::{Account, Claim, ClaimQuery, FinishRow, Store, VendorRef};

use crate::fixture::{claim, claim_query, connect, failure, grant, home, later, now, success, system};
use crate::harness::{Db, key_ring, on_both};

on_both!(
    an_open_circuit_lets_one_probe_through_and_other_vendors_go_on,
    two_nodes_never_probe_at_the_same_time,
    first_failures_at_the_same_time_are_all_counted,
    an_answer_closes_the_circuit_and_makes_due_what_had_failed,
    a_server_that_many_run_for_themselves_has_a_circuit_of_its_own,
    a_tenant_with_most_of_the_work_does_not_take_every_worker,
    the_row_keeps_when_something_last_changed,
    a_circuit_that_nobody_calls_any_more_is_swept,
);

fn google() -> VendorRef {
    VendorRef { provider: Provider::Google, server: String::new() }
}

async fn ids(store: &Store, query: ClaimQuery<'_>) -> Vec<String> {
    claims(store, query).await.into_iter().map(|claim| claim.connection.id).collect()
}

async fn claims(store: &Store, query: ClaimQuery<'_>) -> Vec<Claim> {
    system(store).claim_due(query).await.unwrap()
}

/// Five different connections failed: open since now, first probe after a second.
async fn open(store: &Store, vendor: &VendorRef) {
    for number in 0..5 {
        let (circuit, opened) =
            system(store).vendor_failed(vendor, &format!("c{number}"), false, now(), 0.0).await.unwrap();
        assert_eq!((circuit.is_open(), opened), (number == 4, number == 4));
    }
}

fn in_seconds(seconds: i64) -> jiff::Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

async fn caldav(store: &Store, home: &crate::fixture::Home, url: &str) -> Account {
    let mut new = grant(url);
    new.provider = Provider::Caldav;
    new.base_url = Some(url.to_owned());
    store.tenant(&home.scope).insert_or_reconnect_account(&new, now()).await.unwrap().0
}

async fn an_open_circuit_lets_one_probe_through_and_other_vendors_go_on(db: Db) {
    let home = home(&db.store, "ada").await;
    connect(&db.store, &home.scope, &home.account.id, "team").await;
    let other = caldav(&db.store, &home, "https://cloud.example.com/dav/").await;
    let other = connect(&db.store, &home.scope, &other.id, "home").await;
    open(&db.store, &google()).await;

    assert_eq!(ids(&db.store, claim_query("n", now())).await, [other.id], "no call to the vendor that is down");
    let probe = claims(&db.store, claim_query("n", in_seconds(1))).await;
    assert_eq!(probe.len(), 1);
    assert!(probe[0].probe && probe[0].vendor_failing && probe[0].connection.provider == Provider::Google);
    assert!(claims(&db.store, claim_query("n", in_seconds(2))).await.is_empty(), "one at a time");

    // It failed: the next one waits twice as long, and any connection will do.
    let failed = FinishRow { backoff_until: None, ..failure(&probe[0], in_seconds(2), 1) };
    system(&db.store).finish(&probe[0].lease, &failed).await.unwrap();
    system(&db.store).vendor_failed(&google(), &probe[0].connection.id, true, in_seconds(2), 0.0).await.unwrap();
    assert!(claims(&db.store, claim_query("n", in_seconds(3))).await.is_empty());
    assert_eq!(claims(&db.store, claim_query("n", in_seconds(4))).await.len(), 1);
    let state = &system(&db.store).list_vendor_circuits().await.unwrap()[0];
    assert_eq!((state.vendor.clone(), state.circuit.probes), (google(), 1));
    assert_eq!(state.circuit.opened_at, Some(now()));
}

async fn two_nodes_never_probe_at_the_same_time(db: Db) {
    let home = home(&db.store, "ada").await;
    for number in 0..20 {
        connect(&db.store, &home.scope, &home.account.id, &format!("cal-{number}")).await;
    }
    open(&db.store, &google()).await;
    let mut nodes = Vec::new();
    for number in 0..4 {
        let store = db.reopen(key_ring(crate::harness::KEY, &[])).await;
        nodes.push(tokio::spawn(async move {
            let owner = format!("node-{number}");
            let mut probes = 0;
            for _ in 0..5 {
                probes += claims(&store, claim_query(&owner, in_seconds(30))).await.len();
            }
            probes
        }));
    }
    let mut probes = 0;
    for node in nodes {
        probes += node.await.unwrap();
    }
    assert_eq!(probes, 1);
}

async fn first_failures_at_the_same_time_are_all_counted(db: Db) {
    let mut nodes = Vec::new();
    for number in 0..5 {
        let store = db.reopen(key_ring(crate::harness::KEY, &[])).await;
        nodes.push(tokio::spawn(async move {
            system(&store).vendor_failed(&google(), &format!("c{number}"), false, now(), 0.0).await.unwrap().1
        }));
    }
    let mut opened = 0;
    for node in nodes {
        opened += u32::from(node.await.unwrap());
    }
    assert_eq!(opened, 1, "exactly one of them opened it");
    assert!(system(&db.store).list_vendor_circuits().await.unwrap()[0].circuit.is_open());
}

async fn an_answer_closes_the_circuit_and_makes_due_what_had_failed(db: Db) {
    let home = home(&db.store, "ada").await;
    let resting = connect(&db.store, &home.scope, &home.account.id, "resting").await;
    let fine = connect(&db.store, &home.scope, &home.account.id, "fine").await;
    for (id, outage, backoff) in
        [(&home.connection.id, true, None), (&resting.id, true, Some(later(10))), (&fine.id, false, None)]
    {
        let claim = claim(&db.store, id, now()).await.unwrap();
        let row = if outage {
            FinishRow { backoff_until: backoff, ..failure(&claim, now(), 1) }
        } else {
            success(&claim, now())
        };
        system(&db.store).finish(&claim.lease, &row).await.unwrap();
    }
    open(&db.store, &google()).await;
    assert_eq!(system(&db.store).vendor_answered(&google(), later(1)).await.unwrap(), Some(2));
    assert!(system(&db.store).list_vendor_circuits().await.unwrap().is_empty());
    let due = claims(&db.store, claim_query("n", later(1))).await;
    assert_eq!(due.len(), 1, "its own rest and a turn that has not come stay");
    assert_eq!((&due[0].connection.id, due[0].probe, due[0].vendor_failing), (&home.connection.id, false, false));
    assert_eq!(system(&db.store).vendor_answered(&google(), later(1)).await.unwrap(), None, "nothing to close");
}

async fn a_server_that_many_run_for_themselves_has_a_circuit_of_its_own(db: Db) {
    let home = home(&db.store, "ada").await;
    let mut connections = Vec::new();
    for url in ["https://a.example.com/dav/", "https://b.example.com/dav/", "https://a.example.com:8443/dav/"] {
        let account = caldav(&db.store, &home, url).await;
        connections.push((VendorRef::of(&account), connect(&db.store, &home.scope, &account.id, "home").await.id));
    }
    assert_eq!(connections[0].0.server, "https://a.example.com/");
    open(&db.store, &connections[0].0).await;
    let mut claimed = ids(&db.store, claim_query("n", now())).await;
    claimed.sort();
    let mut expected = vec![home.connection.id, connections[1].1.clone(), connections[2].1.clone()];
    expected.sort();
    assert_eq!(claimed, expected);
}

async fn a_tenant_with_most_of_the_work_does_not_take_every_worker(db: Db) {
    let (big, small) = (home(&db.store, "big").await, home(&db.store, "small").await);
    for number in 0..89 {
        connect(&db.store, &big.scope, &big.account.id, &format!("cal-{number}")).await;
    }
    for number in 0..9 {
        connect(&db.store, &small.scope, &small.account.id, &format!("cal-{number}")).await;
    }
    // What the big tenant has waiting is more overdue than anything else.
    let overdue = format!(
        "UPDATE external_calendar_connections SET next_sync_at = '2026-11-21T08:00:00.000Z' WHERE tenant_id = '{}'",
        big.scope.tenant_id
    );
    db.raw.execute(&overdue).await;
    let of = |claims: &[Claim], tenant: &str| claims.iter().filter(|it| it.connection.tenant_id == tenant).count();

    let first = claims(&db.store, ClaimQuery { limit: 8, ..claim_query("n", now()) }).await;
    assert_eq!((of(&first, &big.scope.tenant_id), of(&first, &small.scope.tenant_id)), (4, 4));
    // Workers get free one by one: what is running already counts.
    let mut running: Vec<String> = vec![big.scope.tenant_id.clone(); 7];
    for expected in [&small, &small, &small, &small, &small, &small] {
        let query = ClaimQuery { limit: 1, ..claim_query("n", now()) };
        let next = system(&db.store).claim_in_turn(query, &running).await.unwrap();
        assert_eq!(next[0].connection.tenant_id, expected.scope.tenant_id);
        running.push(next[0].connection.tenant_id.clone());
    }
    // Nobody waits while there is a free worker: the rest is the big tenant's.
    let rest = claims(&db.store, ClaimQuery { limit: 500, ..claim_query("n", now()) }).await;
    assert_eq!((of(&rest, &big.scope.tenant_id), of(&rest, &small.scope.tenant_id)), (86, 0));
}

async fn the_row_keeps_when_something_last_changed(db: Db) {
    let home = home(&db.store, "ada").await;
    let read = || async { db.store.tenant(&home.scope).get_connection(&home.connection.id).await.unwrap() };
    assert_eq!(read().await.last_changed_at, None);
    for (minutes, updated, expected) in [(0, 1, Some(now())), (20, 0, Some(now())), (40, 2, Some(later(40)))] {
        let claim = claim(&db.store, &home.connection.id, later(minutes)).await.unwrap();
        let mut row = success(&claim, later(minutes));
        row.stats.updated = updated;
        system(&db.store).finish(&claim.lease, &row).await.unwrap();
        assert_eq!(read().await.last_changed_at, expected, "{minutes}");
    }
}

async fn a_circuit_that_nobody_calls_any_more_is_swept(db: Db) {
    open(&db.store, &google()).await;
    let left = || async { system(&db.store).list_vendor_circuits().await.unwrap().len() };
    system(&db.store).sweep(later(60)).await.unwrap();
    assert_eq!(left().await, 1);
    system(&db.store).sweep(later(24 * 60)).await.unwrap();
    assert_eq!(left().await, 0);
}
