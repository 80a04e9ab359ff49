//! `POST /api/admin/calendar/jobs/run`

use axum::Json;
use axum::extract::State;

use super::JobsAnswer;
use crate::auth::Caller;
use crate::problem::Problem;
use crate::state::WebState;

/// Run what is due in the tenant
///
/// For admins and owners. Waits until everything that was due has run.
#[utoipa::path(post, path = "/api/admin/calendar/jobs/run", tag = "jobs",
    responses((status = 200, body = JobsAnswer), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn run_jobs(State(state): State<WebState>, caller: Caller) -> Result<Json<JobsAnswer>, Problem> {
    // The role first: a member learns nothing about switches.
    if !caller.scope().role.sees_tenant() {
        return Err(Problem::forbidden());
    }
    Ok(Json(state.engine.run_jobs(Some(caller.scope())).await?.into()))
}
