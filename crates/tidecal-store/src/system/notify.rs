//! What people and operators are told: notifications, audit log, job runs.

use jiff::Timestamp;

use crate::StoreError;
use crate::database::{Tx, to_millis, values};
use crate::ids::Ids;
use crate::scope::System;

/// A notification for one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNotification {
    /// Tenant.
    pub tenant_id: String,
    /// The person (`profiles.id`).
    pub profile_id: String,
    /// Connection it is about.
    pub connection_id: Option<String>,
    /// Stable word: `sync_disabled`, `reauth_required`, …
    pub kind: String,
    /// Names the change of state: the same key is told once.
    pub dedupe_key: String,
    /// One line.
    pub title: String,
    /// What to do next.
    pub body: String,
    /// Now.
    pub now: Timestamp,
}

/// An entry of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAudit {
    /// Tenant.
    pub tenant_id: String,
    /// Who did it; `None`: Tidecal itself.
    pub actor_id: Option<String>,
    /// Stable word: `account.connect`, `connection.delete`, …
    pub action: String,
    /// What it was done to: `account`, `connection`, …
    pub target_kind: String,
    /// Its id.
    pub target_id: String,
    /// JSON; no secrets.
    pub details: String,
    /// The request that asked for it.
    pub request_id: Option<String>,
    /// Now.
    pub now: Timestamp,
}

/// A finished run of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJobRun {
    /// Tenant; `None`: the whole deployment.
    pub tenant_id: Option<String>,
    /// Name of the job.
    pub job: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// `success` or `error`.
    pub outcome: String,
    /// JSON of its summary.
    pub summary: String,
}

impl System<'_> {
    /// Tells a person; `false` if that change of state was told already.
    ///
    /// # Errors
    /// What the database says.
    pub async fn insert_notification(&self, new: &NewNotification) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let told = tell(&mut tx, new).await?;
        tx.commit().await?;
        Ok(told)
    }

    /// Writes to the audit log.
    ///
    /// # Errors
    /// What the database says.
    pub async fn insert_audit(&self, new: &NewAudit) -> Result<(), StoreError> {
        let id = Ids::new(new.now)?.next();
        let values = values![
            id,
            &new.tenant_id,
            &new.actor_id,
            &new.action,
            &new.target_kind,
            &new.target_id,
            &new.details,
            &new.request_id,
            new.now,
        ];
        let mut tx = self.write().await?;
        tx.execute(
            "INSERT INTO audit_log \
                (id, tenant_id, actor_id, action, target_kind, target_id, details, request_id, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            values,
        )
        .await?;
        tx.commit().await
    }

    /// Records a run of a job; returns its id.
    ///
    /// # Errors
    /// What the database says.
    pub async fn insert_job_run(&self, new: &NewJobRun) -> Result<String, StoreError> {
        let id = Ids::new(new.finished_at)?.next();
        let values = values![
            &id,
            new.tenant_id.as_deref().unwrap_or(""),
            &new.job,
            to_millis(new.started_at),
            to_millis(new.finished_at),
            &new.outcome,
            &new.summary,
        ];
        let mut tx = self.write().await?;
        tx.execute(
            "INSERT INTO job_runs (id, tenant_id, job, started_at, finished_at, outcome, summary) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            values,
        )
        .await?;
        tx.commit().await?;
        Ok(id)
    }
}

/// Tells a person; `false` if that was told already.
pub(super) async fn tell(tx: &mut Tx, new: &NewNotification) -> Result<bool, StoreError> {
    let values = values![
        Ids::new(new.now)?.next(),
        &new.tenant_id,
        &new.profile_id,
        &new.connection_id,
        &new.kind,
        &new.dedupe_key,
        &new.title,
        &new.body,
        new.now,
    ];
    let told = tx
        .execute(
            "INSERT INTO notifications \
                (id, tenant_id, profile_id, connection_id, kind, dedupe_key, title, body, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (tenant_id, dedupe_key) DO NOTHING",
            values,
        )
        .await?;
    Ok(told > 0)
}
