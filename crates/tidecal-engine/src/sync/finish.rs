//! What a run leaves behind in its connection: counters, times, words, and news to its owner.

use jiff::{SignedDuration, Timestamp};
use tidecal_core::policy::{Counters, FailedRun, after_failure, next_sync_after};
use tidecal_core::remote::{Cursor, Failure};
use tidecal_core::sync::{Finish, Outcome, ReadingKind, Stats};
use tidecal_store::{
    AccountStatus, Claim, FinishRow, Hold, ProgressMove, RunOutcome, RunRecord, RunRef, RunStats, StoreError,
};

use super::drive::RunReport;
use super::outage;
use crate::notices::{self, Notice};
use crate::{Engine, RunNews, RunPhase};

/// How often, a second apart, the end of a run is written while the database is away.
const FINISH_ATTEMPTS: u32 = 10;

/// Writes the end of a run, tells whoever listens, and reports to whoever asked.
pub(super) async fn finish(
    engine: &Engine,
    claim: &Claim,
    run: &RunRef,
    started: Timestamp,
    finish: Finish,
) -> RunReport {
    let ended = Ended { engine, claim, run, started, now: engine.now(), finish };
    let (row, error) = match &ended.finish.outcome {
        Outcome::Done => (ended.success(), None),
        Outcome::Held(reason) => {
            ended.tell_owner(&Notice::Held { reason }).await;
            (ended.held(reason), Some(held_message(reason)))
        }
        Outcome::Failed(failure) => {
            let failed = ended.judge(failure);
            ended.log(failure, &failed);
            ended.after_account_failure(&failed).await;
            if failed.notify {
                ended.tell_owner(&Notice::Failed { failed: &failed }).await;
            }
            (ended.failure(failure, &failed), Some(failed.last_error))
        }
    };
    if let Err(store_error) = finish_in_time(engine, claim, &row).await {
        ended.could_not_finish(&store_error);
    }
    outage::report(engine, claim, &ended.finish.outcome).await;
    ended.count();
    ended.news(error.clone());
    ended.report(error)
}

/// More than once if the database is away for a moment: an end that is not written down would keep
/// the connection from everybody until its lease has run out.
async fn finish_in_time(engine: &Engine, claim: &Claim, row: &FinishRow) -> Result<bool, StoreError> {
    let mut attempt = 1;
    loop {
        match engine.system().finish(&claim.lease, row).await {
            Err(error) if error.is_transient() && attempt < FINISH_ATTEMPTS => attempt += 1,
            other => return other,
        }
        engine.clock().sleep(SignedDuration::from_secs(1)).await;
    }
}

/// Gives the connection back as it is, due at once: the run says nothing about it.
pub(super) async fn stop(engine: &Engine, claim: &Claim, run: &RunRef) {
    let now = engine.now();
    let finish = Finish {
        outcome: Outcome::Done,
        stats: Stats::default(),
        kind: ReadingKind::Delta,
        pages: 0,
        removals: 0,
        cursor: None,
        local_cursor: None,
        pushed: 0,
    };
    let ended = Ended { engine, claim, run, started: now, now, finish };
    let row = FinishRow {
        next_sync_at: Some(now),
        last_polled_at: None,
        seen_poke_seq: -1, // A request that was not answered stays.
        record: None,
        ..ended.row(RunOutcome::Stopped)
    };
    if let Err(error) = engine.system().finish(&claim.lease, &row).await {
        ended.could_not_finish(&error);
    }
}

fn held_message(reason: &str) -> String {
    format!("Held for you to decide: {reason}. Release it if that is right, or check the calendar first.")
}

fn int(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

struct Ended<'a> {
    engine: &'a Engine,
    claim: &'a Claim,
    run: &'a RunRef,
    started: Timestamp,
    now: Timestamp,
    finish: Finish,
}

