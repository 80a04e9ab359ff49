//! `GET /api/calendar/connections/{id}/plan`, and `POST` with settings to try.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tidecal_engine::{Plan, PlanAction, PlanSide, PlannedChange, PlannedStop};
use tidecal_store::{ConnectionPatch, TenantScope};
use utoipa::{IntoParams, ToSchema};

use crate::api::connections::update::UpdateConnection;
use crate::auth::Caller;
use crate::input::{Body, Id, Params};
use crate::problem::Problem;
use crate::state::WebState;

/// A forecast of the next sync.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Plan)]
pub(crate) struct PlanOut {
    /// `full`, `delta` or `comparison`.
    kind: &'static str,
    /// The brake would hold the sync: why.
    brake: Option<String>,
    counts: PlanCounts,
    /// In their order, at most a thousand.
    changes: Vec<PlannedChangeOut>,
    /// What waits for a person, or would be refused.
    stops: Vec<PlannedStopOut>,
    /// Everybody who would be mailed.
    mails: Vec<String>,
    /// Calls to the vendor for this forecast.
    calls_made: u64,
    /// Calls to the vendor that the sync would make.
    calls_to_come: u64,
}

/// How many events change on which side, of those that are listed, and how many more there are.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PlanCounts {
    created_here: u64,
    changed_here: u64,
    deleted_here: u64,
    created_there: u64,
    changed_there: u64,
    deleted_there: u64,
    more: u64,
    /// Kept out by a rule or the window.
    kept_out: u64,
}

/// One event that would change.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PlannedChange)]
pub(crate) struct PlannedChangeOut {
    /// `here` (the local calendar) or `there` (the vendor's).
    side: &'static str,
    /// `create`, `update`, `delete` or `answer`.
    action: &'static str,
    event_id: Option<String>,
    title: String,
    /// Local text: a date, or date and time.
    start: String,
    recurrence_id: Option<String>,
    fields: Vec<PlannedField>,
    /// People who would be mailed.
    mails: Vec<String>,
}

/// A field with both values.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlannedField {
    field: &'static str,
    #[schema(value_type = Object)]
    before: Value,
    #[schema(value_type = Object)]
    after: Value,
}

/// One event that waits for a person, or that the vendor would refuse.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PlannedStop)]
pub(crate) struct PlannedStopOut {
    event_id: Option<String>,
    external_event_id: String,
    title: Option<String>,
    /// `held`, `quarantined` or `conflicted`.
    verdict: &'static str,
    reason: String,
}

impl From<Plan> for PlanOut {
    fn from(plan: Plan) -> Self {
        let mut counts = PlanCounts { more: plan.more_changes, kept_out: plan.kept_out, ..PlanCounts::default() };
        plan.changes.iter().for_each(|change| counts.add(change));
        let mut mails: Vec<String> = plan.changes.iter().flat_map(|change| change.mails.clone()).collect();
        mails.sort_unstable();
        mails.dedup();
        Self {
            kind: plan.kind.as_str(),
            brake: plan.brake,
            counts,
            changes: plan.changes.into_iter().map(PlannedChangeOut::from).collect(),
            stops: plan.stops.into_iter().map(PlannedStopOut::from).collect(),
            mails,
            calls_made: plan.calls_made,
            calls_to_come: plan.calls_to_come,
        }
    }
}

impl PlanCounts {
    fn add(&mut self, change: &PlannedChange) {
        let count = match (change.side, change.action) {
            (PlanSide::Here, PlanAction::Create) => &mut self.created_here,
            (PlanSide::Here, PlanAction::Update | PlanAction::Answer) => &mut self.changed_here,
            (PlanSide::Here, PlanAction::Delete) => &mut self.deleted_here,
            (PlanSide::There, PlanAction::Create) => &mut self.created_there,
            (PlanSide::There, PlanAction::Update | PlanAction::Answer) => &mut self.changed_there,
            (PlanSide::There, PlanAction::Delete) => &mut self.deleted_there,
        };
        *count += 1;
    }
}

impl From<PlannedChange> for PlannedChangeOut {
    fn from(change: PlannedChange) -> Self {
        let fields = change.fields.into_iter();
        Self {
            side: if change.side == PlanSide::Here { "here" } else { "there" },
            action: change.action.as_str(),
            event_id: change.event_id,
            title: change.title,
            start: change.start,
            recurrence_id: change.recurrence_id,
            fields: fields
                .map(|it| PlannedField { field: it.field.as_str(), before: it.before, after: it.after })
                .collect(),
            mails: change.mails,
        }
    }
}

impl From<PlannedStop> for PlannedStopOut {
    fn from(stop: PlannedStop) -> Self {
        Self {
            event_id: stop.event_id,
            external_event_id: stop.external_event_id,
            title: stop.title,
            verdict: stop.verdict,
            reason: stop.reason,
        }
    }
}

/// Of which sync.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PlanQuery {
    /// `true`: of a resync, which reads and compares everything.
    resync: Option<String>,
}

/// What the next sync would do
///
/// Reads the vendor and the database, and changes nothing. A sync of an unchanged calendar does
/// exactly this.
#[utoipa::path(get, path = "/api/calendar/connections/{id}/plan", tag = "plan",
    params(("id" = String, Path), PlanQuery),
    responses((status = 200, body = PlanOut), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem),
        (status = 429, body = Problem)))]
pub(crate) async fn get_plan(
    State(state): State<WebState>,
    caller: Caller,
    Id(id): Id,
    Params(query): Params<PlanQuery>,
) -> Result<Json<PlanOut>, Problem> {
    match query.resync.as_deref() {
        None | Some("false") => planned(&state, &caller, &id, None).await,
        Some("true") => {
            let scope = readable(&state, &caller, &id).await?;
            Ok(Json(state.engine.plan_resync(&scope, &id).await?.into()))
        }
        Some(_) => Err(Problem::field("resync", "must be true or false")),
    }
}

/// What a sync would do after a change of settings
///
/// The body is that of changing the connection; nothing is changed.
#[utoipa::path(post, path = "/api/calendar/connections/{id}/plan", tag = "plan", params(("id" = String, Path)),
    request_body = UpdateConnection,
    responses((status = 200, body = PlanOut), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn try_plan(
    State(state): State<WebState>,
    caller: Caller,
    Id(id): Id,
    Body(request): Body<UpdateConnection>,
) -> Result<Json<PlanOut>, Problem> {
    planned(&state, &caller, &id, Some(&request.checked()?)).await
}

/// What is in a calendar is its owner's business, and no administrator's.
async fn readable(state: &WebState, caller: &Caller, id: &str) -> Result<TenantScope, Problem> {
    let scope = caller.own_scope();
    crate::api::connections::usable(&state.tenant(&scope).get_connection(id).await?)?;
    Ok(scope)
}

async fn planned(
    state: &WebState,
    caller: &Caller,
    id: &str,
    patch: Option<&ConnectionPatch>,
) -> Result<Json<PlanOut>, Problem> {
    let scope = readable(state, caller, id).await?;
    Ok(Json(state.engine.plan(&scope, id, patch).await?.into()))
}
