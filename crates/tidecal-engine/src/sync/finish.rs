//! What a run leaves behind in its connection: counters, times, words, and news to its owner.

use jiff::{SignedDuration, Timestamp};
use tidecal_core::policy::{Counters, FailedRun, after_failure, next_sync_after};
use tidecal_core::remote::Failure;
use tidecal_core::sync::{Finish, Outcome, Stats};
use tidecal_store::{AccountStatus, Claim, FinishRow, RunRef, RunRow, StoreError};

use super::drive::RunReport;
use crate::notices::{self, Notice};
use crate::{Engine, RunNews, RunPhase};

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
        Outcome::Held(reason) => (ended.held(reason), Some(held_message(reason))),
        Outcome::Failed(failure) => {
            let failed = ended.judge(failure);
            ended.log(failure, &failed);
            ended.after_account_failure(&failed).await;
            let error = Some(failed.last_error.clone());
            (ended.failure(failure, &failed), error)
        }
    };
    if let Err(store_error) = engine.system().finish(&claim.lease, &row, ended.now).await {
        ended.could_not_finish(&store_error);
    }
    ended.count();
    ended.news(error.clone());
    ended.report(error)
}

fn held_message(reason: &str) -> String {
    format!("Held for you to decide: {reason}. Release it if that is right, or check the calendar first.")
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
        let own = self.claim.connection.sync_interval_minutes.map(SignedDuration::from_mins);
        own.unwrap_or(self.engine.config().interval)
    }

    /// What every end has in common.
    fn row(&self, outcome: &'static str) -> FinishRow {
        let stats = self.stats();
        let duration = self.now.duration_since(self.started).as_millis();
        FinishRow {
            next_sync_at: next_sync_after(self.now, self.interval(), self.engine.random().fraction()),
            seen_poke_seq: self.claim.connection.poke_seq,
            last_polled_at: Some(self.now),
            run: RunRow {
                id: self.run.id.clone(),
                kind: self.finish.kind,
                outcome,
                started_at: self.started,
                finished_at: self.now,
                stats,
                removals: self.finish.removals,
                pages: self.finish.pages,
                duration_ms: i64::try_from(duration).unwrap_or(i64::MAX),
                error: None,
            },
            ..FinishRow::default()
        }
    }

    fn success(&self) -> FinishRow {
        FinishRow {
            last_synced_at: Some(self.now),
            cursor: self.finish.cursor.clone().map(tidecal_core::remote::Cursor),
            reading_over: true,
            ..self.row("success")
        }
    }

    fn held(&self, reason: &str) -> FinishRow {
        let connection = &self.claim.connection;
        let mut row = self.row("held");
        row.error_count = connection.error_count;
        row.consecutive_failures = connection.consecutive_failures;
        row.held_reason = Some(reason.to_owned());
        row.run.error = Some(held_message(reason));
        if connection.held_reason.is_none() {
            row.notice = Some(notices::new(&Notice::Held { reason }, connection));
        }
        row
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
        let connection = &self.claim.connection;
        let mut row = self.row("error");
        row.error_count = i64::from(failed.counters.error_count);
        row.consecutive_failures = i64::from(failed.counters.consecutive_failures);
        row.backoff_until = failed.backoff_until;
        row.stopped_reason.clone_from(&failed.stopped_reason);
        row.last_error = Some(failed.last_error.clone());
        row.failure_class = Some(failure.class.as_str());
        row.run.error = Some(failed.last_error.clone());
        if failed.notify {
            row.notice = Some(notices::new(&Notice::Failed { failed }, connection));
        }
        row
    }

    /// A dead grant is the account's state: all its connections stop until somebody reconnects.
    async fn after_account_failure(&self, failed: &FailedRun) {
        if !failed.reauth_required {
            return;
        }
        let (account, status) = (&self.claim.account, AccountStatus::ReauthRequired);
        let marked = self.engine.system().mark_account(account, status, &failed.last_error, self.now).await;
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
        RunReport {
            connection_id: connection.id.clone(),
            provider: connection.provider,
            stats: self.stats(),
            error,
        }
    }
}
