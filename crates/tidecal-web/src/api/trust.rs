//! Routes of what people check and decide: plan, conflicts, brakes, history.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{conflicts, held, history, plan};
use crate::state::WebState;

/// Operations that answer soon.
pub(super) fn routes() -> OpenApiRouter<WebState> {
    OpenApiRouter::new()
        .routes(routes!(conflicts::list::list_conflicts))
        .routes(routes!(conflicts::get::get_conflict))
        .routes(routes!(conflicts::resolve::resolve_conflict))
        .routes(routes!(conflicts::resolve::reset_conflict))
        .routes(routes!(held::list::list_held))
        .routes(routes!(held::decide::release_run))
        .routes(routes!(held::decide::discard_run))
        .routes(routes!(held::decide::release_event))
        .routes(routes!(held::decide::discard_event))
        .routes(routes!(history::journal::list_journal))
        .routes(routes!(history::audit::list_audit))
        .routes(routes!(history::notifications::list_notifications))
        .routes(routes!(history::notifications::read_notifications))
        .routes(routes!(history::why::why_event))
        .routes(routes!(history::why::why_external))
}

/// Operations that read a whole calendar, perhaps.
pub(super) fn long_routes() -> OpenApiRouter<WebState> {
    OpenApiRouter::new().routes(routes!(plan::get::get_plan, plan::get::try_plan))
}
