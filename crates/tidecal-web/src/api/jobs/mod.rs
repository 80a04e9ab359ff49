//! The job runner.

pub(crate) mod run;

use serde::Serialize;
use tidecal_engine::JobSummary;
use utoipa::ToSchema;

use crate::times::Seconds;

/// What the job runner did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobsAnswer {
    summary: JobSummaryOut,
}

/// In the spelling of the runbook.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JobSummary)]
pub(crate) struct JobSummaryOut {
    connections_processed: u64,
    connections_succeeded: u64,
    connections_failed: u64,
    errors: Vec<JobErrorOut>,
    started_at: Seconds,
    finished_at: Seconds,
    /// Milliseconds.
    duration_ms: i64,
}

/// One failed run.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JobError)]
pub(crate) struct JobErrorOut {
    connection_id: String,
    provider: &'static str,
    error: String,
}

impl From<JobSummary> for JobsAnswer {
    fn from(summary: JobSummary) -> Self {
        let took = summary.finished_at.duration_since(summary.started_at).as_millis();
        let errors = summary.errors.into_iter().map(|error| JobErrorOut {
            connection_id: error.connection_id,
            provider: error.provider.as_str(),
            error: error.error,
        });
        Self {
            summary: JobSummaryOut {
                connections_processed: summary.connections_processed,
                connections_succeeded: summary.connections_succeeded,
                connections_failed: summary.connections_failed,
                errors: errors.collect(),
                started_at: Seconds(summary.started_at),
                finished_at: Seconds(summary.finished_at),
                duration_ms: i64::try_from(took).unwrap_or(i64::MAX),
            },
        }
    }
}
