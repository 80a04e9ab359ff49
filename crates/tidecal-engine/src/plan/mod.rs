//! What the next run of a connection would do, without doing it.
//!
//! The same run of the core is driven, with the vendor's real answers and the stored rows. Commits
//! are collected instead of carried out, and writes to the vendor are answered as it would confirm
//! them. No row changes but, where a token has to be renewed, the account's.
//!
//! Deliberately not here: what decides anything. A plan that decided for itself would be a second
//! opinion, not a forecast.

mod collect;
mod rehearse;

use tidecal_core::remote::FailureClass;
use tidecal_core::sync::{FieldChange, ReadingKind, Stats};
use tidecal_store::{ConnectionPatch, TenantScope};

use crate::{Engine, Gate, ServiceError};

/// Which side changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanSide {
    /// The local calendar.
    Here,
    /// The vendor's.
    There,
}

/// What happens to an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanAction {
    /// It comes into being.
    Create,
    /// It changes.
    Update,
    /// It goes.
    Delete,
    /// An invitation is answered.
    Answer,
}

impl PlanAction {
    /// The word in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Answer => "answer",
        }
    }
}

/// One event that would change.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedChange {
    /// On which side.
    pub side: PlanSide,
    /// What happens to it.
    pub action: PlanAction,
    /// Local event, if it is there already.
    pub event_id: Option<String>,
    /// Title as it is, or as it will be.
    pub title: String,
    /// Start, local text.
    pub start: String,
    /// Which occurrence of a series.
    pub recurrence_id: Option<String>,
    /// Fields with both values; empty for creations and deletions.
    pub fields: Vec<FieldChange>,
    /// People who would be mailed.
    pub mails: Vec<String>,
}

/// One event that would wait for a person, or stay out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedStop {
    /// Local event, if there is one.
    pub event_id: Option<String>,
    /// The vendor's id of the item.
    pub external_event_id: String,
    /// Title, if it is known.
    pub title: Option<String>,
    /// Verdict: `held`, `quarantined`, `conflicted`.
    pub verdict: &'static str,
    /// Why, and what to do; of a conflict: the fields.
    pub reason: String,
}

/// A forecast of the next run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Kind of the reading.
    pub kind: ReadingKind,
    /// The brake would stop the run before its harm: why.
    pub brake: Option<String>,
    /// Changes in the order of the run; at most [`MOST_LISTED`].
    pub changes: Vec<PlannedChange>,
    /// Changes beyond those that are listed.
    pub more_changes: u64,
    /// What waits for a person or cannot be written; at most [`MOST_LISTED`].
    pub stops: Vec<PlannedStop>,
    /// Events that a rule or the window keeps out.
    pub kept_out: u64,
    /// Counts as the run would report them.
    pub stats: Stats,
    /// Writes that the vendor would confirm.
    pub pushed: u64,
    /// Calls for this forecast: pages and fetches.
    pub calls_made: u64,
    /// Calls that the run would make: the same again, and its writes.
    pub calls_to_come: u64,
}

/// Most entries of a list; totals are told by the counts.
pub const MOST_LISTED: usize = 1_000;

impl Engine {
    /// What the next run of a connection would do; with `patch`, after that change of its settings.
    ///
    /// # Errors
    /// `Closed`, `NotAllowed`, `NotFound`, `Invalid` (settings), `RateLimited`, `Vendor`, `Store`.
    pub async fn plan(
        &self,
        scope: &TenantScope,
        connection_id: &str,
        patch: Option<&ConnectionPatch>,
    ) -> Result<Plan, ServiceError> {
        self.forecast(scope, connection_id, patch, false).await
    }

    /// What a resync of a connection would do: everything is read and compared.
    ///
    /// # Errors
    /// As [`Engine::plan`].
    pub async fn plan_resync(&self, scope: &TenantScope, connection_id: &str) -> Result<Plan, ServiceError> {
        self.forecast(scope, connection_id, None, true).await
    }

    async fn forecast(
        &self,
        scope: &TenantScope,
        connection_id: &str,
        patch: Option<&ConnectionPatch>,
        resync: bool,
    ) -> Result<Plan, ServiceError> {
        self.require_open(Gate::Sync)?;
        let known = self.store().tenant(scope).get_connection(connection_id).await?;
        if !self.gates().get().admits(&known.owner_id, &known.id) {
            return Err(ServiceError::NotAllowed);
        }
        let limited = known.failure_class.as_deref() == Some(FailureClass::RateLimited.as_str());
        if let Some(until) = known.backoff_until.filter(|until| limited && *until > self.now()) {
            return Err(ServiceError::RateLimited { until });
        }
        if let Some(patch) = patch {
            self.check_settings(&known, patch)?;
        }
        let mut claim = self.system().peek(connection_id, self.now()).await?;
        if resync {
            (claim.connection.sync_cursor, claim.connection.progress) = (None, None);
        }
        rehearse::rehearse(self, claim, patch).await
    }
}
