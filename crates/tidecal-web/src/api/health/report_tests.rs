//! The report against the documents' own example and rules.

use tidecal_core::policy::VendorCircuit;
use tidecal_store::VendorRef;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn row(id: &str, provider: Provider) -> HealthRow {
    HealthRow {
        connection_id: id.to_owned(),
        provider,
        calendar_name: Some("Ada's calendar".to_owned()),
        is_active: true,
        last_synced_at: Some(at("2025-10-25T10:25:00.789Z")),
        consecutive_failures: 0,
        last_error: None,
        events_synced: 42,
        sync_duration_ms: 1234,
        token_expiry: Some(at("2025-10-25T11:25:00Z")),
    }
}

fn now() -> Timestamp {
    at("2025-10-25T10:30:00.123Z")
}

#[test]
fn multi_calendar_status_retrieval() {
    let rows = vec![row("c1", Provider::Google), row("c2", Provider::Outlook)];
    insta::assert_json_snapshot!(report(rows, &[], Sight::Full, now()));
}

#[test]
fn without_any_sync_all_is_well() {
    let health = report(Vec::new(), &[], Sight::Full, now());
    assert_eq!(health.status, HealthStatus::Healthy);
    let none = HealthSummary { total_syncs: 0, active_syncs: 0, syncs_with_errors: 0, connected_providers: 0 };
    assert_eq!(health.summary, none);
}

#[test]
fn an_inactive_or_failing_sync_degrades_the_whole() {
    let inactive = HealthRow { is_active: false, ..row("c1", Provider::Google) };
    let failing = HealthRow { consecutive_failures: 1, ..row("c1", Provider::Google) };
    // A rate limit is an error, but no failure of the connection's own.
    let limited =
        HealthRow { last_error: Some("Rate limit exceeded: google: 429".to_owned()), ..row("c1", Provider::Google) };
    for (odd, status) in
        [(inactive, HealthStatus::Degraded), (failing, HealthStatus::Degraded), (limited, HealthStatus::Healthy)]
    {
        assert_eq!(report(vec![odd, row("c2", Provider::Google)], &[], Sight::Full, now()).status, status);
    }
}

#[test]
fn the_summary_counts_what_its_names_say() {
    let rows = vec![
        HealthRow { last_error: Some("caldav: 500".to_owned()), ..row("c1", Provider::Caldav) },
        HealthRow { is_active: false, last_synced_at: None, ..row("c2", Provider::Google) },
        row("c3", Provider::Google),
    ];
    let health = report(rows, &[], Sight::Full, now());
    let counts = HealthSummary { total_syncs: 3, active_syncs: 2, syncs_with_errors: 1, connected_providers: 2 };
    assert_eq!(health.summary, counts);
    assert_eq!(health.syncs[1].last_sync, None);
}

#[test]
fn whoever_may_not_see_names_sees_none() {
    let rows = ["Authentication failed: caldav: 401 for ada@example.com", "caldav: https://cloud.example.com/ada: 500"]
        .map(|error| HealthRow { last_error: Some(error.to_owned()), ..row("c1", Provider::Caldav) });
    let text = serde_json::to_string(&report(rows.to_vec(), &[], Sight::Nameless, now())).unwrap();
    assert!(!text.to_lowercase().contains("ada") && !text.contains("example"), "{text}");
    assert!(text.contains("\"Authentication failed\"") && text.contains("\"Sync failed\""), "{text}");
}

#[test]
fn a_vendor_that_does_not_answer_is_named_to_those_who_need_it() {
    let opened = |provider, server: &str, opened_at| VendorState {
        vendor: VendorRef { provider, server: server.to_owned() },
        circuit: VendorCircuit { opened_at, ..VendorCircuit::default() },
    };
    let since = Some(at("2025-10-25T10:00:00Z"));
    let vendors = [
        opened(Provider::Google, "", since),
        opened(Provider::Outlook, "", None),
        opened(Provider::Caldav, "https://cloud.example.com/", since),
    ];
    let rows = || vec![row("c1", Provider::Google), row("c2", Provider::Outlook), row("c3", Provider::Caldav)];
    let health = report(rows(), &vendors, Sight::Full, now());
    assert_eq!(health.status, HealthStatus::Degraded);
    assert_eq!(health.outages, [Outage { provider: "google", since: Seconds(at("2025-10-25T10:00:00Z")) }]);
    assert!(health.syncs.iter().all(|sync| sync.is_active), "nobody is disabled for it");
    let other = report(vec![row("c2", Provider::Outlook)], &vendors, Sight::Full, now());
    assert_eq!((other.status, other.outages.len()), (HealthStatus::Healthy, 0));
    let shape = serde_json::to_value(report(rows(), &[], Sight::Full, now())).unwrap();
    assert!(shape.get("outages").is_none(), "the documented shape while all is well");
}
