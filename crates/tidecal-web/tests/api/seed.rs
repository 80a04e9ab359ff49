//! Accounts, connections and events, put into the store as the engine would.

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use tidecal_core::model::{Attendee, Event, Person as Somebody, Provider};
use tidecal_core::remote::Cursor;
use tidecal_core::sync::{
    ConflictWrite, EventKind, EventOp, EventWrite, MappingStatus, MappingWrite, Span, Verdict, Writes,
};
use tidecal_ical::{Moment, Recurrence, RecurrenceId, When, Zone};
use tidecal_store::{
    Account, Advance, Claim, ClaimQuery, Connection, FinishRow, Hold, NewAccount, NewConnection, ProgressMove,
    RunOutcome, RunRecord, RunRef, RunStats, Secrets, SyncDirection, SystemScope, TenantScope,
};

use crate::app::{App, now};

/// Everything that a tenancy test needs the ids of.
pub(crate) struct Home {
    pub(crate) account: Account,
    pub(crate) connection: Connection,
    pub(crate) event_id: String,
    /// Empty, unless the home is a troubled one.
    pub(crate) conflict_id: String,
    /// Mapping of a held write; as above.
    pub(crate) held_id: String,
}

impl App {
    pub(crate) async fn account(&self, scope: &TenantScope, provider: Provider, subject: &str) -> Account {
        let new = NewAccount {
            provider,
            subject: subject.to_owned(),
            email: format!("{subject}@example.com"),
            name: "Ada".to_owned(),
            base_url: None,
            server_info: None,
            scopes: String::new(),
            secrets: Secrets { password: Some(SecretString::from("canary")), ..Secrets::default() },
            token_expiry: Some(now() + SignedDuration::from_hours(1)),
            reconnect: None,
        };
        self.store.tenant(scope).insert_or_reconnect_account(&new, self.tick()).await.unwrap().0
    }

    pub(crate) async fn connection(&self, scope: &TenantScope, account: &Account, name: &str) -> Connection {
        let new = NewConnection {
            account_id: account.id.clone(),
            external_calendar_id: name.to_lowercase(),
            name: name.to_owned(),
            calendar_color: Some("#3366cc".to_owned()),
            time_zone: Some("Europe/Vienna".to_owned()),
            read_only: false,
            calendar_id: None,
            sync_direction: SyncDirection::Inbound,
            sync_enabled: true,
        };
        self.store.tenant(scope).insert_connection(&new, self.tick()).await.unwrap()
    }

    /// A connected calendar with an event in it.
    pub(crate) async fn home(&self, scope: &TenantScope, name: &str) -> Home {
        let account = self.account(scope, Provider::Google, &name.to_lowercase()).await;
        let connection = self.connection(scope, &account, name).await;
        let event_id = format!("event-{}", name.to_lowercase());
        let review = Row::single(&event_id, timed(23, 9, "Europe/Vienna"), "Review");
        self.sync(&connection, &[review], |_| {}).await;
        Home { account, connection, event_id, conflict_id: String::new(), held_id: String::new() }
    }

    /// The same with a conflict and a held write.
    pub(crate) async fn troubled_home(&self, scope: &TenantScope, name: &str) -> Home {
        let home = self.home(scope, name).await;
        let held = Row { verdict: Verdict::Held, ..Row::single("held", timed(24, 9, "UTC"), "") };
        let event = Event { title: "Canary".to_owned(), ..Event::at(timed(23, 9, "UTC")) };
        let conflict = ConflictWrite {
            external_event_id: format!("ext-{}", home.event_id),
            recurrence_id: None,
            event_id: Some(home.event_id.clone()),
            fields: vec!["title".to_owned()],
            base: None,
            local: Some(Box::new(event.clone())),
            remote: Some(Box::new(event)),
        };
        let writes = Writes { conflicts: vec![conflict], ..writes(&[held]) };
        self.commit(&home.connection, &writes, |_| {}).await;
        let tenant = self.store.tenant(scope);
        let conflict = tenant.list_conflicts(true, None, None, 9).await.unwrap().pop().unwrap();
        let held = tenant.list_held_events(None, None, 9).await.unwrap().pop().unwrap();
        Home { conflict_id: conflict.id, held_id: held.mapping.id, ..home }
    }

    /// A run of the connection that brings these rows and ends as `change` says.
    pub(crate) async fn sync(&self, connection: &Connection, rows: &[Row], change: impl FnOnce(&mut FinishRow)) {
        self.commit(connection, &writes(rows), change).await;
    }

    async fn commit(&self, connection: &Connection, writes: &Writes, change: impl FnOnce(&mut FinishRow)) {
        let system = self.store.system(SystemScope::for_workers());
        let only = [connection.id.clone()];
        let query = ClaimQuery {
            now: now(),
            due_by: Timestamp::MAX,
            owner: "test",
            lease_for: SignedDuration::from_secs(60),
            limit: 1,
            only: Some(&only),
            tenant_id: None,
            listed: None,
        };
        let mut claim = system.claim_due(query).await.unwrap().pop().expect("the connection is due");
        let run = RunRef { id: format!("run-{}", self.next()), trigger: "manual".to_owned() };
        let advance = Advance { cursor: Some(Cursor("c1".to_owned())), ..Advance::default() };
        system.commit(&mut claim.lease, writes, &advance, now(), &run).await.unwrap();
        let mut row = success(&claim, run);
        change(&mut row);
        assert!(system.finish(&claim.lease, &row).await.unwrap());
    }
}

