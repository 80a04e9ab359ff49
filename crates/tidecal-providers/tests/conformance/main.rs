//! What every vendor's adapter has to do, told once: one suite, run for each peer that there is.
//!
//! The suite ([`suite`], [`trouble`]) knows no vendor. What differs is in the adapter's capabilities, and in a
//! [`peer::Peer`]: a server with a hand that edits behind Tidecal's back. Every peer stands behind the sandbox's
//! misbehaving proxy, which also makes the trouble. A new vendor writes a peer and adds its test below.
#![allow(clippy::unwrap_used, missing_docs)]

mod bench;
mod dav;
mod google;
mod mirror;
mod outlook;
mod peer;
mod servers;
mod suite;
mod trouble;
mod writing;

use bench::Bench;
use dav::Dav;
use google::Google;
use outlook::Outlook;
use serde_json::{Value, json};
use servers::{Cyrus, Server, Xandikos, radicale, sandbox};

/// Everything, in good weather and bad.
async fn conforms(bench: &Bench) {
    suite::all(bench).await;
    writing::all(bench).await;
    trouble::all(bench).await;
}

/// The story again behind each habit that servers of other makes have.
async fn conforms_behind_tempers(bench: &Bench) {
    for (name, tempers) in tempers() {
        bench.calm().await;
        bench.temper(tempers).await;
        suite::story(bench, name).await;
    }
}

fn tempers() -> Vec<(&'static str, Value)> {
    let stale = |dialect: &str| json!({"staleDialect": dialect});
    vec![
        ("no-etags", json!({"dropEtags": true})),
        ("weak-etags", json!({"weakEtags": true})),
        ("pages-of-2", json!({"pageSize": 2})),
        ("no-sync-collection", json!({"noSyncCollection": true})),
        ("no-ctag-either", json!({"noSyncCollection": true, "noCtag": true})),
        ("nothing-at-all", json!({"noSyncCollection": true, "noCtag": true, "dropEtags": true})),
        ("sync-refused-403", json!({"refuseSyncCollection": 403})),
        ("sync-refused-501", json!({"refuseSyncCollection": 501})),
        ("stale-409", stale("conflict")),
        ("stale-412", stale("preconditionFailed")),
        ("stale-410-bare", stale("goneBare")),
        ("stale-400-bare", stale("badRequestBare")),
        ("stale-full-list", stale("fullList")),
        ("omits-every-2nd", json!({"omitFromMultiget": 2})),
        ("no-multiget", json!({"refuseMultiget": 501})),
        ("internal-hrefs", json!({"internalHrefs": true})),
        ("redirects", json!({"redirect": "sameHost"})),
        ("gzip", json!({"gzip": true})),
        ("throttles", json!({"throttleEvery": 11})),
        ("truncates", json!({"truncateEvery": 11})),
        ("drops-before", json!({"dropEvery": 11, "dropWhen": "before"})),
        ("drops-during", json!({"dropEvery": 11, "dropWhen": "during"})),
    ]
}

#[tokio::test]
async fn google_conforms() {
    conforms(&Bench::before(Box::new(Google::start().await)).await).await;
}

#[tokio::test]
async fn google_conforms_on_a_bad_day() {
    let bench = Bench::before(Box::new(Google::start().await)).await;
    for (name, tempers) in tempers().into_iter().rev().take(5) {
        bench.calm().await;
        bench.temper(tempers).await;
        suite::story(&bench, name).await;
    }
}

#[tokio::test]
async fn outlook_conforms() {
    conforms(&Bench::before(Box::new(Outlook::start().await)).await).await;
}

#[tokio::test]
async fn outlook_conforms_on_a_bad_day() {
    let bench = Bench::before(Box::new(Outlook::start().await)).await;
    for (name, tempers) in tempers().into_iter().rev().take(5) {
        bench.calm().await;
        bench.temper(tempers).await;
        suite::story(&bench, name).await;
    }
}

async fn caldav(server: Server) {
    let bench = Bench::before(Box::new(Dav::at(server))).await;
    conforms(&bench).await;
}

async fn caldav_behind_tempers(server: Server) {
    let bench = Bench::before(Box::new(Dav::at(server))).await;
    conforms_behind_tempers(&bench).await;
    for sha256 in [false, true] {
        bench.calm().await;
        bench.digest(sha256).await;
        suite::story(&bench, if sha256 { "digest-sha-256" } else { "digest-md5" }).await;
    }
}

#[tokio::test]
async fn the_strict_server_conforms() {
    caldav(sandbox().await).await;
}

#[tokio::test]
async fn the_strict_server_conforms_behind_every_temper() {
    caldav_behind_tempers(sandbox().await).await;
}

#[tokio::test]
async fn radicale_conforms() {
    caldav(radicale()).await;
}

#[tokio::test]
async fn radicale_conforms_behind_every_temper() {
    caldav_behind_tempers(radicale()).await;
}

#[tokio::test]
async fn xandikos_conforms() {
    caldav(Xandikos::start()).await;
}

#[tokio::test]
async fn xandikos_conforms_behind_every_temper() {
    caldav_behind_tempers(Xandikos::start()).await;
}

#[tokio::test]
async fn cyrus_conforms() {
    if let Some(server) = Cyrus::start() {
        caldav(server).await;
    }
}

#[tokio::test]
async fn cyrus_conforms_behind_every_temper() {
    if let Some(server) = Cyrus::start() {
        caldav_behind_tempers(server).await;
    }
}
