//! Conflicts as people look at them and settle them.
//!
//! A resolution is one transaction: the local event as the person wants it, the mapping armed with
//! the vendor's version that the person saw, the conflict closed. What goes out is guarded by that
//! version, so that a third edit makes a new conflict and is never overwritten.
//!
//! Deliberately not here: what makes a conflict; that is the core's decision.

mod holds;
mod resolution;

use std::collections::BTreeMap;

use serde_json::json;
use tidecal_core::model::Event;
use tidecal_core::sync::{Field, Side, differing};
use tidecal_ical::Zone;
use tidecal_store::{ConflictChoice, ConflictDetail, ConflictRow, Deed, SeriesRow, StoreError, Tenant, TenantScope};

use crate::{Engine, ServiceError};

/// A conflict with the local event as it is now.
#[derive(Clone, Debug)]
pub struct ConflictView {
    /// As it was noted.
    pub detail: ConflictDetail,
    /// The local side at present; `None`: deleted.
    pub local: Option<Event>,
    /// Fields in which the two sides differ, whether both changed them or not; empty if a side was
    /// deleted.
    pub differing: Vec<Field>,
    /// Its local row, deleted or not.
    row: Option<SeriesRow>,
}

/// How a person settles a conflict.
#[derive(Clone, Debug)]
pub struct Resolve {
    /// Which side.
    pub choice: ConflictChoice,
    /// With [`ConflictChoice::Fields`]: the side of each field that both changed, and of others at will.
    pub fields: BTreeMap<Field, Side>,
    /// Version of the local event that the person saw; `None`: any.
    pub local_version: Option<i64>,
    /// Guests may be mailed about it.
    pub notify: bool,
    /// The request, for the audit log.
    pub request_id: Option<String>,
}

impl Engine {
    /// One conflict.
    ///
    /// # Errors
    /// `NotFound`, `Store`.
    pub async fn get_conflict(&self, scope: &TenantScope, id: &str) -> Result<ConflictView, ServiceError> {
        view(&self.store().tenant(scope), id).await
    }

    /// Settles a conflict. The connection is due at once.
    ///
    /// # Errors
    /// `NotFound`, `Invalid`, `Store` (`EventsMoved`: the event is not the one that the person saw).
    pub async fn resolve_conflict(
        &self,
        scope: &TenantScope,
        id: &str,
        resolve: &Resolve,
    ) -> Result<ConflictRow, ServiceError> {
        let tenant = self.store().tenant(scope);
        let view = view(&tenant, id).await?;
        if let Some(seen) = resolve.local_version
            && view.detail.local_version != Some(seen)
        {
            let ids = view.detail.row.event_id.iter().cloned().collect();
            return Err(StoreError::EventsMoved { ids }.into());
        }
        let calendar = tenant.get_calendar(&view.detail.calendar_id).await?;
        let zone = calendar.time_zone.as_deref().and_then(Zone::iana).unwrap_or_else(Zone::utc);
        let resolution = resolution::of(&view, resolve, &zone, &mut self.new_ids())?;
        let row = tenant.resolve_conflict(id, &resolution, self.now()).await?;
        let fields: BTreeMap<&str, &str> = resolve.fields.iter().map(|(it, side)| (it.as_str(), word(*side))).collect();
        let details = json!({
            "connectionId": row.connection_id, "eventId": row.event_id, "choice": resolve.choice.as_str(),
            "fields": fields, "notify": resolve.notify,
        });
        self.note_deed(&tenant, "conflict.resolve", id, &details, resolve.request_id.clone()).await?;
        self.wake();
        Ok(row)
    }

    /// Closes a conflict without a decision: both sides are read and decided anew, at once.
    ///
    /// # Errors
    /// `NotFound`, `Store`.
    pub async fn reset_conflict(
        &self,
        scope: &TenantScope,
        id: &str,
        request_id: Option<String>,
    ) -> Result<ConflictRow, ServiceError> {
        let tenant = self.store().tenant(scope);
        let row = tenant.reset_conflict(id, self.now()).await?;
        let details = json!({"connectionId": row.connection_id, "eventId": row.event_id});
        self.note_deed(&tenant, "conflict.reset", id, &details, request_id).await?;
        self.wake();
        Ok(row)
    }

    async fn note_deed(
        &self,
        tenant: &Tenant<'_>,
        action: &str,
        id: &str,
        details: &serde_json::Value,
        request_id: Option<String>,
    ) -> Result<(), StoreError> {
        let deed = Deed {
            action: action.to_owned(),
            target_kind: "conflict".to_owned(),
            target_id: id.to_owned(),
            details: details.to_string(),
            request_id,
        };
        tenant.insert_audit(&deed, self.now()).await
    }
}

fn word(side: Side) -> &'static str {
    match side {
        Side::Local => "local",
        Side::Remote => "remote",
    }
}

async fn view(tenant: &Tenant<'_>, id: &str) -> Result<ConflictView, ServiceError> {
    let detail = tenant.get_conflict(id).await?;
    let rows = match tenant.get_series_by_id(&detail.series_id).await {
        Err(StoreError::NotFound(_)) => Vec::new(),
        other => other?.rows,
    };
    let row = rows.into_iter().find(|row| Some(&row.row.id) == detail.row.event_id.as_ref());
    let live = row.as_ref().filter(|row| !row.deleted).map(|row| row.row.event.clone());
    // A conflict that is over shows what it was about.
    let local = if detail.row.open { live } else { detail.local.clone() };
    let differing = match (&local, &detail.remote) {
        (Some(local), Some(remote)) => differing(local, remote),
        _ => Vec::new(),
    };
    Ok(ConflictView { detail, local, differing, row })
}