/// How a failed run ends.
pub(crate) fn failed(class: &str, error: &str, times: i64) -> impl FnOnce(&mut FinishRow) {
    let (class, error) = (class.to_owned(), error.to_owned());
    move |row| {
        row.outcome = RunOutcome::Error;
        (row.error_count, row.consecutive_failures) = (times, times);
        (row.failure_class, row.last_error) = (Some(class), Some(error));
        (row.last_synced_at, row.next_sync_at) = (None, Some(now() + SignedDuration::from_mins(5)));
    }
}

fn success(claim: &Claim, run: RunRef) -> FinishRow {
    FinishRow {
        now: now(),
        run,
        outcome: RunOutcome::Success,
        stats: RunStats { synced: 40, updated: 2, skipped: 1, deleted: 1, total: 43, pushed: 0 },
        duration_ms: 1234,
        error_count: 0,
        consecutive_failures: 0,
        failure_class: None,
        last_error: None,
        stopped_reason: None,
        backoff_until: None,
        next_sync_at: Some(now() + SignedDuration::from_mins(15)),
        last_synced_at: Some(now() - SignedDuration::from_mins(5)),
        last_polled_at: Some(now() - SignedDuration::from_mins(5)),
        events_synced: Some(42),
        sync_duration_ms: Some(1234),
        seen_poke_seq: claim.connection.poke_seq,
        hold: Hold::Keep,
        notified_state: None,
        record: Some(RunRecord { kind: "full", started_at: now() - SignedDuration::from_mins(6), pages: 1, calls: 2 }),
        cursor: None,
        progress: ProgressMove::Keep,
        local_cursor: None,
        recovered: None,
    }
}

/// A local row with its mapping.
#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) series: String,
    pub(crate) kind: EventKind,
    pub(crate) recurrence_id: Option<RecurrenceId>,
    pub(crate) event: Event,
    pub(crate) verdict: Verdict,
}

impl Row {
    pub(crate) fn single(id: &str, when: When, title: &str) -> Self {
        let event = Event { title: title.to_owned(), ..Event::at(when) };
        let (id, series) = (id.to_owned(), id.to_owned());
        Self { id, series, kind: EventKind::Single, recurrence_id: None, event, verdict: Verdict::Mirrored }
    }

    pub(crate) fn master(id: &str, when: When, title: &str, rule: &str) -> Self {
        let mut row = Self { kind: EventKind::Master, ..Self::single(id, when, title) };
        row.event.recurrence = Some(Recurrence { rules: vec![rule.to_owned()], ..Recurrence::default() });
        row
    }

    pub(crate) fn exception(id: &str, series: &str, slot: &str, when: When, title: &str) -> Self {
        let recurrence_id = Some(slot.parse().unwrap());
        Self { kind: EventKind::Override, series: series.to_owned(), recurrence_id, ..Self::single(id, when, title) }
    }

    /// Kept out of the local calendar.
    pub(crate) fn quarantined(id: &str) -> Self {
        Self { verdict: Verdict::Quarantined, ..Self::single(id, timed(23, 9, "UTC"), "") }
    }

    pub(crate) fn with_guests(mut self) -> Self {
        let guest = |email: &str| Attendee { email: email.to_owned(), ..Attendee::default() };
        self.event.attendees = vec![guest("ada@example.com"), guest("ben@example.com")];
        self.event.organizer = Some(Somebody { email: "ada@example.com".to_owned(), ..Somebody::default() });
        self
    }

    fn span(&self) -> Span {
        let (start, end) = self.event.when.span(&Zone::utc());
        Span { start, end, series_end: if self.event.recurrence.is_some() { None } else { Some(end) } }
    }

    fn write(&self) -> EventWrite {
        let event = Box::new(self.event.clone());
        EventWrite {
            id: self.id.clone(),
            series_id: self.series.clone(),
            recurrence_id: self.recurrence_id,
            external_event_id: format!("ext-{}", self.id),
            op: EventOp::Insert { kind: self.kind, event, span: self.span() },
        }
    }

    fn mapping(&self) -> MappingWrite {
        let mirrored = self.verdict == Verdict::Mirrored;
        MappingWrite {
            external_event_id: format!("ext-{}", self.id),
            external_series_id: format!("ext-{}", self.series),
            recurrence_id: self.recurrence_id,
            event_id: mirrored.then(|| self.id.clone()),
            series_id: self.series.clone(),
            uid: String::new(),
            version: "etag".to_owned(),
            base_version: i64::from(mirrored),
            base: None,
            raw: None,
            verdict: self.verdict,
            reason: if mirrored { String::new() } else { "DTEND is no date (line 41)".to_owned() },
            status: if mirrored { MappingStatus::Synced } else { MappingStatus::Failed },
            last_error: String::new(),
            span: Some(self.span()),
            ..MappingWrite::default()
        }
    }
}

fn writes(rows: &[Row]) -> Writes {
    let mirrored = rows.iter().filter(|row| row.verdict == Verdict::Mirrored);
    Writes {
        events: mirrored.map(Row::write).collect(),
        mappings: rows.iter().map(Row::mapping).collect(),
        ..Writes::default()
    }
}

/// An hour of that day in November 2026.
pub(crate) fn timed(day: i8, hour: i8, zone: &str) -> When {
    let moment = |hour| Moment::zoned(date(2026, 11, day).at(hour, 0, 0, 0), Zone::iana(zone).unwrap());
    When::Timed { start: moment(hour), end: moment(hour + 1) }
}

/// Whole days in November 2026.
pub(crate) fn days(first: i8, after: i8) -> When {
    When::AllDay { start: date(2026, 11, first), end: date(2026, 11, after) }
}
