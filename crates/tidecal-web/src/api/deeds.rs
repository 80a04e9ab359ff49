//! Deeds of people, for the audit log.

use axum::Extension;

use crate::request_id::RequestId;

/// The request's id, for the audit log.
pub(crate) fn id_of(request: Option<Extension<RequestId>>) -> Option<String> {
    request.map(|Extension(RequestId(id))| id)
}
