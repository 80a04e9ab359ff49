//! What must be so when something is wrong: the class decides, nothing is taken for a deletion, no secret leaks.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::{Value, json};
use tidecal_core::remote::FailureClass::{Auth, Permanent, RateLimited, Transient};
use tidecal_core::remote::{Failure, PageQuery, PermanentScope, Reading};
use tokio::net::TcpListener;

use crate::bench::Bench;
use crate::mirror::{Mirror, window};
use crate::peer::Draft;

pub(crate) async fn all(bench: &Bench) {
    wrong_credentials(bench).await;
    forbidden_calendar(bench).await;
    lost_calendar(bench).await;
    let cal = bench.peer.calendar("trouble").await;
    bench.peer.put(&cal, &Draft::new("event", "2026-12-10T12:00")).await;
    let mut mirror = Mirror::of(bench, &cal);
    mirror.sync().await.unwrap();
    refusals(bench, &mut mirror).await;
    no_answers(bench, &mut mirror).await;
    redirects(bench, &mut mirror).await;
    assert_eq!(mirror.occurrences(), ["2026-12-10 12:00 EVENT"], "nothing of this was taken for a deletion");
}

/// Fails under the fault in a delta and in a full reading; afterwards all is well.
async fn struck(bench: &Bench, mirror: &mut Mirror<'_>, fault: Value) -> [Failure; 2] {
    bench.strike(fault.clone()).await;
    let delta = mirror.sync().await.expect_err(&fault.to_string());
    bench.calm().await;
    bench.strike(fault.clone()).await;
    let mut anew = Mirror::of(bench, &mirror.calendar);
    let full = anew.sync().await.expect_err(&fault.to_string());
    bench.calm().await;
    let quiet = mirror.sync().await.unwrap();
    assert!(quiet.changed.is_empty(), "{fault}: {quiet:?}");
    [delta, full]
}

async fn wrong_credentials(bench: &Bench) {
    let Some(wrong) = bench.peer.wrong(&bench.access) else {
        // A server without logins: the proxy asks for one.
        bench.digest(false).await;
        let tidecal_providers::Access::Password { base, username, .. } = &bench.access else { panic!() };
        let access = tidecal_providers::Access::Password {
            base: base.clone(),
            username: username.clone(),
            password: "canary-secret".to_owned().into(),
        };
        refused_login(bench, &access).await;
        bench.calm().await;
        return;
    };
    refused_login(bench, &wrong).await;
}

async fn refused_login(bench: &Bench, wrong: &tidecal_providers::Access) {
    let cal = bench.peer.calendar("secret").await;
    let query = PageQuery {
        reading: Reading::Full { lower: "2026-08-21T00:00:00Z".parse().unwrap() },
        token: None,
        window: window(),
    };
    for failure in [
        bench.adapter.fetch_account(wrong).await.unwrap_err(),
        bench.adapter.fetch_calendars(wrong).await.unwrap_err(),
        bench.adapter.fetch_page(wrong, &cal, &query).await.unwrap_err(),
    ] {
        assert_eq!((failure.class, failure.http_status), (Auth, Some(401)), "{failure:?}");
        assert!(failure.remedy.is_some() && !failure.outage);
        assert!(!format!("{failure:?}").contains("canary"), "{failure:?}");
    }
}

async fn forbidden_calendar(bench: &Bench) {
    let Some(cal) = bench.peer.forbidden().await else { return };
    let failure = Mirror::of(bench, &cal).sync().await.unwrap_err();
    assert_eq!((failure.class, failure.outage), (Permanent(PermanentScope::Calendar), false), "{failure:?}");
}

async fn lost_calendar(bench: &Bench) {
    let cal = bench.peer.calendar("lost").await;
    bench.peer.put(&cal, &Draft::new("kept", "2026-12-10T12:00")).await;
    let mut mirror = Mirror::of(bench, &cal);
    mirror.sync().await.unwrap();
    bench.peer.remove_calendar(&cal).await;
    for _ in 0..2 {
        let failure = mirror.sync().await.unwrap_err();
        assert_eq!(failure.class, Permanent(PermanentScope::Calendar), "{failure:?}");
        assert!(failure.remedy.is_some(), "{failure:?}");
    }
    assert_eq!(mirror.occurrences(), ["2026-12-10 12:00 KEPT"]);
}

async fn refusals(bench: &Bench, mirror: &mut Mirror<'_>) {
    for (status, wait, class, outage) in [
        (429, Some("7"), RateLimited, false),
        (429, None, RateLimited, false),
        (500, None, Transient, true),
        (502, None, Transient, true),
        (503, None, Transient, true),
        (504, None, Transient, true),
    ] {
        let headers = wait.map_or(json!({}), |wait| json!({"Retry-After": wait}));
        let page = "<html><title>Trouble</title><p>canary</html>";
        for failure in struck(bench, mirror, json!({"status": status, "headers": headers, "body": page})).await {
            assert_eq!((failure.class, failure.outage), (class, outage), "{status}: {failure:?}");
            assert_eq!(failure.retry_after, wait.map(|_| SignedDuration::from_secs(7)));
        }
        bench.asked().await;
        bench.strike(json!({"status": status})).await;
        mirror.sync().await.unwrap_err();
        assert_eq!(bench.asked().await.len(), 1, "{status}: one attempt, and no other");
    }
}

async fn no_answers(bench: &Bench, mirror: &mut Mirror<'_>) {
    for fault in [
        json!({"dropConnection": "before"}),
        json!({"dropConnection": "after"}),
        json!({"dropConnection": "during"}),
        json!({"status": 200, "body": "<!DOCTYPE html><html><title>Hotel</title><form>Sign in</form></html>"}),
        json!({"status": 200, "body": ""}),
        json!({"truncateBodyTo": 40}),
    ] {
        for failure in struck(bench, mirror, fault.clone()).await {
            assert_eq!(failure.class, Transient, "{fault}: {failure:?}");
        }
    }
    // Longer than the bench waits: it gives up, and does not hang.
    bench.strike(json!({"delayMs": 600_000})).await;
    let slow = tokio::time::timeout(Duration::from_secs(20), mirror.sync()).await.unwrap().unwrap_err();
    assert_eq!((slow.class, slow.outage), (Transient, true), "{slow:?}");
    bench.calm().await;
}

/// Nobody else gets the credentials, whatever a redirect says.
async fn redirects(bench: &Bench, mirror: &mut Mirror<'_>) {
    let trap = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let elsewhere = format!("http://{}", trap.local_addr().unwrap());
    for fault in [
        json!({"status": 302, "headers": {"Location": format!("{elsewhere}/cal/")}}),
        json!({"status": 307, "headers": {"Location": "https://elsewhere.example.org/cal/"}}),
        json!({"status": 301, "headers": {"Location": "file:///etc/passwd"}}),
        json!({"status": 308}),
    ] {
        for failure in struck(bench, mirror, fault.clone()).await {
            assert!(matches!(failure.class, Transient | Permanent(_)), "{fault}: {failure:?}");
        }
    }
    bench.temper(json!({"redirect": "circle"})).await;
    assert!(mirror.sync().await.is_err());
    bench.calm().await;
    let nobody = tokio::time::timeout(Duration::from_millis(1), trap.accept()).await;
    assert!(nobody.is_err(), "a redirect was followed to another host");
}
