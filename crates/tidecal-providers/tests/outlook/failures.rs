//! Answers that are none, and refusals.

use jiff::SignedDuration;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tidecal_core::remote::FailureClass::{Auth, CursorLost, Permanent, RateLimited, Transient};
use tidecal_core::remote::{Cursor, Failure, PermanentScope, Reading};
use tidecal_providers::Access;

use crate::mirror::Mirror;
use crate::peer::{ADA, Peer, timed};

async fn struck(mirror: &mut Mirror<'_>, peer: &Peer, access: &Access, mut fault: Value) -> Failure {
    fault["operation"] = json!("graph.delta");
    peer.fault(fault.clone()).await;
    let failure = mirror.sync().await.unwrap_err();
    let Access::Bearer(token) = access else { panic!() };
    assert!(!format!("{failure:?}").contains(token.expose_secret()), "{fault}");
    assert!(failure.detail.starts_with("outlook: "), "{}", failure.detail);
    failure
}

#[tokio::test]
async fn an_expired_token_is_an_auth_failure_with_the_words_of_the_runbook() {
    let peer = Peer::start().await;
    let access = peer.connect(ADA).await;
    let calendar = peer.main_calendar(&access).await;
    peer.control("POST", "oauth/expire-access-tokens", json!({"account": ADA})).await;
    for failure in [
        peer.adapter().fetch_account(&access).await.unwrap_err(),
        peer.adapter().fetch_calendars(&access).await.unwrap_err(),
        Mirror::of(&peer, &access, &calendar).sync().await.unwrap_err(),
    ] {
        assert_eq!((failure.class, failure.http_status), (Auth, Some(401)));
        assert!(failure.detail.contains("invalid_token"), "{}", failure.detail);
    }
}

#[tokio::test]
async fn trouble_is_told_apart_and_changes_nothing() {
    let peer = Peer::start().await;
    let access = peer.connect(ADA).await;
    let calendar = peer.main_calendar(&access).await;
    let mut mirror = Mirror::of(&peer, &access, &calendar);
    mirror.sync().await.unwrap();
    let before = mirror.lines();
    for (fault, class) in [
        (json!({"status": 429}), RateLimited),
        (json!({"status": 500}), Transient),
        (json!({"status": 503}), Transient),
        (json!({"status": 504}), Transient),
        (json!({"dropConnection": "before"}), Transient),
        (json!({"dropConnection": "during"}), Transient),
    ] {
        let failure = struck(&mut mirror, &peer, &access, fault.clone()).await;
        assert_eq!(failure.class, class, "{fault}: {failure:?}");
    }
    mirror.sync().await.unwrap();
    assert_eq!((mirror.lines(), mirror.news), (before, 0));
}

#[tokio::test]
async fn a_wait_that_is_asked_for_is_told_also_from_within_a_batch() {
    let peer = Peer::empty().await;
    let access = peer.connect(ADA).await;
    let calendar = peer.main_calendar(&access).await;
    peer.add(&calendar, crate::peer::daily("Stand-up", "2026-11-23", 3)).await;
    for operation in ["graph.delta", "graph.events.get"] {
        peer.fault(json!({"operation": operation, "status": 429, "headers": {"Retry-After": "9"}})).await;
        let failure = Mirror::of(&peer, &access, &calendar).sync().await.unwrap_err();
        assert_eq!(failure.class, RateLimited, "{operation}: {failure:?}");
        assert_eq!(failure.retry_after, Some(SignedDuration::from_secs(9)), "{operation}");
    }
}

#[tokio::test]
async fn a_lost_state_is_known_in_every_spelling() {
    let peer = Peer::start().await;
    let access = peer.connect(ADA).await;
    let calendar = peer.main_calendar(&access).await;
    for (status, code) in [
        (410, "SyncStateNotFound"),
        (410, "resyncRequired"),
        (400, "syncStateNotFound"),
        (404, "SyncStateNotFound"),
        (410, "fullSyncRequired"),
    ] {
        peer.switch(json!({"lostStateStatus": status, "lostStateCode": code})).await;
        let mut mirror = Mirror::of(&peer, &access, &calendar);
        mirror.sync().await.unwrap();
        peer.control("POST", "graph/expire-delta-tokens", json!({})).await;
        let lost = mirror.sync().await.unwrap_err();
        assert_eq!(lost.class, CursorLost, "{status} {code}: {lost:?}");
    }
    let unsent = Reading::Delta { cursor: Cursor("another version".into()) };
    let lost = Mirror::of(&peer, &access, &calendar).read(unsent).await.unwrap_err();
    assert_eq!((lost.class, lost.http_status), (CursorLost, None));
}

#[tokio::test]
async fn a_calendar_that_is_not_there_is_no_proof_of_anything() {
    let peer = Peer::start().await;
    let access = peer.connect(ADA).await;
    let calendar = peer.new_calendar("Short-lived").await;
    let event = peer.add(&calendar, timed("Kept", "2026-11-24T09:00", "2026-11-24T10:00")).await;
    let mut mirror = Mirror::of(&peer, &access, &calendar);
    mirror.sync().await.unwrap();
    let Access::Bearer(token) = &access else { panic!() };
    let path = format!("/v1.0/me/calendars/{}", crate::peer::segment(&calendar));
    let (status, answer) = peer.call("DELETE", &path, Some(token.expose_secret()), Value::Null).await;
    assert_eq!(status, 204, "{answer}");
    let item = tidecal_core::remote::ItemRef { id: event, version: String::new() };
    let failure = peer.adapter().fetch_items(&access, &calendar, &[item]).await.unwrap_err();
    assert_eq!(failure.class, Permanent(PermanentScope::Calendar), "{failure:?}");
    mirror.cursor = None;
    let failure = mirror.sync().await.unwrap_err();
    assert_eq!(failure.class, Permanent(PermanentScope::Calendar), "{failure:?}");
    assert!(failure.remedy.is_some());
}

#[tokio::test]
async fn a_link_to_another_server_is_not_followed() {
    let peer = Peer::start().await;
    let access = peer.connect(ADA).await;
    let calendar = peer.main_calendar(&access).await;
    peer.switch(json!({"foreignLinks": true})).await;
    let failure = Mirror::of(&peer, &access, &calendar).sync().await.unwrap_err();
    assert_eq!(failure.class, Transient);
    assert!(failure.detail.contains("another server"), "{failure:?}");
}

#[tokio::test]
async fn at_most_three_requests_are_on_their_way_to_one_mailbox() {
    let peer = Peer::start().await;
    let access = peer.connect(ADA).await;
    let calendars = peer.adapter().fetch_calendars(&access).await.unwrap();
    peer.switch(json!({"concurrentRequests": 3, "latencyMilliseconds": 20})).await;
    let mut mirrors: Vec<Mirror<'_>> =
        calendars.iter().cycle().take(8).map(|calendar| Mirror::of(&peer, &access, &calendar.id)).collect();
    let all = futures::future::join_all(mirrors.iter_mut().map(|mirror| mirror.sync())).await;
    for done in all {
        done.unwrap();
    }
}
