//! How fast commits go: 50 000 events, mappings and seen marks in pages of 2 500, then the same
//! once more as an unchanged comparison, then a month for a view.
//!
//! `cargo run -p tidecal-store --example commit_speed -- [sqlite:PATH | postgres://…]`

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods)]

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use tidecal_core::model::{Attendee, Event, Provider};
use tidecal_core::remote::Cursor;
use tidecal_core::sync::{
    EventKind, EventOp, EventWrite, MappingStatus, MappingWrite, Progress, Span, Verdict, Writes,
};
use tidecal_ical::{Moment, Recurrence, When, Zone};
use tidecal_store::{
    Advance, CalendarChoice, Claim, ClaimQuery, KeyRing, NewAccount, NewConnection, NewMember, ProgressMove, Role,
    RunRef, Secrets, Store, StoreOptions, SyncDirection, SystemScope, TenantScope,
};

const EVENTS: usize = 50_000;
const PAGE: usize = 2_500;

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let url = std::env::args().nth(1).unwrap_or_else(|| format!("sqlite:{}", folder.path().join("speed.db").display()));
    let key = SecretString::from("a key for measuring that is long enough");
    let store = Store::connect(&url, StoreOptions::new(KeyRing::from_secrets(&key, &[]).unwrap())).await.unwrap();
    store.migrate().await.unwrap();
    let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
    let (scope, mut claim) = connect(&store, now).await;
    let system = store.system(SystemScope::for_workers());
    let pages: Vec<Writes> = (0..EVENTS / PAGE).map(|page| page_of(page, now)).collect();
    let run = RunRef { id: "run".into(), trigger: "manual".into() };

    let begun = Instant::now();
    let (mut loading, mut seen) = (std::time::Duration::ZERO, 0);
    for writes in &pages {
        let ids: Vec<String> = writes.mappings.iter().map(|row| row.external_series_id.clone()).collect();
        let asked = Instant::now();
        system.load_series(&claim.lease, &ids).await.unwrap();
        loading += asked.elapsed();
        seen += PAGE as u64;
        let progress =
            Progress { reading_id: "r1".into(), lower: now, comparing: false, token: Some(seen.to_string()), seen };
        let step = Advance { progress: ProgressMove::Set(progress), ..Advance::default() };
        system.commit(&mut claim.lease, writes, &step, now, &run).await.unwrap();
    }
    report("first reading: load, commit", begun, EVENTS);
    println!("  of which loading {} ms", loading.as_millis());

    let begun = Instant::now();
    for writes in &pages {
        let ids: Vec<String> = writes.mappings.iter().map(|row| row.external_series_id.clone()).collect();
        let states = system.load_series(&claim.lease, &ids).await.unwrap();
        assert!(states.iter().all(|state| state.components.len() == 1));
        let writes = Writes { seen: writes.seen.clone(), ..Writes::default() };
        let step = Advance { reading_id: Some("r2".into()), ..Advance::default() };
        system.commit(&mut claim.lease, &writes, &step, now, &run).await.unwrap();
    }
    report("unchanged comparison: load, mark", begun, EVENTS);

    let begun = Instant::now();
    let unseen = system.unseen(&claim.lease, "r2", None, None, 100).await.unwrap();
    println!("looking for unseen items: {} ms, {} found", begun.elapsed().as_millis(), unseen.len());
    let end = Advance { cursor: Some(Cursor("c1".into())), progress: ProgressMove::Clear, reading_id: None };
    let begun = Instant::now();
    system.commit(&mut claim.lease, &Writes::default(), &end, now, &run).await.unwrap();
    println!("end of the reading: {} ms", begun.elapsed().as_millis());
    month(&store, &scope, now).await;
    let begun = Instant::now();
    let counts = store.tenant(&scope).verdict_counts(&claim.connection.id).await.unwrap();
    println!("verdicts: {} in {:.1} ms", counts.total(), begun.elapsed().as_secs_f64() * 1e3);
}

async fn month(store: &Store, scope: &TenantScope, now: Timestamp) {
    for round in 0..5 {
        let begun = Instant::now();
        let end = now.checked_add(SignedDuration::from_hours(24 * 42)).unwrap();
        let found = store.tenant(scope).find_events_in_window(CalendarChoice::All, now, end, 100_000).await.unwrap();
        println!("month view {round}: {} rows in {:.1} ms", found.rows.len(), begun.elapsed().as_secs_f64() * 1e3);
    }
}

