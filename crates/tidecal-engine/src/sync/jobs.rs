//! The job runner for outside callers: cron, operators, administrators (requirements R5.1, R5.2).

use jiff::Timestamp;
use tidecal_core::model::Provider;
use tidecal_store::{NewJobRun, TenantScope};

use super::claims::Wanted;
use crate::{Engine, Gate, ServiceError};

/// What one call of the job runner did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobSummary {
    /// Runs that were made.
    pub connections_processed: u64,
    /// Of these, without an error.
    pub connections_succeeded: u64,
    /// Of these, with one.
    pub connections_failed: u64,
    /// The errors.
    pub errors: Vec<JobError>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
}

/// One failed run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobError {
    /// Which connection.
    pub connection_id: String,
    /// Its vendor.
    pub provider: Provider,
    /// Why, for people.
    pub error: String,
}

/// Claims of one round; rounds go on until nothing is due.
const ROUND: i64 = 100;

impl Engine {
    /// Runs everything that is due, of one tenant or of all, and waits for it.
    ///
    /// # Errors
    /// `Closed`, `Forbidden` (a member), `Store`.
    pub async fn run_jobs(&self, scope: Option<&TenantScope>) -> Result<JobSummary, ServiceError> {
        self.require_open(Gate::Jobs)?;
        self.require_open(Gate::Sync)?;
        if scope.is_some_and(|scope| !scope.role.sees_tenant()) {
            return Err(ServiceError::Forbidden);
        }
        let started_at = self.now();
        let tenant_id = scope.map(|scope| scope.tenant_id.clone());
        // Fixed at the start: what becomes due meanwhile is for the next call.
        let due_by = self.due_when_asked();
        let mut reports = Vec::new();
        loop {
            let wanted = Wanted { only: None, tenant_id: tenant_id.clone(), due_by, limit: ROUND };
            let claims = self.claim(wanted).await?;
            if claims.is_empty() {
                break;
            }
            reports.extend(self.drive_all(claims).await);
        }
        let errors: Vec<JobError> = reports
            .iter()
            .filter_map(|report| {
                let error = report.error.clone()?;
                Some(JobError { connection_id: report.connection_id.clone(), provider: report.provider, error })
            })
            .collect();
        let failed = errors.len() as u64;
        let summary = JobSummary {
            connections_processed: reports.len() as u64,
            connections_succeeded: reports.len() as u64 - failed,
            connections_failed: failed,
            errors,
            started_at,
            finished_at: self.now(),
        };
        self.record(&summary, tenant_id).await?;
        Ok(summary)
    }

    async fn record(&self, summary: &JobSummary, tenant_id: Option<String>) -> Result<(), ServiceError> {
        let row = NewJobRun {
            tenant_id,
            job: "calendar-sync".to_owned(),
            started_at: summary.started_at,
            finished_at: summary.finished_at,
            outcome: if summary.connections_failed == 0 { "success" } else { "error" }.to_owned(),
            summary: format!(
                r#"{{"connections_processed":{},"connections_failed":{}}}"#,
                summary.connections_processed, summary.connections_failed
            ),
        };
        self.system().insert_job_run(&row).await?;
        Ok(())
    }
}