impl Ended<'_> {
    fn stats(&self) -> Stats {
        self.finish.stats
    }

    fn interval(&self) -> SignedDuration {
        let (connection, stats) = (&self.claim.connection, self.stats());
        if let Some(own) = connection.sync_interval_minutes {
            return SignedDuration::from_mins(own);
        }
        let changed = if stats.synced + stats.updated > 0 { Some(self.now) } else { connection.last_changed_at };
        self.engine.config().polling.interval_for(changed, self.now)
    }

    /// What every end has in common: the counters as they were, due again after an interval.
    fn row(&self, outcome: RunOutcome) -> FinishRow {
        let (connection, stats) = (&self.claim.connection, self.stats());
        let duration_ms = i64::try_from(self.now.duration_since(self.started).as_millis()).unwrap_or(i64::MAX);
        FinishRow {
            now: self.now,
            run: self.run.clone(),
            outcome,
            stats: RunStats {
                synced: int(stats.synced),
                updated: int(stats.updated),
                skipped: int(stats.skipped),
                deleted: int(stats.deleted),
                total: int(stats.total()),
                pushed: int(self.finish.pushed),
            },
            duration_ms,
            error_count: connection.error_count,
            consecutive_failures: connection.consecutive_failures,
            failure_class: None,
            last_error: None,
            stopped_reason: None,
            backoff_until: None,
            next_sync_at: Some(next_sync_after(self.now, self.interval(), self.engine.random().fraction())),
            last_synced_at: None,
            last_polled_at: Some(self.now),
            events_synced: None,
            sync_duration_ms: None,
            seen_poke_seq: connection.poke_seq,
            hold: Hold::Keep,
            notified_state: None,
            record: self.record(),
            cursor: None,
            progress: ProgressMove::Keep,
            local_cursor: None,
            recovered: None,
        }
    }

    /// A run that changed nothing and that nobody asked for leaves no record.
    fn record(&self) -> Option<RunRecord> {
        let stats = self.stats();
        let did_something = stats.synced + stats.updated > 0 || self.finish.outcome != Outcome::Done;
        let worth_it = did_something || self.run.trigger != "schedule" || self.finish.kind != ReadingKind::Delta;
        worth_it.then(|| RunRecord {
            kind: self.finish.kind.as_str(),
            started_at: self.started,
            pages: int(self.finish.pages),
            calls: int(self.finish.pages),
        })
    }

    fn success(&self) -> FinishRow {
        let stats = self.stats();
        let row = self.row(RunOutcome::Success);
        FinishRow {
            error_count: 0,
            consecutive_failures: 0,
            last_synced_at: Some(self.now),
            events_synced: Some(int(stats.synced + stats.updated)),
            sync_duration_ms: Some(row.duration_ms),
            hold: if self.was_held() { Hold::Clear } else { Hold::Keep },
            cursor: self.finish.cursor.clone().map(Cursor),
            local_cursor: self.finish.local_cursor,
            recovered: self.claim.connection.restored_at.filter(|_| self.finish.kind != ReadingKind::Range),
            progress: if self.finish.kind == ReadingKind::Delta { ProgressMove::Keep } else { ProgressMove::Clear },
            ..row
        }
    }

    fn was_held(&self) -> bool {
        let connection = &self.claim.connection;
        connection.held_reason.is_some() || connection.released_at.is_some()
    }

    fn held(&self, reason: &str) -> FinishRow {
        let hold = Hold::Set { reason: reason.to_owned(), deletions: int(self.finish.removals) };
        // A reading that was carried through to its end is not made again while a person thinks.
        let cursor = self.finish.cursor.clone().map(Cursor);
        let over = cursor.is_some() && self.finish.kind != ReadingKind::Delta;
        let progress = if over { ProgressMove::Clear } else { ProgressMove::Keep };
        FinishRow { hold, cursor, progress, ..self.row(RunOutcome::Stopped) }
    }

    fn judge(&self, failure: &Failure) -> FailedRun {
        let connection = &self.claim.connection;
        let small = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
        let before = Counters {
            error_count: small(connection.error_count),
            consecutive_failures: small(connection.consecutive_failures),
        };
        after_failure(before, failure, self.now, self.engine.random().fraction())
    }

    fn failure(&self, failure: &Failure, failed: &FailedRun) -> FinishRow {
        FinishRow {
            error_count: i64::from(failed.counters.error_count),
            consecutive_failures: i64::from(failed.counters.consecutive_failures),
            failure_class: Some(failure.class.as_str().to_owned()),
            last_error: Some(failed.last_error.clone()),
            stopped_reason: failed.stopped_reason.clone(),
            backoff_until: failed.backoff_until,
            ..self.row(RunOutcome::Error)
        }
    }

    async fn tell_owner(&self, notice: &Notice<'_>) {
        let notification = notices::new(notice, self.claim, self.now);
        if let Err(error) = self.engine.tell_person(&notification).await {
            self.could_not_finish(&error);
        }
    }

    /// A dead grant is the account's state: all its connections stop until somebody reconnects.
    async fn after_account_failure(&self, failed: &FailedRun) {
        if !failed.reauth_required {
            return;
        }
        let (account, status) = (&self.claim.account, AccountStatus::ReauthRequired);
        let (version, words) = (account.credentials_version, Some(failed.last_error.as_str()));
        let system = self.engine.system();
        let marked = system.mark_account(&account.tenant_id, &account.id, version, status, words, self.now).await;
        if let Err(error) = marked {
            self.could_not_finish(&error);
        }
    }

    fn log(&self, failure: &Failure, failed: &FailedRun) {
        let connection = &self.claim.connection;
        tracing::error!(
            category = "calendar_sync",
            error_code = failure.class.as_str(),
            connection_id = %connection.id,
            provider_id = %connection.owner_id,
            tenant_id = %connection.tenant_id,
            provider = %connection.provider,
            run_id = %self.run.id,
            job = "calendar-sync",
            http_status = failure.http_status,
            vendor_code = failure.vendor_code.as_deref(),
            consecutive_failures = failed.counters.consecutive_failures,
            alert = failed.counters.consecutive_failures > 3,
            "{}",
            failed.last_error
        );
    }

    fn could_not_finish(&self, error: &StoreError) {
        // The lease runs out and the connection is claimed again: nothing is lost but the words.
        let connection_id = &self.claim.connection.id;
        tracing::error!(category = "calendar_sync", error_code = "database", %connection_id, %error, "cannot finish a run");
    }

    fn count(&self) {
        let outcome = match self.finish.outcome {
            Outcome::Done => "success",
            Outcome::Held(_) => "held",
            Outcome::Failed(_) => "error",
        };
        let provider = self.claim.connection.provider.as_str();
        metrics::counter!("tidecal_sync_runs_total", "provider" => provider, "outcome" => outcome).increment(1);
        let seconds = self.now.duration_since(self.started).as_secs_f64();
        metrics::histogram!("tidecal_sync_run_seconds", "provider" => provider).record(seconds);
        let stats = self.stats();
        for (what, count) in [("synced", stats.synced), ("updated", stats.updated), ("skipped", stats.skipped)] {
            metrics::counter!("tidecal_sync_events_total", "provider" => provider, "what" => what).increment(count);
        }
    }

    fn news(&self, message: Option<String>) {
        let connection = &self.claim.connection;
        self.engine.live().tell(RunNews {
            tenant_id: connection.tenant_id.clone(),
            user_id: connection.owner_id.clone(),
            connection_id: connection.id.clone(),
            run_id: self.run.id.clone(),
            phase: if message.is_none() { RunPhase::Finished } else { RunPhase::Failed },
            stats: self.stats(),
            seen: self.stats().total(),
            message,
        });
    }

    fn report(&self, error: Option<String>) -> RunReport {
        let connection = &self.claim.connection;
        RunReport { connection_id: connection.id.clone(), provider: connection.provider, error }
    }
}
