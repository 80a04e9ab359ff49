//! `GET /api/calendar/connections`

use axum::Json;
use axum::extract::State;

use super::{ConnectionOut, by_oauth};
use crate::api::List;
use crate::auth::Caller;
use crate::problem::{Code, Problem};
use crate::state::WebState;

/// Connections
///
/// A member sees the own ones, an admin or owner the tenant's.
#[utoipa::path(get, path = "/api/calendar/connections", tag = "connections",
    responses((status = 200, body = List<ConnectionOut>), (status = 401, body = Problem)))]
pub(crate) async fn list_connections(
    State(state): State<WebState>,
    caller: Caller,
) -> Result<Json<List<ConnectionOut>>, Problem> {
    let tenant = state.tenant(caller.scope());
    let (oauth, now) = (by_oauth(&state), state.now());
    let mut items = Vec::new();
    for connection in tenant.list_connections().await? {
        let counts = match tenant.verdict_counts(&connection.id).await.map_err(Problem::from) {
            Ok(counts) => counts,
            // Deleted since it was listed.
            Err(problem) if problem.code() == Code::NotFound => continue,
            Err(problem) => return Err(problem),
        };
        let by_oauth = oauth.contains(&connection.provider);
        let window = state.engine.window_of(&connection);
        items.push(ConnectionOut::of(connection, &counts, by_oauth, window, now));
    }
    Ok(List::of(items))
}
