//! A tenant with a person, an account and connections; events and writes to fill them.

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use tidecal_core::model::{Event, Provider};
use tidecal_core::policy::Window;
use tidecal_core::remote::Cursor;
use tidecal_core::sync::{EventKind, EventOp, EventWrite, MappingStatus, MappingWrite, Span, Verdict, Writes};
use tidecal_ical::{Moment, RecurrenceId, When, Zone};
use tidecal_store::{
    Account, Advance, Claim, ClaimQuery, Connection, FinishRow, Hold, NewAccount, NewConnection, NewMember,
    ProgressMove, Role, RunOutcome, RunRef, RunStats, Secrets, Store, SyncDirection, System, SystemScope, TenantScope,
};

pub(crate) fn now() -> Timestamp {
    at("2026-11-21T10:00:00Z")
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn later(minutes: i64) -> Timestamp {
    now() + SignedDuration::from_mins(minutes)
}

/// A year ahead, as usual.
pub(crate) fn window() -> Window {
    Window::around(now(), 3, 12)
}

pub(crate) fn system(store: &Store) -> System<'_> {
    store.system(SystemScope::for_workers())
}

pub(crate) fn run_ref() -> RunRef {
    RunRef { id: "run-1".to_owned(), trigger: "schedule".to_owned() }
}

pub(crate) fn person(email: &str, role: Role) -> NewMember {
    NewMember { email: email.to_owned(), name: "Ada".to_owned(), password_hash: Some("$argon2id$x".to_owned()), role }
}

pub(crate) async fn tenant(store: &Store, email: &str) -> TenantScope {
    system(store).create_tenant_with_owner("Example", &person(email, Role::Owner), now()).await.unwrap()
}

pub(crate) fn grant(subject: &str) -> NewAccount {
    NewAccount {
        provider: Provider::Google,
        subject: subject.to_owned(),
        email: format!("{subject}@example.com"),
        name: "Ada".to_owned(),
        base_url: None,
        server_info: None,
        scopes: "calendar".to_owned(),
        secrets: Secrets {
            access_token: Some(SecretString::from("access-canary")),
            refresh_token: Some(SecretString::from("refresh-canary")),
            password: None,
        },
        token_expiry: Some(later(60)),
        reconnect: None,
    }
}

pub(crate) fn remote_calendar(account_id: &str, id: &str) -> NewConnection {
    NewConnection {
        account_id: account_id.to_owned(),
        external_calendar_id: id.to_owned(),
        name: format!("Calendar {id}"),
        calendar_color: Some("#3366cc".to_owned()),
        time_zone: Some("Europe/Vienna".to_owned()),
        read_only: false,
        calendar_id: None,
        sync_direction: SyncDirection::Inbound,
        sync_enabled: true,
    }
}

/// A tenant's person with one connected calendar.
pub(crate) struct Home {
    pub(crate) scope: TenantScope,
    pub(crate) account: Account,
    pub(crate) connection: Connection,
}

pub(crate) async fn home(store: &Store, email: &str) -> Home {
    let scope = tenant(store, email).await;
    let (account, _) = store.tenant(&scope).insert_or_reconnect_account(&grant(email), now()).await.unwrap();
    let connection = connect(store, &scope, &account.id, "primary").await;
    Home { scope, account, connection }
}

pub(crate) async fn connect(store: &Store, scope: &TenantScope, account_id: &str, id: &str) -> Connection {
    store.tenant(scope).insert_connection(&remote_calendar(account_id, id), now()).await.unwrap()
}

pub(crate) fn claim_query(owner: &str, now: Timestamp) -> ClaimQuery<'_> {
    ClaimQuery {
        now,
        due_by: now,
        owner,
        lease_for: SignedDuration::from_secs(60),
        limit: 100,
        only: None,
        tenant_id: None,
        listed: None,
    }
}

/// Claims one connection as a worker would.
pub(crate) async fn claim(store: &Store, connection_id: &str, now: Timestamp) -> Option<Claim> {
    let only = [connection_id.to_owned()];
    let query = ClaimQuery { only: Some(&only), ..claim_query("node-1", now) };
    system(store).claim_due(query).await.unwrap().pop()
}

pub(crate) fn success(claim: &Claim, now: Timestamp) -> FinishRow {
    FinishRow {
        now,
        run: run_ref(),
        outcome: RunOutcome::Success,
        stats: RunStats::default(),
        duration_ms: 12,
        error_count: 0,
        consecutive_failures: 0,
        failure_class: None,
        last_error: None,
        stopped_reason: None,
        backoff_until: None,
        next_sync_at: Some(now + SignedDuration::from_mins(15)),
        last_synced_at: Some(now),
        last_polled_at: Some(now),
        events_synced: None,
        sync_duration_ms: None,
        seen_poke_seq: claim.connection.poke_seq,
        hold: Hold::Keep,
        notified_state: None,
        record: None,
        cursor: None,
        progress: ProgressMove::Keep,
        local_cursor: None,
        recovered: None,
    }
}

