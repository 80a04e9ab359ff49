//! Answers that are none, and refusals.

use jiff::SignedDuration;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tidecal_core::remote::FailureClass::{Auth, Configuration, CursorLost, Permanent, RateLimited, Transient};
use tidecal_core::remote::{Failure, FailureClass, PermanentScope};
use tidecal_providers::Access;

use crate::peer::{ADA, Peer, full};

/// The failure of a full reading that meets a fault; the next reading is well again.
async fn struck(peer: &Peer, access: &Access, mut fault: Value) -> Failure {
    fault["operation"] = json!("events.list");
    peer.fault(fault.clone()).await;
    let failure = peer.read(access, full()).await.unwrap_err();
    let Access::Bearer(token) = access else { panic!() };
    assert!(!format!("{failure:?}").contains(token.expose_secret()), "{fault}");
    assert!(failure.detail.starts_with("google: "), "{}", failure.detail);
    failure
}

#[tokio::test]
async fn an_expired_token_is_an_auth_failure_with_the_words_of_the_runbook() {
    let peer = Peer::start().await;
    let access = peer.connect().await;
    peer.control("oauth/expire-access-tokens", json!({"account": ADA})).await;
    for failure in [
        peer.adapter().fetch_account(&access).await.unwrap_err(),
        peer.adapter().fetch_calendars(&access).await.unwrap_err(),
        peer.read(&access, full()).await.unwrap_err(),
    ] {
        assert_eq!((failure.class, failure.http_status), (Auth, Some(401)));
        assert!(failure.detail.contains("invalid_token"), "{}", failure.detail);
    }
}

#[tokio::test]
async fn every_reason_that_the_vendor_gives_has_its_class() {
    let peer = Peer::start().await;
    let access = peer.connect().await;
    let calendar = Permanent(PermanentScope::Calendar);
    let rows: &[(&str, Option<u16>, FailureClass)] = &[
        ("authError", None, Auth),
        ("userRateLimitExceeded", None, RateLimited),
        ("rateLimitExceeded", Some(403), RateLimited),
        ("rateLimitExceeded", Some(429), RateLimited),
        ("quotaExceeded", None, RateLimited),
        ("accessNotConfigured", Some(403), Configuration),
        ("insufficientPermissions", None, Auth),
        ("forbidden", None, calendar),
        ("notFound", None, calendar),
        ("fullSyncRequired", None, CursorLost),
        ("backendError", None, Transient),
        ("backendError", Some(503), Transient),
    ];
    for (reason, status, class) in rows {
        let failure = struck(&peer, &access, json!({"reason": reason, "status": status})).await;
        assert_eq!(failure.class, *class, "{reason} {status:?}: {failure:?}");
        assert_eq!(failure.vendor_code.as_deref(), Some(*reason));
    }
}

#[tokio::test]
async fn waits_are_the_vendors_or_longer() {
    let peer = Peer::start().await;
    let access = peer.connect().await;
    let limited =
        struck(&peer, &access, json!({"reason": "rateLimitExceeded", "status": 429, "headers": {"Retry-After": "17"}}))
            .await;
    assert_eq!(limited.retry_after, Some(SignedDuration::from_secs(17)));
    let used_up = struck(&peer, &access, json!({"reason": "quotaExceeded"})).await;
    assert_eq!(used_up.retry_after, Some(SignedDuration::from_hours(1)));
}

#[tokio::test]
async fn what_is_no_answer_is_transient_and_says_what_came() {
    let peer = Peer::start().await;
    let access = peer.connect().await;
    // An answer that came and cannot be read is this calendar's own trouble; the rest is an outage.
    let rows = [
        (json!({"status": 200, "html": true}), "web page", false),
        (json!({"status": 502, "html": true}), "Error 502", true),
        (json!({"status": 403, "html": true}), "web page", true),
        (json!({"truncateBodyTo": 1000}), "unreadable body", false),
        (json!({"truncateBodyTo": 0}), "unreadable body", false),
        (json!({"body": "[]"}), "unreadable body", false),
        (json!({"body": {"items": []}}), "nextSyncToken", false),
        (json!({"dropConnection": "before"}), "broke off", true),
        (json!({"dropConnection": "during"}), "broke off", true),
    ];
    for (fault, words, outage) in rows {
        let failure = struck(&peer, &access, fault.clone()).await;
        assert_eq!((failure.class, failure.outage), (Transient, outage), "{fault}: {failure:?}");
        assert!(failure.detail.contains(words), "{fault}: {}", failure.detail);
    }
    peer.read(&access, full()).await.unwrap();
}

#[tokio::test]
async fn malformed_items_cost_only_themselves() {
    let peer = Peer::start().await;
    let access = peer.connect().await;
    let good = json!({"id": "good", "summary": "Good", "start": {"date": "2026-11-21"}, "end": {"date": "2026-11-22"}});
    let items = json!([
        good, {"id": "typed", "summary": 5}, null, {"summary": "nameless"},
        {"id": "endless", "start": {"dateTime": "2026-11-21T10:00:00Z"}, "end": {"dateTime": "2026-11-21T09:00:00Z"}},
        {"id": "rule", "start": {"date": "2026-11-21"}, "end": {"date": "2026-11-22"}, "recurrence": 5},
    ]);
    let body = json!({"kind": "calendar#events", "timeZone": "Europe/Vienna", "nextSyncToken": "s", "items": items});
    peer.fault(json!({"operation": "events.list", "body": body})).await;
    let whole = peer.read(&access, full()).await.unwrap();
    assert_eq!(whole.titles(), ["Good"]);
    assert_eq!(whole.unreadable().len(), 4);
    let (id, reason) = whole.unreadable()[0];
    assert!(id == "typed" && reason.starts_with("invalid type"), "{id}: {reason}");
    assert_eq!(whole.changes.len(), 6);
}

#[tokio::test]
async fn a_vendor_that_is_not_there_is_an_outage() {
    let peer = Peer::start().await;
    let access = peer.connect().await;
    let mut elsewhere = Peer::start().await;
    elsewhere.stop().await;
    let failure = elsewhere.adapter().fetch_calendars(&access).await.unwrap_err();
    assert_eq!((failure.class, failure.outage, failure.http_status), (Transient, true, None));
}

#[tokio::test]
async fn an_address_that_the_rules_forbid_is_the_operators_matter() {
    let peer = Peer::guarded().await;
    let access = Access::Bearer("ya29.canary".into());
    let failure = peer.adapter().fetch_calendars(&access).await.unwrap_err();
    assert_eq!((failure.class, failure.outage), (Configuration, false));
    assert!(!format!("{failure:?}").contains("canary"));
}