fn report(what: &str, begun: Instant, rows: usize) {
    let seconds = begun.elapsed().as_secs_f64();
    println!("{what}: {rows} events in {seconds:.2} s, {:.0} events/s", rows as f64 / seconds);
}

async fn connect(store: &Store, now: Timestamp) -> (TenantScope, Claim) {
    let system = store.system(SystemScope::for_workers());
    let owner = NewMember {
        email: format!("{}@example.com", std::process::id()),
        name: "Ada".into(),
        password_hash: None,
        role: Role::Owner,
    };
    let scope = system.create_tenant_with_owner("Speed", &owner, now).await.unwrap();
    let account = NewAccount {
        provider: Provider::Google,
        subject: "1".into(),
        email: "ada@example.com".into(),
        name: String::new(),
        base_url: None,
        server_info: None,
        scopes: String::new(),
        secrets: Secrets::default(),
        token_expiry: None,
        reconnect: None,
    };
    let (account, _) = store.tenant(&scope).insert_or_reconnect_account(&account, now).await.unwrap();
    let new = NewConnection {
        account_id: account.id,
        external_calendar_id: "primary".into(),
        name: "Work".into(),
        calendar_color: None,
        time_zone: None,
        read_only: false,
        calendar_id: None,
        sync_direction: SyncDirection::Inbound,
        sync_enabled: true,
    };
    let connection = store.tenant(&scope).insert_connection(&new, now).await.unwrap();
    let only = [connection.id];
    let query = ClaimQuery {
        now,
        due_by: now,
        owner: "speed",
        lease_for: SignedDuration::from_hours(1),
        limit: 1,
        only: Some(&only),
        tenant_id: None,
        listed: None,
    };
    (scope, system.claim_due(query).await.unwrap().remove(0))
}

fn page_of(page: usize, now: Timestamp) -> Writes {
    let mut writes = Writes::default();
    for number in page * PAGE..(page + 1) * PAGE {
        let event = event(number, now);
        let (start, end) = event.when.span(&Zone::utc());
        let recurring = event.recurrence.is_some();
        let span = Span { start, end, series_end: (!recurring).then_some(end) };
        let kind = if recurring { EventKind::Master } else { EventKind::Single };
        // Ids of the vendor are as good as random; local ones ascend.
        let external = format!("{:016x}{number:08x}", (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let id = format!("0193-4c5e-7000-{number:012}-{:08}", std::process::id());
        writes.seen.push(external.clone());
        writes.mappings.push(MappingWrite {
            external_event_id: external.clone(),
            external_series_id: external.clone(),
            recurrence_id: None,
            event_id: Some(id.clone()),
            series_id: id.clone(),
            uid: event.uid.clone(),
            version: "\"3456789012345678\"".into(),
            base_version: 1,
            base: None,
            raw: Some(serde_json::to_vec(&event).unwrap()),
            verdict: Verdict::Mirrored,
            reason: String::new(),
            status: MappingStatus::Synced,
            last_error: String::new(),
            span: Some(span),
            ..MappingWrite::default()
        });
        writes.events.push(EventWrite {
            id: id.clone(),
            series_id: id,
            recurrence_id: None,
            external_event_id: external,
            op: EventOp::Insert { kind, event: Box::new(event), span },
        });
    }
    writes
}

/// 15 months of events as goals have them: one in eight repeats, up to eight guests, up to 2 kB.
fn event(number: usize, now: Timestamp) -> Event {
    let minutes = i64::try_from(number * 7_919 % (456 * 24 * 60)).unwrap() - 91 * 24 * 60;
    let start = now.checked_add(SignedDuration::from_mins(minutes)).unwrap();
    let zone = Zone::iana(["Europe/Vienna", "America/New_York", "Asia/Kolkata"][number % 3]).unwrap();
    let at = |time: Timestamp| Moment::zoned(zone.rules().to_datetime(time), zone.clone());
    let end = start.checked_add(SignedDuration::from_mins(45)).unwrap();
    let mut event = Event::at(When::Timed { start: at(start), end: at(end) });
    event.uid = format!("{number}@example.com");
    event.title = format!("Review of quarter {number}");
    event.description = "Agenda: numbers, plans, questions. ".repeat(number % 58);
    event.location = "Room 12".into();
    event.attendees = (0..number % 9)
        .map(|guest| Attendee {
            email: format!("guest-{guest}@example.com"),
            name: format!("Guest {guest}"),
            ..Attendee::default()
        })
        .collect();
    if number.is_multiple_of(8) {
        event.recurrence = Some(Recurrence { rules: vec!["FREQ=WEEKLY".into()], ..Recurrence::default() });
    }
    event
}
