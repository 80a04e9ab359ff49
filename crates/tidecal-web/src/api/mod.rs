//! The JSON interface, one operation per file, and the list of its routes.

mod accounts;
mod calendars;
mod conflicts;
mod connections;
mod cron;
mod deeds;
pub(crate) mod events;
mod health;
mod held;
mod history;
mod jobs;
mod list;
pub(crate) mod oauth;
mod page;
mod plan;
mod providers;
mod session;
pub(crate) mod stream;
mod sync;
mod trust;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::WebState;

pub(crate) use list::List;

/// Operations that answer soon, or begin to.
pub(crate) fn routes() -> OpenApiRouter<WebState> {
    OpenApiRouter::new()
        .routes(routes!(session::create::create_session))
        .routes(routes!(session::get::get_session))
        .routes(routes!(session::delete::delete_session))
        .routes(routes!(health::get::get_health))
        .routes(routes!(health::resync::resync))
        .routes(routes!(sync::manual::manual_sync))
        .routes(routes!(providers::list::list_providers))
        .routes(routes!(oauth::start::start_oauth))
        .routes(routes!(oauth::callback::oauth_callback))
        .routes(routes!(accounts::list::list_accounts))
        .routes(routes!(accounts::get::get_account))
        .routes(routes!(accounts::delete::delete_account))
        .routes(routes!(accounts::disconnect::disconnect_account))
        .routes(routes!(accounts::create_caldav::create_caldav_account))
        .routes(routes!(accounts::list_calendars::list_account_calendars))
        .routes(routes!(connections::list::list_connections))
        .routes(routes!(connections::get::get_connection))
        .routes(routes!(connections::create::create_connection))
        .routes(routes!(connections::update::update_connection))
        .routes(routes!(connections::delete::delete_connection))
        .routes(routes!(connections::sync::sync_connection))
        .routes(routes!(connections::sync::resync_connection))
        .routes(routes!(connections::list_runs::list_runs))
        .routes(routes!(connections::list_events::list_connection_events))
        .routes(routes!(calendars::list::list_calendars))
        .routes(routes!(events::list::list_events))
        .routes(routes!(events::get::get_event))
        .routes(routes!(events::create::create_event))
        .routes(routes!(events::update::update_event))
        .routes(routes!(events::delete::delete_event))
        .routes(routes!(events::answer::answer_event))
        .routes(routes!(calendars::create::create_calendar))
        .routes(routes!(calendars::update::update_calendar))
        .routes(routes!(calendars::delete::delete_calendar))
        .routes(routes!(stream::listen::listen))
        .merge(trust::routes())
}

/// Operations that work as long as there is work.
pub(crate) fn long_routes() -> OpenApiRouter<WebState> {
    OpenApiRouter::new()
        .routes(routes!(cron::calendar_sync::calendar_sync))
        .routes(routes!(jobs::run::run_jobs))
        .merge(trust::long_routes())
}