pub(crate) fn failure(claim: &Claim, now: Timestamp, count: i64) -> FinishRow {
    FinishRow {
        outcome: RunOutcome::Error,
        error_count: count,
        consecutive_failures: count,
        failure_class: Some("transient".to_owned()),
        last_error: Some("google: 503".to_owned()),
        backoff_until: Some(now + SignedDuration::from_mins(5)),
        last_synced_at: None,
        last_polled_at: None,
        ..success(claim, now)
    }
}

pub(crate) fn advance(cursor: &str) -> Advance {
    Advance { cursor: Some(Cursor(cursor.to_owned())), ..Advance::default() }
}

pub(crate) fn event(title: &str, start: &str) -> Event {
    let local = start.trim_end_matches('Z').parse().unwrap();
    let begin = Moment::zoned(local, Zone::utc());
    let end = Moment::zoned(local.saturating_add(jiff::Span::new().hours(1)), Zone::utc());
    Event { title: title.to_owned(), ..Event::at(When::Timed { start: begin, end }) }
}

pub(crate) fn span_of(event: &Event) -> Span {
    let (start, end) = event.when.span(&Zone::utc());
    Span { start, end, series_end: if event.recurrence.is_some() { None } else { Some(end) } }
}

/// Where a row lies in its series.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    pub(crate) id: &'a str,
    pub(crate) series: &'a str,
    pub(crate) kind: EventKind,
    pub(crate) recurrence_id: Option<RecurrenceId>,
}

pub(crate) fn single(id: &str) -> Part<'_> {
    Part { id, series: id, kind: EventKind::Single, recurrence_id: None }
}

pub(crate) fn insert(part: Part<'_>, event: &Event) -> EventWrite {
    write(part, EventOp::Insert { kind: part.kind, event: Box::new(event.clone()), span: span_of(event) })
}

pub(crate) fn update(part: Part<'_>, expected: i64, event: &Event) -> EventWrite {
    let (kind, event, span) = (part.kind, Box::new(event.clone()), span_of(event));
    write(part, EventOp::Update { expected, kind, event, span })
}

pub(crate) fn delete(part: Part<'_>, expected: i64) -> EventWrite {
    write(part, EventOp::Delete { expected })
}

fn write(part: Part<'_>, op: EventOp) -> EventWrite {
    EventWrite {
        id: part.id.to_owned(),
        series_id: part.series.to_owned(),
        recurrence_id: part.recurrence_id,
        external_event_id: format!("ext-{}", part.id),
        op,
    }
}

/// The mapping of a row that both sides agree on.
pub(crate) fn mapping(part: Part<'_>, base_version: i64, event: &Event) -> MappingWrite {
    MappingWrite {
        external_event_id: format!("ext-{}", part.id),
        external_series_id: format!("ext-{}", part.series),
        recurrence_id: part.recurrence_id,
        event_id: Some(part.id.to_owned()),
        series_id: part.series.to_owned(),
        uid: event.uid.clone(),
        version: format!("etag-{base_version}"),
        base_version,
        base: None,
        raw: Some(br#"{"kind":"calendar#event"}"#.to_vec()),
        verdict: Verdict::Mirrored,
        reason: String::new(),
        status: MappingStatus::Synced,
        last_error: String::new(),
        span: Some(span_of(event)),
        ..MappingWrite::default()
    }
}

/// Mirrors events as they come in for the first time.
pub(crate) fn mirrored(events: &[(Part<'_>, Event)]) -> Writes {
    Writes {
        events: events.iter().map(|(part, event)| insert(*part, event)).collect(),
        mappings: events.iter().map(|(part, event)| mapping(*part, 1, event)).collect(),
        ..Writes::default()
    }
}

/// Claims the connection, commits, and finishes.
pub(crate) async fn commit_once(store: &Store, connection_id: &str, writes: &Writes, cursor: &str, now: Timestamp) {
    let mut claim = claim(store, connection_id, now).await.expect("the connection is due");
    let advance = advance(cursor);
    system(store).commit(&mut claim.lease, writes, &advance, now, &run_ref()).await.unwrap();
    let row = success(&claim, now);
    assert!(system(store).finish(&claim.lease, &row).await.unwrap());
}
