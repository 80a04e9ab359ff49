//! Deeds of people, for the audit log.

use axum::Extension;
use tidecal_store::{Deed, TenantScope};

use crate::problem::Problem;
use crate::request_id::RequestId;
use crate::state::WebState;

/// Notes what somebody did to a thing, named by kind and id.
pub(crate) async fn note(
    state: &WebState,
    scope: &TenantScope,
    action: &str,
    (kind, id): (&str, &str),
    request: Option<Extension<RequestId>>,
) -> Result<(), Problem> {
    let deed = Deed {
        action: action.to_owned(),
        target_kind: kind.to_owned(),
        target_id: id.to_owned(),
        details: String::new(),
        request_id: request.map(|Extension(RequestId(id))| id),
    };
    Ok(state.tenant(scope).insert_audit(&deed, state.now()).await?)
}
